"""The settings of a workspace as JSON: what PUT takes and what GET answers are one shape."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from pydantic.alias_generators import to_camel

from chalicelib.flow.destinations import Destination
from chalicelib.model.channel import Channel, Rate
from chalicelib.model.health import State
from chalicelib.model.instant import to_iso
from chalicelib.model.webhook import MAX_LENGTH, fault_of
from chalicelib.model.workspace import DEFAULT_ZONE, Event, WorkspaceSettings, most_per_s
from chalicelib.web.body import Body
from chalicelib.web.when import Zone

#: What the validation of a webhook URL has to be told: private hosts are for local development.
ALLOW_PRIVATE = "allow_private"


def _webhook(url: str, info: ValidationInfo) -> str:
    context: dict[str, object] = info.context or {}
    allow_private = context.get(ALLOW_PRIVATE) is True
    if fault := fault_of(url, allow_private=allow_private):
        raise ValueError(fault)
    return url


class _SettingsBody(Body):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        populate_by_name=True,
        serialize_by_alias=True,
    )


class SmsLimit(_SettingsBody):
    """At most so many SMS of the workspace in any sliding second."""

    per_second: Annotated[int, Field(ge=1, le=most_per_s(Channel.SMS))]


class EmailLimit(_SettingsBody):
    """At most so many emails of the workspace in any sliding second."""

    per_second: Annotated[int, Field(ge=1, le=most_per_s(Channel.EMAIL))]


class Limits(_SettingsBody):
    """The workspace's own limits; null is none but the channel's."""

    sms: SmsLimit | None = None
    email: EmailLimit | None = None


class _Chosen(_SettingsBody):
    """What a workspace chooses; what a PUT leaves out gets its default."""

    timezone: Zone = DEFAULT_ZONE
    webhook_url: Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(_webhook)] | None = (
        None
    )
    webhook_events: Annotated[
        list[Annotated[Event, Field(strict=False)]], Field(max_length=len(Event))
    ] = [Event.FAILED]  # noqa: RUF012 - pydantic copies it
    limits: Annotated[Limits, Field(default_factory=Limits)]

    @classmethod
    def of(cls, chosen: WorkspaceSettings, **more: object) -> Self:
        """The JSON of settings; they were valid when they were kept."""
        sms, email = chosen.limits.get(Channel.SMS), chosen.limits.get(Channel.EMAIL)
        return cls.model_construct(
            None,
            timezone=chosen.timezone,
            webhook_url=chosen.webhook_url,
            webhook_events=list(chosen.webhook_events),
            limits=Limits(
                sms=SmsLimit(per_second=sms.per_s) if sms else None,
                email=EmailLimit(per_second=email.per_s) if email else None,
            ),
            **more,
        )

    def chosen(self) -> WorkspaceSettings:
        """The settings of the JSON."""
        limits = {Channel.SMS: self.limits.sms, Channel.EMAIL: self.limits.email}
        return WorkspaceSettings(
            timezone=self.timezone,
            webhook_url=self.webhook_url,
            webhook_events=tuple(dict.fromkeys(self.webhook_events)),
            limits={ch: Rate(limit.per_second) for ch, limit in limits.items() if limit},
        )


class SettingsBody(_Chosen):
    """`PUT /api/workspaces/{workspaceId}/settings`; it may hold all that GET answers."""

    webhook: Annotated[Any, Field(exclude=True, json_schema_extra={"readOnly": True})] = None


class WebhookView(_SettingsBody):
    """How the webhook is doing: the workspace's own, or the one that failed jobs fall back to."""

    state: State
    failing_since: str | None
    disabled_at: str | None
    last_error: str | None

    @classmethod
    def of(cls, destination: Destination) -> "WebhookView":
        """The JSON of a destination's health."""
        health = destination.health
        if health is None or destination.state not in {State.FAILING, State.DISABLED}:
            return cls(
                state=destination.state, failing_since=None, disabled_at=None, last_error=None
            )
        return cls(
            state=destination.state,
            failing_since=to_iso(health.failing_since),
            disabled_at=to_iso(health.disabled_at) if health.disabled_at else None,
            last_error=health.error,
        )


class SettingsAnswer(_Chosen):
    """`GET|PUT /api/workspaces/{workspaceId}/settings`, and how the webhook is doing."""

    webhook: WebhookView
