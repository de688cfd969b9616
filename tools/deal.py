"""A deal as a change looks at it: read now, its stage in its own pipeline, and the changes it would get."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from sqlalchemy import select

from records import tables
from rules import spoken
from rules.action import StageMove, Target
from rules.authority import NOT_FOUND
from systems.ports import Record
from tools import day_before
from tools.tool import Problem, Row, Write
from tools.world import Company, World
from tools.writing import midnight, units
from views import escape
from views.words import calendar

READ = ("dealname", "dealstage", "pipeline", "amount", "closedate", "hs_next_step", "hubspot_owner_id")


MOST_UNITS = 10**15


class Stage(NamedTuple):
    id: str
    label: str
    position: int
    closed: bool
    pipeline: str


@dataclass
class Change:
    """One deal and what would become of it; the lists grow field by field, in the order people read them."""

    record: Record
    company: Company
    name: str
    rows: list[Row] = field(default_factory=list)
    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    moves: list[StageMove] = field(default_factory=list)
    amounts: list[tuple[int | None, int | None]] = field(default_factory=list)
    resolved: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        return Target(f"deals:{self.record.id}", self.company.owner, self.company.id)

    @property
    def write(self) -> Write:
        return Write("hubspot", "change", "deals", self.record.id, self.after, before=self.before)

    @property
    def words(self) -> str:
        return "; ".join(f"{row.label.lower()} {row.old or '(empty)'} → {row.new}" for row in self.rows)

    def put(self, name: str, argument: str, value: str, row: Row) -> None:
        """Note a new value for a property, unless it says so already."""
        old = self.record.properties.get(name)
        self.resolved[argument] = row.value
        if row.old != row.new:
            self.rows.append(row)
            self.before[name], self.after[name] = old, value


def read(world: World, deal: str) -> Change:
    """The deal with its account. Raises ``Problem`` when it is gone, or belongs to no account."""
    record = world.record("deals", deal, READ, ("companies",))
    company = world.company_of(record)
    if company is None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    return Change(record, company, escape.name(record.properties.get("dealname") or ""))


def move(world: World, change: Change, said: str) -> None:
    """To the stage that goes by that label or id, of the deal's own pipeline if it has one. Raises ``Problem``."""
    stages, stands = _stages(world), change.record.properties.get("dealstage") or ""
    old = stages.get(stands)
    if stands and old is None:
        raise Problem(
            "This deal is in a stage that Daybook has not read yet, so it can't tell what the move would mean. Stages "
            "are read every hour; until then move it in HubSpot.",
            "stage.unread",
        )
    pipeline = change.record.properties.get("pipeline") or (old.pipeline if old else "")
    own = [one for one in stages.values() if one.pipeline == pipeline]
    found = _named(said, own) or _named(said, [one for one in stages.values() if one.pipeline != pipeline])
    new = found[0] if len(found) == 1 else None
    if new is None:
        labels = ", ".join(one.label for one in sorted(own, key=lambda one: one.position))
        raise Problem(f"There is no one stage {said!r}. The pipeline has: {labels}.", "stage.unknown")
    options = tuple((one.label, one.id) for one in sorted(own, key=lambda one: one.position))
    row = Row("stage", "Stage", old.label if old else "(unknown)", new.label, "choice", new.id, options)
    change.put("dealstage", "stage", new.id, row)
    if old is None or new.id != old.id:
        change.moves.append(
            StageMove(
                old.position if old else 0, new.position, bool(old and old.closed), new.closed, new.pipeline == pipeline
            )
        )


def worth(world: World, change: Change, said: str) -> None:
    """To that amount. Raises ``Problem`` when it can't be read."""
    try:
        new = spoken.cents(said, world.policy.currency)
    except spoken.Unclear as unclear:
        raise Problem(str(unclear), "amount.unclear") from None
    text = change.record.properties.get("amount")
    old = _cents(text)
    if text and old is None:
        raise Problem("HubSpot's amount of this deal is no number. Mend it there first.", "amount.unclear")
    currency = world.policy.currency
    shown_old, shown_new = _money(old, currency), _money(new, currency)
    change.put("amount", "amount", units(new), Row("amount", "Amount", shown_old, shown_new, "number", units(new)))
    if old != new:
        began = _cents(day_before.amount(world, change.record.id, text))
        change.amounts.append((began, new))


def close_on(world: World, change: Change, said: str) -> None:
    """To that close date, in the person's own calendar. Raises ``Problem`` when it can't be told."""
    new = world.day(said)
    old = calendar((change.record.properties.get("closedate") or "")[:10])
    row = Row("close_date", "Close date", old, calendar(new.isoformat()), "date", new.isoformat())
    change.put("closedate", "close_date", midnight(new), row)


def next_step(change: Change, said: str) -> None:
    old = escape.clean(change.record.properties.get("hs_next_step") or "", 200)
    change.put("hs_next_step", "next_step", said, Row("next_step", "Next step", old, said, "text", said))


def _stages(world: World) -> dict[str, Stage]:
    t = tables.stages.c
    with world.reading() as connection:
        rows = connection.execute(
            select(t.id, t.label, t.position, t.closed, t.pipeline_id)
            .where(t.kind == "deals")
            .order_by(t.position, t.id)
        )
        return {row.id: Stage(row.id, row.label, row.position, bool(row.closed), row.pipeline_id) for row in rows}


def _named(said: str, stages: list[Stage]) -> list[Stage]:
    """The stages that go by it: by id, else by their label, else by a word of it; one of several is never guessed."""
    wanted = said.strip().casefold()
    for fits in (
        lambda one: one.id == said,
        lambda one: one.label.casefold() == wanted,
        lambda one: wanted in one.label.casefold(),
    ):
        found = [one for one in stages if fits(one)]
        if found:
            return found
    return []


def _cents(text: str | None) -> int | None:
    """As HubSpot has it, which may be ``-500`` or ``1.0E7``; None when it says nothing that is a number."""
    try:
        exact = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return int(exact * 100) if exact is not None and exact.is_finite() and abs(exact) < MOST_UNITS else None


def _money(cents: int | None, currency: str) -> str:
    """The exact amount: a card is no place for rounding."""
    if cents is None:
        return ""
    sign, cents = "-" if cents < 0 else "", abs(cents)
    whole = f"{sign}{currency}{cents // 100:,}"
    return whole if cents % 100 == 0 else f"{whole}.{cents % 100:02d}"
