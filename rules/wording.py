"""How the rules say amounts, ages and evidence: short, plain, the same everywhere."""

from __future__ import annotations

from rules.facts import DAY, HOUR


def plural(count: int, noun: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def age(span: int) -> str:
    """A span of milliseconds in full days, or hours when under a day: ``12 days``, ``5 hours``."""
    if span >= DAY:
        return plural(span // DAY, "day")
    return plural(span // HOUR, "hour") if span >= HOUR else "less than an hour"


def when(instant: int, now: int, utc_offset: int = 0) -> str:
    """``today``, ``tomorrow``, ``in 5 days``, ``yesterday``, ``5 days ago``: by the calendar of the reader."""
    return _days_away((instant + utc_offset) // DAY - (now + utc_offset) // DAY)


def on(date: int, now: int, utc_offset: int = 0) -> str:
    """The same for a bare date, which HubSpot stores as midnight UTC and which is that date in every zone."""
    return _days_away(date // DAY - (now + utc_offset) // DAY)


def _days_away(days: int) -> str:
    named = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if named:
        return named
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def money(cents: int, currency: str = "$") -> str:
    """An amount a person reads at a glance: ``$950``, ``$48k``, ``$1.2M``. Rounds half up, never to cents."""
    if cents < 0:
        return "-" + money(-cents, currency)
    units = (cents + 50) // 100
    if units < 1_000:
        return f"{currency}{units}"
    if units < 999_500:
        return f"{currency}{(units + 500) // 1_000}k"
    tenths = (units + 50_000) // 100_000
    return f"{currency}{tenths // 10}.{tenths % 10}M" if tenths % 10 else f"{currency}{tenths // 10}M"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def evidence_of(column: str, ident: str) -> str:
    """The evidence as one typed id: tickets carry their system already, deals and tasks get theirs here."""
    if column.endswith("deal_id"):
        return f"deal:{ident}"
    return f"task:{ident}" if column == "task_id" else ident


def label_of(evidence: str) -> str:
    """What the evidence is called inside a sentence: ``SUP-123``, ``#42``, ``deal``, ``follow-up``."""
    system, _, ident = evidence.partition(":")
    if system == "hubspot":
        return f"#{ident}"
    return {"deal": "deal", "task": "follow-up"}.get(system, ident or evidence)
