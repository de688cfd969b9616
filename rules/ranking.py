"""One rep's list: every account is scored, the best few are explained, held ones wait with their reason."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from rules.explanation import Explanation
from rules.facts import AccountFacts
from rules.marks import Back, Held, Mark, holds
from rules.priority import RULES
from rules.reason import Morning
from rules.scoring import explain, score, scores
from rules.wording import label_of

OrderKey = tuple[int, int, str]
"""(minus points, minus revenue, account id): sorting by it is the order of the list, the same everywhere."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account on the list. ``position`` counts from 1 among all due; ``back`` says why a held one returned."""

    facts: AccountFacts
    explanation: Explanation
    position: int
    back: str | None = None


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An account that is due but snoozed or dismissed."""

    facts: AccountFacts
    explanation: Explanation
    mark: Mark


@dataclass(frozen=True, slots=True)
class Ranking:
    """``considered`` accounts looked at, ``due`` of them worth a place, ``listed`` the first few of those."""

    listed: tuple[Listed, ...]
    considered: int
    due: int
    held: tuple[HeldAccount, ...]
    order: tuple[OrderKey, ...]
    """The keys of all that are due, sorted: a position is an index into it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something a rep can do, and what it would do to the account's place (None: no longer due)."""

    words: str
    points: int
    total: int
    position: int | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would change the rank."""

    position: int | None
    to_pass: int | None
    """Points it lacks to pass the account above it; None for the first, or when it is not due."""
    to_stay: int | None
    """Points it may lose and still be shown; None when it is not shown."""
    changes: tuple[Change, ...]


def order_key(facts: AccountFacts, total: int) -> OrderKey:
    """Most points first, then most revenue (unknown last), then the account id."""
    revenue = facts.revenue_cents
    return (-total, 1 if revenue is None else -revenue, facts.account_id)


def rank(
    accounts: Iterable[AccountFacts],
    today: Morning,
    marks: Mapping[str, Mark] | None = None,
    limit: int | None = None,
) -> Ranking:
    """The list of one rep. ``limit`` defaults to the policy's length; ``marks`` are keyed by account id.

    An account is due when its total reaches ``list.minimum_points``, which takes at least one reason for it.
    """
    minimum = today.policy.minimum_points
    shown = today.policy.length if limit is None else max(0, limit)
    due: list[tuple[int, int, str, AccountFacts]] = []
    back: dict[str, str] = {}
    held: list[HeldAccount] = []
    book = list(accounts)
    for facts, total in zip(book, scores(book, today), strict=True):
        if total < minimum:
            continue
        if marks and (mark := marks.get(facts.account_id)) is not None:
            explanation = explain(facts, today)
            verdict = holds(mark, facts, today, explanation)
            if isinstance(verdict, Held):
                held.append(HeldAccount(facts, explanation, mark))
                continue
            if isinstance(verdict, Back):
                back[facts.account_id] = verdict.words
        due.append((*order_key(facts, total), facts))
    due.sort(key=_KEY)
    held.sort(key=lambda each: order_key(each.facts, each.explanation.total))
    listed = tuple(
        Listed(row[3], explain(row[3], today), position, back.get(row[2]))
        for position, row in enumerate(due[:shown], start=1)
    )
    return Ranking(listed, len(book), len(due), tuple(held), tuple(row[:3] for row in due))


_KEY: Any = itemgetter(0, 1, 2)


def place(facts: AccountFacts, total: int, order: tuple[OrderKey, ...], today: Morning) -> int | None:
    """Which place ``total`` points would give the account among those due (1 = first); None when not due."""
    if total < today.policy.minimum_points:
        return None
    key = order_key(facts, total)
    ahead = bisect_left(order, key)
    own = any(other[2] == facts.account_id for other in order[:ahead])
    return ahead + 1 - own


def what_if(facts: AccountFacts, today: Morning, order: tuple[OrderKey, ...], limit: int | None = None) -> WhatIf:
    """What would move the account: points to the one above, points to the edge, what each mend would do."""
    total = score(facts, today)
    shown = today.policy.length if limit is None else limit
    position = place(facts, total, order, today)
    others = [key for key in order if key[2] != facts.account_id]
    return WhatIf(
        position,
        _to_pass(facts, total, others, position),
        _to_stay(facts, total, others, position, shown, today.policy.minimum_points),
        _changes(facts, total, today, order),
    )


def _to_pass(facts: AccountFacts, total: int, others: list[OrderKey], position: int | None) -> int | None:
    if position is None or position == 1:
        return None
    above = others[position - 2]
    wins_a_tie = order_key(facts, -above[0]) < above
    return -above[0] - total + (0 if wins_a_tie else 1)


def _to_stay(
    facts: AccountFacts, total: int, others: list[OrderKey], position: int | None, shown: int, minimum: int
) -> int | None:
    if position is None or position > shown:
        return None
    edge = minimum
    if len(others) >= shown > 0:
        rival = others[shown - 1]
        wins_a_tie = order_key(facts, -rival[0]) < rival
        edge = max(edge, -rival[0] + (0 if wins_a_tie else 1))
    return total - edge


def _changes(facts: AccountFacts, total: int, today: Morning, order: tuple[OrderKey, ...]) -> tuple[Change, ...]:
    """Each mend once, largest effect first; the mended facts are scored, so caps and the tier are right."""
    fired = dict(explain(facts, today).fired)
    changes: dict[str, Change] = {}
    for rule in RULES:
        if rule.name not in fired or rule.mend is None or rule.mend_says is None:
            continue
        evidence = fired[rule.name]
        words = rule.mend_says.format(about=label_of(evidence) if evidence else "it")
        after = score(rule.mend(facts, today), today)
        if after < total:
            changes.setdefault(words, Change(words, after - total, after, place(facts, after, order, today)))
    return tuple(sorted(changes.values(), key=lambda change: change.points))
