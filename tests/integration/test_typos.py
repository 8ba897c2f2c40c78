"""Nothing leaves early by a typo: what every route that schedules says of a misspelt time."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from chalicelib.model.instant import to_iso
from tests.integration.board import DATA, call
from tests.integration.service import Json, Service
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS
from tests.integration.test_when import faults_of

ONE = [("/api/schedule-sms", AN_SMS), ("/api/schedule-email", AN_EMAIL), ("/api/jobs", A_JOB)]
BULK = [("/api/schedule-sms/bulk", AN_SMS), ("/api/schedule-email/bulk", AN_EMAIL)]
LATER = "2031-12-01T09:00:00Z"
#: Each with the field that is named.
TYPOS = {"send_at": "sendAt", "sentAt": "sendAt", "Delay": "delay", "tz": "timezone"}


def timeless(body: Json) -> Json:
    return {name: value for name, value in body.items() if name != "delay"}


@pytest.mark.parametrize(("path", "body"), ONE)
def test_a_misspelt_time_is_refused_by_its_right_name(service: Service, path: str, body: Json):
    faults = faults_of(service.post(path, timeless(body) | dict.fromkeys(TYPOS, LATER)))

    assert {each["path"]: each["message"].rpartition(" ")[2] for each in faults} == TYPOS
    assert service.items() == []


@pytest.mark.parametrize(("path", "body"), BULK)
@pytest.mark.parametrize("place", ["message", "defaults"])
def test_a_bulk_names_each_message(service: Service, path: str, body: Json, place: str):
    said = {"workspaceId": "w1", "defaults": timeless(body), "messages": [{}, {"delay": 0}, {}]}
    if place == "defaults":
        said["defaults"] |= {"scheduledAt": LATER}
    else:
        said["messages"][0] = said["messages"][2] = {"runAt": LATER}
    faults = faults_of(service.post(path, said))

    name = "scheduledAt" if place == "defaults" else "runAt"
    assert [each["path"] for each in faults] == [f"messages.0.{name}", f"messages.2.{name}"]


@pytest.mark.parametrize(
    "name", ["delay", "sendAt", "dayNumber", "sendTime", "timezone", "expiresAt"]
)
def test_a_time_at_a_bulk_s_top_level_is_refused(service: Service, name: str):
    body = {"workspaceId": "w1", "messages": [timeless(AN_SMS)], name: LATER}

    assert faults_of(service.post("/api/schedule-sms/bulk", body)) == [
        {"path": name, "message": "belongs in defaults, or in a message"}
    ]


@pytest.mark.parametrize("name", ["send_at", "workspace_id", "Messages"])
def test_a_misspelt_name_at_a_bulk_s_top_level_is_refused(service: Service, name: str):
    body = {"workspaceId": "w1", "messages": [timeless(AN_SMS)], name: LATER}

    assert [each["path"] for each in faults_of(service.post("/api/schedule-sms/bulk", body))] == [
        name
    ]


def test_all_that_is_wrong_is_said_at_once(service: Service):
    body = timeless(AN_SMS) | {"send_at": LATER, "phoneNumber": "x", "dayNumber": None}
    faults = faults_of(service.post("/api/schedule-sms", body))

    assert {each["path"] for each in faults} == {"send_at", "phoneNumber", "dayNumber"}


def test_what_is_inside_metadata_and_data_is_the_caller_s_own(service: Service):
    strange = dict.fromkeys([*TYPOS, "scheduledAt"], LATER)

    assert service.post("/api/schedule-sms", AN_SMS | {"metadata": strange}).status_code == 200
    assert service.post("/api/jobs", A_JOB | {"data": strange}).status_code == 200


def test_names_that_are_far_from_ours_are_taken(service: Service):
    assert service.post("/api/schedule-sms", AN_SMS | {"cc": "x", "ttl": 1}).status_code == 200


def test_the_board_s_editor_refuses_them_as_well(service: Service):
    data = DATA | {"send_at": LATER}
    answer = call(service, "POST", "/api/queues/send-sms-queue/add", {"name": "x", "data": data})

    assert answer.status_code == 400
    assert service.items() == []


def passing(now: datetime) -> str:
    """An instant that is five minutes ago in a moment."""
    return to_iso(now - timedelta(minutes=4, seconds=59))


@pytest.mark.parametrize(("path", "body"), [*ONE, *BULK])
def test_a_replay_is_judged_at_the_instant_at_which_its_key_first_came(
    service: Service, path: str, body: Json
):
    message = timeless(body) | {"sendAt": passing(datetime.now(UTC))}
    said = {"workspaceId": "w1", "messages": [message] * 2} if path.endswith("bulk") else message
    first = service.post(path, said, Idempotency_Key="k")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        again = service.post(path, said, Idempotency_Key="k")
        by_another_key = service.post(path, said, Idempotency_Key="l")
        without = service.post(path, said)

    assert (first.status_code, again.status_code, again.body) == (200, 200, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    for refused in (by_another_key, without):
        assert {each["code"] for each in faults_of(refused)} == {"in_the_past"}
