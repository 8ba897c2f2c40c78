"""The replaced service, running: Redis, an API process, five worker processes."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from infra.bench.peers.install import WORK
from infra.bench.peers.processes import Program
from infra.bench.peers.processor import Processor, seconds
from infra.bench.peers.side import Starter
from tests.rig.client import QueueClient
from tests.rig.cloud.local import free_port
from tests.rig.sink.process import SinkProcess

WORKERS_COUNT = 5
#: Of each worker process and queue. A backend that takes 2 s needs 100 calls under way for 50 a
#: second and 200 for 100: with 5 × 50 it is the limiter that limits; 5 × 5 would carry 12 a second.
CONCURRENCY = 50
_DATA = WORK / "redis-data"
#: It asks for none; the client sends one to both.
_ANYBODY = "anybody"
#: Jobs are taken at its beginning: a shorter look may find nobody at work.
_WINDOW_S = 1.0
#: How soon a supervisor starts anew what died.
_RESTARTED_AFTER_S = 1.0


class Replaced:
    """A side: BullMQ on Redis."""

    def __init__(
        self,
        client: QueueClient,
        *,
        redis: Program,
        redis_port: int,
        api: Program,
        workers: Sequence[Program],
    ) -> None:
        self.client = client
        self._redis = redis
        self._redis_port = redis_port
        self._api = api
        self._workers = workers
        self.token = _ANYBODY
        self.url = _url_of(api)

    def processor(self) -> Processor:
        """Code is the Node processes; the platform is Redis."""
        code = sum(each.cpu_ticks() for each in (self._api, *self._workers))
        return Processor(seconds(code), seconds(self._redis.cpu_ticks()))

    def kill_a_worker(self) -> None:
        """Look which one took most of a whole window of the limiter; another is started at once."""
        before_ns = [worker.ran_ns() for worker in self._workers]
        time.sleep(_WINDOW_S)
        ran_ns = [
            worker.ran_ns() - before
            for worker, before in zip(self._workers, before_ns, strict=True)
        ]
        victim = self._workers[ran_ns.index(max(ran_ns))]
        victim.kill()
        victim.start()

    def save(self) -> None:
        """Have Redis write a snapshot, as its defaults do at the latest after an hour."""
        command = ("redis-cli", "-p", str(self._redis_port), "save")
        subprocess.run(command, check=True, capture_output=True)

    def kill_redis(self) -> None:
        """SIGKILL, and a new process on the same files a second later."""
        self._redis.kill()
        time.sleep(_RESTARTED_AFTER_S)
        self._redis.start()


def replaced(*redis_options: str) -> Starter:
    """Return what starts it; `redis_options` go beyond Redis's defaults, which are Debian's too."""

    @contextmanager
    def start(sink: SinkProcess) -> Generator[Replaced]:
        with ExitStack() as ending:
            port = free_port()
            redis = _started(ending, "redis", command=_redis_command(port, redis_options))
            redis.wait_until(lambda log: "Ready to accept connections" in log)
            api, workers = _node_processes(ending, sink, redis_port=port)
            client = QueueClient(_url_of(api), _ANYBODY)
            ending.callback(client.close)
            yield Replaced(client, redis=redis, redis_port=port, api=api, workers=workers)

    return start


def _node_processes(
    ending: ExitStack, sink: SinkProcess, *, redis_port: int
) -> tuple[Program, Sequence[Program]]:
    environment = {
        "REDIS_PORT": str(redis_port),
        "PORT": "0",
        "NODE_ENV": "production",
        "CONCURRENCY": str(CONCURRENCY),
        "SMS_API_URL": sink.url,
        "EMAIL_API_URL": sink.url,
    }
    names = {"api": "api.js"} | {f"worker-{n}": "worker.js" for n in range(1, WORKERS_COUNT + 1)}
    programs = [
        _started(ending, name, command=("node", script), environment=environment)
        for name, script in names.items()
    ]
    for program in programs:
        program.wait_until(lambda log: "ready" in log)
    return programs[0], programs[1:]


def _started(
    ending: ExitStack,
    name: str,
    *,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Program:
    program = Program(name, command, environment=environment)
    ending.callback(program.end)
    return program


def _redis_command(port: int, options: Sequence[str]) -> Sequence[str]:
    shutil.rmtree(_DATA, ignore_errors=True)
    _DATA.mkdir(parents=True)
    place = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(_DATA))
    return ("redis-server", *place, *options)


def _url_of(api: Program) -> str:
    return api.wait_until(lambda log: "ready" in log).partition("ready ")[2].split()[0]
