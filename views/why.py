"""Why an account is on the list: the whole sum, what could not be told, and what would change its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby

from rules.explanation import Explanation, Line
from rules.facts import AccountFacts
from rules.marks import Back, Held, Mark, Over
from rules.policy import Policy
from rules.ranking import Change, WhatIf
from rules.reason import Group
from rules.wording import ordinal, plural
from views import blocks as b
from views import escape
from views.morning_list import reason_pieces
from views.words import Links, arithmetic, clock, day, marked, signed, standing, touches

UNKNOWN = "Not known, so neither raised nor lowered"


@dataclass(frozen=True, slots=True)
class Why:
    """Everything *Why?* says about one account: facts and arithmetic as they stood at ``now``.

    ``listed`` says that this was when a list was made; ``now_total`` is then what the account has at present (None: it
    is gone). ``position`` is None when the account was not due. ``mark_by`` is who set the mark, in words ("by you").
    """

    facts: AccountFacts
    explanation: Explanation
    position: int | None
    due: int
    zone: tzinfo
    links: Links
    policy: Policy
    now: int
    what_if: WhatIf | None = None
    listed: bool = False
    now_total: int | None = None
    mark: Mark | None = None
    verdict: Held | Back | Over | None = None
    mark_by: str = ""


def modal(why: Why) -> b.Block:
    """The Slack view. Within 100 blocks for any account."""
    body: list[b.Block] = [_title(why)]
    for heading, lines in groups(why.explanation.lines):
        body.append(b.rich(b.section(b.text(heading, bold=True)), b.bullets(*(_line(line, why) for line in lines))))
    body += [b.divider(), b.rich(b.section(*_sum(why)))]
    if why.explanation.neutral:
        items = (b.section(b.text(neutral.words)) for neutral in why.explanation.neutral)
        body.append(b.rich(b.section(b.text(UNKNOWN, bold=True)), b.bullets(*items)))
    changes = what_would_change(why)
    if changes:
        items = (b.section(b.text(words)) for words in changes)
        body.append(b.rich(b.section(b.text("What would change its place", bold=True)), b.bullets(*items)))
    body += [b.divider(), b.context(*notes(why))]
    return {
        "type": "modal",
        "callback_id": "explain_priority",
        "title": b.plain("Why this account?", 24),
        "close": b.plain("Close", 24),
        "blocks": body[: b.VIEW_BLOCKS],
    }


def standing_now(why: Why) -> str:
    """``1st of 12 due, with 372 points``."""
    points = plural(why.explanation.total, "point")
    if why.position is None:
        return f"Not due: {points}, a place needs {why.policy.minimum_points}"
    return f"{ordinal(why.position)} of {why.due} due, with {points}"


def the_sum(why: Why) -> tuple[str, str]:
    """The arithmetic of the total, and the total: ``("248 × 150 % (tier A)", "372 points")``."""
    explanation = why.explanation
    base = str(explanation.subtotal) if explanation.subtotal >= 0 else "0 (a sum below zero counts as zero)"
    tier = "tier not known" if why.facts.revenue_cents is None else f"tier {explanation.tier}"
    return f"{base} × {explanation.tier_percent} % ({tier})", plural(explanation.total, "point")


def what_would_change(why: Why) -> list[str]:
    """One sentence for each thing that would move the account."""
    if why.what_if is None:
        return []
    said = [change_words(change, why) for change in why.what_if.changes]
    if why.what_if.to_pass is not None and why.position is not None:
        above = ordinal(why.position - 1)
        said.append(f"With {plural(why.what_if.to_pass, 'more point')} it would be {above}")
    if why.what_if.to_stay is not None:
        said.append(f"It leaves the list once it loses more than {plural(why.what_if.to_stay, 'point')}")
    return said


def change_words(change: Change, why: Why) -> str:
    where = "no longer due" if change.position is None else ordinal(change.position)
    if change.position is not None and change.position == why.position:
        where = f"still {where}"
    return f"{change.words}: {signed(change.points)} → {plural(change.total, 'point')}, {where}"


def notes(why: Why) -> list[str]:
    """Marks, the list it was asked on, and the version of the rules."""
    said = []
    if why.mark is not None:
        said.append(marked(why.mark, why.zone, why.mark_by))
    if isinstance(why.verdict, Back | Over):
        said.append(why.verdict.words)
    if why.listed:
        said.append(f"As it stood when the list was made, {day(why.now, why.zone)} {clock(why.now, why.zone)}")
        if why.now_total is None:
            said.append("The account is no longer in the records")
        elif why.now_total != why.explanation.total:
            said.append(f"With what is known now it would have {plural(why.now_total, 'point')}")
    said.append(f"Rules {why.explanation.version} · value × weight = points")
    return said


def line_note(line: Line) -> str:
    """``(days, from day 14 on; counted up to 20 at most)``."""
    return "; ".join(filter(None, (line.counts, line.note)))


def groups(lines: tuple[Line, ...]) -> Iterator[tuple[str, list[Line]]]:
    """Lines under the headings they are read under."""
    for group, members in groupby(lines, key=lambda line: line.group):
        yield ("Taken off, because it can wait" if group is Group.LOWER else group.heading), list(members)


def _title(why: Why) -> b.Block:
    facts = why.facts
    return b.rich(
        b.section(
            b.link(escape.name(facts.name), why.links.account(facts.account_id), bold=True),
            b.text(f" · {standing(why.explanation, facts, why.policy.currency)}"),
            b.text(f"\n{standing_now(why)}"),
            b.text(f"\n{touches(facts, why.now, why.zone, why.policy)}"),
        )
    )


def _line(line: Line, why: Why) -> b.Piece:
    return b.section(
        b.text(f"{signed(line.counted)} ", bold=True),
        *reason_pieces(line, why.facts.account_id, why.links),
        b.text(f"\n{arithmetic(line)} ({line_note(line)})", italic=True),
    )


def _sum(why: Why) -> list[b.Piece]:
    base, total = the_sum(why)
    return [b.text(f"Sum {base} = "), b.text(total, bold=True)]
