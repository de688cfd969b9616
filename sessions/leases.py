"""Knows which workers live: each says so every few seconds, and the turns of one that has stopped are taken over."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

import sqlalchemy
from sqlalchemy import Engine, delete, insert, select, update

from sessions.store import worker_leases

FORGOTTEN_MS = 24 * 3_600_000
"""A worker that has been dead for a day can't claim anything late any more."""


class Lease:
    """One worker's own sign of life; ``take_over`` is called with the dead ones, again and again."""

    def __init__(
        self, database: Engine, executor: str, lease_ms: int, take_over: Callable[[list[str]], None]
    ) -> None:
        self._database, self._executor, self._lease_ms, self._take_over = database, executor, lease_ms, take_over
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._begin()

    def _begin(self) -> None:
        now = _wall()
        with self._database.begin() as connection:
            mine = connection.execute(
                update(worker_leases)
                .where(worker_leases.c.executor == self._executor)
                .values(beat_wall=now, alive=True)
            )
            if mine.rowcount == 0:
                connection.execute(insert(worker_leases).values(executor=self._executor, beat_wall=now, alive=True))

    def keep(self, every_seconds: float | None = None) -> None:
        """Renew it from now on, six times as often as it runs out, and look after the others."""
        every = self._lease_ms / 6000 if every_seconds is None else every_seconds
        self._keeper = threading.Thread(target=self._keep, args=(every,), name="lease", daemon=True)
        self._keeper.start()

    def _keep(self, every_seconds: float) -> None:
        log = logging.getLogger("daybook.lease")
        while not self._stopping.wait(every_seconds):
            try:
                dead = self._beat()
                if dead is None:
                    # Others took this process for dead and have taken over its turns: it must not go on.
                    log.critical("lease lost; leaving at once", extra={"executor": self._executor})
                    os._exit(70)
                if dead:
                    # Every pass takes all the dead: one may have claimed a turn late, just before it died.
                    self._take_over(dead)
            except sqlalchemy.exc.OperationalError:
                log.warning("the database did not answer; the lease is tried again", exc_info=True)

    def _beat(self) -> list[str] | None:
        """The dead, as of now; None when this worker is taken for one of them."""
        now = _wall()
        with self._database.begin() as connection:
            mine = connection.execute(
                update(worker_leases)
                .where(worker_leases.c.executor == self._executor, worker_leases.c.alive.is_(True))
                .values(beat_wall=now)
            )
            if mine.rowcount == 0:
                return None
            connection.execute(
                update(worker_leases)
                .where(worker_leases.c.beat_wall < now - self._lease_ms, worker_leases.c.alive.is_(True))
                .values(alive=False)
            )
            connection.execute(
                delete(worker_leases).where(
                    worker_leases.c.alive.is_(False), worker_leases.c.beat_wall < now - FORGOTTEN_MS
                )
            )
            return list(connection.scalars(select(worker_leases.c.executor).where(worker_leases.c.alive.is_(False))))

    def give_up(self) -> None:
        """This worker ends well: nobody need wait for it."""
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join(timeout=5)
        with self._database.begin() as connection:
            connection.execute(
                update(worker_leases).where(worker_leases.c.executor == self._executor).values(alive=False)
            )


def _wall() -> int:
    return time.time_ns() // 1_000_000
