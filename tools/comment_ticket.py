"""Adds an internal note to a ticket: the team sees it, the customer doesn't."""

from __future__ import annotations

from rules.action import Action, Effect
from tools.ticket import find, thread_of
from tools.tool import Arguments, Long, Plan, Quote, Ref, Tool, Write, shown
from tools.world import World
from tools.writing import brief, has_link, iso, rich, unlinked


class CommentTicket(Arguments):
    ticket: Ref
    """The ticket as read_tickets names it: jira:SUP-12 or hubspot:123."""
    text: Long
    quote: Quote


def plan(world: World, asked: CommentTicket) -> Plan:
    ticket = find(world, asked.ticket)
    if ticket.source == "jira":
        thread_of(world, ticket)
        write = Write("jira", "comment", "jira", ticket.key, {"text": unlinked(asked.text)})
    else:
        owner = world.owner_id()
        properties = {"hs_timestamp": iso(world.now), "hs_note_body": rich(asked.text), "hubspot_owner_id": owner}
        to = (("tickets", ticket.key), ("companies", ticket.company.id))
        write = Write("hubspot", "create", "notes", None, properties, to=to)
    return Plan(
        title=f"Internal note on {ticket.label} of {ticket.company.name}",
        done=f"Internal note on {ticket.label} of {ticket.company.name}",
        action=Action("comment_ticket", Effect.LOG, (ticket.target,), has_links=has_link(asked.text)),
        writes=(write,),
        resolved=asked.model_dump(),
        account=ticket.company.id,
        account_name=ticket.company.name,
        rows=shown(internal_note=asked.text),
        quote=asked.quote,
        record=("jira", ticket.key) if ticket.source == "jira" else ("tickets", ticket.key),
        wrote=brief(asked.text),
    )


TOOL = Tool(
    name="comment_ticket",
    description="Add an internal note to a ticket, at once; the customer does not see it, and it can be undone.",
    arguments=CommentTicket,
    effect=Effect.LOG,
    plan=plan,
)
