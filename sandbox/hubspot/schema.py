"""Which properties each kind of CRM record has, and the stages its pipelines have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.kinds import ENGAGEMENTS, KINDS

# Default call dispositions: GUIDs that HubSpot gives every account.
DISPOSITIONS = {
    "Busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "Connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "Left live message": "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",
    "Left voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "No answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "Wrong number": "17b47fee-58de-441e-a44c-c6300d46f273",
    # Accounts add their own: this one belongs to the sample company.
    "Gatekeeper": "5c0ffee5-0000-4000-8000-00000000face",
}


@dataclass(frozen=True, slots=True)
class Property:
    """The definition of one property. ``type`` is string, number, date, datetime, enumeration or bool."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    """(label, value) pairs of an enumeration."""
    read_only: bool = False
    calculated: bool = False
    unique: bool = False
    custom: bool = False
    external_options: bool = False
    group: str = ""
    description: str = ""


_FIELD = {
    "string": "text", "number": "number", "date": "date", "datetime": "date", "enumeration": "select",
    "bool": "booleancheckbox",
}  # fmt: skip


def _p(name: str, type_: str = "string", label: str = "", **more: Any) -> Property:
    label = label or name.removeprefix("hs_").replace("_", " ").capitalize()
    return Property(name, label, type_, more.pop("field_type", _FIELD[type_]), **more)


def _choice(name: str, *values: str, **more: Any) -> Property:
    return _p(name, "enumeration", options=tuple((v.replace("_", " ").capitalize(), v) for v in values), **more)


_OWNER = _p("hubspot_owner_id", "enumeration", "Owner", external_options=True)
_SHARED = (
    _p("hs_object_id", "number", "Record ID", read_only=True),
    _OWNER,
    _p("hs_merged_object_ids", "enumeration", "Merged record IDs", read_only=True, external_options=True),
    _p("hs_created_by_user_id", "number", read_only=True),
    _p("hubspot_team_id", "enumeration", "Team", read_only=True, external_options=True),
)
_ACTIVITY = (
    _p("notes_last_contacted", "datetime", "Last contacted", read_only=True),
    _p("notes_last_updated", "datetime", "Last activity date", read_only=True),
)
_TASK_STATUS = ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED")
_OUTCOMES = ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")

_OWN: dict[str, tuple[Property, ...]] = {
    "companies": (
        _p("name"), _p("domain", label="Company domain name"), _p("phone"), _p("city"), _p("country"), _p("industry"),
        _p("website"), _p("description"), *_ACTIVITY,
        _choice("lifecyclestage", "lead", "opportunity", "customer", "evangelist", "other"),
        _p("annual_contract_value", "number", "Annual contract value", custom=True),
        _p("renewal_date", "date", "Renewal date", custom=True),
        _choice("onboarding_status", "none", "in_progress", "done", custom=True),
        _p("numberofemployees", "number"),
    ),
    "contacts": (
        _p("firstname"), _p("lastname"), _p("email", unique=True), _p("phone"), _p("jobtitle"), *_ACTIVITY,
        _p("associatedcompanyid", "number", "Primary associated company ID", read_only=True),
        _choice("lifecyclestage", "lead", "opportunity", "customer", "evangelist", "other"),
        _p("hs_email_optout", "bool", "Unsubscribed from all email", read_only=True),
        _p("hs_timezone", label="Time zone"),
        _p("do_not_contact", "bool", "Do not contact", custom=True),
    ),
    "deals": (
        _p("dealname"), _p("amount", "number"), _p("closedate", "datetime", "Close date"), *_ACTIVITY,
        _p("dealstage", "enumeration", field_type="radio", external_options=True),
        _p("pipeline", "enumeration", external_options=True),
        _p("hs_next_step", label="Next step"), _p("description"),
        _choice("dealtype", "newbusiness", "existingbusiness"),
        _p("hs_is_closed", "bool", read_only=True, calculated=True),
        _p("hs_is_closed_won", "bool", read_only=True, calculated=True),
        _p("hs_v2_date_entered_current_stage", "datetime", read_only=True, calculated=True),
        _p("hs_deal_stage_probability", "number", read_only=True),
        _p("deal_currency_code", "enumeration", options=(("USD", "USD"),)),
    ),
    "tickets": (
        _p("subject"), _p("content"), _choice("hs_ticket_priority", "LOW", "MEDIUM", "HIGH", "URGENT"),
        _p("hs_pipeline", "enumeration", external_options=True),
        _p("hs_pipeline_stage", "enumeration", external_options=True),
        _choice("hs_ticket_category", "PRODUCT_ISSUE", "BILLING_ISSUE", "FEATURE_REQUEST", "GENERAL_INQUIRY"),
        _choice("source_type", "EMAIL", "CHAT", "FORM", "PHONE"),
        _p("closed_date", "datetime", "Close date"),
        _p("hs_is_closed", "bool", read_only=True, calculated=True),
        _p("hs_lastcontacted", "datetime", "Last contacted date", read_only=True),
        _p("hs_last_message_received_at", "datetime", "Last message received date", read_only=True),
        _p("hs_last_message_sent_at", "datetime", "Last response date", read_only=True),
    ),
    "calls": (
        _p("hs_timestamp", "datetime", "Activity date"), _p("hs_call_title"), _p("hs_call_body"),
        _p("hs_call_duration", "number", "Call duration (ms)"), _choice("hs_call_direction", "INBOUND", "OUTBOUND"),
        _choice("hs_call_status", "BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED",
                "IN_PROGRESS", "MISSED", "NO_ANSWER", "QUEUED", "RINGING"),
        _p("hs_call_disposition", "enumeration", "Call outcome", options=tuple(DISPOSITIONS.items())),
        _p("hs_call_from_number"), _p("hs_call_to_number"), _p("hs_call_recording_url"),
    ),
    "notes": (_p("hs_timestamp", "datetime", "Activity date"), _p("hs_note_body")),
    "tasks": (
        _p("hs_timestamp", "datetime", "Due date"), _p("hs_task_subject"), _p("hs_task_body"),
        _choice("hs_task_status", *_TASK_STATUS), _choice("hs_task_priority", "NONE", "LOW", "MEDIUM", "HIGH"),
        _choice("hs_task_type", "CALL", "EMAIL", "TODO", "LINKED_IN", "MEETING"),
        _p("hs_task_completion_date", "datetime", read_only=True),
    ),
    "meetings": (
        _p("hs_timestamp", "datetime", "Activity date"), _p("hs_meeting_title"), _p("hs_meeting_body"),
        _p("hs_meeting_start_time", "datetime"), _p("hs_meeting_end_time", "datetime"), _p("hs_meeting_location"),
        _choice("hs_meeting_outcome", *_OUTCOMES),
    ),
    "emails": (
        _p("hs_timestamp", "datetime", "Activity date"), _p("hs_email_subject"), _p("hs_email_text"),
        _choice("hs_email_direction", "EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
        _choice("hs_email_status", "BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
    ),
}  # fmt: skip


def seed_properties() -> dict[str, dict[str, Property]]:
    """Every kind's properties by name, as a new account of the sample company has them."""
    found: dict[str, dict[str, Property]] = {}
    for plural, kind in KINDS.items():
        automatic = (
            _p(kind.created, "datetime", "Create date", read_only=plural in ENGAGEMENTS),
            _p(kind.modified, "datetime", "Last modified date", read_only=True),
        )
        found[plural] = {p.name: p for p in (*_OWN[plural], *_SHARED, *automatic)}
    return found


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. A deal stage is closed or has a chance; a ticket stage is open or closed."""

    id: str
    label: str
    closed: bool = False
    probability: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A named order of stages."""

    id: str
    label: str
    stages: tuple[Stage, ...] = field(default=())


