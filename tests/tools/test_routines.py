"""What was confirmed of a routine stays as it is: in the database, in its digest, and in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import DBAPIError

from store.engine import open_database
from systems import settings
from systems.settings import Settings
from tests.deployments import LEDGER_KEY
from tools import ledger, routines
from tools.routines import Routine

MADE = Routine(
    workspace="T1", id="r1", person="U1", agent="assistant", words="What moved?", at="16:30", days="mon",
    tools=("log_note",), records=2, made_by="U1", made_at=1_000, policy="v1",
)  # fmt: skip


@pytest.fixture
def house(database_url: str) -> Settings:
    return settings.load({"DATABASE_URL": database_url, "DAYBOOK_LEDGER_KEY": LEDGER_KEY})


@pytest.fixture
def database(database_url: str, house: Settings) -> Iterator[Engine]:
    opened = open_database(database_url)
    with opened.begin() as connection:
        assert routines.keep(connection, house, MADE)
    yield opened
    opened.dispose()


def found(database: Engine) -> Routine:
    with database.connect() as connection:
        routine = routines.get(connection, "T1", "r1")
    assert routine is not None
    return routine


def test_it_is_kept_once_with_its_grant_in_the_ledger(database: Engine, house: Settings) -> None:
    with database.begin() as connection:
        assert not routines.keep(connection, house, replace(MADE, records=5))
        (row,) = ledger.export(connection, "T1")
        assert ledger.verify(connection, LEDGER_KEY.encode(), "T1") == 1
    assert found(database).is_itself
    assert found(database).records == 2
    assert (row["person"], row["rule"], row["facts"]["tools"], row["facts"]["records"]) == (
        "U1", "routine.made", ["log_note"], 2,
    )  # fmt: skip
    assert row["facts"]["digest"] == found(database).digest


@pytest.mark.parametrize("change", [{"records": 5}, {"tools": ["log_note", "create_task"]}, {"person": "U2"}])
def test_nothing_of_it_can_be_changed(database: Engine, change: dict[str, object]) -> None:
    with database.begin() as connection, pytest.raises(DBAPIError, match="a routine never changes"):
        connection.execute(update(routines.routines).values(change))


def test_it_cannot_be_deleted(database: Engine) -> None:
    with database.begin() as connection, pytest.raises(DBAPIError, match="a routine never changes"):
        connection.execute(delete(routines.routines))


def test_whoever_gets_round_that_gets_no_grant(database: Engine) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("one way round the database's own refusal is enough")
    with database.begin() as connection:
        connection.execute(text("DROP TRIGGER routines_no_update"))
        connection.execute(update(routines.routines).values(records=500))
        assert not routines.holds(connection, "T1", "r1")


def test_it_ends_once_and_its_grant_with_it(database: Engine, house: Settings) -> None:
    with database.begin() as connection:
        assert routines.holds(connection, "T1", "r1")
        assert routines.end(connection, house, MADE, 2_000, "U9", "routine.deleted", "Deleted.")
        assert not routines.end(connection, house, MADE, 3_000, "U1", "routine.deleted", "Deleted.")
        assert not routines.holds(connection, "T1", "r1")
        assert routines.count(connection, "T1", "U1") == 0
        assert [row["rule"] for row in ledger.export(connection, "T1")] == ["routine.made", "routine.deleted"]
    assert found(database).ended_at == 2_000
