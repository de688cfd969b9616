"""One action to be judged, and the list of the rules that judge it; how their answers make one verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rules.action import Action, Circumstances, Effect, Principal, Role
from rules.policy import Policy
from rules.verdict import Allow, Ask, Refuse, Verdict

WRITES = frozenset({Effect.LOG, Effect.CHANGE, Effect.EXTERNAL})
LEADERS = (Role.MANAGER, Role.ADMIN)


class Case(NamedTuple):
    """One action to be judged, with everything a rule may look at."""

    action: Action
    by: Principal
    at: Circumstances
    policy: Policy

    @property
    def writes(self) -> bool:
        return self.action.effect in WRITES

    @property
    def records(self) -> int:
        return len({target.ref for target in self.action.targets})


Rule = Callable[[Case], Verdict | None]
RULES: list[Rule] = []


def rule(judge: Rule) -> Rule:
    """Puts a rule on the list. Its docstring is what ``daybook policy explain`` says of it."""
    RULES.append(judge)
    return judge


def severity(verdict: Verdict) -> tuple[int, str]:
    """Refusals first, then the yes that covers the others: a manager's, another person's, one's own."""
    match verdict:
        case Refuse():
            return 0, verdict.rule
        case Ask():
            return {"manager": 1, "second": 2, "requester": 3}[verdict.of], verdict.rule
        case Allow():
            return 4, verdict.rule


def ask_manager(case: Case, name: str, reason: str) -> Verdict | None:
    """Ask the manager; who leads the team, or administers Daybook, has the say themselves."""
    if case.by.role in LEADERS:
        return None
    asked = case.at.confirmed_by
    if asked is not None and asked.role in LEADERS and asked.id != case.by.id:
        return None
    if not case.at.has_manager:
        return Refuse(name, f"{reason} Daybook knows no manager of yours; do it in HubSpot.")
    return Ask(name, reason, "manager")


def ask_another(case: Case, name: str, reason: str) -> Verdict | None:
    """Ask somebody else than whoever wants it: nobody's own yes is a second one, whatever their role."""
    asked = case.at.confirmed_by
    if asked is not None and asked.role in LEADERS and asked.id != case.by.id:
        return None
    if not case.at.has_second:
        return Refuse(name, f"{reason} Daybook knows nobody else who could give it; write to them yourself.")
    return Ask(name, reason, "second")
