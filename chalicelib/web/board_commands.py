"""What the board's API does: the operators' verbs, each with its entry in the audit trail."""

import asyncio
from collections.abc import Callable, Sequence

from chalice.app import Response

from chalicelib import wiring
from chalicelib.errors import WrongState
from chalicelib.flow.administer import Changed
from chalicelib.flow.audit import Trace
from chalicelib.flow.queue_acts import Done
from chalicelib.flow.schedule import Draft
from chalicelib.model.access import Permission
from chalicelib.model.audit import Act
from chalicelib.model.board import ENDED, Tab
from chalicelib.model.channel import Queue
from chalicelib.model.instant import from_ms
from chalicelib.model.job import Job
from chalicelib.ports.jobs import Stored
from chalicelib.web.acts import Deed, recorded
from chalicelib.web.answers import answer, no_content
from chalicelib.web.board_calls import Call
from chalicelib.web.board_drafts import added_draft, rewritten_draft
from chalicelib.web.board_faults import BoardFault, invalid, refused
from chalicelib.web.board_view import HIGHEST_NUMBER, board_job, priority_of, state_view
from chalicelib.web.operations import DELETED

_CLEANED = frozenset({*ENDED, Tab.DELAYED})


def retry(call: Call) -> Response:
    """Start a failed job over."""
    job = call.entry.job
    try:
        return _on_job(call, Act.RETRY, do=lambda: wiring.administer().retry(*_names(job)))
    except WrongState:
        state = state_view(job, wiring.clock().now())
        raise BoardFault(400, "JOB_NOT_RETRIABLE", options={"state": state}) from None


def promote(call: Call) -> Response:
    """Let a delayed job be due now."""
    job = call.entry.job
    return _delayed(call, Act.PROMOTE, do=lambda: wiring.amend().promote(*_names(job)))


def reschedule(call: Call) -> Response:
    """Let a delayed job be due at another instant."""
    job = call.entry.job
    try:
        due_at = from_ms(call.number("runAt", key="INVALID_RUN_AT"))
    except (OverflowError, ValueError):
        raise invalid("INVALID_RUN_AT") from None
    return _delayed(
        call, Act.RESCHEDULE, do=lambda: wiring.amend().reschedule(*_names(job), due_at=due_at)
    )


def prioritise(call: Call) -> Response:
    """Let a pending job go before others, or after them."""
    job = call.entry.job
    number = call.number("priority", key="INVALID_PRIORITY", most=HIGHEST_NUMBER)
    priority = priority_of(number)
    return _on_job(
        call,
        Act.PRIORITISE,
        do=lambda: wiring.amend().prioritise(*_names(job), priority=priority),
    )


def update_data(call: Call) -> Response:
    """Let a pending job send something else."""
    entry = call.entry
    draft = rewritten_draft(entry, call.body.get("jobData"))

    def rewrite() -> Changed:
        return wiring.amend().rewrite(
            *_names(entry.job), payload=draft.payload, contact_id=draft.contact_id
        )

    return _on_job(call, Act.REWRITE, do=rewrite)


def clean(call: Call) -> Response:
    """Take a job away."""
    job = call.entry.job

    def act(trace: Trace) -> Response:
        gone = asyncio.run(wiring.administer().delete(*_names(job)))
        trace.before, trace.after = gone.status.value, DELETED
        return no_content()

    try:
        return _recorded(call, Act.DELETE, job=job, do=act)
    except WrongState:
        said = {"key": "ERRORS.JOB_IS_ACTIVE_DETAILS", "options": {"jobId": job.id}}
        raise BoardFault(409, "JOB_IS_ACTIVE", said={"message": said}) from None


def add(call: Call) -> Response:
    """Schedule a job into this queue: a new one, or a duplicate."""
    queue = call.queue
    draft = added_draft(queue, call.body)

    def act(trace: Trace) -> Response:
        (job,) = wiring.schedule()([draft])
        trace.after = job.status.value
        view = board_job(Stored(job, draft.payload))
        return answer({"job": view, "status": state_view(job, wiring.clock().now())})

    return _added(call, draft, do=act)


