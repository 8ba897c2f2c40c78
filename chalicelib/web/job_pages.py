"""Pages of jobs: as many as one answer can carry, and a cursor for the rest."""

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from chalice.app import Response

from chalicelib.ports.jobs import Stored
from chalicelib.web.answers import JSON_HEADERS
from chalicelib.web.job_view import job_view

Where = TypeVar("Where")

#: A Lambda answers with 6 MB at most (AWS Lambda quotas), our body being a string in its JSON, and
#: that in ASCII (awslambdaric's marshaller, up to Python 3.11).
MOST_BYTES = 5_500_000
#: Where an answer that is an array goes on.
NEXT_CURSOR = "X-Next-Cursor"


def fitting(
    found: Iterable[tuple[Where, Stored]],
    *,
    rest: Where | None,
    text_of: Callable[[Stored], str],
    is_late: Callable[[], bool] = lambda: False,
) -> tuple[list[str], Where | None]:
    """The texts of the jobs that fit into one answer, and where the next one goes on.

    Each job comes with where the list goes on behind it; `rest` is that of the whole page. The
    first job is always taken: one alone fits. No more are taken once it `is_late`.
    """
    texts: list[str] = []
    behind: Where | None = None
    left_bytes = MOST_BYTES
    for where, entry in found:
        text = text_of(entry)
        left_bytes -= len(json.dumps(text))
        if texts and (left_bytes < 0 or is_late()):
            return texts, behind
        texts.append(text)
        behind = where
    return texts, rest


def job_text(entry: Stored) -> str:
    """The JSON of a job."""
    return json.dumps(job_view(entry), ensure_ascii=False, separators=(",", ":"))


def array_answer(texts: Iterable[str], *, cursor: str | None) -> Response:
    """An array of jobs; where there are more, a header says how to go on."""
    headers = {} if cursor is None else {NEXT_CURSOR: cursor}
    return Response(f"[{','.join(texts)}]", headers={**JSON_HEADERS, **headers})


def page_answer(texts: Iterable[str], *, cursor: str | None) -> Response:
    """An object with jobs, and a cursor that is null at the end."""
    body = f'{{"jobs":[{",".join(texts)}],"cursor":{json.dumps(cursor)}}}'
    return Response(body, headers={**JSON_HEADERS})
