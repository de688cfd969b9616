"""The one door: a key opens it once, turns are numbered without gaps, and nothing put in line is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine, select, update

from sessions import inbox
from sessions.engine import Queue
from sessions.inbox import Receipt
from sessions.session import HELD, QUEUED, WAITING, Pressed, Scheduled
from sessions.store import inbox as rows
from sessions.store import sessions
from store.engine import open_database

W = "T1"
NOW = 1_795_392_000_000


class House(NamedTuple):
    database: Engine
    queue: Queue

    def submit(self, trigger: Scheduled | Pressed) -> Receipt:
        with self.database.begin() as connection:
            return inbox.submit(connection, self.queue, W, trigger, NOW)

    def row(self, key: str) -> Any:
        with self.database.connect() as connection:
            return connection.execute(select(rows).where(rows.c.key == key)).mappings().one()

    def in_transaction(self, work: Callable[[Connection], Any]) -> Any:
        with self.database.begin() as connection:
            return work(connection)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    database = open_database(database_url)
    queue = Queue(database)
    yield House(database, queue)
    queue.close()
    database.dispose()


def due(key: str, session: str = "s") -> Scheduled:
    return Scheduled(
        key=key,
        session=session,
        agent="morning_list",
        person="U1",
        schedule="morning_list",
        nominal=NOW,
        worth_until=NOW + 1,
        day="2026-11-23",
    )


def pressed(key: str, account: str) -> Pressed:
    return Pressed(
        key=key,
        session="s",
        agent="row_buttons",
        person="U1",
        action="snooze_account",
        account=account,
        choice="week",
        channel="D1",
        message_ts="1.2",
        pressed_at=NOW,
    )


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    gate, results, errors = threading.Barrier(len(works)), [None] * len(works), []

    def go(n: int) -> None:
        gate.wait()
        try:
            results[n] = works[n]()
        except Exception as error:  # noqa: BLE001 - raised again below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def test_one_key_from_many_threads_is_one_turn_and_burns_no_number(house: House) -> None:
    receipts = at_once([lambda: house.submit(due("same"))] * 8)
    assert all(isinstance(receipt, Receipt) for receipt in receipts)
    assert sum(receipt.fresh for receipt in receipts) == 1
    assert {(receipt.session, receipt.turn) for receipt in receipts} == {("s", 1)}
    assert house.submit(due("next")).turn == 2
    assert house.submit(due("same")) == Receipt("s", 1, fresh=False)


def test_many_keys_of_one_session_are_numbered_without_gaps(house: House) -> None:
    receipts = at_once([lambda n=n: house.submit(pressed(f"k{n}", str(n % 3))) for n in range(8)])  # type: ignore[misc]
    assert sorted(receipt.turn for receipt in receipts) == list(range(1, 9))
    with house.database.connect() as connection:
        assert connection.scalar(select(sessions.c.turns).where(sessions.c.id == "s")) == 8


def test_a_trigger_whose_transaction_fails_was_never_there(house: House) -> None:
    with house.database.connect() as connection:
        connection.begin()
        assert inbox.submit(connection, house.queue, W, due("k"), NOW).fresh
        connection.rollback()
    with house.database.connect() as connection:
        assert connection.execute(select(rows)).all() == []
    name = inbox.workflow_id("sessions", "s", 1, 0)
    assert house.queue.lost([name]) == {name}
    assert house.submit(due("k")) == Receipt("s", 1, fresh=True)
    assert house.queue.lost([name]) == set()


def set_row(house: House, key: str, **values: Any) -> None:
    house.in_transaction(lambda c: c.execute(update(rows).where(rows.c.key == key).values(**values)))


def test_a_waiting_turn_wakes_at_its_time_and_not_before(house: House) -> None:
    house.submit(due("k"))
    set_row(house, "k", state=WAITING, wake_at=NOW + 1_000)
    assert house.in_transaction(lambda c: inbox.wake(c, house.queue, NOW + 999)) == 0
    assert house.in_transaction(lambda c: inbox.wake(c, house.queue, NOW + 1_000)) == 1
    assert house.in_transaction(lambda c: inbox.wake(c, house.queue, NOW + 1_000)) == 0
    assert (house.row("k")["state"], house.row("k")["attempt"], house.row("k")["wake_at"]) == (QUEUED, 1, None)
    assert house.queue.lost([inbox.workflow_id("sessions", "s", 1, 1)]) == set()


def test_two_sweeps_at_once_wake_a_turn_once(house: House) -> None:
    for n in range(5):
        house.submit(due(f"k{n}", session=f"s{n}"))
        set_row(house, f"k{n}", state=WAITING, wake_at=NOW)
    woken = at_once([lambda: house.in_transaction(lambda c: inbox.wake(c, house.queue, NOW))] * 3)
    assert sum(woken) == 5
    assert {house.row(f"k{n}")["attempt"] for n in range(5)} == {1}


def test_a_turn_whose_place_in_line_was_lost_is_put_back_and_others_are_left_alone(house: House) -> None:
    house.submit(due("kept", session="a"))
    house.submit(due("lost", session="b"))
    set_row(house, "lost", attempt=7)  # an attempt the queue has never heard of
    assert house.in_transaction(lambda c: inbox.rescue(c, house.queue)) == 0, "too soon to tell"
    assert house.in_transaction(lambda c: inbox.rescue(c, house.queue, older_than_ms=-60_000)) == 1
    assert (house.row("lost")["attempt"], house.row("kept")["attempt"]) == (8, 0)
    assert house.queue.lost([inbox.workflow_id("sessions", "b", 1, 8)]) == set()


def test_the_first_held_turn_goes_on_when_the_one_before_has_ended(house: House) -> None:
    for n in (1, 2, 3):
        house.submit(due(f"k{n}"))
    set_row(house, "k2", state=HELD)
    set_row(house, "k3", state=HELD)
    house.in_transaction(lambda c: inbox.release_next(c, house.queue, "s"))
    assert [house.row(f"k{n}")["state"] for n in (2, 3)] == [QUEUED, HELD]


def test_presses_on_different_rows_have_their_own_places_in_line(house: House) -> None:
    house.submit(pressed("one", "1"))
    house.submit(pressed("two", "2"))
    assert {house.row("one")["queue"], house.row("two")["queue"]} == {"presses"}
    assert house.row("one")["partition"] != house.row("two")["partition"]
