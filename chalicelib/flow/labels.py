"""What a log line says of whose it is: ids, and nothing of what a message says or to whom."""

from collections.abc import Sequence

from chalicelib.model.job import Job, Payload
from chalicelib.model.notice import Notice


def of_job(job: Job, payload: Payload | None = None) -> dict[str, object]:
    """Of one job; its trace is known to whoever has its payload."""
    trace = {} if payload is None else {"trace_id": payload.trace_of(job.id).id}
    ids = {"job_id": job.id, "workspace_id": job.workspace_id, "attempt": job.starts}
    return {**trace, **ids}


def of_jobs(jobs: Sequence[Job] | Sequence[Notice]) -> dict[str, object]:
    """Of some jobs, or of what is told of them: a line for all, whichever of them is looked for."""
    ids = [each.job_id if isinstance(each, Notice) else each.id for each in jobs]
    owners = {each.workspace_id for each in jobs}
    owner = {"workspace_id": owners.pop()} if len(owners) == 1 else {}
    return {**owner, **({"job_id": ids[0]} if len(ids) == 1 else {"job_ids": ids})}
