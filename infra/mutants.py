"""`make mutants`: small faults in the model and the flow, and which of them no unit test sees.

mutmut makes the faults, and knows which tests reach which function. Left to itself it would run all
of those for a fault that none sees, which takes a day: here the fastest of them judge it.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants")
STATS = FOLDER / "mutmut-stats.json"
#: A fault is looked for by the fastest tests of its function, until they took so long together.
BUDGET_S = 4.0
#: Something small: with any run come the making of the faults, and the look at who tests what.
FIRST = "chalicelib.model.status.*"
SEEN = ("killed", "timeout")


def fastest(tests: Collection[str], took_s: Mapping[str, float]) -> list[str]:
    """The fastest of the tests that fit the budget together; one at least."""
    chosen: list[str] = []
    left_s = BUDGET_S
    for test in sorted(tests, key=lambda test: (took_s[test], test)):
        left_s -= took_s[test]
        if chosen and left_s < 0:
            break
        chosen.append(test)
    return chosen


def keep_the_fastest() -> None:
    """Leave each function the tests that judge it."""
    stats = json.loads(STATS.read_text())
    reach, took_s = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
    reach.update({name: fastest(tests, took_s) for name, tests in reach.items()})
    STATS.write_text(json.dumps(stats))


def verdicts() -> Iterator[tuple[str, dict[str, str]]]:
    """Each file of the product, and what its faults came to, by their names."""
    for meta in sorted(FOLDER.glob("chalicelib/*/*.py.meta")):
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        if codes:
            name = str(meta.relative_to(FOLDER)).removesuffix(".meta")
            yield name, {each: status_by_exit_code[code] for each, code in codes.items()}


def forget_the_unseen() -> None:
    """Let the faults that no test saw be judged anew."""
    for meta in FOLDER.glob("chalicelib/*/*.py.meta"):
        kept = json.loads(meta.read_text())
        codes = kept["exit_code_by_key"]
        unseen = {name for name, code in codes.items() if status_by_exit_code[code] not in SEEN}
        meta.write_text(json.dumps(kept | {"exit_code_by_key": codes | dict.fromkeys(unseen)}))


def report() -> None:
    """A line a file, and one for all of them."""
    total: Counter[str] = Counter()
    for name, found in verdicts():
        counts = Counter(found.values())
        total += counts
        print(_line(name, counts))
    print(_line("all", total))


def _line(name: str, counts: Counter[str]) -> str:
    judged = counts.total() - counts["not checked"]
    share = sum(counts[each] for each in SEEN) / max(judged, 1)
    words = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    return f"{name:40}{share:7.1%}  {words}"


def main() -> None:
    """Judge the faults that are new, those that are named, or (`again`) those that nobody saw."""
    run = [str(Path(sys.executable).parent / "mutmut"), "run"]
    subprocess.run([*run, FIRST], check=True)
    keep_the_fastest()
    names = sys.argv[1:]
    if names == ["again"]:
        forget_the_unseen()
        names = []
    subprocess.run([*run, *names], check=True)
    report()


if __name__ == "__main__":
    main()
