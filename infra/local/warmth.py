"""Starts a process of each worker before anybody waits for one: a cold start costs a second."""

from concurrent.futures import ThreadPoolExecutor

from infra.deploy import ClientFor
from infra.local.stack import physical_ids

WORKERS = ("SendSms", "ScheduledSms", "SendEmail", "ScheduledEmail")
_NO_MESSAGES = b'{"Records": []}'


def warm_up(client_for: ClientFor) -> None:
    """Invoke each worker with an empty batch."""
    names = physical_ids(client_for)
    awslambda = client_for("lambda")

    def invoke(worker: str) -> None:
        answer = awslambda.invoke(FunctionName=names[worker], Payload=_NO_MESSAGES)
        if "FunctionError" in answer:
            raise SystemExit(f"{worker} does not start: {answer['Payload'].read().decode()}")

    with ThreadPoolExecutor(len(WORKERS)) as pool:
        list(pool.map(invoke, WORKERS))
