"""Socket Mode with bolt's own handler: events, presses, modals, commands, and what happens when nobody answers."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.bolt import bolt_app, connected, do, look
from tests.sandbox.served import OTHER_REP, REP, Running

Json = dict[str, Any]
BUTTON = {
    "type": "actions",
    "block_id": "acme",
    "elements": [
        {"type": "button", "action_id": "why", "value": "77", "text": {"type": "plain_text", "text": "Why?"}},
        {
            "type": "static_select",
            "action_id": "snooze",
            "options": [{"text": {"type": "plain_text", "text": "A week"}, "value": "7"}],
        },
    ],
}


def modal(**more: Any) -> Json:
    field = {"type": "plain_text_input", "action_id": "text", "initial_value": "so far"}
    label = {"type": "plain_text", "text": "Reason"}
    return {
        "type": "modal",
        "callback_id": "reason",
        "title": {"type": "plain_text", "text": "Not relevant"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": [{"type": "input", "block_id": "why", "label": label, "element": field}],
        **more,
    }


def test_a_message_reaches_bolt_once_with_everything_slack_says_about_it(running: Running) -> None:
    async def story() -> None:
        app, heard = bolt_app(running), asyncio.Queue[Json]()

        @app.event("message")
        async def on_message(body: Json, say: Any) -> None:
            await heard.put(body)
            await say("Logged.", thread_ts=body["event"]["ts"])

        async with connected(running, app):
            said = await do(running, "say", user=REP, text="I called Acme", wait=5)
            body = await asyncio.wait_for(heard.get(), 5)
            assert body["event"]["channel_type"] == "im"
            assert body["event"]["text"] == "I called Acme"
            assert body["event"]["user"] == REP
            assert body["team_id"] == "T0SANDBOX1"
            assert body["event_id"] == said["delivery"]["id"]
            assert said["delivery"]["acked"] is True
            assert said["delivery"]["via"] == "socket"
            told = await look(running, f"messages?user={REP}&at_least=2&seconds=5")
            assert told["messages"][1]["thread_ts"] == said["message"]["ts"]
            assert heard.empty()

    asyncio.run(story())


def test_a_press_is_acked_opens_a_modal_and_the_modal_answers(running: Running) -> None:
    async def story() -> None:
        app, pressed, submitted = bolt_app(running), asyncio.Queue[Json](), asyncio.Queue[Json]()

        @app.action("why")
        async def why(ack: Any, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())
            await pressed.put(body)

        @app.view("reason")
        async def reason(ack: Any, body: Json) -> None:
            typed = body["view"]["state"]["values"]["why"]["text"]["value"]
            if typed == "no":
                await ack(response_action="errors", errors={"why": "Say more."})
            elif typed == "more":
                await ack(response_action="update", view=modal(title={"type": "plain_text", "text": "Thanks"}))
            else:
                await ack()
            await submitted.put(body)

        async with connected(running, app):
            posted = await asyncio.to_thread(
                running.web.chat_postMessage, channel=REP, text="x", blocks=[BUTTON],
                metadata={"event_type": "t", "event_payload": {"k": "v"}},
            )  # fmt: skip
            where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
            answer = await do(running, "press", **where, action_id="why")
            assert answer["delivery"]["acked"] is True
            assert 0 < answer["delivery"]["ms"] < 3000
            body = await asyncio.wait_for(pressed.get(), 5)
            (action,) = body["actions"]
            assert (action["block_id"], action["value"], action["type"]) == ("acme", "77", "button")
            assert body["container"]["message_ts"] == posted["ts"]
            assert body["message"]["metadata"]["event_payload"] == {"k": "v"}
            assert body["state"]["values"] == {"acme": {"snooze": {"type": "static_select", "selected_option": None}}}

            view = (await look(running, f"views?user={REP}&seconds=5"))["top"]
            for values, outcome in (
                ({"text": "no"}, {"errors": {"why": "Say more."}}),
                ({"why": "more"}, {"view": "Thanks"}),
                ({}, {"closed": True}),
            ):
                if outcome.get("closed"):
                    values = {"text": "They left"}
                told = await do(running, "submit", user=REP, view_id=view["id"], values=values)
                assert told["delivery"]["acked"] is True
                if "view" in outcome:
                    assert told["view"]["title"]["text"] == "Thanks"
                else:
                    assert told.items() >= outcome.items()
                await asyncio.wait_for(submitted.get(), 5)
            assert (await look(running, f"views?user={REP}"))["top"] is None

    asyncio.run(story())


def test_a_choice_travels_with_its_option(running: Running) -> None:
    async def story() -> None:
        app, chosen = bolt_app(running), asyncio.Queue[Json]()

        @app.action("snooze")
        async def snooze(ack: Any, action: Json, respond: Any) -> None:
            await ack()
            await respond(text="Snoozed.", replace_original=True)
            await chosen.put(action)

        async with connected(running, app):
            posted = await asyncio.to_thread(running.web.chat_postMessage, channel=REP, text="x", blocks=[BUTTON])
            where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
            await do(running, "press", **where, action_id="snooze", selected_option="7")
            action = await asyncio.wait_for(chosen.get(), 5)
            assert action["selected_option"]["text"]["text"] == "A week"
            assert await asyncio.to_thread(running.texts) == ["Snoozed."]
            refused = await do(running, "press", **where, action_id="snooze", selected_option="8")
            assert "there is no action" in refused["error"]

    asyncio.run(story())


def test_a_command_is_acked_and_its_answer_is_ephemeral(running: Running) -> None:
    async def story() -> None:
        app = bolt_app(running)

        @app.command("/agent")
        async def agent(ack: Any, command: Json) -> None:
            await ack(f"You asked {command['text']}")

        async with connected(running, app):
            ran = await do(running, "command", user=REP, command="/agent", text="security hello")
            assert ran["delivery"]["payload"] == {"text": "You asked security hello"}
            told = await look(running, f"messages?user={REP}")
            assert [m["text"] for m in told["ephemerals"]] == ["You asked security hello"]
            assert told["messages"] == []
            refused = await do(running, "command", user=REP, command="/agent", thread_ts="1.2")
            assert "not supported in threads" in refused["error"]

    asyncio.run(story())


def test_opening_the_app_tells_the_tab_and_home_can_be_published_and_pressed(running: Running) -> None:
    async def story() -> None:
        app, opened, pressed = bolt_app(running), asyncio.Queue[Json](), asyncio.Queue[Json]()

        @app.event("app_home_opened")
        async def home(event: Json, client: Any) -> None:
            view = {"type": "home", "blocks": [BUTTON]}
            if event["tab"] == "home":
                await client.views_publish(user_id=event["user"], view=view)
            await opened.put(event)

        @app.action("why")
        async def why(ack: Any, body: Json) -> None:
            await ack()
            await pressed.put(body)

        async with connected(running, app):
            await do(running, "home", user=REP, tab="messages")
            event = await asyncio.wait_for(opened.get(), 5)
            assert (event["tab"], event["channel"]) == ("messages", "D0REP00001")
            await do(running, "home", user=REP, tab="home")
            await asyncio.wait_for(opened.get(), 5)
            assert (await look(running, f"views?user={REP}"))["home"]["type"] == "home"
            await do(running, "press", user=REP, home=True, action_id="why")
            body = await asyncio.wait_for(pressed.get(), 5)
            assert body["container"]["type"] == "view"
            assert body["view"]["type"] == "home"

    asyncio.run(story())


def test_an_event_nobody_acks_is_sent_again_with_its_number_and_reason(running: Running) -> None:
    async def story() -> None:
        app, tries = bolt_app(running), asyncio.Queue[tuple[str, Any, Any]]()

        @app.middleware
        async def stumble(req: Any, body: Json, next_: Any) -> None:
            number = (req.headers.get("x-slack-retry-num") or [None])[0]
            await tries.put((body["event_id"], number, (req.headers.get("x-slack-retry-reason") or [None])[0]))
            if number != "2":
                raise RuntimeError("stumbled before the event was safe")
            await next_()

        @app.event("message")
        async def on_message(event: Json) -> None:
            return

        await do(running, "app", ack_seconds=0.8, retry_seconds=[0, 0, 0])
        async with connected(running, app):
            said = await do(running, "say", user=REP, text="hello", wait=10)
        assert (said["delivery"]["acked"], said["delivery"]["attempts"]) == (True, 3)
        seen = [tries.get_nowait() for _ in range(3)]
        assert [number for _, number, _ in seen] == ["0", "1", "2"]
        assert {event_id for event_id, _, _ in seen} == {said["delivery"]["id"]}
        assert seen[1][2] == "timeout"

    asyncio.run(story())


def test_without_a_bot_an_event_is_given_up_after_three_repetitions(running: Running) -> None:
    running.do("app", retry_seconds=[0, 0, 0])
    said = running.do("say", user=REP, text="anybody?", wait=5)
    assert said["delivery"]["attempts"] == 4
    assert said["delivery"]["failure"] == "no_receiver"


def test_a_connection_that_slack_wants_replaced_is_replaced(running: Running) -> None:
    async def story() -> None:
        app, heard = bolt_app(running), asyncio.Queue[str]()

        @app.event("message")
        async def on_message(event: Json) -> None:
            await heard.put(event["text"])

        async with connected(running, app):
            running.ask("DELETE", "calls")
            assert (await do(running, "disconnect"))["connections"] == 1
            await do(running, "app", retry_seconds=[0.2, 1, 1])
            await do(running, "say", user=REP, text="still there?", wait=5)
            assert await asyncio.wait_for(heard.get(), 5) == "still there?"
            calls = await asyncio.to_thread(running.ask, "GET", "calls")
            assert calls["slack"]["by"]["apps.connections.open"] == 1

    asyncio.run(story())


def test_the_wire_says_hello_answers_pings_and_takes_a_ticket_once(running: Running) -> None:
    async def story() -> None:
        token = running.slack.workspace.identity.app_token
        opened = await asyncio.to_thread(running.web.apps_connections_open, app_token=token)
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(opened["url"]) as socket:
                hello = await socket.receive_json(timeout=5)
                assert (hello["type"], hello["num_connections"]) == ("hello", 1)
                await socket.ping(b"sdk-ping-pong:1")
                press = asyncio.create_task(do(running, "command", user=REP, command="/x"))
                envelope = await socket.receive_json(timeout=5)
                assert envelope["type"] == "slash_commands"
                assert envelope["accepts_response_payload"] is True
                await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}})
                assert (await press)["delivery"]["payload"] == {"text": "hi"}
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(opened["url"])

    asyncio.run(story())


def test_a_press_by_somebody_who_cannot_see_the_message_is_refused_unless_forced(running: Running) -> None:
    async def story() -> None:
        app, pressed = bolt_app(running), asyncio.Queue[str]()

        @app.action("why")
        async def why(ack: Any, body: Json) -> None:
            await ack()
            await pressed.put(body["user"]["team_id"])

        async with connected(running, app):
            posted = await asyncio.to_thread(running.web.chat_postMessage, channel=REP, text="x", blocks=[BUTTON])
            where = {"channel": posted["channel"], "message_ts": posted["ts"], "action_id": "why"}
            assert "is not in" in (await do(running, "press", user=OTHER_REP, **where))["error"]
            forced = await do(running, "press", user="U0STRANGER", force=True, **where)
            assert forced["delivery"]["acked"] is True
            assert await asyncio.wait_for(pressed.get(), 5) == "T0OUTSIDE1"

    asyncio.run(story())


def test_an_envelope_goes_to_one_of_several_connections(running: Running) -> None:
    async def story() -> None:
        heard = asyncio.Queue[str]()
        apps = [bolt_app(running), bolt_app(running)]
        for app in apps:

            @app.event("message")
            async def on_message(event: Json) -> None:
                await heard.put(event["text"])

        async with connected(running, apps[0]), connected(running, apps[1]):
            for n in range(4):
                await do(running, "say", user=REP, text=str(n), wait=5)
            texts = sorted([await asyncio.wait_for(heard.get(), 5) for _ in range(4)])
            assert texts == ["0", "1", "2", "3"]
            assert heard.empty()

    asyncio.run(story())


def test_an_event_can_come_twice_and_a_connection_can_die(running: Running) -> None:
    async def story() -> None:
        app, heard = bolt_app(running), asyncio.Queue[str]()

        @app.event("message")
        async def on_message(body: Json) -> None:
            await heard.put(body["event_id"])

        async with connected(running, app) as handler:
            said = await do(running, "say", user=REP, text="once", wait=5)
            again = await do(running, "redeliver", event_id=said["delivery"]["id"], wait=5)
            assert again["delivery"]["acked"] is True
            assert [await asyncio.wait_for(heard.get(), 5) for _ in range(2)] == [said["delivery"]["id"]] * 2
            assert (await do(running, "disconnect", abrupt=True))["connections"] == 1
            while not await handler.client.is_connected() or not running.slack.sockets.connected:
                await handler.client.connect_to_new_endpoint()
            assert (await do(running, "say", user=REP, text="again", wait=5))["delivery"]["acked"] is True

    asyncio.run(story())
