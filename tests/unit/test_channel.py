"""Channels, their queues, and their rates."""

import pytest

from chalicelib.model.channel import RATES, Channel, Queue, queue_for


@pytest.mark.parametrize(
    ("channel", "scheduled", "queue"),
    [
        (Channel.SMS, False, Queue.SEND_SMS),
        (Channel.SMS, True, Queue.SCHEDULED_SMS),
        (Channel.EMAIL, False, Queue.SEND_EMAIL),
        (Channel.EMAIL, True, Queue.SCHEDULED_EMAIL),
        (Channel.GENERAL, False, Queue.MY_QUEUE),
        (Channel.GENERAL, True, Queue.MY_QUEUE),
    ],
)
def test_a_job_joins_the_queue_of_its_channel(channel: Channel, scheduled: bool, queue: Queue):  # noqa: FBT001
    assert queue_for(channel, scheduled=scheduled) is queue
    assert queue.channel is channel


def test_the_rates_are_the_contract_s():
    assert RATES[Channel.SMS].per_s == 50
    assert RATES[Channel.EMAIL].per_s == 100


def test_every_channel_has_a_rate_and_every_queue_a_channel():
    assert set(RATES) == set(Channel) == {queue.channel for queue in Queue}
