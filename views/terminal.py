"""The morning list and Why as plain text, for the command line."""

from __future__ import annotations

import textwrap

from rules.wording import plural
from views import escape
from views.morning_list import (
    MorningList,
    Row,
    by_group,
    capital,
    footer,
    freshness,
    headline,
    nothing_due,
    shown_reasons,
)
from views.why import UNKNOWN, Why, groups, line_note, notes, standing_now, the_sum, what_would_change
from views.words import arithmetic, marked, moment, signed, standing, touches

WIDTH = 88


def list_as_text(morning: MorningList, title: str = "") -> str:
    """The list as it would be read aloud; ``title`` is put above it (the rep's name, say)."""
    lines = [escape.clean(title, WIDTH), "═" * min(WIDTH, len(title))] if title else []
    if not morning.rows:
        return "\n".join([*lines, nothing_due(morning), *freshness(morning)])
    lines += [headline(morning), *freshness(morning)]
    for group, rows in by_group(morning.rows):
        lines += ["", f"── {group.heading} " + "─" * (WIDTH - 4 - len(group.heading))]
        for row in rows:
            lines += ["", *_row(row, morning)]
    return "\n".join([*lines, "", footer(morning)])


def why_as_text(why: Why) -> str:
    """The arithmetic as a table: points, words, and how they came about."""
    explanation = why.explanation
    lines = [
        f"Why {escape.name(why.facts.name)}?",
        f"{standing(explanation, why.facts, why.policy.currency)} · {standing_now(why)}",
        touches(why.facts, why.now, why.zone, why.policy),
    ]
    for heading, members in groups(explanation.lines):
        lines += ["", heading]
        for line in members:
            lines.append(f"  {signed(line.counted):>5}  {capital(line.words)}")
            lines.append(f"         {arithmetic(line)} ({line_note(line)})")
    base, total = the_sum(why)
    lines += ["", f"  Sum {base} = {total}"]
    if explanation.neutral:
        lines += ["", UNKNOWN, *(f"  · {neutral.words}" for neutral in explanation.neutral)]
    changes = what_would_change(why)
    if changes:
        lines += ["", "What would change its place", *(f"  · {words}" for words in changes)]
    return "\n".join([*lines, "", *notes(why)])


def _row(row: Row, morning: MorningList) -> list[str]:
    facts, explanation = row.listed.facts, row.listed.explanation
    tick = "✓ " if row.state is not None and row.state.kind == "touched" else ""
    lines = [f"{tick}{escape.name(facts.name)} · {standing(explanation, facts, morning.policy.currency)}"]
    if row.state is not None and row.state.mark is not None:
        return [*lines, f"  {marked(row.state.mark, morning.zone)}"]
    if row.listed.back:
        lines.append(f"  ↩ {row.listed.back}")
    reasons, more = shown_reasons(row)
    for line in reasons:
        lines += textwrap.wrap(capital(line.words), WIDTH, initial_indent="  • ", subsequent_indent="    ")
    if more:
        lines.append(f"  +{plural(more, 'more reason')}")
    if row.state is not None:
        lines.append(f"  Touched {moment(row.state.at, morning.at, morning.zone)}")
    else:
        lines.append(f"  {touches(facts, morning.at, morning.zone, morning.policy)}")
    return lines
