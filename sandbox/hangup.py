"""Hanging up on a caller: closing the TCP connection without an answer, or half-way through one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HangUpProtocol", "Receive", "Scope", "Send", "break_off", "half_answer", "hang_up"]


class HangUpProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also gives the application `scope["sandbox.connection"]`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = self.app

        async def with_connection(scope: Any, receive: Any, send: Any) -> None:
            scope["sandbox.connection"] = self
            await served(scope, receive, send)

        self.app = with_connection


async def hang_up(scope: Scope) -> None:
    """Drop the caller's connection at once; the application then returns without answering."""
    scope["sandbox.connection"].transport.abort()
    await _until_lost()


async def half_answer(
    scope: Scope, send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> None:
    """Promise the whole body, send half of it, and close the connection."""
    promised = [pair for pair in headers if pair[0].lower() != b"content-length"]
    promised.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": promised})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await break_off(scope)


async def break_off(scope: Scope) -> None:
    """Close the connection in the middle of an answer; what was sent so far still arrives."""
    scope["sandbox.connection"].transport.close()
    await _until_lost()


async def _until_lost() -> None:
    # The loop tells the server that the connection is lost; only then may the call end without an answer.
    for _ in range(3):
        await asyncio.sleep(0)
