"""Rows of our copy, whatever their kind: looking up what is held, replacing it, taking it out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from records import tables
from records.kinds import Kind, Row

SOURCE = "hubspot"


class Stored(NamedTuple):
    """What our copy holds of one record: its version, and the accounts it belongs to."""

    changed_at: int
    account_ids: frozenset[str]


def upsert(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert, or replace what is there unless it is newer. All rows have the same columns."""
    if not rows:
        return
    sql, names = _upsert(table, conn.dialect, tuple(sorted(rows[0])))
    # Straight to the driver: of a batch, compiling parameters row by row would cost more than the database does.
    if names is None:
        conn.exec_driver_sql(sql, list(rows))
    else:
        conn.exec_driver_sql(sql, [tuple([row[name] for name in names]) for row in rows])


@lru_cache(maxsize=256)
def _upsert(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...] | None]:
    """The statement for rows of these columns, and the order of its parameters (None: they go by name)."""
    insert: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table)
    keys = [column.name for column in table.primary_key.columns]
    fresh = {name: insert.excluded[name] for name in columns if name not in keys}
    if fresh:
        newer = insert.excluded["changed_at"] >= table.c.changed_at if "changed_at" in fresh else None
        statement = insert.on_conflict_do_update(index_elements=keys, set_=fresh, where=newer)
    else:
        statement = insert.on_conflict_do_nothing(index_elements=keys)
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup) if compiled.positiontup is not None else None


def mark_stale(conn: Connection, account_ids: Iterable[str | None]) -> None:
    """Note accounts whose features must be computed again."""
    upsert(conn, tables.stale_accounts, [{"account_id": i} for i in sorted({i for i in account_ids if i})])


def rows_of(kind: Kind) -> Any:
    """The part of the table that holds this kind."""
    if kind.touch:
        return kind.table.c.kind == kind.touch
    return kind.table.c.source == SOURCE


def stored(conn: Connection, kind: Kind, ids: Collection[str]) -> dict[str, Stored]:
    """What our copy holds of these records."""
    table = kind.table
    account = table.c.id if kind.belongs == "none" else table.c.account_id
    rows = conn.execute(select(table.c.id, table.c.changed_at, account).where(rows_of(kind), table.c.id.in_(ids)))
    found: dict[str, Stored] = {}
    for record_id, changed_at, account_id in rows:
        held = found.get(record_id)
        accounts = (held.account_ids if held else frozenset()) | ({account_id} if account_id else frozenset())
        found[record_id] = Stored(changed_at, accounts)
    return found


def touched_by(conn: Connection, kind: Kind, ids: Collection[str]) -> set[str]:
    """The accounts that these records belong to, and those of the deals that they are about."""
    accounts = {account_id for one in stored(conn, kind, ids).values() for account_id in one.account_ids}
    if kind.about_deals:
        linked = select(tables.deals.c.account_id).join(
            tables.deal_steps, tables.deal_steps.c.deal_id == tables.deals.c.id
        )
        accounts |= set(conn.scalars(linked.where(_steps(kind, ids))))
    return {account_id for account_id in accounts if account_id}


def remove(conn: Connection, kind: Kind, ids: Collection[str]) -> int:
    """Take records out of our copy; returns how many were there."""
    gone = list(stored(conn, kind, ids))
    if not gone:
        return 0
    mark_stale(conn, touched_by(conn, kind, gone))
    if kind.about_deals:
        conn.execute(delete(tables.deal_steps).where(_steps(kind, gone)))
    conn.execute(delete(kind.table).where(rows_of(kind), kind.table.c.id.in_(gone)))
    return len(gone)


def _steps(kind: Kind, ids: Collection[str]) -> Any:
    return and_(tables.deal_steps.c.kind == kind.name, tables.deal_steps.c.id.in_(ids))


def remove_unseen(conn: Connection, kind: Kind, generation: int) -> int:
    """After a complete listing: take out what it no longer contained."""
    gone = list(
        conn.scalars(select(kind.table.c.id).where(rows_of(kind), kind.table.c.generation < generation).distinct())
    )
    return sum(remove(conn, kind, gone[at : at + 500]) for at in range(0, len(gone), 500))
