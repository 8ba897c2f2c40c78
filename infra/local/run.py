"""Runs the local cloud from its start to its stop: the sequence, and nothing but the sequence."""

import asyncio
import shutil
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from infra.install import step
from infra.layer import ROOT
from infra.local import front, parent, state
from infra.local.addresses import claim
from infra.local.child import Child
from infra.local.choices import Choices
from infra.local.emulator import Emulator, client_for, free_port, start_emulator
from infra.local.greeting import Facts, admin_token
from infra.local.stack import api_routes, api_stage, deploy_stack, pack
from infra.local.warmth import warm_up

_BACKEND_PATIENCE_S = 3.0


async def run(choices: Choices, *, project: Path = ROOT) -> None:
    """Bring everything up, say so, and keep it up; ends by cancellation (SIGINT, SIGTERM)."""
    _cancel_on_signals()
    url = f"http://127.0.0.1:{choices.port}"
    async with AsyncExitStack() as stack:
        claimed = claim(choices.addresses, choices.port)
        for each in claimed:
            stack.enter_context(each)
        shutil.rmtree(choices.folder, ignore_errors=True)
        choices.folder.mkdir(parents=True)
        await asyncio.to_thread(_prepare_environment)
        with step("stack", "packing and deploying"):
            backend_url = await _sample_backend(choices, stack)
            emulator, api_url = await _deployed(
                choices, stack, backend_url=backend_url, project=project
            )
            await stack.enter_async_context(front.serving(claimed, api_url))
            await front.answering(url)
        print(f"ready {url}", flush=True)
        print(_facts(choices, url, sample_backend_url=backend_url).greeting(), flush=True)
        await emulator.child.wait()
        raise SystemExit(f"The emulator has ended by itself; its log is {emulator.log}.")


async def _deployed(
    choices: Choices, stack: AsyncExitStack, *, backend_url: str | None, project: Path
) -> tuple[Emulator, str]:
    """The emulator with the stack on it, and the URL of the API there."""
    packing = asyncio.create_task(asyncio.to_thread(pack, choices.folder / "package", project))
    emulator = await _emulator(choices, stack)
    parameters = choices.stack_parameters(backend_url)
    outputs = await asyncio.to_thread(
        deploy_stack, await packing, emulator.client, parameters=parameters
    )
    # Warm before the queues speak: both would exceed the workers' reserved concurrency, and a
    # throttled batch stays invisible for the queue's whole visibility timeout.
    if choices.warms_up:
        await asyncio.to_thread(warm_up, emulator.client)
    if choices.state is not None:
        await asyncio.to_thread(state.resume, emulator)
    return emulator, emulator.api_url(outputs["RestAPIId"], api_stage(choices.folder / "package"))


def redeploy(choices: Choices, *, project: Path = ROOT) -> None:
    """Pack anew and update the stack of the local cloud that runs on the same port."""
    note = _endpoint_note(choices)
    if not note.exists():
        raise SystemExit(f"No local cloud has run on port {choices.port}: start it with make run.")
    package = pack(choices.folder / "package", project)
    deploy_stack(package, client_for(note.read_text(encoding="ascii")), parameters={})


def _facts(choices: Choices, url: str, *, sample_backend_url: str | None) -> Facts:
    return Facts(
        url=url,
        routes=api_routes(choices.folder / "package"),
        token=admin_token(choices.jwt_secret),
        signing_secret=choices.signing_secrets.partition(",")[0],
        sample_backend_url=sample_backend_url,
        folder=choices.folder,
        board_access=choices.board_access,
        is_reachable=choices.is_reachable,
        is_scheduling_open=choices.is_scheduling_open,
    )


def _cancel_on_signals() -> None:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("run is started as a task")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    parent.watch(task)


async def _sample_backend(choices: Choices, stack: AsyncExitStack) -> str | None:
    if not choices.needs_sample_backend:
        return None
    port = free_port()
    command = [sys.executable, "-m", "infra.local.sample_backend", str(port)]
    child = await Child.start(command, environment={"PYTHONUNBUFFERED": "1"})
    stack.push_async_callback(child.stop, _BACKEND_PATIENCE_S)
    return f"http://127.0.0.1:{port}"


async def _emulator(choices: Choices, stack: AsyncExitStack) -> Emulator:
    emulator = await start_emulator(
        choices.folder,
        choices.state,
        records_calls=choices.records_calls,
        has_faults=choices.has_faults,
    )
    stack.push_async_callback(emulator.stop)
    if choices.state is not None:
        stack.push_async_callback(state.come_to_rest, emulator)
    _endpoint_note(choices).write_text(emulator.url, encoding="ascii")
    return emulator


def _prepare_environment() -> None:
    """The emulator's virtual environment, where it is missing or its requirements changed."""
    subprocess.run(["make", "--silent", ".cloud/ready"], cwd=ROOT, check=True)


def _endpoint_note(choices: Choices) -> Path:
    return choices.folder / "emulator-url"