# Two pipelines share labels ("Proposal sent", "Closed won"): only ids tell stages apart.
DEAL_PIPELINES = (
    Pipeline("default", "New business", (
        Stage("990100101", "Qualified", probability="0.1"), Stage("990100102", "Discovery", probability="0.25"),
        Stage("990100103", "Proposal sent", probability="0.5"), Stage("990100104", "Negotiation", probability="0.75"),
        Stage("990100105", "Closed won", True, "1.0"), Stage("990100106", "Closed lost", True, "0.0"),
    )),
    Pipeline("880200", "Renewals and growth", (
        Stage("990200201", "Upcoming", probability="0.6"), Stage("990200202", "Proposal sent", probability="0.8"),
        Stage("990200203", "Verbal yes", probability="0.9"),
        Stage("990200204", "Closed won", True, "1.0"), Stage("990200205", "Churned", True, "0.0"),
    )),
)  # fmt: skip
TICKET_PIPELINES = (
    Pipeline("0", "Support", (
        Stage("1", "New"), Stage("2", "Waiting on contact"), Stage("3", "Waiting on us"), Stage("4", "Closed", True),
    )),
)  # fmt: skip
PIPELINES = {"deals": DEAL_PIPELINES, "tickets": TICKET_PIPELINES}
STAGES = {kind: {s.id: s for p in lines for s in p.stages} for kind, lines in PIPELINES.items()}
