"""``chalice local`` beside the local cloud: the routes by this code, all the rest by that stack."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.layer import BUILD, ROOT
from infra.local.emulator import REGION, client_for
from infra.local.stack import physical_ids

#: Where it serves, where CHALICE_PORT does not say.
_DEFAULT_PORT = "8001"


def api_environment(emulator_url: str) -> dict[str, str]:
    """What code needs in order to be the API function of the stack on that emulator."""
    clients = client_for(emulator_url)
    name = physical_ids(clients)["APIHandler"]
    configuration = clients("lambda").get_function_configuration(FunctionName=name)
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    place = {"AWS_ENDPOINT_URL": emulator_url, "AWS_DEFAULT_REGION": REGION}
    return {**configuration["Environment"]["Variables"], **credentials, **place}


def serve(environ: Mapping[str, str], *, cloud_port: int) -> None:
    """Become ``chalice local``, for the local cloud on that port; SystemExit where there is none.

    Without its reloader, which looks at every file below the project, the environments included.
    """
    note = BUILD / "local" / str(cloud_port) / "emulator-url"
    if not note.exists():
        raise SystemExit(f"No local cloud has run on port {cloud_port}: start it with make run.")
    environment = {**environ, **api_environment(note.read_text(encoding="ascii"))}
    port = environ.get("CHALICE_PORT") or _DEFAULT_PORT
    chalice = str(Path(sys.executable).with_name("chalice"))
    os.chdir(ROOT)
    arguments = [chalice, "local", "--stage", "local", "--port", port, "--no-autoreload"]
    os.execve(chalice, arguments, environment)  # noqa: S606 - no shell is wanted
