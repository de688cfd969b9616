"""Events, presses and commands over signed HTTP, as bolt's own request handler verifies them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from tests.sandbox.bolt import bolt_app, do, look
from tests.sandbox.served import REP, Running
from tests.sandbox.test_slack_socket import BUTTON

Json = dict[str, Any]


@asynccontextmanager
async def served(running: Running, app: AsyncApp, seen: list[Any]) -> AsyncIterator[str]:
    """The bolt application behind an HTTP address that the sandbox is told of."""

    async def door(request: web.Request) -> web.Response:
        body = await request.text()
        seen.append((dict(request.headers), body))
        answer = await app.async_dispatch(AsyncBoltRequest(body=body, headers=dict(request.headers)))
        content = answer.first_headers()
        return web.Response(status=answer.status, text=answer.body, headers=content)

    site = web.Application()
    site.router.add_post("/slack/events", door)
    runner = web.AppRunner(site)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield address
    finally:
        await do(running, "app", request_url=None)
        await runner.cleanup()


def test_a_request_url_is_verified_and_then_gets_signed_events(running: Running) -> None:
    async def story() -> None:
        app, heard, seen = bolt_app(running), asyncio.Queue[str](), list[Any]()

        @app.event("message")
        async def on_message(event: Json) -> None:
            await heard.put(event["text"])

        async with served(running, app, seen) as address:
            assert (await do(running, "request_url", url=address))["verified"] is True
            said = await do(running, "say", user=REP, text="hello", wait=5)
            assert (said["delivery"]["acked"], said["delivery"]["via"]) == (True, "http")
            assert await asyncio.wait_for(heard.get(), 5) == "hello"
            headers = {name.lower(): value for name, value in seen[-1][0].items()}
            assert headers["content-type"] == "application/json"
            assert headers["x-slack-signature"].startswith("v0=")
            assert "x-slack-retry-num" not in headers

    asyncio.run(story())


def test_a_wrong_signing_secret_is_refused_by_bolt_and_the_event_is_sent_again(running: Running) -> None:
    async def story() -> None:
        app, seen = bolt_app(running), list[Any]()
        running.slack.workspace.identity.signing_secret = "0" * 32
        async with served(running, app, seen) as address:
            assert (await do(running, "request_url", url=address))["verified"] is False
            await do(running, "app", retry_seconds=[0, 0, 0])
            said = await do(running, "say", user=REP, text="hello", wait=5)
            assert (said["delivery"]["acked"], said["delivery"]["failure"]) == (False, "http_error")
            headers = {name.lower(): value for name, value in seen[-1][0].items()}
            assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("3", "http_error")

    asyncio.run(story())


def test_presses_commands_and_response_urls_work_over_http(running: Running) -> None:
    async def story() -> None:
        app, seen, urls = bolt_app(running), list[Any](), asyncio.Queue[str]()

        @app.action("why")
        async def why(ack: Any, respond: Any, body: Json) -> None:
            await ack()
            await respond(text="Because.", response_type="ephemeral", replace_original=False)
            await urls.put(body["response_url"])

        @app.command("/agent")
        async def agent(ack: Any, command: Json) -> None:
            await ack({"response_type": "in_channel", "text": f"{command['command']} {command['text']}"})

        async with served(running, app, seen) as address:
            await do(running, "request_url", url=address)
            posted = await asyncio.to_thread(running.web.chat_postMessage, channel=REP, text="x", blocks=[BUTTON])
            where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
            assert (await do(running, "press", **where, action_id="why"))["delivery"]["acked"] is True
            assert seen[-1][1].startswith("payload=")
            await asyncio.wait_for(urls.get(), 5)
            assert [m["text"] for m in (await look(running, f"messages?user={REP}"))["ephemerals"]] == ["Because."]
            ran = await do(running, "command", user=REP, command="/agent", text="a b")
            assert ran["delivery"]["acked"] is True
            assert "command=%2Fagent&text=a+b" in seen[-1][1]
            assert (await asyncio.to_thread(running.texts))[-1] == "/agent a b"

    asyncio.run(story())


def test_a_bot_that_answers_nothing_fails_the_press_after_three_seconds_by_default(running: Running) -> None:
    assert running.ask("GET", "slack/app")["ack_seconds"] == 3.0
    posted = running.web.chat_postMessage(channel=REP, text="x", blocks=[BUTTON])
    where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
    told = running.do("press", **where, action_id="why")
    assert (told["delivery"]["acked"], told["delivery"]["failure"]) == (False, "no_receiver")
