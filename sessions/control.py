"""What a person may do to a session as a whole: stop it, pause and resume it, name it, fork it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal, or_, select, update

from sessions import asking, events, inbox
from sessions.engine import Queue
from sessions.session import ENDED, FAILED, FENCED, HELD, QUEUED, STOPPED, WAITING
from sessions.store import events as events_table
from sessions.store import inbox as inbox_table
from sessions.store import sessions
from views import escape

LONGEST_TITLE = 150


class SessionError(Exception):
    """The session isn't there, or can't be changed like that; the message says what can be done."""


# Built once: building a statement costs several times what running it does.
_SESSION = select(sessions).where(sessions.c.id == bindparam("session")).with_for_update()
_OPEN = (
    select(
        inbox_table.c.seq, inbox_table.c.turn, inbox_table.c.state, inbox_table.c.trigger, inbox_table.c.stop_at
    )
    .where(
        inbox_table.c.session == bindparam("session"),
        inbox_table.c.queue.in_(FENCED),
        inbox_table.c.state.not_in(ENDED),
        or_(inbox_table.c.stop_at.is_(None), inbox_table.c.state == WAITING),
    )
    .order_by(inbox_table.c.turn)
    .with_for_update()
)
_FLAG = update(inbox_table).where(inbox_table.c.seq == bindparam("row"))
_HELD = select(func.count()).where(
    inbox_table.c.session == bindparam("session"), inbox_table.c.queue.in_(FENCED), inbox_table.c.state == HELD
)
_CHANGE = update(sessions).where(sessions.c.id == bindparam("session"))


def stop(
    connection: Connection, queue: Queue, session: str, now: int, by: str | None = None, only_of: str | None = None
) -> int:
    """Stop what the session is doing and what stands in line in it; answers how many turns that hits.

    A turn that has begun is told, and ends as soon as its agent looks; the others end here, with ``only_of`` just those
    of that person: nobody takes away what somebody else has asked. What it had asked of other agents is stopped too.
    Written at once: a stop never waits behind the turn it stops. Stopped again, one that waits looks again at once.
    """
    _lock_asker_of(connection, session)
    row = _locked(connection, session)
    hit = 0
    for turn in connection.execute(_OPEN, {"session": session}).all():
        in_line = turn.state in (QUEUED, HELD) and not _has_begun(connection, session, turn.turn)
        if in_line and only_of is not None and turn.trigger["person"] != only_of:
            continue
        hit += 1
        if turn.stop_at is None:
            events.append(connection, row["workspace"], session, turn.turn, now, "stopped", {"by": by})
        if in_line:
            connection.execute(_FLAG, {"row": turn.seq, "state": FAILED, "ended_at": now, "note": STOPPED})
            asking.returned(connection, queue, row["workspace"], turn.trigger, STOPPED, STOPPED, now)
            continue
        connection.execute(_FLAG, {"row": turn.seq, "stop_at": now})
        if turn.state in (WAITING, HELD):
            # Held, having begun: its session was paused while it waited. To be ended it needn't be resumed.
            inbox.again(connection, queue, turn.seq)
        for child in _asked_by(connection, session, turn.turn):
            hit += stop(connection, queue, child, now, by)
    if hit and not row["paused"]:
        # Others' turns may have been held by one that has just ended here.
        inbox.release_next(connection, queue, session)
    return hit


def pause(connection: Connection, session: str) -> bool:
    """Hold the session's next turns until it is resumed; one that runs is let end. False when it was paused."""
    return _set_paused(connection, session, True)


def resume(connection: Connection, queue: Queue, session: str) -> bool:
    """Let the turns that were held go on, in the order they came in. False when it wasn't paused."""
    if not _set_paused(connection, session, False):
        return False
    inbox.release_next(connection, queue, session)
    return True


def kept(connection: Connection, session: str) -> int:
    """How many turns are held in this session, until it is resumed."""
    return int(connection.scalar(_HELD, {"session": session}) or 0)


