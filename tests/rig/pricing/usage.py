"""What a stretch of the local cloud's record of calls says was used, by part."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Whoever asks from outside: the bench, and the deployment.
_STRANGER = "root"
#: Runs every minute whether there are jobs or not.
RESCUE = "rescue"
#: Messages that a mapping's poller gets or deletes at a time (SQS's limit).
_SQS_BATCH = 10
_SQS_CHUNK_BYTES = 64 * 1024
#: The two items of a job.
_KEPT = ("job", "payload")
#: What the counting reader notes of a batch beside its tallies: who was completed.
COMPLETIONS = "completions"
#: Moves to what stays until it expires.
_STAYS = ("completed", "there")
_OF_FAIR_QUEUES = ("ReceiveMessage", "DeleteMessageBatch")

Call = Mapping[str, Any]


@dataclass(slots=True)
class Kept:
    """Items of one kind: how many, their bytes, and those of their entries in indexes."""

    items: int = 0
    size_bytes: int = 0
    entries: int = 0
    entries_bytes: int = 0

    def add(self, call: Call) -> None:
        """Count one item."""
        self.items += 1
        self.size_bytes += call["bytes"]
        self.entries += len(call["entries"])
        self.entries_bytes += sum(call["entries"].values())


@dataclass(slots=True)
class Usage:
    """Units of everything, by what they were used for."""

    writes: Counter[str] = field(default_factory=Counter[str])
    reads: Counter[str] = field(default_factory=Counter[str])
    #: SQS requests, and those of them about messages with a group.
    sqs: Counter[str] = field(default_factory=Counter[str])
    fair_requests: int = 0
    #: By function: invocations, GB-seconds, and seconds of a processor.
    invocations: Counter[str] = field(default_factory=Counter[str])
    gb_s: Counter[str] = field(default_factory=Counter[str])
    cpu_s: Counter[str] = field(default_factory=Counter[str])
    timers: int = 0
    #: By item: what stays until it expires.
    kept: dict[str, Kept] = field(default_factory=dict[str, Kept])

    def add(self, call: Call) -> None:
        """Count one call."""
        match call["service"]:
            case "dynamodb":
                self._add_access(call)
            case "sqs":
                self._add_message(call)
            case "lambda":
                name = function_of(call["by"])
                self.invocations[name] += 1
                self.gb_s[name] += math.ceil(call["took_ms"]) / 1000 * call["memory_mb"] / 1024
                self.cpu_s[name] += call["cpu_ms"] / 1000
            case _:
                self.timers += call["action"].startswith("POST schedules")

    def _add_access(self, call: Call) -> None:
        if "read" in call:
            what = f"{_table_of(call['table'])} {call['action']} {call.get('index', '')}"
            self.reads[what.rstrip()] += call["read"]
            return
        name = _name_of(call)
        self.writes[name] += call["write"]
        for index, units in call["indexes"].items():
            self.writes[f"{name}, {index}"] += units
        kind = COMPLETIONS if _is_log(call) else call["kind"]
        if kind in {*_KEPT, COMPLETIONS} and call["move"].endswith(_STAYS):
            self.kept.setdefault(kind, Kept()).add(call)

    def _add_message(self, call: Call) -> None:
        action = call["action"]
        if action.startswith("mapping"):
            self.sqs[action] += math.ceil(call["messages"] / _SQS_BATCH)
            self.fair_requests += math.ceil(call["messages"] / _SQS_BATCH)
            return
        requests = max(1, math.ceil(call["bytes"] / _SQS_CHUNK_BYTES))
        self.sqs[f"{action} by {function_of(call['by'])}"] += requests
        if call["is_fair"] or (action in _OF_FAIR_QUEUES and call["messages"]):
            self.fair_requests += requests


def function_of(caller: str) -> str:
    """The function behind a role or a physical name: `SendSms` of `…-SendSmsRole-1A2B`."""
    parts = caller.replace("assumed-role/", "").split("/")[0].split("-")
    name = next((part for part in parts if part[:1].isupper() and not part.isupper()), parts[-1])
    return name.removesuffix("Role")


def _name_of(call: Call) -> str:
    """What a write was for."""
    what = call["action"]
    if call["kind"] in _KEPT:
        what = f"{call['kind']} {call['move']}"
    elif _is_log(call):
        what = COMPLETIONS
    elif what == "TransactWriteItems":
        what = "stream's batches"
    elif call["is_refused"]:
        what = f"{what} refused"
    return f"{_table_of(call['table'])}: {what}"


def _is_log(call: Call) -> bool:
    return call["action"] == "PutItem" and _table_of(call["table"]) == "TalliesTable"


def _table_of(name: str) -> str:
    return next((part for part in name.split("-") if part.endswith("Table")), name)


def read_calls(path: Path) -> Iterator[Call]:
    """The record, oldest first."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def usage(calls: Iterable[Call], *, since_s: float, until_s: float, of_rescue: bool) -> Usage:
    """What the service used in a stretch of time: all but its rescue, or its rescue alone."""
    found = Usage()
    for call in calls:
        is_ours = _STRANGER not in call["by"]
        is_rescue = RESCUE in call["by"].lower()
        if is_ours and is_rescue is of_rescue and since_s <= call["at"] < until_s:
            found.add(call)
    return found
