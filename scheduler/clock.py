"""The clock: wakes every second, submits what is due, wakes what has waited long enough. Run as many as you like."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine

from rules.facts import DAY
from scheduler import cards, sync_records, watch_accounts
from scheduler.schedule import all_schedules
from sessions import inbox, schedules
from sessions.engine import Queue
from store.engine import reading
from systems.connect import Systems
from tools import notices, posted

log = structlog.get_logger("clock")

ARRANGE_EVERY_MS = 60_000
RESCUE_EVERY_MS = 15_000
FORGET_EVERY_MS = 3_600_000
KEPT_MS = 7 * 24 * 3_600_000
"""The executor's own notes on ended turns are kept a week; the sessions' logs and the inbox stay."""
AT_ONCE = 100
"""Due rows taken in one transaction: short enough that a press never waits behind a thousand of them."""
FORGET_ROUNDS = 20
"""Transactions an hour in which old lists, and old alerts, are forgotten: more than a thousand reps get in a day."""


class Ticker:
    """One clock's work; ``tick`` is all of it, so that tests can call it without a thread."""

    def __init__(self, database: Engine, systems: Systems, queue: Queue, workspace: str) -> None:
        self._database, self._systems, self._queue, self._workspace = database, systems, queue, workspace
        self._arranged_at: int | None = None
        self._rescued_at: int | None = None
        self._forgot_at: int | None = None

    def tick(self) -> int:
        """Submit everything due, wake waiting turns; answers how many turns it put in line."""
        now = self._systems.clock.now()
        if self._arranged_at is None or not 0 <= now - self._arranged_at < ARRANGE_EVERY_MS:
            self.arrange(now)
        put = 0
        while True:
            with self._database.begin() as connection:
                due = schedules.take_due(connection, self._workspace, now, AT_ONCE)
                for one in due:
                    schedule = all_schedules().get(one.name.partition(":")[0])
                    if schedule is None:
                        log.warning("schedule.unknown", name=one.name)
                        continue
                    receipt = inbox.submit(
                        connection, self._queue, self._workspace, schedule.trigger(self._workspace, one), now
                    )
                    put += receipt.fresh
            if len(due) < AT_ONCE:
                break
        with self._database.begin() as connection:
            put += inbox.wake(connection, self._queue, now)
            first = schedules.soonest(connection, self._workspace, "morning_list", now + sync_records.BEFORE_LISTS_MS)
            if first is not None:
                schedules.pull_forward(
                    connection, self._workspace, "sync_records", first - sync_records.BEFORE_LISTS_MS
                )
        put += self._end_cards(now) + self._tell_managers(now)
        if self._forgot_at is None or not 0 <= now - self._forgot_at < FORGET_EVERY_MS:
            self._forgot_at = now
            self._queue.forget(KEPT_MS)
            self._forget(posted.forget, now - self._systems.settings.daybook_lists_kept_days * DAY)
            self._forget(notices.forget, now - self._systems.settings.daybook_escalations_kept_days * DAY)
        if self._rescued_at is None or not 0 <= now - self._rescued_at < RESCUE_EVERY_MS:
            self._rescued_at = now
            with self._database.begin() as connection:
                put += inbox.rescue(connection, self._queue)
        return put

    def _forget(self, forget: Callable[[Connection, str, int, int], int], before: int) -> None:
        for _ in range(FORGET_ROUNDS):
            with self._database.begin() as connection:
                if forget(connection, self._workspace, before, AT_ONCE) < AT_ONCE:
                    return

    def _end_cards(self, now: int) -> int:
        """Each in a transaction of its own: a turn locks its session's row, and what was locked before it (a turn that
        was woken, another session) could make two wait for each other.
        """
        with reading(self._database).connect() as connection:
            due = cards.to_end(connection, self._workspace, now)
        put = 0
        for trigger in due:
            with self._database.begin() as connection:
                put += inbox.submit(connection, self._queue, self._workspace, trigger, now).fresh
        return put

    def _tell_managers(self, now: int) -> int:
        """Each message that the watch has composed gets a turn, in one transaction with its being handed over."""
        with reading(self._database).connect() as connection:
            waiting = notices.unsent(connection, self._workspace)
        put = 0
        for notice in waiting:
            with self._database.begin() as connection:
                if notices.handed_over(connection, notice.id):
                    trigger = watch_accounts.telling(notice.id, notice.person, notice.made_at)
                    put += inbox.submit(connection, self._queue, self._workspace, trigger, now).fresh
        return put

    def arrange(self, now: int) -> None:
        """Follow the people: new reps get a schedule, those who left lose it, a moved zone moves the time."""
        with self._database.begin() as connection:
            for name, schedule in all_schedules().items():
                wanted = schedule.wanted(connection, self._systems.settings)
                for person, why in schedules.arrange(connection, self._workspace, name, wanted, now):
                    # One unusable wish must not cost the others their list.
                    log.error("schedule.unusable", name=name, person=person, why=why)
        self._arranged_at = now


class Clock:
    """Ticks every second on APScheduler's own thread until ``close``."""

    def __init__(self, ticker: Ticker, seconds: float = 1.0) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(timezone="UTC")
        # A late wake-up is no reason to skip one (the default grace is a single second), and two never overlap.
        self._scheduler.add_job(
            self._safely,
            "interval",
            args=[ticker],
            seconds=seconds,
            misfire_grace_time=None,
            max_instances=1,
            coalesce=True,
        )
        self._scheduler.start()

    @staticmethod
    def _safely(ticker: Ticker) -> None:
        try:
            ticker.tick()
        except Exception:
            log.exception("clock.tick_broke")

    def close(self) -> None:
        self._scheduler.shutdown(wait=True)
