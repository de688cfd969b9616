"""What a merge in the CRM means for our copy: the loser's id retires, what belonged to it belongs to the winner."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select, update

from records import tables
from records.kinds import Kind, Row
from records.rows import mark_stale, remove, stored, upsert
from systems.ports import Record


def merge(conn: Connection, kind: Kind, good: Mapping[str, tuple[Record, Row]]) -> int:
    """Records that a merge retired: out of our copy, and what belonged to them now belongs to the winner."""
    pairs = {
        loser: winner
        for winner, (record, _row) in good.items()
        for loser in (record.properties.get("hs_merged_object_ids") or "").split(";")
        if loser and loser != winner
    }
    if not pairs:
        return 0
    known = conn.execute(
        select(tables.merged.c.loser, tables.merged.c.winner).where(
            tables.merged.c.kind == kind.name, tables.merged.c.loser.in_(pairs)
        )
    )
    for loser, winner in known:
        if pairs.get(loser) == winner:
            del pairs[loser]
    if not pairs:
        return 0
    conn.execute(delete(tables.merged).where(tables.merged.c.kind == kind.name, tables.merged.c.loser.in_(pairs)))
    upsert(conn, tables.merged, [{"kind": kind.name, "loser": a, "winner": b} for a, b in pairs.items()])
    removed = remove(conn, kind, list(pairs))
    for loser, winner in pairs.items():
        if kind.name == "companies":
            _repoint(conn, loser, winner)
        if kind.name == "deals":
            _move_steps(conn, loser, winner)
    mark_stale(conn, [account for i in pairs.values() for account in _accounts_now(conn, kind, i)])
    return removed


def _accounts_now(conn: Connection, kind: Kind, record_id: str) -> frozenset[str]:
    held = stored(conn, kind, [record_id]).get(record_id)
    return held.account_ids if held else frozenset()


def _repoint(conn: Connection, loser: str, winner: str) -> None:
    for table in (tables.contacts, tables.deals, tables.tickets):
        conn.execute(update(table).where(table.c.account_id == loser).values(account_id=winner))
    for table in (tables.touches, tables.notes, tables.tasks):
        both = table.alias()
        twice = select(both.c.id).where(both.c.account_id == winner)
        if table is tables.touches:
            twice = twice.where(both.c.kind == table.c.kind)
        conn.execute(delete(table).where(table.c.account_id == loser, table.c.id.in_(twice)))
        conn.execute(update(table).where(table.c.account_id == loser).values(account_id=winner))
    mark_stale(conn, [loser, winner])


def _move_steps(conn: Connection, loser: str, winner: str) -> None:
    steps = tables.deal_steps
    held = conn.execute(select(steps.c.kind, steps.c.id).where(steps.c.deal_id == loser)).all()
    conn.execute(delete(steps).where(steps.c.deal_id == loser))
    upsert(conn, steps, [{"kind": k, "id": i, "deal_id": winner} for k, i in held])
