"""The service, its backend and its log, as the integration tests have them."""

from tests.integration.conftest import log, service, the_backend

__all__ = ["log", "service", "the_backend"]
