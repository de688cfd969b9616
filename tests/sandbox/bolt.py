"""A small bolt application connected to the sandbox, and the people who use it, for the tests of both ways in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.served import Running


def bolt_app(running: Running) -> AsyncApp:
    """An unpatched bolt application that talks to the sandbox."""
    me = running.slack.workspace.identity
    client = AsyncWebClient(me.bot_token, base_url=running.api_url, retry_handlers=[])
    return AsyncApp(client=client, signing_secret=me.signing_secret)


@asynccontextmanager
async def connected(running: Running, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The application on Socket Mode, for as long as the block lasts."""
    handler = AsyncSocketModeHandler(app, running.slack.workspace.identity.app_token)
    await handler.connect_async()
    try:
        yield handler
    finally:
        await handler.close_async()


async def do(running: Running, what: str, **given: Any) -> Any:
    """A person acts, while this loop keeps serving the bot."""
    return await asyncio.to_thread(running.do, what, **given)


async def look(running: Running, what: str) -> Any:
    """Read one of the sandbox's own endpoints, while this loop keeps serving the bot."""
    return await asyncio.to_thread(running.ask, "GET", f"slack/{what}")
