"""What the sandbox answers and sends, judged by Slack's own schemas and by recorded answers of the real Slack."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from slack_sdk import WebClient

from sandbox.slack.blocks import BLOCKS
from tests.sandbox.bolt import bolt_app, connected, do
from tests.sandbox.served import REP, Running
from tests.sandbox.test_slack_blocks import GOOD
from tests.sandbox.test_slack_socket import BUTTON, modal

Json = dict[str, Any]

# Fields that the recordings do not have, with the reason.
NEWER = {
    "conversations.history": {
        "/pin_count",  # in the client's schema; the recording is of an older answer
        "/oldest",
        "/latest",
    },
    "chat.stopStream": {"/channel", "/message", "/ts"},  # in the client's schema
    "payloads": {
        "/context_team_id",  # in today's envelopes
        "/context_enterprise_id",
        "/event/view/blocks",  # the recordings leave a view's blocks out
        "/view/blocks",
        "/response_urls",  # in today's submissions
        "/is_enterprise_install (str)",  # a command is a form, which has only text
    },
    "users.list": {"/members/who_can_share_contact_card"},
    "users.lookupByEmail": {"/user/who_can_share_contact_card"},
}


@pytest.fixture(scope="module")
def schemas(specs: Path) -> Json:
    loaded: Json = json.loads((specs / "slack" / "slack_web_api.schema.json").read_text())
    return loaded


def answers(running: Running) -> dict[str, Json]:
    """One good answer of every method."""
    web = running.web
    dm = web.conversations_open(users=REP)["channel"]["id"]
    key = {"event_type": "t", "event_payload": {"k": "v"}}
    posted = web.chat_postMessage(channel=REP, text="x", blocks=GOOD, metadata=key)
    place = {"channel": dm, "ts": posted["ts"]}
    thread = {"channel": dm, "thread_ts": posted["ts"]}
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    socket = WebClient(base_url=running.api_url).apps_connections_open(
        app_token=running.slack.workspace.identity.app_token
    )
    given: dict[str, Any] = {
        "auth.test": web.auth_test(),
        "apps.connections.open": socket,
        "users.list": web.users_list(limit=3),
        "users.info": web.users_info(user=REP),
        "users.lookupByEmail": web.users_lookupByEmail(email=running.sandbox.world.people[0].email),
        "conversations.open": web.conversations_open(users=REP, return_im=True),
        "conversations.list": web.conversations_list(types="public_channel,im"),
        "conversations.info": web.conversations_info(channel="C0GENERAL1"),
        "conversations.members": web.conversations_members(channel="C0GENERAL1"),
        "chat.postMessage": posted,
        "chat.postEphemeral": web.chat_postEphemeral(channel=dm, user=REP, text="x"),
        "chat.update": web.chat_update(**place, text="y", blocks=[{"type": "divider"}]),
        "chat.getPermalink": web.chat_getPermalink(channel=dm, message_ts=posted["ts"]),
        "chat.scheduleMessage": web.chat_scheduleMessage(channel=dm, text="x", post_at=1_800_000_000),
        "chat.startStream": (started := web.chat_startStream(**thread, markdown_text="x")),
        "chat.appendStream": web.chat_appendStream(channel=dm, ts=started["ts"], markdown_text="x"),
        "chat.stopStream": web.chat_stopStream(channel=dm, ts=started["ts"]),
        "conversations.history": web.conversations_history(channel=dm, include_all_metadata=True, oldest="0"),
        "conversations.replies": web.conversations_replies(channel=dm, ts=posted["ts"]),
        "reactions.add": web.reactions_add(channel=dm, timestamp=posted["ts"], name="eyes"),
        "reactions.remove": web.reactions_remove(channel=dm, timestamp=posted["ts"], name="eyes"),
        "views.open": web.views_open(trigger_id=running.slack.triggers.issue(REP), view=modal()),
        "views.push": web.views_push(trigger_id=running.slack.triggers.issue(REP), view=modal()),
        "views.publish": web.views_publish(user_id=REP, view=home),
        "blocks.validate": web.blocks_validate(blocks=GOOD),
        "assistant.threads.setStatus": web.assistant_threads_setStatus(
            channel_id=dm, thread_ts=posted["ts"], status="thinks"
        ),
        "agents.sessions.setStatus": web.agents_sessions_setStatus(
            channel_id=dm, thread_ts=posted["ts"], status="active"
        ),
        "agents.sessions.rename": web.agents_sessions_rename(channel_id=dm, thread_ts=posted["ts"], title="x"),
        "chat.delete": web.chat_delete(**place),
    }
    return {method: dict(answer.data) for method, answer in given.items()}


def without_nulls(value: Any) -> Any:
    """The real Slack answers null where its client's types only say that a field may be missing."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def test_every_answer_fits_the_schema_of_slacks_own_client(running: Running, schemas: Json) -> None:
    for method, answer in answers(running).items():
        reference = {"$ref": f"#/definitions/{schemas['x-methods'][method]['res']}"}
        validator = jsonschema.Draft7Validator({**reference, "definitions": schemas["definitions"]})
        # The client's list of blocks in answers is older than the blocks that may be sent (`test_slack_blocks.py`).
        problems = [
            error for error in validator.iter_errors(without_nulls(answer)) if "blocks" not in error.absolute_path
        ]
        assert [f"{error.json_path} {error.message[:200]}" for error in problems] == [], method


