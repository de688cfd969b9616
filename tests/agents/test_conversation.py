"""Talking to an agent, over the wire: what people get, what the model was given, and how each turn ends."""

from __future__ import annotations

from tests.agents.desk import Desk, call, calls


def test_an_answer_is_one_message_in_the_thread_of_the_question(desk: Desk) -> None:
    desk.prepare("Good morning to you.")
    session, _ = desk.ask("hello")
    (reply,) = desk.replies(session)
    assert "Good morning to you." in reply["text"]
    assert reply["thread_ts"] == session.rpartition(":")[2]
    assert desk.kinds(session) == ["started", "began", "heard", "answered", "ending", "replied", "done"]
