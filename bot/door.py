"""What the bot needs to put a trigger through the door and to answer what only reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from sessions import inbox
from sessions.engine import Queue
from sessions.inbox import Receipt
from sessions.session import AnyTrigger
from systems.connect import Systems


@dataclass(frozen=True)
class Door:
    """One deployment's database, queue and systems, as the listeners see them."""

    database: Engine
    queue: Queue
    systems: Systems
    workspace: str

    def submit(self, trigger: AnyTrigger) -> Receipt:
        """Store the trigger durably; it runs even if this process dies on the next line."""
        started = time.perf_counter()
        with self.database.begin() as connection:
            receipt = inbox.submit(connection, self.queue, self.workspace, trigger, self.systems.clock.now())
        structlog.get_logger("door").info(
            "trigger.stored",
            session=receipt.session,
            turn=receipt.turn,
            fresh=receipt.fresh,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return receipt

    def submit_all(self, triggers: Sequence[AnyTrigger]) -> list[Receipt]:
        """Store them in one transaction: all, or none when that fails."""
        now = self.systems.clock.now()
        with self.database.begin() as connection:
            # Always in the same order, so that two batches that share sessions can't wait for each other.
            in_order = sorted(triggers, key=lambda trigger: trigger.session)
            return [inbox.submit(connection, self.queue, self.workspace, one, now) for one in in_order]
