"""Hands the rules of escalation their cases: the few accounts on which one could apply, with their open tickets.

Two hundred thousand accounts are looked at every ten minutes, so the database passes over those on which no rule can
apply. It is asked for more than the rules take, never for less; the rules alone decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from records import features, tables
from rules.alerting import Case, TicketFacts, Watch
from rules.escalating import TicketEnd
from rules.facts import DAY, AccountFacts

CHUNK = 500
_F, _T = tables.account_features.c, tables.tickets.c
_COLUMNS = [tables.account_features.c[name] for name in features.FIELDS]


def possible(today: Watch) -> ColumnElement[bool]:
    """True of every row on which a rule of ``rules/escalation.py`` may apply at that instant, and of few others."""
    n, now = today.n, today.now
    urgent = min(n.urgent_days, n.urgent_other_days, n.urgent_long_days)
    large, worth = _from(today, n.large_tiers), _from(today, n.worth_tiers)
    waits = _F.unanswered_at.is_not(None)
    too_long = now - n.waiting_days * DAY
    promise = _F.task_due_at <= now - n.promise_days * DAY
    unhappy = _F.last_call_outcome.in_(sorted(today.unhappy))
    near = _F.renewal_at <= now + (max(n.renewal_days, n.renewal_soon_days) + 1) * DAY
    return or_(
        and_(waits, _F.urgent_ticket_at <= now - urgent * DAY),
        and_(waits, _F.revenue_cents >= large, or_(_F.old_ticket_at <= too_long, _F.unanswered_at <= too_long)),
        and_(_F.revenue_cents >= worth, or_(promise, unhappy, and_(near, waits))),
        _F.changes_at <= now,  # what was kept of it is out of date: it is computed anew and looked at
    )


def _from(today: Watch, names: Collection[str]) -> int:
    return min(tier.from_cents or 0 for tier in today.policy.tiers if tier.name in names)


def suspects(conn: Connection, today: Watch) -> Iterator[Case]:
    """The accounts a rule may apply to, also those without an owner; as they are at that instant."""
    rows = conn.execute(select(*_COLUMNS, _F.changes_at).where(possible(today)).order_by(_F.owner_id, _F.account_id))
    while batch := rows.fetchmany(CHUNK):
        yield from _cases(conn, batch, today.now)


def of_accounts(conn: Connection, account_ids: Collection[str], now: int) -> dict[str, Case]:
    """These accounts by id, whether or not anything is wrong with them; those that are gone are absent."""
    found: dict[str, Case] = {}
    wanted = sorted(account_ids)
    for at in range(0, len(wanted), CHUNK):
        chosen = _F.account_id.in_(wanted[at : at + CHUNK])
        rows = conn.execute(select(*_COLUMNS, _F.changes_at).where(chosen)).all()
        found |= {case.account.account_id: case for case in _cases(conn, rows, now)}
    return found


def _cases(conn: Connection, rows: Sequence[Any], now: int) -> Iterator[Case]:
    old = [row.account_id for row in rows if row.changes_at is not None and row.changes_at <= now]
    fresh = features.current(conn, old, now) if old else {}
    tickets: dict[str, list[TicketFacts]] = {}
    asked = [row.account_id for row in rows if row.open_tickets]
    if asked:
        found = conn.execute(
            select(
                _T.account_id, _T.source, _T.key, _T.priority, _T.opened_at, _T.customer_at, _T.answered_at
            ).where(_T.is_open, _T.account_id.in_(asked))
        )
        for account, source, key, *rest in found:
            tickets.setdefault(account, []).append(TicketFacts(f"{source}:{key}", *rest))
    for row in rows:
        facts = fresh.get(row.account_id) or AccountFacts._make(row[:-1])
        yield Case(facts, tuple(tickets.get(row.account_id, ())))


def ticket_now(conn: Connection, evidence: str, account_id: str) -> TicketEnd | None:
    """How a ticket of that account stands, open or not; None when it is gone, or another account's now."""
    source, _, key = evidence.partition(":")
    row = conn.execute(
        select(_T.is_open, _T.closed_at, _T.answered_at, _T.customer_at).where(
            _T.source == source, _T.key == key, _T.account_id == account_id
        )
    ).first()
    return TicketEnd(bool(row.is_open), row.closed_at, row.answered_at, row.customer_at) if row else None
