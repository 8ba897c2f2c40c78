"""Callbacks over TLS: only to a backend that proves its name, by certificates that are trusted."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters.connections import certificates
from chalicelib.model.outcome import Answer
from tests.contract.raw_backend import RawBackend, reply, saying
from tests.contract.test_callbacks import a_call, calling

#: What the backend's certificate says that it is.
NAME = "localhost"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "backend.pem"
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *form) + certificate.public_bytes(pem))
    return file


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    certificates.cache_clear()
    yield
    certificates.cache_clear()


@asynccontextmanager
async def tls_backend(certified: Path, names: list[str | None]) -> AsyncGenerator[RawBackend]:
    """A backend on TLS; `names` are those that it was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    context.sni_callback = lambda _, name, __: names.append(name)
    backend = RawBackend(saying(reply(body=b"ok")))
    server = await asyncio.start_server(backend.connected, NAME, 0, ssl=context)
    backend.url = f"https://{NAME}:{server.sockets[0].getsockname()[1]}"
    try:
        yield backend
    finally:
        server.close()
        await backend.hang_up()


def answers(
    certified: Path, *, host: str = NAME
) -> tuple[list[Answer], RawBackend, list[str | None]]:
    """What two callbacks come to, and what their backend saw."""
    names: list[str | None] = []

    async def story() -> tuple[list[Answer], RawBackend, list[str | None]]:
        async with tls_backend(certified, names) as backend, calling() as callbacks:
            call = a_call(backend.url.replace(NAME, host))
            return [await callbacks.post(call) for _ in range(2)], backend, names

    return asyncio.run(story())


def test_a_trusted_backend_is_called_over_one_connection(
    certified: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certified))
    two, backend, names = answers(certified)

    assert two == [Answer(200, text="ok")] * 2
    assert (backend.connection_count, names) == (1, [NAME])
    assert (
        b"\r\nhost: " + backend.url.removeprefix("https://").encode() in backend.requests[0].lower()
    )


def test_a_backend_that_is_not_trusted_is_told_nothing(certified: Path):
    two, backend, _ = answers(certified)

    assert all(answer.status is None and "certificate" in (answer.error or "") for answer in two)
    assert backend.requests == []


def test_a_backend_of_another_name_is_told_nothing(
    certified: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certified))
    two, backend, _ = answers(certified, host="127.0.0.1")

    assert all(answer.status is None and "certificate" in (answer.error or "") for answer in two)
    assert backend.requests == []
