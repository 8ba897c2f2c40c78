"""The command line: ``python -m infra.local`` runs the local cloud.

``… deploy`` puts this code onto it, ``… chalice`` serves its routes by ``chalice local``.
"""

import asyncio
import contextlib
import os
import sys

from infra.local import chalice_local
from infra.local.choices import read_choices
from infra.local.run import redeploy, run


def main() -> None:
    """Run until stopped, update what runs, or serve its routes."""
    choices = read_choices(os.environ)
    if sys.argv[1:] == ["deploy"]:
        redeploy(choices)
    elif sys.argv[1:] == ["chalice"]:
        chalice_local.serve(os.environ, cloud_port=choices.port)
    elif sys.argv[1:]:
        raise SystemExit("usage: python -m infra.local [deploy | chalice]")
    else:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(run(choices))


if __name__ == "__main__":
    main()
