"""Where a message belongs: its thread's session, the newest session of a DM, or one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from sessions import threads
from sessions.store import sessions
from store.engine import open_database
from tests.sessions.test_inbox import NOW, W, at_once


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def placed(database: Engine) -> Callable[..., str]:
    """``placed("D1", "3.0", thread=None)``: the session of that message; each comes a second after the one before."""
    now = NOW

    def place(channel: str, ts: str, thread: str | None = None, new_topic: bool = False) -> str:
        nonlocal now
        now += 1_000
        with database.begin() as connection:
            direct = channel.startswith("D")
            return threads.place(connection, W, channel, thread, ts, now, direct=direct, new_topic=new_topic)

    return place


def join(database: Engine, channel: str, ts: str, session: str, at: int = NOW, workspace: str = W) -> bool:
    with database.begin() as connection:
        return threads.join(connection, workspace, channel, ts, session, at)


def test_the_first_message_of_a_dm_starts_a_session_and_the_next_ones_continue_it(placed: Callable[..., str]) -> None:
    assert placed("D1", "1.0") == "said:D1:1.0"
    assert placed("D1", "2.0") == "said:D1:1.0"
    assert placed("D1", "2.5", thread="2.0") == "said:D1:1.0", "a reply in the thread of either"
    assert placed("D2", "2.0") == "said:D2:2.0", "another person's DM"


def test_a_new_topic_starts_afresh_and_is_continued_from_then_on(placed: Callable[..., str]) -> None:
    placed("D1", "1.0")
    assert placed("D1", "2.0", new_topic=True) == "said:D1:2.0"
    assert placed("D1", "3.0") == "said:D1:2.0"
    assert placed("D1", "4.0", thread="1.0") == "said:D1:1.0", "the old topic is where it was"


def test_a_posted_list_is_continued_by_what_is_said_after_it(database: Engine, placed: Callable[..., str]) -> None:
    placed("D1", "1.0")
    assert join(database, "D1", "2.0", "T1:morning_list:2026-11-23:U1", NOW + 1_500)
    assert placed("D1", "3.0") == "T1:morning_list:2026-11-23:U1"
    assert placed("D1", "3.5", thread="2.0") == "T1:morning_list:2026-11-23:U1"


def test_a_fork_goes_on_in_its_own_thread_and_leaves_the_top_of_the_dm_alone(
    database: Engine, placed: Callable[..., str]
) -> None:
    assert placed("D1", "1.0") == "said:D1:1.0"
    fork = {"id": "fork:said:D1:1.0:1:1", "workspace": W, "agent": "assistant", "opened_at": NOW, "touched_at": NOW}
    with database.begin() as connection:
        connection.execute(insert(sessions).values(**fork, turns=1, forked_from="said:D1:1.0", forked_turn=1))
    assert join(database, "D1", "2.0", fork["id"], NOW + 1_500)
    assert placed("D1", "3.0") == "said:D1:1.0"
    assert placed("D1", "3.5", thread="2.0") == fork["id"]


def test_in_a_channel_each_thread_is_its_own_session(placed: Callable[..., str]) -> None:
    assert placed("C1", "1.0") == "said:C1:1.0"
    assert placed("C1", "2.0") == "said:C1:2.0"
    assert placed("C1", "3.0", thread="1.0") == "said:C1:1.0"
    assert placed("C1", "4.0", thread="0.5") == "said:C1:0.5", "a mention in a thread nobody knows"


def test_a_thread_belongs_to_the_session_that_came_first(database: Engine) -> None:
    assert join(database, "C1", "1.0", "one")
    assert not join(database, "C1", "1.0", "two")
    assert join(database, "C1", "1.0", "elsewhere", workspace="T2")
    with database.connect() as connection:
        assert threads.session_of(connection, W, "C1", "1.0") == "one"
        assert threads.session_of(connection, W, "C1", "9.9") is None
        assert threads.newest_in(connection, W, "C9") is None
        assert threads.where(connection, "one") == [("C1", "1.0")]


def test_many_messages_of_one_new_thread_at_once_are_one_session(database: Engine) -> None:
    def place(n: int) -> str:
        with database.begin() as connection:
            return threads.place(connection, W, "C1", "1.0", f"{n}.0", NOW, direct=False)

    works: list[Callable[[], Any]] = [lambda n=n: place(n) for n in range(8)]  # type: ignore[misc]
    assert set(at_once(works)) == {"said:C1:1.0"}
