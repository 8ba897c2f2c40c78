"""The application's backend on 127.0.0.1: remembers what it was called with, answers as told."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    """One callback."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    raw: bytes


@dataclass
class Backend:
    """Its address, the callbacks that came, and the statuses that it answers next; then 200.

    `answers_at` are those of one path, before the others; `takes_s` is how long it takes, by path.
    One that echoes answers what it was sent. What is `raw` it says as it is, and hangs up.
    """

    url: str
    received: list[Received] = field(default_factory=list[Received])
    answers: list[int] = field(default_factory=list[int])
    answers_at: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    takes_s: dict[str, float] = field(default_factory=dict[str, float])
    echoes: bool = False
    raw: bytes = b""

    def next_answer(self, path: str) -> int:
        """The status of the next answer there."""
        coming = self.answers_at.get(path) or self.answers
        return coming.pop(0) if coming else 200


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    backend: Backend

    def do_POST(self) -> None:
        """Remember and answer."""
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.backend.received.append(Received(self.path, headers, json.loads(raw), raw))
        time.sleep(self.backend.takes_s.get(self.path, 0))
        if self.backend.raw:
            self.wfile.write(self.backend.raw)
            self.close_connection = True
            return
        self.send_response(self.backend.next_answer(self.path))
        answer = raw if self.backend.echoes else b"ok"
        self.send_header("Content-Length", str(len(answer)))
        with suppress(ConnectionError):  # whoever asked may be gone
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def running() -> Iterator[Backend]:
    """Serve until the block ends."""
    backend = Backend(url="")
    handler = type("Handler", (_Handler,), {"backend": backend})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        backend.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield backend
        finally:
            server.shutdown()
            thread.join()
