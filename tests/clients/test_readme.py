"""The examples that the clients' README shows: short, and without a slip of the pen."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.clients.callers import CLIENTS
from tests.clients.node import NODE

README = (CLIENTS / "README.md").read_text("utf-8")
MOST_LINES = 20


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_each_client_is_shown_in_a_few_lines(language: str):
    shown = examples(language)

    assert len(shown) == 2
    assert all(len(example.splitlines()) <= MOST_LINES for example in shown)


def test_the_python_examples_can_be_read():
    for example in examples("python"):
        compile(f"def example():\n{textwrap.indent(example, '    ')}", "README.md", "exec")


def test_the_javascript_examples_can_be_read(tmp_path: Path):
    for number, example in enumerate(examples("javascript")):
        file = tmp_path / f"{number}.mjs"
        file.write_text(example, "utf-8")
        subprocess.run([NODE, "--check", file], check=True, timeout=30)
