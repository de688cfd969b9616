"""Keeps our copy of Jira fresh: issues by change time, and nightly which of them still exist.

A first sync is the same walk from the beginning of time: oldest change first, the change time reached kept beside the
rows, so a stopped sync goes on where it was. Issues are joined to accounts by the field that names the company.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, select

from records import state, tables
from records.aside import forget
from records.issues import KIND, SOURCE, remove, updated_at, write
from records.report import Part, Progress
from records.rows import upsert
from records.state import Lock, State
from systems.clock import Clock
from systems.faults import Rejected, SystemFault
from systems.ports import Issue, IssuePage, Tickets


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
                part.removed += remove(conn, tables.tickets.c.generation < known.generation)
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
                outcome, newest = write(conn, issues, now, known.generation)
                newest = max([newest, *(updated_at(i) or 0 for i in page.issues)])
                if newest > (known.newest or 0):
                    known = known._replace(newest=newest, newest_seen_at=now)
                known = state.save(conn, known._replace(done=known.done + len(page.issues)))
            part.add(len(issues), outcome)
            self.progress(SOURCE, KIND, part.seen, None)
            token = page.token
            if token is None:
                return state.polled(known, began)

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
        return [i for i in issues if i.id not in held or held[i.id] != updated_at(i)]

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
            aside = tables.set_aside
            broken = conn.scalars(select(aside.c.id).where(aside.c.source == SOURCE, aside.c.kind == KIND))
            forget(conn, SOURCE, KIND, [i for i in broken if i not in alive])
            gone = [i for i in conn.scalars(select(table.c.id).where(table.c.source == SOURCE)) if i not in alive]
            return sum(remove(conn, table.c.id.in_(gone[at : at + 500])) for at in range(0, len(gone), 500))
