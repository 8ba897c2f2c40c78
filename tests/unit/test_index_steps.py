"""A stack's tables come to other indexes by updates that CloudFormation takes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from infra.index_steps import Step, Template, steps

NAMES = ("agenda", "by_workspace", "by_communication", "by_contact")


def a_template(code: str, **projected: str) -> Template:
    """A table with indexes that project one attribute each, and a function."""
    keys = ["pk", *(f"{name}_pk" for name in projected)]
    table = {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": f"{name}_pk", "KeyType": "HASH"}],
                "Projection": {"NonKeyAttributes": [attribute]},
            }
            for name, attribute in projected.items()
        ],
    }
    return {
        "Resources": {
            "Jobs": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Code": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": code}},
        }
    }


def indexes(template: Template) -> dict[str, Any]:
    """A template's indexes, by name."""
    declared = template["Resources"]["Jobs"]["Properties"]["GlobalSecondaryIndexes"]
    return {each["IndexName"]: each for each in declared}


def code(template: Template) -> str:
    """A template's code."""
    return template["Resources"]["Code"]["Properties"]["CodeUri"]


def test_new_code_alone_is_one_update():
    old, new = a_template("old", agenda="status"), a_template("new", agenda="status")

    assert steps(old, new) == [Step(new)]


def test_an_index_is_made_before_the_code_that_reads_it():
    old, new = a_template("old"), a_template("new", agenda="status")

    made, last = steps(old, new)
    assert (code(made.template), [*indexes(made.template)]) == ("old", ["agenda"])
    assert made.told == "Jobs: the index agenda is made"
    assert last == Step(new)


def test_an_index_goes_after_the_code_that_read_it():
    old, new = a_template("old", agenda="status"), a_template("new")

    first, last = steps(old, new)
    assert (code(first.template), [*indexes(first.template)]) == ("new", ["agenda"])
    assert last == Step(new, "Jobs: the index agenda is deleted")


def test_an_index_that_changes_is_deleted_and_made_again():
    old, new = a_template("old", agenda="status"), a_template("new", agenda="due_at")

    told = [step.told for step in steps(old, new)]
    assert told == [
        "Jobs: the index agenda changes: it is deleted",
        "Jobs: the index agenda is made",
        "",
    ]


PROJECTIONS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("status", "due_at")))


@given(PROJECTIONS, PROJECTIONS)
def test_cloudformation_takes_each_of_the_updates(
    projected_before: dict[str, str], projected_after: dict[str, str]
):
    before = a_template("old", **projected_before)
    after = a_template("new", **projected_after)
    found = [step.template for step in steps(before, after)]

    assert found[-1] == after
    for old, new in zip([before, *found], found, strict=False):
        assert len(indexes(old).keys() ^ indexes(new).keys()) <= 1
        assert all(
            indexes(old)[name] == indexes(new)[name]
            for name in indexes(old)
            if name in indexes(new)
        )
        properties = new["Resources"]["Jobs"]["Properties"]
        defined = {each["AttributeName"] for each in properties["AttributeDefinitions"]}
        assert defined == {"pk", *(f"{name}_pk" for name in indexes(new))}


@given(PROJECTIONS, PROJECTIONS)
def test_each_code_finds_the_indexes_that_it_reads_unless_they_change(
    projected_before: dict[str, str], projected_after: dict[str, str]
):
    before = a_template("old", **projected_before)
    after = a_template("new", **projected_after)
    changed = {
        n
        for n in indexes(before)
        if indexes(after).get(n, indexes(before)[n]) != indexes(before)[n]
    }

    for step in steps(before, after):
        reads = indexes(after) if code(step.template) == "new" else indexes(before).keys() - changed
        assert {*reads} <= indexes(step.template).keys()
