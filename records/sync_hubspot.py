"""Keeps our copy of HubSpot fresh: everything once, then changes, and nightly what search never tells.

Three ways to read a kind of record:

listing   every record by id, a page a transaction, the page token beside the rows; after the last page, rows that no
          page contained are gone. The first sync, and ``full``.
changes   by change time (``records.changes``).
sweep     archived records (search leaves them out), then a count: fewer than we hold means that some were deleted for
          good, which only a listing can find.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, func, select, union

from records import aside, changes, directory, state, tables
from records.kinds import KINDS, Kind, Reading
from records.parsing import Broken, instant
from records.report import Part, Progress
from records.rows import SOURCE, remove, remove_unseen, rows_of, stored
from records.state import Lock, State
from records.writing import Batch, accounts_of, write
from systems.clock import Clock
from systems.faults import BadAnswer, NotAllowed, Rejected, SystemFault
from systems.ports import CRM, Link, Record


class HubSpotSync:
    """One run over HubSpot. ``parts`` has an entry a kind."""

    def __init__(self, engine: Engine, crm: CRM, clock: Clock, lock: Lock, progress: Progress) -> None:
        self.engine, self.crm, self.clock, self.lock, self.progress = engine, crm, clock, lock, progress
        self.fields = crm.account_fields
        self.reading = Reading(self.fields)
        self.parts: list[Part] = []

    def run(self, full: bool, sweep: bool) -> None:
        """Every kind; a fault of one kind (a missing scope) leaves the others going, a dead source ends the run."""
        if not self._part("directory", lambda part: self._directory(part, full or sweep)):
            return
        for kind in KINDS:
            if not self._part(kind.name, lambda part, kind=kind: self.kind(kind, part, full, sweep)):  # type: ignore[misc]
                return

    def _part(self, name: str, work: Callable[[Part], None]) -> bool:
        part = Part(SOURCE, name)
        self.parts.append(part)
        calls = self.crm.calls
        try:
            work(part)
        except SystemFault as fault:
            part.error = str(fault)
            state.failed(self.engine, SOURCE, name, str(fault), self.clock.now())
            return isinstance(fault, (NotAllowed, Rejected, BadAnswer))
        finally:
            part.calls = self.crm.calls - calls
        return True

    def _directory(self, part: Part, labels: bool) -> None:
        self.reading = directory.refresh(self.engine, self.crm, self.clock, self.lock, part, labels)

    # -- one kind --------------------------------------------------------------------------------------------------

    def kind(self, kind: Kind, part: Part, full: bool, sweep: bool) -> None:
        """List it when it never was, when asked to, or when other properties are wanted than last time."""
        with self.engine.begin() as conn:
            known = state.load(conn, SOURCE, kind.name)
        wanted = hashlib.sha256(repr((kind.asked(self.fields), sorted(self.fields.onboarding_values))).encode())
        print_ = wanted.hexdigest()[:16]
        if full or known.phase == "new" or known.fingerprint != print_:
            if known.phase != "listing" or known.fingerprint != print_:
                known = self._begin_listing(kind, known._replace(fingerprint=print_))
            full = True
        if known.phase == "listing":
            known = self._list(kind, known, part)
        known = self._changes(kind, known, part)
        if sweep:
            known = self._sweep(kind, known, part)
        with self.engine.begin() as conn:
            state.save(conn, known._replace(last_success_at=self.clock.now(), last_error=None, last_error_at=None))

    # -- listing ---------------------------------------------------------------------------------------------------

    def _begin_listing(self, kind: Kind, known: State) -> State:
        told = self._told(self.clock.now())
        newest, total = self.crm.newest(kind.name, kind.by)
        try:
            moment = instant({"at": newest}, "at")
        except Broken as reason:
            raise BadAnswer("HubSpot", f"the newest change of {kind.name} cannot be read: {reason}.") from None
        known = known._replace(
            phase="listing", generation=known.generation + 1, token=None, done=0, total=total,
            listing_newest=moment or 0, newest_seen_at=self.clock.now(), polled_at=told,
        )  # fmt: skip
        with self.engine.begin() as conn:
            aside.begin_listing(conn, SOURCE, kind.name)
            return state.save(conn, known)

    def _list(self, kind: Kind, known: State, part: Part) -> State:
        properties = kind.asked(self.fields)
        self.progress(SOURCE, kind.name, known.done, known.total)
        while True:
            try:
                page = self.crm.listed(kind.name, properties, kind.links, known.token)
            except Rejected:
                if known.token is None:
                    raise
                # The token went stale while we were away: begin again, nothing is lost.
                known = self._begin_listing(kind, known)
                continue
            now = self.clock.now()
            with self.engine.begin() as conn:
                self.lock.renew(conn)
                outcome = write(conn, kind, page.records, Batch(now, known.generation, self.reading))
                known = known._replace(token=page.after, done=known.done + len(page.records))
                if page.after is None:
                    part.removed += remove_unseen(conn, kind, known.generation)
                    aside.forget_unseen(conn, SOURCE, kind.name)
                    known = known._replace(phase="changes", newest=known.listing_newest)
                state.save(conn, known)
            part.add(len(page.records), outcome)
            self.progress(SOURCE, kind.name, known.done, known.total)
            if page.after is None:
                return known

    # -- changes ---------------------------------------------------------------------------------------------------

    def _changes(self, kind: Kind, known: State, part: Part) -> State:
        began = self.clock.now()
        if known.token is not None:
            # A sync was stopped in the middle of many changes: first the rest of its span, then what came after that.
            walk = changes.Walk.read(known.token)
            known = self._take(kind, known, part, changes.walked(self.crm, kind, walk), resumed=True)
            known = state.polled(known, began, walk.told)
            began = self.clock.now()
        told = self._told(began)
        known = self._take(kind, known, part, changes.gathered(self.crm, kind, state.since(known), told))
        return state.polled(known, began, told)

    def _told(self, now: int) -> int:
        """What HubSpot's clock showed at its latest answer, so before whatever is asked next.

        Up to our own clock only: should a proxy on the way answer with a clock that is ahead, nothing is skipped.
        """
        return min(self.crm.clock_at or 0, now)

    def _take(
        self, kind: Kind, known: State, part: Part, portions: Iterable[changes.Portion], resumed: bool = False
    ) -> State:
        """Write portions of changes, each with how far they are read: a resumed walk only as far as its span goes."""
        seen = 0
        for records, walk, reached in portions:
            fresh = self._with_links(kind, self._fresh(kind, records))
            now = self.clock.now()
            with self.engine.begin() as conn:
                self.lock.renew(conn)
                outcome = write(conn, kind, fresh, Batch(now, known.generation, self.reading))
                known = known._replace(token=walk.kept() if walk else None)
                if reached is not None and (resumed or reached > (known.newest or 0)):
                    known = known._replace(newest=reached, newest_seen_at=now)
                state.save(conn, known)
            part.add(len(fresh), outcome)
            seen += len(records)
            self.progress(SOURCE, kind.name, seen, None)
        return known

    def _fresh(self, kind: Kind, records: list[Record]) -> list[Record]:
        """Those that differ from our copy, and those without an account that were given one since we read them."""
        with self.engine.begin() as conn:
            held = stored(conn, kind, [r.id for r in records])
        fresh, lost = [], []
        for record in {r.id: r for r in records}.values():
            ours = held.get(record.id)
            if ours is None or ours.changed_at != changes.moment_of(record, kind.by):
                fresh.append(record)
            elif kind.belongs != "none" and not ours.account_ids:
                lost.append(record)
        found = self.crm.links(kind.name, "companies", [r.id for r in lost]) if lost else {}
        return fresh + [r for r in lost if r.id in found]

    def _with_links(self, kind: Kind, records: list[Record]) -> list[Record]:
        """Ask for the associations of these records: of companies for all, of the rest only where it matters."""
        links: dict[str, dict[str, tuple[Link, ...]]] = {r.id: {} for r in records}
        for to in kind.links:
            if to == "companies" or (to == "deals" and kind.about_deals):
                wanted = [r.id for r in records]
            else:
                wanted = self._without_account(kind, [r._replace(links=links[r.id]) for r in records])
            if wanted:
                for record_id, ends in self.crm.links(kind.name, to, wanted).items():
                    links[record_id][to] = ends
        return [r._replace(links=links[r.id]) for r in records]

    def _without_account(self, kind: Kind, records: list[Record]) -> list[str]:
        with self.engine.begin() as conn:
            found = accounts_of(conn, kind, records)
        return [r.id for r in records if r.id not in found]

    # -- sweep -----------------------------------------------------------------------------------------------------

    def _sweep(self, kind: Kind, known: State, part: Part) -> State:
        while True:
            page = self.crm.listed(kind.name, (kind.by,), (), known.archived_token, archived=True)
            with self.engine.begin() as conn:
                self.lock.renew(conn)
                part.removed += remove(conn, kind, self._archived(conn, kind, page.records))
                aside.forget(conn, SOURCE, kind.name, [r.id for r in page.records if r.archived])
                known = state.save(conn, known._replace(archived_token=page.after))
            if page.after is None:
                break
        _newest, total = self.crm.newest(kind.name, kind.by)
        with self.engine.begin() as conn:
            # What was set aside is there too: one broken record would otherwise hide one deletion for ever.
            known_ids = union(
                select(kind.table.c.id).where(rows_of(kind)),
                select(tables.set_aside.c.id).where(
                    tables.set_aside.c.source == SOURCE, tables.set_aside.c.kind == kind.name
                ),
            ).subquery()
            held = conn.scalar(select(func.count()).select_from(known_ids)) or 0
        if held > total:
            known = self._list(kind, self._begin_listing(kind, known), part)
        return known._replace(swept_at=self.clock.now())

    def _archived(self, conn: Connection, kind: Kind, records: list[Record]) -> list[str]:
        """Of archived records, those that we still hold and that were not changed (restored) since."""
        held = stored(conn, kind, [r.id for r in records])
        gone = []
        for record in records:
            if record.id in held and record.archived:
                try:
                    at = instant({"archivedAt": record.archived_at}, "archivedAt")
                except Broken:
                    at = None
                if at is None or held[record.id].changed_at <= at:
                    gone.append(record.id)
        return gone
