"""What a newcomer reads last, once the local cloud is ready."""

from pathlib import Path

from infra.local.choices import read_choices
from infra.local.greeting import Facts

ROUTES = ("/test-sms", "/test-email", "/ops", "/admin/queues", "/docs", "/health")


def greeting(**environ: str) -> str:
    choices = read_choices(environ)
    return Facts(
        url="http://127.0.0.1:8000",
        routes=ROUTES,
        token="a-token",
        signing_secret="whsec_a",
        sample_backend_url="http://127.0.0.1:9",
        folder=Path("build"),
        board_access=choices.board_access,
        is_reachable=choices.is_reachable,
        is_scheduling_open=choices.is_scheduling_open,
    ).greeting()


def test_links_token_and_a_first_call_come_last():
    lines = greeting().splitlines()
    token = lines.index("export TOKEN=a-token")
    places = [line.split("http://127.0.0.1:8000")[1] for line in lines[:token] if ":8000" in line]

    assert places == ["/test-sms", "/test-email", "/ops", "/admin/queues  admin / admin", "/docs"]
    assert lines[token + 1].startswith("curl -sS http://127.0.0.1:8000/api/schedule-sms")
    assert lines[-1].startswith('  -d \'{"phoneNumber"')
    assert len(lines) - token == 5


def test_the_board_s_own_password_is_told():
    told = greeting(BULL_BOARD_USERNAME="ops", BULL_BOARD_PASSWORD="a-password-of-ours")

    assert "/admin/queues  ops / a-password-of-ours" in told


def test_who_is_reachable_is_warned():
    assert "There is no\nTLS" in greeting(HOST="0.0.0.0")  # noqa: S104
    assert "TLS" not in greeting()
    assert "TLS" not in greeting(HOST="127.0.0.2")


def test_open_scheduling_is_told():
    assert "OPEN_SCHEDULING IS ON" in greeting(OPEN_SCHEDULING="true")


def test_origins_on_loopback_are_allowed_by_each_name():
    chosen = read_choices({"CORS_ORIGINS": "http://localhost:3000"})

    assert chosen.parameters["CorsOrigins"].split(",")[1] == "http://127.0.0.1:3000"
