"""The messages about accounts in trouble: composed once, sent once, and drawn again when what they show has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, bindparam, delete, select, update

from rules.escalating import STANDING
from store.engine import insert_once
from store.metadata import Instant, metadata
from tools import tellings
from tools.escalations import escalations
from tools.tellings import Telling

MADE, QUEUED, POSTED, DROPPED = "made", "queued", "posted", "dropped"
"""Composed, handed to a turn, on somebody's screen, or not sent for good."""

notices = Table(
    "escalation_notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text),
    Column("ts", Text),
    Column("wanted", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Index("ix_escalation_notices_state", "workspace", "state"),
    Index("ix_escalation_notices_person", "workspace", "person", "made_at"),
)
"""One message; its id is the session that its thread belongs to. It is drawn again while ``wanted`` is ahead."""


class Notice(NamedTuple):
    id: str
    person: str
    made_at: int
    state: str
    channel: str | None
    ts: str | None
    wanted: int
    drawn: int


_MARK = ":escalated:"

_E, _T, _N = escalations.c, tellings.tellings.c, notices.c
_NOTICE = [_N[name] for name in Notice._fields]


def compose(connection: Connection, workspace: str, person: str, told: Sequence[Telling], now: int) -> str:
    """One message with these alerts; its id follows from what is in it, so it is made once."""
    named = "\n".join(sorted(f"{one.escalation}/{one.level}/{one.round}" for one in told))
    digest = hashlib.sha256("\n".join((person, named)).encode()).hexdigest()[:16]
    ident = f"{workspace}{_MARK}{digest}"
    new = {"id": ident, "workspace": workspace, "person": person, "made_at": now, "state": MADE}
    insert_once(connection, notices, {**new, "wanted": 0, "drawn": 0})
    for one in told:
        tellings.set_telling(connection, one, notice=ident, state=tellings.TOLD, told_at=now)
    return ident


def is_notice(session: str) -> bool:
    """Whether a session is that of a message about accounts in trouble."""
    return _MARK in session


def load(connection: Connection, ident: str) -> Notice | None:
    row = connection.execute(select(*_NOTICE).where(_N.id == ident)).first()
    return Notice(*row) if row else None


# Built once: this is asked each second.
_UNSENT = (
    select(*_NOTICE)
    .where(_N.workspace == bindparam("workspace"), _N.state == MADE)
    .order_by(_N.made_at, _N.id)
    .limit(100)
)


def unsent(connection: Connection, workspace: str) -> list[Notice]:
    """Messages that no turn has in hand yet."""
    return [Notice(*row) for row in connection.execute(_UNSENT, {"workspace": workspace})]


def handed_over(connection: Connection, ident: str) -> bool:
    """A turn has it in hand from now on; False when another clock was first."""
    done = connection.execute(update(notices).where(_N.id == ident, _N.state == MADE).values(state=QUEUED))
    return done.rowcount == 1


def change(connection: Connection, ident: str, **values: Any) -> None:
    connection.execute(update(notices).where(_N.id == ident).values(**values))


def unreachable(connection: Connection, ident: str, person: str, now: int) -> None:
    """Slack will not take this message: what is in it is due for somebody else."""
    for one in tellings.contents(connection, ident):
        values = {"state": tellings.UNREACHED, "person": None, "notice": None, "told_at": None, "due_at": now}
        tellings.set_telling(connection, one, **values, gone=[*one.gone, person])
    change(connection, ident, state=DROPPED)


def sent_to(connection: Connection, workspace: str, person: str, since: int) -> list[int]:
    """When messages for this person were composed, after that instant; one entry for each account in them."""
    rows = connection.execute(
        select(_N.made_at)
        .join(tellings.tellings, _T.notice == _N.id)
        .join(escalations, _E.id == _T.escalation)
        .where(_N.workspace == workspace, _N.person == person, _N.made_at > since, _N.state != DROPPED)
        .group_by(_N.id, _N.made_at, _E.account_id)
    )
    return [int(at) for at in rows.scalars()]


def redraw(connection: Connection, ids: Collection[str]) -> None:
    """Every message that shows one of these is out of date."""
    if ids:
        showing = select(_T.notice).where(_T.escalation.in_(sorted(ids)), _T.notice.is_not(None))
        connection.execute(update(notices).where(_N.id.in_(showing)).values(wanted=_N.wanted + 1))


def outdated(connection: Connection, workspace: str, only: Collection[str] | None = None) -> list[Notice]:
    """Messages on screen that don't show how things stand; of these escalations, or all."""
    wanted = select(*_NOTICE).where(_N.workspace == workspace, _N.state == POSTED, _N.wanted > _N.drawn)
    if only is not None:
        wanted = wanted.where(_N.id.in_(select(_T.notice).where(_T.escalation.in_(sorted(only)))))
    return [Notice(*row) for row in connection.execute(wanted.order_by(_N.id))]


def drawn(connection: Connection, was: Notice) -> None:
    """It shows what was wanted of it when ``was`` was read. When somebody else has drawn it in the meantime nobody
    knows whose drawing came last, so it is wanted once more.
    """
    mine = update(notices).where(_N.id == was.id, _N.drawn == was.drawn).values(drawn=was.wanted)
    if connection.execute(mine).rowcount == 0:
        connection.execute(update(notices).where(_N.id == was.id).values(wanted=_N.wanted + 1))


def session_of(connection: Connection, escalation: str) -> str | None:
    """The session of the last message about it."""
    found: str | None = connection.scalar(
        select(_T.notice)
        .join(notices, _N.id == _T.notice)
        .where(_T.escalation == escalation, _N.state == POSTED)
        .order_by(_N.made_at.desc())
        .limit(1)
    )
    return found


def told_to(connection: Connection, workspace: str, person: str) -> dict[str, str]:
    """What stands and was told to this person: the last message about it on their screen, by escalation."""
    rows = connection.execute(
        select(_T.escalation, _T.notice)
        .join(escalations, _E.id == _T.escalation)
        .join(notices, _N.id == _T.notice)
        .where(_E.workspace == workspace, _E.state.in_(STANDING), _T.person == person, _N.state == POSTED)
        .order_by(_N.made_at)
    )
    return {row.escalation: row.notice for row in rows}


def forget(connection: Connection, workspace: str, before: int, at_once: int) -> int:
    """Delete the oldest of what was solved before ``before`` (ms), so many at most, and who was told of it in which
    messages; answers how many.

    What still stands is kept, however old. The messages themselves stay in Slack, their sessions with their logs here.
    """
    solved = (_E.workspace == workspace, _E.state == "solved", _E.state_at < before, _E.changed_at < before)
    # When it was solved is what the records say: it may be long before it was found out, and even before it was raised.
    oldest = select(_E.id).where(*solved, _E.since < before).order_by(_E.state_at).limit(at_once)
    ids = list(connection.scalars(oldest.with_for_update(skip_locked=True)))
    if ids:
        about = _T.escalation.in_(ids)
        shown = list(connection.scalars(select(_T.notice).distinct().where(about, _T.notice.is_not(None))))
        connection.execute(delete(tellings.tellings).where(about))
        connection.execute(delete(escalations).where(_E.id.in_(ids)))
        others = select(_T.notice).where(_T.notice.is_not(None))
        connection.execute(delete(notices).where(_N.id.in_(shown), _N.id.not_in(others)))
    return len(ids)
