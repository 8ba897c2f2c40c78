"""Each Lambda may do what it needs, and nothing else.

Every function does all that it really does, over moto; each call to AWS is written down with the
permissions that it needs, and held against the function's role in the template that ships.
"""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.integration.backend import Backend
from tests.integration.privileges import scenarios_api, scenarios_events, scenarios_workers
from tests.integration.privileges.judgement import faults
from tests.integration.privileges.pollers import needs_of_lambda
from tests.integration.privileges.recorder import Recorder, recording
from tests.integration.privileges.roles import stack
from tests.integration.privileges.scenario import Scenario
from tests.integration.privileges.watched import API, watched

SCENARIOS: Mapping[str, Sequence[Scenario]] = {
    API: scenarios_api.SCENARIOS,
    **scenarios_workers.SCENARIOS,
    **scenarios_events.SCENARIOS,
}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as opened:
        yield opened


@pytest.mark.parametrize("function", SCENARIOS)
def test_a_function_may_do_what_it_needs_and_nothing_else(
    the_backend: Backend, recorder: Recorder, function: str
):
    for scenario in SCENARIOS[function]:
        with watched(the_backend, recorder) as service:
            scenario(service)
    assert recorder.needs, "No call was recorded: recorder.py does not know how clients are made."
    deployed = stack().functions()[function]
    needs = [*recorder.needs[function], *needs_of_lambda(deployed)]

    assert faults(deployed, needs) == []


def test_every_function_has_its_scenarios():
    assert SCENARIOS.keys() == stack().functions().keys()


def test_only_timers_and_logs_are_named_by_a_pattern():
    """Both are made later, by names that nobody knows yet."""
    permissions = [p for each in stack().functions().values() for p in each.permissions]
    patterns = [p.resource for p in permissions if {"*", "?"} & set(p.resource)]

    assert {resource.split(":")[2] for resource in patterns} == {"logs", "scheduler"}
