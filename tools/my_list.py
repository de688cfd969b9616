"""The person's own list as it is now: the same rules as at nine, on the records as they are."""

from __future__ import annotations

from typing import Any

from rules.action import Effect
from rules.wording import money
from tools import rank_accounts
from tools.tool import Arguments, Look, Problem, Tool
from tools.world import World, target_of
from views import escape


class MyList(Arguments):
    """Nothing to say: it is always the asking person's own list."""


def look(world: World, _asked: MyList) -> Look:
    person = world.person
    if person is None or person.owner_id is None:
        raise Problem("HubSpot doesn't know this person as an owner of accounts, so they have no list.", "no_owner")
    with world.reading() as connection:
        ranked = rank_accounts.run(connection, world.context.systems, world.context.workspace, person, world.now)
    listed = ranked.ranking.listed
    told: dict[str, Any] = {
        "as_of": world.shown(world.now),
        "accounts": [
            {
                "account": one.facts.account_id,
                "name": escape.name(one.facts.name),
                "position": one.position,
                "points": one.explanation.total,
                "tier": world.tier(one.facts),
                "revenue": _money(one.facts.revenue_cents, world.policy.currency),
                "why": [line.words for line in one.explanation.reasons],
            }
            for one in listed
        ],
        "due": ranked.ranking.due,
        "snoozed": [{"account": one.facts.account_id, "name": escape.name(one.facts.name), "until": one.held.words}
                    for one in ranked.ranking.held],
        "sources_down": [age.name for age in ranked.sources if age.down],
        "rules_version": ranked.policy.version,
    }  # fmt: skip
    named = [one.facts for one in listed] + [one.facts for one in ranked.ranking.held]
    return Look(told, tuple(map(target_of, named)))


def _money(cents: int | None, currency: str) -> str | None:
    return None if cents is None else money(cents, currency)


TOOL = Tool(
    name="my_list",
    description="The person's own ranked list as of now: which accounts need them, in order, and why by the rules.",
    arguments=MyList,
    effect=Effect.READ,
    look=look,
)
