"""Jira issues in our copy: what a row is made of them, which account they belong to, and how rows come and go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from records import tables
from records.aside import aside_row, put_aside
from records.kinds import Row
from records.parsing import Broken, needed_instant
from records.rows import mark_stale, upsert
from records.writing import Outcome
from systems.ports import Comment, Issue

SOURCE = "jira"
KIND = "issues"

PRIORITIES = {
    "blocker": "urgent", "critical": "urgent", "highest": "urgent", "urgent": "urgent",
    "high": "high", "major": "high",
    "medium": "medium", "normal": "medium",
    "low": "low", "lowest": "low", "minor": "low", "trivial": "low",
}  # fmt: skip
COMPANY_LINK = re.compile(r"(?:/record/0-2/|/company/)(\d+)/?$")


def read(issue: Issue) -> Row:
    """One issue as a row, without its account. Raises ``Broken``.

    The customer spoke last at the latest of: opening it, their public comments. We spoke last at the latest public
    comment of somebody who is neither the reporter, nor a customer, nor an app.
    """
    times: Mapping[str, str | None] = {
        "created": issue.created, "updated": issue.updated, "resolutiondate": issue.resolved
    }  # fmt: skip
    opened = needed_instant(times, "created")
    asked, answered = [opened], []
    for comment in issue.comments:
        if comment.public:
            at = needed_instant({"comment created": comment.created}, "comment created")
            if _by_customer(comment, issue):
                asked.append(at)
            elif comment.author_type != "app":
                answered.append(at)
    if issue.category not in ("new", "indeterminate", "done", "undefined", None):
        raise Broken("its status category is unknown")
    is_open = issue.category != "done"
    return {
        "id": issue.id,
        "key": issue.key,
        "account_ref": issue.account,
        "stage_id": None,
        "is_open": is_open,
        "priority": PRIORITIES.get((issue.priority or "").strip().lower()),
        "opened_at": opened,
        "closed_at": None if is_open or not issue.resolved else needed_instant(times, "resolutiondate"),
        "customer_at": max(asked),
        "answered_at": max(answered, default=None),
        "source": SOURCE,
        "changed_at": needed_instant(times, "updated"),
    }


def _by_customer(comment: Comment, issue: Issue) -> bool:
    return comment.author_type == "customer" or (
        comment.author_id is not None and comment.author_id == issue.reporter_id
    )


def write(conn: Connection, issues: Sequence[Issue], now: int, generation: int) -> tuple[Outcome, int]:
    table = tables.tickets
    rows: dict[str, Row] = {}
    broken: dict[str, Row] = {}
    for issue in issues:
        try:
            rows[issue.id] = {**read(issue), "synced_at": now, "generation": generation}
        except Broken as reason:
            broken[issue.id] = aside_row(SOURCE, KIND, issue.id, f"{issue.key}: {reason}", issue, now)
    ids = [*rows, *broken]
    held = {
        i: (changed_at, account_id)
        for i, changed_at, account_id in conn.execute(
            select(table.c.id, table.c.changed_at, table.c.account_id).where(
                table.c.source == SOURCE, table.c.id.in_(ids)
            )
        )
    }
    conn.execute(
        update(table)
        .where(table.c.source == SOURCE, table.c.id.in_([i for i in held if i in broken]))
        .values(generation=generation)
    )
    accounts = account_ids(conn, {row["account_ref"] for row in rows.values() if row["account_ref"]})
    for row in rows.values():
        row["account_id"] = accounts.get(row["account_ref"])
    upsert(conn, table, list(rows.values()))
    touched = {account for _changed, account in held.values()} | {row["account_id"] for row in rows.values()}
    mark_stale(conn, touched)
    put_aside(conn, SOURCE, KIND, broken, list(rows))
    changed = sum(1 for i, row in rows.items() if i not in held or held[i][0] != row["changed_at"])
    newest = max((row["changed_at"] for row in rows.values()), default=0)
    return Outcome(changed, 0, len(broken), frozenset(account for account in touched if account)), newest


def account_ids(conn: Connection, refs: set[str]) -> dict[str, str]:
    """Accounts by what the Jira field says: a HubSpot company id, a link to it, or its domain when only one has it."""
    found: dict[str, str] = {}
    domains: dict[str, list[str]] = {}
    for ref in refs:
        link = COMPANY_LINK.search(ref)
        if link or ref.isdecimal():
            found[ref] = link.group(1) if link else ref
        else:
            domains.setdefault(ref.lower(), []).append(ref)
    if domains:
        owners: dict[str, list[str]] = {}
        table = tables.accounts
        for account_id, domain in conn.execute(
            select(table.c.id, table.c.domain).where(table.c.domain.in_(list(domains)))
        ):
            owners.setdefault(domain, []).append(account_id)
        found |= {ref: ids[0] for d, ids in owners.items() if len(ids) == 1 for ref in domains[d]}
    if found:
        moved = select(tables.merged.c.loser, tables.merged.c.winner).where(
            tables.merged.c.kind == "companies", tables.merged.c.loser.in_(set(found.values()))
        )
        winners = dict(conn.execute(moved).all())
        found = {ref: winners.get(i, i) for ref, i in found.items()}
    return found


def settle(conn: Connection) -> None:
    """Join issues that named an account we did not know yet, or knew under another id."""
    table = tables.tickets
    rows = conn.execute(
        select(table.c.id, table.c.account_ref).where(
            table.c.source == SOURCE, table.c.account_id.is_(None), table.c.account_ref.is_not(None)
        )
    ).all()
    accounts = account_ids(conn, {ref for _i, ref in rows})
    for issue_id, ref in rows:
        if ref in accounts:
            conn.execute(
                update(table).where(table.c.source == SOURCE, table.c.id == issue_id).values(account_id=accounts[ref])
            )
    mark_stale(conn, accounts.values())


def remove(conn: Connection, which: Any) -> int:
    table = tables.tickets
    here = (table.c.source == SOURCE) & which
    mark_stale(conn, conn.scalars(select(table.c.account_id).where(here)))
    return conn.execute(delete(table).where(here)).rowcount


def updated_at(issue: Issue) -> int | None:
    try:
        return needed_instant({"updated": issue.updated}, "updated")
    except Broken:
        return None
