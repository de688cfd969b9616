"""Sums each account up in one row, so that the morning's rules read a row and never the history.

A row holds instants and counters only. It is computed again when a record of the account changed, and when time alone
changes it: a booked meeting that begins turns from something ahead into the last touch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, TextClause, bindparam, delete, text

from records import tables
from rules.facts import AccountFacts

CHUNK = 5_000

FIELDS = AccountFacts._fields
_COLUMNS = (*FIELDS, "changes_at")
assert tuple(c.name for c in tables.account_features.columns) == _COLUMNS

_STALE = "(SELECT account_id FROM stale_accounts WHERE account_id >= :low AND account_id <= :high)"
_NAMED = "(SELECT id AS account_id FROM accounts WHERE id IN :ids)"


class _Queries(NamedTuple):
    """What is read of some accounts, in the order in which ``_rows`` takes it."""

    accounts: TextClause
    past: TextClause
    ahead: TextClause
    tasks: TextClause
    tickets: TextClause
    deals: TextClause


def _queries(those: str) -> _Queries:
    # SQLite keeps the order of a CROSS JOIN: without it, it reads all history between the two ends of the range.
    return _Queries(
        text(
            "SELECT a.id, a.owner_id, a.name, a.revenue_cents, a.onboarding, a.renewal_at"
            f" FROM {those} s CROSS JOIN accounts a WHERE a.id = s.account_id"
        ),
        text(
            "SELECT account_id, kind, at, outcome, place FROM (SELECT t.account_id, t.kind, t.at, t.outcome,"
            " row_number() OVER (PARTITION BY s.account_id, t.kind ORDER BY t.at DESC, t.id DESC) AS place"
            f" FROM {those} s CROSS JOIN touches t"
            " WHERE t.account_id = s.account_id AND t.counts AND t.at <= :now) ranked WHERE place <= 3"
        ),
        text(
            "SELECT t.account_id, t.kind, min(t.at)"
            f" FROM {those} s CROSS JOIN touches t"
            " WHERE t.account_id = s.account_id AND t.counts AND t.at > :now GROUP BY t.account_id, t.kind"
        ),
        text(
            "SELECT t.account_id, t.due_at, t.id"
            f" FROM {those} s CROSS JOIN tasks t"
            " WHERE t.account_id = s.account_id AND t.is_open AND t.due_at IS NOT NULL"
        ),
        text(
            "SELECT t.account_id, t.source, t.key, t.priority, t.opened_at, t.customer_at, t.answered_at"
            f" FROM {those} s CROSS JOIN tickets t WHERE t.account_id = s.account_id AND t.is_open"
        ),
        text(
            "SELECT d.account_id, d.id, d.amount_cents, d.created_at, d.close_at, d.entered_stage_at,"
            " d.has_next_step,"
            " EXISTS (SELECT 1 FROM deal_steps p JOIN tasks k ON k.id = p.id"
            "  WHERE p.deal_id = d.id AND p.kind = 'tasks' AND k.is_open),"
            " (SELECT max(m.at) FROM deal_steps p JOIN touches m ON m.id = p.id AND m.kind = 'meeting'"
            "  WHERE p.deal_id = d.id AND p.kind = 'meetings' AND m.counts AND m.at > :now)"
            f" FROM {those} s CROSS JOIN deals d WHERE d.account_id = s.account_id AND d.is_open"
        ),
    )


_OF_STALE = _queries(_STALE)
_OF_NAMED = _Queries(*(query.bindparams(bindparam("ids", expanding=True)) for query in _queries(_NAMED)))
_INSERT = f"INSERT INTO account_features ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_COPY = f"COPY account_features ({', '.join(_COLUMNS)}) FROM STDIN"


class Ticket(NamedTuple):
    """An open ticket, as far as features need it."""

    source: str
    key: str
    priority: str | None
    opened_at: int | None
    customer_at: int | None
    answered_at: int | None


class Deal(NamedTuple):
    """An open deal. ``meeting_at`` is the start of the last meeting ahead on it."""

    id: str
    cents: int | None
    created_at: int | None
    close_at: int | None
    since: int | None
    has_next_step: bool
    has_task: bool
    meeting_at: int | None


def refresh(engine: Engine, now: int) -> int:
    """Compute the rows of all stale accounts, some thousands a transaction. Returns how many accounts."""
    count = 0
    while True:
        with engine.begin() as conn:
            done = _chunk(conn, now)
        if not done:
            return count
        count += done


def refresh_here(conn: Connection, now: int) -> int:
    """As ``refresh``, within the caller's transaction."""
    count = 0
    while done := _chunk(conn, now):
        count += done
    return count


