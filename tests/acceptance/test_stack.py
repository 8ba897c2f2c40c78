"""The rules that the stack's template keeps, whatever is added to it."""

from pathlib import Path
from typing import Any

import pytest

from chalicelib.model import notice
from infra.package import TEMPLATE_NAME
from tests.acceptance.template import Template, target

STAGES = ("local", "dev", "prod", "a-new-one")
FORTNIGHT_S = 14 * 86400
#: AWS asks for it: a batch may be retried while its function is throttled.
VISIBILITY_FACTOR = 6
#: The least that Lambda takes as the maximum of an SQS mapping.
LEAST_MAXIMUM_CONCURRENCY = 2
#: Of a template in S3 (CloudFormation quotas).
LARGEST_TEMPLATE_BYTES = 1_000_000


@pytest.fixture(scope="module")
def prod(packed: Path) -> Template:
    return Template.read(packed / TEMPLATE_NAME, Stage="prod")


def _statements(template: Template) -> list[dict[str, Any]]:
    return [
        statement
        for role in template.of_type("AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _all_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_a_queue_outwaits_the_function_that_it_feeds(prod: Template):
    queues = prod.of_type("AWS::SQS::Queue")
    found = list(prod.mappings("SQS"))

    assert found
    for function, mapping in found:
        visible_again_s = queues[target(mapping["Queue"])]["VisibilityTimeout"]
        assert visible_again_s >= VISIBILITY_FACTOR * function["Timeout"]


def test_a_queue_that_feeds_a_function_ends_in_dead_letters_of_its_own(prod: Template):
    queues = prod.of_type("AWS::SQS::Queue")
    sources = [target(mapping["Queue"]) for _, mapping in prod.mappings("SQS")]
    ends = [target(queues[each]["RedrivePolicy"]["deadLetterTargetArn"]) for each in sources]

    assert len(set(ends)) == len(sources)
    for source, end in zip(sources, ends, strict=True):
        allowed = queues[end]["RedriveAllowPolicy"]
        [arn] = (each["Fn::Sub"] for each in allowed["sourceQueueArns"])
        assert allowed["redrivePermission"] == "byQueue"
        assert arn.endswith(f":{queues[source]['QueueName']['Fn::Sub']}")


def test_dead_letters_are_kept_for_a_fortnight(prod: Template):
    ends = {n: q for n, q in prod.of_type("AWS::SQS::Queue").items() if "DeadLetters" in n}

    assert len(ends) == 9
    assert {queue["MessageRetentionPeriod"] for queue in ends.values()} == {FORTNIGHT_S}


def test_what_lambda_and_scheduler_give_up_is_the_dead_letters_of_no_queue(prod: Template):
    queues = prod.of_type("AWS::SQS::Queue")
    given_up = [
        target(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        for _, mapping in prod.mappings("DynamoDB")
    ]

    for name in (*given_up, "TimerDeadLetters"):
        assert queues[name]["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


def test_queues_are_encrypted_at_rest_and_on_the_way(prod: Template):
    queues = prod.of_type("AWS::SQS::Queue")
    [policy] = prod.of_type("AWS::SQS::QueuePolicy").values()
    [statement] = policy["PolicyDocument"]["Statement"]

    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    assert {target(each) for each in policy["Queues"]} == queues.keys()
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_a_mapping_pulls_no_more_than_its_function_has_reserved(packed: Path, stage: str):
    template = Template.read(packed / TEMPLATE_NAME, Stage=stage)

    for function, mapping in template.mappings("SQS"):
        most = mapping["ScalingConfig"]["MaximumConcurrency"]
        assert most == function["ReservedConcurrentExecutions"] == 5
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(
    "parameters", [{"Stage": "dev"}, {"Stage": "prod", "ReserveConcurrency": "false"}]
)
def test_a_new_account_is_asked_for_no_reserved_concurrency(
    packed: Path, parameters: dict[str, str]
):
    template = Template.read(packed / TEMPLATE_NAME, **parameters)
    functions = template.of_type("AWS::Serverless::Function")

    assert not [n for n, each in functions.items() if "ReservedConcurrentExecutions" in each]
    for _, mapping in template.mappings("SQS"):
        assert mapping["ScalingConfig"]["MaximumConcurrency"] == LEAST_MAXIMUM_CONCURRENCY


def test_dev_reserves_where_it_is_told_to(packed: Path):
    dev = Template.read(packed / TEMPLATE_NAME, Stage="dev", ReserveConcurrency="true")

    reserved = [function["ReservedConcurrentExecutions"] for function, _ in dev.mappings("SQS")]
    assert reserved == [5] * 6


@pytest.mark.parametrize("stage", STAGES)
def test_tables_of_real_data_are_protected_from_deletion(packed: Path, stage: str):
    tables = Template.read(packed / TEMPLATE_NAME, Stage=stage).of_type("AWS::DynamoDB::Table")

    is_protected = stage not in {"local", "dev"}
    assert {each["DeletionProtectionEnabled"] for each in tables.values()} == {is_protected}


def test_no_role_may_do_everything_or_to_everything(prod: Template):
    statements = _statements(prod)

    assert statements
    for statement in statements:
        assert "*" not in "".join(_all_of(statement["Action"]))
        assert "*" not in _all_of(statement["Resource"])


def test_each_function_logs_into_its_own_group_for_as_long_as_was_chosen(prod: Template):
    groups = prod.of_type("AWS::Logs::LogGroup")
    functions = prod.of_type("AWS::Serverless::Function")
    used = {name: target(each["LoggingConfig"]["LogGroup"]) for name, each in functions.items()}

    assert sorted(used.values()) == sorted(groups)
    assert all(each["RetentionInDays"] == {"Ref": "LogRetentionDays"} for each in groups.values())


def test_a_role_writes_into_the_log_group_of_its_function_alone(prod: Template):
    roles = prod.of_type("AWS::IAM::Role")
    for function in prod.of_type("AWS::Serverless::Function").values():
        policies = roles[target(function["Role"])]["Policies"]
        written = [
            statement["Resource"]
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if "logs:PutLogEvents" in statement["Action"]
        ]

        own = target(function["LoggingConfig"]["LogGroup"])
        assert written == [{"Fn::GetAtt": [own, "Arn"]}]


def test_the_whole_api_is_throttled(prod: Template):
    [api] = prod.of_type("AWS::Serverless::Api").values()
    [whole] = [each for each in api["MethodSettings"] if each["ResourcePath"] == "/*"]

    assert whole["HttpMethod"] == "*"
    assert whole["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerS"}


def test_webhooks_have_the_same_waits_as_in_the_code(prod: Template):
    waits = prod.raw["Parameters"]["WebhookWaitsS"]

    assert notice.waits_of(waits["Default"]) == notice.WAITS_S
    assert waits["AllowedPattern"] == notice._WAITS.pattern


def test_access_logs_are_written_where_they_are_asked_for(packed: Path):
    silent, written = (
        Template.read(packed / TEMPLATE_NAME, Stage="prod", ApiAccessLogs=chosen)
        for chosen in ("false", "true")
    )

    assert "AccessLogSetting" not in silent.resources["RestAPI"]["Properties"]
    setting = written.resources["RestAPI"]["Properties"]["AccessLogSetting"]
    assert target(setting["DestinationArn"]) in written.of_type("AWS::Logs::LogGroup")


def test_the_template_fits_into_cloudformation(packed: Path):
    assert (packed / TEMPLATE_NAME).stat().st_size < LARGEST_TEMPLATE_BYTES
