"""Plays every crash point of all flows, or of those that are named, and prints what broke."""

import argparse
from time import monotonic

from tests.crash.flows import FLOWS
from tests.crash.points import all_points_of, died, lived, open_pool, points_of, sentence


def main() -> int:
    """Answer how many points break a promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flows", nargs="*", metavar="FLOW", help=f"of: {', '.join(FLOWS)}")
    parser.add_argument("--differing", action="store_true", help="only what the tests play")
    parser.add_argument("--deaths", type=int, default=1, help="of processes, one after the other")
    chosen = parser.parse_args()
    broken = points = 0
    with open_pool() as pool:
        for name in chosen.flows or FLOWS:
            began_at = monotonic()
            calls = lived(pool, name).calls
            chosen_points = (points_of if chosen.differing else all_points_of)(calls)
            fates = died(pool, name, chosen_points, deaths=chosen.deaths)
            found = [sentence(name, *each) for each in fates]
            told = list(filter(None, found))
            broken, points = broken + len(told), points + len(chosen_points)
            took_s = monotonic() - began_at
            print(
                *told,
                f"{name}: {len(calls)} calls, {len(chosen_points)} points, {took_s:.0f} s",
                sep="\n",
                flush=True,
            )
    print(f"{points} points, of which {broken} break a promise")
    return min(broken, 1)


if __name__ == "__main__":
    raise SystemExit(main())
