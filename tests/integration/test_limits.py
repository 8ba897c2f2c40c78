"""What operators see of limits and of backends that are down."""

from chalicelib import wiring
from chalicelib.model.breaker import BURST
from chalicelib.model.channel import Channel
from tests.integration.service import Service, recorded
from tests.integration.test_metrics import metrics
from tests.integration.test_scheduling import AN_SMS
from tests.integration.test_workspace_settings import ADMIN, put


def test_what_exceeds_a_limit_waits_and_is_told_with_its_batch(service: Service):
    put(service, {"limits": {"sms": {"perSecond": 10}}})
    message = AN_SMS | {"delay": 0}
    body = {"workspaceId": "w1", "defaults": message, "messages": [{}] * 75}
    answer = service.post("/api/schedule-sms/bulk", body)
    found = service.get("/api/metrics/workspace/w1", token=ADMIN).json_body

    assert answer.json_body["accepted"] == 75
    assert (found["sms"]["count"], found["email"]["count"]) == (1, 0)
    (detail,) = found["sms"]["details"]
    assert (detail["batchSize"], detail["errorMessage"]) == (
        75,
        "Rate limit exceeded: 10 per second",
    )
    assert found["sms"]["lastExceeded"] == detail["timestamp"]
    assert metrics(service)["workspaceRateLimits"]["w1"]["sms"]["count"] == 1


def test_what_a_limit_allows_is_not_told(service: Service):
    put(service, {"limits": {"sms": {"perSecond": 10}}})
    body = {"workspaceId": "w1", "defaults": AN_SMS | {"delay": 0}, "messages": [{}] * 10}
    service.post("/api/schedule-sms/bulk", body)

    assert service.get("/api/metrics/workspace/w1", token=ADMIN).json_body["sms"]["count"] == 0


def test_metrics_tell_which_backends_are_down(service: Service):
    assert metrics(service)["backends"]["sms"] == {
        "state": "closed",
        "openedAt": None,
        "nextProbeAt": None,
    }
    wiring.circuit_breaker().count(Channel.SMS, failed=BURST, answered=0)
    found = metrics(service)["backends"]["sms"]

    assert found["state"] == "open"
    assert found["openedAt"] < found["nextProbeAt"]
    assert service.invoke("rescue", recorded("rescue_tick")) == {"touched": 0}
