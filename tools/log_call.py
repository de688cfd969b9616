"""Logs a call a person made: when, to whom, how it ended, in the portal's own outcomes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from records import gather
from rules.action import Action, Effect
from systems.ports import Record
from tools.tool import Arguments, Id, Long, Plan, Problem, Quote, Short, Tool, Write, shown
from tools.world import World
from tools.writing import brief, has_link, in_reach, iso, rich
from views import escape, words

MOST_MINUTES = 600


class LogCall(Arguments):
    account: Id
    outcome: Short = Field(
        description='How it ended, as HubSpot calls it: "Left voicemail", "Connected", "No answer", …'
    )
    summary: Long | None = Field(None, description="What was said, if they told you. Never invent any.")
    contact: Id | None = Field(None, description="The contact's id from read_account, if they named a person.")
    when: Short | None = Field(None, description="Only if it was not just now: a day or ISO time, as they said it.")
    minutes: int | None = Field(None, ge=1, le=MOST_MINUTES)
    direction: Literal["outbound", "inbound"] = "outbound"
    quote: Quote


def plan(world: World, asked: LogCall) -> Plan:
    company = world.company(asked.account)
    outcome, label = _outcome(world, asked.outcome)
    at = world.happened(asked.when)
    if at > world.now:
        raise Problem("That call would be in the future. To plan one, make a task.", "date.future")
    properties = {
        "hs_timestamp": iso(at),
        "hs_call_title": f"Call with {company.name}",
        "hs_call_direction": asked.direction.upper(),
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": outcome,
        "hubspot_owner_id": world.owner_id(),
    }
    if asked.summary:
        properties["hs_call_body"] = rich(asked.summary)
    if asked.minutes:
        properties["hs_call_duration"] = str(asked.minutes * 60_000)
    to: tuple[tuple[str, str], ...] = (("companies", company.id),)
    said = [brief(asked.summary)] if asked.summary else []
    if asked.contact:
        contact = in_reach(world, "contacts", asked.contact, company.id, ("firstname", "lastname"))
        to += (("contacts", contact.id),)
        said.insert(0, f"with {_name(contact)}")
    day = f" · {words.dated(at, world.now, world.zone)}" if world.shown_day(at) != world.shown_day(world.now) else ""
    return Plan(
        title=f"Log a call on {company.name}",
        done=f"Logged a call on {company.name}: {label.lower()}{day}",
        action=Action("log_call", Effect.LOG, (company.target,), has_links=has_link(asked.summary)),
        writes=(Write("hubspot", "create", "calls", None, properties, to=to),),
        resolved={**asked.model_dump(exclude_none=True), "outcome": label, "when": iso(at)},
        account=company.id,
        account_name=company.name,
        rows=shown(outcome=label, when=world.told_time(at), summary=asked.summary),
        quote=asked.quote,
        record=("companies", company.id),
        wrote=" · ".join(said),
    )


def _name(contact: Record) -> str:
    return escape.name(" ".join(filter(None, (contact.properties.get(one) for one in ("firstname", "lastname")))))


def _outcome(world: World, said: str) -> tuple[str, str]:
    """(id, label) of the portal's own call outcome. Raises ``Problem`` that lists them."""
    with world.reading() as connection:
        known = gather.call_outcomes(connection) or world.crm.call_outcomes()
    for ident, label in known.items():
        if said.casefold() in (label.casefold(), ident.casefold()):
            return ident, label
    raise Problem(f"HubSpot has no call outcome {said!r}. It has: {', '.join(sorted(known.values()))}.", "outcome")


TOOL = Tool(
    name="log_call",
    description=(
        "Log a call the person says they made, at once; they can undo it with one press. The outcome is one of the "
        'portal\'s: a message on a machine is "Left voicemail", one left with a person is "Left live message".'
    ),
    arguments=LogCall,
    effect=Effect.LOG,
    plan=plan,
)
