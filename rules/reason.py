"""What a rule of the morning list is made of: a group, a limit, a value, its words, and what mends it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rules.facts import DAY, HOUR, AccountFacts, Missing
from rules.policy import MOST, Policy, Tier

COLUMN = {name: at for at, name in enumerate(AccountFacts._fields)}


class Group(StrEnum):
    """Why today. The order is the order of reading."""

    OWE = "owe"
    RISK = "risk"
    MOVE = "move"
    LOWER = "lower"

    @property
    def heading(self) -> str:
        return HEADINGS[self]


HEADINGS = {
    Group.OWE: "You owe them something",
    Group.RISK: "At risk",
    Group.MOVE: "Worth moving",
    Group.LOWER: "Can wait a little",
}


class Morning:
    """One morning's fixed points, worked out once: the instant, the policy, from when on each rule is asked.

    Build one per run (or per time zone) and pass it to every account; nothing in it is about one account.
    """

    __slots__ = (
        "_bounds", "_tiers", "caps", "limits", "missing", "not_reached", "now", "plan", "policy",
        "strictest_quiet_days", "utc_offset",
    )  # fmt: skip

    def __init__(self, now: int, policy: Policy, missing: Missing, rules: tuple[Rule, ...], utc_offset: int) -> None:
        self.now = now
        self.policy = policy
        self.missing = missing
        self.limits = policy.limits
        self.caps = policy.caps
        self.utc_offset = utc_offset
        self.not_reached = dict(policy.not_reached)
        self.strictest_quiet_days = min(tier.quiet_days for tier in (*policy.tiers, policy.unknown_tier))
        self._bounds = [tier.from_cents or 0 for tier in reversed(policy.tiers)][1:]
        self._tiers = tuple(reversed(policy.tiers))
        self.plan = tuple(_step(rule, now, policy) for rule in rules if getattr(policy.weights, rule.name))

    def days_since(self, instant: int) -> int:
        """Full days from then to now."""
        return (self.now - instant) // DAY

    def tier(self, revenue_cents: int | None) -> Tier:
        """The tier of a yearly revenue in cents; the neutral one when it is not known."""
        if revenue_cents is None:
            return self.policy.unknown_tier
        return self._tiers[bisect_right(self._bounds, revenue_cents)]


Value = Callable[[AccountFacts, Morning, int], int | None]
"""A rule's answer from (account, today, days): how much of it there is; 0 or less when it does not apply, None
when it cannot be told. ``days`` counts the days since the rule's limit was reached, that day included."""

Cutoff = Callable[[int, Policy], int]
"""From (now, policy) to the latest instant in the rule's column at which the rule is still asked."""

Mend = Callable[[AccountFacts, Morning], AccountFacts]
"""What the facts would be once somebody has dealt with the reason."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as written in ``rules/priority.py``. Its name is the name of its weight in the policy file."""

    name: str
    group: Group
    title: str
    says: str
    counts: str
    value: Value
    looks_at: str
    when: Cutoff
    limit: str | None
    about: str | None
    amount: str | None
    unknown: str | None
    unknown_with: str | None
    unclear: str | None
    mend_says: str | None
    mend: Mend | None

    @property
    def subject(self) -> str | None:
        """``ticket`` or ``deal`` when the rule is about one: all rules on it together are capped."""
        if self.about is None or self.about == "task_id":
            return None
        return "deal" if self.about.endswith("deal_id") else "ticket"

    @property
    def lowers(self) -> bool:
        return self.group is Group.LOWER


class Step(NamedTuple):
    """A rule made ready for one morning: plain numbers, so that asking it costs next to nothing."""

    column: int
    latest: int
    value: Value
    cap: int
    weight: int
    subject: int
    most: int
    rule: Rule


def _step(rule: Rule, now: int, policy: Policy) -> Step:
    weight = getattr(policy.weights, rule.name)
    return Step(
        column=COLUMN[rule.looks_at],
        latest=rule.when(now, policy),
        value=rule.value,
        cap=getattr(policy.caps, rule.name, MOST),
        weight=-weight if rule.lowers else weight,
        subject=COLUMN[rule.about] if rule.about and rule.subject else 0,
        most=policy.caps.one_deal_points if rule.subject == "deal" else policy.caps.one_ticket_points,
        rule=rule,
    )


def older_than(limit: str) -> Cutoff:
    """Ask from ``limit`` days (or hours) after the instant on."""
    unit = HOUR if limit.endswith("_hours") else DAY
    return lambda now, policy: now - getattr(policy.limits, limit) * unit


def within(limit: str) -> Cutoff:
    """Ask once the instant is no more than ``limit`` days ahead."""
    return lambda now, policy: now + getattr(policy.limits, limit) * DAY


def past(now: int, _policy: Policy) -> int:
    """Ask once the instant has come."""
    return now


def older_than_any_tier_allows(now: int, policy: Policy) -> int:
    """Ask once the strictest tier's ``quiet_days`` have passed; the rule then looks at the account's own tier."""
    return now - min(tier.quiet_days for tier in (*policy.tiers, policy.unknown_tier)) * DAY


def filled_in(_now: int, _policy: Policy) -> int:
    """Ask whenever the property has a value (for columns that hold 0 or 1)."""
    return 1


class Rulebook:
    """The rules in their order of reading; refuses two of one name, or columns that do not exist."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def rule(
        self,
        group: Group,
        title: str,
        *,
        looks_at: str,
        when: Cutoff,
        says: str,
        counts: str = "counted once",
        limit: str | None = None,
        about: str | None = None,
        amount: str | None = None,
        unknown: str | None = None,
        unknown_with: str | None = None,
        unclear: str | None = None,
        mend: tuple[str, Mend] | None = None,
    ) -> Callable[[Value], Value]:
        """Registers the function below it. See ``rules/priority.py`` for what each word means."""

        def register(value: Value) -> Value:
            name = value.__name__
            if any(rule.name == name for rule in self._rules):
                raise ValueError(f"two rules are called {name}: rename one")
            for column in filter(None, (looks_at, about, amount, unknown_with)):
                if column not in COLUMN:
                    raise ValueError(f"rule {name} looks at {column}, which is not a column of AccountFacts")
            says_and_mend = mend or (None, None)
            self._rules.append(
                Rule(
                    name,
                    group,
                    title,
                    says,
                    counts,
                    value,
                    looks_at,
                    when,
                    limit,
                    about,
                    amount,
                    unknown,
                    unknown_with,
                    unclear,
                    *says_and_mend,
                )
            )
            return value

        return register
