"""Reports perturbed, and how many of their facts stay what they were: for the tests and the manual."""
