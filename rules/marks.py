"""Snooze and "not relevant": how long a mark holds, what ends it early, and the words for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any, Literal

from rules.explanation import Explanation
from rules.facts import AccountFacts
from rules.policy import Policy
from rules.priority import RULES
from rules.reason import COLUMN, Morning

Kind = Literal["snooze", "dismiss"]

SNOOZES = {"day": "For a day", "week": "For a week", "change": "Until something changes"}
DISMISSALS = {
    "handled": "Already handled",
    "not_mine": "Not my account",
    "bad_data": "The data is wrong",
    "not_now": "Not worth it this quarter",
}
CHOICES: dict[str, dict[str, str]] = {"snooze": SNOOZES, "dismiss": DISMISSALS}


class MarkError(ValueError):
    """A snooze or dismissal that Daybook does not offer; the message names those it does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a rep decided about an account, and what was known when they did."""

    kind: Kind
    choice: str
    account_id: str
    by: str
    made_at: int
    until: int | None
    """Instant it ends by itself; None when only a change ends it."""
    fired: tuple[tuple[str, str | None], ...]
    """(rule, evidence) of the reasons that stood then."""
    seen: tuple[str | int | None, ...]
    """The facts as they were then, without the name: what "something changed" is measured against."""


@dataclass(frozen=True, slots=True)
class Held:
    """Still held."""


@dataclass(frozen=True, slots=True)
class Back:
    """Ended early, because of what the words say."""

    words: str


@dataclass(frozen=True, slots=True)
class Over:
    """Ended as agreed."""

    words: str


def mark_for(
    kind: str,
    choice: str,
    facts: AccountFacts,
    explanation: Explanation,
    *,
    by: str,
    made_at: int,
    zone: tzinfo,
    policy: Policy,
) -> Mark:
    """The mark for a press at ``made_at`` (ms) by a person in ``zone``. An unknown choice raises ``MarkError``."""
    if kind not in CHOICES or choice not in CHOICES[kind]:
        offered = ", ".join(sorted(f"{name}/{key}" for name, keys in CHOICES.items() for key in keys))
        raise MarkError(f"There is no {kind}/{choice}. Choose one of: {offered}.")
    return Mark(
        kind="snooze" if kind == "snooze" else "dismiss",
        choice=choice,
        account_id=facts.account_id,
        by=by,
        made_at=made_at,
        until=_until(choice, made_at, zone, policy),
        fired=explanation.fired,
        seen=_seen(facts),
    )


def holds(mark: Mark, facts: AccountFacts, today: Morning, explanation: Explanation) -> Held | Back | Over:
    """Whether the mark still hides the account. ``explanation`` is of the same facts and morning."""
    if mark.until is not None and today.now >= mark.until:
        return Over(f"{words_of(mark)}: that time is over")
    fresh = _new_and_worse(mark, facts, today, explanation)
    if fresh:
        return Back(f"Back early: {fresh}")
    changed = _changed(mark, facts)
    if mark.choice in ("change", "bad_data") and changed:
        return Back(f"Back: {changed}")
    if mark.choice == "not_mine" and _was(mark, "owner_id") != facts.owner_id:
        return Over("The account has another owner now")
    return Held()


def _until(choice: str, made_at: int, zone: tzinfo, policy: Policy) -> int | None:
    """Local midnight at the start of the day it ends on, so that the day's list has it, whatever the hour."""
    local = datetime.fromtimestamp(made_at / 1000, zone)
    today = local.date()
    if choice == "day":
        ends = today + timedelta(days=1)
    elif choice == "week":
        ends = today + timedelta(days=7)
    elif choice == "handled":
        ends = today + timedelta(days=policy.handled_days)
    elif choice == "not_now":
        month = (today.month - 1) // 3 * 3 + 4
        ends = today.replace(year=today.year + (month > 12), month=1 if month > 12 else month, day=1)
    else:
        return None
    return int(datetime.combine(ends, time(), zone).timestamp() * 1000)


def _new_and_worse(mark: Mark, facts: AccountFacts, today: Morning, explanation: Explanation) -> str | None:
    """The words of the first reason that was not there when the mark was made, if any.

    New is a rule that did not apply then, the same rule about something else, or about the same thing all over
    again (the customer wrote once more). When one of two old tickets is closed, the other is not news: it stood
    there all along.
    """
    then = dict(mark.fired)
    for line in explanation.lines:
        if line.counted <= 0:
            continue
        if line.rule not in then:
            return line.words
        rule = next(rule for rule in RULES if rule.name == line.rule)
        other = then[line.rule] != line.evidence
        if other and line.rule == "urgent_ticket":
            return line.words  # it may have been raised to urgent since, which its dates do not show
        instant: Any = getattr(facts, rule.looks_at)
        if instant > rule.when(mark.made_at, today.policy):
            return line.words
    return None


_CHANGES = (
    (("owner_id",), "the account has another owner"),
    (("last_touch_at", "last_call_at", "last_call_outcome"), "there was a new touch"),
    (("open_tickets", "urgent_ticket_id", "old_ticket_id", "unanswered_id", "unanswered_at"),
     "its tickets changed"),
    (("open_deals", "open_deals_cents", "no_step_deal_id", "late_deal_id", "late_deal_close_at",
      "still_deal_id", "still_deal_since"), "its deals changed"),
    (("task_due_at", "task_id"), "its follow-up changed"),
    (("next_meeting_at",), "its next meeting changed"),
    (("renewal_at", "revenue_cents", "onboarding"), "its account data changed"),
)  # fmt: skip


def _changed(mark: Mark, facts: AccountFacts) -> str | None:
    """What changed since the mark was made, in words; None when nothing did."""
    if mark.seen == _seen(facts):
        return None
    for columns, words in _CHANGES:
        if any(_was(mark, column) != getattr(facts, column) for column in columns):
            return words
    return "its data changed"


def _seen(facts: AccountFacts) -> tuple[str | int | None, ...]:
    return tuple(value for column, value in zip(AccountFacts._fields, facts, strict=True) if column != "name")


def _was(mark: Mark, column: str) -> str | int | None:
    at = COLUMN[column]
    return mark.seen[at if at < COLUMN["name"] else at - 1]


def as_json(mark: Mark) -> dict[str, Any]:
    """The mark as plain JSON values, for a table or an event."""
    return {
        "kind": mark.kind,
        "choice": mark.choice,
        "account_id": mark.account_id,
        "by": mark.by,
        "made_at": mark.made_at,
        "until": mark.until,
        "fired": [list(pair) for pair in mark.fired],
        "seen": dict(zip([c for c in AccountFacts._fields if c != "name"], mark.seen, strict=True)),
    }


def from_json(values: Mapping[str, Any]) -> Mark:
    """The mark of ``as_json``. A column added since then counts as not known at the time."""
    return Mark(
        kind=values["kind"],
        choice=values["choice"],
        account_id=values["account_id"],
        by=values["by"],
        made_at=values["made_at"],
        until=values["until"],
        fired=tuple((rule, evidence) for rule, evidence in values["fired"]),
        seen=tuple(values["seen"].get(column) for column in AccountFacts._fields if column != "name"),
    )


def words_of(mark: Mark) -> str:
    """What the rep chose: ``Snoozed for a week``, ``Not relevant: Already handled``."""
    if mark.kind == "snooze":
        return f"Snoozed {SNOOZES[mark.choice].lower()}"
    return f"Not relevant: {DISMISSALS[mark.choice]}"
