"""A press that opens a dialog: drawn at once from our own tables, or answered with a sentence that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog

from bot.door import Door
from bot.saying import NO_ANSWER, whisper

log = structlog.get_logger("bot.dialogs")

NOT_DRAWN = "Daybook could not work that out just now. Nothing was changed; please press {button} again in a minute."
TOO_LATE = "That took too long to open; please press {button} again."

Draw = Callable[[Door, dict[str, Any]], dict[str, Any] | str]
"""The dialog for a press, or why there is none."""


class Spot(NamedTuple):
    """The message that a button stands on; all empty on Home. ``thread_ts`` is the thread it is an answer in."""

    channel: str = ""
    ts: str = ""
    thread_ts: str | None = None


def spot_of(body: dict[str, Any]) -> Spot:
    """Where it was pressed. A message that a thread hangs below stands outside of it, and is answered there."""
    box = body.get("container") or {}
    ts, thread = str(box.get("message_ts") or ""), box.get("thread_ts")
    return Spot(str(box.get("channel_id") or ""), ts, str(thread) if thread and thread != ts else None)


async def open_dialog(door: Door, body: dict[str, Any], client: Any, draw: Draw) -> None:
    """A press takes its trigger along for three seconds only, so no vendor is asked before; whoever gets a sentence
    just presses again.
    """
    person, spot = body["user"]["id"], spot_of(body)
    label = (body["actions"][0].get("text") or {}).get("text")
    button = f"*{label}*" if label else "it"
    try:
        view = await asyncio.to_thread(draw, door, body)
    except Exception:
        log.exception("dialog.not_drawn")
        view = NOT_DRAWN.format(button=button)
    if isinstance(view, str):
        await whisper(client, spot.channel or None, person, view, spot.thread_ts)
        return
    try:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
    except NO_ANSWER as refused:
        log.warning("dialog.not_opened", error=str(refused))
        await whisper(client, spot.channel or None, person, TOO_LATE.format(button=button), spot.thread_ts)
