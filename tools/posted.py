"""Which lists are on screen, where, and which accounts they name: so that news about an account can be shown there."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Index, Table, Text, select, update

from store.engine import insert_once
from store.metadata import Instant, Json, metadata

posted_lists = Table(
    "posted_lists",
    metadata,
    Column("session", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("ts", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("touched", Json, nullable=False),
    Index("ix_posted_lists_made_at", "workspace", "made_at"),
)
"""``touched`` holds the instant of the last touch, by account, as the message on screen knows it."""


class OnScreen(NamedTuple):
    session: str
    person: str
    channel: str
    ts: str
    made_at: int
    touched: dict[str, int | None]


def note(connection: Connection, workspace: str, shown: OnScreen) -> None:
    """Remember a list that was just posted; a second time changes nothing."""
    insert_once(connection, posted_lists, {"workspace": workspace, **shown._asdict()})


def since(connection: Connection, workspace: str, at: int) -> list[OnScreen]:
    rows = connection.execute(
        select(posted_lists)
        .where(posted_lists.c.workspace == workspace, posted_lists.c.made_at >= at)
        .order_by(posted_lists.c.session)
    ).mappings()
    return [OnScreen(r["session"], r["person"], r["channel"], r["ts"], r["made_at"], r["touched"]) for r in rows]


def redrawn(connection: Connection, session: str, touched: dict[str, Any]) -> None:
    connection.execute(update(posted_lists).where(posted_lists.c.session == session).values(touched=touched))
