"""What a session is, and the triggers that start or continue one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sessions.engine import NEWS, PRESSES, ROUTINES, SESSIONS, TALK

FENCED = (SESSIONS, TALK, NEWS, ROUTINES)
"""Turns of these queues run one after the other within a session; a press runs at once, whatever else runs."""


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

    @property
    def queue(self) -> str:
        """Which line it stands in."""
        return SESSIONS

    @property
    def partition(self) -> str:
        """Of those that share one, one runs at a time."""
        return self.session


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

    @property
    def queue(self) -> str:
        return ROUTINES if self.agent == "routine" else SESSIONS


class Pressed(_Trigger):
    """A person pressed a button on something Daybook had posted."""

    kind: Literal["pressed"] = "pressed"
    action: str
    """The button's action id, which is the tool's name."""
    account: str
    choice: str | None
    channel: str
    message_ts: str
    thread_ts: str | None = None
    """The thread that the message stands in: there the person is answered. None outside of one."""
    pressed_at: int

    @property
    def queue(self) -> str:
        return PRESSES

    @property
    def partition(self) -> str:
        return f"{self.session}/{self.account}"


class Said(_Trigger):
    """A person wrote to Daybook. The session's next turn answers, acting as the person who wrote."""

    kind: Literal["said"] = "said"
    text: str
    channel: str
    thread_ts: str | None
    """The thread as Slack sent it; None at the top level."""
    ts: str
    said_at: int
    direct: bool
    """In the person's own conversation with Daybook, where nobody else reads."""
    files: int = 0
    about: str | None = None
    """Somebody else's message that it is about: their words, which nobody here vouches for."""
    about_ts: str | None = None

    @property
    def queue(self) -> str:
        return TALK


class Decided(_Trigger):
    """A person decided on something a turn had proposed or done: apply, cancel or edit a change, undo a write."""

    kind: Literal["decided"] = "decided"
    action: str
    subject: str
    """The approval's id, or for an undo the id of the call in the ledger."""
    values: dict[str, str] | None
    """What the person wrote instead, for an edit."""
    channel: str
    message_ts: str
    thread_ts: str | None = None
    """The thread that the message stands in: there the person is answered. None outside of one."""
    pressed_at: int

    @property
    def queue(self) -> str:
        return PRESSES

    @property
    def partition(self) -> str:
        return f"decided/{self.subject}"


class Asked(_Trigger):
    """An agent asks another one, in a session of that one's own; the turn that asked is woken by the answer."""

    kind: Literal["asked"] = "asked"
    parent: str
    parent_turn: int
    call: str
    """Which call of the asking turn this is; the turn asks each once."""
    depth: int
    """How many questions deep; 1 is a question of an agent that a person talks to."""
    question: str

    @property
    def queue(self) -> str:
        return TALK


class Hooked(_Trigger):
    """A vendor told that a record changed. Ids only: what it says now is read from the vendor itself."""

    @property
    def queue(self) -> str:
        return NEWS

    kind: Literal["hooked"] = "hooked"
    source: str
    event: str
    object_kind: str
    object_id: str
    property: str | None
    occurred_at: int
    """By the vendor's clock."""
    heard_at: int
    """By ours: a record that was read after this instant shows the change."""


AnyTrigger = Scheduled | Pressed | Said | Decided | Asked | Hooked
Trigger = Annotated[AnyTrigger, Field(discriminator="kind")]
TRIGGER: TypeAdapter[AnyTrigger] = TypeAdapter(Trigger)

QUEUED, RUNNING, WAITING, HELD, DONE, FAILED = "queued", "running", "waiting", "held", "done", "failed"
"""States of a turn. Waiting has a time to go on at; held waits for an earlier turn, or for its session's resuming."""
ENDED = (DONE, FAILED)
STOPPED = "stopped"
"""The note of a turn that failed because a person stopped it before it began."""
