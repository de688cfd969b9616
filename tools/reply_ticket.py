"""A public answer on a ticket, which the customer gets by mail. The rules refuse it until it can be approved."""

from __future__ import annotations

from rules.action import Action, Effect
from tools.ticket import find
from tools.tool import Arguments, Long, Plan, Problem, Quote, Ref, Tool, Write
from tools.world import World
from tools.writing import has_link


class ReplyTicket(Arguments):
    ticket: Ref
    text: Long
    quote: Quote


def plan(world: World, asked: ReplyTicket) -> Plan:
    ticket = find(world, asked.ticket)
    if ticket.source != "jira":
        raise Problem("Answers on HubSpot tickets are written in HubSpot's own inbox.", "no_inbox")
    return Plan(
        title=f"Public answer on {ticket.label} of {ticket.company.name}",
        done=f"Answered {ticket.label} of {ticket.company.name}",
        action=Action("reply_ticket", Effect.EXTERNAL, (ticket.target,), has_links=has_link(asked.text)),
        writes=(Write("jira", "comment", "jira", ticket.key, {"text": asked.text, "public": "true"}),),
        resolved=asked.model_dump(),
        account=ticket.company.id,
        account_name=ticket.company.name,
        quote=asked.quote,
        record=("jira", ticket.key),
    )


TOOL = Tool(
    name="reply_ticket",
    description="Answer a customer on their ticket, visibly to them. Always refused at present: draft the words.",
    arguments=ReplyTicket,
    effect=Effect.EXTERNAL,
    plan=plan,
)
