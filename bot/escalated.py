"""Buttons of an alert: decisions are stored before Slack is told; *Why?* and *Not a problem* open a dialog at once."""

from __future__ import annotations

import json
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot.dialogs import Spot, open_dialog, spot_of
from bot.door import Door
from bot.presses import NOT_STORED, Later, known, press_key, storing
from bot.saying import afterwards
from sessions import session as trigger
from store.engine import reading
from tools import claiming, escalation_cards, escalations, notices
from views import why_escalated
from views.escalation import read_snooze

log = structlog.get_logger("bot.escalated")

AGENT = "escalations"
"""Who answers in the thread of an alert."""
STORED = ("claim_escalation", "snooze_escalation", "reopen_escalation", "prepare_escalation")
NO_REASON = "Say in a few words why it is not a problem: everybody who was told sees it."


def listen(app: AsyncApp, door: Door, home_later: Later) -> None:
    for action in STORED:
        app.action(action)(storing(door, action, _pressed, home_later))

    @app.action("explain_escalation")
    async def why(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(open_dialog(door, body, client, _why))

    @app.action(why_escalated.DISMISS)
    async def dismiss(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(open_dialog(door, body, client, _dialog))

    @app.view(why_escalated.DISMISS)
    async def dismissed(ack: Any, body: dict[str, Any]) -> None:
        try:
            sorry = await door.store(lambda connection: _dismissed(connection, door, body))
        except Exception:
            log.exception("dismissal.not_stored")
            sorry = NOT_STORED
        await ack(response_action="errors", errors={why_escalated.REASON: sorry}) if sorry else await ack()


def _pressed(connection: Connection, door: Door, action: str, body: dict[str, Any]) -> str | None:
    pressed, spot = body["actions"][0], spot_of(body)
    option = pressed.get("selected_option")
    value, choice = read_snooze(option["value"]) if option else (str(pressed.get("value") or ""), None)
    key = press_key(door, body, action)
    if action == "prepare_escalation":
        return _prepare(connection, door, key, value, body["user"]["id"], spot)
    values = {"choice": choice} if choice is not None else None
    return _store(connection, door, key, action, value, values, body["user"]["id"], spot)


def _store(
    connection: Connection,
    door: Door,
    key: str,
    action: str,
    value: str,
    values: dict[str, str] | None,
    person: str,
    spot: Spot,
) -> str | None:
    """Store the decision, or answer why not; its own turn checks who decides, and shows it on every message."""
    notice, escalation = escalation_cards.read_key(value)
    session = notice or notices.session_of(connection, escalation)
    if session is None or not known(connection, session):
        return escalation_cards.GONE
    door.put(
        connection,
        trigger.Decided(
            key=key,
            session=session,
            agent="escalation_buttons",
            person=person,
            action=action,
            subject=escalation,
            values=values,
            channel=spot.channel,
            message_ts=spot.ts,
            thread_ts=spot.thread_ts,
            pressed_at=door.systems.clock.now(),
        ),
    )
    return None


def _prepare(
    connection: Connection, door: Door, key: str, value: str, person: str, spot: Spot
) -> str | None:
    """The agent of escalations is asked in the message's own thread; it looks and proposes, and decides nothing."""
    notice, escalation = escalation_cards.read_key(value)
    row = escalations.load(connection, door.workspace, [escalation]).get(escalation)
    question = claiming.about(connection, door.systems, door.workspace, escalation)
    if row is None or question is None or not known(connection, notice) or not spot.ts:
        return escalation_cards.GONE
    refused = claiming.may(connection, door.systems, row, person, "prepare_escalation")
    if refused is not None:
        return refused
    now = door.systems.clock.now()
    door.put(
        connection,
        trigger.Said(
            key=key,
            session=notice,
            agent=AGENT,
            person=person,
            text=question,
            channel=spot.channel,
            thread_ts=spot.ts,
            ts=spot.ts,
            said_at=now,
            direct=True,
        ),
    )
    return None


def _why(door: Door, body: dict[str, Any]) -> dict[str, Any] | str:
    notice, escalation = escalation_cards.read_key(str(body["actions"][0].get("value") or ""))
    person = body["user"]["id"]
    with reading(door.database).connect() as connection:
        refused = _refused(connection, door, escalation, person, "explain_escalation")
        if refused is not None:
            return refused
        found = escalation_cards.explained(connection, door.systems, door.workspace, person, notice, escalation)
    return found if isinstance(found, str) else why_escalated.modal(found)


def _dialog(door: Door, body: dict[str, Any]) -> dict[str, Any] | str:
    """The dialog, unless it is decided already or not theirs to say."""
    value = str(body["actions"][0].get("value") or "")
    _notice, escalation = escalation_cards.read_key(value)
    with reading(door.database).connect() as connection:
        refused = _refused(connection, door, escalation, body["user"]["id"], why_escalated.DISMISS)
        if refused is not None:
            return refused
        row = escalations.load(connection, door.workspace, [escalation])[escalation]
        late = claiming.too_late(connection, door.systems, row, why_escalated.DISMISS, body["user"]["id"])
    if late is not None:
        return late
    about = json.dumps([value, *spot_of(body)])
    return why_escalated.dismiss_modal(about, row.case.account.name)


def _refused(connection: Connection, door: Door, escalation: str, person: str, action: str) -> str | None:
    row = escalations.load(connection, door.workspace, [escalation]).get(escalation)
    return claiming.may(connection, door.systems, row, person, action) if row else escalation_cards.GONE


def _dismissed(connection: Connection, door: Door, body: dict[str, Any]) -> str | None:
    view, person = body["view"], body["user"]["id"]
    value, *spot = json.loads(view["private_metadata"])
    reason = why_escalated.reason_of(view["state"]["values"])
    if not reason:
        return NO_REASON
    # A dialog is sent once; Slack gives each opened one an id of its own.
    key = f"{door.workspace}:dismiss:{view['id']}:{person}"
    return _store(connection, door, key, why_escalated.DISMISS, value, {"reason": reason}, person, Spot(*spot))
