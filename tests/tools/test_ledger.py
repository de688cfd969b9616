"""The ledger: a chain that shows whatever was done to it, one chain whoever writes, counts held before the act."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from store.engine import open_database
from tests.killing import FORKS
from tests.tools.desk import Desk
from tools import ledger
from tools.ledger import Entry, LedgerError

WORKSPACE, KEY = "T1", b"a key that is not in the database"


def entry(call: str, records: int = 0, **facts: Any) -> Entry:
    return Entry(
        at=1_790_000_000_000, call=call, phase="judged", tool="log_note", effect="log", session="s", agent="assistant",
        person="U1", verdict="allow", rule="log.own", reason="Because — ünïcode \u2028", policy="2026-11-01",
        records=records, facts={"n": 2**53, "b": [1, None, True], "a": {"z": "x", "ä": ""}, **facts},
    )  # fmt: skip


@pytest.fixture
def books(database_url: str) -> Iterator[Engine]:
    database = open_database(database_url)
    for number in range(5):
        with database.begin() as connection:
            ledger.append(connection, KEY, WORKSPACE, entry(f"c{number}"))
    yield database
    database.dispose()


def verify(database: Engine, key: bytes = KEY) -> int:
    with database.connect() as connection:
        return ledger.verify(connection, key, WORKSPACE)


@contextmanager
def tampering(database: Engine) -> Iterator[Any]:
    """As somebody does who owns the database: the triggers are taken off first."""
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            for name in ("ledger_no_update", "ledger_no_delete"):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("DROP TRIGGER ledger_append_only ON ledger"))
        yield lambda statement: connection.execute(text(statement))


def test_what_was_written_verifies_on_both_databases(books: Engine) -> None:
    assert verify(books) == 5
    with books.connect() as connection:
        assert [row["seq"] for row in ledger.export(connection, WORKSPACE)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger SET verdict = 'refuse'", "DELETE FROM ledger", "DELETE FROM ledger WHERE seq = 5"]
)
def test_the_database_itself_refuses_to_change_it(books: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), books.begin() as connection:
        connection.execute(text(statement))
    assert verify(books) == 5


def test_postgres_refuses_to_empty_it_too(new_database: Callable[[str], str]) -> None:
    database = open_database(new_database("postgres"))
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.execute(text("TRUNCATE ledger"))
    database.dispose()


CHANGES = [
    ("UPDATE ledger SET verdict = 'refuse' WHERE seq = 3", "row 3 does not bear its seal"),
    ("UPDATE ledger SET person = 'U2' WHERE seq = 1", "row 1 does not bear its seal"),
    ("UPDATE ledger SET facts = '{}' WHERE seq = 4", "row 4 does not bear its seal"),
    ("UPDATE ledger SET at = at + 1 WHERE seq = 5", "row 5 does not bear its seal"),
    ("UPDATE ledger SET records = 9 WHERE seq = 2", "row 2 does not bear its seal"),
    ("UPDATE ledger SET seal = prev WHERE seq = 2", "row 2 does not bear its seal"),
    ("DELETE FROM ledger WHERE seq = 1", "row 1 is missing"),
    ("DELETE FROM ledger WHERE seq = 3", "row 3 is missing"),
    ("DELETE FROM ledger WHERE seq = 5", "the last row is missing"),
    ("DELETE FROM ledger WHERE seq > 2", "the last row is missing"),
    ("DELETE FROM ledger", "the last row is missing"),
    ("UPDATE ledger SET workspace = 'T2' WHERE seq = 3", "row 3 is missing"),
]


@pytest.mark.parametrize(("statement", "said"), CHANGES, ids=[change for change, _said in CHANGES])
def test_whatever_is_done_to_it_names_the_row(books: Engine, statement: str, said: str) -> None:
    with tampering(books) as change:
        change(statement)
    with pytest.raises(LedgerError, match=said):
        verify(books)


def test_swapped_rows_are_noticed(books: Engine) -> None:
    with tampering(books) as change:
        change("UPDATE ledger SET seq = 99 WHERE seq = 2")
        change("UPDATE ledger SET seq = 2 WHERE seq = 3")
        change("UPDATE ledger SET seq = 3 WHERE seq = 99")
    with pytest.raises(LedgerError, match="row 2 does not follow"):
        verify(books)


def test_a_row_put_in_without_the_key_is_noticed(books: Engine) -> None:
    with books.begin() as connection:
        ledger.append(connection, b"somebody else's key, long enough", WORKSPACE, entry("forged"))
    with pytest.raises(LedgerError, match="row 6 does not bear its seal"):
        verify(books)


def test_another_key_verifies_nothing(books: Engine) -> None:
    with pytest.raises(LedgerError, match="row 1 does not bear its seal"):
        verify(books, b"another key")


def _append(url: str, name: str, many: int) -> None:
    database = open_database(url)
    for number in range(many):
        with database.begin() as connection:
            ledger.append(connection, KEY, WORKSPACE, entry(f"{name}{number}"))


def test_two_processes_keep_one_chain(new_database: Callable[[str], str]) -> None:
    url = new_database("postgres")
    writers = [FORKS.Process(target=_append, args=(url, name, 60)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    database = open_database(url)
    assert verify(database) == 120
    database.dispose()


def test_a_transaction_that_fails_leaves_no_gap(books: Engine) -> None:
    with books.connect() as connection:
        ledger.append(connection, KEY, WORKSPACE, entry("lost"))
        connection.rollback()
    with books.begin() as connection:
        assert ledger.append(connection, KEY, WORKSPACE, entry("kept")) == 6
    assert verify(books) == 6


def test_caps_are_held_before_the_act_however_many_call_at_once(desk: Desk) -> None:
    for number in range(21):
        assert desk.call("log_note", account=desk.account(), text=f"n{number}").verdict == "allow"
    start, told = threading.Barrier(8), []

    def call(number: int) -> None:
        from tools import guard

        start.wait()
        arguments = {"account": desk.account(), "text": f"at once {number}", "quote": ""}
        told.append(guard.call(desk.context, "log_note", arguments, f"s1:2:{number}").verdict)

    desk.acting(said_at=desk.deployment.systems.clock.now())
    hands = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(told) == ["allow"] * 4 + ["refuse"] * 4
    assert desk.verified() == len(desk.books())


def test_the_first_calls_of_all_hold_their_caps_too(database_url: str) -> None:
    database = open_database(database_url)
    counted: list[int] = []
    start = threading.Barrier(6)

    def reserve(number: int) -> None:
        start.wait()
        with database.begin() as connection:
            ledger.lock(connection, WORKSPACE)
            counted.append(ledger.reserved(connection, WORKSPACE, "s", "U1", 0).person)
            ledger.append(connection, KEY, WORKSPACE, entry(f"c{number}", records=1))

    hands = [threading.Thread(target=reserve, args=(number,)) for number in range(6)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(counted) == [0, 1, 2, 3, 4, 5]
    assert verify(database) == 6
    database.dispose()
