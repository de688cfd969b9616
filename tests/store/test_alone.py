"""One at a time at a name, among threads and, on Postgres, among processes; others don't wait."""

from __future__ import annotations

import threading

from sqlalchemy import text

from store import alone
from store.engine import open_database
from tests.databases import Databases


def test_two_at_one_name_wait_for_each_other_and_two_at_two_names_do_not(database_url: str) -> None:
    database, inside, most = open_database(database_url), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        for _ in range(20):
            with alone.at(database, "deals:1"):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with database.connect() as connection:
                    connection.execute(text("SELECT 1"))
                with lock:
                    inside[0] -= 1

    hands = [threading.Thread(target=work) for _ in range(4)]
    for hand in hands:
        hand.start()
    with alone.at(database, "deals:2"):
        for hand in hands:
            hand.join(30)
    assert most == [1]
    assert not any(hand.is_alive() for hand in hands)
    database.dispose()


def test_another_process_waits_on_postgres(databases: Databases) -> None:
    database = open_database(databases.new("postgres"))
    asks = text("SELECT pg_try_advisory_lock(:name)")
    with database.connect() as another:
        with alone.at(database, "deals:1"):
            assert not another.scalar(asks, {"name": alone.number_of("deals:1")})
            assert another.scalar(asks, {"name": alone.number_of("deals:2")})
        assert another.scalar(asks, {"name": alone.number_of("deals:1")})
    database.dispose()
