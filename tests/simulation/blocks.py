"""Runs of several seeds in a process of their own, as many at a time as there are cores."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.promises import breaches
from tests.simulation.simulation import Simulation

BLOCK = 50


def broken(seeds: Iterable[int]) -> Iterator[tuple[int, list[str]]]:
    """The seeds that break a promise, and how; in the order of the seeds."""
    chosen = list(seeds)
    blocks = [chosen[i : i + BLOCK] for i in range(0, len(chosen), BLOCK)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for found in pool.map(_broken_of, blocks):
            yield from found.items()


def _broken_of(seeds: list[int]) -> dict[int, list[str]]:
    logging.disable()
    told = ((seed, breaches(Simulation(seed).run())) for seed in seeds)
    return {seed: sentences for seed, sentences in told if sentences}
