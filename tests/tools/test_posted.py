"""Which lists are found: a person's own, and those that name an account, without reading everybody's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, select

from store import schema
from store.engine import open_database
from tools import ledger, posted
from tools.posted import OnScreen

TODAY = 1_790_000_000_000
WORKSPACE = "T1"


def shown(person: str, made_at: int, *accounts: str) -> OnScreen:
    return OnScreen(f"{person}:{made_at}", person, f"D{person}", "1.0", made_at, dict.fromkeys(accounts))


LISTS = (
    shown("U1", TODAY, "7", "8"),
    shown("U2", TODAY, "8", "o'9\"%"),
    shown("U3", TODAY),
    shown("U1", TODAY - 1, "9"),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def found(connection: Connection, person: str | None = None, *, accounts: list[str] | None = None) -> set[str]:
    return {one.session for one in posted.since(connection, WORKSPACE, TODAY, person=person, accounts=accounts)}


def check(database: Engine) -> None:
    first, second, third = (f"U{n}:{TODAY}" for n in (1, 2, 3))
    with database.connect() as connection:
        assert found(connection) == {first, second, third}
        assert found(connection, "U1") == {first}
        assert found(connection, accounts=["8"]) == {first, second}
        assert found(connection, accounts=["o'9\"%", "7"]) == {first, second}
        assert found(connection, "U2", accounts=["7", "8"]) == {second}
        assert found(connection, accounts=["9"]) == set(), "that list is of an earlier day"
        assert found(connection, accounts=[]) == set()
        assert posted.since(connection, "T2", TODAY, accounts=["8"]) == []


def test_lists_are_found_by_person_and_by_account(database: Engine) -> None:
    for one in (*LISTS, *LISTS):
        with database.begin() as connection:
            posted.note(connection, WORKSPACE, one)
    check(database)


def test_lists_that_were_posted_before_the_update_are_found_too(database: Engine) -> None:
    with database.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        for one in LISTS:
            connection.execute(
                posted.posted_lists.insert().values(workspace=WORKSPACE, **one._asdict()),
            )
        connection.commit()
    schema.upgrade(database)
    check(database)


def test_the_oldest_lists_are_forgotten_with_the_accounts_they_named(database: Engine) -> None:
    older = shown("U4", TODAY - 2, "5", "6")
    for one in (*LISTS, older):
        with database.begin() as connection:
            posted.note(connection, WORKSPACE, one)
    left = []
    for workspace in ("T2", WORKSPACE, WORKSPACE, WORKSPACE):
        with database.begin() as connection:
            posted.forget(connection, workspace, TODAY, 1)
            left.append({one.session for one in posted.since(connection, WORKSPACE, 0)})
    everything = {one.session for one in LISTS}
    kept = {one.session for one in LISTS if one.made_at == TODAY}
    assert left == [everything | {older.session}, everything, kept, kept]
    with database.connect() as connection:
        named = connection.execute(select(posted.posted_accounts.c.session, posted.posted_accounts.c.account)).all()
    assert {tuple(row) for row in named} == {(o.session, a) for o in LISTS if o.made_at == TODAY for a in o.touched}
    check(database)


def test_nobody_elses_rows_are_read_for_it(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    asked: list[tuple[str, object]] = []

    @event.listens_for(database, "before_cursor_execute")
    def keep(_c: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        asked.append((statement, values))

    with database.connect() as connection:
        posted.since(connection, WORKSPACE, TODAY, person="U1")
        posted.since(connection, WORKSPACE, TODAY, accounts=["8"])
        ledger.reserved(connection, WORKSPACE, "s", "U1", TODAY)
        plans = [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))  # type: ignore[arg-type]
            for statement, values in list(asked)
        ]
    database.dispose()
    assert "ix_posted_lists_person" in plans[0]
    assert "ix_posted_accounts_account" in plans[1]
    assert "ix_ledger_at" in plans[2]
    assert not any("SCAN ledger" in plan or "SCAN posted" in plan for plan in plans)
