"""The Slack app: which listeners there are, over Socket Mode or HTTP.

Bolt is told to answer Slack after its listener (``process_before_response``): by itself it acknowledges an event
before anybody has seen it, and looks only every 10 ms whether a command was answered. So each listener here does two
things: it stores what came, through ``Door.store``, and answers; what takes longer goes on ``afterwards``. When
storing fails Slack gets an error, and delivers the event again.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection

from bot import commands, edits, errands, escalated, heard, home, messages, presses, routines, shortcuts
from bot.controls import NOTHING_HERE, Place, session_at, stop
from bot.dialogs import spot_of
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.saying import afterwards, whisper
from systems.faults import SystemFault

log = structlog.get_logger("bot")


def build(door: Door) -> AsyncApp:
    """The bolt app of this workspace. Nothing is asked of Slack yet."""
    settings = door.systems.settings
    token = settings.value("slack_bot_token")
    # No token here: with ``authorize`` bolt gives each request a client of its own, with the token that returns.
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=10, retry_handlers=[])
    if "//127.0.0.1" in settings.slack_api_url:
        client.proxy = None

    async def authorize(**_context: Any) -> AuthorizeResult:
        # Our own: bolt's switches to OAuth by itself when SLACK_CLIENT_ID happens to be in the environment.
        me = door.systems.chat.identity()
        return AuthorizeResult(
            enterprise_id=None, team_id=me.workspace, bot_token=token, bot_id=me.bot, bot_user_id=me.bot_user
        )

    app = AsyncApp(
        client=client,
        authorize=authorize,
        signing_secret=settings.value("slack_signing_secret") or "unused-in-socket-mode",
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
    )
    _listen(app, door)
    presses.listen(app, door, home.publish_after)
    routines.listen(app, door, home.publish, home.publish_after)
    escalated.listen(app, door, home.publish_after)
    edits.listen(app, door, home.publish_after)
    for part in (commands, shortcuts, home):
        part.listen(app, door)

    @app.event(re.compile(".*"))
    async def anything_else() -> None:
        """Heard so that Slack does not deliver it again and again."""

    @app.action(re.compile(".*"))
    async def unknown_press(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        spot = spot_of(body)
        afterwards(whisper(client, spot.channel or None, body["user"]["id"], presses.OUT_OF_DATE, spot.thread_ts))

    @app.error
    async def broke(error: Exception, body: dict[str, Any]) -> None:
        log.error("listener.broke", kind=body.get("type"), exc_info=error)

    return app


def _listen(app: AsyncApp, door: Door) -> None:
    async def spoken_to(event: dict[str, Any], client: Any) -> None:
        said = heard.understand(event)
        if said is None:
            return
        answer = await door.store(lambda connection: messages.take(connection, door, said))
        door.tell_errands()
        if answer is not None:
            afterwards(whisper(client, answer.channel, answer.person, answer.text, answer.thread_ts))

    app.event("message")(spoken_to)
    app.event("app_mention")(spoken_to)

    @app.event("agent_session_stopped")
    async def stopped(event: dict[str, Any], body: dict[str, Any], client: Any) -> None:
        channel, thread, person = str(event["channel"]), event.get("thread_ts"), str(event["user"])
        at = Place(channel, thread, thread or "", channel.startswith("D"), person)
        said = await door.store(lambda connection: _stop(connection, door, at, str(body["event_id"])))
        if said is not None:
            afterwards(whisper(client, channel, person, said, thread))
            if said != STRANGER:
                afterwards(_at_rest(door, channel, thread))


def _stop(connection: Connection, door: Door, at: Place, event: str) -> str | None:
    """Slack's own stop button: what to tell the person; None for an event that was acted on before.

    Slack delivers again what it believes lost, and by then another turn may be running that nobody wants stopped.
    """
    now = door.systems.clock.now()
    if not errands.first_time(connection, door.workspace, f"stop:{event}", now):
        return None
    if not is_member(connection, door.workspace, at.person):
        return STRANGER
    session = session_at(connection, door, at)
    return stop(connection, door, session, at.person, now) if session is not None else NOTHING_HERE


async def _at_rest(door: Door, channel: str, thread: str | None) -> None:
    """Slack ends our streams by itself, but leaves the session "processing" with its stop button until it is told."""
    if thread is None:
        return
    try:
        await asyncio.to_thread(door.systems.chat.set_session, channel, thread, "active")
    except SystemFault as fault:
        log.warning("session.not_at_rest", error=str(fault))
