"""Buttons on the list: *Why?* is answered at once; the others are stored durably and answered by their turn."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiohttp import ClientError
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.door import Door
from sessions import events
from sessions.session import Pressed
from store.engine import reading
from tools import explain_priority
from views import morning_list as list_view
from views import why as why_view

log = structlog.get_logger("bot.presses")

NO_ANSWER = (SlackApiError, ClientError, OSError)
"""What a call to Slack raises when it was refused or got no answer; a timeout is an OSError."""

STORED = ("snooze_account", "dismiss_account", "restore_account")
NOT_STORED = "Daybook could not store that press. Nothing was changed; please press again in a minute."
NOT_EXPLAINED = "Daybook could not work that out just now. Nothing was changed; please press *Why?* again in a minute."
OUT_OF_DATE = "This button is from a message Daybook no longer knows. Your next list has working ones."


def listen(app: AsyncApp, door: Door) -> None:
    for action in STORED:
        app.action(action)(_storing(door, action))

    @app.action("open_in_hubspot")
    async def opened(ack: Any) -> None:
        await ack()

    @app.action("explain_priority")
    async def why(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        session, account, _choice = _read(body)
        person = body["user"]["id"]
        try:
            answer = await asyncio.to_thread(_explain, door, person, session, account)
        except Exception:
            log.exception("why.broke")
            answer = NOT_EXPLAINED
        if isinstance(answer, str):
            await _whisper(client, body, answer)
            return
        try:
            await client.views_open(trigger_id=body["trigger_id"], view=why_view.modal(answer))
        except NO_ANSWER as refused:
            # A press takes its trigger along for 3 seconds only; after a hiccup the person just presses again.
            log.warning("why.not_opened", error=str(refused))
            await _whisper(client, body, "That took too long to open; please press *Why?* again.")


def _explain(door: Door, person: str, session: str, account: str) -> why_view.Why | str:
    with reading(door.database).connect() as connection:  # a sync that is writing must not keep the person waiting
        logged = events.latest(connection, session, "listed")
        if logged is None:
            return OUT_OF_DATE
        return explain_priority.run(
            connection, door.systems, door.workspace, person, session, logged, account, door.systems.clock.now()
        )


def _storing(door: Door, action: str) -> Any:
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        try:
            sorry = await asyncio.to_thread(_store, door, action, body)
        except Exception:
            log.exception("press.not_stored")
            sorry = NOT_STORED
        await ack()
        if sorry is not None:
            await _whisper(client, body, sorry)

    return pressed


def _store(door: Door, action: str, body: dict[str, Any]) -> str | None:
    """Put the press through the door; answers what to say when it is no press of ours."""
    session, account, choice = _read(body)
    with reading(door.database).connect() as connection:
        if events.latest(connection, session, "listed") is None:
            return OUT_OF_DATE
    person, ts = body["user"]["id"], body["container"]["message_ts"]
    door.submit(
        Pressed(
            key=f"{door.workspace}:press:{ts}:{body['actions'][0]['action_ts']}:{person}:{action}",
            session=session,
            agent="row_buttons",
            person=person,
            action=action,
            account=account,
            choice=choice,
            channel=body["container"]["channel_id"],
            message_ts=ts,
            pressed_at=door.systems.clock.now(),
        )
    )
    return None


def _read(body: dict[str, Any]) -> tuple[str, str, str | None]:
    """(session, account, choice) of the pressed element; ("", "", None) when it isn't one of ours."""
    action = body["actions"][0]
    option = action.get("selected_option")
    # Only what is chosen from a menu carries a choice; a button's value is the row's key alone.
    key, choice = list_view.read_choice(option["value"]) if option else (action.get("value") or "", None)
    session, _, account = key.rpartition("/")
    return session, account, choice


async def _whisper(client: Any, body: dict[str, Any], text: str) -> None:
    try:
        await client.chat_postEphemeral(channel=body["container"]["channel_id"], user=body["user"]["id"], text=text)
    except NO_ANSWER as failed:
        log.warning("whisper.failed", error=str(failed))
