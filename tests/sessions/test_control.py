"""A session as a whole: stopped at once, paused without losing anything, named, and forked with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select

from agents import catalogue
from agents.agent import Done, Failed, Outcome, Turn, Wait
from sessions import control, events, inbox
from sessions.control import SessionError
from sessions.engine import Queue
from sessions.session import Said
from sessions.store import events as events_table
from sessions.store import inbox as rows
from sessions.store import sessions
from store.engine import open_database
from tests.deployments import until
from tests.sessions.test_inbox import NOW, due, pressed
from tests.sessions.test_turn import Desk, raising

LATER = NOW + 60_000


def said(
    key: str, session: str = "s", text: str = "hello", agent: str = "morning_list", person: str = "U1"
) -> Said:
    return Said(
        key=key,
        session=session,
        agent=agent,
        person=person,
        text=text,
        channel="D1",
        thread_ts=None,
        ts=key,
        said_at=NOW,
        direct=True,
    )


class Controlled(Desk):
    def stop(self, session: str = "s", by: str | None = "U1", only_of: str | None = None) -> int:
        return int(self.in_transaction(lambda c: control.stop(c, self.queue, session, NOW, by, only_of)))

    def pause(self) -> bool:
        return bool(self.in_transaction(lambda c: control.pause(c, "s")))

    def resume(self) -> bool:
        return bool(self.in_transaction(lambda c: control.resume(c, self.queue, "s")))

    def states(self) -> list[str]:
        with self.database.connect() as connection:
            return list(connection.scalars(select(rows.c.state).where(rows.c.session == "s").order_by(rows.c.turn)))

    def lines(self, session: str = "s") -> list[tuple[int, str, Any]]:
        with self.database.connect() as connection:
            return [(e.turn, e.kind, e.body) for e in events.read(connection, session)]


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controlled]:
    monkeypatch.setattr(catalogue.all_agents()["morning_list"], "run", None)  # put back after the test
    monkeypatch.setattr(catalogue.all_agents()["row_buttons"], "run", lambda _turn: Done("marked"))
    database = open_database(database_url)
    queue = Queue(database)
    yield Controlled(database, queue)
    queue.close()
    database.dispose()


def done(_turn: Turn) -> Outcome:
    return Done("ok")


out_of_turn = raising(AssertionError("out of turn"))

# -- pause and resume ------------------------------------------------------------------------------------------------


def test_what_comes_in_while_paused_is_kept_and_goes_on_in_order(desk: Controlled) -> None:
    desk.submit(said("first"))
    desk.act(done, "first")
    assert desk.pause()
    assert not desk.pause(), "it was paused already"
    for key in ("a", "b", "c"):
        assert desk.submit(said(key)).fresh
    assert not desk.submit(said("b")).fresh
    assert desk.states() == ["done", "held", "held", "held"]
    assert desk.act(out_of_turn, "a")["state"] == "held"
    assert desk.resume()
    assert not desk.resume(), "it goes on already"
    assert desk.states() == ["done", "queued", "held", "held"]
    assert desk.submit(said("d")).fresh
    assert desk.act(out_of_turn, "d")["state"] == "held", "those before it come first"
    for key, after in (("a", "b"), ("b", "c"), ("c", "d")):
        assert desk.act(done, key)["state"] == "done"
        assert desk.row(after)["state"] == "queued"
    assert desk.act(done, "d")["state"] == "done"


def test_a_turn_that_runs_is_let_end_and_the_next_one_is_not_begun(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.submit(said("b"))

    def and_pause(_turn: Turn) -> Outcome:
        desk.pause()
        return Done("ok")

    assert desk.act(and_pause, "a")["state"] == "done"
    assert desk.act(out_of_turn, "b")["state"] == "held"
    desk.resume()
    assert desk.act(done, "b")["state"] == "done"


def test_a_turn_that_waited_for_its_time_is_held_too(desk: Controlled) -> None:
    desk.submit(due("k"))
    desk.act(lambda _: Wait(LATER, "not yet"))
    desk.pause()
    desk.in_transaction(lambda c: inbox.wake(c, desk.queue, LATER))
    assert desk.act(out_of_turn)["state"] == "held"
    desk.resume()
    assert desk.act(done)["state"] == "done"


def test_presses_are_held_neither_by_a_pause_nor_by_a_turn_that_runs(desk: Controlled) -> None:
    desk.submit(said("a"))

    def meanwhile(_turn: Turn) -> Outcome:
        desk.submit(pressed("p1", "1"))
        assert desk.act(meanwhile_never, "p1")["state"] == "done"
        return Done("ok")

    meanwhile_never = raising(AssertionError("the press is another agent's"))
    desk.act(meanwhile, "a")
    desk.pause()
    desk.submit(pressed("p2", "1"))
    assert desk.row("p2")["state"] == "queued"
    assert desk.act(done, "p2")["state"] == "done"


# -- stop ------------------------------------------------------------------------------------------------------------


def test_a_stop_tells_the_turn_that_runs_and_ends_those_in_line(desk: Controlled) -> None:
    for key in ("a", "b", "c"):
        desk.submit(said(key))

    def stopped_meanwhile(one: Turn) -> Outcome:
        assert not one.stopped()
        assert desk.stop() == 3
        until(one.stopped, "the turn hears of the stop")
        return Failed("stopped")

    assert desk.act(stopped_meanwhile, "a")["state"] == "failed"
    assert [(desk.row(key)["state"], desk.row(key)["note"]) for key in "bc"] == [("failed", "stopped")] * 2
    assert desk.act(out_of_turn, "b")["state"] == "failed"
    assert [(turn, body) for turn, kind, body in desk.lines() if kind == "stopped"] == [
        (turn, {"by": "U1"}) for turn in (1, 2, 3)
    ]
    desk.submit(said("d"))
    assert desk.act(lambda one: Done(str(one.stopped())), "d")["note"] == "False", "what is said afterwards is answered"


def test_a_turn_that_waits_is_woken_by_a_stop(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.act(lambda _: Wait(LATER, "for a reply"), "a")
    assert desk.stop() == 1
    assert desk.stop() == 0, "it is stopped already"
    assert desk.row("a")["state"] == "queued"
    assert desk.act(lambda one: Done(str(one.stopped())), "a")["note"] == "True"


def test_a_stop_that_meets_a_turn_about_to_wait_is_not_lost(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.submit(said("b"))

    def about_to_wait(_turn: Turn) -> Outcome:
        assert desk.stop(only_of="somebody else") == 1
        return Wait(LATER, "the model is overloaded")

    assert desk.act(about_to_wait, "a")["state"] == "queued", "it looks at once"
    assert desk.act(lambda _: Wait(LATER, "Slack is down"), "a")["state"] == "waiting", "its end may have to wait"
    assert desk.stop(only_of="somebody else") == 1, "stopped again, it looks again"
    assert [kind for _turn, kind, _body in desk.lines()].count("stopped") == 1
    assert desk.act(lambda one: Failed(f"stopped: {one.stopped()}"), "a")["note"] == "stopped: True"
    assert desk.act(done, "b")["state"] == "done"


def test_who_stops_takes_away_nobody_elses_message(desk: Controlled) -> None:
    for key, person in (("a", "U1"), ("b", "U1"), ("c", "U2"), ("d", "U1")):
        desk.submit(said(key, person=person))
    assert desk.act(out_of_turn, "c")["state"] == "held", "those before it come first"
    assert desk.stop(only_of="U1") == 3
    assert desk.states() == ["failed", "failed", "queued", "failed"]
    assert desk.act(done, "c")["state"] == "done"


def test_an_operator_stops_everybodys(desk: Controlled) -> None:
    for key, person in (("a", "U1"), ("b", "U2")):
        desk.submit(said(key, person=person))
    assert desk.stop(by="the operator") == 2
    assert desk.states() == ["failed", "failed"]


def test_a_stop_in_a_paused_session_ends_what_was_held(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.act(lambda _: Wait(LATER, "for a reply"), "a")
    desk.pause()
    desk.submit(said("b"))
    desk.in_transaction(lambda c: inbox.wake(c, desk.queue, LATER))
    assert desk.act(out_of_turn, "a")["state"] == "held"
    assert desk.stop() == 2
    assert desk.act(lambda one: Failed(f"stopped: {one.stopped()}"), "a")["note"] == "stopped: True"
    assert desk.states() == ["failed", "failed"]
    assert desk.stop() == 0


def test_a_stop_leaves_presses_and_other_sessions_alone(desk: Controlled) -> None:
    desk.submit(pressed("p", "1"))
    desk.submit(said("other", session="t"))
    assert desk.stop() == 0
    assert (desk.row("p")["state"], desk.row("other")["state"]) == ("queued", "queued")


def test_a_stopped_turn_asked_for_again_runs_with_a_clean_slate(desk: Controlled) -> None:
    receipt = desk.submit(due("k"))
    desk.stop()
    assert desk.in_transaction(lambda c: inbox.retry(c, desk.queue, receipt, due("k")))
    assert desk.act(lambda one: Done(str(one.stopped())))["note"] == "False"


# -- fork ------------------------------------------------------------------------------------------------------------


def talked(desk: Controlled) -> None:
    """Three turns, each with a line of its own; the second has read something from outside."""
    for n, key in enumerate("abc", 1):
        desk.submit(said(key))

        def answer(one: Turn, n: int = n) -> Outcome:
            one.append("heard", {"n": n})
            if n == 2:
                one.append("tainted", {"by": ["jira:SUP-1"]})
            return Done("ok")

        desk.act(answer, key)


def test_a_fork_has_the_history_up_to_its_turn_and_the_old_session_is_untouched(desk: Controlled) -> None:
    talked(desk)
    before, turns = desk.lines(), desk.in_transaction(_sessions)
    new = desk.in_transaction(lambda c: control.fork(c, "s", 2, LATER, "U2"))
    forked = desk.lines(new)
    assert forked[:-1] == [line for line in before if line[0] <= 2]
    assert forked[-1] == (2, "forked", {"from": "s", "turn": 2, "by": "U2"})
    assert desk.lines() == before
    assert desk.in_transaction(_sessions)["s"] == turns["s"]
    row = desk.in_transaction(_sessions)[new]
    assert (row["turns"], row["person"], row["forked_from"], row["forked_turn"]) == (2, "U2", "s", 2)
    assert desk.submit(said("d", session=new)).turn == 3
    seen: list[Any] = []
    desk.act(lambda one: (seen.extend(e.kind for e in one.log if e.turn < 3), Done("ok"))[1], "d")
    assert seen == ["started", "heard", "done", "started", "heard", "tainted", "done", "forked"]
    assert desk.lines() == before


def test_forks_of_one_turn_are_different_sessions_and_can_be_forked_in_turn(desk: Controlled) -> None:
    talked(desk)
    ids = [desk.in_transaction(lambda c: control.fork(c, "s", 3, NOW, "U1")) for _ in range(2)]
    assert len(set(ids)) == 2
    again = desk.in_transaction(lambda c: control.fork(c, ids[0], 1, NOW, "U1"))
    assert [kind for _turn, kind, _body in desk.lines(again)] == ["started", "heard", "done", "forked"]


@pytest.mark.parametrize(("turn", "says"), [(0, "no turn 0"), (5, "no turn 5"), (4, "has not ended")])
def test_a_turn_that_is_not_there_or_not_over_can_not_be_forked_after(desk: Controlled, turn: int, says: str) -> None:
    talked(desk)
    desk.submit(said("d"))
    with pytest.raises(SessionError, match=says):
        desk.in_transaction(lambda c: control.fork(c, "s", turn, NOW, "U1"))


def _sessions(connection: Connection) -> dict[str, Any]:
    return {row["id"]: dict(row) for row in connection.execute(select(sessions)).mappings()}


# -- names, and the log ----------------------------------------------------------------------------------------------


def test_a_session_is_named_from_outside_and_by_its_own_turn(desk: Controlled) -> None:
    desk.submit(said("a"))
    assert desk.in_transaction(lambda c: control.name(c, "s", "  Acme's\n\u202erenewal ")) == "Acme's renewal"

    def rename(one: Turn) -> Outcome:
        before = one.title_of()
        one.name("x" * 400)
        return Done(f"{before} then {len(one.title_of() or '')}")

    assert desk.act(rename, "a")["note"] == f"Acme's renewal then {control.LONGEST_TITLE}"


@pytest.mark.parametrize("title", ["", " \u200b\n"])
def test_a_title_that_says_nothing_is_refused(desk: Controlled, title: str) -> None:
    desk.submit(said("a"))
    with pytest.raises(SessionError, match="at least one letter"):
        desk.in_transaction(lambda c: control.name(c, "s", title))


@pytest.mark.parametrize(
    "change",
    [
        lambda c, q: control.stop(c, q, "nowhere", NOW),
        lambda c, _: control.pause(c, "nowhere"),
        lambda c, q: control.resume(c, q, "nowhere"),
        lambda c, _: control.name(c, "nowhere", "A title"),
        lambda c, _: control.fork(c, "nowhere", 1, NOW, None),
    ],
)
def test_a_session_nobody_knows_is_named_in_the_refusal(
    desk: Controlled, change: Callable[[Connection, Queue], Any]
) -> None:
    with pytest.raises(SessionError, match="no session 'nowhere'"):
        desk.in_transaction(lambda c: change(c, desk.queue))


def test_a_line_and_what_goes_with_it_are_both_written_or_neither(desk: Controlled) -> None:
    desk.submit(said("a"))

    def title(text: str) -> Callable[[Connection], None]:
        return lambda connection: control.name(connection, "s", text) and None

    def spend(one: Turn) -> Outcome:
        one.append("answered", {"n": 1}, also=title("kept"))
        with pytest.raises(SessionError):
            one.append("answered", {"n": 2}, also=title(" "))
        assert [event.body["n"] for event in one.log if event.kind == "answered"] == [1]
        return Done(str(one.title_of()))

    assert desk.act(spend, "a")["note"] == "kept"
    assert [body["n"] for _turn, kind, body in desk.lines() if kind == "answered"] == [1]


def test_what_a_turn_stores_does_not_grow_with_the_history(desk: Controlled) -> None:
    def stored() -> tuple[int, int]:
        with desk.database.connect() as connection:
            bodies = list(connection.scalars(select(events_table.c.body)))
        return len(bodies), sum(len(str(body)) for body in bodies)

    sizes = []
    for n in range(12):
        before = stored()
        desk.submit(said(f"k{n:02}"))
        desk.act(lambda one: (one.append("heard", {"text": "the same each time"}), Done("ok"))[1], f"k{n:02}")
        after = stored()
        sizes.append((after[0] - before[0], after[1] - before[1]))
    assert len(set(sizes)) == 1, sizes


def test_a_message_is_answered_by_the_agent_it_names_whoever_answered_before(desk: Controlled) -> None:
    catalogue.add("another", _Another)
    try:
        desk.submit(said("a"))
        desk.submit(said("b", agent="another"))
        assert desk.act(done, "a")["note"] == "ok"
        assert desk.act(done, "b")["note"] == "from the other one"
        with pytest.raises(ValueError, match="already"):
            catalogue.add("row_buttons", _Another)
    finally:
        del catalogue.all_agents()["another"]


class _Another:
    @staticmethod
    def run(_turn: Turn) -> Outcome:
        return Done("from the other one")
