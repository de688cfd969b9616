"""An answer that Slack will not take as it is: told plainly rather than not at all, and nothing waits for it."""

from __future__ import annotations

from agents import reply
from tests.agents.desk import Desk
from tests.deployments import until

POST = "slack.chat.postMessage"


def test_an_answer_whose_form_slack_refuses_is_told_in_plain_words_once(desk: Desk) -> None:
    desk.prepare("Good morning to you.")
    desk.sandbox.post("/_sandbox/knobs", {"target": POST, "mode": "error", "error": "invalid_blocks"})
    session, turn = desk.ask("hello")
    assert desk.row(session, turn)["state"] == "done"
    (told,) = desk.replies(session)
    assert told["blocks"][0]["text"]["type"] == "plain_text"
    assert "Good morning to you." in told["blocks"][0]["text"]["text"]
    assert desk.bodies(session, "replied")[0]["ts"] == told["ts"]


def test_an_answer_that_slack_refuses_in_any_form_ends_with_slacks_reason(desk: Desk) -> None:
    desk.prepare("Good morning to you.")
    desk.sandbox.post("/_sandbox/knobs", {"target": POST, "mode": "error", "error": "is_archived", "times": -1})
    session, turn = desk.ask("hello")
    row = desk.row(session, turn)
    assert (row["state"], "is_archived" in row["note"]) == ("failed", True)


def test_a_missing_scope_holds_a_conversation_up_for_a_while_only(desk: Desk) -> None:
    desk.prepare("Good morning to you.", "And to you.")
    desk.sandbox.post("/_sandbox/knobs", {"target": POST, "mode": "error", "error": "missing_scope", "times": -1})
    session, turn = desk.say("hello")
    until(lambda: desk.row(session, turn)["state"] == "waiting", "the refusal")
    desk.sandbox.set_clock(desk.deployment.systems.clock.now() + reply.CLOSED_PATIENCE_MS)
    row = desk.ended(session, turn)
    assert (row["state"], "lacks the scope" in row["note"]) == ("failed", True)
    desk.sandbox.ask("DELETE", "/_sandbox/knobs")
    _, then = desk.ask("and now?", session=session)
    assert desk.row(session, then)["state"] == "done"
    (told,) = desk.replies(session)
    assert "And to you." in told["text"]
