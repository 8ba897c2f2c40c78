"""A world of many processes on one clock, in which everything goes wrong that can, by one seed.

The verbs are the ones that ship; the ports are the ones in memory, behind faults. `python -m
tests.simulation` runs as many seeds as one likes, and replays a single one.
"""
