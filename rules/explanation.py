"""Why an account stands where it stands: the lines of the sum, as values that can be stored and shown later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rules.reason import Group


class Line(NamedTuple):
    """One rule that applies: value x weight = points, of which ``counted`` go into the sum (signed)."""

    rule: str
    title: str
    group: Group
    value: int
    counts: str
    weight: int
    points: int
    counted: int
    words: str
    evidence: str | None
    """``jira:SUP-1``, ``hubspot:42``, ``deal:7`` or ``task:9``."""
    label: str | None
    """The part of ``words`` that names the evidence (to be linked)."""
    note: str | None


class Neutral(NamedTuple):
    """A rule that could not be asked: it neither raises nor lowers, and says so."""

    rule: str
    title: str
    words: str


class Explanation(NamedTuple):
    """All of the arithmetic behind one account: ``total = max(0, subtotal) x tier_percent // 100``."""

    account_id: str
    total: int
    subtotal: int
    tier: str
    tier_percent: int
    lines: tuple[Line, ...]
    neutral: tuple[Neutral, ...]
    version: str

    @property
    def reasons(self) -> tuple[Line, ...]:
        """Why it is on the list: strongest first, ties in the order of the rules."""
        return tuple(sorted((line for line in self.lines if line.counted > 0), key=lambda line: -line.counted))

    @property
    def lowering(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.group is Group.LOWER)

    @property
    def group(self) -> Group | None:
        """The group of the strongest reason; None when nothing speaks for the account."""
        reasons = self.reasons
        return reasons[0].group if reasons else None

    @property
    def fired(self) -> tuple[tuple[str, str | None], ...]:
        """(rule, evidence) of every rule that speaks for the account."""
        return tuple((line.rule, line.evidence) for line in self.lines if line.group is not Group.LOWER)


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as plain JSON values: what the list said stays readable after the rules have changed."""
    return {
        **explanation._asdict(),
        "lines": [line._asdict() for line in explanation.lines],
        "neutral": [neutral._asdict() for neutral in explanation.neutral],
    }


def from_json(values: Mapping[str, Any]) -> Explanation:
    """The explanation of ``as_json``."""
    lines = tuple(Line(**{**line, "group": Group(line["group"])}) for line in values["lines"])
    neutral = tuple(Neutral(**each) for each in values["neutral"])
    return Explanation(**{**values, "lines": lines, "neutral": neutral})