def test_a_record_of_the_bots_calls_fits_the_schema_of_slacks_own_client(running: Running, schemas: Json) -> None:
    running.do("app", record=True)
    answers(running)
    calls = running.ask("GET", "slack/requests")["requests"]
    assert {"chat.postMessage", "views.open", "chat.stopStream"} <= {call["method"] for call in calls}
    for call in calls:
        if call["method"] == "apps.connections.open" or call["args"].get("blocks") == GOOD:
            continue
        reference = {"$ref": f"#/definitions/{schemas['x-methods'][call['method']]['args']}"}
        validator = jsonschema.Draft7Validator({**reference, "definitions": schemas["definitions"]})
        # A call without a body is a form, which has only text: numbers and truth are not judged there.
        problems = [error.message[:300] for error in validator.iter_errors(typed(call["args"]))]
        assert problems == [], call["method"]


def typed(args: Json) -> Json:
    """Arguments of a form with the types their text stands for."""
    numbers = {"limit": int, "include_all_metadata": lambda v: v == "1", "return_im": lambda v: v == "1"}
    return {
        key: numbers[key](value) if key in numbers and isinstance(value, str) else value for key, value in args.items()
    }


def test_every_block_that_slacks_types_know_is_known_here(specs: Path) -> None:
    known = json.loads((specs / "slack" / "slack_types_blockkit.schema.json").read_text())["definitions"]
    types = set()
    for choice in known["KnownBlock"]["anyOf"]:
        definition = known[choice["$ref"].split("/")[-1]]
        parts = definition.get("anyOf") or definition.get("allOf") or [definition]
        types |= {part["properties"]["type"]["const"] for part in parts if "type" in part.get("properties", {})}
    # `file` comes only with messages that Slack itself makes of files; apps cannot send it.
    assert types - BLOCKS.keys() <= {"file"}
    assert len(types) > 15


def unknown(answer: Any, recorded: Any, at: str = "") -> set[str]:
    """The fields of an answer that a recording does not have or has with another type; blocks are not followed."""
    if at.endswith("/blocks") or answer is None or recorded is None:
        return set()
    if isinstance(answer, dict) and isinstance(recorded, dict):
        found: set[str] = set()
        for key, value in answer.items():
            if key in recorded:
                found |= unknown(value, recorded[key], f"{at}/{key}")
            elif recorded:
                found.add(f"{at}/{key}")
        return found
    if isinstance(answer, list) and isinstance(recorded, list):
        merged = recorded[0] if recorded else None
        return {path for item in answer for path in unknown(item, merged, at)}
    kinds = {bool: bool, int: (int, float), float: (int, float), str: str}
    expected = next((kind for python, kind in kinds.items() if type(recorded) is python), object)
    return set() if isinstance(answer, expected) else {f"{at} ({type(answer).__name__})"}  # type: ignore[arg-type]


def test_no_answer_has_a_field_that_real_answers_lack(running: Running, specs: Path) -> None:
    folder = specs / "slack" / "json-logs" / "api"
    judged = 0
    found: dict[str, set[str]] = {}
    for method, answer in answers(running).items():
        sample = folder / f"{method}.json"
        if not sample.exists():
            continue
        judged += 1
        found[method] = unknown(answer, json.loads(sample.read_text())) - NEWER.get(method, set())
    assert {method: sorted(paths) for method, paths in found.items() if paths} == {}
    assert judged >= 15


def test_events_and_interactions_look_like_the_real_ones(running: Running, specs: Path) -> None:
    logs = specs / "slack" / "json-logs"
    seen: dict[str, Json] = {}

    async def story() -> None:
        app = bolt_app(running)

        @app.middleware
        async def record(body: Json, next_: Any, ack: Any) -> None:
            seen[body.get("event", {}).get("type") or body.get("type") or "slash_command"] = body
            await next_()

        @app.event("message")
        @app.event("app_mention")
        @app.event("app_home_opened")
        async def on_event(event: Json) -> None:
            return

        @app.action("why")
        @app.view("reason")
        @app.command("/agent")
        async def acked(ack: Any) -> None:
            await ack()

        async with connected(running, app):
            await do(running, "say", user=REP, text="hello", wait=5)
            mention = f"<@{running.slack.workspace.identity.bot_user}> hello"
            await do(running, "say", user=REP, channel="C0GENERAL1", text=mention, wait=5)
            home = {"type": "home", "blocks": [{"type": "divider"}]}
            await asyncio.to_thread(running.web.views_publish, user_id=REP, view=home)
            await do(running, "home", user=REP, tab="home", wait=5)
            posted = await asyncio.to_thread(running.web.chat_postMessage, channel=REP, text="x", blocks=[BUTTON])
            where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
            await do(running, "press", **where, action_id="why")
            opened = await asyncio.to_thread(
                running.web.views_open, trigger_id=running.slack.triggers.issue(REP), view=modal()
            )
            await do(running, "submit", user=REP, view_id=opened["view"]["id"], values={"text": "x"})
            await do(running, "command", user=REP, command="/agent", text="x")

    asyncio.run(story())
    samples = {
        "message": "events/MessagePayload.json",
        "app_mention": "events/AppMentionPayload.json",
        "app_home_opened": "events/AppHomeOpenedPayload.json",
        "block_actions": "app-backend/interactive-components/BlockActionPayload.json",
        "view_submission": "app-backend/views/ViewSubmissionPayload.json",
        "slash_command": "app-backend/slash-commands/SlashCommandPayload.json",
    }
    found = {
        what: sorted(unknown(seen[what], json.loads((logs / sample).read_text())) - NEWER["payloads"])
        for what, sample in samples.items()
    }
    assert {what: paths for what, paths in found.items() if paths} == {}
