"""The production stack on the local cloud: updated amid jobs, deleted amid jobs, adopted.

What is updated differs from this code as an earlier revision would (the code's zip, a function's
memory, its environment, a route and an index less): a checkout without history has no earlier one.
the bench ``upgrade`` takes a real one.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.stack import physical_ids
from infra.package import CODE_NAME, TEMPLATE_NAME, package
from tests.rig.cloud.bare import BareCloud
from tests.rig.cloud.service import running_sink
from tests.rig.measuring.arrivals import differently_keyed
from tests.rig.upgrade.amid import Update, update_amid
from tests.rig.upgrade.deletion import Deletion, delete_and_adopt
from tests.rig.upgrade.site import Site

pytestmark = pytest.mark.nightly

EARLIER_MEMORY_MB = 768
LATER_ROUTE = "/docs"
PATIENCE_S = 60


@dataclass(frozen=True)
class Function:
    """A deployed function, as far as an update changes it."""

    code: str
    memory_mb: int
    variables: dict[str, str]


@dataclass(frozen=True)
class Story:
    """What became of a stack, told once for all the tests."""

    before: Function
    after: Function
    update: Update
    drift_after_update: int
    urls: list[str]
    later_route: list[int]
    indexes: set[str]
    deletion: Deletion
    adopted_tables: dict[str, str]
    tables: dict[str, str]
    drift_after_adoption: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("upgrade")
    package("prod", folder / "this", native=True)
    _make_earlier(folder / "this", folder / "earlier")
    with running_sink() as sink, BareCloud(folder / "cloud") as cloud:
        site = Site(cloud, sink, first=folder / "earlier")
        yield _told(site, folder / "this")


def _told(site: Site, this: Path) -> Story:
    before, tables, urls = _send_sms(site), site.cloud.tables(), [site.url]
    later_route = [httpx.get(site.url + LATER_ROUTE, timeout=PATIENCE_S).status_code]
    update = update_amid(site, this, count=250, after_count=30, by_timer=0)
    after, drift_after_update = _send_sms(site), site.drift_count()
    later_route.append(httpx.get(site.url + LATER_ROUTE, timeout=PATIENCE_S).status_code)
    urls.append(site.url)
    indexes = _indexes(site, tables["JobsTable"])
    deletion = delete_and_adopt(site, this, by_timer=0)
    return Story(
        before,
        after,
        update,
        drift_after_update,
        urls,
        later_route,
        indexes,
        deletion,
        site.cloud.tables(),
        tables,
        site.drift_count(),
    )


def _make_earlier(this: Path, earlier: Path) -> None:
    shutil.copytree(this, earlier)
    with zipfile.ZipFile(earlier / CODE_NAME, "a") as code:
        code.writestr("an-earlier-revision.txt", "")
    template = json.loads((earlier / TEMPLATE_NAME).read_text())
    template["Resources"]["SendSms"]["Properties"]["MemorySize"] = EARLIER_MEMORY_MB
    template["Globals"]["Function"]["Environment"]["Variables"]["EARLIER"] = "true"
    del template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"][LATER_ROUTE]
    jobs = template["Resources"]["JobsTable"]["Properties"]
    keys = "communication_pk", "communication_at"
    jobs["AttributeDefinitions"] = [
        each for each in jobs["AttributeDefinitions"] if each["AttributeName"] not in keys
    ]
    jobs["GlobalSecondaryIndexes"] = [
        each for each in jobs["GlobalSecondaryIndexes"] if each["IndexName"] != "by_communication"
    ]
    (earlier / TEMPLATE_NAME).write_text(json.dumps(template))


def _send_sms(site: Site) -> Function:
    name = physical_ids(site.cloud.clients)["SendSms"]
    said: dict[str, Any] = site.cloud.clients("lambda").get_function_configuration(
        FunctionName=name
    )
    return Function(said["CodeSha256"], said["MemorySize"], said["Environment"]["Variables"])


def _indexes(site: Site, table: str) -> set[str]:
    described = site.cloud.clients("dynamodb").describe_table(TableName=table)["Table"]
    return {each["IndexName"] for each in described["GlobalSecondaryIndexes"]}


def test_an_update_replaces_code_memory_and_environment(story: Story):
    assert story.before.code != story.after.code
    assert story.before.memory_mb == EARLIER_MEMORY_MB != story.after.memory_mb
    assert "EARLIER" in story.before.variables
    assert "EARLIER" not in story.after.variables


def test_an_update_adds_routes_at_the_same_url(story: Story):
    old_url, new_url = story.urls
    without, with_it = story.later_route

    assert old_url == new_url
    assert without >= 400
    assert with_it == 200


def test_an_update_makes_the_index_that_is_missing(story: Story):
    assert story.indexes == {"agenda", "by_workspace", "by_communication"}


def test_an_update_amid_jobs_loses_none(story: Story):
    called = {arrival.job_id for arrival in story.update.arrivals}

    assert {*story.update.job_ids} <= called


def test_an_update_calls_no_job_with_another_key(story: Story):
    assert differently_keyed(story.update.arrivals) == []


def test_an_update_refuses_no_caller(story: Story):
    assert story.update.refusals == []


def test_counters_are_right_after_an_update(story: Story):
    assert story.drift_after_update == 0


def test_a_deletion_keeps_the_tables_and_their_items(story: Story):
    jobs_and_payloads = 2 * (len(story.update.job_ids) + len(story.deletion.job_ids))

    assert story.deletion.status == "DELETE_COMPLETE"
    assert story.deletion.left["JobsTable"] == jobs_and_payloads


def test_a_stack_of_the_same_name_begins_with_tables_of_its_own(story: Story):
    assert story.deletion.left_beside_another == story.deletion.left
    assert story.deletion.of_another["JobsTable"] == 0


def test_a_stack_that_adopts_the_tables_serves_the_jobs_that_waited(story: Story):
    called = {arrival.job_id for arrival in story.deletion.arrivals}

    assert story.adopted_tables == story.tables
    assert story.deletion.called_before_count < len(story.deletion.job_ids)
    assert {*story.deletion.job_ids} <= called


def test_counters_are_right_after_an_adoption(story: Story):
    assert story.drift_after_adoption == 0
