"""Who may ask which agent: everyone at work here, reps, managers, or Daybook's administrators."""

from __future__ import annotations

from typing import Literal

from rules.action import Role
from rules.verdict import Allow, Refuse

Who = Literal["everyone", "reps", "managers", "admins"]
_MAY: dict[Who, frozenset[Role]] = {
    "everyone": frozenset({Role.REP, Role.MANAGER, Role.ADMIN}),
    "reps": frozenset({Role.REP, Role.MANAGER}),
    "managers": frozenset({Role.MANAGER}),
    "admins": frozenset(),
}


def may_ask(agent: str, who: Who, role: Role) -> Allow | Refuse:
    """Whether somebody in ``role`` may ask ``agent``, whose file says ``who``. Administrators may ask every agent."""
    if role is Role.NOBODY:
        return Refuse(
            "agent.stranger",
            "Daybook works for the team's own members who are active in HubSpot, and does not know you as one (yet). "
            "Ask whoever runs Daybook to add you.",
        )
    if role is Role.SERVICE:
        return Allow("agent.service", "A schedule or a hook starts the agent that is named for it.")
    if role is Role.ADMIN or role in _MAY[who]:
        return Allow(f"agent.{who}", "The agent is there for them.")
    whom = {"reps": "reps and their managers", "managers": "managers", "admins": "Daybook's administrators"}[who]
    return Refuse("agent.not_for_you", f"{agent} answers {whom} only. Ask the assistant, or one of them.")
