"""The functions' logs of a running service: one id finds a message's way through them."""

from tests.rig.cloud.service import Service, waited_for

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", "workspaceId": "w-logs"}
WAY = {"accepted", "a callback has ended"}


def test_a_message_is_found_by_its_id_and_all_of_its_lines_name_its_trace(service: Service):
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    answer = service.http.post("/api/schedule-sms", json=SMS, headers=headers).raise_for_status()
    found = waited_for(
        lambda: service.logged(answer.json()["jobId"]),
        lambda lines: {line["message"] for line in lines} >= WAY,
        20,
    )

    assert {line["message"] for line in found} == WAY
    assert {line["trace_id"] for line in found} == {TRACE}
