"""A message in line can be changed or taken back until it is heard; nobody is told it was heard when it was not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from agents.agent import Done, Failed
from sessions import control, rewording
from sessions.store import sessions
from store.engine import open_database
from tests.deployments import until
from tests.sessions.test_control import Controlled, desk, done, out_of_turn, said
from tests.sessions.test_inbox import NOW, W

assert desk  # the fixture


def reword(desk: Controlled, key: str, words: str) -> Any:
    return desk.in_transaction(lambda c: rewording.reword(c, W, key, words, NOW))


def take_back(desk: Controlled, key: str) -> Any:
    return desk.in_transaction(lambda c: rewording.take_back(c, desk.queue, W, key, NOW))


def test_a_message_taken_back_is_taken_back_however_often_slack_tells_it(desk: Controlled) -> None:
    desk.submit(said("a"))
    assert [take_back(desk, "a"), take_back(desk, "a")] == ["taken_back", "taken_back"]
    assert desk.act(out_of_turn, "a")["state"] == "failed"
    assert [kind for _turn, kind, _body in desk.lines()] == ["deleted"]


def test_a_message_stopped_before_it_was_heard_was_not_heard(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.stop()
    assert (take_back(desk, "a"), reword(desk, "a", "other words")) == ("unchanged", "unchanged")
    assert [kind for _turn, kind, _body in desk.lines()] == ["stopped"]


def test_what_was_heard_stays_heard_also_when_it_was_stopped(desk: Controlled) -> None:
    desk.submit(said("a"))
    desk.act(lambda _: Failed("stopped"), "a")
    assert (take_back(desk, "a"), reword(desk, "a", "other words")) == ("too_late", "noted")
    desk.submit(said("b"))
    desk.act(done, "b")
    assert (take_back(desk, "b"), reword(desk, "a", "yet others")) == ("too_late", "too_late")


def blocked(url: str) -> bool:
    """Whether somebody waits for a lock in this database."""
    database = open_database(url)
    try:
        with database.connect() as connection:
            waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = "
            return bool(connection.scalar(text(waiting + "'Lock'")))
    finally:
        database.dispose()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_edit_accepted_while_a_worker_waits_for_the_turn_is_what_it_hears(
    desk: Controlled, database_url: str
) -> None:
    desk.submit(said("a"))
    ended: list[Any] = []
    with desk.database.begin() as connection:
        assert rewording.reword(connection, W, "a", "the new words", NOW) == "reworded"
        worker = threading.Thread(target=lambda: ended.append(desk.act(lambda one: Done(one.trigger["text"]), "a")))
        worker.start()
        until(lambda: blocked(database_url), "the worker waits for the edit")
    worker.join(30)
    assert ended[0]["note"] == "the new words"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("change", [lambda d: reword(d, "a", "other words"), lambda d: take_back(d, "a")])
def test_an_edit_and_a_stop_at_once_never_wait_for_each_other(
    desk: Controlled, database_url: str, change: Callable[[Controlled], Any]
) -> None:
    desk.submit(said("a"))
    told: list[Any] = []
    with desk.database.begin() as connection:
        connection.execute(select(sessions.c.id).where(sessions.c.id == "s").with_for_update())
        editor = threading.Thread(target=lambda: told.append(change(desk)))
        editor.start()
        until(lambda: blocked(database_url), "the edit waits for the stop")
        assert control.stop(connection, desk.queue, "s", NOW, "U1") == 1
    editor.join(30)
    assert told == ["unchanged"]
