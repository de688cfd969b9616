"""Whom an answer on a ticket reaches: looked up in Jira and HubSpot now, so that the rules can judge it.

The reporter gets it, and so does whoever takes part in the request or belongs to an organisation it is shared with.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import func, select

from records import tables
from rules.action import Recipient, Role
from rules.wording import plural
from systems.ports import Reader, Record, Thread
from tools import outreach, principal
from tools.ticket import Ticket
from tools.world import World
from views import escape

NO = ("", "false", "no", "0")
"""What HubSpot shows of a property that is not set, or is switched off."""
NAMED = 5
"""So many names stand on the card; of more there is a number."""


class Reach(NamedTuple):
    """Everybody outside who gets an answer. ``to`` names the reporter; ``also`` who gets it besides, "" when nobody."""

    recipients: tuple[Recipient, ...]
    to: str = ""
    also: str = ""

    @property
    def ids(self) -> str:
        """Stands for exactly these people."""
        return " ".join(sorted(one.id for one in self.recipients))


def of_thread(world: World, ticket: Ticket, thread: Thread) -> Reach:
    """Nobody when Jira names no reporter: then it is for nobody."""
    if thread.reporter_id is None:
        return Reach(())
    sharing = world.tickets.sharing(thread.key)
    others = [one for one in sharing.people if one.id != thread.reporter_id and not _ours(world, one.email)]
    reporter = _contact(world, thread.reporter_email)
    contacts = _contacts(world, [one.email for one in others if one.email])
    found = [_recipient(world, ticket, thread, reporter, f"jira:{thread.reporter_id}", False)]
    for one in others:
        contact = contacts.pop(_address(one.email), None)
        found.append(_recipient(world, ticket, thread, contact, f"jira:{one.id}", True))
    for left in contacts.values():
        # Found by another address of theirs than the one that HubSpot shows first: one of those above, then.
        found.append(_recipient(world, ticket, thread, left, "", True))
    closed = [f"organisation-{number or name}" for number, name in sharing.unlisted]
    closed += [] if sharing.complete else ["participants"]
    found += [_recipient(world, ticket, thread, None, f"jira:{one}", True) for one in closed]
    names = [name for _number, name in sharing.unlisted]
    to = escape.name(thread.untrusted_reporter or "the reporter", 60)
    to += "" if found[0].known else " (HubSpot doesn't know them there)"
    return Reach(tuple(found), to, _in_words(others, names, sharing.complete))


def _in_words(others: list[Reader], organisations: list[str], complete: bool) -> str:
    """``2 others: Ada Lund, Bo Finch; everybody of Acme``"""
    said = []
    if others:
        names = ", ".join(escape.name(one.untrusted_name, 40) for one in others[:NAMED])
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        said.append(f"{plural(len(others), 'other')}: {names}{more}")
    said += [f"everybody of {escape.name(name, 60)} (Jira doesn't say who that is)" for name in organisations]
    return "; ".join(said if complete else [*said, "whoever takes part in the request (Jira doesn't say who that is)"])


def _recipient(
    world: World, ticket: Ticket, thread: Thread, contact: Record | None, otherwise: str, also: bool
) -> Recipient:
    """``otherwise`` names somebody whom HubSpot doesn't know."""
    zone = _zone(world, contact, ticket.company.owner)
    there = datetime.fromtimestamp(world.now / 1000, UTC).astimezone(zone)
    properties = contact.properties if contact else {}
    ends = (contact.links or {}).get("companies") or () if contact else ()
    return Recipient(
        id=f"contacts:{contact.id}" if contact else otherwise,
        account=otherwise,
        known=any(end.id == ticket.company.id for end in ends),
        # Somebody whom HubSpot doesn't know has said nothing there; that they are unknown is judged for itself.
        do_not_contact=any(is_set(properties.get(name)) for name in world.policy.contact.do_not_contact),
        wrote_first=_wrote_last(thread),
        minute=there.hour * 60 + there.minute,
        quarter=outreach.quarter(world.now, zone),
        also=also,
    )


def _ours(world: World, email: str | None) -> bool:
    """Whether it is the address of a colleague, whom nothing is kept from."""
    p = tables.people.c
    with world.reading() as connection:
        known = connection.scalars(select(p.slack_id).where(func.lower(p.email) == _address(email))).all()
        return any(principal.of(connection, one).role is not Role.NOBODY for one in known)


def _contact(world: World, email: str | None) -> Record | None:
    if not email:
        return None
    found = world.crm.find_by("contacts", "email", _address(email), ())
    return world.crm.read("contacts", found.id, _properties(world), ("companies",)) if found else None


def _contacts(world: World, emails: Iterable[str]) -> dict[str, Record]:
    """HubSpot's contacts by the address it shows, with the companies they belong to."""
    asked = [_address(email) for email in emails]
    ids = [one.id for one in world.crm.find_all_by("contacts", "email", asked, ())]
    found = world.crm.read_many("contacts", ids, _properties(world), ("companies",)) if ids else []
    return {_address(one.properties.get("email")) or one.id: one for one in found}


def _properties(world: World) -> tuple[str, ...]:
    contact = world.policy.contact
    return (*contact.do_not_contact, contact.zone_property, "email")


def _address(email: str | None) -> str:
    return (email or "").strip().lower()


def is_set(value: str | None) -> bool:
    """Whether HubSpot says yes with this value of a property."""
    return (value or "").strip().lower() not in NO


def _wrote_last(thread: Thread) -> bool:
    """Whether the last public word is the customer's; a ticket on which nobody has said anything is their word."""
    for words in reversed(thread.words):
        if words.public:
            return words.by_customer
    return thread.reporter_type == "customer"


def _zone(world: World, contact: Record | None, owner: str | None) -> ZoneInfo:
    """The contact's own zone, else the account owner's, else that of whoever writes."""
    told = (contact.properties.get(world.policy.contact.zone_property) if contact else None) or ""
    name = _ZONES.get(told.strip().lower().replace("_slash_", "/"))
    if name:
        return ZoneInfo(name)
    p = tables.people.c
    with world.reading() as connection:
        tz = connection.scalar(select(p.tz).where(p.owner_id == owner, p.owner_id.is_not(None)).order_by(p.slack_id))
    return ZoneInfo(tz) if tz else world.zone


_ZONES = {name.lower(): name for name in available_timezones()}
"""HubSpot writes zones in small letters, and with words for the slash: ``europe_slash_berlin``."""
