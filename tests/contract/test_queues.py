"""Queues: every envelope arrives in its queue as it was sent, after its delay."""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.ports.delivery import Inbox, Parcel, Queues
from tests.rig.builders import NOON, a_job, an_envelope

#: The longest delay that SQS carries, in seconds.
FIFTEEN_MINUTES_S = 900


class Post(Protocol):
    """Queues, and what a worker would find in them."""

    @property
    def queues(self) -> Queues:
        """What is tested."""
        ...

    def visible(self, queue: Queue) -> list[Envelope]:
        """The envelopes that a worker would receive now; they are gone afterwards."""
        ...

    def inbox(self, queue: Queue) -> Inbox:
        """What a worker takes more from."""
        ...

    def delayed_count(self, queue: Queue) -> int:
        """How many envelopes are not visible yet."""
        ...


def parcels(count: int, *, queue: Queue = Queue.SEND_SMS, delay_s: int = 0) -> list[Parcel]:
    """So many envelopes of different jobs."""
    return [Parcel(an_envelope(), queue, delay_s) for _ in range(count)]


def ids(envelopes: list[Envelope]) -> list[str]:
    """Their jobs, in one order: a standard queue promises none."""
    return sorted(envelope.job_id for envelope in envelopes)


def test_an_envelope_arrives_as_it_was_sent(post: Post):
    job = a_job(
        workspace_id="eu:w-1@crm.example_x", version=12, due_at=NOON + timedelta(milliseconds=7)
    )
    envelope = an_envelope(job)

    assert list(post.queues.send([Parcel(envelope, Queue.MY_QUEUE, 0)])) == []
    assert post.visible(Queue.MY_QUEUE) == [envelope]


@pytest.mark.parametrize("queue", Queue)
def test_each_queue_gets_its_own(post: Post, queue: Queue):
    sent = [parcel for each in Queue for parcel in parcels(1, queue=each)]
    post.queues.send(sent)

    assert post.visible(queue) == [p.envelope for p in sent if p.queue is queue]


def test_more_than_the_platform_takes_at_once_all_arrive(post: Post):
    sent = parcels(23)

    assert list(post.queues.send(sent)) == []
    assert ids(post.visible(Queue.SEND_SMS)) == ids([p.envelope for p in sent])


def test_several_queues_and_delays_go_in_one_call(post: Post):
    sent = [*parcels(12), *parcels(11, queue=Queue.SEND_EMAIL), *parcels(3, delay_s=60)]

    assert list(post.queues.send(sent)) == []
    assert len(post.visible(Queue.SEND_SMS)) == 12
    assert len(post.visible(Queue.SEND_EMAIL)) == 11
    assert post.delayed_count(Queue.SEND_SMS) == 3


def test_a_delayed_envelope_is_not_visible_yet(post: Post):
    post.queues.send(parcels(1, delay_s=FIFTEEN_MINUTES_S))

    assert post.visible(Queue.SEND_SMS) == []
    assert post.delayed_count(Queue.SEND_SMS) == 1


def test_two_envelopes_of_one_job_both_arrive(post: Post):
    job = a_job()
    post.queues.send([Parcel(an_envelope(job), Queue.SEND_SMS, 0) for _ in range(2)])

    assert post.visible(Queue.SEND_SMS) == [an_envelope(job)] * 2


def test_sending_nothing_is_fine(post: Post):
    assert list(post.queues.send([])) == []


def test_what_an_inbox_took_is_hidden_until_it_is_finished(post: Post):
    sent = parcels(3)
    post.queues.send(sent)
    inbox = post.inbox(Queue.SEND_SMS)
    taken = list(inbox.take(10))

    assert ids(taken) == ids([each.envelope for each in sent])
    assert list(inbox.take(10)) == []
    inbox.finish({each.job_id for each in taken})
    assert post.visible(Queue.SEND_SMS) == []


def test_an_inbox_finishes_what_it_took_and_no_newer_envelope_of_the_same_job(post: Post):
    job = a_job()
    inbox = post.inbox(Queue.SEND_SMS)
    post.queues.send([Parcel(an_envelope(job), Queue.SEND_SMS, 0)])
    inbox.take(10)
    retry = replace(an_envelope(job), version=job.version + 2)
    post.queues.send([Parcel(retry, Queue.SEND_SMS, 0)])
    inbox.finish({job.id})

    assert post.visible(Queue.SEND_SMS) == [retry]
