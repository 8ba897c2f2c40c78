"""What the tally Lambda needs of chalicelib starts fast: no validation and no HTTP client in it."""

import subprocess
import sys

COUNTING = (
    "chalicelib.flow.count",
    "chalicelib.adapters.dynamodb_ledger",
    "chalicelib.adapters.dynamodb_stream",
)
SLOW = {"aiohttp", "httpx", "pydantic"}


def test_counting_imports_neither_pydantic_nor_an_http_client():
    program = f"import sys, {', '.join(COUNTING)}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert SLOW & set(done.stdout.decode().split()) == set()
