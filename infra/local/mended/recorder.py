"""Writes down what is used of it, a line of JSON a call, where `CALL_LOG` names a file.

Calls of DynamoDB come with their units (``accesses``), those of SQS with their bytes, invocations
with their time; each with who made it, by role. infra.bench.cost reads it.
"""

import json
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import scheduler, sqs

from infra.local.mended import accesses

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_Json = dict[str, Any]


def mend(path: Path) -> None:
    """Wrap what serves calls, and what runs functions."""
    log = _Log(path)
    accesses.note(lambda access: log.write("dynamodb", by=_caller(), **access))
    _record_sqs(log)
    _record_scheduler(log)
    _record_invocations(log)


class _Log:
    """The file; calls come from several threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, service: str, **fields: object) -> None:
        line = json.dumps({"at": time.time(), "service": service, **fields}, separators=(",", ":"))
        with self._lock:
            self._file.write(f"{line}\n")


def _caller() -> str:
    return iam_evaluator.caller_arn().rpartition(":")[2]


def _record_sqs(log: _Log) -> None:
    dispatch = sqs._dispatch
    receive, delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm

    async def dispatch_and_write(action: str, asked: _Json, *url: str) -> object:
        answer = await dispatch(action, asked, *url)
        sent = asked.get("Entries") or [asked]
        received = answer.get("Messages", []) if isinstance(answer, dict) else []
        texts = [each.get("MessageBody", "") for each in sent]
        texts += [each.get("Body", "") for each in received]
        log.write(
            "sqs",
            action=action,
            by=_caller(),
            messages=len(received) if action == "ReceiveMessage" else len(sent),
            bytes=sum(len(text.encode()) for text in texts),
            is_fair=any("MessageGroupId" in each for each in sent),
        )
        return answer

    def receive_and_write(url: str, most: int) -> list[_Json]:
        batch = receive(url, most)
        if batch:
            log.write("sqs", action="mapping receives", by=url, messages=len(batch))
        return batch

    def delete_and_write(url: str, receipts: Sequence[str]) -> None:
        log.write("sqs", action="mapping deletes", by=url, messages=len(list(receipts)))
        delete(url, receipts)

    sqs._dispatch = dispatch_and_write
    sqs._receive_messages_for_esm = receive_and_write
    sqs._delete_messages_for_esm = delete_and_write


def _record_scheduler(log: _Log) -> None:
    serve = scheduler.handle_request

    async def serve_and_write(method: str, path: str, *rest: object) -> object:
        log.write("scheduler", action=f"{method} {path.split('/')[1]}", by=_caller())
        return await serve(method, path, *rest)

    scheduler.handle_request = serve_and_write


def _record_invocations(log: _Log) -> None:
    invoke = lambda_runtime.Worker.invoke

    def invoke_and_write(
        worker: lambda_runtime.Worker, event: object, *arguments: object, **options: object
    ) -> object:
        is_cold = worker._proc is None or worker._proc.poll() is not None
        cpu_ms, begun_s = _cpu_ms(worker), time.monotonic()
        try:
            return invoke(worker, event, *arguments, **options)
        finally:
            log.write(
                "lambda",
                by=worker.func_name,
                memory_mb=worker.config.get("MemorySize"),
                took_ms=(time.monotonic() - begun_s) * 1000,
                # It is another process where the function timed out.
                cpu_ms=max(0.0, _cpu_ms(worker) - cpu_ms),
                is_cold=is_cold,
            )

    lambda_runtime.Worker.invoke = invoke_and_write


def _cpu_ms(worker: lambda_runtime.Worker) -> float:
    """The processor time of its process until now."""
    try:
        stat = Path(f"/proc/{worker._proc.pid}/stat").read_text(encoding="utf-8")
    except (AttributeError, OSError):
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * _TICK_MS