def retry_all(call: Call) -> Response:
    """Start the failed jobs of a queue over."""
    queue, status = call.queue, call.segments[3]
    if status != Tab.FAILED:
        raise BoardFault(400, "STATUS_NOT_RETRIABLE", options={"status": status})

    def act(trace: Trace) -> Response:
        done = wiring.queue_acts().retry_failed(queue)
        trace.after = _words(queue, done)
        return answer({"retried": done.changed, "skipped": done.left})

    return _recorded(call, Act.RETRY_QUEUE, do=act)


def promote_all(call: Call) -> Response:
    """Let the delayed jobs of a queue be due now."""
    return _on_many(call, Act.PROMOTE_QUEUE, do=wiring.queue_acts().promote_delayed)


def clean_all(call: Call) -> Response:
    """Delete the completed, failed or delayed jobs of a queue."""
    status = call.segments[3]
    if status not in _CLEANED:
        raise invalid("INVALID_QUERY_PARAM", field="status")
    tab = Tab(status)
    return _on_many(call, Act.CLEAN_QUEUE, do=lambda queue: wiring.queue_acts().clean(queue, tab))


def empty(call: Call) -> Response:
    """Delete the pending jobs of a queue."""
    return _on_many(call, Act.EMPTY_QUEUE, do=wiring.queue_acts().empty)


def pause(call: Call) -> Response:
    """Let no callback of the queue start."""
    return _pausing(call, Act.PAUSE, queues=[call.queue])


def resume(call: Call) -> Response:
    """Let the queue go on."""
    return _pausing(call, Act.RESUME, queues=[call.queue])


def pause_all(call: Call) -> Response:
    """Let no callback start at all."""
    return _pausing(call, Act.PAUSE, queues=list(Queue))


def resume_all(call: Call) -> Response:
    """Let every queue go on."""
    return _pausing(call, Act.RESUME, queues=list(Queue))


def not_here(call: Call) -> Response:
    """What the UI offers and this service does not have."""
    what = call.segments[-1]
    title = f"There is no {what} here"
    return refused(
        title,
        "A queue of this service is a part of its stack, with the providers' rates: it is not "
        "obliterated or sped up from here. Empty and Clean take its jobs away.",
    )


def _pausing(call: Call, act: Act, *, queues: Sequence[Queue]) -> Response:
    verbs = wiring.pause_queues()

    def acted(trace: Trace) -> Response:
        if act is Act.RESUME:
            verbs.resume(*queues)
        else:
            for queue in queues:
                verbs.pause(queue)
        trace.after = ", ".join(queues)
        return answer({})

    return _recorded(call, act, do=acted)


def _on_many(call: Call, act: Act, *, do: Callable[[Queue], Done]) -> Response:
    queue = call.queue

    def acted(trace: Trace) -> Response:
        done = do(queue)
        trace.after = _words(queue, done)
        if done.left:
            message = f"{done.changed:,} are done, about {done.left:,} are left: do it again."
            return refused("Not finished yet", message, status=503)
        return answer({})

    return _recorded(call, act, do=acted)


def _delayed(call: Call, act: Act, *, do: Callable[[], Changed]) -> Response:
    try:
        return _on_job(call, act, do=do)
    except WrongState:
        state = state_view(call.entry.job, wiring.clock().now())
        raise BoardFault(400, "JOB_NOT_DELAYED", options={"status": state}) from None


def _on_job(call: Call, act: Act, *, do: Callable[[], Changed]) -> Response:
    def acted(trace: Trace) -> Response:
        changed = do()
        trace.before, trace.after = changed.before.status.value, changed.after.job.status.value
        return no_content()

    return _recorded(call, act, job=call.entry.job, do=acted)


def _added(call: Call, draft: Draft, *, do: Callable[[Trace], Response]) -> Response:
    deed = Deed(draft.workspace_id, Act.ADD, Permission.SCHEDULE)
    return recorded(call.request, deed, caller=call.caller, do=do)


def _recorded(
    call: Call, act: Act, *, do: Callable[[Trace], Response], job: Job | None = None
) -> Response:
    workspace_id, job_id = _names(job) if job is not None else (None, None)
    deed = Deed(workspace_id, act, Permission.ADMINISTER, job_id)
    return recorded(call.request, deed, caller=call.caller, do=do)


def _names(job: Job) -> tuple[str, str]:
    return job.workspace_id, job.id


def _words(queue: Queue, done: Done) -> str:
    return f"{queue.value}: {done.changed} done, {done.left} left"
