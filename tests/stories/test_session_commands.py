"""``daybook session``, ``sessions`` and ``trace``: an operator pauses, stops, forks and reads conversations."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from agents.agent import Done, Outcome, Turn
from bot.errands import errands
from sessions import threads, turn
from sessions.engine import Queue
from store.engine import open_database
from tests.sessions import cast
from tests.sessions.test_inbox import NOW, W
from tests.sessions.test_turn import Desk

SECRET_WORDS = "Initech is about to leave us"


def talker(one: Turn) -> Outcome:
    """Writes the lines that a turn of conversation writes."""
    one.append("began", {"agent": "assistant", "model": "claude-x", "digests": {"policy": "7"}})
    one.append("heard", {"by": "U1", "name": "Priya", "at": NOW, "text": SECRET_WORDS, "quoteable": SECRET_WORDS})
    usage = {"input_tokens": 120, "cache_read_input_tokens": 4_000, "output_tokens": 55}
    answered = {"content": [{"type": "text", "text": SECRET_WORDS}], "stop_reason": "tool_use", "usage": usage}
    one.append("answered", {"n": 1, "model": "claude-x", "cost_micros": 12_300, "ms": 850, **answered})
    called = {"call": "s:1:tu_1", "tool": "update_deal", "verdict": "ask", "rule": "change_class"}
    one.append("called", {**called, "reason": "a change needs your yes", "result": SECRET_WORDS, "ms": 12})
    one.append("tainted", {"by": ["jira:SUP-1"]})
    one.append("replied", {"channel": "D1", "ts": "1.0", "text": SECRET_WORDS, "agent": "assistant", "parts": 1})
    return Done("answered")


@pytest.fixture
def conversation(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database with a conversation of two turns, of which the second is still in line."""
    monkeypatch.setitem(cast.CAST, "talker", talker)
    cast.enter()
    database = open_database(sqlite_url)
    queue = Queue(database)
    desk = Desk(database, queue)
    for n in (1, 2):
        desk.submit(cast.said(f"k{n}", "said:D1:1.0", "talker", NOW))
    systems: Any = type("Systems", (), {"clock": type("Clock", (), {"now": staticmethod(lambda: NOW)})})
    turn.run(database, systems, queue, desk.row("k1")["seq"])
    with database.begin() as connection:
        threads.join(connection, W, "D1", "1.0", "said:D1:1.0", NOW)
    queue.close()
    database.dispose()
    yield sqlite_url
    cast.leave()


@pytest.fixture
def ask(conversation: str, daybook: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        done = daybook(*arguments, env={"DATABASE_URL": conversation})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def test_trace_tells_calls_costs_and_verdicts_without_anybodys_words(ask: Callable[..., Any]) -> None:
    told = ask("trace", "D1:1.0")
    assert SECRET_WORDS not in told
    assert "turn 1 · said by U1 · assistant · done" in told
    assert "1 model call · in 120 cached 4,000 out 55 · $0.0123" in told
    assert "update_deal: ask · change_class · a change needs your yes · 12 ms" in told
    assert "by jira:SUP-1" in told
    assert "turn 2 · said by U1 · talker · queued" in told
    assert "turn 1" not in ask("trace", "D1:1.0/2")
    assert SECRET_WORDS in ask("trace", "D1:1.0", "--words")
    whole = ask("trace", "D1:1.0", "--json")
    turns = [(t["number"], t["cost_micros"], len(t["tool_calls"])) for t in whole["summary"]]
    assert turns == [(1, 12_300, 1), (2, 0, 0)]


def test_a_session_is_paused_named_resumed_and_stopped_from_the_command_line(ask: Callable[..., Any]) -> None:
    assert ask("session", "name", "D1:1.0", "Initech's renewal", "--json")["title"] == "Initech's renewal"
    assert ask("session", "pause", "said:D1:1.0", "--json")["changed"]
    assert "was paused already" in ask("session", "pause", "said:D1:1.0")
    listed = ask("sessions")
    assert "paused" in listed
    assert '"Initech\'s renewal"' in listed
    assert '"Initech\'s renewal" · paused' in ask("trace", "D1:1.0")
    assert ask("session", "resume", "D1:1.0", "--json") == {
        "session": "said:D1:1.0",
        "action": "resume",
        "changed": True,
        "held": 0,
    }
    assert "1 turn stopped" in ask("session", "stop", "D1:1.0")
    told = ask("trace", "D1:1.0")
    assert "failed · attempt 1 · 0 ms · stopped" in told
    assert "by command line" in told


def test_a_name_from_the_command_line_is_on_its_way_to_slack_where_the_session_has_a_thread(
    ask: Callable[..., Any], conversation: str
) -> None:
    assert "Slack shows it as soon as" in ask("session", "name", "D1:1.0", "Initech's renewal")
    database = open_database(conversation)
    with database.connect() as connection:
        row = connection.execute(select(errands)).one()
    database.dispose()
    assert (row.workspace, row.done_at) == (W, None)
    assert row.what == {"kind": "name", "session": "said:D1:1.0", "channel": "D1", "thread_ts": "1.0"}


def test_a_fork_from_the_command_line_says_where_it_comes_from(ask: Callable[..., Any]) -> None:
    made = ask("session", "fork", "D1:1.0", "--turn", "1", "--json")
    told = ask("trace", made["fork"])
    assert "forked from said:D1:1.0 after turn 1" in told
    assert "done (copied)" in told
    rows = {row["id"]: row for row in ask("sessions", "--json")}
    assert rows[made["fork"]]["forked_from"] == "said:D1:1.0"
    assert made["in_slack"] is False
    assert "nobody can talk in it" in ask("session", "fork", "D1:1.0", "--turn", "1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("session", "pause", "nowhere"), "no session ends in 'nowhere'"),
        (("session", "fork", "D1:1.0", "--turn", "9"), "there is no turn 9"),
        (("session", "fork", "D1:1.0"), "turn 2 of said:D1:1.0 has not ended yet"),
        (("session", "name", "D1:1.0", " "), "at least one letter"),
        (("trace", "nowhere"), "`daybook sessions` lists them"),
        (("trace", "D1:1.0/9"), "has no turn 9"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(
    conversation: str, daybook: Callable[..., Any], arguments: tuple[str, ...], says: str
) -> None:
    done = daybook(*arguments, env={"DATABASE_URL": conversation})
    assert done.returncode != 0
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
