"""Every route × role × own, foreign and broken tokens, against the contract's table of roles."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from chalice.test import HTTPResponse
from moto import mock_aws

import app
from chalicelib.model.access import Role
from tests.integration.backend import Backend
from tests.integration.routes import BOARD, PAGES, PROTECTED, PUBLIC, Route, Says
from tests.integration.service import (
    SECRET,
    Service,
    a_token,
    forget,
    open_client,
    stack_environment,
)

OWN, FOREIGN = "w1", "w2"
SOON = datetime.now(UTC) + timedelta(days=1)
CLAIMS = {"sub": "crm", "role": "admin", "workspaces": "*", "exp": SOON}
#: Codes of refusals by who is calling, whatever else a request says.
REFUSALS = frozenset(
    {"unauthenticated", "token_expired", "forbidden", "business_not_found", "foreign_workspace"}
)


def _unsigned() -> str:
    """`alg: none`, which no library of ours writes."""
    parts = [{"alg": "none", "typ": "JWT"}, CLAIMS | {"exp": int(SOON.timestamp())}]
    raw = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*raw, ""])


def _without(claim: str) -> dict[str, object]:
    return {name: value for name, value in CLAIMS.items() if name != claim}


BROKEN = {
    "none": None,
    "no jwt": "not.a.token",
    "expired": a_token(exp=datetime.now(UTC) - timedelta(minutes=1), role="admin"),
    "alg=none": _unsigned(),
    "wrong key": jwt.encode(CLAIMS, "another secret that is long enough for HS256", "HS256"),
    "another algorithm": jwt.encode(CLAIMS, SECRET * 2, "HS512"),
    "without exp": jwt.encode(_without("exp"), SECRET, "HS256"),
    "without sub": jwt.encode(_without("sub"), SECRET, "HS256"),
    "not yet valid": a_token(nbf=datetime.now(UTC) + timedelta(hours=12), role="admin"),
    "unknown role": a_token(role="root"),
    "no workspaces": a_token(role="admin", workspaces=None),
    "workspaces of a wrong type": a_token(role="admin", workspaces=[1]),
}


@pytest.fixture(scope="module")
def jobs() -> dict[str, str]:
    """A job of each workspace, once `service` has scheduled them."""
    return {}


@pytest.fixture(scope="module")
def service(the_backend: Backend, jobs: dict[str, str]) -> Iterator[Service]:
    """One service for all: who is let in does not depend on what was done before."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        for variable, value in stack_environment(the_backend):
            environment.setenv(variable, value)
        forget()
        opened = Service(open_client(), the_backend)
        for workspace_id in (OWN, FOREIGN):
            body = {
                "phoneNumber": "+1234567890",
                "message": "hello",
                "contactId": "c1",
                "workspaceId": workspace_id,
                "delay": 3_600_000,
            }
            token = a_token(workspaces="*")
            jobs[workspace_id] = opened.post("/api/schedule-sms", body, token=token).json_body[
                "jobId"
            ]
        yield opened
        forget()


def ask(service: Service, route: Route, *, job_id: str, about: str, token: str | None):
    """One request about a workspace, as a caller with that token."""
    path = route.path.format(
        business_id=about, workspace_id=about, job_id=job_id, communication_id="c1"
    )
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    body = b""
    if route.body is not None:
        named = {"workspaceId": about} if route.says is Says.BODY else {}
        body = json.dumps(route.body | named).encode()
    return service.client.http.request(route.method, path, headers=headers, body=body)


def code_of(answer: HTTPResponse) -> str | None:
    """The code of an error; None where the answer is none."""
    if "json" not in answer.headers.get("Content-Type", "") or not answer.body:
        return None
    body = answer.json_body
    return body.get("code") if isinstance(body, dict) else None


def refusal(route: Route, role: Role, *, whose: str) -> tuple[int, str] | None:
    """The status and the code with which a caller of w1 is turned away; None: it is let in."""
    if whose == FOREIGN and route.hides_foreign:
        return 404, "business_not_found"
    if role not in route.roles:
        return 403, "forbidden"
    if whose == FOREIGN and route.says is Says.BODY:
        return 403, "foreign_workspace"
    if whose == FOREIGN and route.says is Says.JOB:
        return 404, "job_not_found"
    return None


def name_of(route: Route) -> str:
    """What tells it from the others, in words that are the same in every process."""
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("whose", [OWN, FOREIGN])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
def test_a_role_is_let_in_where_the_contract_says_so(
    service: Service, jobs: dict[str, str], route: Route, role: Role, whose: str
):
    token = a_token(role=role.value, workspaces=[OWN])

    answer = ask(service, route, job_id=jobs[whose], about=whose, token=token)

    expected = refusal(route, role, whose=whose)
    if expected is not None:
        assert (answer.status_code, code_of(answer)) == expected
    else:
        assert code_of(answer) not in REFUSALS
        assert answer.status_code < 500


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
def test_a_token_that_does_not_hold_is_turned_away(
    service: Service, jobs: dict[str, str], route: Route, broken: str
):
    answer = ask(service, route, job_id=jobs[OWN], about=OWN, token=BROKEN[broken])

    assert answer.status_code == 401
    assert code_of(answer) == ("token_expired" if broken == "expired" else "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("route", [r for r in PROTECTED if r.says is Says.PATH], ids=name_of)
def test_everyone_together_are_no_workspace(service: Service, jobs: dict[str, str], route: Route):
    token = a_token(role="admin", workspaces="*")

    answer = ask(service, route, job_id=jobs[OWN], about="*", token=token)

    assert (answer.status_code, code_of(answer)) == (404, "business_not_found")


def test_every_route_is_in_the_table():
    served = {
        (path, method)
        for path, methods in app.app.routes.items()
        for method in methods
        if method != "OPTIONS" and not path.startswith((BOARD, *PAGES))
    }

    assert served == {route.key for route in PROTECTED} | set(PUBLIC)
    assert all(PUBLIC.values())


@pytest.mark.parametrize("path", sorted(app.app.routes))
def test_a_preflight_asks_for_no_token(service: Service, path: str):
    answer = service.client.http.request("OPTIONS", path.replace("{", "").replace("}", ""))

    assert answer.status_code == 204
    assert "Access-Control-Allow-Origin" not in answer.headers
