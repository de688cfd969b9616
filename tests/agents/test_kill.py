"""kill -9 at every instant of a turn: it goes on where it was, no answer is paid for twice, nothing is done twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sessions import inbox
from tests import killing
from tests.agents.desk import Desk, row_of
from tests.deployments import deploy, until, working
from tests.killing import FORKS, KILLED, in_a_child

SENTENCE = "I called Acme and left a message"
LONG = "This is a rather long answer. " * 30

PASSINGS = {
    "turn.heard": 1,
    "model.asked": 3,
    "model.answered": 3,
    "model.stored": 3,
    "tool.called": 2,
    "tool.stored": 2,
    "reply.decided": 1,
    "reply.stored": 1,
    "turn.acted": 1,
}
"""How often one turn with two calls passes each instant of the loop."""
INSTANTS = [(point, nth) for point, times in PASSINGS.items() for nth in range(1, times + 1)]


def run(desk: Desk, session: str, turn: int, plug: str | None, nth: int = 1) -> tuple[int, Counter[str]]:
    """Work in a process of its own until the turn has ended, or until it is killed; (exit code, instants passed)."""
    told = FORKS.Queue()
    code = in_a_child(_work, desk.sandbox.env, desk.url, session, turn, told, plug=plug, nth=nth)
    seen: Counter[str] = Counter()
    if code == 0:
        seen = told.get(timeout=10)
    told.close()
    told.join_thread()
    return code, seen


def _work(env: dict[str, str], url: str, session: str, turn: int, told: Any) -> None:
    deployment = deploy(env, url)

    def over() -> bool:
        with deployment.database.begin() as connection:
            inbox.wake(connection, deployment.queue, deployment.systems.clock.now())
        return row_of(deployment, session, turn)["state"] in ("done", "failed")

    with working(deployment):
        until(over, "the end of the turn", 40)
        told.put(killing.passed)
        told.close()
        told.join_thread()
        os._exit(0)  # before the worker is told to stop


@pytest.fixture
def killed(make_desk: Callable[..., Desk]) -> Callable[..., tuple[Desk, str, int, int]]:
    """Say something, have the process killed at an instant, and let another one go on; what came of it."""

    def kill(sentence: str, point: str, nth: int, *answers: Any) -> tuple[Desk, str, int, int]:
        desk = make_desk()
        desk.prepare(*answers)
        before = desk.made("calls")
        session, turn = desk.say(sentence)
        desk.deployment.close()
        assert run(desk, session, turn, point, nth)[0] == KILLED
        assert run(desk, session, turn, None)[0] == 0
        desk.reopen()
        return desk, session, turn, desk.made("calls") - before

    return kill


def test_the_instants_are_all_there_are(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    session, turn = desk.say(SENTENCE)
    desk.deployment.close()
    code, passed = run(desk, session, turn, None)
    desk.reopen()
    assert code == 0
    assert {point: passed[point] for point in PASSINGS} == PASSINGS


@pytest.mark.parametrize(("point", "nth"), INSTANTS, ids=[f"{point}-{nth}" for point, nth in INSTANTS])
def test_a_turn_that_is_killed_goes_on_and_does_everything_once(
    killed: Callable[..., tuple[Desk, str, int, int]], point: str, nth: int
) -> None:
    desk, session, turn, made = killed(SENTENCE, point, nth)
    assert desk.row(session, turn)["state"] == "done"
    assert made == 1, "one call in HubSpot"
    assert len(desk.replies(session)) == 1, "one answer in Slack"
    assert [body["n"] for body in desk.bodies(session, "answered")] == [1, 2, 3]
    assert len(desk.spent(session)) == 3
    assert [body["tool"] for body in desk.bodies(session, "called")] == ["find_account", "log_call"]
    # An answer that was on its way when the machine died is the only one that is asked for again.
    assert len(desk.requests()) == (4 if point == "model.answered" else 3)


@pytest.mark.parametrize("point", ["stream.beginning", "stream.begun"])
def test_an_answer_whose_stream_died_ends_as_one_message(
    killed: Callable[..., tuple[Desk, str, int, int]], point: str
) -> None:
    slow = {"content": LONG, "chunk_delay_ms": 30}
    desk, session, _, _ = killed("tell me everything", point, 1, slow, slow)
    thread = session.rpartition(":")[2]
    found = [m for m in desk.sandbox.messages(desk.rep) if m.get("thread_ts") == thread and m.get("bot_id")]
    assert len(found) == 1
    assert str(found[0]["text"]).count("rather long") == 30
    assert found[0].get("streaming_state") != "in_progress"
