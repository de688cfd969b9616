"""What thinking may cost: limits for one turn, one session, one person's day and the workspace's day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rules.verdict import Allow, Refuse

MICROS = 1_000_000
"""Money here is in millionths of a dollar: one short answer costs less than a cent."""


class Spent(NamedTuple):
    """What answers have used so far: tokens in and out together, money, and time at work (ms)."""

    tokens: int = 0
    micros: int = 0
    ms: int = 0


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """One agent's limits for one turn, from its file."""

    model_calls: int
    tokens: int
    micros: int
    seconds: int

    def share(self) -> TurnLimits:
        """What an agent gets that another one asked: half of its own."""
        half = max(1, self.model_calls // 2)
        return TurnLimits(half, max(1, self.tokens // 2), max(1, self.micros // 2), max(1, self.seconds // 2))


@dataclass(frozen=True, slots=True)
class Budgets:
    """The workspace's limits, from ``[budgets]`` of the policy file."""

    session_tokens: int
    session_cents: int
    session_minutes: int
    person_day_tokens: int
    person_day_cents: int
    person_day_minutes: int
    workspace_day_tokens: int
    workspace_day_cents: int
    workspace_day_minutes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of each budget is gone. ``turn`` holds this turn and the agents it asked; ``worked_ms`` is time spent
    on answers and calls, not on waiting for a model that is overloaded."""

    model_calls: int
    worked_ms: int
    turn: Spent
    session: Spent
    person_day: Spent
    workspace_day: Spent


def may_think(standing: Standing, limits: TurnLimits, budgets: Budgets) -> Allow | Refuse:
    """Whether the model may be asked once more. The reason of a no is what the person is told.

    What one more answer will cost is not known before, so a budget can be passed by that one answer, never by two.
    """
    if standing.model_calls >= limits.model_calls:
        return Refuse(
            "budget.turn_calls",
            f"I stopped: {standing.model_calls} steps were not enough for this. Ask for a smaller part of it.",
        )
    if standing.worked_ms >= limits.seconds * 1000:
        seconds = limits.seconds
        return Refuse("budget.turn_time", f"I stopped: this took more than {seconds} seconds. Ask for less at once.")
    if standing.turn.tokens >= limits.tokens or standing.turn.micros >= limits.micros:
        return Refuse("budget.turn_cost", "I stopped: this used up what one question may cost. Ask for less at once.")
    if _over(standing.session, budgets.session_tokens, budgets.session_cents, budgets.session_minutes):
        return Refuse("budget.session", "This conversation has used up its budget. Write “new topic” for a fresh one.")
    most = budgets.person_day_tokens, budgets.person_day_cents, budgets.person_day_minutes
    if _over(standing.person_day, *most):
        return Refuse(
            "budget.person_day",
            "You have used up today's budget for questions. Buttons and the morning list work as always; "
            "an administrator can raise it.",
        )
    most = budgets.workspace_day_tokens, budgets.workspace_day_cents, budgets.workspace_day_minutes
    if _over(standing.workspace_day, *most):
        return Refuse(
            "budget.workspace_day",
            "Today's budget of the whole workspace is used up. Buttons and the morning list work as always; "
            "an administrator can raise it.",
        )
    return Allow("budget.left", "There is budget left.")


def _over(spent: Spent, tokens: int, cents: int, minutes: int) -> bool:
    return spent.tokens >= tokens or spent.micros >= cents * (MICROS // 100) or spent.ms >= minutes * 60_000
