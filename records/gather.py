"""Hands the rules their facts: rows of plain values in the order lists are made, never objects that load themselves.

Nothing here writes. A row that time alone has changed since it was kept (a meeting began) is computed for the reader.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from records import features, tables
from records.report import SPOKEN
from rules.facts import AccountFacts

_COLUMNS = ", ".join(features.FIELDS)
# Built once: building a statement costs several times what running it does.
_STATES = tables.sync_state.c
_SOURCES = (
    select(_STATES.source, _STATES.kind, _STATES.last_success_at, _STATES.last_error, _STATES.last_error_at)
    .order_by(_STATES.source, _STATES.kind)
)  # fmt: skip
_HUBSPOT_PORTAL = select(tables.portals.c.id).where(tables.portals.c.source == "hubspot")
_HUBSPOT_ADDRESS = select(tables.portals.c.web_url).where(tables.portals.c.source == "hubspot")
_make = AccountFacts._make
BATCH = 2_000


class SourceAge(NamedTuple):
    """How fresh a source is. ``synced_at`` is None when it was never read in full; ``down`` says what is wrong now."""

    name: str
    synced_at: int | None
    down: str | None
    down_since: int | None


class Label(NamedTuple):
    """What a piece of evidence is called, and where to see it."""

    name: str
    url: str | None
    untrusted: bool
    """The name was typed by somebody: show it escaped, never hand it to a model as a fact."""


def for_owner(conn: Connection, owner_id: str, now: int) -> list[AccountFacts]:
    """The accounts of one owner at ``now`` (ms), in account order."""
    sql = f"SELECT {_COLUMNS}, changes_at FROM account_features WHERE owner_id = {_mark(conn)} ORDER BY account_id"
    return _as_of(conn, _raw(conn, sql, (owner_id,)), now)


def one(conn: Connection, account_id: str, now: int | None = None) -> AccountFacts | None:
    """One account; also by the id of a company that was merged into it. None when there is none.

    Without ``now`` as it was kept, which is at most one sync old.
    """
    mark = _mark(conn)
    sql = f"SELECT {_COLUMNS}, changes_at FROM account_features WHERE account_id = {mark}"
    rows = _raw(conn, sql, (account_id,))
    if not rows:
        moved = f"SELECT winner FROM merged WHERE kind = 'companies' AND loser = {mark}"
        rows = [row for winner in _raw(conn, moved, (account_id,)) for row in _raw(conn, sql, winner)]
    found = _as_of(conn, rows, now)
    return found[0] if found else None


def _as_of(conn: Connection, rows: Sequence[Any], now: int | None) -> list[AccountFacts]:
    old = [row[1] for row in rows if row[-1] is not None and now is not None and row[-1] <= now]
    if not old or now is None:
        return [_make(row[:-1]) for row in rows]
    fresh = features.current(conn, old, now)
    return [fresh.get(row[1]) or _make(row[:-1]) for row in rows]


def stream(conn: Connection, now: int) -> Iterator[tuple[str, list[AccountFacts]]]:
    """All owners with their accounts at ``now``, in owner and account order.

    Memory does not grow with the organisation, only with what began since the last sync.
    """
    old = _raw(conn, f"SELECT account_id FROM account_features WHERE changes_at <= {_mark(conn)}", (now,))
    fresh = features.current(conn, [row[0] for row in old], now)
    rows: Iterable[AccountFacts] = map(_make, _streamed(conn))
    if fresh:
        rows = (fresh.get(facts[1], facts) for facts in rows)
    return _grouped(rows)


def _grouped(rows: Iterable[AccountFacts]) -> Iterator[tuple[str, list[AccountFacts]]]:
    for owner, accounts in groupby(rows, itemgetter(0)):
        yield owner, list(accounts)


def _streamed(conn: Connection) -> Iterator[Any]:
    sql = f"SELECT {_COLUMNS} FROM account_features WHERE owner_id <> '' ORDER BY owner_id, account_id"
    driver: Any = conn.connection.driver_connection
    if conn.dialect.name == "postgresql":
        with driver.cursor(name="daybook_facts") as cursor:
            cursor.itersize = BATCH
            cursor.execute(sql)
            yield from cursor
        return
    cursor = driver.cursor()
    try:
        yield from cursor.execute(sql)
    finally:
        cursor.close()


def find_account(
    conn: Connection, owner_ids: Collection[str] | None, text: str, *, similar: bool = False
) -> list[AccountFacts]:
    """Accounts by id, else by exact name, else by part of the name or domain; of these owners, or of all (None).

    ``similar``: beside those of exactly that name also those that have it in theirs, after them.
    """
    table, wanted = tables.accounts, text.strip()
    if not wanted or (owner_ids is not None and not owner_ids):
        return []
    rows = conn.execute(
        select(table.c.id, table.c.name, table.c.domain).where(
            table.c.owner_id.in_(owner_ids) if owner_ids is not None else table.c.owner_id.is_not(None)
        )
    ).all()
    # Compared here and not by the database, because the two fold case differently.
    folded = wanted.casefold()
    hits = [i for i, _name, _domain in rows if i == wanted]
    if not hits:
        exact = sorted(i for i, name, _domain in rows if name.casefold() == folded)
        parts = sorted(i for i, name, domain in rows if folded in name.casefold() or folded in (domain or ""))
        hits = exact + [i for i in parts if i not in exact] if similar else exact or parts
    found = (one(conn, i) for i in hits[:50])
    return [facts for facts in found if facts is not None]


def domains(conn: Connection, account_ids: Collection[str]) -> dict[str, str | None]:
    """The web domain of each of these accounts, as HubSpot has it; None where it has none."""
    table = tables.accounts
    return dict(conn.execute(select(table.c.id, table.c.domain).where(table.c.id.in_(sorted(account_ids)))).all())


def last_touches(conn: Connection, account_ids: Collection[str]) -> dict[str, int | None]:
    """When each of these accounts was touched last; accounts that are gone are absent."""
    table = tables.account_features
    rows = conn.execute(
        select(table.c.account_id, table.c.last_touch_at).where(table.c.account_id.in_(sorted(account_ids)))
    )
    return dict(rows.all())


def sources(conn: Connection, now: int) -> tuple[SourceAge, ...]:
    """HubSpot, and Jira once it was tried: as old as their oldest kind of record, with the fault that stands now."""
    rows = conn.execute(_SOURCES).all()
    ages = []
    for source, name in SPOKEN.items():
        mine = [row for row in rows if row.source == source]
        if not mine and source != "hubspot":
            continue
        read = [row.last_success_at for row in mine]
        whole = bool(mine) and all(at is not None for at in read)
        # The earliest fault that stands: the ones after it are mostly its consequences.
        faults = sorted((row.last_error_at or 0, row.last_error) for row in mine if row.last_error)
        ages.append(
            SourceAge(name, min(read) if whole else None, *((faults[0][1], faults[0][0]) if faults else (None, None)))
        )
    return tuple(ages)


def never_read(conn: Connection) -> set[str]:
    """``hubspot`` while not even the companies were ever read, ``jira`` while it is set up but was never read."""
    rows = conn.execute(_SOURCES).all()
    companies = any(r.source == "hubspot" and r.kind == "companies" and r.last_success_at is not None for r in rows)
    jira = [r.last_success_at for r in rows if r.source == "jira"]
    return ({"hubspot"} if not companies else set()) | ({"jira"} if jira and not any(jira) else set())


def hubspot_address(conn: Connection) -> str | None:
    """``https://app.hubspot.com/contacts/PORTAL``, where HubSpot's records open in a browser; None before a sync."""
    return conn.scalar(_HUBSPOT_ADDRESS)


