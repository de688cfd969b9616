"""Messages as the real Slack client posts, reads, changes and deletes them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.served import OTHER_REP, REP, Running, refusal

KEY = {"event_type": "daybook_list", "event_payload": {"key": "morning_list:2026-11-23:U0REP00001"}}


def test_a_post_to_a_person_lands_in_their_dm_and_answers_with_its_id(running: Running) -> None:
    posted = running.web.chat_postMessage(channel=REP, text="Good morning")
    assert posted["channel"] == "D0REP00001"
    assert posted["message"]["bot_id"] == running.web.auth_test()["bot_id"]
    assert running.web.conversations_open(users=[REP])["channel"]["id"] == posted["channel"]
    assert running.texts(REP) == ["Good morning"]
    assert running.texts(OTHER_REP) == []


async def _post_and_read(running: Running) -> list[dict[str, Any]]:
    client = AsyncWebClient(running.slack.workspace.identity.bot_token, base_url=running.api_url)
    posted = await client.chat_postMessage(channel=REP, text="Good morning", metadata=KEY)
    history = await client.conversations_history(channel=posted["channel"], include_all_metadata=True)
    return list(history["messages"])


def test_the_async_client_posts_and_reads_just_the_same(running: Running) -> None:
    (message,) = asyncio.run(_post_and_read(running))
    assert message["metadata"] == KEY


def test_metadata_is_shown_only_to_those_who_ask(running: Running) -> None:
    channel = running.web.chat_postMessage(channel=REP, text="list", metadata=KEY)["channel"]
    plain = running.web.conversations_history(channel=channel)["messages"][0]
    asked = running.web.conversations_history(channel=channel, include_all_metadata=True)["messages"][0]
    assert "metadata" not in plain
    assert asked["metadata"] == KEY


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"k": "v" * 20_000}}, "metadata_too_large"),
    ],
)
def test_bad_metadata_is_refused(running: Running, metadata: Any, error: str) -> None:
    assert refusal(running.web.chat_postMessage, channel=REP, text="x", metadata=metadata)["error"] == error


def test_timestamps_are_unique_and_increase_even_when_the_clock_stands_still(running: Running) -> None:
    running.ask("POST", "clock", {"running": False})
    stamps = [running.web.chat_postMessage(channel=REP, text="x")["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith("17953920")


def test_history_pages_backwards_and_honours_its_span(running: Running) -> None:
    stamps = [running.web.chat_postMessage(channel=REP, text=str(n))["ts"] for n in range(7)]
    channel, seen, cursor = "D0REP00001", [], None
    while True:
        page = running.web.conversations_history(channel=channel, limit=3, cursor=cursor)
        seen += [message["text"] for message in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    span = {"channel": channel, "oldest": stamps[2], "latest": stamps[4]}
    assert [m["text"] for m in running.web.conversations_history(**span)["messages"]] == ["3"]
    inside = running.web.conversations_history(**span, inclusive=True)["messages"]
    assert [m["text"] for m in inside] == ["4", "3", "2"]


def test_replies_hang_on_their_root_and_stay_out_of_history(running: Running) -> None:
    root = running.web.chat_postMessage(channel=REP, text="root")
    reply = running.web.chat_postMessage(channel=REP, text="reply", thread_ts=root["ts"])
    running.web.chat_postMessage(channel=REP, text="to the reply", thread_ts=reply["ts"])
    history = running.web.conversations_history(channel=root["channel"])["messages"]
    assert [(m["text"], m["reply_count"], m["latest_reply"] > m["ts"]) for m in history] == [("root", 2, True)]
    thread = running.web.conversations_replies(channel=root["channel"], ts=root["ts"])["messages"]
    assert [m["text"] for m in thread] == ["root", "reply", "to the reply"]
    broadcast = running.web.chat_postMessage(channel=REP, text="all", thread_ts=root["ts"], reply_broadcast=True)
    assert broadcast["message"]["subtype"] == "thread_broadcast"
    assert running.web.conversations_history(channel=root["channel"])["messages"][0]["text"] == "all"


def test_updating_with_text_alone_takes_the_blocks_away_and_keeps_the_metadata(running: Running) -> None:
    blocks = [{"type": "divider"}]
    posted = running.web.chat_postMessage(channel=REP, text="old", blocks=blocks, metadata=KEY)
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    running.web.chat_update(**where, text="old", blocks=[*blocks, *blocks])
    assert len(_first(running)["blocks"]) == 2
    assert "edited" not in _first(running)
    running.web.chat_update(**where, text="new")
    assert "blocks" not in _first(running)
    assert (_first(running)["text"], _first(running)["metadata"]) == ("new", KEY)
    assert _first(running)["edited"]["user"] == running.web.auth_test()["user_id"]
    running.web.api_call("chat.update", json={**where, "metadata": {}})
    assert "metadata" not in _first(running)


def _first(running: Running) -> dict[str, Any]:
    message: dict[str, Any] = running.ask("GET", f"slack/messages?user={REP}")["messages"][0]
    return message


def test_an_update_is_shorter_than_a_post_may_be(running: Running) -> None:
    posted = running.web.chat_postMessage(channel=REP, text="x" * 5000)
    answer = refusal(running.web.chat_update, channel=posted["channel"], ts=posted["ts"], text="x" * 4001)
    assert answer["error"] == "msg_too_long"
    truncated = running.web.chat_postMessage(channel=REP, text="x" * 40_100)
    assert len(truncated["message"]["text"]) == 40_000
    assert truncated["warning"] == "message_truncated"


def test_only_its_own_messages_can_be_changed_by_the_app(running: Running) -> None:
    said = running.do("say", user=REP, text="mine")
    where = {"channel": said["channel"], "ts": said["message"]["ts"]}
    assert refusal(running.web.chat_update, **where, text="x")["error"] == "cant_update_message"
    assert refusal(running.web.chat_delete, **where)["error"] == "cant_delete_message"
    # The DM's own id is needed for a change; the person's id only works for posting.
    posted = running.web.chat_postMessage(channel=REP, text="x")
    assert refusal(running.web.chat_update, channel=REP, ts=posted["ts"], text="y")["error"] == "channel_not_found"


def test_a_deleted_message_is_gone_but_a_thread_keeps_a_tombstone(running: Running) -> None:
    lone = running.web.chat_postMessage(channel=REP, text="lone")
    root = running.web.chat_postMessage(channel=REP, text="root")
    running.web.chat_postMessage(channel=REP, text="reply", thread_ts=root["ts"])
    for message in (lone, root):
        running.web.chat_delete(channel=message["channel"], ts=message["ts"])
    (left,) = running.web.conversations_history(channel=root["channel"])["messages"]
    assert left["subtype"] == "tombstone"
    again = refusal(running.web.chat_delete, channel=lone["channel"], ts=lone["ts"])
    assert again["error"] == "message_not_found"


def test_an_ephemeral_message_is_for_one_person_and_not_in_history(running: Running) -> None:
    running.web.chat_postEphemeral(channel="C0GENERAL1", user=REP, text="psst")
    assert running.web.conversations_history(channel="C0GENERAL1")["messages"] == []
    seen = running.ask("GET", f"slack/messages?user={REP}&channel=C0GENERAL1")["ephemerals"]
    assert [message["text"] for message in seen] == ["psst"]
    other = running.ask("GET", f"slack/messages?user={OTHER_REP}&channel=C0GENERAL1")["ephemerals"]
    assert other == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOTHERE1", "text": "x"}, "channel_not_found"),
        ({"channel": "U0OUT00001", "text": "x"}, "channel_not_found"),
        ({"channel": REP}, "no_text"),
        ({"channel": REP, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": REP, "markdown_text": "y" * 12_001}, "msg_too_long"),
        ({"channel": REP, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_a_post_that_slack_would_refuse_is_refused(running: Running, arguments: Any, error: str) -> None:
    assert refusal(running.web.api_call, "chat.postMessage", json=arguments)["error"] == error


def test_a_scheduled_message_is_posted_when_the_shared_clock_says_so(running: Running) -> None:
    at = running.ask("GET", "clock")["now_ms"] // 1000 + 3600
    running.web.chat_scheduleMessage(channel=REP, text="later", post_at=at)
    assert refusal(running.web.chat_scheduleMessage, channel=REP, text="x", post_at=1)["error"] == "time_in_past"
    assert running.texts() == []
    running.ask("POST", "clock", {"advance_seconds": 3601})
    told = running.ask("GET", f"slack/messages?user={REP}&at_least=1&seconds=5")
    assert [message["text"] for message in told["messages"]] == ["later"]


def test_a_permalink_names_the_message_and_reactions_are_counted(running: Running) -> None:
    posted = running.web.chat_postMessage(channel=REP, text="x")
    link = running.web.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])["permalink"]
    assert link.endswith(f"/archives/{posted['channel']}/p{posted['ts'].replace('.', '')}")
    reaction = {"channel": posted["channel"], "timestamp": posted["ts"], "name": "eyes"}
    running.web.reactions_add(**reaction)
    assert refusal(running.web.reactions_add, **reaction)["error"] == "already_reacted"
    running.web.reactions_remove(**reaction)
    assert refusal(running.web.reactions_remove, **reaction)["error"] == "no_reaction"
