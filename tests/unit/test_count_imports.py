"""What the stream's readers need starts fast: no validation and no HTTP client in it."""

import subprocess
import sys

import pytest

COUNTING = (
    "chalicelib.flow.count",
    "chalicelib.adapters.dynamodb_ledger",
    "chalicelib.adapters.dynamodb_stream",
)
NOTIFYING = ("chalicelib.triggers",)
SLOW = {"httpx", "pydantic", "standardwebhooks"}


@pytest.mark.parametrize("needed", [COUNTING, NOTIFYING], ids=["counting", "notifying"])
def test_readers_of_the_stream_import_neither_pydantic_nor_an_http_client(needed: tuple[str, ...]):
    program = f"import sys, {', '.join(needed)}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert SLOW & set(done.stdout.decode().split()) == set()
