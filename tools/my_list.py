"""The person's own list as it is now: the same rules as at nine, on the records as they are."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection

from records import gather
from rules.action import Effect
from rules.wording import money
from tools import marks, posted, rank_accounts
from tools.tool import Arguments, Look, Problem, Tool
from tools.world import World, target_of
from views import escape, words


class MyList(Arguments):
    """Nothing to say: it is always the asking person's own list."""


def look(world: World, _asked: MyList) -> Look:
    person = world.person
    if person is None or person.owner_id is None:
        raise Problem("HubSpot doesn't know this person as an owner of accounts, so they have no list.", "no_owner")
    with world.reading() as connection:
        ranked = rank_accounts.run(connection, world.context.systems, world.context.workspace, person, world.now)
        posted_today = _posted_today(connection, world, person.id)
    listed = ranked.ranking.listed
    ticked = posted_today.ticked if posted_today else {}
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
                "ticked_off": world.shown(ticked.get(one.facts.account_id)),
            }
            for one in listed
        ],
        "due": ranked.ranking.due,
        "todays_list": posted_today and {
            "sent": world.shown(posted_today.at), "accounts": posted_today.named, "ticked_off": len(ticked),
            "set_aside": posted_today.set_aside, "open": posted_today.named - len(ticked) - posted_today.set_aside,
        },
        "snoozed": [{"account": one.facts.account_id, "name": escape.name(one.facts.name),
                     "held": words.marked(one.mark, world.zone)} for one in ranked.ranking.held],
        "sources_down": [age.name for age in ranked.sources if age.down],
        "rules_version": ranked.policy.version,
    }  # fmt: skip
    named = [one.facts for one in listed] + [one.facts for one in ranked.ranking.held]
    return Look(told, tuple(map(target_of, named)))


class Posted(NamedTuple):
    """The list that was sent today. ``ticked``: those of its accounts that were touched since, and when."""

    at: int
    named: int
    ticked: dict[str, int]
    set_aside: int


def _posted_today(connection: Connection, world: World, person: str) -> Posted | None:
    """As the message in Slack shows it by now."""
    found = posted.last_of(connection, world.context.workspace, person, world.midnight())
    if found is None:
        return None
    at, touched_then = found
    held = marks.active(connection, world.context.workspace, person)
    aside = {one for one in touched_then if one in held and held[one].made_at >= at}
    touches = gather.last_touches(connection, touched_then)
    ticked = {
        one: now
        for one, then in touched_then.items()
        if one not in aside and (now := touches.get(one)) is not None and now > (then or 0)
    }
    return Posted(at, len(touched_then), ticked, len(aside))


def _money(cents: int | None, currency: str) -> str | None:
    return None if cents is None else money(cents, currency)


TOOL = Tool(
    name="my_list",
    description=(
        "The person's own ranked list as of now: which accounts need them, in order, and why by the rules. One that is "
        "ticked_off was touched since today's list was sent: say that it is done, or leave it out."
    ),
    arguments=MyList,
    effect=Effect.READ,
    look=look,
)
