"""Names that are nearly a field's: which are refused, and what is said instead."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.web.near_names import TIMES, misnamed, names_of
from chalicelib.web.requests import EmailRequest, GeneralRequest, SmsRequest

OWN = names_of(SmsRequest)
#: One edit that a hand makes: where, how, and with which letter.
EDITS = st.tuples(
    st.integers(0, 12),
    st.sampled_from(["put in", "left out", "changed", "swapped"]),
    st.characters(),
)


def said_of(name: str, **beside: object) -> str | None:
    """What is said of a name of an SMS, None where it is the caller's own."""
    faults = misnamed({name: "x"} | beside, SmsRequest, under="messages.3")
    assert [fault.path for fault in faults] in ([], [f"messages.3.{name}"])
    return faults[0].message if faults else None


@pytest.mark.parametrize(
    ("name", "right"),
    [
        *(("send_at", "sendAt"), ("sendat", "sendAt"), ("SendAt", "sendAt"), ("send-at", "sendAt")),
        *(("SEND_AT", "sendAt"), ("_sendAt", "sendAt"), ("Delay", "delay"), ("DELAY", "delay")),
        *(("phone_number", "phoneNumber"), ("phonenumber", "phoneNumber"), ("Message", "message")),
        *(
            ("workspace-id", "workspaceId"),
            ("max_attempts", "maxAttempts"),
            ("MetaData", "metadata"),
        ),
        *(("sentAt", "sendAt"), ("sendAtt", "sendAt"), ("senAt", "sendAt"), ("sednAt", "sendAt")),
        *(("delays", "delay"), ("dealy", "delay"), ("dela", "delay"), ("delax", "delay")),
        *(("dayNumbr", "dayNumber"), ("day_numbers", "dayNumber"), ("sendTimes", "sendTime")),
        *(("timeZone", "timezone"), ("time_zone", "timezone"), ("timezones", "timezone")),
        *(
            ("tz", "timezone"),
            ("TZ", "timezone"),
            ("expires_at", "expiresAt"),
            ("expireAt", "expiresAt"),
        ),
        *(
            ("sendAt ", "sendAt"),
            ("send At", "sendAt"),
            ("\N{LATIN SMALL LETTER LONG S}endAt", "sendAt"),
            ("delay2", "delay"),
        ),
    ],
)
def test_a_name_that_is_nearly_a_field_names_it(name: str, right: str):
    assert said_of(name) == f"is no field: write {right}"
    assert said_of(name, delay=0, sendAt="x") == f"is no field: write {right}"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "scheduledAt",
            "scheduleAt",
            "scheduledFor",
            "scheduledTime",
            "runAt",
            "notBefore",
            "delayMs",
        ),
        *("scheduled_at", "SCHEDULEDAT", "run-at", "delay_ms", "notbefore"),
    ],
)
def test_another_service_s_name_is_refused_where_no_time_stands_beside_it(name: str):
    said = said_of(name)

    assert said is not None
    assert "delay" in said
    assert said_of(name, delay=0) is said_of(name, sendAt="x") is said_of(name, dayNumber=1) is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "cc",
            "replyTo",
            "attachments",
            "subject",
            "html",
            "data",
            "ttl",
            "note",
            "",
            "at",
            "time",
        ),
        *("phoneNumbers", "messages", "msg", "priorities", "sendAtNight", "dl", "x" * 100_000),
        *("campaign_id", "expiresAt", "days", "send", "timestamp", "datetime", "to"),
    ],
)
def test_other_names_are_the_caller_s_own(name: str):
    assert said_of(name) is None


def test_each_kind_of_message_has_its_own_fields():
    names = {"Html": 1, "callback_endpoint": 1, "phone_number": 1}

    def refused(model: type[SmsRequest | EmailRequest | GeneralRequest]) -> list[str]:
        return [fault.path for fault in misnamed(names, model)]

    assert refused(SmsRequest) == ["phone_number"]
    assert refused(EmailRequest) == ["Html"]
    assert refused(GeneralRequest) == ["callback_endpoint"]


def test_own_names_are_never_refused():
    assert misnamed(dict.fromkeys([*OWN, *TIMES]), SmsRequest) == []


def test_so_many_faults_as_an_answer_can_carry():
    body = {f"send{'_' * n}At": 1 for n in range(1, 50)} | {f"Delay{'-' * n}": 1 for n in range(59)}

    assert len(misnamed(body, SmsRequest)) == 100


def edited(name: str, edit: tuple[int, str, str]) -> str:
    place, how, letter = edit
    place %= len(name)
    match how:
        case "put in":
            return name[:place] + letter + name[place:]
        case "left out":
            return name[:place] + name[place + 1 :]
        case "changed":
            return name[:place] + letter + name[place + 1 :]
        case _:
            return name[:place] + name[place : place + 2][::-1] + name[place + 2 :]


@given(name=st.sampled_from(TIMES), edit=EDITS, noise=st.randoms(use_true_random=False))
@example(name="sendAt", edit=(0, "changed", "İ"), noise=None)
def test_no_name_one_edit_away_from_a_time_is_taken_in_silence(
    name: str, edit: tuple[int, str, str], noise: object
):
    written = edited(name, edit)
    if noise is not None:
        written = "".join(
            noise.choice([c.upper(), c.lower(), c, f"{c}_"]) if c.isascii() else c for c in written
        )
    assume(written not in OWN | {*TIMES})

    assert said_of(written) is not None
