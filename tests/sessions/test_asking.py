"""One agent asks another: once, and whoever asked goes on when the answer is there, however it came about."""

from __future__ import annotations

from typing import Any

import pytest

from agents.agent import Done, Failed, Outcome, Turn, Wait
from sessions import inbox
from tests.sessions.test_control import LATER, Controlled, desk, raising, said
from tests.sessions.test_inbox import W

assert desk  # the fixture

CHILD = "asked:s:1:c1"


def asking(one: Turn) -> Outcome:
    """Asks once, waits long, and tells what came back."""
    back = one.logged("returned")
    if back is not None:
        return Done(f"{back['outcome']}: {back['note']}")
    assert one.ask("morning_list", "how is Acme?", "c1", 1) == CHILD
    return Wait(LATER, "asked")


def key_of_child() -> str:
    return f"{W}:{CHILD}"


def test_who_asked_goes_on_at_once_when_the_answer_is_there(desk: Controlled) -> None:
    desk.submit(said("a"))
    assert desk.act(asking, "a")["state"] == "waiting"
    child = desk.row(key_of_child())
    assert (child["session"], child["trigger"]["question"], child["queue"]) == (CHILD, "how is Acme?", "talk")
    assert (child["trigger"]["parent"], child["trigger"]["parent_turn"], child["trigger"]["person"]) == ("s", 1, "U1")
    assert desk.act(lambda _: Done("well"), key_of_child())["state"] == "done"
    assert desk.row("a")["state"] == "queued"
    assert desk.act(asking, "a")["note"] == "done: well"
    assert [kind for _turn, kind, _body in desk.lines()].count("asked") == 1


@pytest.mark.parametrize(
    ("end", "told"), [(lambda _: Failed("no such account"), "failed: no such account"), (None, "stopped: stopped")]
)
def test_who_asked_goes_on_too_when_the_other_failed_or_was_stopped(desk: Controlled, end: Any, told: str) -> None:
    desk.submit(said("a"))
    desk.act(asking, "a")
    if end is None:
        assert desk.stop(CHILD) == 1
    else:
        desk.act(end, key_of_child())
    assert desk.act(asking, "a")["note"] == told


def test_an_answer_that_comes_before_the_waiting_begins_is_not_missed(desk: Controlled) -> None:
    desk.submit(said("a"))

    def quick(one: Turn) -> Outcome:
        waits = asking(one)
        desk.act(lambda _: Done("well"), key_of_child())
        return waits

    row = desk.act(quick, "a")
    assert (row["state"], row["wake_at"]) == ("queued", None)
    assert desk.act(asking, "a")["note"] == "done: well"


def test_a_question_asked_again_by_a_later_attempt_is_the_same_question(desk: Controlled) -> None:
    desk.submit(said("a"))

    def ask_and_break(one: Turn) -> Outcome:
        one.ask("morning_list", "how is Acme?", "c1", 1)
        one.ask("morning_list", "how is Acme?", "c1", 1)
        raise ZeroDivisionError("a bug")

    desk.act(ask_and_break, "a")
    desk.in_transaction(lambda c: inbox.wake(c, desk.queue, LATER))
    desk.act(asking, "a")
    assert [kind for _turn, kind, _body in desk.lines()].count("asked") == 1
    assert desk.row(key_of_child())["turn"] == 1


def test_two_questions_are_answered_in_any_order(desk: Controlled) -> None:
    desk.submit(said("a"))

    def both(one: Turn) -> Outcome:
        for call in ("c1", "c2"):
            one.ask("morning_list", "how are they?", call, 1)
        back = {e.body["call"]: e.body["note"] for e in one.log if e.kind == "returned"}
        return Done(str(sorted(back.items()))) if len(back) == 2 else Wait(LATER, "asked")

    desk.act(both, "a")
    desk.act(lambda _: Done("second"), f"{W}:asked:s:1:c2")
    assert desk.act(both, "a")["state"] == "waiting"
    desk.act(lambda _: Done("first"), key_of_child())
    assert desk.act(both, "a")["note"] == "[('c1', 'first'), ('c2', 'second')]"


def test_stopping_who_asked_stops_what_it_asked(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.act(asking, "a")
    assert desk.stop() == 2
    assert desk.row(key_of_child())["note"] == "stopped"
    assert desk.act(raising(AssertionError("it was stopped")), key_of_child())["state"] == "failed"
    assert desk.act(lambda one: Failed(f"stopped: {one.stopped()}"), "a")["note"] == "stopped: True"


def test_nobody_is_asked_once_the_turn_was_stopped(desk: Controlled) -> None:
    desk.submit(said("a"))

    def stopped_and_asks(one: Turn) -> Outcome:
        assert not one.stopped()
        assert desk.stop() == 1
        assert one.ask("morning_list", "how is Acme?", "c1", 1) is None
        return Failed(f"stopped: {one.stopped()}")

    assert desk.act(stopped_and_asks, "a")["note"] == "stopped: True"
    assert "asked" not in [kind for _turn, kind, _body in desk.lines()]


def test_an_answer_to_a_turn_that_has_ended_wakes_nobody(desk: Controlled) -> None:
    desk.submit(said("a"))

    def and_go(one: Turn) -> Outcome:
        asking(one)
        return Done("without it")

    desk.act(and_go, "a")
    desk.act(lambda _: Done("late"), key_of_child())
    assert desk.row("a")["state"] == "done"
    assert "returned" not in [kind for _turn, kind, _body in desk.lines()]
