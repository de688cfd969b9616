"""Reads a ticket, call or note into typed facts only, so that the conversation never hears what outsiders wrote."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import or_, select

from records import tables
from rules.action import Effect
from rules.authority import NOT_FOUND
from rules.facts import AccountFacts
from rules.typed_facts import Kind
from systems.faults import NotFound
from tools.tool import Arguments, Id, Look, Problem, Short, Tool
from tools.world import World, target_of
from tools.writing import plain
from views import escape

TEXT = 20_000
MOST = 40
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Of = Annotated[
    str,
    StringConstraints(
        pattern=r"^(jira:[A-Z][A-Z0-9_]{0,30}-[0-9]{1,12}|hubspot:[0-9]{1,20}|call:[0-9]{1,20}|note:[0-9]{1,20})$"
    ),
]
Option = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]


class Fact(Arguments):
    name: Name = Field(description="What the answer is to be called, for example renewal_at_risk.")
    kind: Kind = Field(
        description="amount is a number of whole units; contact, email, deal and ticket are ones of this account."
    )
    question: Short = Field(description="What is to be found out, in a sentence.")
    options: tuple[Option, ...] = Field((), max_length=8, description="For a choice: what it may be.")

    @model_validator(mode="after")
    def _has_options(self) -> Fact:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("a choice needs options, and nothing else takes any")
        return self


class ExtractFacts(Arguments):
    account: Id
    of: Of = Field(description="jira:SUP-12 or hubspot:123 for a ticket, call:123, note:123.")
    facts: tuple[Fact, ...] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _named_apart(self) -> ExtractFacts:
        if len({fact.name for fact in self.facts}) < len(self.facts):
            raise ValueError("each fact needs a name of its own")
        return self


def look(world: World, asked: ExtractFacts) -> Look:
    """The text, for the reader alone, and what the CRM knows of the account, to check its answer by."""
    facts = world.account_now(asked.account)
    source, _, key = asked.of.partition(":")
    try:
        text = _ticket(world, source, key, facts) if source in ("jira", "hubspot") else _said(world, source, key, facts)
    except NotFound:
        text = None
    if text is None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    found = {
        "account": facts.account_id,
        "of": asked.of,
        "facts": [fact.model_dump() for fact in asked.facts],
        "text": escape.cut(escape.lines(text), TEXT),
        "known": _known(world, facts.account_id),
    }
    return Look(found, (target_of(facts),), (f"companies:{facts.account_id}",))


def _ticket(world: World, source: str, key: str, facts: AccountFacts) -> str | None:
    t = tables.tickets.c
    mine = t.source == source, or_(t.key == key, t.id == key), t.account_id == facts.account_id
    with world.reading() as connection:
        row = connection.execute(select(t.key, t.account_ref).where(*mine)).first()
    if row is None:
        return None
    if source == "jira":
        thread = world.tickets.thread(row.key)
        if thread.account != row.account_ref:
            return None
        words = [f"[{one.created[:10]} {one.author_type or 'staff'}] {one.untrusted_text}" for one in thread.words]
        return "\n\n".join([thread.untrusted_title, thread.untrusted_text, *words])
    found = world.crm.read("tickets", row.key, ("subject", "content"), ("companies",))
    if not _belongs(found.links, facts.account_id):
        return None
    return f"{found.properties.get('subject') or ''}\n\n{plain(found.properties.get('content'))}"


def _said(world: World, source: str, key: str, facts: AccountFacts) -> str | None:
    title, body = ("hs_call_title", "hs_call_body") if source == "call" else ("hs_timestamp", "hs_note_body")
    found = world.crm.read(f"{source}s", key, (title, body), ("companies",))
    if not _belongs(found.links, facts.account_id):
        return None
    head = found.properties.get(title) or "" if source == "call" else ""
    return f"{head}\n\n{plain(found.properties.get(body))}".strip()


def _belongs(links: Any, account: str) -> bool:
    return account in {end.id for end in (links or {}).get("companies") or ()}


def _known(world: World, account: str) -> dict[str, dict[str, str]]:
    c, d, t = tables.contacts.c, tables.deals.c, tables.tickets.c
    with world.reading() as connection:
        people = connection.execute(
            select(c.id, c.name, c.email).where(c.account_id == account).order_by(c.id).limit(MOST)
        ).all()
        deals = connection.execute(
            select(d.id, d.untrusted_name).where(d.account_id == account).order_by(d.is_open.desc(), d.id).limit(MOST)
        ).all()
        tickets = connection.execute(
            select(t.source, t.key).where(t.account_id == account).order_by(t.is_open.desc(), t.id).limit(MOST)
        ).all()
    return {
        "contacts": {one.id: escape.name(one.name or "") for one in people},
        "emails": {one.email.casefold(): one.id for one in people if one.email},
        "deals": {one.id: escape.name(one.untrusted_name or "") for one in deals},
        "tickets": {f"{one.source}:{one.key}": one.key for one in tickets},
    }


TOOL = Tool(
    name="extract_facts",
    description=(
        "Find out facts from one ticket, call or note without reading it: you ask for typed facts (yes or no, a date, "
        "an amount, a count, one of your options, a sentiment, a contact, deal or ticket of that account) and get "
        "those alone, checked against the records. Prefer it when you will write, or work on several accounts, "
        "afterwards: unlike reading the words, it leaves this conversation unmarked. null means the text doesn't say."
    ),
    arguments=ExtractFacts,
    effect=Effect.READ,
    look=look,
    wants=True,
)
