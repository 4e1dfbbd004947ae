"""Any bytes at all: what holds of every reader and of the analysis whatever it is given.

`invariants` are used by tests/test_fuzz.py with Hypothesis, and by `python -m fuzzing` with atheris.
"""
