"""This service, on a local cloud of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager

from infra.bench.peers.processor import Processor, seconds, ticks_of
from tests.rig.client import QueueClient
from tests.rig.cloud.lambda_workers import busiest, kill, workers_of
from tests.rig.cloud.local import LocalCloud
from tests.rig.sink.process import SinkProcess

_SMS_WORKERS = "send_sms"


class Ours:
    """A side: Lambdas on an emulator of AWS."""

    def __init__(self, cloud: LocalCloud, client: QueueClient) -> None:
        self._cloud = cloud
        self.url = cloud.url
        self.token = cloud.token
        self.client = client

    def processor(self) -> Processor:
        """Code is the Lambdas' processes; the platform is the emulator and the origin before it."""
        below = workers_of(self._cloud.pid, "")
        code = sum(ticks_of(each.pid) for each in below if each.function_name)
        platform = sum(ticks_of(each.pid) for each in below if not each.function_name)
        return Processor(seconds(code), seconds(platform + ticks_of(self._cloud.pid)))

    def kill_a_worker(self) -> None:
        """The emulator starts another when there is something to do, as Lambda does."""
        kill(busiest(workers_of(self._cloud.pid, _SMS_WORKERS)))


@contextmanager
def ours(sink: SinkProcess) -> Generator[Ours]:
    """Start it."""
    backend = {"SMS_API_URL": sink.url, "EMAIL_API_URL": sink.url}
    with LocalCloud(backend) as cloud, closing(QueueClient(cloud.url, cloud.token)) as client:
        yield Ours(cloud, client)
