"""Crash points: each process of the service dies before and after each of its calls.

`python -m tests.crash` plays every point; the tests play those whose worlds differ.
"""
