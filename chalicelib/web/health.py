"""Whether the service can do its work now."""

from collections.abc import Callable

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.errors import ServiceError
from chalicelib.observe import logger
from chalicelib.web.answer_shapes import HealthAnswer
from chalicelib.web.answers import answer, answering

routes = Blueprint(__name__)


@routes.route("/health", methods=["GET"], content_types=["*/*"])
@answering
def health() -> Response:
    """200 and what was checked; 503 where a dependency does not answer."""
    checks = {name: _works(name, probe) for name, probe in wiring.probes().items()}
    healthy = all(checks.values())
    states = {name: "ok" if works else "failing" for name, works in checks.items()}
    body: HealthAnswer = {"status": "ok" if healthy else "failing", "checks": states}
    return answer(body, status=200 if healthy else 503)


def _works(name: str, probe: Callable[[], object]) -> bool:
    try:
        probe()
    except ServiceError as error:
        logger().error("the health check of %s failed: %s", name, error)
        return False
    return True
