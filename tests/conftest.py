"""What every test stands on: a closed network, made-up AWS credentials and a patient hypothesis."""

import ipaddress
import os
import sys
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings

# Before anything imports boto3: a test that escapes its fake must reach nobody's account.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_SESSION_TOKEN": "made-up",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    # moto does not know the account endpoints that newer botocores prefer for streams.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}
os.environ.pop("AWS_PROFILE", None)

# A shared machine stalls now and then: a slow example is no fault of the code.
settings.register_profile(
    "gate", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")


class NetworkClosedError(RuntimeError):
    """A test reached for the network beyond this machine."""


def _is_this_machine(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    with suppress(ValueError):
        return ipaddress.ip_address(str(host)).is_loopback
    return host in {"localhost", "", None}


def _is_address(host: object) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(str(host)))
    return False


def _close_the_network(event: str, args: tuple[Any, ...]) -> None:
    """Refuse connections and look-ups that would leave the machine, whichever library asks.

    An audit hook sees every socket of the interpreter, and no library can keep an older reference
    to what it replaces: nothing is replaced (PEP 578).
    """
    if event == "socket.getaddrinfo":
        if not (_is_this_machine(args[0]) or _is_address(args[0])):
            raise NetworkClosedError(f"a look-up of {args[0]!r}")
    elif event in {"socket.connect", "socket.sendto"}:
        match args[1]:
            case (host, *_) if not _is_this_machine(host):
                raise NetworkClosedError(f"a connection to {host}")
            case _:  # this machine, or a socket of the file system
                pass


sys.addaudithook(_close_the_network)
