"""Records that cannot be read: kept aside with the reason, so that one broken value never stops a sync."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from records import tables
from records.kinds import Row
from records.rows import upsert


def put_aside(conn: Connection, source: str, kind: str, broken: Mapping[str, Row], healed: Sequence[str]) -> None:
    """Record broken records, and forget those that can be read again."""
    aside = tables.set_aside
    here = and_(aside.c.source == source, aside.c.kind == kind)
    known = set(conn.scalars(select(aside.c.id).where(here, aside.c.id.in_([*broken, *healed]))))
    again = [row for i, row in broken.items() if i in known]
    if again:
        statement = update(aside).where(here, aside.c.id == bindparam("b_id"))
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in ("reason", "digest", "last_seen_at")}
        conn.execute(statement.values(values), [{f"b_{name}": row[name] for name in ("id", *values)} for row in again])
    upsert(conn, aside, [row for i, row in broken.items() if i not in known])
    well = [i for i in healed if i in known]
    if well:
        conn.execute(delete(aside).where(here, aside.c.id.in_(well)))


def forget(conn: Connection, source: str, kind: str, ids: Sequence[str]) -> None:
    """These are no longer there: nothing about them needs mending any more."""
    aside = tables.set_aside
    conn.execute(delete(aside).where(aside.c.source == source, aside.c.kind == kind, aside.c.id.in_(ids)))


def begin_listing(conn: Connection, source: str, kind: str) -> None:
    """All records of a kind are about to be read: those not met on the way are gone, see ``forget_unseen``."""
    aside = tables.set_aside
    conn.execute(update(aside).where(aside.c.source == source, aside.c.kind == kind).values(last_seen_at=0))


def forget_unseen(conn: Connection, source: str, kind: str) -> None:
    """The listing is complete."""
    aside = tables.set_aside
    conn.execute(delete(aside).where(aside.c.source == source, aside.c.kind == kind, aside.c.last_seen_at == 0))


def aside_row(source: str, kind: str, record_id: str, reason: str, told: object, now: int) -> Row:
    """A row of ``set_aside``: why, and a digest by which to tell whether the same broken record came again."""
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    return {
        "source": source, "kind": kind, "id": record_id, "reason": reason, "digest": digest,
        "first_seen_at": now, "last_seen_at": now,
    }  # fmt: skip
