"""The Slack app over Socket Mode: no public address needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp


async def open_socket(app: AsyncApp, app_token: str) -> Callable[[], Awaitable[None]]:
    """Connect, and answer how to disconnect. The SDK reconnects by itself."""
    handler = AsyncSocketModeHandler(app, app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    return handler.close_async
