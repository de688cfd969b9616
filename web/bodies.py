"""How much anybody may send, and how long they may take for it, before it is known who they are."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1_048_576
"""Slack's and HubSpot's own are a few ten thousand bytes; the signature can only be checked on the whole."""
MOST_SECONDS = 10.0
# What else is on its way is not read: the connection ends with the answer.
_CLOSE = {"connection": "close"}


class Bodies:
    """Wraps the application: a request's body that is too long is answered 413, one that takes too long 408."""

    def __init__(self, app: ASGIApp, seconds: float = MOST_SECONDS) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen, whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds
        said = dict(scope["headers"]).get(b"content-length", b"0")

        async def part() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()  # only whether the sender is still there
            if said.isdigit() and int(said) > MOST_BYTES:
                raise HTTPException(413, f"at most {MOST_BYTES} bytes", _CLOSE)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "the body took too long", _CLOSE) from None
            seen += len(message.get("body", b""))
            if seen > MOST_BYTES:
                raise HTTPException(413, f"at most {MOST_BYTES} bytes", _CLOSE)
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, part, send)
