"""Starts the workers' processes before anybody waits for them: a cold start costs a second."""

from concurrent.futures import ThreadPoolExecutor

from infra.deploy import ClientFor
from infra.local.stack import physical_ids

#: Processes a worker: what a broadcast needs at its start; ten cost a start of `make run` 4 s.
PROCESSES = {"SendSms": 3, "SendEmail": 3, "ScheduledSms": 3, "ScheduledEmail": 1, "Notify": 1}
_NO_MESSAGES = b'{"Records": []}'


def warm_up(client_for: ClientFor) -> None:
    """Invoke each worker that there is with an empty batch, so many times at once."""
    names = physical_ids(client_for)
    awslambda = client_for("lambda")

    def invoke(worker: str) -> None:
        answer = awslambda.invoke(FunctionName=names[worker], Payload=_NO_MESSAGES)
        if "FunctionError" in answer:
            raise SystemExit(f"{worker} does not start: {answer['Payload'].read().decode()}")

    workers = [worker for worker in PROCESSES for _ in range(PROCESSES[worker]) if worker in names]
    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(invoke, workers))
