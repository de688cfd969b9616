"""Takes an account off a rep's list for a day, a week, or until something changes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.action import Action, Effect
from rules.marks import SNOOZES
from tools.mark import Request, put
from tools.tool import Arguments, Id, Plan, Quote, Tool, Write
from tools.world import World, target_of
from views import escape


def run(request: Request) -> str:
    """What was done, in the rep's words. Raises ``Denied`` with the reason when it may not be done."""
    return put(request, "snooze_account", "snooze")


class SnoozeAccount(Arguments):
    account: Id
    until: Literal["day", "week", "change"] = Field(description="For a day, for a week, or until something changes.")
    quote: Quote


def plan(world: World, asked: SnoozeAccount) -> Plan:
    facts = world.account(asked.account)
    return Plan(
        title=f"Snooze {escape.name(facts.name)}",
        done=f"Snoozed {escape.name(facts.name)} {SNOOZES[asked.until].lower()}",
        action=Action("snooze_account", Effect.OWN, (target_of(facts),)),
        writes=(Write("daybook", "mark", facts.account_id, None, {"choice": asked.until}),),
        resolved=asked.model_dump(),
        account=facts.account_id,
        account_name=escape.name(facts.name),
        quote=asked.quote,
        record=("companies", facts.account_id),
    )


TOOL = Tool(
    name="snooze_account",
    description=(
        "Take an account off the person's own morning list for a day, a week, or until something changes. Something "
        "new and worse brings it back by itself. It changes nothing in HubSpot. There is no other span: asked for "
        "another (two weeks, until Friday) or for none, say which three there are and let them choose before you call "
        "this."
    ),
    arguments=SnoozeAccount,
    effect=Effect.OWN,
    plan=plan,
)
