"""What thinking may cost: each budget ends it by itself, the nearest one speaks, and nothing spent is nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.budget import Budgets, Spent, Standing, TurnLimits, may_think
from rules.verdict import Allow, Refuse
from tests.rules import books  # noqa: F401 - the profile of property tests

LIMITS = TurnLimits(model_calls=12, tokens=1_000, micros=2_000, seconds=300)
BUDGETS = Budgets(
    session_tokens=5_000, session_cents=1, session_minutes=60,
    person_day_tokens=6_000, person_day_cents=2, person_day_minutes=120,
    workspace_day_tokens=7_000, workspace_day_cents=3, workspace_day_minutes=600,
)  # fmt: skip
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


_SPENT = st.builds(Spent, st.integers(0, 8_000), st.integers(0, 40_000), st.integers(0, 40_000_000))
_STANDING = st.builds(Standing, st.integers(0, 20), st.integers(0, 400_000), _SPENT, _SPENT, _SPENT, _SPENT)


@given(_STANDING, _SPENT, st.sampled_from(["turn", "session", "person_day", "workspace_day"]))
def test_more_spent_never_allows_more(standing: Standing, more: Spent, where: str) -> None:
    had: Spent = getattr(standing, where)
    later = replace(standing, **{where: Spent(*(a + b for a, b in zip(had, more, strict=True)))})
    if isinstance(may_think(later, LIMITS, BUDGETS), Allow):
        assert isinstance(may_think(standing, LIMITS, BUDGETS), Allow)


def test_an_agent_that_is_asked_gets_half_and_never_nothing() -> None:
    assert LIMITS.share() == TurnLimits(6, 500, 1_000, 150)
    assert TurnLimits(1, 1, 1, 1).share() == TurnLimits(1, 1, 1, 1)
