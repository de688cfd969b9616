"""Who may ask which agent: everyone at work here, reps, managers, or Daybook's administrators."""

from __future__ import annotations

from typing import Literal

from rules.verdict import Allow, Refuse

Who = Literal["everyone", "reps", "managers", "admins"]


def may_ask(agent: str, who: Who, *, known: bool, rep: bool, manager: bool, admin: bool) -> Allow | Refuse:
    """Whether somebody may ask ``agent``, whose file says ``who``. Managers and admins may ask what reps may."""
    if not known:
        return Refuse(
            "agent.stranger",
            "Daybook works for people of this workspace only, and it does not know you (yet). "
            "If you have just joined, try again in an hour.",
        )
    if who == "everyone":
        return Allow("agent.everyone", "Everyone may ask it.")
    if admin:
        return Allow("agent.admin", "Administrators may ask every agent.")
    if who == "managers" and manager:
        return Allow("agent.managers", "They lead people.")
    if who == "reps" and (rep or manager):
        return Allow("agent.reps", "They own accounts, or lead people who do.")
    whom = {"reps": "reps and their managers", "managers": "managers", "admins": "Daybook's administrators"}[who]
    return Refuse("agent.not_for_you", f"{agent} answers {whom} only. Ask the assistant, or one of them.")
