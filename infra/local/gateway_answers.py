"""What API Gateway itself would answer, rendered from the stack's definitions (stack/api.yaml)."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infra.merge import stack_template

#: MiniStack's x-amzn-ErrorType → the gateway response type that the stack customizes.
TYPE_BY_ERROR = {
    "MissingAuthenticationTokenException": "MISSING_AUTHENTICATION_TOKEN",
    "ForbiddenException": "ACCESS_DENIED",
    "InternalServerErrorException": "DEFAULT_5XX",
    "TooManyRequestsException": "THROTTLED",
    "LimitExceededException": "QUOTA_EXCEEDED",
    "UnsupportedMediaTypeException": "UNSUPPORTED_MEDIA_TYPE",
}
_DEFAULT_STATUS = {"DEFAULT_4XX": 400, "DEFAULT_5XX": 502}


class GatewayAnswers:
    """The gateway responses of the stack, by type."""

    def __init__(self, definitions: Mapping[str, Any], *, compressed_from_bytes: int) -> None:
        self._definitions = definitions
        #: Smaller answers are not compressed.
        self.compressed_from_bytes = compressed_from_bytes

    @classmethod
    def from_stack(cls) -> "GatewayAnswers":
        """Read them where the deployed API gets them from."""
        api = stack_template()["Resources"]["RestAPI"]["Properties"]
        return cls(
            api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"],
            compressed_from_bytes=api["MinimumCompressionSize"],
        )

    def answer(self, response_type: str, *, message: str = "") -> web.Response:
        """Render one, with a request id of its own."""
        definition = self._definitions[response_type]
        template = definition["responseTemplates"]["application/json"]
        status = definition.get("statusCode") or _DEFAULT_STATUS[response_type]
        return web.Response(
            status=status,
            text=template.replace("$context.error.messageString", json.dumps(message)),
            headers=_headers(definition["responseParameters"]),
            content_type="application/json",
        )


def _headers(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("gatewayresponse.header."): (
            str(uuid.uuid4()) if source == "context.requestId" else source.strip("'")
        )
        for name, source in parameters.items()
    }
