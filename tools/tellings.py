"""Who is told of what is escalated: each level once in each round, and in which message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, select, update

from store.engine import insert_once
from store.metadata import Instant, Json, metadata
from tools.escalations import escalations

DUE, TOLD, MOOT, UNREACHED = "due", "told", "moot", "unreached"
"""Still to come, in a message, no longer needed, or its person can't be reached and another one is due."""

tellings = Table(
    "escalation_tellings",
    metadata,
    Column("escalation", Text, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("person", Text),
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("notice", Text),
    Column("gone", Json, nullable=False),
    Index("ix_escalation_tellings_state", "state", "due_at"),
    Index("ix_escalation_tellings_notice", "notice"),
    Index("ix_escalation_tellings_person", "person"),
)
"""Its key is what makes each level be told once. ``why`` is rules, worse, unclaimed, last, back or lapsed; who
is in ``gone`` couldn't be reached."""

class Telling(NamedTuple):
    escalation: str
    level: int
    round: int
    person: str | None
    why: str
    state: str
    due_at: int
    told_at: int | None
    notice: str | None
    gone: list[str]


_E, _T = escalations.c, tellings.c
_TELLING = [_T[name] for name in Telling._fields]


def tell(
    connection: Connection, escalation: str, level: int, round_: int, person: str | None, why: str, due_at: int
) -> bool:
    """Somebody is to be told; False when that level was told (in that round), or is about to be."""
    values = {
        "escalation": escalation, "level": level, "round": round_, "person": person, "why": why,
        "state": DUE if person else UNREACHED, "due_at": due_at, "gone": [],
    }  # fmt: skip
    return insert_once(connection, tellings, values)


def of(connection: Connection, ids: Collection[str]) -> dict[str, list[Telling]]:
    """All tellings of these escalations, in the order in which they came to be."""
    found: dict[str, list[Telling]] = {one: [] for one in ids}
    rows = connection.execute(
        select(*_TELLING).where(_T.escalation.in_(sorted(ids))).order_by(_T.round, _T.level, _T.escalation)
    )
    for row in rows:
        found[row.escalation].append(Telling(*row))
    return found


def in_state(
    connection: Connection, workspace: str, state: str, by: int, person: str | None = None
) -> list[Telling]:
    """The tellings in that state which are due by then; of one person, or of everybody."""
    wanted = (
        select(*_TELLING)
        .join(escalations, _E.id == _T.escalation)
        .where(_E.workspace == workspace, _T.state == state, _T.due_at <= by)
        .order_by(_T.due_at, _T.escalation, _T.level)
    )
    if person is not None:
        wanted = wanted.where(_T.person == person)
    return [Telling(*row) for row in connection.execute(wanted)]


def set_telling(connection: Connection, one: Telling, **values: Any) -> None:
    connection.execute(
        update(tellings)
        .where(_T.escalation == one.escalation, _T.level == one.level, _T.round == one.round)
        .values(**values)
    )


def no_more(connection: Connection, escalation: str) -> None:
    """What has not been told of it yet need not be."""
    connection.execute(
        update(tellings)
        .where(_T.escalation == escalation, _T.state.in_((DUE, UNREACHED)), _T.notice.is_(None))
        .values(state=MOOT)
    )


def contents(connection: Connection, ident: str) -> list[Telling]:
    rows = connection.execute(
        select(*_TELLING).where(_T.notice == ident).order_by(_T.escalation, _T.level, _T.round)
    )
    return [Telling(*row) for row in rows]


def told_people(tellings: Sequence[Telling]) -> list[str]:
    """Who was told, in order, each once."""
    return list(dict.fromkeys(one.person for one in tellings if one.state == TOLD and one.person))
