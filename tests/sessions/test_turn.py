"""One turn: how each way of ending is written down, and what makes a turn wait its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from agents import catalogue
from agents.agent import Done, Failed, Outcome, Turn, Wait
from sessions import events, inbox, turn
from sessions.engine import Queue
from sessions.store import inbox as rows
from store import effects
from store.engine import open_database
from systems.faults import RateLimited, Rejected, SourceDown, Unauthorized
from tests.sessions.test_inbox import NOW, House, due

Act = Callable[[Turn], Outcome]


class Desk(House):
    """A door with a clock and one agent behind it, whose acts the test gives."""

    def act(self, act: Act, key: str = "k") -> Any:
        """Run the turn of ``key`` with ``act`` as its agent; answers its inbox row afterwards."""
        catalogue.all_agents()["morning_list"].run = act  # type: ignore[method-assign]
        systems: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW))
        turn.run(self.database, systems, self.queue, self.row(key)["seq"])
        return self.row(key)

    def log(self) -> list[str]:
        with self.database.connect() as connection:
            return [event.kind for event in events.read(connection, "s")]


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(catalogue.all_agents()["morning_list"], "run", None)  # put back after the test
    database = open_database(database_url)
    queue = Queue(database)
    yield Desk(database, queue)
    queue.close()
    database.dispose()


def raising(failure: Exception) -> Act:
    def act(_turn: Turn) -> Outcome:
        raise failure

    return act


def test_a_turn_that_is_done_is_done_for_good(desk: Desk) -> None:
    desk.submit(due("k"))
    row = desk.act(lambda _: Done("sent"))
    assert (row["state"], row["note"], row["ended_at"]) == ("done", "sent", NOW)
    assert desk.log() == ["started", "done"]
    assert desk.act(raising(AssertionError("ran twice")))["state"] == "done"
    assert desk.log() == ["started", "done"]


@pytest.mark.parametrize(
    ("failure", "state", "wake_in"),
    [
        (effects.NotDone("slow down", NOW + 7_000), "waiting", 7_000),
        (effects.Unknown("no answer", NOW + 30_000), "waiting", 30_000),
        (effects.Refused("gone"), "failed", None),
        (RateLimited("Slack", "asked to slow down.", 12.0), "waiting", 12_000),
        (SourceDown("Slack", "did not answer."), "waiting", 1_000),
        (Unauthorized("Slack", "refused the token."), "waiting", 1_000),
        (Rejected("Slack", "refused: channel_not_found."), "failed", None),
        (KeyError("a bug"), "waiting", 1_000),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_how_a_fault_ends_a_turn(desk: Desk, failure: Exception, state: str, wake_in: int | None) -> None:
    desk.submit(due("k"))
    row = desk.act(raising(failure))
    assert row["state"] == state
    assert row["wake_at"] == (None if wake_in is None else NOW + wake_in)
    # What an error of ours says, people may read; what any other one says may be somebody's data.
    assert ("KeyError" if isinstance(failure, KeyError) else str(failure)) in row["note"]


def test_a_bug_is_tried_again_and_then_given_up(desk: Desk) -> None:
    desk.submit(due("k"))
    for _ in range(turn.MOST_FAILURES - 1):
        row = desk.act(raising(ZeroDivisionError("a bug")))
        assert row["state"] == "waiting"
        desk.in_transaction(lambda c: inbox.wake(c, desk.queue, NOW + 10**6))
    row = desk.act(raising(ZeroDivisionError("a bug")))
    assert row["state"] == "failed"
    assert "gave up" in row["note"]
    assert desk.log().count("broke") == turn.MOST_FAILURES


def test_a_late_echo_of_a_turn_that_waits_does_nothing(desk: Desk) -> None:
    desk.submit(due("k"))
    desk.act(lambda _: Wait(NOW + 60_000, "not yet"))
    before = desk.log()
    row = desk.act(raising(AssertionError("it was not time")))
    assert row["state"] == "waiting"
    assert desk.log() == before


def test_a_turn_is_held_while_an_earlier_one_waits_and_goes_on_when_that_has_ended(desk: Desk) -> None:
    desk.submit(due("k1"))
    desk.submit(due("k2"))
    desk.act(lambda _: Wait(NOW + 60_000, "not yet"), "k1")
    assert desk.act(raising(AssertionError("out of turn")), "k2")["state"] == "held"
    desk.in_transaction(lambda c: inbox.wake(c, desk.queue, NOW + 60_000))
    desk.act(lambda _: Failed("never"), "k1")
    assert desk.row("k2")["state"] == "queued"
    assert desk.act(lambda _: Done("its turn"), "k2")["state"] == "done"


def test_a_later_attempt_sees_what_the_earlier_one_logged(desk: Desk) -> None:
    desk.submit(due("k"))

    def first(one: Turn) -> Outcome:
        one.append("listed", {"rows": 3})
        return Wait(NOW, "on")

    desk.act(first)
    desk.in_transaction(lambda c: inbox.wake(c, desk.queue, NOW))
    seen: list[Any] = []
    desk.act(lambda again: (seen.append(again.logged("listed")), Done("ok"))[1])
    assert seen == [{"rows": 3}]
    with desk.database.connect() as connection:
        assert connection.scalar(select(rows.c.attempt)) == 1
