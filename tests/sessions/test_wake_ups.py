"""What is put in line is begun at once, however seldom the worker asks by itself."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from sessions.bells import Bell
from sessions.engine import NEWS, PRESSES, SESSIONS, TALK, Queue, Worker
from store.engine import open_database, reading
from tests.deployments import until

SELDOM = 60.0
"""The worker's own looks are so far apart that nothing here can be explained by one."""
SOON = 5.0


class Ran:
    """The rows a worker has run, in order, and how to wait for one."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self._more = threading.Condition()
        self.gate: threading.Event | None = None

    def __call__(self, row: int, _ended: Any) -> None:
        if self.gate is not None:
            self.gate.wait(30)
        with self._more:
            self.rows.append(row)
            self._more.notify_all()

    def within(self, seconds: float, *rows: int) -> bool:
        with self._more:
            return self._more.wait_for(lambda: set(rows) <= set(self.rows), seconds)


def at_rest(queue: Queue) -> None:
    """From here on nothing but a ring makes the worker look."""
    until(queue.bells.at_rest, "the worker to rest", SOON)


@contextmanager
def working(database: Any, queue: Queue, ran: Ran, threads: int = 4) -> Iterator[Worker]:
    worker = Worker(database, queue, ran, threads=threads, poll_seconds=SELDOM, lease_seconds=30)
    try:
        assert worker.hears(SOON), "the worker does not hear the database's notices"
        at_rest(queue)
        yield worker
    finally:
        worker.close(finish_seconds=1)


@pytest.fixture
def place(database_url: str) -> Iterator[Any]:
    database = open_database(database_url)
    queue = Queue(database)
    yield database, queue
    queue.close()
    database.dispose()


def put(database: Any, queue: Queue, row: int, line: str = PRESSES, partition: str | None = None) -> None:
    with database.begin() as connection:
        queue.put(connection, f"x:{row}", line, partition or f"p{row}", row)


@pytest.mark.parametrize("line", [SESSIONS, PRESSES, TALK, NEWS])
def test_a_turn_put_in_line_is_run_at_once(place: Any, line: str) -> None:
    database, queue = place
    ran = Ran()
    with working(database, queue, ran):
        put(database, queue, 1, line)
        assert ran.within(SOON, 1)
        # Reading uses the same connections, and must not take the ring away.
        with reading(database).connect() as connection:
            connection.execute(text("SELECT 1"))
        at_rest(queue)
        put(database, queue, 2, line)
        assert ran.within(SOON, 2)


def test_what_was_in_line_before_the_worker_came_is_run_at_once(place: Any) -> None:
    database, queue = place
    put(database, queue, 1)
    ran = Ran()
    with working(database, queue, ran):
        assert ran.within(SOON, 1)


def test_what_was_rolled_back_is_not_run_and_what_follows_is(place: Any) -> None:
    database, queue = place
    ran = Ran()
    with working(database, queue, ran):
        with database.connect() as connection:
            queue.put(connection, "x:1", PRESSES, "p1", 1)
            connection.rollback()
        put(database, queue, 2)
        assert ran.within(SOON, 2)
        assert ran.rows == [2]


def test_a_turn_that_stood_behind_another_begins_when_that_has_ended(place: Any) -> None:
    database, queue = place
    ran = Ran()
    ran.gate = threading.Event()
    with working(database, queue, ran):
        for row in (1, 2, 3):
            put(database, queue, row, TALK, partition="one session")
        at_rest(queue)
        ran.gate.set()
        assert ran.within(SOON, 1, 2, 3)


def test_a_turn_that_breaks_gives_up_its_place_to_the_next_one(place: Any) -> None:
    database, queue = place
    ran = Ran()

    def run(row: int, ended: Any) -> None:
        ran(row, ended)
        if row == 1:
            raise LookupError("ours")

    worker: Any = run
    with working(database, queue, worker):
        put(database, queue, 1, TALK, partition="one session")
        put(database, queue, 2, TALK, partition="one session")
        assert ran.within(SOON, 1, 2)
        until(lambda: queue.lost(["x:1"]) == {"x:1"}, "the broken one to be seen by the sweep", SOON)


def test_a_turn_ends_with_the_transaction_that_says_so_or_not_at_all(place: Any) -> None:
    database, queue = place
    seen: list[set[str]] = []
    done = threading.Event()

    def run(_row: int, ended: Any) -> None:
        with database.connect() as connection:
            ended(connection)
            connection.rollback()
        seen.append(queue.lost(["x:1"]))
        with database.begin() as connection:
            ended(connection)
        seen.append(queue.lost(["x:1"]))
        done.set()

    worker: Any = run
    with working(database, queue, worker):
        put(database, queue, 1, TALK)
        assert done.wait(SOON)
    assert seen == [set(), {"x:1"}]


def test_more_turns_than_threads_are_all_run_without_a_pause(place: Any) -> None:
    database, queue = place
    ran = Ran()
    ran.gate = threading.Event()
    with working(database, queue, ran, threads=2):
        for row in range(20):
            put(database, queue, row, SESSIONS)
        at_rest(queue)
        ran.gate.set()
        assert ran.within(3 * SOON, *range(20))
        assert sorted(ran.rows) == list(range(20)), "each once"


def test_a_conversation_does_not_wait_for_the_lists(place: Any) -> None:
    database, queue = place
    held = threading.Event()
    ran = Ran()

    def run(row: int, ended: Any) -> None:
        if row < 100:
            held.wait(30)
        ran(row, ended)

    worker: Any = run
    with working(database, queue, worker, threads=2):
        for row in range(10):
            put(database, queue, row, SESSIONS)
        put(database, queue, 100, TALK)
        put(database, queue, 101, PRESSES)
        try:
            assert ran.within(SOON, 100, 101)
        finally:
            held.set()


def test_a_list_does_not_wait_for_the_news_which_takes_two_threads_at_most(place: Any) -> None:
    database, queue = place
    held = threading.Event()
    ran, begun = Ran(), Ran()

    def run(row: int, ended: Any) -> None:
        if row < 100:
            begun(row, ended)
            held.wait(30)
        ran(row, ended)

    worker: Any = run
    with working(database, queue, worker, threads=4):
        for row in range(20):
            put(database, queue, row, NEWS)
        at_rest(queue)
        put(database, queue, 100, SESSIONS)
        try:
            assert ran.within(SOON, 100)
            at_rest(queue)
            assert len(begun.rows) == 2
        finally:
            held.set()
        assert ran.within(3 * SOON, *range(20))


def test_another_process_is_heard_on_postgres_even_after_its_connection_was_cut(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("postgres")
    here, there = open_database(url), open_database(url)
    mine, theirs = Queue(here), Queue(there)  # a queue of its own is what another process has
    ran = Ran()
    with working(here, mine, ran) as worker:
        put(there, theirs, 1)
        assert ran.within(SOON, 1)
        at_rest(mine)
        with there.begin() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
            )
        put(there, theirs, 2)  # in the gap, perhaps: heard when it listens again
        assert ran.within(2 * SOON, 2)
        assert worker.hears(SOON)
        at_rest(mine)
        put(there, theirs, 3)
        assert ran.within(SOON, 3)
    mine.close()
    theirs.close()
    here.dispose()
    there.dispose()


def test_a_bell_rung_during_a_look_is_answered_by_the_next_wait() -> None:
    bell = Bell(rest=0.0)
    bell.ring()
    assert bell.wait(SELDOM) is False
    bell.ring()  # while the look goes on
    began = time.monotonic()
    assert bell.wait(SELDOM) is False
    assert time.monotonic() - began < SOON


def test_looks_are_apart_however_often_it_rings_and_one_more_follows_the_last() -> None:
    bell = Bell(rest=0.05)
    looks = []
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        bell.ring()
        assert bell.wait(SELDOM) is False
        looks.append(time.monotonic())
    assert min(b - a for a, b in itertools.pairwise(looks)) > 0.04
    assert bell.wait(SELDOM) is False  # the last look
    assert bell.wait(0.01) is False  # and then only time


def test_a_bell_that_is_over_lets_everyone_go() -> None:
    bell = Bell(rest=60)
    waiting = threading.Thread(target=bell.wait, args=(SELDOM,))
    waiting.start()
    bell.set()
    waiting.join(SOON)
    assert not waiting.is_alive()
    assert bell.is_set()
    assert bell.wait(SELDOM) is True
