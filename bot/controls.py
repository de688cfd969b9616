"""Stopping, pausing, resuming, naming and forking a conversation from Slack, in the words that say it was done."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, select

from bot import errands
from bot.door import Door
from bot.spoken import Phrase
from records import people
from sessions import control, events, threads
from sessions.control import SessionError
from sessions.session import ENDED
from sessions.store import inbox as inbox_table
from sessions.store import sessions
from views import escape, words

FIRST_WORDS = 60
NOTHING_HERE = "There is no conversation with me here."
FRESH = "New topic. What you write next starts afresh; the earlier conversation stays where it is."
FRESH_HERE = "A thread is one conversation. Write outside of it to start another; in a channel, mention me there."

# Built once: building a statement costs several times what running it does.
_LAST_ENDED = select(func.max(inbox_table.c.turn)).where(
    inbox_table.c.session == bindparam("session"), inbox_table.c.state.in_(ENDED)
)


@dataclass(frozen=True)
class Place:
    """Where it was asked for: ``ts`` is the message itself, ``thread_ts`` the thread it stands in."""

    channel: str
    thread_ts: str | None
    ts: str
    direct: bool
    person: str


def session_at(connection: Connection, door: Door, at: Place) -> str | None:
    """The thread's conversation; at the top of a DM the one that was last begun there. None while nothing was said."""
    found = threads.session_of(connection, door.workspace, at.channel, at.thread_ts or at.ts)
    if found is None and at.direct and at.thread_ts is None:
        found = threads.newest_in(connection, door.workspace, at.channel)
    # A thread may be joined to a conversation before its first turn: a new topic, say, that nothing was said about.
    return found if found is not None and control.exists(connection, found) else None


def act(connection: Connection, door: Door, at: Place, asked: Phrase, now: int) -> str:
    """Do it; answers what to tell the person."""
    if asked.kind == "topic":
        if not at.direct or at.thread_ts is not None:
            return FRESH_HERE
        left = still_kept(connection, door, at.channel)
        threads.join(connection, door.workspace, at.channel, at.ts, f"said:{at.channel}:{at.ts}", now)
        return f"{FRESH} {left}" if left else FRESH
    if asked.kind == "resume" and at.direct and at.thread_ts is None:
        return _resume_direct(connection, door, at)
    session = session_at(connection, door, at)
    if session is None:
        return NOTHING_HERE
    try:
        match asked.kind:
            case "stop":
                return stop(connection, door, session, at.person, now)
            case "pause":
                held = control.pause(connection, session)
                return "Paused: what comes is kept and waits for *resume*." if held else "It is paused already."
            case "resume":
                return "Going on." if control.resume(connection, door.queue, session) else "It isn't paused."
            case "name":
                title = control.name(connection, session, asked.rest)
                channel, thread = _named_at(connection, door, at, session)
                errands.open_name(connection, door.workspace, session, channel, thread, now)
                return f"This conversation is now called {escape.mrkdwn(title)}."
            case _:
                return fork(connection, door, at, session, None, now)
    except SessionError as wrong:
        return f"That can't be done: {escape.mrkdwn(str(wrong), 500)}."


def _resume_direct(connection: Connection, door: Door, at: Place) -> str:
    """At the top of a DM: the conversation they are in, and when that isn't paused, the one they have left so."""
    session = session_at(connection, door, at)
    if session is not None and control.resume(connection, door.queue, session):
        return "Going on."
    left = threads.paused_in(connection, door.workspace, at.channel)
    if left is None:
        return "It isn't paused." if session is not None else NOTHING_HERE
    waits = control.kept(connection, left)
    control.resume(connection, door.queue, left)
    there = f" What was kept is answered in its thread: {_messages(waits)}." if waits else ""
    return f"Going on with {_called(connection, left)}.{there}"


def still_kept(connection: Connection, door: Door, channel: str) -> str | None:
    """To whoever turns to something new in their DM: what a paused conversation there keeps; None when nothing."""
    left = threads.paused_in(connection, door.workspace, channel)
    waits = control.kept(connection, left) if left is not None else 0
    if left is None or not waits:
        return None
    which = _called(connection, left)
    return f"{which[0].upper()}{which[1:]} is still paused and keeps {_messages(waits)}; *resume* lets it go on."


def _called(connection: Connection, session: str) -> str:
    title = control.title_of(connection, session)
    return f"the conversation “{escape.mrkdwn(title)}”" if title else "the earlier conversation"


def _messages(number: int) -> str:
    return f"{number} message{'' if number == 1 else 's'}"


def _named_at(connection: Connection, door: Door, at: Place, session: str) -> tuple[str, str]:
    """The thread whose title people see: the one it was said in; said outside of them, the conversation's newest."""
    root = at.thread_ts or at.ts
    here = threads.session_of(connection, door.workspace, at.channel, root) == session
    return (at.channel, root) if here else threads.where(connection, session)[0]


def is_paused(connection: Connection, session: str) -> bool:
    return bool(connection.scalar(select(sessions.c.paused).where(sessions.c.id == session)))


def stop(connection: Connection, door: Door, session: str, person: str, now: int) -> str:
    hit = control.stop(connection, door.queue, session, now, person, only_of=person)
    return "Stopped." if hit else "Nothing is running here."


def fork(connection: Connection, door: Door, at: Place, session: str, upto: int | None, now: int) -> str:
    """A copy of the conversation up to a turn (the last that has ended), in a thread of its own below a new message."""
    turn = upto or connection.scalar(_LAST_ENDED, {"session": session})
    if turn is None:
        return "There is nothing to fork yet: the first answer is still being worked on."
    new = control.fork(connection, session, turn, now, at.person)
    title = control.title_of(connection, new)
    upto_words = _point(connection, new, at.person, now)
    errands.open_fork(connection, door.workspace, new, at.channel, at.person, title, upto_words, now)
    return "Forked. The copy goes on in the thread below my next message; this conversation stays as it is."


def _point(connection: Connection, session: str, person: str, now: int) -> tuple[str, str] | None:
    """(words, when) of the last message that a copy knows, on the clock of ``person``; None when nobody wrote one."""
    for line in reversed(events.read(connection, session)):
        said = line.body["trigger"].get("text") if line.kind == "started" else None
        if said:
            reader = people.by_slack_id(connection, person)
            zone = ZoneInfo(reader.tz if reader else "UTC")
            return escape.unlinked(said, FIRST_WORDS), f"{words.dated(line.at, now, zone)} {words.clock(line.at, zone)}"
    return None


def turn_at(connection: Connection, session: str, ts: str) -> int | None:
    """The turn that a message belongs to: the one it began, the one whose answer it is, or the last one before it."""
    found: int | None = None
    for line in events.read(connection, session):
        if line.kind in ("replied", "posted") and line.body.get("ts") == ts:
            return line.turn
        if line.kind == "started":
            # By Slack's own time where the turn has one: ours stamps a message a moment later.
            began = line.body["trigger"].get("ts")
            if (float(began) if began else line.at / 1000) <= float(ts):
                found = line.turn
    return found
