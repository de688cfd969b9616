"""Sentences that only one person is shown, and work that goes on after Slack was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

log = structlog.get_logger("bot")

NO_ANSWER = (SlackApiError, ClientError, OSError)
"""What a call to Slack raises when it was refused or got no answer; a timeout is an OSError."""

PAUSED = "Paused; your message is kept. *resume* lets it go on."
"""To whoever writes in a conversation that somebody has paused: nothing else shows that the message arrived."""

_going_on: set[asyncio.Task[Any]] = set()


def afterwards(work: Coroutine[Any, Any, Any]) -> None:
    """Go on with ``work`` once Slack has its answer. What must not be lost is stored before, never left to this."""
    task = asyncio.create_task(work)
    _going_on.add(task)  # the loop itself keeps weak references only
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task[Any]) -> None:
    _going_on.discard(task)
    if not task.cancelled() and (broken := task.exception()) is not None:
        log.error("afterwards.broke", exc_info=broken)


async def whisper(client: Any, channel: str | None, person: str, text: str, thread_ts: str | None = None) -> None:
    """Tell one person; where Daybook can't speak, in their own conversation with it. A lost one is said again by
    whoever presses or writes again.
    """
    for where in (channel, person):
        if where is None:
            continue
        try:
            if where == person:
                await client.chat_postMessage(channel=person, text=text, unfurl_links=False, unfurl_media=False)
            else:
                await client.chat_postEphemeral(channel=where, user=person, text=text, thread_ts=thread_ts)
        except NO_ANSWER as failed:
            log.warning("whisper.failed", error=str(failed))
        else:
            return