HUBSPOT_TYPES = {"hubspot": "0-5", "deal": "0-3", "task": "0-27", "account": "0-2"}


def hubspot_portal(conn: Connection) -> str | None:
    """Which account of HubSpot the records are of; None before the first sync."""
    portal: str | None = conn.scalar(_HUBSPOT_PORTAL)
    return portal


def labels(conn: Connection, evidence_ids: Collection[str]) -> dict[str, Label]:
    """Names and addresses of ``hubspot:123``, ``jira:SUP-1``, ``deal:7``, ``task:9``, ``account:5``."""
    sites = dict(conn.execute(select(tables.portals.c.source, tables.portals.c.web_url)).all())
    names: dict[str, str | None] = {}
    for kind, table, column in (
        ("deal", tables.deals, tables.deals.c.untrusted_name),
        ("account", tables.accounts, tables.accounts.c.name),
    ):
        ids = [e.partition(":")[2] for e in evidence_ids if e.startswith(f"{kind}:")]
        if ids:
            rows = conn.execute(select(table.c.id, column).where(table.c.id.in_(ids)))
            names |= {f"{kind}:{i}": name for i, name in rows}
    found: dict[str, Label] = {}
    for evidence in evidence_ids:
        kind, _, ident = evidence.partition(":")
        plain = {"hubspot": f"#{ident}", "jira": ident, "deal": f"deal {ident}", "task": "follow-up"}.get(kind, ident)
        url = None
        if kind == "jira" and "jira" in sites:
            url = f"{sites['jira']}/browse/{ident}"
        elif kind in HUBSPOT_TYPES and "hubspot" in sites:
            url = f"{sites['hubspot']}/record/{HUBSPOT_TYPES[kind]}/{ident}"
        found[evidence] = Label(names.get(evidence) or plain, url, evidence in names)
    return found


def call_outcomes(conn: Connection) -> dict[str, str]:
    """Label of each call disposition id of this portal."""
    return dict(conn.execute(select(tables.call_outcomes.c.id, tables.call_outcomes.c.label)).all())


def broken_records(conn: Connection, most: int = 50) -> list[tuple[str, str, str, str]]:
    """Records set aside, longest first: (source, kind, id, reason)."""
    table = tables.set_aside
    rows = conn.execute(
        select(table.c.source, table.c.kind, table.c.id, table.c.reason)
        .order_by(table.c.first_seen_at, table.c.source, table.c.kind, table.c.id)
        .limit(most)
    )
    return [tuple(row) for row in rows]


def _mark(conn: Connection) -> str:
    return "%s" if conn.dialect.name == "postgresql" else "?"


def _raw(conn: Connection, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
    """Straight from the driver, within the connection's transaction: these run in loops over all reps."""
    driver: Any = conn.connection.driver_connection
    return list(driver.execute(sql, parameters).fetchall())
