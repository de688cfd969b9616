"""What the bot needs to put a trigger through the door and to answer what only reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from bot.intake import Intake
from sessions import inbox
from sessions.engine import Queue
from sessions.inbox import Receipt
from sessions.session import AnyTrigger
from systems.connect import Systems
from views.card import Card
from views.card_edit import Correction
from views.home import Did

log = structlog.get_logger("door")
Result = TypeVar("Result")


class Cards(Protocol):
    """What the bot asks about changes that wait for a yes, and about those that were made. It only reads."""

    def session_of(self, connection: Connection, subject: str) -> str | None:
        """The session that asked for an approval, or made a call; None when there is no such one."""
        ...

    def correction(self, connection: Connection, approval: str, person: str, seen: str | None) -> Correction | str:
        """The fields of the edit dialog, or why this person can't edit it (any more). ``seen`` stood on the card."""
        ...

    def wrong_values(
        self, connection: Connection, approval: str, person: str, values: Mapping[str, str]
    ) -> dict[str, str]:
        """Field -> what is wrong with the value this person typed into the edit dialog; empty when nothing is."""
        ...

    def pending(self, connection: Connection, person: str, now: int) -> Sequence[Card]:
        """What waits for this person's yes, the soonest to expire first."""
        ...

    def did(self, connection: Connection, person: str, now: int) -> Sequence[Did]:
        """What was done for this person lately, the newest first."""
        ...


class NoCards:
    """Nothing waits and nothing was done: for a deployment without an agent that writes."""

    def session_of(self, _connection: Connection, _subject: str) -> str | None:
        return None

    def correction(
        self, _connection: Connection, _approval: str, _person: str, _seen: str | None
    ) -> Correction | str:
        return "Daybook no longer knows this change. Nothing was changed."

    def wrong_values(
        self, _connection: Connection, _approval: str, _person: str, _values: Mapping[str, str]
    ) -> dict[str, str]:
        return {}

    def pending(self, _connection: Connection, _person: str, _now: int) -> Sequence[Card]:
        return ()

    def did(self, _connection: Connection, _person: str, _now: int) -> Sequence[Did]:
        return ()


@dataclass(frozen=True)
class Door:
    """One deployment's database, queue and systems, as the listeners see them.

    ``agents`` are those people may talk to, each with what it is for. ``tell_errands`` wakes whoever does errands.
    """

    database: Engine
    queue: Queue
    systems: Systems
    workspace: str
    intake: Intake
    agents: Mapping[str, str] = field(default_factory=dict)
    cards: Cards = field(default_factory=NoCards)
    tell_errands: Callable[[], None] = lambda: None

    @property
    def me(self) -> str:
        """Our own Slack id."""
        return self.systems.chat.identity().bot_user

    def submit(self, trigger: AnyTrigger) -> Receipt:
        """Store the trigger durably; it runs even if this process dies on the next line."""
        with self.database.begin() as connection:
            return self.put(connection, trigger)

    def put(self, connection: Connection, trigger: AnyTrigger) -> Receipt:
        """The same in a transaction of the caller's."""
        return inbox.submit(connection, self.queue, self.workspace, trigger, self.systems.clock.now())

    async def store(self, act: Callable[[Connection], Result]) -> Result:
        """What ``act`` answers, once what it wrote is on the disk: only then may Slack be told that it arrived."""
        started = time.perf_counter()
        answer = await self.intake.store(act)
        log.info("stored", ms=round((time.perf_counter() - started) * 1000, 1))
        return answer

    def submit_all(self, triggers: Sequence[AnyTrigger]) -> list[Receipt]:
        """Store them in one transaction: all, or none when that fails."""
        with self.database.begin() as connection:
            # Always in the same order, so that two batches that share sessions can't wait for each other.
            in_order = sorted(triggers, key=lambda trigger: trigger.session)
            return [self.put(connection, one) for one in in_order]
