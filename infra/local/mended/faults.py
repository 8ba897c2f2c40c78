"""AWS on a bad day, where `AWS_FAULTS` names the file that says which: faults in Lambdas' calls.

The file holds `{"seed": …, "faults": [{"service", "kind", "share", "hold_s", "calls"}, …]}`, is
read anew whenever it changes, and may be absent: nothing is wrong then. Nobody's calls but those
of Lambda roles are hit. Each that was is a line in the file `….hits` beside it.
"""

import asyncio
import json
import random
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json
from ministack.services import dynamodb, scheduler, sqs

from infra.local.mended import partial_batches

_Json = dict[str, Any]
_Answer = tuple[int, Mapping[str, str], bytes]
_Serve = Callable[..., Awaitable[_Answer]]

_SERVICES: Mapping[str, ModuleType] = {"dynamodb": dynamodb, "scheduler": scheduler, "sqs": sqs}
#: What they say when they are asked too much, and when they break; of the first, any.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_TOO_MUCH = {
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException"),
    "scheduler": ("ThrottlingException",),
    "sqs": ("RequestThrottled", "ThrottlingException"),
}
_BROKEN = {
    "dynamodb": "InternalServerError",
    "scheduler": "InternalServerException",
    "sqs": "InternalFailure",
}


@dataclass(frozen=True)
class _Fault:
    """A share of a service's calls to which something happens."""

    service: str
    #: throttled, broken: refused, not done; lost: done, and an error answered; late: done after
    #: `hold_s`; unheard: done, and answered after `hold_s`; partial: a batch that is done in part.
    kind: str
    share: float
    hold_s: float = 0.0
    #: Which calls; none are all.
    calls: tuple[str, ...] = ()

    def may_hit(self, service: str, action: str) -> bool:
        """Whether a call is one of those."""
        of_kind = self.kind != "partial" or action in partial_batches.ACTIONS
        return service == self.service and of_kind and (not self.calls or action in self.calls)


@dataclass
class _Weather:
    """What the file says at the moment."""

    path: Path
    faults: list[_Fault] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)
    _written_at_ns: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_for(self, service: str, action: str) -> _Fault | None:
        """What happens to this call."""
        with self._lock:
            self._look()
            for fault in self.faults:
                if fault.may_hit(service, action) and self.chance.random() < fault.share:
                    self._note(fault, action)
                    return fault
        return None

    def _look(self) -> None:
        try:
            written_at_ns = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            written_at_ns = 0
        if written_at_ns != self._written_at_ns:
            self._written_at_ns = written_at_ns
            said = json.loads(self.path.read_bytes()) if written_at_ns else {"faults": []}
            self.faults = [
                _Fault(**{**each, "calls": tuple(each.get("calls", ()))}) for each in said["faults"]
            ]
            self.chance.seed(said.get("seed", 0))

    def _note(self, fault: _Fault, action: str) -> None:
        with self.path.with_suffix(".hits").open("a", encoding="utf-8") as hits:
            hits.write(json.dumps([fault.service, fault.kind, action]) + "\n")


def mend(path: Path) -> None:
    """Wrap what serves the calls of the services that this one uses."""
    weather = _Weather(path)
    for name, service in _SERVICES.items():
        service.handle_request = _served_in(weather, name, serve=service.handle_request)


def _served_in(weather: _Weather, service: str, *, serve: _Serve) -> _Serve:
    async def serve_in_weather(*request: Any) -> _Answer:  # noqa: ANN401 - as it is called
        method, path, headers, _body, query = request
        if iam_evaluator.request_caller_arn(headers, query).endswith(":root"):
            return await serve(*request)
        named = headers.get("x-amz-target", "").rpartition(".")[2]
        action = named or f"{method} {path.split('/')[1]}"
        fault = weather.fault_for(service, action)
        if fault is None:
            return await serve(*request)
        return await _faulty(fault, request, serve=serve, chance=weather.chance)

    return serve_in_weather


async def _faulty(
    fault: _Fault, request: tuple[Any, ...], *, serve: _Serve, chance: random.Random
) -> _Answer:
    broken = error_response_json(
        _BROKEN[fault.service], "made up", HTTPStatus.INTERNAL_SERVER_ERROR
    )
    match fault.kind:
        case "throttled":
            return error_response_json(chance.choice(_TOO_MUCH[fault.service]), "made up")
        case "broken":
            return broken
        case "lost":
            await serve(*request)
            return broken
        case "late":
            await asyncio.sleep(fault.hold_s)
            return await serve(*request)
        case "unheard":
            answer = await serve(*request)
            await asyncio.sleep(fault.hold_s)
            return answer
        case "partial":
            return await partial_batches.served(request, serve=serve, chance=chance)
    raise ValueError(f"There is no fault {fault.kind!r}")
