"""Puts the real adapters behind the verbs; everything is made when first used, and kept.

The only package that knows which adapters are real: a module for each part of the service. A part
is imported when something of it is first asked for: no cold start waits for what it never calls.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.wiring.access import audit_trail, audited, probes, tokens
    from chalicelib.wiring.counting import (
        census,
        completion_log,
        count,
        keep_completed,
        ledger,
        meters,
        read_metrics,
        read_series,
        read_stats,
        read_throughput,
        recount,
        stream,
        totals,
    )
    from chalicelib.wiring.delivery import (
        circuit_breaker,
        dispatch,
        feed,
        horizons,
        release,
        schedule,
        schedule_once,
        watch_queues,
    )
    from chalicelib.wiring.operating import (
        administer,
        amend,
        bulk,
        completed,
        listing,
        many,
        pause_queues,
        process_now,
        queue_acts,
        tabs,
    )
    from chalicelib.wiring.posting import notice_inbox, post_notices
    from chalicelib.wiring.signing import signer
    from chalicelib.wiring.vault import secrets
    from chalicelib.wiring.webhooks import destinations, healths, notices, notify
    from chalicelib.wiring.working import deliver
    from chalicelib.wiring.world import (
        backlogs,
        batch_log,
        canaries,
        chance,
        clock,
        idempotency_records,
        inbox,
        pace,
        pauses,
        queue_lists,
        queues,
        restraints,
        store,
        timers,
        workspaces,
    )
else:

    def __getattr__(name: str) -> object:
        """Import the part that a maker is in, and answer the maker (PEP 562)."""
        for part, makers in _PARTS.items():
            if name in makers:
                return getattr(import_module(f"chalicelib.wiring.{part}"), name)
        raise AttributeError(f"chalicelib.wiring has no maker {name}: add it to _PARTS")


#: What each part makes: the imports above, said again for the running program.
_PARTS = {
    "access": ("audit_trail", "audited", "probes", "tokens"),
    "counting": (
        "census",
        "completion_log",
        "count",
        "keep_completed",
        "ledger",
        "meters",
        "read_metrics",
        "read_series",
        "read_stats",
        "read_throughput",
        "recount",
        "stream",
        "totals",
    ),
    "delivery": (
        "circuit_breaker",
        "dispatch",
        "feed",
        "horizons",
        "release",
        "schedule",
        "schedule_once",
        "watch_queues",
    ),
    "operating": (
        "administer",
        "amend",
        "bulk",
        "completed",
        "listing",
        "many",
        "pause_queues",
        "process_now",
        "queue_acts",
        "tabs",
    ),
    "posting": ("notice_inbox", "post_notices"),
    "vault": ("secrets",),
    "signing": ("signer",),
    "webhooks": ("destinations", "healths", "notices", "notify"),
    "working": ("deliver",),
    "world": (
        "backlogs",
        "batch_log",
        "canaries",
        "chance",
        "clock",
        "idempotency_records",
        "inbox",
        "pace",
        "pauses",
        "queue_lists",
        "queues",
        "restraints",
        "store",
        "timers",
        "workspaces",
    ),
}

__all__ = [
    "administer",
    "amend",
    "audit_trail",
    "audited",
    "backlogs",
    "batch_log",
    "bulk",
    "canaries",
    "census",
    "chance",
    "circuit_breaker",
    "clock",
    "completed",
    "completion_log",
    "count",
    "deliver",
    "destinations",
    "dispatch",
    "feed",
    "healths",
    "horizons",
    "idempotency_records",
    "inbox",
    "keep_completed",
    "ledger",
    "listing",
    "many",
    "meters",
    "notice_inbox",
    "notices",
    "notify",
    "pace",
    "pause_queues",
    "pauses",
    "post_notices",
    "probes",
    "process_now",
    "queue_acts",
    "queue_lists",
    "queues",
    "read_metrics",
    "read_series",
    "read_stats",
    "read_throughput",
    "recount",
    "release",
    "restraints",
    "schedule",
    "schedule_once",
    "secrets",
    "signer",
    "store",
    "stream",
    "tabs",
    "timers",
    "tokens",
    "totals",
    "watch_queues",
    "workspaces",
]
