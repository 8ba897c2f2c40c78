"""A stack of stage prod on the local cloud: secrets are put and rotated without a deployment."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.model.secret import Secret
from infra.deploy import ClientFor, Target, deploy
from infra.secrets import Safe
from tests.integration.backend import Backend, Received, running
from tests.rig.client import mint_token
from tests.rig.cloud.clockwork import Clockwork
from tests.rig.cloud.service import Service, waited_for

STACK = "prod-queue"
MAX_AGE_S = 1
PATIENCE_S = 60
SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", "workspaceId": "w1"}
KEY = "4d1b7c3e9ab24680f0e1d2c3b4a59687"
OLD_KEY = "Zk9pQ2xvd3Vic3RhbmRhcmQtdGhlLW9sZA=="
OLD_WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PASSWORD = "seven green boats"


@dataclass(frozen=True)
class Prod:
    """A deployed stage, its operator's side, its backend, and the emulator's log."""

    http: httpx.Client
    safe: Safe
    backend: Backend
    clockwork: Clockwork
    log: Path

    def status(self, key: str) -> int:
        """What a token signed with the key is answered; 404: it holds, and there is no such job."""
        return self.http.get("/api/job-status/none", headers=_bearer(key)).status_code

    def becomes(self, key: str, status: int) -> bool:
        """Whether it is answered so in the end."""
        return waited_for(lambda: self.status(key), status.__eq__, PATIENCE_S) == status

    def board(self, password: str) -> int:
        """What the board's user is answered."""
        return self.http.get("/admin/queues", auth=("operator", password)).status_code

    def checks(self) -> dict[str, str]:
        """What the health check says."""
        return self.http.get("/health").json()["checks"]

    def held(self, secret: Secret) -> list[str]:
        """The secrets of a list, the newest first."""
        return (self.safe.get(secret) or "").split(",")

    def schedule(self, key: str) -> str:
        """An SMS that is due now; answers its id."""
        answer = self.http.post("/api/schedule-sms", json=SMS, headers=_bearer(key))
        return answer.raise_for_status().json()["jobId"]

    def called(self, job_id: str) -> list[Received]:
        """The callbacks of a job."""
        return [each for each in self.backend.received if each.headers["webhook-id"] == job_id]

    def delivered(self) -> Received:
        """The callback of a job that is scheduled now."""
        job_id = self.schedule(KEY)
        return waited_for(lambda: self.called(job_id), bool, PATIENCE_S)[0]

    def rescued(self, job_id: str) -> list[Received]:
        """The same, after a tick that looks after it."""
        self.clockwork.make_overdue(job_id)
        self.clockwork.tick()
        return waited_for(lambda: self.called(job_id), bool, MAX_AGE_S)

    def has_died(self) -> bool:
        """Whether Lambda says of a batch that it could not be signed."""
        return f"{self.safe.name(Secret.SIGNING)}: there is none" in self.log.read_text("utf-8")


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {mint_token(key)}"}


@pytest.fixture(scope="module")
def _prod(_service: Service, packed: Path) -> Iterator[Prod]:
    url = _service.cloud.emulator_url()
    clients = _service.clockwork.clients
    with running() as backend:
        outputs = _deployed(packed, clients, backend)
        api = f"{url}/restapis/{outputs['RestAPIId']}/api/_user_request_"
        with httpx.Client(base_url=api, timeout=60) as http:
            clockwork = Clockwork(clients, STACK)
            yield Prod(
                http,
                Safe(clients("ssm"), STACK),
                backend,
                clockwork,
                _service.folder / "emulator.log",
            )
    clients("cloudformation").delete_stack(StackName=STACK)


@pytest.fixture
def prod(_prod: Prod) -> Prod:
    """The stage without any secret, and its API knowing that."""
    for secret in Secret:
        with suppress(ClientError):
            _prod.safe.ssm.delete_parameter(Name=_prod.safe.name(secret))
    assert _prod.becomes(KEY, 503)
    assert waited_for(lambda: _prod.board(PASSWORD), (503).__eq__, PATIENCE_S) == 503
    return _prod


def _deployed(folder: Path, clients: ClientFor, backend: Backend) -> dict[str, str]:
    with suppress(ClientError):
        clients("s3").create_bucket(Bucket="prod-packages")
    parameters = {
        "Stage": "prod",
        "SmsApiUrl": backend.url,
        "EmailApiUrl": backend.url,
        "AllowPrivateCallbacks": "true",
        "BullBoardUsername": "operator",
        "SecretsMaxAgeS": str(MAX_AGE_S),
    }
    target = Target(clients, STACK, "prod-packages", poll_interval_s=0.05)
    return deploy(folder, target, parameters=parameters)


def _fits(received: Received, secret: str) -> bool:
    try:
        Webhook(secret).verify(received.raw, dict(received.headers))
    except WebhookVerificationError:
        return False
    return True


def test_a_stage_without_a_key_stops_and_goes_on_once_there_is_a_fit_one(prod: Prod):
    answer = prod.http.get("/api/job-status/none", headers=_bearer(KEY))
    health = prod.http.get("/health")

    assert (answer.status_code, answer.json()["code"]) == (503, "misconfigured")
    assert (health.status_code, health.json()["checks"]["secrets"]) == (503, "failing")
    prod.safe.put(Secret.JWT, KEY)
    assert prod.becomes(KEY, 404)


def test_a_board_with_a_weak_password_stays_shut_until_it_has_a_good_one(prod: Prod):
    name = prod.safe.name(Secret.BOARD)
    prod.safe.ssm.put_parameter(Name=name, Value="admin", Type="SecureString")

    assert prod.board("admin") == 503
    prod.safe.put(Secret.BOARD, PASSWORD)
    assert waited_for(lambda: prod.board(PASSWORD), (200).__eq__, PATIENCE_S) == 200
    assert prod.board("admin") == 401


def test_with_all_its_secrets_it_is_well(prod: Prod):
    prod.safe.put(Secret.JWT, KEY)
    prod.safe.put(Secret.BOARD, PASSWORD)

    seen = waited_for(prod.checks, lambda seen: seen["secrets"] == "ok", PATIENCE_S)
    assert set(seen.values()) == {"ok"}


def test_a_key_is_rotated_without_a_gap(prod: Prod):
    prod.safe.put(Secret.JWT, OLD_KEY)
    assert prod.becomes(OLD_KEY, 404)
    prod.safe.rotate(Secret.JWT)
    new, old = prod.held(Secret.JWT)

    assert prod.becomes(new, 404)
    assert prod.status(old) == 404
    prod.safe.drop(Secret.JWT)
    assert prod.becomes(old, 401)
    assert prod.status(new) == 404


def test_what_waited_for_signing_secrets_goes_out_and_a_rotation_signs_with_both(prod: Prod):
    prod.safe.put(Secret.JWT, KEY)
    assert prod.becomes(KEY, 404)
    waiting = prod.schedule(KEY)
    assert waited_for(prod.has_died, bool, PATIENCE_S)
    assert prod.called(waiting) == []
    prod.safe.put(Secret.SIGNING, OLD_WHSEC)
    [first] = waited_for(lambda: prod.rescued(waiting), bool, PATIENCE_S)
    prod.safe.rotate(Secret.SIGNING)
    new, old = prod.held(Secret.SIGNING)
    second = waited_for(prod.delivered, lambda seen: _fits(seen, new), PATIENCE_S)

    assert [_fits(first, each) for each in (new, old)] == [False, True]
    assert [_fits(second, each) for each in (new, old)] == [True, True]
