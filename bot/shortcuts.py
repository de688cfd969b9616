"""The menu of a message: ask an agent about it, fork the conversation from there, pause, resume or name it."""

from __future__ import annotations

import asyncio
import html
import json
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection, select

from bot import controls, errands, heard, messages
from bot.controls import NOTHING_HERE, Place, session_at, turn_at
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.saying import NO_ANSWER, afterwards, whisper
from bot.spoken import Phrase
from records import people
from sessions import events
from sessions.control import SessionError
from sessions.store import inbox
from store.engine import reading
from views import ask_modals, escape, trace_modal
from views.trace import summarise

log = structlog.get_logger("bot.shortcuts")

ASK, FORK, PAUSE, NAME = "ask_about_message", "fork_from_here", "pause_or_resume", "name_session"
TRACE = "how_was_this_answered"
NOT_STORED = "Daybook could not store that. Nothing was changed; please try again in a minute."
MOST_QUOTED = 1_200


def listen(app: AsyncApp, door: Door) -> None:
    @app.shortcut(ASK)
    async def ask(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        view = ask_modals.question(list(door.agents.items()), _about(body))
        afterwards(_open(client, body, view))

    @app.view(ASK)
    async def asked(ack: Any, body: dict[str, Any]) -> None:
        sorry = await _stored(door, lambda connection: _asked(connection, door, body))
        door.tell_errands()
        await ack(response_action="errors", errors={ask_modals.QUESTION: sorry}) if sorry else await ack()

    @app.shortcut(NAME)
    async def name(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(_open(client, body, ask_modals.title(_about(body))))

    @app.view(NAME)
    async def named(ack: Any, body: dict[str, Any], client: Any) -> None:
        said = await _stored(door, lambda connection: _named(connection, door, body))
        await ack()
        door.tell_errands()
        at = _place(body)
        afterwards(whisper(client, at.channel, at.person, said or NOT_STORED, at.thread_ts))

    @app.shortcut(TRACE)
    async def trace(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(_trace(door, client, body))

    for callback in (FORK, PAUSE):
        app.shortcut(callback)(_acting(door, callback))


async def _trace(door: Door, client: Any, body: dict[str, Any]) -> None:
    view = await asyncio.to_thread(_traced, door, body)
    if isinstance(view, str):
        at = _at(body)
        await whisper(client, at.channel, at.person, view, at.thread_ts)
    else:
        await _open(client, body, view)


def _traced(door: Door, body: dict[str, Any]) -> dict[str, Any] | str:
    """The steps behind the answer, without anybody's words; for the team's own members, who see the answer anyway."""
    at = _at(body)
    with reading(door.database).connect() as connection:
        if not is_member(connection, door.workspace, at.person, body["user"].get("team_id")):
            return STRANGER
        session = session_at(connection, door, at)
        if session is None:
            return NOTHING_HERE
        number, log = turn_at(connection, session, at.ts), events.read(connection, session)
        of_turn = select(inbox).where(inbox.c.session == session, inbox.c.turn == number)
        row = connection.execute(of_turn).mappings().first()
    known = dict(row) if row is not None else None
    return trace_modal.modal(session, summarise(number, known, log) if number is not None else None)


def _acting(door: Door, callback: str) -> Any:
    async def chosen(ack: Any, body: dict[str, Any], client: Any) -> None:
        said = await _stored(door, lambda connection: _act(connection, door, callback, body))
        await ack()
        door.tell_errands()
        at = _at(body)
        afterwards(whisper(client, at.channel, at.person, said or NOT_STORED, at.thread_ts))

    return chosen


async def _stored(door: Door, act: Any) -> str | None:
    try:
        answer: str | None = await door.store(act)
    except Exception:
        log.exception("shortcut.not_stored")
        return NOT_STORED
    return answer


def _act(connection: Connection, door: Door, callback: str, body: dict[str, Any]) -> str:
    at, now = _at(body), door.systems.clock.now()
    if not is_member(connection, door.workspace, at.person, body["user"].get("team_id")):
        return STRANGER
    session = session_at(connection, door, at)
    if session is None:
        return NOTHING_HERE
    if callback == FORK:
        turn = turn_at(connection, session, at.ts)
        key = f"{door.workspace}:shortcut:{body['action_ts']}:{at.ts}:{at.person}"
        if turn is None or not errands.first_time(connection, door.workspace, key, now):
            return NOTHING_HERE if turn is None else "Forked already."
        try:
            return controls.fork(connection, door, at, session, turn, now)
        except SessionError as wrong:
            return f"That can't be done: {escape.mrkdwn(str(wrong), 500)}."
    paused = controls.is_paused(connection, session)
    return controls.act(connection, door, at, Phrase("resume" if paused else "pause"), now)


def _named(connection: Connection, door: Door, body: dict[str, Any]) -> str:
    at = _place(body)
    if not is_member(connection, door.workspace, at.person, body["user"].get("team_id")):
        return STRANGER
    title = ask_modals.given(body["view"]["state"]["values"], ask_modals.TITLE)
    return controls.act(connection, door, at, Phrase("name", title), door.systems.clock.now())


def _asked(connection: Connection, door: Door, body: dict[str, Any]) -> str | None:
    """Ask in the person's own conversation with Daybook: what others wrote here is not shown to anybody else."""
    at, values = _place(body), body["view"]["state"]["values"]
    if not is_member(connection, door.workspace, at.person, body["user"].get("team_id")):
        return STRANGER
    agent = ask_modals.given(values, ask_modals.AGENT) or messages.ASSISTANT
    question = ask_modals.given(values, ask_modals.QUESTION)
    _channel, _thread, ts, writer_id, words = json.loads(body["view"]["private_metadata"])
    unknown = messages.named_or_listed(door, agent, question)
    if unknown is not None:
        return html.unescape(unknown)[:500]
    writer = people.by_slack_id(connection, writer_id) if writer_id else None
    key = f"{door.workspace}:question:{body['view']['id']}"
    about = errands.About(ts, words, writer.name if writer else "somebody else")
    errands.open_question(
        connection, door.workspace, key, at.person, at.person, agent, question, door.systems.clock.now(), about
    )
    return None


async def _open(client: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
    try:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
    except NO_ANSWER as refused:
        log.warning("dialog.not_opened", error=str(refused))
        at = _at(body)
        sorry = "That took too long to open; please choose it again."
        await whisper(client, at.channel, at.person, sorry, at.thread_ts)


def _at(body: dict[str, Any]) -> Place:
    message, channel = body.get("message") or {}, body["channel"]["id"]
    ts = str(message.get("ts") or body.get("message_ts") or "")
    return Place(channel, message.get("thread_ts"), ts, channel.startswith("D"), body["user"]["id"])


def _about(body: dict[str, Any]) -> str:
    """What a dialog must remember of the message it was opened on."""
    at, message = _at(body), body.get("message") or {}
    words = escape.cut(heard.words(str(message.get("text") or ""), "", {}), MOST_QUOTED)
    return json.dumps([at.channel, at.thread_ts, at.ts, message.get("user"), words], ensure_ascii=False)


def _place(body: dict[str, Any]) -> Place:
    channel, thread_ts, ts, _writer, _words = json.loads(body["view"]["private_metadata"])
    return Place(channel, thread_ts, ts, channel.startswith("D"), body["user"]["id"])
