"""Its tables in a stack: kept ones stay whole, imported ones stay, indexes change as on AWS.

The name of a table hangs on the stack's name alone: a stack that was deleted and is created again
gets the name of the table that it had kept, and an empty table in its place. A table that was
imported under another name is replaced by an empty one when it is updated. And an update changes
as many indexes as it likes, also in place; AWS refuses both.
"""

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

_TYPE = "AWS::DynamoDB::Table"
_handler = provisioners._RESOURCE_HANDLERS[_TYPE]
_its_create = _handler["create"]
_its_update = _handler["update"]


def mend() -> None:
    """Replace what creates and updates a stack's tables."""
    _handler["create"] = _create
    _handler["update"] = _update


def _create(*resource: Any) -> tuple[str, Any]:  # noqa: ANN401 - what MiniStack passes
    """Under a name that no table has; MiniStack remembers the seed of a name with the resource."""
    logical_id, properties, stack_name = resource
    name = provisioners._physical_name(stack_name, logical_id, max_len=255)
    if "TableName" not in properties and name in dynamodb._tables:
        provisioners._NAME_SEED.set(new_uuid()[:8])
    return _its_create(*resource)


def _update(*resource: Any) -> tuple[str, Any]:  # noqa: ANN401 - what MiniStack passes
    """In place, whatever the table is called."""
    physical_id, old, new, *stack_name_and_logical_id = resource
    _check_indexes(_indexes(old), _indexes(new))
    if "TableName" not in {*old, *new}:
        old, new = ({**each, "TableName": physical_id} for each in (old, new))
    return _its_update(physical_id, old, new, *stack_name_and_logical_id)


def _check_indexes(old: Mapping[str, object], new: Mapping[str, object]) -> None:
    """In the words of AWS."""
    if any(old[name] != new[name] for name in old.keys() & new.keys()):
        raise ValueError(
            "Cannot update GSI's properties other than Provisioned Throughput and Contributor"
            " Insights Specification. You can create a new GSI with a different name."
        )
    if len(old.keys() ^ new.keys()) > 1:
        raise ValueError("Cannot perform more than one GSI creation or deletion in a single update")


def _indexes(properties: Mapping[str, Any]) -> dict[str, object]:
    return {each["IndexName"]: each for each in properties.get("GlobalSecondaryIndexes", [])}
