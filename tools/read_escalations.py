"""What is escalated on the person's accounts, or their team's: what is wrong, since when, how far up, who has it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from records import gather
from rules.action import Effect
from tools import escalation_cards, escalations
from tools.tool import Arguments, Id, Look, Tool
from tools.world import World, target_of
from views import escape
from views.escalated import Escalated

MOST = 30


class ReadEscalations(Arguments):
    account: Id | None = Field(None, description="Only this account; leave out for everything the person may see.")


def look(world: World, asked: ReadEscalations) -> Look:
    """Only what the person may see, and whoever reads along; a named account that is not theirs is refused."""
    if asked.account is not None:
        world.account(asked.account)
    with world.reading() as connection:
        rows = escalations.standing(connection, world.context.workspace)
        rows = [row for row in rows if asked.account in (None, row.account_id)]
        facts = {row.account_id: gather.one(connection, row.account_id, world.now) for row in rows}
        mine = []
        for row in sorted(rows, key=escalation_cards.weight):
            now = facts[row.account_id]
            if now is not None and all(one.may_see(now.owner_id) for one in (world.principal, *world.readers)):
                mine.append(row)
        shown = escalation_cards.listed(connection, world.context.systems, world.context.person, mine[:MOST])
    told = [_told(world, row, one) for row, one in zip(mine, shown.alerts, strict=False)]
    targets = tuple(target_of(found) for row in mine[:MOST] if (found := facts[row.account_id]) is not None)
    return Look({"escalated": told, "more": max(0, len(mine) - MOST), "rules_version": shown.version}, targets)


def _told(world: World, row: escalations.Escalation, one: Escalated) -> dict[str, Any]:
    return {
        "account": row.account_id,
        "name": escape.name(one.case.account.name),
        "owner": one.owner,
        "says": one.alert.says,
        "rule": one.alert.title,
        "conditions": [condition.words for condition in one.alert.conditions],
        "ticket": row.ticket or None,
        "level": row.level,
        "state": row.state,
        "state_since": world.shown(row.state_at),
        "by": one.by if one.state != "open" else None,
        "lapsed_claim": {"by": one.by, "at": world.shown(one.at)} if one.state == "open" and one.by else None,
        "since": world.shown(row.since),
        "told": [{"name": each.name, "at": world.shown(each.at)} for each in one.told],
        "goes_up": {"to": one.next_name, "at": world.shown(one.next_at)} if one.next_name else None,
    }


TOOL = Tool(
    name="read_escalations",
    description=(
        "What managers were told of by the rules of escalation, among the accounts the person may see: what is wrong, "
        "since when, at which level, who was told, and who has claimed it. Repeat its words; it decides nothing."
    ),
    arguments=ReadEscalations,
    effect=Effect.READ,
    look=look,
)
