"""The agent's side of Slack: streams, statuses, sessions, suggested prompts and the stop button."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk

from tests.sandbox.bolt import bolt_app, connected, do, look
from tests.sandbox.served import REP, Running, refusal


def asked(running: Running) -> dict[str, Any]:
    """Where a person has asked something: channel and thread."""
    said = running.do("say", user=REP, text="What about Acme?")
    return {"channel": said["channel"], "thread_ts": said["message"]["ts"]}


def test_the_clients_stream_helper_writes_one_message_in_the_thread(running: Running) -> None:
    where = asked(running)
    stream = running.web.chat_stream(**where, buffer_size=4)
    stream.append(markdown_text="**Acme** ")
    stream.append(chunks=[TaskUpdateChunk(id="1", title="Read tickets", status="in_progress")])
    stream.append(chunks=[TaskUpdateChunk(id="1", title="Read tickets", status="complete")])
    stream.append(chunks=[MarkdownTextChunk(text="is fine.")])
    key = {"event_type": "reply", "event_payload": {"turn": 1}}
    stopped = stream.stop(blocks=[{"type": "divider"}], metadata=key, session_status="active")
    _, message = running.ask("GET", f"slack/messages?user={REP}")["messages"]
    assert (message["text"], message["thread_ts"]) == ("**Acme** is fine.", where["thread_ts"])
    assert [block["type"] for block in message["blocks"]] == ["markdown", "task_card", "markdown", "divider"]
    assert message["blocks"][1]["status"] == "complete"
    assert message["metadata"] == key
    assert running.ask("GET", f"slack/agent?user={REP}")["sessions"][0]["status"] == "active"
    late = refusal(running.web.chat_appendStream, channel=where["channel"], ts=stopped["ts"], markdown_text="x")
    assert late["error"] == "message_not_in_streaming_state"


def test_a_stream_needs_a_thread_and_in_a_channel_a_reader(running: Running) -> None:
    where = asked(running)
    bare = refusal(running.web.api_call, "chat.startStream", json={"channel": where["channel"]})
    assert bare["error"] == "invalid_thread_ts"
    public = running.do("say", user=REP, channel="C0GENERAL1", text="hello")
    place = {"channel": "C0GENERAL1", "thread_ts": public["message"]["ts"]}
    assert refusal(running.web.chat_startStream, **place)["error"] == "missing_recipient_user_id"
    reader = {"recipient_user_id": REP, "recipient_team_id": "T0SANDBOX1"}
    started = running.web.chat_startStream(**place, **reader)
    edit = refusal(running.web.chat_update, channel="C0GENERAL1", ts=started["ts"], text="x")
    assert edit["error"] == "streaming_state_conflict"


def test_a_status_is_shown_until_the_app_speaks_in_the_thread(running: Running) -> None:
    where = asked(running)
    running.web.assistant_threads_setStatus(
        channel_id=where["channel"], thread_ts=where["thread_ts"], status="is reading tickets"
    )
    shown = running.ask("GET", f"slack/agent?user={REP}")["statuses"]
    assert shown[where["thread_ts"]]["status"] == "is reading tickets"
    running.web.chat_postMessage(**where, text="Done.")
    assert running.ask("GET", f"slack/agent?user={REP}")["statuses"] == {}


def test_a_status_that_nothing_follows_fades_after_two_minutes(running: Running) -> None:
    where = asked(running)
    place = {"channel_id": where["channel"], "thread_ts": where["thread_ts"]}
    running.web.assistant_threads_setStatus(**place, status="is thinking")
    running.ask("POST", "clock", {"advance_seconds": 100})
    assert running.ask("GET", f"slack/agent?user={REP}")["statuses"] != {}
    running.ask("POST", "clock", {"advance_seconds": 21})
    assert running.ask("GET", f"slack/agent?user={REP}&seconds=5")["statuses"] == {}


def test_suggested_prompts_are_at_most_four_and_a_thread_makes_them_vanish(running: Running) -> None:
    channel = asked(running)["channel"]
    prompts = [{"title": f"P{n}", "message": "x"} for n in range(5)]
    set_prompts = running.web.assistant_threads_setSuggestedPrompts
    many = refusal(running.web.api_call, "assistant.threads.setSuggestedPrompts",
                   json={"channel_id": channel, "prompts": prompts})  # fmt: skip
    assert many["error"] == "invalid_arguments"
    set_prompts(channel_id=channel, thread_ts="1.000001", prompts=prompts[:2])
    assert running.ask("GET", f"slack/agent?user={REP}")["prompts"] is None
    running.web.api_call("assistant.threads.setSuggestedPrompts", json={"channel_id": channel, "prompts": prompts[:2]})
    assert len(running.ask("GET", f"slack/agent?user={REP}")["prompts"]["prompts"]) == 2


def test_a_session_is_made_by_its_first_status_and_keeps_its_first_title(running: Running) -> None:
    where = asked(running)
    place = {"channel_id": where["channel"], "thread_ts": where["thread_ts"]}
    running.web.agents_sessions_setStatus(**place, status="processing", title="Acme", initiator_user_id=REP)
    running.web.agents_sessions_setStatus(**place, status="active", title="Other")
    (session,) = running.ask("GET", f"slack/agent?user={REP}")["sessions"]
    assert (session["status"], session["title"], session["initiator_user_id"]) == ("active", "Acme", REP)
    running.web.agents_sessions_rename(**place, title="Acme, calmly")
    assert running.ask("GET", f"slack/agent?user={REP}")["sessions"][0]["title"] == "Acme, calmly"
    wrong = refusal(running.web.agents_sessions_setStatus, **place, status="asleep")
    assert wrong["error"] == "invalid_status"


def test_the_stop_button_ends_the_stream_and_tells_the_app(running: Running) -> None:
    async def story() -> None:
        app, stopped = bolt_app(running), asyncio.Queue[dict[str, Any]]()

        @app.event("message")
        async def on_message(event: dict[str, Any], client: Any) -> None:
            place = {"channel": event["channel"], "thread_ts": event["ts"]}
            await client.chat_startStream(**place, markdown_text="Thinking")

        @app.event("agent_session_stopped")
        async def on_stop(event: dict[str, Any]) -> None:
            await stopped.put(event)

        async with connected(running, app):
            said = await do(running, "say", user=REP, text="go", wait=5)
            told = await look(running, f"messages?user={REP}&at_least=2&seconds=5")
            stream = told["messages"][1]
            await do(running, "stop", user=REP, thread_ts=said["message"]["ts"])
            event = await asyncio.wait_for(stopped.get(), 5)
            assert event["streaming_message_ts"] == [stream["ts"]]
            append = {"channel": told["channel"], "ts": stream["ts"], "markdown_text": "x"}
            answer = await asyncio.to_thread(lambda: refusal(running.web.chat_appendStream, **append))
            assert answer["error"] == "stopped_by_user"

    asyncio.run(story())


def test_a_stream_nothing_is_written_to_for_five_minutes_ends_and_can_be_updated(running: Running) -> None:
    where = asked(running)
    place = {"channel": where["channel"], "ts": running.web.chat_startStream(**where, markdown_text="So ")["ts"]}
    running.ask("POST", "clock", {"advance_seconds": 290})
    running.web.chat_appendStream(**place, markdown_text="far")
    running.ask("POST", "clock", {"advance_seconds": 290})
    running.web.chat_appendStream(**place, markdown_text=", ")
    running.ask("POST", "clock", {"advance_seconds": 301})
    for call in (running.web.chat_appendStream, running.web.chat_stopStream):
        assert refusal(call, **place, markdown_text="x")["error"] == "message_not_in_streaming_state"
    key = {"event_type": "reply", "event_payload": {"turn": 1}}
    running.web.chat_update(**place, markdown_text="So far, so good", metadata=key)
    _, message = running.ask("GET", f"slack/messages?user={REP}")["messages"]
    assert (message["text"], message["metadata"]) == ("So far, so good", key)


def test_a_stopped_stream_can_be_changed_like_any_message(running: Running) -> None:
    where = asked(running)
    place = {"channel": where["channel"], "ts": running.web.chat_startStream(**where, markdown_text="x")["ts"]}
    key = {"event_type": "reply", "event_payload": {"turn": 1}}
    running.web.chat_stopStream(**place, metadata=key)
    running.web.chat_update(**place, text="y", blocks=[{"type": "divider"}])
    asked_for = {"channel": where["channel"], "ts": where["thread_ts"], "include_all_metadata": True}
    _, message = running.web.conversations_replies(**asked_for)["messages"]
    assert (message["text"], message["metadata"]) == ("y", key)


def test_a_chunk_slack_would_refuse_leaves_the_stream_as_it_was(running: Running) -> None:
    where = asked(running)
    place = {"channel": where["channel"], "ts": running.web.chat_startStream(**where, markdown_text="So ")["ts"]}
    good, block = {"type": "markdown_text", "text": "far"}, {"type": "divider"}
    for wrong, error in (
        ({"type": "markdown_text", "text": "x" * 12_001}, "msg_too_long"),
        ({"type": "task_update", "id": "1", "title": "x", "status": "asleep"}, "invalid_chunks"),
        ({"type": "blocks", "blocks": [block] * 50}, "msg_blocks_too_many"),
        ({"type": "blocks", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ):
        assert refusal(running.web.chat_appendStream, **place, chunks=[good, wrong])["error"] == error
    bad = refusal(running.web.chat_stopStream, **place, markdown_text="far", blocks=[{"type": "nonsense"}])
    assert bad["error"] == "invalid_blocks"
    running.web.chat_stopStream(**place)
    _, message = running.ask("GET", f"slack/messages?user={REP}")["messages"]
    assert message["text"] == "So "


def test_what_a_task_reports_is_added_to_what_it_reported(running: Running) -> None:
    where = asked(running)
    task = {"type": "task_update", "id": "1", "title": "Read tickets"}
    place = {"channel": where["channel"], "ts": running.web.chat_startStream(**where)["ts"]}
    running.web.chat_appendStream(**place, chunks=[task | {"status": "in_progress", "details": "two "}])
    running.web.chat_appendStream(**place, chunks=[task | {"status": "complete", "details": "are open"}])
    _, message = running.ask("GET", f"slack/messages?user={REP}")["messages"]
    (card,) = message["blocks"]
    assert (card["status"], card["details"]) == ("complete", "two are open")
