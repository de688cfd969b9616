"""Why a manager was told: each condition of the rule with its numbers; and the dialog of *Not a problem*."""

from __future__ import annotations

from dataclasses import dataclass

from views import blocks as b
from views import escape
from views.ask_modals import given
from views.escalated import Escalated, Escalations, headline, standing_words, told_words
from views.morning_list import capital
from views.why import UNKNOWN
from views.words import clock, day

DISMISS, REASON = "dismiss_escalation", "reason"
MOST_REASON = 300
MOST_ALERTS = 8


@dataclass(frozen=True, slots=True)
class WhyEscalated:
    """The alerts of one message on one account. ``still`` are the keys of those that the rules find now as well."""

    shown: Escalations
    still: frozenset[str]
    levels: tuple[str, ...]
    """Who hears of it at level 1, 2, …, by name."""


def modal(why: WhyEscalated) -> b.Block:
    """The Slack view."""
    account = why.shown.alerts[0].case.account
    name = b.link(escape.name(account.name), why.shown.links.account(account.account_id), bold=True)
    body: list[b.Block] = [b.rich(b.section(name))]
    for one in why.shown.alerts[:MOST_ALERTS]:
        body += _alert(one, why)
    hears = [f"Level {level}: {escape.name(who)}" for level, who in enumerate(why.levels, start=1)]
    if hears:
        items = (b.section(b.text(words)) for words in hears)
        body.append(b.rich(b.section(b.text("Who hears of it", bold=True)), b.bullets(*items)))
    last = f"Rules {why.shown.version} · all conditions must hold; what is not known never does"
    body += [b.divider(), b.context(last)]
    return {
        "type": "modal",
        "callback_id": "explain_escalation",
        "title": b.plain("Why this alert?", 24),
        "close": b.plain("Close", 24),
        "blocks": body[: b.VIEW_BLOCKS],
    }


def _alert(one: Escalated, why: WhyEscalated) -> list[b.Block]:
    alert = one.alert
    lines: list[b.Piece] = [
        b.section(b.text(escape.clean(headline(one), 500), bold=True)),
        b.section(b.text(f"The rule: {alert.title} (level {alert.level})")),
        b.bullets(*(b.section(b.text(f"{_sign(c.holds)} {c.words}")) for c in alert.conditions)),
    ]
    if alert.unknown:
        items = (b.section(b.text(words)) for words in alert.unknown)
        lines += [b.section(b.text(UNKNOWN, bold=True)), b.bullets(*items)]
    if alert.raises:
        items = (b.section(b.text(words)) for words in alert.raises)
        lines += [b.section(b.text(f"What level {alert.level + 1} by the rules lacks")), b.bullets(*items)]
    return [b.divider(), b.rich(*lines), b.context(*notes(one, why))]


def notes(one: Escalated, why: WhyEscalated) -> list[str]:
    """What became of it, as of when that was, and whether it stands."""
    shown = why.shown
    said = [capital(standing_words(one, shown) or told_words(one, shown))]
    said.append(f"As the records stood {day(one.seen_at, shown.zone)} {clock(one.seen_at, shown.zone)}")
    if one.state != "solved":
        still = one.key in why.still
        said.append("The rules find the same now" if still else "The rules no longer find it: it closes by itself")
    return said


def _sign(holds: bool | None) -> str:
    return {True: "✓", False: "✗", None: "·"}[holds]


def dismiss_modal(about: str, name: str) -> b.Block:
    """Why is it not a problem? ``about`` comes back with the submission."""
    field = {"type": "plain_text_input", "action_id": "value", "max_length": MOST_REASON}
    label = b.plain("Why is it not a problem?")
    return {
        "type": "modal",
        "callback_id": DISMISS,
        "private_metadata": about,
        "title": b.plain("Not a problem", 24),
        "submit": b.plain("Save", 24),
        "close": b.plain("Close", 24),
        "blocks": [
            b.rich(b.section(b.text(escape.name(name), bold=True))),
            {"type": "input", "block_id": REASON, "label": label, "element": field},
            b.context("Everybody who was told sees the reason. If it gets worse by the rules, it comes back."),
        ],
    }


def reason_of(values: dict[str, object]) -> str:
    return given(values, REASON)
