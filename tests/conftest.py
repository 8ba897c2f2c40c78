"""What every test stands on: a closed network, made-up AWS credentials and a patient hypothesis."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests import network
from tests.rig.tier import IS_NIGHTLY

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
# Mutants are judged by the thousand: by the same few examples each, and none is made shorter.
settings.register_profile(
    "mutants",
    settings.get_profile("gate"),
    derandomize=True,
    max_examples=20,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    print_blob=False,
)
settings.load_profile("gate")


network.close()


class OneLocalCloud(LoadScopeScheduling):
    """Gives all acceptance tests to one process, for they share a local cloud; the others singly.

    Marks of `--dist=loadgroup` would say so, but xdist 3.8.0 does not see them by pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "the local cloud" if nodeid.startswith("tests/acceptance/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A process a core, and one that mostly waits for the local cloud: `--numprocesses=auto`."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """The largest scope comes first: the others fill the time beside it."""
    return OneLocalCloud(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, by day, what is marked for the night."""
    by_night = [] if IS_NIGHTLY else [each for each in items if each.get_closest_marker("nightly")]
    if by_night:
        items[:] = [each for each in items if each not in by_night]
        config.hook.pytest_deselected(items=by_night)
