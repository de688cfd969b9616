"""Daybook speaking in the agent view: streams, threads, sessions and Home; a lost answer can always be looked up."""

from __future__ import annotations

from typing import Any

import pytest

from systems.faults import RateLimited, Rejected, SourceDown
from systems.slack import SlackChat
from tests.stand_ins import Sandbox

REP, OTHER = "U0REP00001", "U0REP00002"
DIVIDER = [{"type": "divider"}]


@pytest.fixture
def asked(sandbox: Sandbox) -> dict[str, Any]:
    """A person has asked something in their DM: channel, ts and since when."""
    since = int(sandbox.get("/_sandbox/clock")["now_ms"])
    told = sandbox.post("/_sandbox/slack/say", {"user": REP, "text": "What about Acme?"})
    return {"channel": told["channel"], "ts": told["message"]["ts"], "since": since}


def thread(sandbox: Sandbox, asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [m for m in sandbox.messages(REP) if m.get("thread_ts") == asked["ts"] and m["ts"] != asked["ts"]]


def agent(sandbox: Sandbox) -> Any:
    return sandbox.get(f"/_sandbox/slack/agent?user={REP}")


def test_an_answer_is_written_while_it_is_read_and_found_by_its_key(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any]
) -> None:
    where, ts = asked["channel"], chat.start_stream(asked["channel"], asked["ts"], REP)
    chat.append_stream(where, ts, "Acme is ")
    orphan = chat.find_stream(where, asked["ts"], asked["since"])
    assert orphan is not None
    assert orphan.ts == ts
    chat.stop_stream(where, ts, DIVIDER, "W1:answer", "**fine**.")
    (message,) = thread(sandbox, asked)
    assert message["text"] == "Acme is **fine**."
    assert [block["type"] for block in message["blocks"]] == ["markdown", "divider"]
    found = chat.find(where, "W1:answer", asked["since"], asked["ts"])
    assert found is not None
    assert found.ts == ts
    assert chat.find_stream(where, asked["ts"], asked["since"]) is None
    with pytest.raises(Rejected) as caught:
        chat.append_stream(where, ts, "More")
    assert caught.value.code == "message_not_in_streaming_state"


@pytest.mark.parametrize(("mode", "happened"), [("drop_before", False), ("drop_after", True), ("half_answer", True)])
def test_a_stream_whose_beginning_was_lost_is_found_and_finished_by_an_edit(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any], mode: str, happened: bool
) -> None:
    chat.identity()
    sandbox.misbehave("slack.chat.startStream", mode)
    with pytest.raises(SourceDown):
        chat.start_stream(asked["channel"], asked["ts"], REP)
    assert sandbox.calls()["slack"]["by"]["chat.startStream"] == 1
    orphan = chat.find_stream(asked["channel"], asked["ts"], asked["since"])
    assert (orphan is not None) is happened
    if orphan is not None:
        chat.stop_stream(orphan.channel, orphan.ts, [], "W1:half", "x")
        chat.update(orphan.channel, orphan.ts, "Whole", DIVIDER, "W1:whole")
        (message,) = thread(sandbox, asked)
        assert (message["text"], message["metadata"]["event_payload"]["key"]) == ("Whole", "W1:whole")
        assert chat.find_stream(asked["channel"], asked["ts"], asked["since"]) is None


@pytest.mark.parametrize(("mode", "happened"), [("drop_before", False), ("drop_after", True), ("half_answer", True)])
def test_a_reply_in_a_thread_whose_answer_was_lost_is_sent_once_and_found(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any], mode: str, happened: bool
) -> None:
    sandbox.misbehave("slack.chat.postMessage", mode)
    with pytest.raises(SourceDown):
        chat.post(asked["channel"], "Hello", DIVIDER, f"W1:{mode}", asked["ts"])
    assert sandbox.calls()["slack"]["by"]["chat.postMessage"] == 1
    assert (chat.find(REP, f"W1:{mode}", asked["since"], asked["ts"]) is not None) is happened
    # A reply is not in the channel's own history: only the thread shows it.
    assert chat.find(REP, f"W1:{mode}", asked["since"]) is None


def test_a_refusal_for_speed_says_how_long_and_holds_only_posts(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any]
) -> None:
    sandbox.misbehave("slack.chat.startStream", "rate_limit", retry_after=9)
    with pytest.raises(RateLimited) as caught:
        chat.start_stream(asked["channel"], asked["ts"], REP)
    assert caught.value.retry_after == 9
    assert thread(sandbox, asked) == []


def test_the_agent_shows_what_it_is_doing_and_in_which_state_its_session_is(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any]
) -> None:
    where, ts = asked["channel"], asked["ts"]
    chat.set_session(where, ts, "processing", title="Acme " * 100, person=REP)
    chat.set_status(where, ts, "is reading tickets", [f"step {n}" for n in range(20)])
    shown = agent(sandbox)
    assert shown["statuses"][ts]["status"] == "is reading tickets"
    session = next(s for s in shown["sessions"] if s["thread_ts"] == ts)
    assert (session["status"], len(session["title"]), session["initiator_user_id"]) == ("processing", 200, REP)
    chat.rename_session(where, ts, "Acme")
    chat.set_session(where, ts, "active")
    session = next(s for s in agent(sandbox)["sessions"] if s["thread_ts"] == ts)
    assert (session["status"], session["title"]) == ("active", "Acme")
    chat.set_status(where, ts, "")
    assert ts not in agent(sandbox)["statuses"]


def test_prompts_are_offered_in_the_dm_and_home_is_published(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any]
) -> None:
    chat.suggest(asked["channel"], [(f"Ask {n}", f"Question {n}") for n in range(6)])
    assert [p["title"] for p in agent(sandbox)["prompts"]["prompts"]] == ["Ask 0", "Ask 1", "Ask 2", "Ask 3"]
    chat.publish_home(REP, {"type": "home", "blocks": DIVIDER})
    chat.publish_home(REP, {"type": "home", "blocks": DIVIDER * 2})
    assert len(sandbox.get(f"/_sandbox/slack/views?user={REP}")["home"]["blocks"]) == 2


def test_messages_can_be_linked_reacted_to_and_deleted_again_and_again(
    chat: SlackChat, sandbox: Sandbox, asked: dict[str, Any]
) -> None:
    posted = chat.post(REP, "Hello", DIVIDER, "W1:hello")
    assert posted.ts.replace(".", "") in chat.permalink(posted.channel, posted.ts)
    for _ in range(2):
        chat.react(asked["channel"], asked["ts"], "eyes")
    for _ in range(2):
        chat.delete(posted.channel, posted.ts)
    assert chat.find(REP, "W1:hello", asked["since"]) is None
    with pytest.raises(Rejected):
        chat.delete(asked["channel"], asked["ts"])


def test_everyone_in_a_channel_is_named(chat: SlackChat) -> None:
    assert {REP, OTHER} <= set(chat.members("C0GENERAL1"))
