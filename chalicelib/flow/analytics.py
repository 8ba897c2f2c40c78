"""What became of a workspace's jobs over time: the minutes of its tallies, for charts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.model.channel import Channel
from chalicelib.model.series import Bucket, Point, series
from chalicelib.ports.counting import Meters


@dataclass(frozen=True, slots=True)
class ReadSeries:
    """The verb of the analytics route."""

    meters: Meters

    def __call__(
        self,
        workspace_id: str,
        *,
        channels: Collection[Channel],
        bucket: Bucket,
        since: datetime,
        until: datetime,
    ) -> Sequence[Point]:
        """One point a bucket, over the channels together."""
        minutes = (
            minute
            for channel in channels
            for minute in self.meters.minutes(
                workspace_id, channel, since=bucket.start(since), until=until
            )
        )
        return series(minutes, bucket, since=since, until=until)
