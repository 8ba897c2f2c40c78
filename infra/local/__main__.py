"""The command line: ``python -m infra.local`` runs the local cloud, ``… deploy`` updates it."""

import asyncio
import contextlib
import os
import sys

from infra.local.choices import read_choices
from infra.local.run import redeploy, run


def main() -> None:
    """Run until stopped, or update what runs."""
    choices = read_choices(os.environ)
    if sys.argv[1:] == ["deploy"]:
        redeploy(choices)
    elif sys.argv[1:]:
        raise SystemExit("usage: python -m infra.local [deploy]")
    else:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(run(choices))


if __name__ == "__main__":
    main()
