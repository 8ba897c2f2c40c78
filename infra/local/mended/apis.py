"""Its REST APIs in a stack: an update with other routes keeps the API's id, and so its URL.

It imports changed definitions as another API, and deletes the one that callers know. AWS overwrites
the definition of the same one (PutRestApi).
"""

from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

_handler = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
_its_create = _handler["create"]
_its_update = _handler["update"]

#: What a definition says; stages and deployments stay.
_OF_DEFINITIONS = (
    apigateway_v1._resources,
    apigateway_v1._authorizers_v1,
    apigateway_v1._models,
    apigateway_v1._gateway_responses,
    apigateway_v1._documentation_parts,
)


def mend() -> None:
    """Replace what updates a stack's APIs."""
    _handler["update"] = _update


def _update(*resource: Any) -> tuple[str, Any]:  # noqa: ANN401 - what MiniStack passes
    """Import beside it, and move what was imported to where callers look."""
    api_id, old, new, stack_name, logical_id = resource
    if new.get("Body") == old.get("Body"):
        return _its_update(*resource)
    imported_id, _ = _its_create(logical_id, new, stack_name)
    for store in _OF_DEFINITIONS:
        store[api_id] = store.pop(imported_id)
    apigateway_v1._rest_apis[api_id] = {**apigateway_v1._rest_apis[imported_id], "id": api_id}
    apigateway_v1._delete_rest_api(imported_id)
    return api_id, provisioners._apigw_rest_api_attrs(api_id)
