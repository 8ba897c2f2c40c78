"""The updates that bring a stack's tables to other indexes: one index in each of them.

CloudFormation creates or deletes one global secondary index an update, and changes none in place
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html).
Pure functions over templates: nothing here talks to AWS.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]
Indexes = dict[str, dict[str, Any]]

_TABLE = "AWS::DynamoDB::Table"
_INDEXES = "GlobalSecondaryIndexes"
_ATTRIBUTES = "AttributeDefinitions"


@dataclass(frozen=True)
class Step:
    """One update of the stack."""

    template: Template
    #: What it does to an index, for the person who waits; empty where it is none of that.
    told: str = ""


def steps(deployed: Template, wanted: Template) -> list[Step]:
    """The updates from the ``deployed`` template to the ``wanted`` one, in their order.

    The old code runs until every index is there that the new code reads; indexes that the old code
    alone has read go at the end. One whose definition changes under its name is deleted and made
    again: meanwhile nothing finds jobs by it.
    """
    tables = [name for name in _tables(deployed) if name in _tables(wanted)]
    template, found = deployed, list[Step]()
    for table in tables:
        for told, indexes in _arrivals(_indexes(deployed, table), _indexes(wanted, table)):
            template = _with_indexes(template, table, indexes=indexes, known=(deployed, wanted))
            found.append(Step(template, f"{table}: {told}"))
    departures = [
        (table, name)
        for table in tables
        for name in _indexes(deployed, table).keys() - _indexes(wanted, table).keys()
    ]
    return found + list(_on_new_code(deployed, wanted, departures=sorted(departures)))


def _arrivals(old: Indexes, new: Indexes) -> Iterator[tuple[str, Indexes]]:
    """What a table's indexes are after each update that the old code still sees."""
    now = dict(old)
    for name, definition in new.items():
        if name in old and old[name] != definition:
            del now[name]
            yield f"the index {name} changes: it is deleted", dict(now)
        if name not in now:
            now[name] = definition
            yield f"the index {name} is made", dict(now)


def _on_new_code(
    deployed: Template, wanted: Template, *, departures: list[tuple[str, str]]
) -> Iterator[Step]:
    """The new code, and then without one after the other of the indexes that it does not read."""
    told = ""
    for count, (table, name) in enumerate(departures):
        template = wanted
        for each, kept in departures[count:]:
            indexes = _indexes(template, each) | {kept: _indexes(deployed, each)[kept]}
            template = _with_indexes(template, each, indexes=indexes, known=(deployed, wanted))
        yield Step(template, told)
        told = f"{table}: the index {name} is deleted"
    yield Step(wanted, told)


def _with_indexes(
    template: Template, table: str, *, indexes: Indexes, known: Iterable[Template]
) -> Template:
    """The template with these indexes, and with the definitions of just the attributes in keys."""
    changed = copy.deepcopy(template)
    properties = changed["Resources"][table]["Properties"]
    properties[_INDEXES] = list(indexes.values())
    schemas = [properties["KeySchema"], *(each["KeySchema"] for each in indexes.values())]
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    definitions = {
        each["AttributeName"]: each
        for source in known
        for each in source["Resources"][table]["Properties"][_ATTRIBUTES]
    }
    properties[_ATTRIBUTES] = [definitions[name] for name in definitions if name in keys]
    return changed


def _tables(template: Mapping[str, Any]) -> list[str]:
    return [name for name, each in template["Resources"].items() if each["Type"] == _TABLE]


def _indexes(template: Mapping[str, Any], table: str) -> Indexes:
    declared = template["Resources"][table]["Properties"].get(_INDEXES, [])
    return {each["IndexName"]: each for each in declared}
