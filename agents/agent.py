"""What an agent is given for one turn, and the three ways a turn can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Engine

from systems.connect import Systems


class Event(NamedTuple):
    """One line of a session's log. A tuple, for a log is long and is read at the start of each turn."""

    turn: int
    at: int
    kind: str
    body: Mapping[str, Any]


Line = tuple[str, Mapping[str, Any]]
"""(kind, body) of a line that is to be written."""


class Append(Protocol):
    def __call__(
        self, kind: str, body: Mapping[str, Any], also: Callable[[Connection], None] | None = None
    ) -> None: ...


class Join(Protocol):
    def __call__(self, channel: str, ts: str, connection: Connection | None = None) -> None: ...


@dataclass
class Turn:
    """One turn: the trigger, the log so far, and the world. ``append`` writes the log; the log is the checkpoint.

    What ``append`` is given as ``also`` is written in the same transaction as the line: both are there, or neither.
    """

    database: Engine
    systems: Systems
    workspace: str
    session: str
    number: int
    trigger: Mapping[str, Any]
    log: list[Event]
    attempt: int
    append: Append = field(repr=False)
    append_all: Callable[[Sequence[Line]], None] = field(repr=False)
    """Several lines in one transaction, in this order."""
    at_end: Callable[[Sequence[Line]], None] = field(repr=False)
    """Several lines in the transaction that ends the turn, for what is only true with its end. ``Wait`` drops them."""
    read_log: Callable[[str], list[Event]] = field(repr=False)
    """The log of another session of the workspace."""
    stopped: Callable[[], bool] = field(repr=False)
    """Whether a person has stopped this turn. Cheap enough to ask between two pieces of an answer."""
    ask: Callable[[str, str, str, int], str | None] = field(repr=False)
    """``ask(agent, question, call, depth)`` puts a question to another agent; answers the session it is worked on in,
    or None when the turn was stopped before: then nobody is asked.

    A call is asked once however often this is said, and is noted as ``asked {call, session}``. When that session's turn
    ends, the log has ``returned {call, session, outcome, note}``, and this turn goes on if it waits.
    """
    join: Join = field(repr=False)
    """``join(channel, ts)``: replies in this thread of Slack continue this session. In ``connection``'s transaction, or
    in one of its own."""
    title_of: Callable[[], str | None] = field(repr=False)
    """The session's title as it is now."""
    name: Callable[[str], None] = field(repr=False)
    """Give the session a title."""

    def logged(self, kind: str) -> Mapping[str, Any] | None:
        """The latest body this very turn logged under ``kind``: what an earlier attempt got done."""
        for event in reversed(self.log):
            if event.turn == self.number:
                if event.kind == kind:
                    found: Mapping[str, Any] = event.body
                    return found
                if event.kind == "started":
                    break  # its first line; the log before it may be long
        return None


@dataclass(frozen=True)
class Done:
    """The turn did its job; ``note`` says what, in a few words."""

    note: str


@dataclass(frozen=True)
class Wait:
    """The turn must go on at ``until`` (ms), for ``reason``."""

    until: int
    reason: str


@dataclass(frozen=True)
class Failed:
    """The turn can't be done; ``reason`` is for the operator and says what to do."""

    reason: str


Outcome = Done | Wait | Failed
