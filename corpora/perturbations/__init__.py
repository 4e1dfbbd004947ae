"""Reports perturbed, and how many of their facts stay what they were: no part of a run, used by tests and the manual."""
