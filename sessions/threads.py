"""Which of Slack's threads belongs to which session: where a message is taken up, and where a session is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from sessions.store import sessions, threads
from store.engine import insert_once
from store.statements import Statement

_IN_CHANNEL = (threads.c.workspace == bindparam("workspace"), threads.c.channel == bindparam("channel"))
_THIS = (*_IN_CHANNEL, threads.c.thread_ts == bindparam("thread_ts"))
_SESSION = Statement(select(threads.c.session).where(*_THIS))
_AT = Statement(select(threads.c.session, threads.c.aside).where(*_THIS))
_NEWEST = Statement(
    select(threads.c.session)
    .outerjoin(sessions, sessions.c.id == threads.c.session)
    .where(
        *_IN_CHANNEL,
        sessions.c.forked_from.is_(None),
        # What came by the clock must not take over a conversation that goes on: it is answered in its own thread.
        func.coalesce(sessions.c.agent, "") != "routine",
    )
    .order_by(threads.c.joined_at.desc(), threads.c.thread_ts.desc())
    .limit(1)
)


_PAUSED = Statement(
    select(threads.c.session)
    .join(sessions, sessions.c.id == threads.c.session)
    .where(*_IN_CHANNEL, sessions.c.paused)
    .order_by(threads.c.joined_at.desc(), threads.c.thread_ts.desc())
    .limit(1)
)
_DIRECT = Statement(
    select(threads.c.channel)
    .join(sessions, sessions.c.id == threads.c.session)
    .where(
        threads.c.workspace == bindparam("workspace"),
        threads.c.channel.startswith("D"),
        sessions.c.person == bindparam("person"),
    )
    .limit(1)
)


class Thread(NamedTuple):
    """A thread that belongs to a session; ``aside`` are those in it who talk with each other for now."""

    session: str
    aside: frozenset[str]


def at(connection: Connection, workspace: str, channel: str, thread_ts: str) -> Thread | None:
    """This thread, or None when Daybook has no part in it."""
    found = _AT.first(connection, {"workspace": workspace, "channel": channel, "thread_ts": thread_ts})
    return Thread(found[0], frozenset(found[1] or ())) if found is not None else None


def set_aside(
    connection: Connection,
    workspace: str,
    channel: str,
    thread_ts: str,
    become: Callable[[frozenset[str]], frozenset[str]],
) -> None:
    """Change who talks aside in this thread. Its row is locked, so that of two changes at once none is lost."""
    t = threads.c
    this = t.workspace == workspace, t.channel == channel, t.thread_ts == thread_ts
    before = connection.scalar(select(t.aside).where(*this).with_for_update())
    connection.execute(update(threads).where(*this).values(aside=sorted(become(frozenset(before or ())))))


def session_of(connection: Connection, workspace: str, channel: str, thread_ts: str) -> str | None:
    """The session that this thread belongs to, or None when Daybook has no part in it."""
    where = {"workspace": workspace, "channel": channel, "thread_ts": thread_ts}
    found: str | None = _SESSION.scalar(connection, where)
    return found


def newest_in(connection: Connection, workspace: str, channel: str) -> str | None:
    """The session of the thread that was last begun in this channel; a posted list counts. A fork does not: it goes on
    in its own thread only, and the conversation it is a copy of stays as it is.
    """
    found: str | None = _NEWEST.scalar(connection, {"workspace": workspace, "channel": channel})
    return found


def paused_in(connection: Connection, workspace: str, channel: str) -> str | None:
    """The paused session of the thread that was last begun in this channel, or None when none is paused there."""
    found: str | None = _PAUSED.scalar(connection, {"workspace": workspace, "channel": channel})
    return found


def direct_of(connection: Connection, workspace: str, person: str) -> str | None:
    """The channel of this person's direct messages with us; None while nothing was said or posted there."""
    found: str | None = _DIRECT.scalar(connection, {"workspace": workspace, "person": person})
    return found


def join(connection: Connection, workspace: str, channel: str, thread_ts: str, session: str, now: int) -> bool:
    """This thread belongs to ``session`` from now on; False when it belongs to one already, which then stays."""
    new = {
        "workspace": workspace,
        "channel": channel,
        "thread_ts": thread_ts,
        "session": session,
        "joined_at": now,
    }
    return insert_once(connection, threads, new)


def place(
    connection: Connection,
    workspace: str,
    channel: str,
    thread_ts: str | None,
    ts: str,
    now: int,
    *,
    direct: bool,
    new_topic: bool = False,
) -> str:
    """The session that a message with ``ts`` belongs to; its thread is joined to it, so that replies find it.

    In a thread it is the thread's session. At the top level of a DM it is the newest session there, unless a new topic
    is wished for. Everything else starts a session of its own.
    """
    root = thread_ts or ts
    found = session_of(connection, workspace, channel, root)
    if found is not None:
        return found
    if direct and thread_ts is None and not new_topic:
        found = newest_in(connection, workspace, channel)
    session = found or f"said:{channel}:{root}"
    if join(connection, workspace, channel, root, session, now):
        return session
    # Another message of the thread came in between our look and our joining it.
    return session_of(connection, workspace, channel, root) or session


def where(connection: Connection, session: str) -> list[tuple[str, str]]:
    """(channel, thread_ts) of the threads of a session, the newest first."""
    rows = connection.execute(
        select(threads.c.channel, threads.c.thread_ts)
        .where(threads.c.session == session)
        .order_by(threads.c.joined_at.desc(), threads.c.thread_ts.desc())
    )
    return [(row.channel, row.thread_ts) for row in rows]
