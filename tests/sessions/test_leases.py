"""Which workers count as alive, and how long the dead are remembered."""

from __future__ import annotations

import threading
import time

from sqlalchemy import insert, select

from sessions.leases import FORGOTTEN_MS, Lease
from sessions.store import worker_leases
from store.engine import open_database


def test_the_dead_are_taken_over_while_they_may_still_claim_something_and_then_forgotten(database_url: str) -> None:
    database = open_database(database_url)
    now = time.time_ns() // 1_000_000
    past = {"silent": 60_000, "dead": FORGOTTEN_MS - 60_000, "long dead": FORGOTTEN_MS + 60_000, "busy": 0}
    with database.begin() as connection:
        for name, ago in past.items():
            alive = name in ("silent", "busy")
            connection.execute(insert(worker_leases).values(executor=name, beat_wall=now - ago, alive=alive))
    taken: list[set[str]] = []
    twice = threading.Event()

    def take_over(dead: list[str]) -> None:
        taken.append(set(dead))
        if len(taken) == 2:
            twice.set()

    lease = Lease(database, "me", 30_000, take_over)
    lease.keep(every_seconds=0.05)
    assert twice.wait(20)
    lease.give_up()
    assert taken[:2] == [{"silent", "dead"}] * 2, "again and again: one may have claimed something late"
    with database.connect() as connection:
        held = dict(connection.execute(select(worker_leases.c.executor, worker_leases.c.alive)).all())
    assert held == {"silent": False, "dead": False, "busy": True, "me": False}
    database.dispose()
