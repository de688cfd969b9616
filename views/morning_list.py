"""The morning list as one Slack message: who needs the rep today, why, and what to press."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from rules.explanation import Line
from rules.marks import DISMISSALS, SNOOZES, Mark
from rules.policy import Policy
from rules.ranking import Listed
from rules.reason import HEADINGS, Group
from rules.wording import plural
from views import blocks as b
from views import escape
from views.blocks import Message
from views.words import Links, day, marked, moment, standing, touches

SHOWN_REASONS = 3
TEXT_LIMIT = 3_000  # chat.update refuses a text over 4,000 characters
NAME_LIMIT = 80
ROOM = (b.MESSAGE_BLOCKS - 4 - 2 * 3) // 2
"""Accounts that fit: two blocks each, beside head and foot (4) and a divider and a title for each group."""


@dataclass(frozen=True, slots=True)
class Source:
    """How fresh one system's data is. ``effect`` says what may be missing while it is down."""

    name: str
    as_of: int | None
    down_since: int | None = None
    effect: str = ""


@dataclass(frozen=True, slots=True)
class RowState:
    """What happened to a row after the list went out. ``at`` in ms; ``mark`` for snoozed and dismissed rows."""

    kind: Literal["touched", "snoozed", "dismissed"]
    at: int
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One account on the message. ``key`` (at most 120 characters) is opaque here and comes back with each press."""

    key: str
    listed: Listed
    state: RowState | None = None


@dataclass(frozen=True, slots=True)
class MorningList:
    """Everything the message says. ``at`` is the instant the list was made for, ``due`` all accounts worth a place."""

    at: int
    zone: tzinfo
    rows: tuple[Row, ...]
    due: int
    sources: tuple[Source, ...]
    policy: Policy
    version: str
    links: Links
    held: int = 0


def render(morning: MorningList) -> Message:
    """The message, within every Slack limit whatever the names are. A key Slack cannot carry raises ``ViewError``."""
    if not morning.rows:
        said = nothing_due(morning)
        return Message(
            escape.mrkdwn(said, TEXT_LIMIT), [b.rich(b.section(b.text(said))), *_context(freshness(morning))]
        )
    head: list[b.Block] = [b.header(headline(morning)), *_context(freshness(morning))]
    foot = [b.divider(), b.context(footer(morning))]
    body: list[b.Block] = []
    for group, rows in by_group(morning.rows[:ROOM]):
        body += [b.divider(), b.rich(b.section(b.text(group.heading, bold=True)))]
        for row in rows:
            body += _row(row, morning)
    return Message(_notification(morning), head + body + foot)


def headline(morning: MorningList) -> str:
    """``Mon 23 Nov · 6 accounts need you``."""
    count = min(len(morning.rows), ROOM)
    verb = "needs" if count == 1 else "need"
    return f"{day(morning.at, morning.zone)} · {plural(count, 'account')} {verb} you"


def nothing_due(morning: MorningList) -> str:
    held = f" {plural(morning.held, 'account')} on hold." if morning.held else ""
    return f"{day(morning.at, morning.zone)} · Nobody needs you first thing today.{held}"


def freshness(morning: MorningList) -> list[str]:
    """``Data as of: HubSpot 08:52 · Jira 08:55``, then a line for each system that is down or was never read."""
    fresh, down = [], []
    for source in morning.sources:
        name, effect = escape.name(source.name, 40), escape.clean(source.effect, 200)
        so = f": {effect}" if effect else ""
        if source.down_since is not None:
            since = moment(source.down_since, morning.at, morning.zone)
            of = f" (data as of {moment(source.as_of, morning.at, morning.zone)})" if source.as_of is not None else ""
            down.append(f"⚠ {name} has not answered since {since}{of}{so}")
        elif source.as_of is None:
            down.append(f"⚠ {name} has never been read{so}")
        else:
            fresh.append(f"{name} {moment(source.as_of, morning.at, morning.zone)}")
    return ([f"Data as of: {' · '.join(fresh)}"] if fresh else []) + down


def footer(morning: MorningList) -> str:
    said = []
    more = morning.due - min(len(morning.rows), ROOM)
    if more > 0:
        said.append(f"{more} more {'is' if more == 1 else 'are'} due")
    if morning.held:
        said.append(f"{morning.held} on hold (snoozed or not relevant)")
    said.append(f"Rules {morning.version}")
    return " · ".join(said)


def by_group(rows: Iterable[Row]) -> list[tuple[Group, list[Row]]]:
    """Rows under the group of their strongest reason; groups in their fixed order, rows in rank order."""
    groups: dict[Group, list[Row]] = {group: [] for group in HEADINGS if group is not Group.LOWER}
    for row in rows:
        groups[row.listed.explanation.group or Group.MOVE].append(row)
    return [(group, rows) for group, rows in groups.items() if rows]


def shown_reasons(row: Row) -> tuple[list[Line], int]:
    """The strongest reasons, and how many more are in Why."""
    reasons = row.listed.explanation.reasons
    return list(reasons[:SHOWN_REASONS]), max(0, len(reasons) - SHOWN_REASONS)


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _row(row: Row, morning: MorningList) -> list[b.Block]:
    facts = row.listed.facts
    name = escape.name(facts.name, NAME_LIMIT)
    url = morning.links.account(facts.account_id)
    if row.state is not None and row.state.kind != "touched":
        return _set_aside(row, row.state, name, url, morning)
    done = row.state is not None
    title = b.section(
        *([b.text("✓ ")] if done else []),
        b.link(name, url, bold=True),
        b.text(f" · {standing(row.listed.explanation, facts, morning.policy.currency)}"),
    )
    reasons, more = shown_reasons(row)
    lines = [b.section(*reason_pieces(line, facts.account_id, morning.links)) for line in reasons]
    if more:
        lines.append(b.section(b.text(f"+{more} more in Why?", italic=True)))
    if row.listed.back:
        lines.insert(0, b.section(b.text(row.listed.back, italic=True)))
    last = b.section(b.text(touches(facts, morning.at, morning.zone, morning.policy)))
    if row.state is not None:
        last = b.section(b.text(f"Touched {moment(row.state.at, morning.at, morning.zone)}", italic=True))
    return [b.rich(title, *([b.bullets(*lines)] if lines else []), last), _buttons(row, name, url)]


def _set_aside(row: Row, state: RowState, name: str, url: str | None, morning: MorningList) -> list[b.Block]:
    said = marked(state.mark, morning.zone) if state.mark else state.kind.capitalize()
    return [
        b.rich(b.section(b.link(name, url, strike=True), b.text(f"\n{said}", italic=True))),
        b.actions(
            b.button("Take back", "restore_account", row.key, says=f"Take back: {name}"),
            b.button("Why?", "explain_priority", row.key, says=f"Why is {name} listed?"),
        ),
    ]


def _buttons(row: Row, name: str, url: str | None) -> b.Block:
    elements = [
        b.button("Why?", "explain_priority", row.key, says=f"Why is {name} listed?"),
        b.select("Snooze", "snooze_account", [(words, choice_value(row.key, key)) for key, words in SNOOZES.items()]),
        b.select(
            "Not relevant",
            "dismiss_account",
            [(words, choice_value(row.key, key)) for key, words in DISMISSALS.items()],
        ),
    ]
    if url is not None:
        elements.append(b.button("Open in HubSpot", "open_in_hubspot", row.key, url, f"Open {name} in HubSpot"))
    return b.actions(*elements)


def reason_pieces(line: Line, account_id: str, links: Links) -> list[b.Piece]:
    """A reason's words with the part that names its evidence linked to it."""
    words = capital(line.words)
    url = links.evidence(line.evidence, account_id)
    if url is None or not line.label or line.label not in words:
        return [b.text(words)]
    before, _, after = words.partition(line.label)
    pieces = [b.text(before)] if before else []
    pieces.append(b.link(line.label, url))
    return [*pieces, b.text(after)] if after else pieces


def choice_value(key: str, choice: str) -> str:
    return f"{key}|{choice}"


def read_choice(value: str) -> tuple[str, str]:
    """The (key, choice) of a pressed option: the reverse of what the list wrote."""
    key, _, choice = value.rpartition("|")
    return key, choice


def _context(lines: list[str]) -> list[b.Block]:
    return [b.context(*lines)] if lines else []


def _notification(morning: MorningList) -> str:
    """The headline and each account with its strongest reason, for notifications and screen readers."""
    said = [escape.mrkdwn(headline(morning))]
    for row in morning.rows[:10]:
        reasons = row.listed.explanation.reasons
        why = f": {escape.mrkdwn(reasons[0].words, 150)}" if reasons else ""
        said.append(f"{escape.mrkdwn(escape.name(row.listed.facts.name, 60), 120)}{why}")
    return "\n".join(said)
