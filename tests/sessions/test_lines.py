"""What is taken out of a line: the same turns that DBOS itself would take, and each is handed on as DBOS reads it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from sessions.engine import APP, TALK, VERSION, WORKFLOW, Queue, own_pool
from sessions.lines import Claims
from store.engine import is_sqlite, open_database


class House:
    """A database, DBOS's own view of it, and our claims."""

    def __init__(self, url: str) -> None:
        self.database = open_database(url)
        self.queue = Queue(self.database)
        self.pool = own_pool(self.database)
        self.claims = Claims(self.pool, app=APP, version=VERSION, executor="me")
        self.dbos: Any = self.queue._client._sys_db
        self.table = "workflow_status" if is_sqlite(self.database) else "dbos.workflow_status"

    def put(self, name: str, session: str, row: int = 1, queue: str = TALK) -> None:
        with self.database.begin() as connection:
            self.queue.put(connection, name, queue, session, row)

    def change(self, values: str, name: str = "%") -> None:
        with self.database.begin() as connection:
            connection.execute(text(f"UPDATE {self.table} SET {values} WHERE workflow_uuid LIKE :name"), {"name": name})

    def take(self, most: int = 100, owner: str = "this look") -> list[str]:
        return [turn["workflow_uuid"] for turn in self.claims.take(TALK, most, owner)]

    def dbos_takes(self, most: int = 100) -> list[str]:
        """What DBOS's own claim of the same line takes, and then gives back."""
        from dbos import DBOS  # noqa: F401 - its package has to be whole before its parts are asked for
        from dbos._queue import _INTERNAL_QUEUE_CONSTRUCTION
        from dbos._queue import Queue as Theirs

        theirs = Theirs(TALK, partition_concurrency=1, token=_INTERNAL_QUEUE_CONSTRUCTION)
        taken: list[str] = self.dbos.start_queued_partitioned_workflows(
            theirs, "them", VERSION, most, owner_xid="them", is_latest_version=False
        )
        for name in taken:
            self.change("status = 'ENQUEUED', owner_xid = NULL, executor_id = NULL", name)
        return taken

    def close(self) -> None:
        self.pool.dispose()
        self.queue.close()
        self.database.dispose()


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.close()


def test_each_session_sends_its_oldest_turn_unless_one_of_its_is_running(house: House) -> None:
    for session in ("a", "b", "c"):
        for turn in (1, 2, 3):
            house.put(f"t:{session}:{turn}", session)
    house.change("status = 'PENDING', executor_id = 'another'", "t:b:1")
    house.change("status = 'SUCCESS'", "t:c:1")
    assert sorted(house.dbos_takes()) == ["t:a:1", "t:c:2"]
    assert sorted(house.take()) == ["t:a:1", "t:c:2"]
    assert house.take() == [], "one of each session at a time"
    house.change("status = 'SUCCESS'", "t:a:1")
    assert house.take() == ["t:a:2"]


def test_no_more_are_taken_than_there_are_hands_for(house: House) -> None:
    for session in "abcdef":
        house.put(f"t:{session}", session)
    first = house.take(most=4)
    assert len(first) == 4
    assert sorted(first + house.take(most=4)) == [f"t:{session}" for session in "abcdef"]


@pytest.mark.parametrize(
    "strange",
    [
        "application_version = '2'",
        "application_version = NULL",
        "queue_name = 'sessions'",
        "application_name = 'somebody else'",
        "status = 'CANCELLED'",
        "status = 'DELAYED'",
        "status = 'SUCCESS'",
    ],
)
def test_what_is_not_for_this_worker_stays_and_its_session_goes_on_as_dbos_has_it(house: House, strange: str) -> None:
    house.put("t:a:1", "a")
    house.put("t:a:2", "a")
    house.put("t:b:1", "b")
    house.change(strange, "t:a:1")
    expected = house.dbos_takes()
    assert sorted(expected) == ["t:a:2", "t:b:1"]
    assert sorted(house.take()) == sorted(expected)


def test_older_rows_go_first_whatever_their_names(house: House) -> None:
    house.put("t:a:9", "a")
    house.put("t:a:1", "a")
    house.change("created_at = 1000", "t:a:9")
    assert house.dbos_takes() == ["t:a:9"]
    assert house.take() == ["t:a:9"]


def test_what_is_handed_on_is_what_dbos_reads_of_the_row(house: House) -> None:
    house.put("t:a:1", "a", row=4711)
    (ours,) = house.claims.take(TALK, 1, "this look")
    (theirs,) = house.dbos.get_workflow_statuses(["t:a:1"])
    assert ours == theirs
    assert (ours["name"], ours["status"], ours["executor_id"]) == (WORKFLOW, "PENDING", "me")
    assert (ours["recovery_attempts"], ours["queue_partition_key"]) == (1, "a")
    assert "4711" in ours["inputs"]


def test_the_function_of_dbos_that_runs_what_was_taken_is_the_one_we_know() -> None:
    """Not part of DBOS's public face. If this fails, read it anew, and mend ``Worker`` and ``Line``."""
    from dbos._core import execute_dequeued_workflow

    assert list(inspect.signature(execute_dequeued_workflow).parameters) == ["dbos", "status", "owner_xid"]
