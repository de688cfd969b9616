"""A CRM in memory, for what no vendor does on request: broken values, records that move while one pages, purges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from systems.ports import AccountFields, Link, Owner, Page, Portal, Record, Stage

MOVED = {"contacts": "lastmodifieddate"}


@dataclass
class FakeCRM:
    """The ``CRM`` port over a dict. ``page`` is how many records a page of changes holds."""

    page: int = 3
    account_fields: AccountFields = field(default_factory=AccountFields)
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    calls: int = 0
    tells_time: bool = False
    shown: dict[tuple[str, str], list[tuple[int, Record]]] = field(default_factory=dict)
    """What searches show instead of a record, by kind and id: each version from an instant on, by the clock ``now``."""
    now: Callable[[], int] = lambda: 0
    between: Callable[[], None] | None = None
    """Called once after each page of changes: what somebody else does meanwhile."""

    def put(self, kind: str, record_id: str, at: int, companies: Sequence[str] = (), **properties: str) -> None:
        texts: dict[str, str | None] = {**properties, MOVED.get(kind, "hs_lastmodifieddate"): str(at)}
        links = {"companies": tuple(Link(i, False) for i in companies)}
        self.records.setdefault(kind, {})[record_id] = Record(record_id, texts, links)

    def put_late(self, kind: str, record_id: str, at: int, shown_at: int, **properties: str) -> None:
        """The same, but searches show it from ``shown_at`` on, as an index that lags behind does."""
        before = self.records.get(kind, {}).get(record_id)
        versions = self.shown.setdefault((kind, record_id), [(0, before)] if before else [])
        self.put(kind, record_id, at, **properties)
        versions.append((shown_at, self.records[kind][record_id]))

    def _searched(self, kind: str) -> list[Record]:
        """The living records of a kind as the index knows them."""
        found = []
        for record in self.records.get(kind, {}).values():
            versions = self.shown.get((kind, record.id))
            seen = [v for at, v in versions if at <= self.now()][-1:] if versions else [record]
            found += [v for v in seen if not record.archived]
        return found

    def purge(self, kind: str, record_id: str) -> None:
        del self.records[kind][record_id]

    def archive(self, kind: str, record_id: str, at: int) -> None:
        held = self.records[kind][record_id]
        self.records[kind][record_id] = held._replace(archived=True, archived_at=str(at))

    @property
    def clock_at(self) -> int | None:
        return self.now() if self.tells_time else None

    # -- the port --------------------------------------------------------------------------------------------------

    def listed(
        self, kind: str, properties: Sequence[str], links: Sequence[str], after: str | None, archived: bool = False
    ) -> Page:
        self.calls += 1
        rows = sorted((r for r in self.records.get(kind, {}).values() if r.archived is archived), key=_by_id)
        rows = [r for r in rows if after is None or _by_id(r) > _number(after)]
        page = rows[: self.page]
        return Page([_whole(r) for r in page], page[-1].id if len(rows) > len(page) else None)

    def changed(
        self, kind: str, properties: Sequence[str], by: str, since: int, until: int | None = None, after_id: str = ""
    ) -> Page:
        self.calls += 1
        rows = [r for r in self._searched(kind) if _at(r, by) >= since]
        if until is None:
            rows = sorted(rows, key=lambda r: (-_at(r, by), r.id))
        else:
            rows = sorted((r for r in rows if _at(r, by) <= until and _by_id(r) > _number(after_id)), key=_by_id)
        found = Page([r._replace(links=None) for r in rows[: self.page]], "x" if len(rows) > self.page else None)
        if self.between is not None:
            self.between()
        return found

    def newest(self, kind: str, by: str) -> tuple[str | None, int]:
        self.calls += 1
        rows = self._searched(kind)
        return (str(max(_at(r, by) for r in rows)) if rows else None), len(rows)

    def links(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, tuple[Link, ...]]:
        self.calls += 1
        held = self.records.get(kind, {})
        found = {i: (held[i].links or {}).get(to, ()) for i in ids if i in held}
        return {i: ends for i, ends in found.items() if ends}

    def owners(self) -> list[Owner]:
        return []

    def stages(self, kind: str) -> list[Stage]:
        return []

    def call_outcomes(self) -> dict[str, str]:
        return {}

    def properties(self, kind: str) -> set[str]:
        return set()

    def portal(self) -> Portal:
        return Portal("1", "https://app.example/contacts/1")


def _whole(record: Record) -> Record:
    return record._replace(links={"deals": (), "contacts": (), **(record.links or {})})


def _at(record: Record, by: str) -> int:
    return int(record.properties[by] or 0)


def _number(text: str) -> int:
    return int(text or 0)


def _by_id(record: Record) -> int:
    return int(record.id)
