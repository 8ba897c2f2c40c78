"""Runs seeds until one breaks a promise, or as many as are asked for."""

import argparse
import logging
import sys
import time
from collections import Counter

from tests.simulation.promises import breaches
from tests.simulation.simulation import Simulation


def main() -> None:
    """The command line: ``python -m tests.simulation --from 0 --seeds 10000``."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2_000, help="how many")
    chosen = parser.parse_args()
    logging.disable()
    started, struck, starts, broken = time.monotonic(), Counter[str](), 0, 0
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        done = Simulation(seed).run()
        struck.update(done.fates.struck)
        starts += len(done.shared.backend.starts)
        for sentence in breaches(done):
            broken += 1
            print(f"seed {seed}: {sentence}", flush=True)
    took_s = time.monotonic() - started
    print(f"{chosen.seeds} seeds from {chosen.first} in {took_s:.0f} s, {starts} callbacks")
    print("faults: " + ", ".join(f"{name} {n}" for name, n in sorted(struck.items())))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
