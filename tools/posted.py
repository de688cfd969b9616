"""Which lists are on screen, where, and which accounts they name: so that news about an account can be shown there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Index, Table, Text, delete, insert, select, update

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
    Index("ix_posted_lists_person", "workspace", "person", "made_at"),
)
"""``touched`` holds the instant of the last touch, by account, as the message on screen knows it."""

posted_accounts = Table(
    "posted_accounts",
    metadata,
    Column("session", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("touched_at", Instant),
    Index("ix_posted_accounts_account", "workspace", "account", "made_at"),
)
"""The accounts of each list once more, so that news about one finds its lists without reading everybody's.

``touched_at`` is the last touch as the list was made: a later one ticks the account off.
"""


class OnScreen(NamedTuple):
    session: str
    person: str
    channel: str
    ts: str
    made_at: int
    touched: dict[str, int | None]


def note(connection: Connection, workspace: str, shown: OnScreen) -> None:
    """Remember a list that was just posted; a second time changes nothing."""
    if not insert_once(connection, posted_lists, {"workspace": workspace, **shown._asdict()}):
        return
    found = {"workspace": workspace, "session": shown.session, "made_at": shown.made_at}
    if shown.touched:
        rows = [{**found, "account": account, "touched_at": at} for account, at in shown.touched.items()]
        connection.execute(insert(posted_accounts), rows)


def since(
    connection: Connection,
    workspace: str,
    at: int,
    *,
    person: str | None = None,
    accounts: Collection[str] | None = None,
) -> list[OnScreen]:
    """The lists made since ``at``: of everybody or of ``person``, all or those that name one of ``accounts``."""
    wanted = select(posted_lists).where(posted_lists.c.workspace == workspace, posted_lists.c.made_at >= at)
    if person is not None:
        wanted = wanted.where(posted_lists.c.person == person)
    if accounts is not None:
        a = posted_accounts.c
        naming = select(a.session).where(a.workspace == workspace, a.account.in_(accounts), a.made_at >= at)
        wanted = wanted.where(posted_lists.c.session.in_(naming))
    rows = connection.execute(wanted.order_by(posted_lists.c.session)).mappings()
    return [OnScreen(r["session"], r["person"], r["channel"], r["ts"], r["made_at"], r["touched"]) for r in rows]


def last_of(connection: Connection, workspace: str, person: str, at: int) -> tuple[int, dict[str, int | None]] | None:
    """The person's last list made since ``at``: when, and of each of its accounts the last touch as it was made."""
    lists = since(connection, workspace, at, person=person)
    if not lists:
        return None
    newest = max(lists, key=lambda one: one.made_at)
    a = posted_accounts.c
    rows = connection.execute(select(a.account, a.touched_at).where(a.session == newest.session))
    return newest.made_at, {row.account: row.touched_at for row in rows}


def redrawn(connection: Connection, session: str, touched: dict[str, Any]) -> None:
    connection.execute(update(posted_lists).where(posted_lists.c.session == session).values(touched=touched))


def forget(connection: Connection, workspace: str, before: int, at_once: int) -> int:
    """Delete the oldest lists of those made before ``before`` (ms), so many at most; answers how many.

    Only where and what they were: the message stays in Slack, and the list's session with its log here.
    """
    p, a = posted_lists.c, posted_accounts.c
    oldest = select(p.session).where(p.workspace == workspace, p.made_at < before).order_by(p.made_at).limit(at_once)
    # Of two clocks each takes rows of its own; SQLite has one writer anyway.
    sessions = list(connection.scalars(oldest.with_for_update(skip_locked=True)))
    if sessions:
        connection.execute(delete(posted_accounts).where(a.session.in_(sessions)))
        connection.execute(delete(posted_lists).where(p.session.in_(sessions)))
    return len(sessions)
