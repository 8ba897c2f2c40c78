"""What the mended emulator tells of statements, as JSON; runs in .cloud.

``.cloud/bin/python -m tests.contract.partiql_emulated``: besides what others tell (`partiql_told`),
what the batch would cost, how a key that no index takes is refused, and which permissions it needs.
"""

import asyncio
import json
import sys

from ministack.core import iam_actions
from ministack.services import dynamodb, dynamodb_streams

from infra.local.mended import accesses, permissions, queries, statements
from tests.contract.partiql_told import NO_KEY, Json, in_state, plain, seen

_SERVICES = {"dynamodb": dynamodb, "dynamodbstreams": dynamodb_streams}
_BATCH = "BatchExecuteStatement"


def ask(service: str, operation: str, request: Json) -> Json:
    """As over HTTP; a refusal is the end."""
    target = {"x-amz-target": f"made_up.{operation}"}
    body = json.dumps(request).encode()
    serve = _SERVICES[service].handle_request
    status, _, answer = asyncio.run(serve("POST", "/", target, body, {}))
    if status != 200:
        raise SystemExit(answer)
    return json.loads(answer)


def main() -> None:
    """Mend, ask, and print."""
    permissions.mend()
    queries.mend()
    statements.mend()
    noted: list[Json] = []
    accesses.note(noted.append)
    told = seen(ask)
    told["noted"] = [each for each in noted if each["action"] == _BATCH]
    batch = {"Statements": [NO_KEY]}
    (refused,) = ask("dynamodb", _BATCH, batch)["Responses"]
    told["refused"] = [plain(refused), in_state(ask, "waiting")]
    told["permissions"] = iam_actions.dynamodb_transaction_checks(
        f"dynamodb:{_BATCH}", json.dumps(batch).encode(), "r", "1"
    )
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
