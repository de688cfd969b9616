"""A public answer on a ticket, which the customer gets by mail: sent only after a yes to exactly these words."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from rules.action import Action, Effect
from tools import recipient
from tools.ticket import find, thread_of
from tools.tool import Arguments, Plan, Problem, Quote, Ref, Row, Tool, Write
from tools.world import World
from tools.writing import has_link, hosts, unlinked

Words = Annotated[str, StringConstraints(min_length=1, max_length=2_500, strip_whitespace=True)]
"""Short enough to be shown whole on a card and in the window in which it is edited."""


class ReplyTicket(Arguments):
    ticket: Ref
    text: Words
    quote: Quote


def plan(world: World, asked: ReplyTicket) -> Plan:
    ticket = find(world, asked.ticket)
    if ticket.source != "jira":
        raise Problem("Answers on HubSpot tickets are written in HubSpot's own inbox.", "no_inbox")
    thread = thread_of(world, ticket)
    reach = recipient.of_thread(world, ticket, thread)
    said = {"text": unlinked(asked.text), "public": "true"}
    words = Row("text", "The customer will read", "", asked.text, "text", asked.text, exact=True)
    to = Row("to", "Goes to", reach.to, "", "told")
    others = Row("also", "Also goes to", reach.also, "", "told")
    return Plan(
        title=f"Answer to the customer on {ticket.label} of {ticket.company.name}",
        done=f"Answered the customer on {ticket.label} of {ticket.company.name}",
        action=Action(
            "reply_ticket",
            Effect.EXTERNAL,
            (ticket.target,),
            has_links=has_link(asked.text),
            hosts=hosts(asked.text),
            recipients=reach.recipients,
        ),
        # A yes is for these people: when they are others by then, it is asked for again.
        writes=(Write("jira", "comment", "jira", ticket.key, said, {"reaches": reach.ids}),),
        resolved=asked.model_dump(),
        account=ticket.company.id,
        account_name=ticket.company.name,
        rows=(words, *((to,) if reach.to else ()), *((others,) if reach.also else ())),
        quote=asked.quote,
        record=("jira", ticket.key),
    )


TOOL = Tool(
    name="reply_ticket",
    description=(
        "Propose an answer to a customer on their Jira ticket, visible to them. A card shows your exact words; nothing "
        "is sent before a person says yes (another person than the one who asks, once customers' words were read), and "
        "it can't be taken back. Whoever else takes part in the request gets it too. No web addresses."
    ),
    arguments=ReplyTicket,
    effect=Effect.EXTERNAL,
    plan=plan,
)
