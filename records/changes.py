"""Reads what changed since an instant: nothing is skipped however records move meanwhile, and little is read twice.

The newest changes are asked for first. If there are more than a page, the others are walked *by id* within the span of
change times that is left: a record that changes meanwhile leaves the span for a later instant, where the next sync
finds it, and none can enter it. So each is read once, also when an import gave thousands the same instant, and every
query is answered by its first page: paging on would run into HubSpot's cap of 10,000 results, and lose what moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from records.kinds import Kind
from records.parsing import Broken, instant
from systems.faults import BadAnswer
from systems.ports import CRM, Record

GATHER = 1_000
"""Most changed records handed out together: one associations call covers as many."""
SEARCH_PAGE = 200


class Walk(NamedTuple):
    """How far a span of changes is read: all of ``since`` to ``until`` up to the id ``after``."""

    since: int
    until: int
    told: int
    """What the vendor's clock showed when the walk began; 0 when it did not tell."""
    after: str = ""

    def kept(self) -> str:
        """As text, for ``read``: a sync that is stopped goes on from here."""
        return ":".join(map(str, self))

    @classmethod
    def read(cls, text: str) -> Walk:
        since, until, told, after = text.split(":")
        return cls(int(since), int(until), int(told), after)


class Portion(NamedTuple):
    """Changed records, and what is read with them: more is to come from ``walk``, or everything up to ``reached``."""

    records: list[Record]
    walk: Walk | None
    reached: int | None = None


def gathered(crm: CRM, kind: Kind, since: int, told: int) -> Iterator[Portion]:
    """What changed since, in portions."""
    page = crm.changed(kind.name, kind.asked(crm.account_fields), kind.by, since)
    moments = [m for m in (moment_of(r, kind.by) for r in page.records) if m is not None]
    reached = max(moments, default=None)
    if page.after is None:
        if page.records:
            yield Portion(page.records, None, reached)
        return
    if not moments:
        raise BadAnswer("HubSpot", f"changed {kind.name} came without {kind.by}.")
    # The records of this page's oldest instant may go on beyond it: that instant is walked too.
    for portion in walked(crm, kind, Walk(since, min(moments), told), page.records):
        yield portion if portion.walk else portion._replace(reached=reached)


def walked(crm: CRM, kind: Kind, walk: Walk, held: list[Record] | None = None) -> Iterator[Portion]:
    """What is left of a walk, in portions; the first begins with the records in ``held``."""
    held = held or []
    while True:
        asked = kind.asked(crm.account_fields)
        page = crm.changed(kind.name, asked, kind.by, walk.since, until=walk.until, after_id=walk.after)
        held = held + page.records
        if page.after is None or not page.records:
            yield Portion(held, None, walk.until)
            return
        walk = walk._replace(after=page.records[-1].id)
        if len(held) + SEARCH_PAGE > GATHER:
            yield Portion(held, walk)
            held = []


def moment_of(record: Record, by: str) -> int | None:
    """When a record changed; None when that cannot be read."""
    try:
        return instant(record.properties, by)
    except Broken:
        return None
