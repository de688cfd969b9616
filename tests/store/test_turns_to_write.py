"""On SQLite the threads of a process write one after the other; whoever ends lets the next one go, however it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from store import sqlite_file
from store.engine import open_database, reading


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    database = open_database(sqlite_url)
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE counted (n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))
    yield database
    database.dispose()


def add(database: Engine) -> None:
    with database.begin() as connection:
        n = connection.scalar(text("SELECT n FROM counted"))
        connection.execute(text("UPDATE counted SET n = :n"), {"n": n + 1})


def counted(database: Engine) -> int:
    with reading(database).connect() as connection:
        return int(connection.scalar(text("SELECT n FROM counted")) or 0)


def test_many_threads_lose_nothing_of_each_other(database: Engine) -> None:
    threads = [threading.Thread(target=lambda: [add(database) for _ in range(25)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counted(database) == 16 * 25


def test_who_reads_does_not_wait_for_who_writes(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE counted SET n = 7"))
        assert counted(database) == 0
    assert counted(database) == 7


@pytest.mark.parametrize("wrong", ["UPDATE counted SET n = NULL", "no SQL at all"])
def test_a_transaction_that_fails_lets_the_next_one_go(database: Engine, wrong: str) -> None:
    with pytest.raises(DBAPIError), database.begin() as connection:
        connection.execute(text(wrong))
    add(database)
    with database.connect() as connection:
        connection.execute(text("UPDATE counted SET n = 99"))  # left alone: given back without a commit
    add(database)
    with database.connect() as connection:
        connection.execute(text("UPDATE counted SET n = 100"))
        connection.invalidate()
    add(database)
    assert counted(database) == 3


def test_who_waits_too_long_is_told_that_the_database_is_locked(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENCE_SECONDS", 0.05)
    with database.begin(), pytest.raises(OperationalError, match="locked"), database.begin():
        pass
    add(database)
    assert counted(database) == 1
