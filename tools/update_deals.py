"""The same change for several deals in one batch: one card lists them all, and all or none are confirmed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rules.action import Action, Effect
from tools import deal as deals
from tools.tool import Arguments, Id, Plan, Problem, Quote, Row, Short, Tool
from tools.world import World
from views import escape

MOST = 25
"""One conversation may write to no more; a card shows them all."""

ACCOUNT, DEAL = 28, 38
"""Letters of a name on a line of the card, which has 80 before the values."""


class UpdateDeals(Arguments):
    deals: Annotated[list[Id], Field(min_length=2, max_length=MOST)]
    stage: Short | None = None
    close_date: Short | None = None
    next_step: Short | None = None
    quote: Quote


def plan(world: World, asked: UpdateDeals) -> Plan:
    if not (asked.stage or asked.close_date or asked.next_step):
        raise Problem("Say what to change: stage, close_date or next_step.", "nothing_to_do")
    changes = []
    for ident in dict.fromkeys(asked.deals):
        change = deals.read(world, ident)
        if asked.stage:
            deals.move(world, change, asked.stage)
        if asked.close_date:
            deals.close_on(world, change, asked.close_date)
        if asked.next_step:
            deals.next_step(change, asked.next_step)
        changes.append(change)
    real = [change for change in changes if change.rows]
    if not real:
        raise Problem("All of those deals say so already.", "nothing_to_do")
    resolved = {key: value for change in changes for key, value in change.resolved.items()}
    return Plan(
        title=f"{len(real)} deals",
        done=f"Changed {len(real)} deals: " + "; ".join(f"{one.name} ({one.words})" for one in real),
        action=Action(
            "update_deals",
            Effect.CHANGE,
            tuple(one.target for one in real),
            fields=tuple({("deals", name): None for one in real for name in one.after}),
            stages=tuple(move for one in real for move in one.moves),
        ),
        writes=tuple(one.write for one in real),
        resolved={"deals": list(dict.fromkeys(asked.deals)), **resolved, "quote": asked.quote},
        account=real[0].company.id,
        account_name=real[0].company.name,
        rows=tuple(_row(one) for one in real),
        quote=asked.quote,
        record=("deals", real[0].record.id),
    )


def _row(change: deals.Change) -> Row:
    """One line a deal, shown but not to be edited one by one: a batch is one yes."""
    # Each cut by itself: however long a name somebody else has chosen, which deal and which field it is stays readable.
    label = f"{escape.name(change.company.name, ACCOUNT)}, {escape.name(change.name, DEAL)}"
    if len(change.rows) == 1:
        (only,) = change.rows
        return Row(change.record.id, f"{label}: {only.label.lower()}", only.old, only.new, "fixed")
    old, new = (
        "; ".join(f"{row.label.lower()} {value or '(empty)'}" for row, value in sides)
        for sides in ([(row, row.old) for row in change.rows], [(row, row.new) for row in change.rows])
    )
    return Row(change.record.id, label, old, new, "fixed")


TOOL = Tool(
    name="update_deals",
    description=(
        "Propose the same change (stage, close date, next step) for several deals (up to 25) at once, on one card that "
        "lists them all."
    ),
    arguments=UpdateDeals,
    effect=Effect.CHANGE,
    plan=plan,
)
