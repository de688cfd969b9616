"""What came from Slack is stored before Slack is told: one writer, many messages in one commit.

Slack delivers again what was not acknowledged, and never again what was; so the transaction comes first. A thread of
its own writes, because SQLite lets one write at a time and makes the others sleep, and because a commit waits for the
disk. Whatever has come in while it wrote goes into the next commit together: at a hundred events a second a disk's
flush is shared instead of waited for a hundred times.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine

log = structlog.get_logger("bot.intake")

Result = TypeVar("Result")
TOGETHER = 32
"""Pieces of work in one commit at most: the last of them waits for all before it."""


class _Work(NamedTuple):
    act: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


class Intake:
    """Runs work on the database, one piece after the other, in the order in which it was handed in."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="intake", daemon=True)
        self._thread.start()

    async def store(self, act: Callable[[Connection], Result]) -> Result:
        """What ``act`` answers, once it is committed. Raises what it raised; nothing of it is stored then."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        self._waiting.put(_Work(act, answer))
        return await answer

    def close(self) -> None:
        """Write what was handed in, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        while True:
            batch, over = self._batch()
            if batch:
                self._together(batch)
            if over:
                return

    def _batch(self) -> tuple[list[_Work], bool]:
        batch: list[_Work] = []
        item = self._waiting.get()
        while item is not None:
            batch.append(item)
            if len(batch) >= TOGETHER or self._waiting.empty():
                return batch, False
            item = self._waiting.get()
        return batch, True

    def _together(self, batch: list[_Work]) -> None:
        """All of them in one transaction; when one fails, each in its own, so that it fails alone."""
        try:
            with self._database.begin() as connection:
                done = [work.act(connection) for work in batch]
        except Exception as failed:  # noqa: BLE001 - whoever handed it in gets it
            if len(batch) == 1:
                self._answer([(batch[0], None, failed)])
                return
            log.warning("intake.apart", works=len(batch), error=str(failed))
            for work in batch:
                self._together([work])
            return
        self._answer([(work, result, None) for work, result in zip(batch, done, strict=True)])

    def _answer(self, answers: list[tuple[_Work, Any, Exception | None]]) -> None:
        def tell() -> None:
            for work, result, failed in answers:
                if work.answer.done():  # whoever asked has gone
                    continue
                if failed is not None:
                    work.answer.set_exception(failed)
                else:
                    work.answer.set_result(result)

        loop = answers[0][0].answer.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell)
