"""What a session is, and the triggers that start or continue one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Trigger(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    """What makes this trigger happen once: a second one with the same key is a no-op, for ever."""
    session: str
    """Id of the session it starts or continues."""
    agent: str
    """Who answers; nothing else about the session depends on it."""
    person: str | None
    """Slack user id of the person it acts as; None for Daybook's own housekeeping."""


class Scheduled(_Trigger):
    """A clock reached a schedule's time."""

    kind: Literal["scheduled"] = "scheduled"
    schedule: str
    nominal: int
    """When it was due, ms; a list is made for this instant's local day however late it runs."""
    worth_until: int
    """After this instant (ms) it isn't worth doing any more."""
    day: str
    """The local date it is for, ISO."""


class Pressed(_Trigger):
    """A person pressed a button on something Daybook had posted."""

    kind: Literal["pressed"] = "pressed"
    action: str
    """The button's action id, which is the tool's name."""
    account: str
    choice: str | None
    channel: str
    message_ts: str
    pressed_at: int


Trigger = Annotated[Scheduled | Pressed, Field(discriminator="kind")]
TRIGGER: TypeAdapter[Scheduled | Pressed] = TypeAdapter(Trigger)

QUEUED, RUNNING, WAITING, HELD, DONE, FAILED = "queued", "running", "waiting", "held", "done", "failed"
"""States of a turn. Waiting has a time to go on at; held waits for an earlier turn of its session."""
ENDED = (DONE, FAILED)
