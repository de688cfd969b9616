"""What people do with their messages and how the app is told: typing, changing, taking back, private channels."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.slack.typed import rich_text, wire_text
from tests.sandbox.bolt import bolt_app, connected, do
from tests.sandbox.page_bot import Bot
from tests.sandbox.served import OTHER_REP, REP, Running, refusal

Json = dict[str, Any]
ME = "U0DAYBOOK1"


def heard_by_the_app(running: Running, acts: Any) -> list[Json]:
    """The events a connected app is told while `acts(do)` runs, oldest first."""

    async def story() -> list[Json]:
        app, events = bolt_app(running), []

        @app.middleware
        async def note(body: Json, next_: Any) -> None:
            events.append(body["event"])
            await next_()

        @app.event("message")
        @app.event("app_mention")
        @app.event("app_context_changed")
        async def on_event() -> None:
            return

        async with connected(running, app):
            await acts(lambda what, **given: do(running, what, wait=5, **given))
        return events

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("R&D costs < 5 > 4", "R&amp;D costs &lt; 5 &gt; 4"),
        ("@Daybook hi", f"<@{ME}> hi"),
        ("(@wren) and @Wren Quill, @wrenly", "(<@U1>) and <@U2>, @wrenly"),
        ("mail me@daybook.example", "mail me@daybook.example"),
        ("see https://a.example/x?a=1&b=2.", "see <https://a.example/x?a=1&amp;b=2>."),
        ("in #sales or #salesforce", "in <#C1|sales> or #salesforce"),
    ],
)
def test_what_is_typed_is_sent_as_slack_sends_it(typed: str, sent: str) -> None:
    people = {"daybook": ME, "wren": "U1", "Wren Quill": "U2"}
    assert wire_text(typed, people, {"sales": "C1"}) == sent


def test_the_block_beside_a_text_says_what_a_reader_sees() -> None:
    (section,) = rich_text("<@U1> R&amp;D <https://a.example|a> <!here>")["elements"]
    kinds = [element["type"] for element in section["elements"]]
    assert kinds == ["user", "text", "link", "text", "broadcast"]
    assert section["elements"][1]["text"] == " R&D "


def test_an_edit_and_a_deletion_reach_the_app_with_the_message_as_it_was(running: Running, specs: Path) -> None:
    said: Json = {}

    async def acts(do_: Any) -> None:
        said.update(await do_("say", user=REP, typed="I called Acme"))
        ts = said["message"]["ts"]
        await do_("edit", user=REP, ts=ts, text="I called Globex")
        await do_("delete", user=REP, ts=ts)

    _, edited, deleted = heard_by_the_app(running, acts)
    assert (edited["subtype"], edited["hidden"]) == ("message_changed", True)
    assert (edited["message"]["text"], edited["previous_message"]["text"]) == ("I called Globex", "I called Acme")
    assert edited["message"]["edited"]["user"] == REP
    assert float(edited["ts"]) > float(edited["message"]["ts"])
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", said["message"]["ts"])
    assert deleted["previous_message"]["text"] == "I called Globex"
    assert running.texts() == []
    types = json.loads((specs / "slack" / "slack_types_events.schema.json").read_text())
    for event, name in ((edited, "MessageChangedEvent"), (deleted, "MessageDeletedEvent")):
        # What was said before is judged by the test of whole messages; here it is the frame that counts.
        frame = {key: value for key, value in event.items() if key not in ("message", "previous_message")}
        wanted = types["definitions"][name]["required"]
        assert set(wanted) <= event.keys()
        definition = {key: types["definitions"][name]["properties"][key] for key in frame}
        jsonschema.Draft7Validator(
            {"type": "object", "properties": definition, "definitions": types["definitions"]}
        ).validate(frame)


def test_a_message_with_replies_leaves_a_tombstone_that_is_told_as_a_change(running: Running) -> None:
    async def acts(do_: Any) -> None:
        root = await do_("say", user=REP, text="root")
        await do_("say", user=REP, text="reply", thread_ts=root["message"]["ts"])
        await do_("delete", user=REP, ts=root["message"]["ts"])

    *_, told = heard_by_the_app(running, acts)
    assert (told["subtype"], told["message"]["subtype"]) == ("message_changed", "tombstone")
    assert told["previous_message"]["text"] == "root"


def test_only_ones_own_messages_are_changed_and_never_into_nothing(running: Running) -> None:
    posted = running.web.chat_postMessage(channel=REP, text="the app's")
    assert "own messages" in running.do("edit", user=REP, ts=posted["ts"], text="x")["error"]
    assert "own messages" in running.do("delete", user=REP, ts=posted["ts"])["error"]
    said = running.do("say", user=REP, channel="C0SALES001", text="mine")
    where = {"channel": "C0SALES001", "ts": said["message"]["ts"]}
    assert "own messages" in running.do("edit", user=OTHER_REP, text="x", **where)["error"]
    assert "delete it" in running.do("edit", user=REP, text=" ", **where)["error"]
    assert "sees no message" in running.do("delete", user=REP, channel="C0SALES001", ts="1.000001")["error"]


def test_the_apps_own_deletion_comes_back_to_it(running: Running, bot: Bot) -> None:
    running.do("request_url", url=bot.url)
    posted = running.web.chat_postMessage(channel=REP, text="mine")
    running.web.chat_delete(channel=posted["channel"], ts=posted["ts"])
    gone = bot.hears("message")["event"]
    assert (gone["subtype"], gone["previous_message"]["text"]) == ("message_deleted", "mine")


def test_a_private_channel_is_heard_listed_and_read_by_its_own_events_and_scopes(running: Running) -> None:
    manager = "U0MGR00001"

    async def acts(do_: Any) -> None:
        await do_("say", user=manager, channel="C0DEALDSK1", typed="@Daybook what is at risk?")

    message, mention = heard_by_the_app(running, acts)
    assert (message["channel_type"], mention["type"]) == ("group", "app_mention")
    scopes = set(running.ask("GET", "slack/app")["scopes"])
    running.do("app", scopes=sorted(scopes - {"groups:history"}), bot_events=["message.channels", "app_mention"])
    answer = refusal(running.web.conversations_history, channel="C0DEALDSK1")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")
    assert running.web.conversations_history(channel="C0SALES001")["ok"]
    events = heard_by_the_app(running, acts)
    assert [event["type"] for event in events] == ["app_mention"]


def test_where_the_app_is_no_member_it_hears_nothing_and_reads_nothing(running: Running) -> None:
    async def acts(do_: Any) -> None:
        await do_("say", user=REP, channel="C0RANDOM01", typed="@Daybook are you there?")
        await do_("say", user=REP, channel="C0RANDOM01", text="apparently not")

    assert heard_by_the_app(running, acts) == []
    told = running.ask("GET", f"slack/messages?user={REP}&channel=C0RANDOM01")
    assert "not in this channel" in told["ephemerals"][0]["text"]
    assert refusal(running.web.conversations_history, channel="C0RANDOM01")["error"] == "not_in_channel"
    assert refusal(running.web.chat_postMessage, channel="C0RANDOM01", text="x")["error"] == "not_in_channel"


def test_the_app_learns_what_a_person_looks_at_beside_it(running: Running) -> None:
    async def acts(do_: Any) -> None:
        await do_("context", user=REP, channel="C0SALES001")

    (event,) = heard_by_the_app(running, acts)
    assert (event["user"], event["channel"]) == (REP, "D0REP00001")
    (seen,) = event["context"]["entities"]
    assert (seen["type"], seen["value"]) == ("slack#/types/channel_id", "C0SALES001")
