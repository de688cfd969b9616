"""Changes one deal (stage, amount, close date, next step) once the person has seen old and new and said yes."""

from __future__ import annotations

from pydantic import Field

from rules.action import Action, Effect
from tools import deal as deals
from tools.tool import Arguments, Id, Plan, Problem, Quote, Short, Tool
from tools.world import World


class UpdateDeal(Arguments):
    deal: Id
    """The deal's id, from read_account."""
    stage: Short | None = Field(None, description='The stage as they said it, or its id: "proposal".')
    amount: Short | None = Field(None, description='As they said it, with the currency if they named one: "40k".')
    close_date: Short | None = Field(None, description='As they said it: "in March", "next Friday", or an ISO date.')
    next_step: Short | None = None
    quote: Quote


def plan(world: World, asked: UpdateDeal) -> Plan:
    change = deals.read(world, asked.deal)
    if asked.stage:
        deals.move(world, change, asked.stage)
    if asked.amount:
        deals.worth(world, change, asked.amount)
    if asked.close_date:
        deals.close_on(world, change, asked.close_date)
    if asked.next_step:
        deals.next_step(change, asked.next_step)
    if not change.resolved:
        raise Problem("Say what to change: stage, amount, close_date or next_step.", "nothing_to_do")
    if not change.rows:
        raise Problem(f"The deal {change.name} of {change.company.name} says so already.", "nothing_to_do")
    return Plan(
        title=f"{change.company.name}: {change.name}",
        done=f"{change.company.name}, {change.name}: {change.words}",
        action=Action(
            "update_deal",
            Effect.CHANGE,
            (change.target,),
            fields=tuple(("deals", name) for name in change.after),
            stages=tuple(change.moves),
            amounts=tuple(change.amounts),
        ),
        writes=(change.write,),
        resolved={"deal": change.record.id, **change.resolved, "quote": asked.quote},
        account=change.company.id,
        account_name=change.company.name,
        rows=tuple(change.rows),
        quote=asked.quote,
        record=("deals", change.record.id),
    )


TOOL = Tool(
    name="update_deal",
    description=(
        "Propose a change of one deal: stage, amount, close date, next step; all that was asked in one call. The "
        "person sees old and new on a card and presses Apply; some changes need their manager. Pass days, amounts and "
        "stages in the person's own words; code works them out."
    ),
    arguments=UpdateDeal,
    effect=Effect.CHANGE,
    plan=plan,
)
