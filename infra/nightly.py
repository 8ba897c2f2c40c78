"""`make nightly`: all that takes longer than a day's gate may, and its page `docs/nightly.md`.

The page says what ran, when, on which commit, on which machine and with what result; what each
step printed is in `build/nightly/`. Steps run one after the other, so that the benches have the
machine to themselves. Whatever fails, the others run; the command then exits with 1.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path("docs/nightly.md")
LOGS = Path("build/nightly")
#: A step that hangs must not cost the others.
MOST_S = 3 * 3600
_COMMIT = re.compile(r"commit `([0-9a-f]{7,40})`")
_HEADER = """# The last night

Written by `make nightly`, which runs what takes longer than `make check` may (CONTRIBUTING.md,
"Tests"): {played} of its {all} steps, on commit `{commit}`{dirty}, begun {begun}, {took}, on
{cores} cores of {machine}, Python {python}. `make nightly ARGS='worlds costs'` runs these
two alone.

| step | result | took | what it said last | command |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the night; `arguments` are those of this Python."""

    name: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> str:
        """As a person would type it."""
        return f"python {' '.join(self.arguments)}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step; `code` is None where it was ended for taking too long."""

    step: Step
    code: int | None
    took_s: float
    last_line: str

    @property
    def word(self) -> str:
        """One word for the table."""
        return {0: "passed", None: "too long"}.get(self.code, f"**failed ({self.code})**")

    @property
    def row(self) -> str:
        """A line of the table."""
        said = self.last_line.replace("|", "\\|")[:160]
        cells = (self.step.name, self.word, minutes(self.took_s), said, f"`{self.step.command}`")
        return f"| {' | '.join(cells)} |"


def steps() -> list[Step]:
    """All of the night, in its order: what shows most comes first."""
    bench = "-m", "infra.bench."
    return [
        Step("tests", ("-m", "pytest", "-q", "--numprocesses=auto")),
        Step("crash-points", ("-m", "tests.crash")),
        Step("worlds", ("-m", "tests.simulation", "--from", "2000", "--seeds", "2000")),
        Step("faults", (bench[0], f"{bench[1]}faults", "--quick")),
        Step("upgrade", (bench[0], f"{bench[1]}upgrade", "--then-back")),
        Step("broadcasts", (bench[0], f"{bench[1]}broadcast")),
        Step("delays", (bench[0], f"{bench[1]}delays")),
        Step("timers", (bench[0], f"{bench[1]}delays", "--timer")),
        Step("fairness", (bench[0], f"{bench[1]}fairness", "--backlog", "20000")),
        Step("outage", (bench[0], f"{bench[1]}outage")),
        Step("costs", (bench[0], f"{bench[1]}cost")),
        Step("cold-starts", (bench[0], f"{bench[1]}cold_start")),
        Step("scale", (bench[0], f"{bench[1]}scale")),
        *_mutants(),
    ]


def _mutants() -> Iterator[Step]:
    """Small faults in the modules of model and flow that changed since the last night."""
    rooms = "chalicelib/model", "chalicelib/flow"
    since = _COMMIT.search(PAGE.read_text("utf-8")) if PAGE.exists() else None
    before = since.group(1) if since else "HEAD~1"
    files = _git("diff", "--name-only", "--diff-filter=AM", before, "HEAD", "--", *rooms)
    names = [f"{path.removesuffix('.py').replace('/', '.')}.*" for path in files.split()]
    if names:
        yield Step("mutants", ("-m", "infra.mutants", *names))


def play(step: Step) -> Result:
    """Run a step; what it prints goes to its log."""
    log = LOGS / f"{step.name}.log"
    print(f"{step.name}: {step.command} …", flush=True)
    began_s = time.monotonic()
    with log.open("wb") as output:
        code = _code_of([sys.executable, *step.arguments], output.fileno())
    lines = log.read_text("utf-8", "replace").strip().splitlines() or [""]
    result = Result(step, code, time.monotonic() - began_s, lines[-1].strip("= "))
    print(f"  {result.word}, {minutes(result.took_s)}: {result.last_line}", flush=True)
    return result


def _code_of(command: Sequence[str], output: int) -> int | None:
    environment = os.environ | {"NIGHTLY": "true"}
    try:
        return subprocess.run(
            command, env=environment, stdout=output, stderr=output, timeout=MOST_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return None


def page(results: Sequence[Result], *, of: int, begun: datetime) -> str:
    """The whole of `docs/nightly.md`; `of` so many steps that there are."""
    header = _HEADER.format(
        played=len(results),
        all=of,
        commit=_git("rev-parse", "--short=12", "HEAD"),
        dirty=" with changes beside it" if _git("status", "--porcelain", "-uno") else "",
        begun=f"{begun:%Y-%m-%d %H:%M} UTC",
        took=minutes(sum(each.took_s for each in results)),
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
    )
    return header + "".join(f"{each.row}\n" for each in results)


def minutes(took_s: float) -> str:
    """A time that a person reads: `4 min 07 s`."""
    return f"{int(took_s) // 60} min {int(took_s) % 60:02} s"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    """Run the steps that are named, or all; answer 1 where one did not pass."""
    parser = argparse.ArgumentParser(prog="make nightly", description=__doc__)
    every = steps()
    names = [each.name for each in every]
    parser.add_argument("steps", nargs="*", help=f"of: {', '.join(names)}")
    wanted = parser.parse_args().steps
    if unknown := set(wanted) - set(names):
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    begun = datetime.now(UTC)
    results: list[Result] = []
    for step in every:
        if not wanted or step.name in wanted:
            results.append(play(step))
            PAGE.write_text(page(results, of=len(every), begun=begun), encoding="utf-8")
    return int(any(each.code != 0 for each in results))


if __name__ == "__main__":
    raise SystemExit(main())
