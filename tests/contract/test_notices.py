"""`ports.Notices` and `ports.NoticeInbox`: what is sent comes, after its delay, until finished."""

from collections.abc import Sequence
from typing import Protocol

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.sqs_notices import SqsNoticeInbox, SqsNotices
from chalicelib.model.notice import Notice
from chalicelib.ports.webhooks import Letter, NoticeInbox, Notices
from tests.contract.faulty_aws import Reply, handling
from tests.contract.stack import make_queue
from tests.rig.builders import a_notice
from tests.rig.memory.jobs import MemoryClock
from tests.rig.memory.webhooks import MemoryNoticeInbox, MemoryNotices


class Office(Protocol):
    """The queue, and a worker's inbox of it."""

    notices: Notices
    inbox: NoticeInbox

    def left(self) -> int:
        """How many are in the queue, visible or not."""
        ...


class MemoryOffice:
    def __init__(self) -> None:
        self.notices = MemoryNotices(MemoryClock())
        self.inbox = MemoryNoticeInbox(self.notices)

    def left(self) -> int:
        return len(self.notices.waiting)


class SqsOffice:
    def __init__(self) -> None:
        self.url = make_queue("notices")
        self.notices, self.inbox = SqsNotices(self.url), SqsNoticeInbox(self.url)

    def left(self) -> int:
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        answer = client("sqs").get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


@pytest.fixture
def office(world: str) -> Office:
    return MemoryOffice() if world == "memory" else SqsOffice()


def letters(*notices: Notice, delay_s: int = 0) -> list[Letter]:
    return [Letter(notice, delay_s) for notice in notices]


def ids(notices: Sequence[Notice]) -> list[str]:
    return sorted(notice.id for notice in notices)


def test_a_notice_comes_as_it_was_sent(office: Office):
    notice = a_notice(workspace_id="eu:w-1@crm.example_x", error="Grüße 🙂", tries=2)

    assert office.notices.send(letters(notice)) == []
    assert office.inbox.take(10) == [notice]


def test_what_was_taken_is_hidden_until_it_is_finished(office: Office):
    first, second = a_notice(), a_notice()
    office.notices.send(letters(first, second))
    taken = office.inbox.take(10)

    assert ids(taken) == ids([first, second])
    assert office.inbox.take(10) == []
    office.inbox.finish([first.id])
    assert office.left() == 1


def test_a_retry_under_the_same_id_is_not_finished_with_the_first_try(office: Office):
    notice = a_notice()
    office.notices.send(letters(notice))
    office.inbox.take(10)
    office.notices.send(letters(notice, delay_s=5))
    office.inbox.finish([notice.id, "unknown"])

    assert office.left() == 1


@pytest.mark.parametrize("count", [1, 10, 25])
def test_many_are_sent_and_finished(office: Office, count: int):
    sent = [a_notice() for _ in range(count)]
    office.notices.send(letters(*sent))
    taken: list[Notice] = []
    while some := office.inbox.take(10):
        taken += some
    office.inbox.finish(ids(taken))

    assert ids(taken) == ids(sent)
    assert office.left() == 0


def test_a_delayed_one_does_not_come_yet(office: Office):
    office.notices.send(letters(a_notice(), delay_s=900))

    assert office.inbox.take(10) == []
    assert office.left() == 1


def test_no_notice_is_sent_for_nothing(office: Office):
    assert office.notices.send([]) == []


@pytest.mark.usefixtures("aws")
def test_what_sqs_refuses_is_answered():
    office = SqsOffice()
    sent = letters(a_notice(), a_notice())
    refusal = Reply({"Successful": [], "Failed": [{"Id": "1", "SenderFault": False, "Code": "x"}]})

    with handling("sqs", "SendMessageBatch", lambda _: refusal):
        assert office.notices.send(sent) == [sent[1]]
    client("sqs").delete_queue(QueueUrl=office.url)
    assert office.notices.send(sent) == sent


@pytest.mark.usefixtures("aws")
def test_what_is_no_notice_stays_in_the_queue():
    office = SqsOffice()
    client("sqs").send_message(QueueUrl=office.url, MessageBody="junk")

    assert office.inbox.take(10) == []
    assert office.left() == 1
