"""A service on 127.0.0.1 that answers as a test wrote down, and remembers what it was asked."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    at_s: float

    @property
    def body(self) -> Json:
        """Its JSON."""
        return json.loads(self.raw)

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key."""
        return self.headers.get("idempotency-key")


@dataclass(frozen=True)
class Answer:
    """One answer; `body` is JSON, or bytes as they are."""

    status: int = 200
    body: object = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


#: The connection ends without an answer; and no answer comes until the service ends.
DROP, HANG = Answer(0), Answer(-1)


def as_the_service(asked: Asked) -> Answer:
    """What the real one answers where all is well, job ids telling which message each is of."""
    if asked.path.endswith("/bulk"):
        ids = [f"job-{message['contactId']}" for message in asked.body["messages"]]
        return Answer(body={"success": True, "accepted": len(ids), "jobIds": ids})
    if asked.path.startswith(("/api/schedule-", "/api/jobs")):
        return Answer(body={"success": True, "jobId": "job-1", "message": "Scheduled"})
    return Answer(body={"success": True, "status": "COMPLETED", "job": {"id": "job-1"}})


@dataclass
class Script:
    """The address, what was asked, the answers that come next, and who answers after those."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    answers: list[Answer] = field(default_factory=list[Answer])
    then: Callable[[Asked], Answer] = as_the_service
    over: Event = field(default_factory=Event)

    def next_to(self, asked: Asked) -> Answer:
        """Remember it, and choose the answer."""
        self.asked.append(asked)
        return self.answers.pop(0) if self.answers else self.then(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def do_GET(self) -> None:
        """The same as any other."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, raw, time.monotonic())
        answer = self.script.next_to(asked)
        if answer is HANG:
            self.script.over.wait(30)
        if answer is DROP or answer is HANG:
            self.close_connection = True
            return
        self._send(answer)

    do_POST = do_GET  # noqa: N815 - the base's name

    def _send(self, answer: Answer) -> None:
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(raw)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def scripted() -> Iterator[Script]:
    """Serve until the block ends."""
    script = Script()
    handler = type("Handler", (_Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            script.over.set()
            server.shutdown()
            thread.join()
