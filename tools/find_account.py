"""Finds the accounts that go by a name, among those the person works with; several are several, and never guessed."""

from __future__ import annotations

from records import gather
from rules.action import Effect
from tools.tool import Arguments, Look, Short, Tool
from tools.world import World, target_of
from views import escape

MOST = 10
NOTHING = "Nothing goes by that name among the accounts this person works with. Ask how it is spelt."
NAMESAKES = (
    "More than one account is called exactly that. Ask which one is meant, and name what tells them apart: the domain, "
    "else the tier or the owner, else the account id."
)
IN_A_CHANNEL = (
    "Nothing goes by that name among the accounts that everybody in this channel may see. "
    "Tell them to write to you in a direct message, where all of their own accounts are found."
)


class FindAccount(Arguments):
    name: Short
    """What the person called it: a name, part of one, a web domain or a HubSpot company id."""


def look(world: World, asked: FindAccount) -> Look:
    with world.reading() as connection:
        found = gather.find_account(connection, world.owners(), asked.name, similar=True)
        domains = gather.domains(connection, [facts.account_id for facts in found])
    # In a channel, what not everybody there may see is not even counted.
    found = [facts for facts in found if all(reader.may_see(facts.owner_id) for reader in world.readers)]
    whole = asked.name.strip().casefold()
    matches = [
        {
            "account": facts.account_id,
            "name": escape.name(facts.name),
            "domain": escape.unlinked(domains.get(facts.account_id) or "", 80) or None,
            "tier": world.tier(facts),
            "owner": world.owner_name(facts.owner_id),
            **({"exact": True} if len(found) > 1 and facts.name.casefold() == whole else {}),
        }
        for facts in found[:MOST]
    ]
    told: dict[str, object] = {"matches": matches}
    if sum("exact" in one for one in matches) > 1:
        told["hint"] = NAMESAKES
    if len(found) > MOST:
        told["more"] = len(found) - MOST
    if not found:
        told["hint"] = IN_A_CHANNEL if world.readers else NOTHING
    return Look(told, tuple(target_of(facts) for facts in found[:MOST]))


TOOL = Tool(
    name="find_account",
    description=(
        "Find customer accounts by name, part of a name, domain or HubSpot id. Always begin here: every other tool "
        "takes the account id this returns. If several match, ask which one is meant; never pick one yourself. One "
        "marked exact is called just that: if it is the only one so marked, take it once they have been asked and say "
        "that name again. With more than one exact match always ask which, and name what tells them apart: the domain, "
        "else the tier or the owner, else the account id."
    ),
    arguments=FindAccount,
    effect=Effect.READ,
    look=look,
)
