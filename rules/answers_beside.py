"""What else the books may name as a reason: rules in files of their own, and the guard's own answers, in words.

The rules of authority and of presses on cards are told by their own docstrings and numbers (policy_words.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Beside(NamedTuple):
    """A rule that is no function of one action. ``numbers`` are keys of the policy file, ``section.key``."""

    answers: tuple[str, ...]
    words: str
    verdicts: tuple[str, ...] = ("allows", "refuses")
    numbers: tuple[str, ...] = ()


BESIDE: tuple[Beside, ...] = (
    Beside(
        ("undo.own",),
        "What was done can be undone for some time, by whoever had it done, by who leads them, and by administrators.",
        numbers=("authority.undo_hours",),
    ),
    Beside(
        ("away.named", "away.nothing", "away.self", "away.stranger"),
        "Whoever decides for others may name a member of the team to decide for them while they are away.",
        numbers=("authority.away_days",),
    ),
    Beside(("press.yours",), "A press counts when no rule speaks against it.", ("allows",)),
    Beside(
        ("press.own_list", "press.manager_looks", "press.not_yours", "press.unknown"),
        "A list's buttons are for the person it was made for; their managers and administrators may see why.",
    ),
    Beside(
        ("escalation.told", "escalation.above", "escalation.owner", "escalation.not_yours", "escalation.unknown"),
        "An alert's buttons are for those who were told of it, who leads them, and administrators; not for the owner.",
    ),
    Beside(
        ("routine.made", "routine.too_many", "routine.too_often", "routine.run_now", "routine.just_ran"),
        "A person may have a limited number of routines, and a routine comes only so often, also when it is run now.",
        numbers=("routines.per_person", "routines.minutes_apart", "routines.late_minutes"),
    ),
    Beside(
        ("routine.own", "routine.led", "routine.admin", "routine.not_yours", "routine.unknown"),
        "A routine is for the person it serves; managers may see and pause it, administrators end it as well.",
    ),
    Beside(
        ("routine.changed", "routine.person_left", "routine.agent_gone"),
        "A routine runs only as it was confirmed, for an active member, and with an agent that there is.",
        ("refuses",),
    ),
    Beside(
        ("agent.everyone", "agent.reps", "agent.managers", "agent.admins", "agent.service", "agent.not_for_you",
         "agent.stranger"),
        "Each agent's file says who may ask it; strangers may ask none, administrators every one.",
    ),
    Beside(
        ("budget.left", "budget.turn_calls", "budget.turn_time", "budget.turn_cost"),
        "What one question may cost stands in the agent's own file.",
    ),
    Beside(
        ("budget.session", "budget.person_day", "budget.workspace_day"),
        "What questions cost is limited for one conversation, one person's day and everybody's day.",
        ("refuses",),
        tuple(f"budgets.{whose}_{what}" for whose in ("session", "person_day", "workspace_day")
              for what in ("tokens", "cents", "minutes")),
    ),
)  # fmt: skip

READ_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "press.late": ("authority.confirm_hours", "authority.external_hours"),
    "contact.never": ("contact.do_not_contact",),
    "contact.quiet": ("contact.zone_property",),
    "run.unattended": ("routines.records_per_run", "authority.bulk_records"),
}
"""Numbers of the policy that a rule of authority, or of presses, is handed with the facts: told beside that answer."""

ELSEWHERE: Mapping[str, str] = {
    "default.deny": "What no rule allows is refused.",
    "tool.unknown": "Only the tools that exist can be used.",
    "arguments": "What was asked for can't be done in this way; the answer says what would work.",
    "arguments.shape": "A call must hold what its tool takes, nothing unknown and nothing missing.",
    "arguments.too_long": "Words that are longer than what they are for can hold are not cut, and not written.",
    "arguments.broken": "A call whose arguments can't be read is not made.",
    "amount.unclear": "An amount that can be read in two ways, or is in a currency not HubSpot's, is asked about.",
    "date.unclear": "A day that can be read in two ways, or is years away, is asked about, not guessed.",
    "date.past": "A follow-up is for a day that is still ahead.",
    "date.future": "A call is logged once it has happened.",
    "stage.unknown": "A deal goes to a stage that its own pipeline has.",
    "stage.unread": "A deal that is in a stage which Daybook has not read yet is not moved.",
    "ticket.moved": "A ticket that has gone to another account since is looked up again first.",
    "undo.changed": "What somebody has changed since is not undone over them.",
    "undo.other": "Only the very record that Daybook made is taken away again.",
    "card.unshown": "What could not be shown to whoever has to decide it does not wait for a yes.",
    "policy.unknown": "No rule goes by the name that was asked for.",
    "calls.too_many": "One message may lead to as many calls as the agent's own file says.",
    "skill.unknown": "An agent may load its own skills only.",
    "agent.unknown": "An agent may ask the agents there are, and no other.",
    "agent.too_deep": "An agent that was asked by an agent asks no further one.",
    "agent.stopped": "Somebody stopped it before the other agent had answered.",
    "agent.failed": "The other agent could not answer.",
    "facts.no_model": "There is no model to read texts with.",
    "facts.stopped": "Somebody stopped it before the text was read.",
    "facts.unread": "The model that reads texts could not be asked.",
    "routine.deleted": "Somebody who may ended the routine for good.",
    "done": "It was allowed, and it was done.",
    "vendor.refused": "It was allowed, and HubSpot or Jira did not take it.",
    "source.down": "What can't be read just now is not guessed.",
    "mcp.down": "A server outside that does not answer is not asked again by itself.",
    "mcp.changed": "A server's tool that is not what was reviewed any more is not used.",
    "source.unsure": "Whether it was done could not be found out; the person should look.",
    "want": "A step of the conversation itself: a skill, another agent, facts from a text.",
    "approval.cancelled": "Somebody who may took the question back.",
    "approval.expired": "Nobody decided in time.",
    "approval.edited": "The person gave values of their own, which were judged anew.",
    "press.broke_off": "Applying it broke off; what was found out of whether it was done stands in the reason.",
    "approval.refused": "At the press the rules, asked again, said no.",
}
"""Answers in the books that no rule gives, but the guard itself, or whoever was asked."""
