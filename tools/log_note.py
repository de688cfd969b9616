"""Puts a note on an account (and on one of its deals), in the person's name."""

from __future__ import annotations

from pydantic import Field

from rules.action import Action, Effect
from tools.tool import Arguments, Id, Long, Plan, Quote, Tool, Write, shown
from tools.world import World
from tools.writing import brief, has_link, in_reach, iso, rich


class LogNote(Arguments):
    account: Id
    text: Long
    deal: Id | None = Field(None, description="Also on this deal of the account, if they named one.")
    quote: Quote


def plan(world: World, asked: LogNote) -> Plan:
    company = world.company(asked.account)
    to: tuple[tuple[str, str], ...] = (("companies", company.id),)
    if asked.deal:
        to += (("deals", in_reach(world, "deals", asked.deal, company.id).id),)
    properties = {
        "hs_timestamp": iso(world.now),
        "hs_note_body": rich(asked.text),
        "hubspot_owner_id": world.owner_id(),
    }
    return Plan(
        title=f"Note on {company.name}",
        done=f"Noted on {company.name}",
        action=Action("log_note", Effect.LOG, (company.target,), has_links=has_link(asked.text)),
        writes=(Write("hubspot", "create", "notes", None, properties, to=to),),
        resolved=asked.model_dump(exclude_none=True),
        account=company.id,
        account_name=company.name,
        rows=shown(note=asked.text),
        quote=asked.quote,
        record=("companies", company.id),
        wrote=brief(asked.text),
    )


TOOL = Tool(
    name="log_note",
    description="Put a note on an account, at once; it can be undone. Write what the person said and no more.",
    arguments=LogNote,
    effect=Effect.LOG,
    plan=plan,
)
