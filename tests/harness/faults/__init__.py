"""Faults done to real runs: `python -m faults` does many, tests/test_faults.py each once.

`bench` starts runs and compares them with an undisturbed one, `kinds` are what is done to them.
"""
