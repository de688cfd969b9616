"""Stopped, or broken, in the middle of a change: what was done is told with its Undo, and what is not known is said."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agents import calls, endings
from sessions import control
from store import faults
from tests.agents.desk import Desk
from tests.agents.test_kill import SENTENCE, run
from tests.deployments import until

UNDER_WAY = ("guard.judged", "effect.acted", "effect.done", "guard.acted", "guard.recorded")


def stop(desk: Desk, session: str) -> int:
    house = desk.deployment
    with house.database.begin() as connection:
        return control.stop(connection, house.queue, session, house.systems.clock.now(), desk.rep, only_of=desk.rep)


def undo(reply: dict[str, Any]) -> bool:
    """Whether the answer has a line with *Undo*."""
    return any((block.get("accessory") or {}).get("action_id") == "undo" for block in reply["blocks"])


@pytest.fixture
def breaking() -> Iterator[Callable[[str, int], None]]:
    """``breaking("guard.acted", 3)``: that instant goes wrong so often."""

    def begin(point: str, times: int) -> None:
        left = [times]

        def pull(reached: str) -> None:
            if reached == point and left[0]:
                left[0] -= 1
                raise ZeroDivisionError("a bug of ours")

        faults.plug = pull

    yield begin
    faults.plug = None


@pytest.mark.parametrize("point", UNDER_WAY)
def test_a_stop_after_a_crash_in_a_change_tells_what_was_done(make_desk: Callable[..., Desk], point: str) -> None:
    desk = make_desk()
    before = desk.made("calls")
    session, turn = desk.say(SENTENCE)
    desk.deployment.close()
    assert run(desk, session, turn, point)[0] == -signal.SIGKILL
    desk.reopen()
    assert stop(desk, session) == 1
    desk.deployment.close()
    assert run(desk, session, turn, None)[0] == 0
    desk.reopen()
    assert desk.made("calls") - before == 1
    (reply,) = desk.replies(session)
    assert "Stopped" in reply["text"]
    assert undo(reply)


def test_a_change_of_which_nobody_knows_is_named_when_it_was_stopped(desk: Desk) -> None:
    desk.sandbox.post("/_sandbox/knobs", {"target": "hubspot.create", "mode": "drop_after"})
    session, turn = desk.say(SENTENCE)
    until(lambda: desk.row(session, turn)["state"] == "waiting", "the lost answer")
    desk.sandbox.post("/_sandbox/knobs", {"target": "hubspot.*", "mode": "error", "times": -1})
    assert stop(desk, session) == 1
    desk.sandbox.set_clock(desk.deployment.systems.clock.now() + calls.WRITE_PATIENCE_MS)
    desk.ended(session, turn)
    (reply,) = desk.replies(session)
    assert "Stopped" in reply["text"]
    assert endings.UNSURE.format("Log a call on").rstrip(".") in reply["text"]


@pytest.mark.parametrize(("times", "known"), [(3, True), (-1, False)])
def test_a_turn_that_broke_in_a_change_lists_it_or_says_that_it_is_not_known(
    make_desk: Callable[..., Desk], breaking: Callable[[str, int], None], times: int, known: bool
) -> None:
    desk = make_desk()
    before = desk.made("calls")
    breaking("guard.acted", times)
    desk.start()
    session, turn = desk.ask(SENTENCE)
    assert desk.row(session, turn)["state"] == "failed"
    assert desk.made("calls") - before == 1
    (reply,) = desk.replies(session)
    assert endings.BROKE.partition(",")[0] in reply["text"]
    assert undo(reply) is known
    assert (endings.UNSURE.partition(",")[0] in reply["text"]) is not known
