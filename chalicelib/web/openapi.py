"""The API's description in OpenAPI 3.1, made from the routes and the shapes that they use.

Source: https://spec.openapis.org/oas/v3.1.1.html; schemas are JSON Schema 2020-12, as pydantic
writes them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from chalicelib.model.access import PERMISSIONS, Permission
from chalicelib.model.identity import ID_PATTERN
from chalicelib.web.answer_shapes import ErrorAnswer
from chalicelib.web.idempotency import REPLAYED_HEADER
from chalicelib.web.operation_table import JSON, OPERATIONS, Operation

Json = dict[str, Any]
Way: TypeAlias = Literal["validation", "serialization"]

_REFERENCE = "#/components/schemas/{model}"
_ABOUT = (
    "A queue for SMS and email: applications schedule messages, and at the due instant the service "
    "calls the application's own backend, under strict rate limits. Operators see and steer it all."
)
#: Statuses that any request may meet, at the platform or at us.
_ANYWHERE = (429, 500, 503, 504)
_WHY = {
    400: "Something is wrong with the request: `errors` lists every fault.",
    401: "No credentials came, or they do not hold.",
    403: "The role, or the token's workspaces, do not allow it.",
    404: "There is no such thing, or it is another workspace's.",
    409: "The state of the thing does not allow it now.",
    413: "The body is larger than the platform takes.",
    415: "The body is not declared as JSON.",
    429: "Too many requests at once.",
    500: "Something went wrong on our side.",
    503: "The service is busy, a dependency does not answer, or a secret of it is missing or weak.",
    504: "The answer took too long; the request may have been carried out.",
}
_REQUEST_ID: Json = {
    "description": "Quote it when you ask about a request.",
    "schema": {"type": "string"},
}
_REPLAYED: Json = {
    "description": "This answer was given before, to the same Idempotency-Key.",
    "schema": {"const": "true"},
}


@dataclass(frozen=True, slots=True)
class View:
    """What the app knows of an operation: the name of its view, and the view's docstring."""

    name: str
    says: str


def description(views: Mapping[tuple[str, str], View]) -> Json:
    """The document of those operations that have a view, by method and path."""
    served = {key: OPERATIONS[key] for key in views if key in OPERATIONS}
    shapes, definitions = _schemas(served)
    paths: Json = {}
    for (method, path), operation in served.items():
        item = paths.setdefault(_public(path), {})
        item[method.lower()] = {
            "operationId": views[method, path].name,
            "summary": views[method, path].says,
            "description": _who(operation.permission),
            "tags": [_tag(path)],
            **({"security": []} if operation.permission is None else {}),
            "parameters": list(_parameters(path, operation)),
            **_request_body(operation, shapes),
            "responses": _responses(path, operation, shapes=shapes),
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Message queue", "version": "1", "description": _ABOUT},
        "servers": [{"url": "."}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _schemas(served: Mapping[Any, Operation]) -> tuple[dict[tuple[Any, Way], Json], Json]:
    """The schema of each shape by the way it goes, and the definitions that they refer to."""
    wanted: dict[tuple[str, Way], Any] = {(repr(ErrorAnswer), "serialization"): ErrorAnswer}
    for operation in served.values():
        if operation.answer is not None:
            wanted[repr(operation.answer), "serialization"] = operation.answer
        if operation.body is not None:
            wanted[repr(operation.body), "validation"] = operation.body
    inputs: list[tuple[str, Way, TypeAdapter[Any]]] = [
        (name, way, TypeAdapter(shape)) for (name, way), shape in wanted.items()
    ]
    shapes, whole = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    return {key: dict(schema) for key, schema in shapes.items()}, whole.get("$defs", {})


def _parameters(path: str, operation: Operation) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        yield {
            "name": to_camel(name),
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": ID_PATTERN},
        }
    for place, parameters in (("query", operation.query), ("header", operation.headers)):
        for parameter in parameters:
            yield {
                "name": parameter.name,
                "in": place,
                "description": parameter.says,
                "schema": parameter.schema,
            }


def _request_body(operation: Operation, shapes: Mapping[tuple[Any, Way], Json]) -> Json:
    if operation.body is None:
        return {}
    schema = shapes[repr(operation.body), "validation"]
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def _responses(
    path: str, operation: Operation, *, shapes: Mapping[tuple[Any, Way], Json]
) -> dict[str, Json]:
    error = _answer(JSON, shapes[repr(ErrorAnswer), "serialization"])
    failures = {
        str(status): {"description": _WHY[status], **error}
        for status in sorted(_failures(path, operation))
    }
    if operation.answer is None:
        return {
            "204": {"description": "Done.", "headers": {"X-Request-Id": _REQUEST_ID}},
            **failures,
        }
    schema = shapes[repr(operation.answer), "serialization"]
    done: Json = {"description": "Done.", **_answer(operation.media_type, schema)}
    if operation.replays:
        done["headers"] = done["headers"] | {REPLAYED_HEADER: _REPLAYED}
    return {str(HTTPStatus.OK.value): done, **failures}


def _answer(media_type: str, schema: Json) -> Json:
    return {
        "headers": {"X-Request-Id": _REQUEST_ID},
        "content": {media_type: {"schema": schema}},
    }


def _failures(path: str, operation: Operation) -> set[int]:
    """The statuses that follow from what an operation takes."""
    found = {*_ANYWHERE, *operation.also}
    if operation.permission is not None:
        found |= {401, 403}
    if "{" in path:
        found.add(404)
    if operation.query or operation.body:
        found.add(400)
    if operation.body:
        found |= {413, 415}
    return found


def _public(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda match: f"{{{to_camel(match[1])}}}", path)


def _tag(path: str) -> str:
    for part, tag in _TAGS.items():
        if part in path:
            return tag
    return "service"


_TAGS = {
    "communication-queue": "administration",
    "metrics": "metrics",
    "workspaces": "workspaces",
    "/api/": "scheduling",
}


def _who(permission: Permission | None) -> str:
    if permission is None:
        return "Asks for no token."
    roles = [role.value for role, permissions in PERMISSIONS.items() if permission in permissions]
    return f"For the roles {', '.join(roles)}."