def name(connection: Connection, session: str, title: str) -> str:
    """Give the session a title; answers it as it is kept. Raises ``SessionError`` for one that says nothing."""
    kept = escape.clean(title, LONGEST_TITLE)
    if not kept:
        raise SessionError("a title needs at least one letter, for example: Acme's renewal")
    _locked(connection, session)
    connection.execute(_CHANGE, {"session": session, "title": kept})
    return kept


def title_of(connection: Connection, session: str) -> str | None:
    """The session's title, None while it has none."""
    title: str | None = connection.scalar(select(sessions.c.title).where(sessions.c.id == session))
    return title


def fork(connection: Connection, session: str, upto_turn: int, now: int, person: str | None) -> str:
    """A new session with this one's history up to and including that turn; answers its id. The old one stays as it is.

    What the history carries along (what it has read, what was decided) counts in the new one too.
    """
    row = _locked(connection, session)
    _can_fork(connection, row, upto_turn)
    made = connection.scalar(
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.forked_from == session, sessions.c.forked_turn == upto_turn)
    )
    new = f"fork:{session}:{upto_turn}:{(made or 0) + 1}"
    connection.execute(
        insert(sessions).values(
            id=new,
            workspace=row["workspace"],
            agent=row["agent"],
            person=person,
            opened_at=now,
            touched_at=now,
            turns=upto_turn,
            title=row["title"],
            forked_from=session,
            forked_turn=upto_turn,
        )
    )
    e = events_table.c
    copied = select(e.workspace, literal(new), e.turn, e.at, e.kind, e.body)
    connection.execute(
        insert(events_table).from_select(
            ["workspace", "session", "turn", "at", "kind", "body"],
            copied.where(e.session == session, e.turn <= upto_turn).order_by(e.id),
        )
    )
    body = {"from": session, "turn": upto_turn, "by": person}
    events.append(connection, row["workspace"], new, upto_turn, now, "forked", body)
    return new


def exists(connection: Connection, session: str) -> bool:
    """Whether the session has begun; a thread may be joined to one before its first turn."""
    return connection.execute(select(sessions.c.id).where(sessions.c.id == session)).first() is not None


def _locked(connection: Connection, session: str) -> Any:
    row = connection.execute(_SESSION, {"session": session}).mappings().first()
    if row is None:
        raise SessionError(f"there is no session {session!r}; `daybook sessions` lists them")
    return row


def _lock_asker_of(connection: Connection, session: str) -> None:
    """Of a session that was asked for, the asking one is always locked first, here as at the end of a turn."""
    if session.startswith("asked:"):
        first = connection.scalar(
            select(inbox_table.c.trigger).where(inbox_table.c.session == session, inbox_table.c.turn == 1)
        )
        if first is not None:
            asking.lock_asker(connection, first)


def _set_paused(connection: Connection, session: str, paused: bool) -> bool:
    if bool(_locked(connection, session)["paused"]) is paused:
        return False
    connection.execute(_CHANGE, {"session": session, "paused": paused})
    return True


def _can_fork(connection: Connection, row: Any, upto_turn: int) -> None:
    if not 1 <= upto_turn <= row["turns"]:
        raise SessionError(f"{row['id']} has turns 1 to {row['turns']}; there is no turn {upto_turn} to fork after")
    state = connection.scalar(
        select(inbox_table.c.state).where(inbox_table.c.session == row["id"], inbox_table.c.turn == upto_turn)
    )
    if state is not None and state not in ENDED:
        raise SessionError(f"turn {upto_turn} of {row['id']} has not ended yet; fork after an earlier one, or wait")


def _has_begun(connection: Connection, session: str, turn: int) -> bool:
    """Whether an earlier attempt of this turn has done anything: then its agent must end it, and tidy up."""
    found = connection.scalar(
        select(events_table.c.id)
        .where(
            events_table.c.session == session,
            events_table.c.turn == turn,
            events_table.c.kind == "started",
        )
        .limit(1)
    )
    return found is not None


def _asked_by(connection: Connection, session: str, turn: int) -> list[str]:
    bodies = connection.scalars(
        select(events_table.c.body).where(
            events_table.c.session == session, events_table.c.turn == turn, events_table.c.kind == "asked"
        )
    )
    return [body["session"] for body in bodies]
