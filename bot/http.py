"""The Slack app as an HTTP endpoint (events, buttons and commands at one address), for ``web`` to mount."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response


def endpoint(app: AsyncApp) -> Callable[[Request], Awaitable[Response]]:
    """Signature checks, dispatch and acknowledgement are bolt's."""
    handler = AsyncSlackRequestHandler(app)

    async def slack_events(request: Request) -> Response:
        return await handler.handle(request)

    return slack_events
