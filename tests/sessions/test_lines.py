"""What is taken out of a line, and how it leaves it: as if DBOS itself had taken it, run it and noted its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from sessions import lines
from sessions.engine import TALK, Queue
from sessions.lines import VERSION, WORKFLOW, Claims, Place
from sessions.pool import own_pool
from store.engine import is_sqlite, open_database


class House:
    """A database, DBOS's own view of it, and our claims."""

    def __init__(self, url: str) -> None:
        self.database = open_database(url)
        self.queue = Queue(self.database)
        self.pool = own_pool(self.database)
        self.claims = Claims(self.pool, "me")
        self.dbos: Any = self.queue._client._sys_db
        self.table = "workflow_status" if is_sqlite(self.database) else "dbos.workflow_status"

    def put(self, name: str, session: str, row: int = 1, queue: str = TALK) -> None:
        with self.database.begin() as connection:
            self.queue.put(connection, name, queue, session, row)

    def change(self, values: str, name: str = "%") -> None:
        with self.database.begin() as connection:
            connection.execute(text(f"UPDATE {self.table} SET {values} WHERE workflow_uuid LIKE :name"), {"name": name})

    def take(self, most: int = 100) -> list[str]:
        return [place.id for place in self.claims.take(TALK, most)]

    def dbos_puts(self, name: str, session: str, row: int) -> None:
        """As anybody puts a workflow in line who knows nothing but DBOS."""
        with self.database.begin() as connection:
            self.queue._client.enqueue_in_transaction(
                connection,
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": TALK,
                    "workflow_id": name,
                    "queue_partition_key": session,
                    "app_version": VERSION,
                },
                row,
                TALK,
            )

    def end(self, place: Place) -> None:
        with self.database.begin() as connection:
            lines.end(connection, place)

    def row(self, name: str) -> dict[str, Any]:
        with self.database.connect() as connection:
            found = connection.execute(
                text(f"SELECT * FROM {self.table} WHERE workflow_uuid = :name"), {"name": name}
            )
            return dict(found.mappings().one())

    @staticmethod
    def their_queue() -> Any:
        from dbos._queue import _INTERNAL_QUEUE_CONSTRUCTION
        from dbos._queue import Queue as Theirs

        return Theirs(TALK, partition_concurrency=1, token=_INTERNAL_QUEUE_CONSTRUCTION)

    def dbos_takes(self) -> list[str]:
        """What DBOS's own claim of the same line takes, and then gives back."""
        taken: list[str] = self.dbos.start_queued_partitioned_workflows(
            self.their_queue(), "them", VERSION, 100, owner_xid="them", is_latest_version=False
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


OUR_OWN = {
    "workflow_uuid", "queue_partition_key", "created_at", "updated_at", "started_at_epoch_ms", "completed_at",
    "creator_xid", "inputs", "attributes",
}  # fmt: skip
"""Columns in which two turns differ by themselves; and what DBOS keeps in another table, or as an empty value."""


def alike(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert {name: value for name, value in ours.items() if name not in OUR_OWN} == {
        name: value for name, value in theirs.items() if name not in OUR_OWN
    }
    for name in ("updated_at", "started_at_epoch_ms", "completed_at"):
        assert (ours[name] is None) == (theirs[name] is None), name


def test_a_turn_that_was_taken_and_has_ended_looks_as_if_dbos_had_run_it(house: House) -> None:
    house.put("t:a:1", "a", row=4711)
    house.put("t:b:1", "b", row=4712)
    house.change("queue_name = 'aside'", "t:b:1")
    (place,) = house.claims.take(TALK, 100)
    assert (place.id, place.row) == ("t:a:1", 4711)
    house.change(f"queue_name = '{TALK}'", "t:b:1")
    house.dbos.start_queued_partitioned_workflows(
        house.their_queue(), "me", VERSION, 100, owner_xid=place.owner, is_latest_version=False
    )
    alike(house.row("t:a:1"), house.row("t:b:1"))
    house.end(place)
    assert house.dbos.update_workflow_outcome("t:b:1", "SUCCESS", owner_xid=place.owner)
    alike(house.row("t:a:1"), house.row("t:b:1"))
    assert house.row("t:a:1")["status"] == "SUCCESS"


def test_what_is_put_in_line_is_to_dbos_as_if_it_had_put_it_there(house: House) -> None:
    house.put("t:a:1", "a", row=4711)
    house.dbos_puts("t:b:1", "b", row=4711)
    alike(house.row("t:a:1"), house.row("t:b:1"))
    ours, theirs = house.dbos.get_workflow_statuses(["t:a:1", "t:b:1"])
    assert ours["inputs"] == theirs["inputs"]
    assert {name for name in ours if ours[name] != theirs[name]} <= {
        "workflow_uuid", "queue_partition_key", "created_at", "updated_at",
    }  # fmt: skip
    house.put("t:a:1", "a", row=99)
    assert sorted((place.id, place.row) for place in house.claims.take(TALK, 100)) == [("t:a:1", 4711), ("t:b:1", 4711)]


def test_whoever_was_taken_for_dead_cannot_end_what_another_has_taken_since(house: House) -> None:
    house.put("t:a:1", "a")
    (lost,) = house.claims.take(TALK, 1)
    assert house.dbos.reenqueue_for_recovery("t:a:1", ["me"], TALK)
    (place,) = house.claims.take(TALK, 1)
    house.end(lost)
    assert house.row("t:a:1")["status"] == "PENDING"
    house.end(place)
    assert house.row("t:a:1")["status"] == "SUCCESS"
