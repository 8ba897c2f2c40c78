"""Tokens: who may schedule and look, and what a token that does not hold is told."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.contract.faulty_aws import DENIED, an_error, handling
from tests.integration.service import SECRET, Service, a_token
from tests.integration.test_scheduling import AN_SMS, BULKS, ROUTES

PATHS = [path for path, *_ in [*ROUTES, *BULKS]]


def unsigned(**header: str) -> str:
    """A token that nobody signed, which says of itself what it wants."""
    claims = {"sub": "crm", "role": "admin", "workspaces": "*", "exp": 9_999_999_999}
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT"} | header, claims)]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def signed_by_another_key() -> str:
    claims = {"sub": "crm", "role": "admin", "workspaces": "*", "exp": 9_999_999_999}
    return jwt.encode(claims, "another secret that is long enough for HS256", algorithm="HS256")


def signed_by_another_algorithm() -> str:
    claims = {"sub": "crm", "role": "admin", "workspaces": "*", "exp": 9_999_999_999}
    return jwt.encode(claims, SECRET * 2, algorithm="HS512")


BAD_TOKENS = {
    "no token at all": "x",
    "alg none": unsigned(alg="none"),
    "alg None": unsigned(alg="None"),
    "no alg": unsigned(),
    "another key": signed_by_another_key(),
    "another algorithm": signed_by_another_algorithm(),
    "a signature cut short": a_token()[:-4],
    "no exp": a_token(exp=None),
    "an exp that is no number": a_token(exp="tomorrow"),
    "no sub": a_token(sub=None),
    "no role": a_token(role=None),
    "an unknown role": a_token(role="root"),
    "no workspaces": a_token(workspaces=None),
    "workspaces that are no list": a_token(workspaces="w1"),
    "workspaces that are no ids": a_token(workspaces=[1]),
    "not valid yet": a_token(nbf=datetime.now(UTC) + timedelta(hours=12)),
}


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_is_scheduled(service: Service, path: str):
    response = service.post(path, AN_SMS, token=None)

    assert (response.status_code, response.json_body["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert service.items() == []


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_token_that_does_not_hold_is_refused(service: Service, name: str):
    response = service.post("/api/schedule-sms", AN_SMS, token=BAD_TOKENS[name])

    assert (response.status_code, response.json_body["success"]) == (401, False)
    assert service.items() == []


def test_a_token_that_has_expired_is_told_so(service: Service):
    token = a_token(exp=datetime.now(UTC) - timedelta(minutes=1))
    response = service.post("/api/schedule-sms", AN_SMS, token=token)

    assert (response.status_code, response.json_body["code"]) == (401, "token_expired")


@pytest.mark.parametrize("scheme", ["Basic", "", "Token"])
def test_another_scheme_is_refused(service: Service, scheme: str):
    response = service.post("/api/schedule-sms", AN_SMS, Authorization=f"{scheme} {a_token()}")

    assert response.status_code == 401


def test_the_scheme_may_be_written_in_any_case(service: Service):
    response = service.post("/api/schedule-sms", AN_SMS, Authorization=f"bEARER {a_token()}")

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_workspace_is_refused(service: Service, path: str):
    body = {"workspaceId": "w2", "messages": [{}], "defaults": AN_SMS, "data": 1}
    if path.endswith("bulk"):
        body["defaults"] = next(b for p, b in BULKS if p == path) | {"workspaceId": "w2"}
    else:
        body = next(b for p, b, _ in ROUTES if p == path) | {"workspaceId": "w2"}
    response = service.post(path, body)

    assert (response.status_code, response.json_body["code"]) == (403, "foreign_workspace")
    assert service.items() == []


def test_a_token_of_every_workspace_may_schedule_for_any(service: Service):
    token = a_token(workspaces="*")

    assert service.post("/api/schedule-sms", AN_SMS, token=token).status_code == 200


@pytest.mark.parametrize("role", ["admin", "manager", "support", "user"])
def test_every_role_may_schedule(service: Service, role: str):
    assert service.post("/api/schedule-sms", AN_SMS, token=a_token(role=role)).status_code == 200


def test_another_workspace_s_job_is_as_unknown_as_one_that_never_was(service: Service):
    job_id = service.post("/api/schedule-sms", AN_SMS).json_body["jobId"]
    never_was = job_id[:-1] + ("0" if job_id[-1] != "0" else "1")
    foreign = service.get(f"/api/job-status/{job_id}", token=a_token(workspaces=["w2"]))
    unknown = service.get(f"/api/job-status/{never_was}")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json_body == unknown.json_body


@pytest.mark.parametrize(
    "job_id", ["ä", "a" * 3000, "%00", "..%2F..", "job%23payload", "01KBQ6ZJ0Q7P6X9E6V5C7S1G3M "]
)
def test_what_is_no_job_s_id_is_unknown_and_never_looked_for(service: Service, job_id: str):
    with handling("dynamodb", "BatchGetItem", an_error(DENIED)):
        response = service.get(f"/api/job-status/{job_id}")

    assert response.status_code == 404


def test_a_job_s_status_needs_a_token(service: Service):
    assert service.get("/api/job-status/01KBQ6ZJ0Q7P6X9E6V5C7S1G3M", token=None).status_code == 401
