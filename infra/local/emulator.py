"""The emulated AWS: MiniStack as a child process, and clients that talk to it."""

import asyncio
import functools
import os
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import boto3
from botocore.config import Config

from infra.deploy import ClientFor
from infra.layer import ROOT
from infra.local.child import Child

REGION = "us-east-1"
#: What each call used, a line of JSON each (mended/recorder.py).
CALL_LOG = "calls.jsonl"
#: What goes wrong at the moment (mended/faults.py).
FAULTS = "aws-faults.json"
_PYTHON = ROOT / ".cloud" / "bin" / "python"
_START_PATIENCE_S = 30.0
_SAVE_PATIENCE_S = 30.0
_RECOUNT_PATIENCE_S = 900


@dataclass(frozen=True)
class Emulator:
    """A running MiniStack."""

    child: Child
    url: str
    log: Path
    client: ClientFor

    def api_url(self, rest_api_id: str, stage: str) -> str:
        """Where API Gateway serves that API."""
        return f"{self.url}/restapis/{rest_api_id}/{stage}/_user_request_"

    async def stop(self) -> None:
        """Stop it once it has saved its state, with its Lambda workers."""
        await self.child.stop(_SAVE_PATIENCE_S)


def client_for(url: str) -> ClientFor:
    """What makes boto3 clients for the emulator at ``url``; credentials mean nothing there."""
    session = boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator's own root
        region_name=REGION,
    )
    config = Config(retries={"total_max_attempts": 1}, read_timeout=_RECOUNT_PATIENCE_S)
    return functools.cache(partial(session.client, endpoint_url=url, config=config))


async def start_emulator(
    folder: Path, state: Path | None, *, records_calls: bool = False, has_faults: bool = False
) -> Emulator:
    """Start MiniStack on a free port; ``folder`` takes its logs, ``state`` what survives a stop.

    Where it records calls, they are in ``folder`` too, by the name of `CALL_LOG`; where it can be
    made to fail, by what `FAULTS` says there.
    """
    port = free_port()
    log = folder / "emulator.log"
    child = await Child.start(
        [str(_PYTHON), "-m", "infra.local.mended"],
        environment=_environment(port, folder, state=state)
        | ({"CALL_LOG": str(folder / CALL_LOG)} if records_calls else {})
        | ({"AWS_FAULTS": str(folder / FAULTS)} if has_faults else {}),
        log=log,
    )
    url = f"http://127.0.0.1:{port}"
    emulator = Emulator(child, url, log, client_for(url))
    try:
        await asyncio.wait_for(_answering(emulator), _START_PATIENCE_S)
    except BaseException:
        await emulator.stop()
        raise
    return emulator


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(port: int, folder: Path, *, state: Path | None) -> dict[str, str]:
    """All that the emulator sees, and so every Lambda: nothing of whoever runs it but the path."""
    temporary = folder / "tmp"
    for needed in (temporary, folder / "logs"):
        needed.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
        # Lambdas inherit all of it; what they log of jobs is wanted.
        "POWERTOOLS_LOG_LEVEL": "INFO",
        # Each Lambda may do what its role says, as on AWS.
        "AUTH": "true",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_LOG_FOLDER": str(folder / "logs"),
    }
    if state is not None:
        environment |= {"PERSIST_STATE": "1", "STATE_DIR": str(state / "emulator")}
        environment["START_AT_REST"] = "1"
    return environment


async def _answering(emulator: Emulator) -> None:
    async with aiohttp.ClientSession() as session:
        while not emulator.child.has_ended:
            try:
                async with session.get(f"{emulator.url}/_ministack/health") as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    raise SystemExit(f"The emulator ended while starting; its log is {emulator.log}.")
