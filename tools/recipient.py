"""Whom an answer on a ticket reaches: looked up in Jira and HubSpot now, so that the rules can judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select

from records import tables
from rules.action import Recipient
from systems.ports import Record, Thread
from tools import outreach
from tools.ticket import Ticket
from tools.world import World

NO = ("", "false", "no", "0")
"""What HubSpot shows of a property that is not set, or is switched off."""


def of_thread(world: World, ticket: Ticket, thread: Thread) -> Recipient | None:
    """The reporter of a ticket as somebody to be written to; None when Jira names none."""
    if thread.reporter_id is None:
        return None
    contact = _contact(world, thread.reporter_email)
    zone = _zone(world, contact, ticket.company.owner)
    there = datetime.fromtimestamp(world.now / 1000, UTC).astimezone(zone)
    properties = contact.properties if contact else {}
    ends = (contact.links or {}).get("companies") or () if contact else ()
    return Recipient(
        id=f"contacts:{contact.id}" if contact else f"jira:{thread.reporter_id}",
        known=any(end.id == ticket.company.id for end in ends),
        # Somebody whom HubSpot doesn't know has said nothing there; that they are unknown is judged for itself.
        do_not_contact=any(_set(properties.get(name)) for name in world.policy.contact.do_not_contact),
        wrote_first=_wrote_last(thread),
        minute=there.hour * 60 + there.minute,
        quarter=outreach.quarter(world.now, zone),
    )


def _contact(world: World, email: str | None) -> Record | None:
    if not email:
        return None
    names = (*world.policy.contact.do_not_contact, world.policy.contact.zone_property)
    found = world.crm.find_by("contacts", "email", email.strip().lower(), names)
    return world.crm.read("contacts", found.id, names, ("companies",)) if found else None


def _set(value: str | None) -> bool:
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
