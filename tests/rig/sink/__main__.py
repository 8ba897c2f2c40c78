"""The backend that takes a bench's callbacks: stamps each arrival and answers as told.

Callbacks are any POST. GET /records hands the arrivals over as JSON lines, GET /count and GET /lag
sum up, DELETE /records forgets them, PUT /answers changes how it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections import Counter
from typing import Any

from aiohttp import web

from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import Reading
from tests.rig.sink.answers import Answers, parse_rule
from tests.rig.sink.stamping import StampingServer, read_stamped
from tests.rig.sink.steadiness import LoopLag, ask_for_priority


class Sink:
    """What arrived, and how it is answered."""

    def __init__(self, answers: Answers) -> None:
        """Start with nothing recorded."""
        self.answers = answers
        self.arrivals: list[Arrival] = []
        self.job_ids: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.received_bytes = 0
        self.lag = LoopLag()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a callback, or answer the bench about them."""
        body, stamp = await read_stamped(request)
        if request.method == "POST":
            self.received_bytes += len(body) + _head_bytes(request)
            return await self.take(request, json.loads(body), stamp=stamp)
        return self.tell(request.method, request.path, body=body)

    async def take(
        self, request: web.BaseRequest, fields: dict[str, Any], *, stamp: Reading
    ) -> web.Response:
        """Record a callback, wait for the configured latency, answer."""
        attempt = int(request.headers.get("X-Attempt") or fields.get("attempt") or 1)
        job_id, workspace_id = str(fields.get("jobId", "")), str(fields.get("workspaceId", ""))
        self.counts[workspace_id] += 1
        answers = self.answers
        answer = answers.to_callback(workspace_id, nth=self.counts[workspace_id], attempt=attempt)
        key = request.headers.get("Idempotency-Key", "")
        self.job_ids.add(job_id)
        self.arrivals.append(
            Arrival(
                job_id,
                attempt,
                key,
                request.path,
                answer.status,
                stamp.wall_ns,
                stamp.monotonic_ns,
                workspace_id,
            )
        )
        await asyncio.sleep(answers.latency_ms / 1_000)
        if answers.resets and request.transport is not None:
            request.transport.abort()
        return web.json_response({"received": True}, status=answer.status, headers=answer.headers())

    def tell(self, method: str, path: str, *, body: bytes) -> web.Response:
        """Answer the bench itself."""
        match method, path:
            case "GET", "/records":
                self.lag.forgive_next()
                return web.Response(
                    text="".join(f"{arrival.to_json()}\n" for arrival in self.arrivals)
                )
            case "GET", "/count":
                return web.json_response(
                    {
                        "arrivals": len(self.arrivals),
                        "jobs": len(self.job_ids),
                        "bytes": self.received_bytes,
                    }
                )
            case "GET", "/lag":
                return web.json_response(self.lag.summary())
            case "DELETE", "/records":
                self.forget()
            case "PUT", "/answers":
                self.answers = Answers.from_json(json.loads(body))
            case _:
                return web.json_response({"message": "Callbacks are POSTs"}, status=404)
        return web.json_response({"done": True})

    def forget(self) -> None:
        """Drop the records and the lag's samples."""
        self.arrivals.clear()
        self.job_ids.clear()
        self.counts.clear()
        self.received_bytes = 0
        self.lag.late_ms.clear()


def _head_bytes(request: web.BaseRequest) -> int:
    """What its line and headers weigh on the wire."""
    headers = sum(len(name) + len(value) + len(": \r\n") for name, value in request.raw_headers)
    return len(f"{request.method} {request.path} HTTP/1.1\r\n\r\n") + headers


async def serve(sink: Sink, *, port: int, stop: asyncio.Event) -> None:
    """Serve on 127.0.0.1 until `stop` is set; say the address in one line as soon as it listens."""
    runner = web.ServerRunner(StampingServer(sink.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=512).start()
    sys.stdout.write(f"sink http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    beat = asyncio.create_task(sink.lag.beat())
    await stop.wait()
    beat.cancel()
    await runner.cleanup()


async def run(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM, SIGINT, or the end of whoever holds the other end of standard input."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if arguments.until_stdin_closes:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    gc.collect()
    gc.freeze()
    gc.disable()
    answers = Answers(arguments.latency_ms, arguments.status, by_attempt=dict(arguments.attempt))
    await serve(Sink(answers), port=arguments.port, stop=stop)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m tests.rig.sink", description=__doc__)
    described.add_argument("--port", type=int, default=0, help="default: a free one")
    described.add_argument("--latency-ms", type=float, default=0)
    described.add_argument("--status", type=int, default=200)
    described.add_argument(
        "--attempt",
        type=parse_rule,
        action="append",
        default=[],
        help="1=503, or 1=429,retry-after=2; may be repeated",
    )
    described.add_argument(
        "--until-stdin-closes", action="store_true", help="end with the process that started it"
    )
    return described


def main() -> None:
    """Run the sink."""
    arguments = parser().parse_args()
    ask_for_priority()
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
