"""The settings of a workspace as JSON: what PUT takes and what GET answers are one shape."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic.alias_generators import to_camel

from chalicelib.model.channel import Channel, Rate
from chalicelib.model.webhook import MAX_LENGTH, fault_of
from chalicelib.model.workspace import DEFAULT_ZONE, Event, WorkspaceSettings, most_per_s
from chalicelib.web.when import Zone

#: What the validation of a webhook URL has to be told: private hosts are for local development.
ALLOW_PRIVATE = "allow_private"


def _webhook(url: str, info: ValidationInfo) -> str:
    context: dict[str, object] = info.context or {}
    allow_private = context.get(ALLOW_PRIVATE) is True
    if fault := fault_of(url, allow_private=allow_private):
        raise ValueError(fault)
    return url


class _Body(BaseModel):
    model_config = ConfigDict(
        strict=True,
        alias_generator=to_camel,
        extra="forbid",
        populate_by_name=True,
        serialize_by_alias=True,
    )


class SmsLimit(_Body):
    """At most so many SMS of the workspace in any sliding second."""

    per_second: Annotated[int, Field(ge=1, le=most_per_s(Channel.SMS))]


class EmailLimit(_Body):
    """At most so many emails of the workspace in any sliding second."""

    per_second: Annotated[int, Field(ge=1, le=most_per_s(Channel.EMAIL))]


class Limits(_Body):
    """The workspace's own limits; null is none but the channel's."""

    sms: SmsLimit | None = None
    email: EmailLimit | None = None


class SettingsBody(_Body):
    """`GET|PUT /api/workspaces/{workspaceId}/settings`; what a PUT leaves out gets its default."""

    timezone: Zone = DEFAULT_ZONE
    webhook_url: Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(_webhook)] | None = (
        None
    )
    webhook_events: Annotated[
        list[Annotated[Event, Field(strict=False)]], Field(max_length=len(Event))
    ] = [Event.FAILED]
    limits: Limits = Limits()

    @classmethod
    def of(cls, chosen: WorkspaceSettings) -> "SettingsBody":
        """The JSON of settings; they were valid when they were kept."""
        sms, email = chosen.limits.get(Channel.SMS), chosen.limits.get(Channel.EMAIL)
        return cls.model_construct(
            timezone=chosen.timezone,
            webhook_url=chosen.webhook_url,
            webhook_events=list(chosen.webhook_events),
            limits=Limits(
                sms=SmsLimit(per_second=sms.per_s) if sms else None,
                email=EmailLimit(per_second=email.per_s) if email else None,
            ),
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
