"""Reads what changed since an instant, oldest change first, so that nothing is skipped however records move meanwhile.

Always the *first* page of a query that starts at the last change seen. Paging deeper would run into HubSpot's 10,000
results cap, and lose records that change, and so move to the end, while one pages.
"""

from __future__ import annotations

from collections.abc import Iterator

from records.kinds import Kind
from records.parsing import Broken, instant
from systems.faults import BadAnswer
from systems.ports import CRM, Record

GATHER = 1_000
"""Most changed records handed out together: one associations call covers as many."""
SEARCH_PAGE = 200


def gathered(crm: CRM, kind: Kind, since: int) -> Iterator[tuple[list[Record], int]]:
    """Changed records in portions, with the change time up to which they are complete."""
    portion: list[Record] = []
    reached = 0
    for page in pages(crm, kind, since):
        portion += page
        reached = max([reached, *(m for m in (moment_of(r, kind.by) for r in page) if m is not None)])
        if len(portion) + SEARCH_PAGE > GATHER:
            yield portion, reached
            portion = []
    if portion:
        yield portion, reached


def pages(crm: CRM, kind: Kind, since: int) -> Iterator[list[Record]]:
    """The same, a page of the CRM at a time."""
    properties = kind.asked(crm.account_fields)
    done: set[tuple[str, int | None]] = set()
    while True:
        page = crm.changed(kind.name, properties, kind.by, since)
        moments = [m for m in (moment_of(r, kind.by) for r in page.records) if m is not None]
        if page.after is None:
            yield [r for r in page.records if (r.id, moment_of(r, kind.by)) not in done]
            return
        if not moments:
            raise BadAnswer("HubSpot", f"changed {kind.name} came without {kind.by}.")
        last = max(moments)
        if last > min(moments) or last > since:
            # The records of the last instant may go on beyond this page: start there again, skip those seen.
            yield [r for r in page.records if (r.id, moment_of(r, kind.by)) not in done]
            done = {(r.id, last) for r in page.records if moment_of(r, kind.by) == last}
            since = last
            continue
        yield from _same_instant(crm, kind, properties, last)
        done, since = set(), last + 1


def _same_instant(crm: CRM, kind: Kind, properties: tuple[str, ...], at: int) -> Iterator[list[Record]]:
    """More records than a page share one change time (an import): walk them by id."""
    after_id = ""
    while True:
        page = crm.changed(kind.name, properties, kind.by, at, at=at, after_id=after_id)
        yield page.records
        if page.after is None or not page.records:
            return
        after_id = page.records[-1].id


def moment_of(record: Record, by: str) -> int | None:
    """When a record changed; None when that cannot be read."""
    try:
        return instant(record.properties, by)
    except Broken:
        return None