def refresh_some(conn: Connection, account_ids: Collection[str], now: int) -> None:
    """Compute the rows of these accounts, within the caller's transaction. What is stale stays so for ``refresh``."""
    ids = sorted(account_ids)
    if not ids:
        return
    _alone(conn)
    rows = _read(conn, _OF_NAMED, {"ids": ids}, now)
    conn.execute(delete(tables.account_features).where(tables.account_features.c.account_id.in_(ids)))
    _insert(conn, rows)


def refresh_expired(conn: Connection, now: int) -> int:
    """Compute again the rows that time has changed. Returns how many accounts (with those stale already)."""
    conn.execute(
        text(
            "INSERT INTO stale_accounts (account_id) SELECT account_id FROM account_features"
            " WHERE changes_at <= :now ON CONFLICT DO NOTHING"
        ),
        {"now": now},
    )
    return refresh_here(conn, now)


def current(conn: Connection, account_ids: Sequence[str], now: int) -> dict[str, AccountFacts]:
    """The facts of these accounts, computed at this instant and not kept: for readers, who must never wait to write."""
    found: dict[str, AccountFacts] = {}
    for at in range(0, len(account_ids), 1_000):
        for row in _read(conn, _OF_NAMED, {"ids": account_ids[at : at + 1_000]}, now):
            found[row[1]] = AccountFacts._make(row[:-1])
    return found


def rebuild(conn: Connection) -> None:
    """Mark every account stale; the next ``refresh`` computes all rows."""
    conn.execute(
        text(
            "INSERT INTO stale_accounts (account_id) SELECT id FROM accounts WHERE true"
            " UNION SELECT account_id FROM account_features WHERE true ON CONFLICT DO NOTHING"
        )
    )


