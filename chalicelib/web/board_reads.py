"""What the board's API tells: queues with their jobs, one job, its attempts, and the chart."""

from chalice.app import Response

from chalicelib import wiring
from chalicelib.flow.tabs import Selection
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import to_ms
from chalicelib.web.answers import answer
from chalicelib.web.board_calls import Call
from chalicelib.web.board_faults import BoardFault
from chalicelib.web.board_view import board_job, chart, log_lines, queue_view, state_view
from chalicelib.web.requests import EmailRequest, GeneralRequest, SmsRequest

_REQUESTS = {
    Channel.SMS: SmsRequest,
    Channel.EMAIL: EmailRequest,
    Channel.GENERAL: GeneralRequest,
}


def queues(call: Call) -> Response:
    """Every queue, and the jobs of the one that is looked at."""
    selection = call.selection
    facts, entries = wiring.tabs()(selection)
    jobs = [board_job(entry) for entry in entries]
    shown = selection or Selection(Queue.SEND_SMS)
    views = [
        queue_view(
            each,
            selection=shown,
            jobs=jobs,
            is_active=selection is not None and each.queue is selection.queue,
        )
        for each in facts
    ]
    return answer({"queues": views})


def job(call: Call) -> Response:
    """One job and its state."""
    entry = call.entry
    state = state_view(entry.job, wiring.clock().now())
    return answer({"job": board_job(entry), "status": state})


def logs(call: Call) -> Response:
    """Its attempts; nothing for a job that is not there."""
    try:
        return answer(log_lines(call.entry.job))
    except BoardFault:
        return answer([])


def flow(call: Call) -> Response:
    """No job here has a family."""
    return answer({"nodeId": call.entry.job.id, "isFlowNode": False, "flowRoot": None})


def metrics(call: Call) -> Response:
    """Ends a minute over the last hour."""
    now_ms = to_ms(wiring.clock().now())
    found = wiring.read_throughput()(call.queue)
    return answer({name: chart(minutes, now_ms) for name, minutes in found.items()})


def workers(call: Call) -> Response:
    """Lambdas come and go: nobody can be named."""
    return answer({"workers": None, "queue": call.queue.value})


def rate_limit(call: Call) -> Response:
    """The rates are the providers': they are not steered from here."""
    return answer({"supported": False, "rateLimit": None, "queue": call.queue.value})


def default_job_options(call: Call) -> Response:
    """What a job has that asks for nothing."""
    default = _REQUESTS[call.queue.channel].model_fields["max_attempts"].default
    return answer({"attempts": default, "backoff": {"type": "exponential", "delay": 2000}})


def job_data_schema(call: Call) -> Response:
    """What may stand in the data of a job of this queue."""
    return answer(_REQUESTS[call.queue.channel].model_json_schema())


def job_schedulers(_call: Call) -> Response:
    """Nothing repeats itself here."""
    return answer({"schedulers": []})


def datastore(_call: Call) -> Response:
    """There is no Redis."""
    raise BoardFault(403, "FORBIDDEN")
