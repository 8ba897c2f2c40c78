"""The one origin: a reverse proxy from the contract's paths to the emulated API Gateway's."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from infra.local.gateway_answers import TYPE_BY_ERROR, GatewayAnswers

#: What API Gateway takes, and what a Lambda event holds: the body as a JSON string, and the rest.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_EVENT_BYTES = 6 * 1024 * 1024
_EVENT_REST_BYTES = 8 * 1024

#: Each request in flight is a Lambda process of its own, and a cold one costs a second of CPU.
MAX_IN_FLIGHT_COUNT = 8

_ANSWER_PATIENCE_S = 40.0  # above the API function's 29 s
_READY_PATIENCE_S = 60.0
_STOP_PATIENCE_S = 5.0
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "content-length", "host"}
)
_NEVER_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@asynccontextmanager
async def serving(claimed: Sequence[socket.socket], api_url: str) -> AsyncIterator[None]:
    """Serve the API at ``api_url`` on the claimed sockets."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=_ANSWER_PATIENCE_S),
        auto_decompress=False,
    ) as session:
        passing = Front(session, api_url, answers=GatewayAnswers.from_stack())
        runner = web.AppRunner(
            passing.application(),
            access_log=None,
            auto_decompress=False,
            shutdown_timeout=_STOP_PATIENCE_S,
        )
        await runner.setup()
        try:
            for each in claimed:
                await web.SockSite(runner, each, backlog=1024).start()
            yield
        finally:
            await runner.cleanup()


async def answering(url: str) -> None:
    """Wait until the service says that it is well."""
    deadline_s = asyncio.get_running_loop().time() + _READY_PATIENCE_S
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/health") as answer:
                if answer.ok:
                    return
                said = await answer.text()
            if asyncio.get_running_loop().time() > deadline_s:
                raise SystemExit(f"The service does not get well; /health says: {said}")
            await asyncio.sleep(0.1)


class Front:
    """Passes requests on to one deployed API."""

    def __init__(
        self, session: aiohttp.ClientSession, api_url: str, *, answers: GatewayAnswers
    ) -> None:
        self._session = session
        self._api_url = api_url
        self._answers = answers
        self._places = asyncio.Semaphore(MAX_IN_FLIGHT_COUNT)

    def application(self) -> web.Application:
        """The application to run."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", r"/{path:[\s\S]*}", self._pass_on)  # encoded line breaks too
        return app

    async def _pass_on(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._answers.answer("REQUEST_TOO_LARGE")
        if _event_bytes(body) > MAX_EVENT_BYTES:
            return self._answers.answer("REQUEST_TOO_LARGE")
        async with self._places:
            return await self._answered(request, body)

    async def _answered(self, request: web.Request, body: bytes) -> web.Response:
        try:
            async with self._session.request(
                request.method,
                URL(f"{self._api_url}{request.raw_path}", encoded=True),
                headers=_passed_headers(request),
                data=body or None,
                skip_auto_headers=_NEVER_ADDED,
                allow_redirects=False,
            ) as answer:
                return self._translated(answer, await answer.read())
        except TimeoutError:
            return self._answers.answer("INTEGRATION_TIMEOUT")
        except aiohttp.ClientError:
            return self._answers.answer("DEFAULT_5XX")

    def _translated(self, answer: aiohttp.ClientResponse, body: bytes) -> web.Response:
        response_type = TYPE_BY_ERROR.get(answer.headers.get("x-amzn-ErrorType", ""))
        if response_type is not None:
            return self._answers.answer(response_type)
        headers = CIMultiDict(
            (name, value)
            for name, value in answer.headers.items()
            if name.lower() not in _HOP_BY_HOP
        )
        response = web.Response(status=answer.status, body=body, headers=headers)
        if len(body) >= self._answers.compressed_from_bytes:
            response.enable_compression()  # where the caller accepts it
        return response


def _event_bytes(body: bytes) -> int:
    text = body.decode("utf-8", errors="replace")
    return len(json.dumps(text, ensure_ascii=False).encode()) + _EVENT_REST_BYTES


def _passed_headers(request: web.Request) -> CIMultiDict[str]:
    headers = CIMultiDict(
        (name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP
    )
    came_by = [*request.headers.getall("X-Forwarded-For", []), request.remote or ""]
    headers["X-Forwarded-For"] = ", ".join(filter(None, came_by))
    headers["X-Forwarded-Proto"] = "http"
    headers["X-Forwarded-Host"] = request.host
    headers["X-Forwarded-Prefix"] = "/"  # the stage's name is not in our paths
    return headers