def _alone(conn: Connection) -> None:
    """Until this transaction ends nobody else replaces rows: two at once would both insert the same one."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtext('daybook.account_features'))"))


def _chunk(conn: Connection, now: int) -> int:
    _alone(conn)
    ids = list(conn.scalars(text(f"SELECT account_id FROM stale_accounts ORDER BY account_id LIMIT {CHUNK}")))
    if not ids:
        return 0
    span = {"low": ids[0], "high": ids[-1]}
    rows = _read(conn, _OF_STALE, span, now)
    conn.execute(text(f"DELETE FROM account_features WHERE account_id IN {_STALE}"), span)
    _insert(conn, rows)
    conn.execute(text("DELETE FROM stale_accounts WHERE account_id >= :low AND account_id <= :high"), span)
    return len(ids)


def _read(conn: Connection, queries: _Queries, which: Mapping[str, Any], now: int) -> list[tuple[Any, ...]]:
    timed = {**which, "now": now}
    told = [conn.execute(q, timed if ":now" in q.text else which) for q in queries]
    return _rows(*told)


def _insert(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    driver: Any = conn.connection.driver_connection
    if conn.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    else:
        driver.executemany(_INSERT, rows)


class _Sums:
    """What is gathered of one account while its records stream by."""

    __slots__ = ("ahead", "calls", "deals", "meeting", "task", "tickets", "touch")

    def __init__(self) -> None:
        self.touch: tuple[int, str] | None = None
        self.calls: dict[int, tuple[int, str | None]] = {}
        self.meeting: int | None = None
        self.ahead: list[int] = []
        self.task: tuple[int, str] | None = None
        self.tickets: list[Ticket] = []
        self.deals: list[Deal] = []


def _rows(
    accounts: Iterable[Any], past: Iterable[Any], ahead: Iterable[Any], tasks: Iterable[Any],
    tickets: Iterable[Any], deals: Iterable[Any],
) -> list[tuple[Any, ...]]:  # fmt: skip
    known = {row[0]: row for row in accounts}
    sums = {account_id: _Sums() for account_id in known}
    nobody = _Sums()
    for account_id, kind, at, outcome, place in past:
        one = sums.get(account_id, nobody)
        if place == 1 and (one.touch is None or (at, kind) > one.touch):
            one.touch = (at, kind)
        if kind == "call":
            one.calls[place] = (at, outcome)
    for account_id, kind, at in ahead:
        one = sums.get(account_id, nobody)
        one.ahead.append(at)
        if kind == "meeting":
            one.meeting = at
    for account_id, due_at, task_id in tasks:
        one = sums.get(account_id, nobody)
        if one.task is None or (due_at, task_id) < one.task:
            one.task = (due_at, task_id)
    for account_id, *ticket in tickets:
        sums.get(account_id, nobody).tickets.append(Ticket(*ticket))
    for account_id, *deal in deals:
        sums.get(account_id, nobody).deals.append(Deal(*deal))
    return [_row(account, sums[account_id]) for account_id, account in known.items()]


_NOTHING = (None, None)


def _row(account: Any, one: _Sums) -> tuple[Any, ...]:
    account_id, owner_id, name, revenue, onboarding, renewal_at = account
    last_call = one.calls.get(1, _NOTHING)
    steps_end = [d.meeting_at for d in one.deals if d.meeting_at is not None]
    return (
        owner_id or "", account_id, name, revenue, onboarding, renewal_at,
        *(one.touch or _NOTHING), *last_call, one.calls.get(3, _NOTHING)[0], one.meeting,
        *(one.task or _NOTHING),
        *(_ticket_part(one.tickets) if one.tickets else _NO_TICKETS),
        *(_deal_part(one.deals) if one.deals else _NO_DEALS),
        min([*one.ahead, *steps_end], default=None),
    )  # fmt: skip


_NO_TICKETS = (0, *(None,) * 6)
_NO_DEALS = (0, 0, *(None,) * 9)


def _ticket_part(tickets: Sequence[Ticket]) -> tuple[Any, ...]:
    urgent = old = waiting = None
    for t in tickets:
        evidence = f"{t.source}:{t.key}"
        if t.opened_at is not None:
            opened = (t.opened_at, evidence)
            if old is None or opened < old:
                old = opened
            if t.priority == "urgent" and (urgent is None or opened < urgent):
                urgent = opened
        if t.customer_at is not None and (t.answered_at is None or t.answered_at < t.customer_at):
            since = (t.customer_at, evidence)
            if waiting is None or since < waiting:
                waiting = since
    return (len(tickets), *(urgent or _NOTHING), *(old or _NOTHING), *(waiting or _NOTHING))


def _deal_part(deals: Sequence[Deal]) -> tuple[Any, ...]:
    amounts = [d.cents for d in deals if d.cents is not None]
    no_step = min(
        (d for d in deals if not (d.has_next_step or d.has_task or d.meeting_at is not None)),
        key=lambda d: (d.cents is None, -(d.cents or 0), d.id), default=None,
    )  # fmt: skip
    late = min((d for d in deals if d.close_at is not None), key=lambda d: (d.close_at, d.id), default=None)
    still = min((d for d in deals if d.since is not None), key=lambda d: (d.since, d.id), default=None)
    return (
        len(deals), sum(amounts) if amounts else None,
        *((no_step.id, no_step.cents, no_step.created_at) if no_step else (None,) * 3),
        *((late.id, late.cents, late.close_at) if late else (None,) * 3),
        *((still.id, still.cents, still.since) if still else (None,) * 3),
    )  # fmt: skip
