"""A backend that is down, seen from outside: jobs wait, operators are told, and all get through."""

from playwright.sync_api import Page, expect

from tests.acceptance.browser import PATIENCE_S, photograph
from tests.acceptance.test_ops import scheduled, signed_in
from tests.rig.cloud.service import Service, waited_for
from tests.rig.sink.answers import Answers

#: Nearly five seconds of the rate: the breaker opens within the first two.
COUNT = 240


def state(service: Service) -> str:
    return service.http.get("/api/metrics").json()["backends"]["sms"]["state"]


def test_an_outage_is_told_uses_no_attempts_of_those_who_wait_and_ends_by_itself(
    page: Page, service: Service
):
    service.sink.answer_with(Answers(status=503))
    job_ids = scheduled(service, "w-outage", count=COUNT)
    assert waited_for(lambda: state(service), lambda seen: seen != "closed", PATIENCE_S) != "closed"
    signed_in(page, service, "w-outage")
    expect(page.locator("#alerts")).to_contain_text("The backend of sms is down since")
    photograph(page, "ops-outage")

    service.sink.answer_with(Answers())
    assert waited_for(lambda: state(service), lambda seen: seen == "closed", PATIENCE_S) == "closed"
    assert service.figures("w-outage", completed=COUNT) == {"completed": COUNT}
    statuses = [service.http.get(f"/api/job-status/{each}").json() for each in job_ids]

    assert {each["status"] for each in statuses} == {"COMPLETED"}
    assert sum(each["attempts"] == 1 for each in statuses) > COUNT / 2
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#alerts")).not_to_contain_text("is down")
