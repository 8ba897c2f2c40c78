"""What workspaces may choose."""

import pytest

from chalicelib.model.channel import RATES, Channel
from chalicelib.model.workspace import Event, WorkspaceSettings, most_per_s


@pytest.mark.parametrize("channel", Channel)
def test_no_limit_is_above_the_channels_own(channel: Channel):
    assert most_per_s(channel) == RATES[channel].per_s


def test_a_workspace_that_chose_nothing_is_told_of_failures_only():
    chosen = WorkspaceSettings()

    assert (chosen.timezone, chosen.webhook_url, chosen.limits) == ("UTC", None, {})
    assert chosen.webhook_events == (Event.FAILED,)
