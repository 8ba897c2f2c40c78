"""Callbacks over HTTP: no redirects, no cookies, and whatever the backend does is an Answer."""

from dataclasses import dataclass, field
from http.cookiejar import CookieJar

import httpx

from chalicelib.adapters.connections import Connections, ForbiddenAddress, certificates
from chalicelib.adapters.http_answers import NoAnswer
from chalicelib.adapters.httpx_transport import Transport
from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call

#: From the slot to the end of the answer.
TIMEOUT_S = 10.0
#: ValueError: a host that cannot even be looked up, such as one with a label of 64 letters.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)


class _NoCookies(CookieJar):
    """Keeps none, for tenants share the client; and parses none, so that none can be broken."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Nothing is taken from an answer."""


@dataclass(slots=True)
class HttpxCallbacks:
    """`ports.Callbacks`; belongs to one event loop, on which its connections live."""

    allow_private: bool = False
    timeout_s: float = TIMEOUT_S
    _client: httpx.AsyncClient | None = field(default=None, init=False)

    async def prepare(self) -> None:
        """Load certificates and make the client: 50 to 150 ms, once a process."""
        certificates()
        self._http().build_request("POST", "https://backend.invalid/", content=b"{}")

    async def post(self, call: Call) -> Answer:
        """Make the call; an answer with a status is that status, whatever else is wrong with it."""
        try:
            response = await self._http().post(
                call.url, content=call.body, headers=dict(call.headers)
            )
        except TimeoutError:
            return Answer(None, error=f"The backend did not answer within {self.timeout_s:g} s.")
        except (ForbiddenAddress, NoAnswer) as error:
            return Answer(None, error=str(error))
        except _FAILURES as error:
            said = f": {error}" if str(error) else ""
            return Answer(None, error=f"The connection failed ({type(error).__name__}){said}")
        return Answer(
            status=response.status_code,
            text=response.content.decode("utf-8", "replace"),
            retry_after=response.headers.get("retry-after"),
        )

    def _http(self) -> httpx.AsyncClient:
        """Made on the event loop that it will live on."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=Transport(Connections(allow_private=self.allow_private)),
                timeout=self.timeout_s,
                follow_redirects=False,
                trust_env=False,
                cookies=_NoCookies(),
            )
        return self._client
