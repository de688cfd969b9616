"""``daybook session``: pause, resume, stop, fork or name one session."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import orjson
import typer
from sqlalchemy import Connection, select

from bot import errands
from sessions import control, threads
from sessions.control import SessionError
from sessions.engine import Queue
from sessions.store import sessions
from store.engine import open_database
from systems import settings
from systems.connect import clock_of

BY = "command line"
ONLY_TO_LOOK_AT = (
    "It has no thread in Slack, so nobody can talk in it: it is for `daybook trace {new}`. "
    'A fork to talk in is made in Slack: "fork" in the thread, or "Fork from here" in the menu of a message.'
)


def find(connection: Connection, session: str) -> str:
    """The id of the session that is meant by its id, or by the end of it."""
    if connection.scalar(select(sessions.c.id).where(sessions.c.id == session)):
        return session
    ends = sessions.c.id.endswith(session, autoescape=True)
    ids: list[str] = list(connection.scalars(select(sessions.c.id).where(ends).order_by(sessions.c.id).limit(6)))
    if len(ids) != 1:
        found = "no session" if not ids else f"more than one session ({', '.join(ids[:5])} …)"
        raise typer.BadParameter(f"{found} ends in {session!r}; `daybook sessions` lists them.")
    return ids[0]


def run(action: str, session: str, as_json: bool, turn: int | None = None, title: str = "") -> None:
    loaded = settings.load()
    database = open_database(loaded.database_url)
    with closing(Queue(database)) as queue, database.begin() as connection:
        name = find(connection, session)
        try:
            told, said = _do(connection, queue, action, name, clock_of(loaded).now(), turn, title)
        except SessionError as wrong:
            raise typer.BadParameter(f"{wrong}.") from None
    database.dispose()
    print(orjson.dumps({"session": name, "action": action, **told}).decode() if as_json else said)


def _do(
    connection: Connection, queue: Queue, action: str, name: str, now: int, turn: int | None, title: str
) -> tuple[dict[str, Any], str]:
    """What was done, as data and in words."""
    match action:
        case "pause":
            fresh = control.pause(connection, name)
            said = "paused: its next turns are kept until `daybook session resume`" if fresh else "was paused already"
            return {"changed": fresh}, f"{name} {said}."
        case "resume":
            held = control.kept(connection, name)
            fresh = control.resume(connection, queue, name)
            said = f"goes on; turns that were held: {held}" if fresh else "was not paused"
            return {"changed": fresh, "held": held if fresh else 0}, f"{name} {said}."
        case "stop":
            hit = control.stop(connection, queue, name, now, BY)
            return {"stopped": hit}, f"{name}: {hit} turn{'' if hit == 1 else 's'} stopped."
        case "fork":
            last = turn or connection.scalar(select(sessions.c.turns).where(sessions.c.id == name)) or 0
            owner = connection.scalar(select(sessions.c.person).where(sessions.c.id == name))
            new = control.fork(connection, name, last, now, owner)
            said = f"{new} has the history of {name} up to turn {last}. {ONLY_TO_LOOK_AT.format(new=new)}"
            return {"fork": new, "turn": last, "in_slack": False}, said
        case _:
            kept = control.name(connection, name, title)
            workspace = connection.scalar(select(sessions.c.workspace).where(sessions.c.id == name))
            shown = threads.where(connection, name)[:1]
            for channel, thread in shown:
                errands.open_name(connection, str(workspace), name, channel, thread, now)
            later = " Slack shows it as soon as anybody next writes to Daybook." if shown else ""
            return {"title": kept}, f'{name} is called "{kept}".{later}'
