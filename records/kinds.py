"""The kinds of HubSpot record we keep: which properties are asked for, and what a row is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from records import tables
from records.parsing import Texts, cents, flag, instant, needed_instant, word
from systems.ports import AccountFields

Row = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What is needed to read a record besides the record."""

    fields: AccountFields = field(default_factory=AccountFields)
    closed: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)
    """Whether a stage is a closed one, by (kind, stage id)."""

    def is_open(self, kind: str, stage: str | None, said_closed: bool | None) -> bool:
        """By the pipeline; where that is silent, by the record; where both are, open, so that nothing is hidden."""
        known = self.closed.get((kind, stage or ""))
        closed = known if known is not None else said_closed
        return not closed


@dataclass(frozen=True)
class Kind:
    """One kind of record. ``name`` is HubSpot's plural; ``by`` the property that moves with each change."""

    name: str
    table: Table
    properties: tuple[str, ...]
    read: Callable[[Texts, Reading], Row]
    by: str = "hs_lastmodifieddate"
    belongs: str = "none"
    """To how many accounts a record belongs: none (it is one), one (the primary company), many."""
    links: tuple[str, ...] = ()
    """Associations that say to which account: its companies; failing that its deals, then its contacts."""
    about_deals: bool = False
    """Whether we keep which deals it is about."""
    touch: str | None = None
    """The kind of touch its rows are, for kinds that share the table ``touches``."""

    def asked(self, fields: AccountFields) -> tuple[str, ...]:
        """The properties to ask for."""
        if self.name != "companies":
            return (*self.properties, self.by)
        return (*self.properties, fields.revenue, fields.renewal, fields.onboarding, self.by)


def _company(texts: Texts, reading: Reading) -> Row:
    onboarding = word(texts, reading.fields.onboarding)
    domain = word(texts, "domain")
    return {
        "name": word(texts, "name") or domain or "(company without a name)",
        "domain": domain.lower() if domain else None,
        "owner_id": word(texts, "hubspot_owner_id"),
        "revenue_cents": cents(texts, reading.fields.revenue),
        "renewal_at": instant(texts, reading.fields.renewal),
        "onboarding": None if onboarding is None else int(onboarding in reading.fields.onboarding_values),
    }


def _contact(texts: Texts, reading: Reading) -> Row:
    email = word(texts, "email")
    return {
        "name": " ".join(p for p in (word(texts, "firstname"), word(texts, "lastname")) if p) or None,
        "email": email.lower() if email else None,
        "owner_id": word(texts, "hubspot_owner_id"),
    }


def _deal(texts: Texts, reading: Reading) -> Row:
    stage = word(texts, "dealstage")
    return {
        "untrusted_name": word(texts, "dealname"),
        "owner_id": word(texts, "hubspot_owner_id"),
        "stage_id": stage,
        "is_open": reading.is_open("deals", stage, flag(texts, "hs_is_closed")),
        "amount_cents": cents(texts, "amount"),
        "created_at": instant(texts, "createdate"),
        "close_at": instant(texts, "closedate"),
        "entered_stage_at": instant(texts, "hs_v2_date_entered_current_stage"),
        "has_next_step": word(texts, "hs_next_step") is not None,
    }


PRIORITIES = {"URGENT": "urgent", "HIGH": "high", "MEDIUM": "medium", "LOW": "low"}


def _ticket(texts: Texts, reading: Reading) -> Row:
    stage = word(texts, "hs_pipeline_stage")
    closed_at = instant(texts, "closed_date")
    return {
        "key": "",
        "account_ref": None,
        "stage_id": stage,
        "is_open": reading.is_open("tickets", stage, flag(texts, "hs_is_closed") or closed_at is not None),
        "priority": PRIORITIES.get((word(texts, "hs_ticket_priority") or "").upper()),
        "opened_at": instant(texts, "createdate"),
        "closed_at": closed_at,
        "customer_at": instant(texts, "hs_last_message_received_at"),
        "answered_at": instant(texts, "hs_last_message_sent_at"),
    }


def _call(texts: Texts, reading: Reading) -> Row:
    return {"at": needed_instant(texts, "hs_timestamp"), "outcome": word(texts, "hs_call_disposition"), "counts": True}


def _email(texts: Texts, reading: Reading) -> Row:
    sent = word(texts, "hs_email_status") not in ("BOUNCED", "FAILED")
    return {"at": needed_instant(texts, "hs_timestamp"), "outcome": None, "counts": sent}


def _meeting(texts: Texts, reading: Reading) -> Row:
    outcome = word(texts, "hs_meeting_outcome")
    start = instant(texts, "hs_meeting_start_time")
    return {
        "at": start if start is not None else needed_instant(texts, "hs_timestamp"),
        "outcome": outcome,
        "counts": outcome not in ("CANCELED", "RESCHEDULED", "NO_SHOW"),
    }


def _note(texts: Texts, reading: Reading) -> Row:
    return {"at": needed_instant(texts, "hs_timestamp")}


def _task(texts: Texts, reading: Reading) -> Row:
    return {
        "owner_id": word(texts, "hubspot_owner_id"),
        "due_at": instant(texts, "hs_timestamp"),
        "is_open": word(texts, "hs_task_status") != "COMPLETED",
    }


ALL = ("companies", "deals", "contacts")
COMPANIES = Kind("companies", tables.accounts, ("name", "domain", "hubspot_owner_id", "hs_merged_object_ids"), _company)
# Contacts before what may belong to an account only through a contact; deals likewise.
KINDS: tuple[Kind, ...] = (
    COMPANIES,
    Kind(
        "contacts",
        tables.contacts,
        ("email", "firstname", "lastname", "hubspot_owner_id", "hs_merged_object_ids"),
        _contact,
        by="lastmodifieddate",
        belongs="one",
        links=("companies",),
    ),
    Kind(
        "deals",
        tables.deals,
        (
            "dealname",
            "hubspot_owner_id",
            "dealstage",
            "hs_is_closed",
            "amount",
            "createdate",
            "closedate",
            "hs_v2_date_entered_current_stage",
            "hs_next_step",
            "hs_merged_object_ids",
        ),
        _deal,
        belongs="one",
        links=("companies", "contacts"),
    ),
    Kind(
        "tickets",
        tables.tickets,
        (
            "hs_pipeline_stage",
            "hs_is_closed",
            "closed_date",
            "hs_ticket_priority",
            "createdate",
            "hs_last_message_received_at",
            "hs_last_message_sent_at",
            "hs_merged_object_ids",
        ),
        _ticket,
        belongs="one",
        links=("companies", "contacts"),
    ),
    Kind(
        "calls",
        tables.touches,
        ("hs_timestamp", "hs_call_disposition"),
        _call,
        belongs="many",
        links=ALL,
        touch="call",
    ),
    Kind(
        "emails",
        tables.touches,
        ("hs_timestamp", "hs_email_status"),
        _email,
        belongs="many",
        links=ALL,
        touch="email",
    ),
    Kind(
        "meetings",
        tables.touches,
        ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_outcome"),
        _meeting,
        belongs="many",
        links=ALL,
        about_deals=True,
        touch="meeting",
    ),
    Kind("notes", tables.notes, ("hs_timestamp",), _note, belongs="many", links=ALL),
    Kind(
        "tasks",
        tables.tasks,
        ("hs_timestamp", "hs_task_status", "hubspot_owner_id"),
        _task,
        belongs="many",
        links=ALL,
        about_deals=True,
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
