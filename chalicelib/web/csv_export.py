"""Jobs as CSV that a spreadsheet cannot take for formulas."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from chalice.app import Response

from chalicelib.model.instant import to_iso
from chalicelib.ports.jobs import Stored
from chalicelib.web.job_pages import NEXT_CURSOR

HEAD = (
    "id",
    "communicationId",
    "channel",
    "queue",
    "status",
    "priority",
    "contactId",
    "recipient",
    "scheduledAt",
    "startedAt",
    "completedAt",
    "attempts",
    "maxAttempts",
    "lastError",
)
#: What makes a spreadsheet read a cell as a formula, in any width (OWASP, "CSV Injection").
_SIGN = "[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
#: What is not seen before it, and may be passed over.
_UNSEEN = "[\\s\\x00-\\x1f\\x7f-\\xa0\\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_DANGEROUS = re.compile(f"(?=[\t\r\n])|{_UNSEEN}*{_SIGN}")
#: Where the machine's locale separates by semicolons or tabs, a new cell begins inside of quotes.
_NEXT_CELL = re.compile(f"([;\t\r\n|](?:{_UNSEEN}|[\"'])*)(?={_SIGN})")


def csv_answer(lines: Iterable[str], *, cursor: str | None, with_head: bool) -> Response:
    """One page; the pages one behind the other are one file (RFC 4180)."""
    head = [_line(HEAD)] if with_head else []
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="failed.csv"',
        "Cache-Control": "no-store",
    }
    if cursor is not None:
        headers[NEXT_CURSOR] = cursor
    return Response("".join([*head, *lines]), headers=headers)


def csv_line(entry: Stored) -> str:
    """The line of a job."""
    job = entry.job
    return _line(
        (
            job.id,
            job.communication_id,
            job.channel.value,
            job.queue.value,
            job.status.value,
            job.priority.value,
            job.contact_id or "",
            str(entry.payload.body.get("to") or ""),
            to_iso(job.due_at),
            _iso(job.started_at),
            _iso(job.completed_at),
            str(job.attempts),
            str(job.max_attempts),
            job.last_error or "",
        )
    )


def harmless(text: str) -> str:
    """A text that is shown as it is: an apostrophe stands before what could be a formula."""
    within = _NEXT_CELL.sub(r"\1'", text)
    return f"'{within}" if _DANGEROUS.match(text) else within


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in cells])
    return text.getvalue()


def _iso(at: datetime | None) -> str:
    return "" if at is None else to_iso(at)
