"""Makes the person the owner of an account that nobody owns, once their manager has said yes."""

from __future__ import annotations

from sqlalchemy import select

from records import tables
from rules.action import Action, Effect, Target
from rules.authority import NOT_FOUND
from tools.tool import Arguments, Plan, Problem, Quote, Row, Short, Tool, Write
from tools.world import World
from views import escape

OWNER = "hubspot_owner_id"


class ClaimAccount(Arguments):
    name: Short
    """The account's whole name, its domain or its HubSpot id: nothing is searched among what isn't theirs."""
    quote: Quote


def plan(world: World, asked: ClaimAccount) -> Plan:
    mine, account = world.owner_id(), _named(world, asked.name)
    record = world.record("companies", account, ("name", OWNER))
    owner = record.properties.get(OWNER) or None
    if owner is not None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    name = escape.name(record.properties.get("name") or record.id)
    row = Row("owner", "Owner", "", world.owner_name(mine) or mine, "fixed")
    return Plan(
        title=name,
        done=f"{name}: owner (nobody) → {row.new}",
        action=Action(
            "claim_account",
            Effect.CHANGE,
            (Target(f"companies:{record.id}", owner, record.id, unowned=True),),
            fields=(("companies", OWNER),),
            claims=True,
        ),
        writes=(Write("hubspot", "change", "companies", record.id, {OWNER: mine}, before={OWNER: None}),),
        resolved={"name": record.id, "quote": asked.quote},
        account=record.id,
        account_name=name,
        rows=(row,),
        quote=asked.quote,
        record=("companies", record.id),
    )


def _named(world: World, said: str) -> str:
    """The one account without an owner that is called exactly so; else ``Problem``, alike for none and for others'."""
    wanted, a = said.strip().casefold(), tables.accounts.c
    with world.reading() as connection:
        rows = connection.execute(select(a.id, a.name, a.domain).where(a.owner_id.is_(None))).all()
    # Compared here and not by the database, because the two fold case differently.
    found = [row.id for row in rows if wanted in (row.id, row.name.strip().casefold(), (row.domain or "").casefold())]
    if len(found) != 1:
        raise Problem(NOT_FOUND, "scope.not_yours")
    return str(found[0])


TOOL = Tool(
    name="claim_account",
    description=(
        "Propose that the person becomes the owner of an account that nobody owns. Takes its whole name, domain or "
        "HubSpot id; their manager decides on a card."
    ),
    arguments=ClaimAccount,
    effect=Effect.CHANGE,
    plan=plan,
)
