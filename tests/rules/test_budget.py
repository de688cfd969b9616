"""What thinking may cost: each budget ends it by itself, the nearest one speaks, and nothing spent is nothing lost."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from rules.budget import Budgets, Spent, Standing, TurnLimits, may_think
from rules.verdict import Allow, Refuse
from tests.rules.cases import built, law, one_of

LIMITS = TurnLimits(model_calls=12, tokens=1_000, micros=2_000, seconds=300)
BUDGETS = Budgets(
    session_tokens=5_000, session_cents=1, session_minutes=60,
    person_day_tokens=6_000, person_day_cents=2, person_day_minutes=120,
    workspace_day_tokens=7_000, workspace_day_cents=3, workspace_day_minutes=600,
)  # fmt: skip
SHARES = ("turn", "session", "person_day", "workspace_day")
FRESH = Standing(0, 0, Spent(), Spent(), Spent(), Spent())


@pytest.mark.parametrize(
    ("gone", "rule"),
    [
        (replace(FRESH, model_calls=12), "budget.turn_calls"),
        (replace(FRESH, worked_ms=300_000), "budget.turn_time"),
        (replace(FRESH, turn=Spent(tokens=1_000)), "budget.turn_cost"),
        (replace(FRESH, turn=Spent(micros=2_000)), "budget.turn_cost"),
        (replace(FRESH, session=Spent(tokens=5_000)), "budget.session"),
        (replace(FRESH, session=Spent(micros=10_000)), "budget.session"),
        (replace(FRESH, session=Spent(ms=3_600_000)), "budget.session"),
        (replace(FRESH, person_day=Spent(tokens=6_000)), "budget.person_day"),
        (replace(FRESH, person_day=Spent(micros=20_000)), "budget.person_day"),
        (replace(FRESH, person_day=Spent(ms=7_200_000)), "budget.person_day"),
        (replace(FRESH, workspace_day=Spent(tokens=7_000)), "budget.workspace_day"),
        (replace(FRESH, workspace_day=Spent(micros=30_000)), "budget.workspace_day"),
        (replace(FRESH, workspace_day=Spent(ms=36_000_000)), "budget.workspace_day"),
    ],
)
def test_each_budget_ends_it_when_it_is_gone_and_not_before(gone: Standing, rule: str) -> None:
    verdict = may_think(gone, LIMITS, BUDGETS)
    assert isinstance(verdict, Refuse)
    assert verdict.rule == rule
    nearly = replace(gone, **{name: _less(getattr(gone, name)) for name in Standing.__dataclass_fields__})
    assert isinstance(may_think(nearly, LIMITS, BUDGETS), Allow)


def _less(spent: Spent | int) -> Spent | int:
    """One unit of everything less."""
    if isinstance(spent, Spent):
        return Spent(*(max(0, one - 1) for one in spent))
    return max(0, spent - 1)


_USED = (0, 1, 999, 1_000, 1_999, 2_000, 4_999, 5_000, 9_999, 10_000, 30_000)
_WORKED = (0, 60_000, 3_599_999, 3_600_000, 7_200_000, 36_000_000)
_GONE: dict[str, Any] = {
    "model_calls": one_of(0, 6, 11, 12, 20),
    "worked_ms": one_of(0, 299_999, 300_000),
    **dict.fromkeys(SHARES, built(Spent, one_of(*_USED), one_of(*_USED), one_of(*_WORKED))),
}


def _standings(chance: Random) -> Standing:
    """A fresh one, of which up to two budgets are used, perhaps up."""
    return replace(FRESH, **{name: _GONE[name](chance) for name in chance.sample(sorted(_GONE), chance.randint(0, 2))})


_MORE = built(Spent, one_of(0, 1, 1_000), one_of(0, 1, 1_000), one_of(0, 1, 60_000))


@law(_standings, _MORE, one_of(*SHARES), yes=20, no=20, ends=2)
def test_more_spent_never_allows_more(standing: Standing, more: Spent, where: str) -> set[str]:
    had: Spent = getattr(standing, where)
    later = replace(standing, **{where: Spent(*(a + b for a, b in zip(had, more, strict=True)))})
    before, after = (isinstance(may_think(one, LIMITS, BUDGETS), Allow) for one in (standing, later))
    assert before or not after
    return {"yes" if before else "no", "ends" if before and not after else ""}


def test_an_agent_that_is_asked_gets_half_and_never_nothing() -> None:
    assert LIMITS.share() == TurnLimits(6, 500, 1_000, 150)
    assert TurnLimits(1, 1, 1, 1).share() == TurnLimits(1, 1, 1, 1)
