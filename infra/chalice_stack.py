"""The packaged template without its functions: what ``chalice deploy`` needs to be there already.

And the part of Chalice's configuration that only that stack's outputs know. No I/O.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

_FUNCTION = "AWS::Serverless::Function"
_IN_SUB = re.compile(r"\$\{(\w+)")
#: What Chalice makes itself.
_CHALICES = frozenset({_FUNCTION, "AWS::Serverless::Api", "AWS::Lambda::Permission"})
_NO_VALUE = {"Ref": "AWS::NoValue"}
#: app.py asks for the sources of events by these names.
SOURCES = {
    "SEND_SMS_QUEUE_ARN": "SendSms",
    "SCHEDULED_SMS_QUEUE_ARN": "ScheduledSms",
    "SEND_EMAIL_QUEUE_ARN": "SendEmail",
    "SCHEDULED_EMAIL_QUEUE_ARN": "ScheduledEmail",
    "MY_QUEUE_ARN": "MyQueue",
    "NOTICES_QUEUE_ARN": "PostNotice",
    "JOBS_STREAM_ARN": "Tally",
}
#: What Chalice cannot say about a mapping, and UpdateEventSourceMapping can.
_OF_MAPPINGS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "FilterCriteria",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
)


def without_functions(template: Mapping[str, Any]) -> Json:
    """The rest of the template; its outputs are what Chalice has to be told.

    What is about a function (an alarm) goes with the functions.
    """
    resources = template["Resources"]
    gone = {name for name, each in resources.items() if each["Type"] in _CHALICES}
    while more := {n for n, each in resources.items() if n not in gone and gone & {*_named(each)}}:
        gone |= more
    kept = {name: each for name, each in resources.items() if name not in gone}
    told = dict(_told(template))
    outputs = {_key(name): {"Value": value} for name, value in told.items()}
    return {**template, "Globals": {}, "Resources": kept, "Outputs": outputs}


def _named(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """The logical ids, and other names, that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            yield from _IN_SUB.findall(text)
        case dict():
            for part in value.values():
                yield from _named(part)
        case list():
            for part in value:
                yield from _named(part)
        case _:
            return


def configured(config: Json, stage: str, *, template: Mapping[str, Any], known: Json) -> Json:
    """Chalice's configuration with such a stage, by the ``known`` outputs and parameters."""
    functions = {
        name: {
            "manage_iam_role": False,
            "iam_role_arn": known[_key(f"role {logical_id}")],
            **_reserved(template["Resources"][logical_id]["Properties"], known),
        }
        for name, logical_id in _functions(template)
    }
    variables = {
        name: str(known[value["Ref"]] if _is_parameter(template, value) else known[_key(name)])
        for name, value in _variables(template).items()
        if not isinstance(value, str)
    }
    fixed = {name: value for name, value in _variables(template).items() if isinstance(value, str)}
    stages = {
        stage: {
            "environment_variables": {**fixed, **variables},
            "layers": [known[_key("layer")]],
            "minimum_compression_size": _api(template)["MinimumCompressionSize"],
            "lambda_functions": functions,
        }
    }
    return {**config, "stages": stages}


def sources(known: Mapping[str, str]) -> dict[str, str]:
    """The environment in which app.py is deployed."""
    return {name: known[_key(name)] for name in SOURCES}


def mappings(template: Mapping[str, Any], *, known: Json) -> Iterator[tuple[str, Json]]:
    """What is left to say about each function's mapping, by the function's name in Chalice."""
    for name, logical_id in _functions(template):
        for event in template["Resources"][logical_id]["Properties"].get("Events", {}).values():
            properties = event["Properties"]
            if "Queue" in properties or "Stream" in properties:
                said = {key: properties[key] for key in _OF_MAPPINGS if key in properties}
                yield name, _decided(said, reserves=_reserves(known))


def _reserved(properties: Mapping[str, Any], known: Json) -> Json:
    count = _decided(
        properties.get("ReservedConcurrentExecutions", _NO_VALUE), reserves=_reserves(known)
    )
    return {} if count == _NO_VALUE else {"reserved_concurrency": count}


def _reserves(known: Json) -> bool:
    """The stack's condition of that name."""
    wish = known["ReserveConcurrency"]
    return wish == "true" or (wish == "auto" and known["Stage"] != "dev")


def _decided(value: Any, *, reserves: bool) -> Any:  # noqa: ANN401 - any JSON
    """A part of the template with the condition's branches that hold."""
    match value:
        case {"Fn::If": ["ReservesConcurrency", then, otherwise]}:
            return _decided(then if reserves else otherwise, reserves=reserves)
        case dict():
            return {key: _decided(each, reserves=reserves) for key, each in value.items()}
        case list():
            return [_decided(each, reserves=reserves) for each in value]
        case _:
            return value


def _told(template: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _variables(template).items():
        if not isinstance(value, str) and not _is_parameter(template, value):
            yield name, value
    for _, logical_id in _functions(template):
        properties = template["Resources"][logical_id]["Properties"]
        yield f"role {logical_id}", properties["Role"]
    for name, logical_id in SOURCES.items():
        [event] = template["Resources"][logical_id]["Properties"]["Events"].values()
        yield name, event["Properties"].get("Queue") or event["Properties"]["Stream"]
    yield "layer", {"Ref": "DependenciesLayer"}


def _functions(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each function's name in Chalice, and its logical id."""
    for logical_id, each in template["Resources"].items():
        if each["Type"] == _FUNCTION:
            handler = each["Properties"]["Handler"].removeprefix("app.")
            yield "api_handler" if handler == "app" else handler, logical_id


def _variables(template: Mapping[str, Any]) -> Json:
    return template["Globals"]["Function"]["Environment"]["Variables"]


def _api(template: Mapping[str, Any]) -> Json:
    return template["Resources"]["RestAPI"]["Properties"]


def _is_parameter(template: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Secrets are parameters: an output would show them."""
    return value.get("Ref") in template["Parameters"]


def _key(name: str) -> str:
    """An output's key: letters and digits alone."""
    return "For" + "".join(part.capitalize() for part in name.replace("_", " ").split())
