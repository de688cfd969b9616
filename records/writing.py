"""Puts a batch of records into our copy: each once, never an older version over a newer, the touched accounts noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from records import tables
from records.aside import aside_row, put_aside
from records.kinds import Kind, Reading, Row
from records.merging import merge
from records.parsing import Broken, needed_instant
from records.rows import SOURCE, Stored, mark_stale, rows_of, stored, upsert
from systems.ports import Record


class Outcome(NamedTuple):
    """How many records of a batch were new or different, removed, and set aside; and whose they are."""

    changed: int = 0
    removed: int = 0
    set_aside: int = 0
    accounts: frozenset[str] = frozenset()


class Batch(NamedTuple):
    """Where and when records are written: the sync's instant and the listing they belong to."""

    now: int
    generation: int
    reading: Reading


def write(conn: Connection, kind: Kind, records: Sequence[Record], batch: Batch) -> Outcome:
    """Store records that came with their associations; broken ones are set aside with their reason."""
    held = stored(conn, kind, [r.id for r in records])
    good: dict[str, tuple[Record, Row]] = {}
    broken: dict[str, Row] = {}
    older: list[str] = []
    for record in records:
        try:
            row = kind.read(record.properties, batch.reading)
            row["changed_at"] = needed_instant(record.properties, kind.by)
        except Broken as reason:
            broken[record.id] = aside_row(SOURCE, kind.name, record.id, str(reason), record.properties, batch.now)
            continue
        if record.id in held and held[record.id].changed_at > row["changed_at"]:
            older.append(record.id)
            continue
        good[record.id] = (record, row)
    # What is set aside or out of date still exists, so the end of a listing must not take it for gone.
    _keep(conn, kind, [*older, *(i for i in broken if i in held)], batch.generation)
    accounts = accounts_of(conn, kind, [record for record, _row in good.values()])
    rows: list[Row] = []
    stale: set[str] = set()
    for record_id, (_record, row) in good.items():
        row.update(id=record_id, source=SOURCE, synced_at=batch.now, generation=batch.generation)
        if kind.touch:
            row["kind"] = kind.touch
        if kind.name == "tickets":
            row["key"] = record_id
        mine = accounts.get(record_id, ())
        stale.update(mine or ())
        if record_id in held:
            stale |= held[record_id].account_ids
        if kind.belongs == "none":
            rows.append(row)
            stale.add(record_id)
        elif kind.belongs == "one":
            rows.append({**row, "account_id": mine[0] if mine else None})
        else:
            rows += [{**row, "account_id": account_id} for account_id in mine or (tables.NO_ACCOUNT,)]
    if kind.belongs == "many":
        _drop_left_accounts(conn, kind, good, held, accounts)
    upsert(conn, kind.table, rows)
    if kind.about_deals:
        stale |= _link_deals(conn, kind, [record for record, _row in good.values()])
    mark_stale(conn, stale)
    removed = merge(conn, kind, good)
    put_aside(conn, SOURCE, kind.name, broken, list(good))
    changed = sum(1 for i, (_r, row) in good.items() if i not in held or held[i].changed_at != row["changed_at"])
    return Outcome(changed, removed, len(broken), frozenset(stale))


def accounts_of(conn: Connection, kind: Kind, records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """To which accounts records belong: their companies; failing that, through their deals, then their contacts."""
    if kind.belongs == "none":
        return {}
    found: dict[str, tuple[str, ...]] = {}
    lost: list[Record] = []
    for record in records:
        companies = (record.links or {}).get("companies", ())
        if not companies:
            lost.append(record)
        elif kind.belongs == "many":
            found[record.id] = tuple(sorted(link.id for link in companies))
        else:
            found[record.id] = (min((not link.primary, link.id) for link in companies)[1],)
    for to, table in (("deals", tables.deals), ("contacts", tables.contacts)):
        if to not in kind.links or not lost:
            continue
        ends = {link.id for record in lost for link in (record.links or {}).get(to, ())}
        known: dict[str, str] = {}
        if ends:
            rows = conn.execute(select(table.c.id, table.c.account_id).where(table.c.id.in_(ends)))
            known = {i: account_id for i, account_id in rows if account_id}
        for record in lost:
            through = {known[link.id] for link in (record.links or {}).get(to, ()) if link.id in known}
            # A deal or ticket of contacts in two companies belongs to neither: that would be a guess.
            if through and (kind.belongs == "many" or len(through) == 1):
                found[record.id] = tuple(sorted(through))
        lost = [record for record in lost if record.id not in found]
    return found


def _keep(conn: Connection, kind: Kind, ids: Sequence[str], generation: int) -> None:
    if ids:
        conn.execute(update(kind.table).where(rows_of(kind), kind.table.c.id.in_(ids)).values(generation=generation))


def _drop_left_accounts(
    conn: Connection, kind: Kind, good: Mapping[str, Any], held: Mapping[str, Stored], accounts: Mapping[str, Any]
) -> None:
    """An engagement moved to another company must not stay on the old one as well."""
    for record_id in good:
        if record_id in held:
            mine = accounts.get(record_id) or (tables.NO_ACCOUNT,)
            if held[record_id].account_ids != set(mine):
                conn.execute(
                    delete(kind.table).where(
                        rows_of(kind), kind.table.c.id == record_id, kind.table.c.account_id.not_in(mine)
                    )
                )


def _link_deals(conn: Connection, kind: Kind, records: Sequence[Record]) -> set[str]:
    """Keep which deals these are about; returns the accounts of the deals, old and new."""
    steps = tables.deal_steps
    about = {r.id: {link.id for link in (r.links or {}).get("deals", ())} for r in records}
    rows = conn.execute(select(steps.c.id, steps.c.deal_id).where(steps.c.kind == kind.name, steps.c.id.in_(about)))
    before: dict[str, set[str]] = {}
    for record_id, deal_id in rows:
        before.setdefault(record_id, set()).add(deal_id)
    for record_id, deal_ids in before.items():
        if left := deal_ids - about[record_id]:
            conn.execute(
                delete(steps).where(steps.c.kind == kind.name, steps.c.id == record_id, steps.c.deal_id.in_(left))
            )
    upsert(conn, steps, [{"kind": kind.name, "id": i, "deal_id": d} for i, ds in about.items() for d in sorted(ds)])
    touched = {d for ds in about.values() for d in ds} | {d for ds in before.values() for d in ds}
    if not touched:
        return set()
    return set(conn.scalars(select(tables.deals.c.account_id).where(tables.deals.c.id.in_(touched)))) - {None}
