"""A conversation at work: one turn after the other, presses beside them, a stop that waits for nobody, and kill -9."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from cli.running import Deployment
from sessions import control, events, inbox
from sessions.session import ENDED, AnyTrigger
from sessions.store import inbox as rows
from sessions.store import sessions
from tests.databases import Databases
from tests.deployments import deploy, ticker, until, working
from tests.killing import KILLED, in_a_child
from tests.sessions import cast
from tests.sessions.cast import decided, hooked, said
from tests.sessions.test_inbox import at_once
from tests.stand_ins import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    started = Sandbox.start(reps=1, accounts=1)
    yield started
    started.stop()


@pytest.fixture
def daybook(database_url: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setattr(cast, "scene", cast.Scene())
    cast.enter()
    deployment = deploy(sandbox.env, database_url)
    yield deployment
    cast.scene.may_end.set()
    deployment.close()
    cast.leave()


def submit(daybook: Deployment, trigger: AnyTrigger) -> inbox.Receipt:
    with daybook.database.begin() as connection:
        return inbox.submit(connection, daybook.queue, daybook.workspace, trigger, daybook.systems.clock.now())


def row(daybook: Deployment, key: str) -> Any:
    with daybook.database.connect() as connection:
        return connection.execute(select(rows).where(rows.c.key == key)).mappings().one()


def is_over(daybook: Deployment, *keys: str) -> bool:
    return all(row(daybook, key)["state"] in ENDED for key in keys)


def test_turns_of_one_session_run_in_order_whichever_line_they_stand_in(daybook: Deployment) -> None:
    now = daybook.systems.clock.now()
    keys = [f"k{n}" for n in range(12)]
    for n, key in enumerate(keys):
        submit(daybook, hooked(key, "s", now) if n % 3 == 0 else said(key, "s", "orderly", now))
    with working(daybook):
        until(lambda: is_over(daybook, *keys), "every turn has ended")
    assert cast.scene.order == list(range(1, 13))
    assert cast.scene.most_running == 1


def test_a_press_is_answered_while_a_turn_runs_and_while_the_session_is_paused(daybook: Deployment) -> None:
    now = daybook.systems.clock.now()
    with working(daybook):
        submit(daybook, said("long", "s", "patient", now))
        until(lambda: row(daybook, "long")["state"] == "running", "the long turn")
        submit(daybook, decided("yes", "s", "a1", now))
        until(lambda: is_over(daybook, "yes"), "the press")
        with daybook.database.begin() as connection:
            control.pause(connection, "s")
        submit(daybook, decided("undo", "s", "a2", now))
        submit(daybook, said("more", "s", "orderly", now))
        until(lambda: is_over(daybook, "undo"), "the other press")
        assert row(daybook, "long")["state"] == "running"
        cast.scene.may_end.set()
        until(lambda: is_over(daybook, "long"), "the long turn has ended")
        assert row(daybook, "more")["state"] == "held"
        with daybook.database.begin() as connection:
            control.resume(connection, daybook.queue, "s")
        until(lambda: is_over(daybook, "more"), "what was said while it was paused")


def test_a_stop_ends_a_turn_that_runs_in_a_moment_and_what_is_in_line_at_once(daybook: Deployment) -> None:
    now = daybook.systems.clock.now()
    with working(daybook):
        submit(daybook, said("long", "s", "patient", now))
        until(lambda: row(daybook, "long")["state"] == "running", "the long turn")
        submit(daybook, said("next", "s", "orderly", now))
        submit(daybook, said("elsewhere", "t", "orderly", now))
        with daybook.database.begin() as connection:
            assert control.stop(connection, daybook.queue, "s", now, "U1") == 2
        assert (row(daybook, "next")["state"], row(daybook, "next")["note"]) == ("failed", "stopped")
        until(lambda: is_over(daybook, "long", "elsewhere"), "the long turn has ended", 5)
        assert row(daybook, "long")["note"] == "stopped"
        assert row(daybook, "elsewhere")["state"] == "done"
        submit(daybook, said("after", "s", "orderly", now))
        until(lambda: is_over(daybook, "after"), "what is said after a stop is answered")


def test_two_agents_that_are_asked_answer_side_by_side_and_the_asker_goes_on_at_once(daybook: Deployment) -> None:
    with working(daybook):
        submit(daybook, said("ask", "s", "asker", daybook.systems.clock.now()))
        until(lambda: is_over(daybook, "ask"), "the asking turn", 10)
    assert row(daybook, "ask")["note"] == "c1 done c2 failed"


def test_stops_pauses_and_questions_from_all_sides_leave_nothing_hanging(daybook: Deployment) -> None:
    names, now = ("s", "t"), daybook.systems.clock.now()
    keys = [f"{name}{n}" for name in names for n in range(8)]

    def talk() -> None:
        for key in keys:
            submit(daybook, said(key, key[0], "asker", now))

    def meddle(session: str, also: str) -> None:
        for _ in range(8):
            for change in (
                lambda c: control.pause(c, session),
                lambda c: control.stop(c, daybook.queue, also, now),
                lambda c: control.resume(c, daybook.queue, session),
            ):
                with daybook.database.begin() as connection:
                    change(connection)

    for name in names:
        submit(daybook, said(f"{name}-first", name, "orderly", now))
    with working(daybook):
        at_once([talk, lambda: meddle("s", "t"), lambda: meddle("t", "s"), lambda: meddle("s", "s")])
        for name in names:
            with daybook.database.begin() as connection:
                control.resume(connection, daybook.queue, name)
        until(lambda: is_over(daybook, *keys), "every turn has ended, by itself or by a stop")
    with daybook.database.connect() as connection:
        left = connection.scalars(select(rows.c.state).where(rows.c.queue == "talk", rows.c.state.not_in(ENDED))).all()
    assert [state for state in left if state not in ("queued", "running")] == []


# -- kill -9 ---------------------------------------------------------------------------------------------------------

MOMENTS = [
    *[("turn.claimed", n) for n in (1, 2, 4)],
    *[("inbox.submitted", n) for n in (1, 2)],
    *[("turn.asked", n) for n in (1, 2)],
    *[("child.returned", n) for n in (1, 2)],
    *[("turn.acted", n) for n in (1, 2, 3, 4)],
    *[("turn.finished", n) for n in (1, 2, 3, 4)],
]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize(("point", "passing"), MOMENTS)
def test_kill_9_at_any_moment_asks_once_answers_once_and_wakes_the_asker(
    point: str, passing: int, kind: str, sandbox: Sandbox, databases: Databases
) -> None:
    url = databases.new(kind)
    deployment = deploy(sandbox.env, url)
    try:
        submit(deployment, said("ask", "s", "asker", deployment.systems.clock.now()))
    finally:
        deployment.close()
    assert asked_until(sandbox.env, url, point, passing) == KILLED, f"{point} was not passed {passing} times"
    assert asked_until(sandbox.env, url) == 0
    deployment = deploy(sandbox.env, url)
    try:
        with deployment.database.connect() as connection:
            log = [(e.kind, e.body.get("call")) for e in events.read(connection, "s")]
            everybody = sorted(connection.scalars(select(sessions.c.id)))
            work = [events.read(connection, f"asked:s:1:{call}") for call in ("c1", "c2")]
        assert row(deployment, "ask")["note"] == "c1 done c2 failed"
    finally:
        deployment.close()
    assert everybody == ["asked:s:1:c1", "asked:s:1:c2", "s"]
    assert sorted(line for line in log if line[0] in ("asked", "returned")) == [
        ("asked", "c1"),
        ("asked", "c2"),
        ("returned", "c1"),
        ("returned", "c2"),
    ]
    assert [kind for kind, _call in log].count("done") == 1
    for child in work:
        kinds = [event.kind for event in child]
        assert (kinds.count("worked"), kinds.count("done") + kinds.count("failed")) == (1, 1)


def asked_until(env: dict[str, str], url: str, plug: str | None = None, nth: int = 1) -> int:
    """Work in a child until the asking turn has ended; with ``plug``, kill -9 at its nth passing."""
    return in_a_child(_work, env, url, plug, plug=plug, nth=nth)


def _work(env: dict[str, str], url: str, plug: str | None) -> None:
    cast.enter()
    deployment = deploy(env, url)
    clock = ticker(deployment)

    def over() -> bool:
        clock.tick()
        with deployment.database.connect() as connection:
            return set(connection.scalars(select(rows.c.state).where(rows.c.queue == "talk"))) <= set(ENDED)

    with working(deployment):
        until(over, "the asking turn has ended", 40)
        # The last fault point lies behind the turn's end in the database: whoever waits for it must get there.
        until(lambda: plug is None, "the plug is pulled", 5)
        os._exit(0)  # before the worker is told to stop
