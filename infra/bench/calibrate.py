"""How exact the sink is: requests sent at known instants, against when it says that they came."""

from __future__ import annotations

import argparse
import json
import socket
import time
from collections import deque

from infra.bench.clock import NS_PER_MS, NS_PER_S
from infra.bench.rates import percentile
from infra.bench.report import conditions, machine, say
from infra.bench.sink_process import SinkProcess

#: As many kept-alive connections as the sender takes turns with.
_CONNECTION_COUNT = 50


def callback(job_id: str) -> bytes:
    """Write a callback as it goes over the wire."""
    body = json.dumps({"jobId": job_id, "message": "x" * 400, "attempt": 1}).encode()
    head = f"POST / HTTP/1.1\r\nHost: sink\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def send_paced(port: int, *, rate_per_s: int, count: int) -> dict[str, int]:
    """Send at exact intervals, busy-waiting; return each request's monotonic instant."""
    connections = deque(
        socket.create_connection(("127.0.0.1", port)) for _ in range(_CONNECTION_COUNT)
    )
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent_ns: dict[str, int] = {}
    began_ns = time.monotonic_ns() + NS_PER_S // 10
    for number in range(count):
        request = callback(str(number))
        at_ns = began_ns + number * NS_PER_S // rate_per_s
        while time.monotonic_ns() < at_ns:
            pass
        sent_ns[str(number)] = time.monotonic_ns()
        connections[0].sendall(request)
        connections.rotate(-1)
        _discard_answers(connections[0])
    for connection in connections:
        connection.close()
    return sent_ns


def _discard_answers(connection: socket.socket) -> None:
    try:
        connection.recv(65_536, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return


def main() -> None:
    """Send, compare, print."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.calibrate", description=__doc__)
    described.add_argument("--rate", type=int, default=300, help="requests per second")
    described.add_argument("--seconds", type=int, default=10)
    arguments = described.parse_args()
    rate_per_s: int = arguments.rate
    count: int = rate_per_s * arguments.seconds
    say(machine())
    with SinkProcess() as sink:
        sent_ns = send_paced(int(sink.url.rpartition(":")[2]), rate_per_s=rate_per_s, count=count)
        time.sleep(0.5)
        arrivals, lag = sink.arrivals(), sink.lag()
    late_ms = [(each.monotonic_ns - sent_ns[each.job_id]) / NS_PER_MS for each in arrivals]
    shares = " / ".join(f"{percentile(late_ms, share):.3f}" for share in (0.5, 0.9, 0.99, 0.999, 1))
    say(f"{len(arrivals):,} of {count:,} requests at {rate_per_s} a second")
    say(f"sent → stamped, ms: p50 / p90 / p99 / p99.9 / max = {shares}")
    say(conditions(lag))


if __name__ == "__main__":
    main()
