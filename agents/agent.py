"""What an agent is given for one turn, and the three ways a turn can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from systems.connect import Systems


@dataclass(frozen=True)
class Event:
    """One line of a session's log."""

    turn: int
    at: int
    kind: str
    body: Mapping[str, Any]


@dataclass
class Turn:
    """One turn: the trigger, the log so far, and the world. ``append`` writes the log; the log is the checkpoint."""

    database: Engine
    systems: Systems
    workspace: str
    session: str
    number: int
    trigger: Mapping[str, Any]
    log: list[Event]
    attempt: int
    append: Callable[[str, Mapping[str, Any]], None] = field(repr=False)
    read_log: Callable[[str], list[Event]] = field(repr=False)
    """The log of another session of the workspace."""

    def logged(self, kind: str) -> Mapping[str, Any] | None:
        """The latest body this very turn logged under ``kind``: what an earlier attempt got done."""
        for event in reversed(self.log):
            if event.turn == self.number and event.kind == kind:
                return event.body
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
