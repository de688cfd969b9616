"""Who is away, until when, and who decides for them in the meantime."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column, Connection, Index, Table, Text, delete, select

from records.rows import upsert
from rules.action import Role
from store.metadata import Instant, metadata
from tools import principal

absences = Table(
    "absences",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("deputy", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_absences_deputy", "workspace", "deputy"),
)
"""Slack ids. A row whose ``until`` is past counts for nothing."""


class Absence(NamedTuple):
    person: str
    deputy: str
    since: int
    until: int


_COLUMNS = (absences.c.person, absences.c.deputy, absences.c.since, absences.c.until)


def of(connection: Connection, workspace: str, person: str, now: int) -> Absence | None:
    """The absence of somebody who is away now and whose deputy is still with the team."""
    a = absences.c
    row = connection.execute(
        select(*_COLUMNS).where(a.workspace == workspace, a.person == person, a.since <= now, a.until > now)
    ).first()
    if row is None or principal.of(connection, row.deputy).role is Role.NOBODY:
        return None
    return Absence._make(row)


def covered_by(connection: Connection, workspace: str, deputy: str, now: int) -> list[str]:
    """Slack ids of the people for whom that person decides now."""
    a = absences.c
    return list(
        connection.scalars(
            select(a.person)
            .where(a.workspace == workspace, a.deputy == deputy, a.since <= now, a.until > now)
            .order_by(a.person)
        )
    )


def begin(connection: Connection, workspace: str, person: str, deputy: str, now: int, until: int) -> None:
    """From now on; naming somebody else replaces the one before. ``rules.approving.may_stand_in`` has said yes."""
    row = {"workspace": workspace, "person": person, "deputy": deputy, "since": now, "until": until}
    upsert(connection, absences, [row])


def end(connection: Connection, workspace: str, person: str) -> bool:
    """They are back; False when they were not away."""
    gone = delete(absences).where(absences.c.workspace == workspace, absences.c.person == person)
    return connection.execute(gone).rowcount > 0
