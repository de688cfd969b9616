"""Changes a contact's e-mail, phone or job title once the person has seen old and new and said yes."""

from __future__ import annotations

import re

from pydantic import Field

from rules.action import Action, Effect, Target
from rules.authority import NOT_FOUND
from tools.recipient import is_set
from tools.tool import Arguments, Id, Plan, Problem, Quote, Row, Short, Tool, Write
from tools.world import World
from views import escape

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}")
PROPERTY = {"email": ("email", "E-mail"), "phone": ("phone", "Phone"), "title": ("jobtitle", "Job title")}


class UpdateContact(Arguments):
    contact: Id
    """The contact's id, from read_account."""
    email: Short | None = None
    phone: Short | None = None
    title: Short | None = Field(None, description="Job title.")
    quote: Quote


def plan(world: World, asked: UpdateContact) -> Plan:
    never = world.policy.contact.do_not_contact
    names = ("firstname", "lastname", "email", "phone", "jobtitle", *never)
    record = world.record("contacts", asked.contact, names, ("companies",))
    company = world.company_of(record)
    if company is None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    if asked.email and not _EMAIL.fullmatch(asked.email):
        raise Problem(f"{asked.email!r} is no e-mail address.", "email")
    if asked.email and any(is_set(record.properties.get(name)) for name in never):
        # By their address they are known again: under another one nobody would see that they said no.
        raise Problem(
            "HubSpot says that they must not be contacted, and knows them by this address. Change it in HubSpot.",
            "contact.never",
        )
    if asked.phone and not _PHONE.fullmatch(asked.phone):
        raise Problem(f"{asked.phone!r} is no phone number. Write it with digits, like +44 20 7946 0000.", "phone")
    rows, before, after = [], {}, {}
    for argument, (name, label) in PROPERTY.items():
        new, old = getattr(asked, argument), record.properties.get(name)
        if new and argument == "email":
            new = new.lower()  # as HubSpot keeps it
        if new and new != (old or ""):
            rows.append(Row(argument, label, escape.clean(old or "", 200), new, "text", new))
            before[name], after[name] = old, new
    if not rows:
        raise Problem("The contact says so already, or nothing to change was named.", "nothing_to_do")
    person = escape.name(
        " ".join(filter(None, (record.properties.get("firstname"), record.properties.get("lastname"))))
    )
    return Plan(
        title=f"{company.name}: {person}",
        done=f"{company.name}, {person}: "
        + "; ".join(f"{r.label.lower()} {r.old or '(empty)'} → {r.new}" for r in rows),
        action=Action(
            "update_contact",
            Effect.CHANGE,
            (Target(f"contacts:{record.id}", company.owner, company.id),),
            fields=tuple(("contacts", name) for name in after),
        ),
        writes=(Write("hubspot", "change", "contacts", record.id, after, before=before),),
        resolved=asked.model_dump(exclude_none=True),
        account=company.id,
        account_name=company.name,
        rows=tuple(rows),
        quote=asked.quote,
        record=("contacts", record.id),
    )


TOOL = Tool(
    name="update_contact",
    description=(
        "Propose a change of a contact's e-mail, phone or job title. The person sees old and new on a card and presses "
        "Apply."
    ),
    arguments=UpdateContact,
    effect=Effect.CHANGE,
    plan=plan,
)
