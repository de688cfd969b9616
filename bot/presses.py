"""Buttons: what changes something is stored durably and answered by its turn; *Why?* is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection, select

from bot.dialogs import Spot, open_dialog, spot_of
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.saying import afterwards, whisper
from sessions import events
from sessions.session import Decided, Pressed
from sessions.store import sessions
from store.engine import reading
from tools import explain_priority
from views import card
from views import morning_list as list_view
from views import why as why_view

log = structlog.get_logger("bot.presses")

STORED = ("snooze_account", "dismiss_account", "restore_account")
DECISIONS = ("apply_change", "cancel_change", "undo")
CARD_BUTTONS = "card_buttons"
"""The agent whose turn a decision is."""
NOT_STORED = "Daybook could not store that press. Nothing was changed; please press again in a minute."
NOT_KNOWN = "Daybook no longer knows what this button is about. Nothing was changed."
OUT_OF_DATE = "This button is from a message Daybook no longer knows. Your next list has working ones."

Later = Callable[[Door, str, str], Coroutine[Any, Any, None]]
Act = Callable[[Connection, Door, str, dict[str, Any]], str | None]
"""Puts the press of that action through the door, or answers what to say instead."""


def listen(app: AsyncApp, door: Door, home_later: Later) -> None:
    """``home_later(door, person, key)`` draws the person's Home once the turn of that press has ended."""
    for action in STORED:
        app.action(action)(storing(door, action, _row_pressed, home_later))
    for action in DECISIONS:
        app.action(action)(storing(door, action, _decided, home_later))

    @app.action("open_in_hubspot")
    async def opened(ack: Any) -> None:
        await ack()

    @app.action("explain_priority")
    async def why(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(open_dialog(door, body, client, _why))


def _why(door: Door, body: dict[str, Any]) -> dict[str, Any] | str:
    session, account, _choice = _read(body)
    with reading(door.database).connect() as connection:  # a sync that is writing must not keep the person waiting
        logged = events.latest(connection, session, "listed")
        if logged is None:
            return OUT_OF_DATE
        now, person = door.systems.clock.now(), body["user"]["id"]
        found = explain_priority.run(connection, door.systems, door.workspace, person, session, logged, account, now)
    return found if isinstance(found, str) else why_view.modal(found)


def storing(door: Door, action: str, act: Act, home_later: Later) -> Any:
    """What listens to a button: the press is on the disk before Slack is told that it arrived."""

    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        try:
            sorry = await door.store(lambda connection: act(connection, door, action, body))
        except Exception:
            log.exception("press.not_stored")
            sorry = NOT_STORED
        await ack()
        if sorry is not None:
            spot = spot_of(body)
            afterwards(whisper(client, spot.channel or None, body["user"]["id"], sorry, spot.thread_ts))
        elif body["container"].get("type") == "view":
            afterwards(home_later(door, body["user"]["id"], press_key(door, body, action)))

    return pressed


def press_key(door: Door, body: dict[str, Any], action: str) -> str:
    """The same press, however often it arrives; a second press of the same button is another one."""
    pressed, box = body["actions"][0], body["container"]
    place = box.get("message_ts") or box.get("view_id")
    return f"{door.workspace}:press:{place}:{pressed['action_ts']}:{body['user']['id']}:{action}"


def _row_pressed(connection: Connection, door: Door, action: str, body: dict[str, Any]) -> str | None:
    """Put a press on a row of a list through the door; answers what to say when it is no press of ours."""
    session, account, choice = _read(body)
    if events.latest(connection, session, "listed") is None:
        return OUT_OF_DATE
    spot = spot_of(body)
    shown = events.latest(connection, session, "posted") or {}
    channel, ts = spot.channel or shown.get("channel"), spot.ts or shown.get("ts")
    if not channel or not ts:
        return OUT_OF_DATE
    door.put(
        connection,
        Pressed(
            key=press_key(door, body, action),
            session=session,
            agent="row_buttons",
            person=body["user"]["id"],
            action=action,
            account=account,
            choice=choice,
            channel=channel,
            message_ts=ts,
            thread_ts=spot.thread_ts,
            pressed_at=door.systems.clock.now(),
        ),
    )
    return None


def _decided(connection: Connection, door: Door, action: str, body: dict[str, Any]) -> str | None:
    subject = str(body["actions"][0].get("value") or "")
    content = card.seen(str(body["actions"][0].get("block_id") or ""), subject)
    values = {"seen": content} if content and action == "apply_change" else None
    return decide(connection, door, press_key(door, body, action), action, subject, values, body["user"], spot_of(body))


def decide(
    connection: Connection,
    door: Door,
    key: str,
    action: str,
    subject: str,
    values: dict[str, str] | None,
    user: Mapping[str, Any],
    spot: Spot,
) -> str | None:
    """Store a decision about ``subject``, or answer why not; its own turn checks who decides, and shows it on the card.

    ``spot`` is the message it was made on, empty when that was no message. The turn belongs to the session that asked,
    so that the conversation knows of it.
    """
    if not is_member(connection, door.workspace, user["id"], user.get("team_id")):
        log.warning("press.stranger", person=user["id"], action=action)
        return STRANGER
    asked_by = door.cards.session_of(connection, subject)
    if not asked_by or not known(connection, asked_by):
        return NOT_KNOWN
    door.put(
        connection,
        Decided(
            key=key,
            session=asked_by,
            agent=CARD_BUTTONS,
            person=user["id"],
            action=action,
            subject=subject,
            values=values,
            channel=spot.channel,
            message_ts=spot.ts,
            thread_ts=spot.thread_ts,
            pressed_at=door.systems.clock.now(),
        ),
    )
    return None


def known(connection: Connection, session: str) -> bool:
    """A press must not begin a session: what it is about has one."""
    return connection.execute(select(sessions.c.id).where(sessions.c.id == session)).first() is not None


def _read(body: dict[str, Any]) -> tuple[str, str, str | None]:
    """(session, account, choice) of the pressed element; ("", "", None) when it isn't one of ours."""
    action = body["actions"][0]
    option = action.get("selected_option")
    # Only what is chosen from a menu carries a choice; a button's value is the row's key alone.
    key, choice = list_view.read_choice(option["value"]) if option else (action.get("value") or "", None)
    session, _, account = key.rpartition("/")
    return session, account, choice
