"""Today's list on Home: what is still open of it, that it is done, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from views import blocks as b
from views import escape
from views.words import moment

TOP = 5
WORDS = 200

NOT_AN_OWNER = "You get no morning list: it goes to whoever owns accounts in HubSpot."


@dataclass(frozen=True)
class Account:
    """One account of today's list, with its strongest reason."""

    name: str
    link: str | None
    reason: str


@dataclass(frozen=True)
class Today:
    """Today's list: the first of its accounts that are still open, how many are, and the message's own address (a Slack
    permalink). ``touched`` and ``set_aside`` count those that are not open any more.
    """

    accounts: Sequence[Account]
    count: int
    message: str | None
    touched: int = 0
    set_aside: int = 0


@dataclass(frozen=True)
class NoToday:
    """Why there is no list today (yet). ``reason`` is why somebody never gets one, or why today's was not sent."""

    kind: Literal["never", "paused", "to_come", "on_its_way", "not_sent", "no_day"]
    next_at: int | None = None
    reason: str = ""


def drawn(today: Today | NoToday, now: int, zone: tzinfo) -> list[b.Block]:
    """The part of Home under *Today*."""
    if isinstance(today, NoToday):
        return [b.context(_plain(_none(today, now, zone)))]
    link = [b.link("Open the list", today.message)] if today.message else []
    if not today.accounts:
        said = b.text(_all_done(today))
        return [b.rich(b.section(said, *([b.text(" "), *link] if link else [])))]
    items = [
        b.section(b.link(escape.name(one.name), one.link, bold=True), b.text(f": {_plain(one.reason)}"))
        for one in today.accounts[:TOP]
    ]
    rest, done = today.count - len(items), today.touched + today.set_aside
    more = [f"{rest} more on it"] if rest > 0 else []
    told = b.text(" · ".join([*([""] if link else []), *more, *([f"{done} done"] if done else [])]))
    foot = [*link, *([told] if more or done else [])]
    lines = [{**b.bullets(*items), "style": "ordered"}, *([b.section(*foot)] if foot else [])]
    return [b.rich(*lines)]


def never(problem: str | None) -> str:
    """To somebody who gets no list at all."""
    return f"You get no morning list: {problem}." if problem else NOT_AN_OWNER


def _all_done(today: Today) -> str:
    """Of a list on which nothing is open."""
    count = today.touched + today.set_aside
    if not count:
        return "Nobody needs you first thing today."
    parts = [f"{today.touched} touched"] if today.touched else []
    parts += [f"{today.set_aside} set aside"] if today.set_aside else []
    return f"Today's list is done: {' and '.join(parts)}."


def _none(today: NoToday, now: int, zone: tzinfo) -> str:
    next_at = moment(today.next_at, now, zone) if today.next_at is not None else ""
    match today.kind:
        case "never":
            return never(today.reason)
        case "paused":
            return "Your morning list is paused. /daybook resume brings it back; /daybook list sends today's now."
        case "on_its_way":
            return "Today's list is on its way."
        case "not_sent":
            return f"Today's list was not sent ({today.reason}). /daybook list tries again now."
        case "to_come":
            return f"No list yet today. It comes at {next_at or 'your time'}; /daybook list sends it now."
        case _:
            soon = f" The next one comes {next_at}." if next_at else ""
            return f"No list today.{soon} /daybook list sends one now."


def _plain(words: str) -> str:
    return escape.unlinked(words, WORDS)
