"""Keeps our copy of Jira fresh: issues by change time, and nightly which of them still exist.

A first sync is the same walk from the beginning of time: oldest change first, the change time reached kept beside the
rows, so a stopped sync goes on where it was. Issues are joined to accounts by the field that names the company.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from records import state, tables
from records.aside import aside_row, put_aside
from records.kinds import Row
from records.parsing import Broken, needed_instant
from records.report import Part, Progress
from records.rows import mark_stale, upsert
from records.state import Lock, State
from records.writing import Outcome
from systems.clock import Clock
from systems.faults import Rejected, SystemFault
from systems.ports import Comment, Issue, IssuePage, Tickets

SOURCE = "jira"
KIND = "issues"

PRIORITIES = {
    "blocker": "urgent", "critical": "urgent", "highest": "urgent", "urgent": "urgent",
    "high": "high", "major": "high",
    "medium": "medium", "normal": "medium",
    "low": "low", "lowest": "low", "minor": "low", "trivial": "low",
}  # fmt: skip
COMPANY_LINK = re.compile(r"(?:/record/0-2/|/company/)(\d+)/?$")


class JiraSync:
    """One run over Jira. ``parts`` has one entry, ``issues``."""

    def __init__(self, engine: Engine, tickets: Tickets, clock: Clock, lock: Lock, progress: Progress) -> None:
        self.engine, self.tickets, self.clock, self.lock, self.progress = engine, tickets, clock, lock, progress
        self.parts: list[Part] = []

    def run(self, full: bool, sweep: bool) -> None:
        """Changes since last time; everything again when ``full``; deleted issues when ``full`` or ``sweep``."""
        part = Part(SOURCE, KIND)
        self.parts.append(part)
        calls = self.tickets.calls
        try:
            self._run(part, full, sweep)
        except SystemFault as fault:
            part.error = str(fault)
            state.failed(self.engine, SOURCE, KIND, str(fault), self.clock.now())
        finally:
            part.calls = self.tickets.calls - calls

    def _run(self, part: Part, full: bool, sweep: bool) -> None:
        with self.engine.begin() as conn:
            known = state.load(conn, SOURCE, KIND)
            if known.phase == "new" or (full and known.phase != "listing"):
                known = known._replace(phase="listing", generation=known.generation + 1, newest=None, done=0)
                state.save(conn, known)
            upsert(conn, tables.portals, [{"source": SOURCE, "id": "", "web_url": self.tickets.web_url}])
        listing = known.phase == "listing"
        known = self._changes(known, part)
        if sweep and not listing:
            part.removed += self._sweep()
        with self.engine.begin() as conn:
            if listing:
                part.removed += _remove(conn, tables.tickets.c.generation < known.generation)
            known = known._replace(
                phase="changes", last_success_at=self.clock.now(), last_error=None, last_error_at=None,
                swept_at=self.clock.now() if sweep or listing else known.swept_at,
            )  # fmt: skip
            state.save(conn, known)

    def _changes(self, known: State, part: Part) -> State:
        began = self.clock.now()
        token: str | None = None
        since = state.since(known) if known.newest is not None else None
        while True:
            page = self._page(since, token, known)
            if page is None:
                token, since = None, known.newest
                continue
            now = self.clock.now()
            issues = [self._with_comments(i) for i in self._differing(page.issues, known)]
            with self.engine.begin() as conn:
                self.lock.renew(conn)
                outcome, newest = _write(conn, issues, now, known.generation)
                newest = max([newest, *(_updated(i) or 0 for i in page.issues)])
                if newest > (known.newest or 0):
                    known = known._replace(newest=newest, newest_seen_at=began, polled_at=began)
                known = state.save(conn, known._replace(done=known.done + len(page.issues)))
            part.add(len(issues), outcome)
            self.progress(SOURCE, KIND, part.seen, None)
            token = page.token
            if token is None:
                return known._replace(polled_at=began)

    def _page(self, since: int | None, token: str | None, known: State) -> IssuePage | None:
        """The next page; None when its token went stale, to start again at the newest change."""
        try:
            return self.tickets.changed(since, token)
        except Rejected:
            if token is None or known.newest is None:
                raise
            return None

    def _differing(self, issues: Sequence[Issue], known: State) -> list[Issue]:
        """While listing all, later only those that differ from our copy: Jira's minutes always bring some again."""
        if known.phase == "listing":
            return list(issues)
        table = tables.tickets
        with self.engine.begin() as conn:
            held = dict(
                conn.execute(
                    select(table.c.id, table.c.changed_at).where(
                        table.c.source == SOURCE, table.c.id.in_([i.id for i in issues])
                    )
                ).all()
            )
        return [i for i in issues if i.id not in held or held[i.id] != _updated(i)]

    def _with_comments(self, issue: Issue) -> Issue:
        """A search cuts long comment lists off, at the wrong end; only an open issue's last words matter."""
        if issue.comments_complete or issue.category == "done":
            return issue
        return issue._replace(comments=self.tickets.comments(issue.id), comments_complete=True)

    def _sweep(self) -> int:
        """Issues that are no longer there: deleted, or out of the filter."""
        alive: set[str] = set()
        token: str | None = None
        while True:
            ids, token = self.tickets.ids(token)
            alive.update(ids)
            if token is None:
                break
        table = tables.tickets
        with self.engine.begin() as conn:
            self.lock.renew(conn)
            gone = [i for i in conn.scalars(select(table.c.id).where(table.c.source == SOURCE)) if i not in alive]
            return sum(_remove(conn, table.c.id.in_(gone[at : at + 500])) for at in range(0, len(gone), 500))


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


def _write(conn: Connection, issues: Sequence[Issue], now: int, generation: int) -> tuple[Outcome, int]:
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
    mark_stale(conn, [account for _changed, account in held.values()])
    mark_stale(conn, [row["account_id"] for row in rows.values()])
    put_aside(conn, SOURCE, KIND, broken, list(rows))
    changed = sum(1 for i, row in rows.items() if i not in held or held[i][0] != row["changed_at"])
    newest = max((row["changed_at"] for row in rows.values()), default=0)
    return Outcome(changed, 0, len(broken)), newest


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


def _remove(conn: Connection, which: Any) -> int:
    table = tables.tickets
    here = (table.c.source == SOURCE) & which
    mark_stale(conn, conn.scalars(select(table.c.account_id).where(here)))
    return conn.execute(delete(table).where(here)).rowcount


def _updated(issue: Issue) -> int | None:
    try:
        return needed_instant({"updated": issue.updated}, "updated")
    except Broken:
        return None
