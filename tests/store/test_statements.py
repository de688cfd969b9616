"""A statement that goes straight to the driver does what SQLAlchemy would have done with it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, bindparam, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from sessions.store import events, sessions
from store.engine import open_database, reading
from store.statements import Statement

ROW = {
    "id": "s", "workspace": "T1", "agent": "assistant", "person": None, "opened_at": 1, "touched_at": 2, "turns": 3,
    "paused": True,
}  # fmt: skip
LINE = {"workspace": "T1", "session": "s", "turn": 1, "at": 1_795_392_000_000, "kind": "said", "body": {"ä": [1, None]}}
ADD = Statement(insert(sessions))
COUNT = Statement(select(func.count()).select_from(sessions))


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    database = open_database(database_url)
    yield database
    database.dispose()


def test_values_come_back_as_they_went_in(database: Engine) -> None:
    add, read = Statement(insert(events)), Statement(select(events).where(events.c.session == bindparam("of")))
    with database.begin() as connection:
        ADD.all(connection, ROW)
        add.all(connection, LINE)
        add.all(connection, {**LINE, "kind": "heard"})
    with reading(database).connect() as connection:
        known = Statement(select(sessions).where(sessions.c.id == bindparam("id"))).named(connection, {"id": "s"})
        assert known == {**ROW, "title": None, "forked_from": None, "forked_turn": None}
        lines = read.all(connection, {"of": "s"})
        assert [line[1:] for line in lines] == [tuple(LINE.values()), tuple({**LINE, "kind": "heard"}.values())]
        assert lines == connection.execute(select(events)).all()
        assert read.first(connection, {"of": "nobody"}) is None
        assert read.scalar(connection, {"of": "nobody"}) is None


def test_what_the_statement_itself_holds_and_what_is_given_meet(database: Engine) -> None:
    change = Statement(
        update(sessions)
        .where(sessions.c.id == bindparam("of"), sessions.c.turns.in_((3, 4)), sessions.c.paused)
        .values(turns=sessions.c.turns + 1)
        .returning(sessions.c.turns, sessions.c.paused)
    )
    with database.begin() as connection:
        ADD.all(connection, ROW)
        assert change.one(connection, {"of": "s"}) == (4, True)
        assert change.one(connection, {"of": "s", "title": "Northwind"}) == (5, True)
        assert change.all(connection, {"of": "s"}) == [], "five is none of them"
        assert connection.scalar(select(sessions.c.title)) == "Northwind"


def test_it_is_part_of_its_transaction(database: Engine) -> None:
    with database.connect() as connection:
        ADD.all(connection, ROW)  # begins one, as SQLAlchemy does
        assert connection.in_transaction()
        connection.rollback()
        ADD.all(connection, ROW)
        connection.commit()
        ADD.all(connection, {**ROW, "id": "left alone"})
    with database.connect() as connection:
        assert COUNT.scalar(connection, {}) == 1


def test_its_errors_are_sqlalchemys_and_say_nothing_of_the_values(database: Engine) -> None:
    with database.begin() as connection:
        ADD.all(connection, ROW)
    with pytest.raises(IntegrityError) as raised, database.begin() as connection:
        ADD.all(connection, {**ROW, "agent": "what nobody may read in a log"})
    assert "what nobody may read" not in str(raised.value)
    with database.begin() as connection:
        assert COUNT.scalar(connection, {}) == 1


def test_a_default_that_python_would_have_to_make_is_asked_for(database: Engine) -> None:
    with pytest.raises(TypeError, match="paused"), database.begin() as connection:
        ADD.all(connection, {name: value for name, value in ROW.items() if name != "paused"})


def test_plain_words_of_sql_will_do(database: Engine) -> None:
    with database.begin() as connection:
        ADD.all(connection, ROW)
        given = {"at": 9, "of": "s"}
        changed = Statement(text("UPDATE sessions SET touched_at = :at WHERE id = :of RETURNING touched_at"))
        assert changed.scalar(connection, given) == 9
