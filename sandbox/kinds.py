"""The kinds of CRM record the sandbox keeps, their ids, their default columns and how they may be associated."""

from __future__ import annotations

from dataclasses import dataclass

ID_SPACE = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. Ids are ``rank × 10^10 + n``, so an id tells its kind."""

    plural: str
    singular: str
    rank: int
    type_id: str
    """HubSpot's object type id, e.g. ``0-2``."""
    created: str
    """Name of the property that holds the creation time."""
    modified: str
    """Name of the property that moves with each change; contacts have their own."""
    defaults: tuple[str, ...] = ()
    """What a read returns beside the three automatic properties when none are asked for."""

    @property
    def first_id(self) -> int:
        return self.rank * ID_SPACE + 1


_KINDS = (
    Kind("companies", "company", 1, "0-2", "createdate", "hs_lastmodifieddate", ("name", "domain")),
    Kind("contacts", "contact", 2, "0-1", "createdate", "lastmodifieddate", ("firstname", "lastname", "email")),
    Kind("deals", "deal", 3, "0-3", "createdate", "hs_lastmodifieddate",
         ("dealname", "amount", "closedate", "pipeline", "dealstage")),
    Kind("tickets", "ticket", 4, "0-5", "createdate", "hs_lastmodifieddate",
         ("subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority")),
    Kind("calls", "call", 5, "0-48", "hs_createdate", "hs_lastmodifieddate"),
    Kind("notes", "note", 6, "0-46", "hs_createdate", "hs_lastmodifieddate"),
    Kind("tasks", "task", 7, "0-27", "hs_createdate", "hs_lastmodifieddate"),
    Kind("meetings", "meeting", 8, "0-47", "hs_createdate", "hs_lastmodifieddate"),
    Kind("emails", "email", 9, "0-49", "hs_createdate", "hs_lastmodifieddate"),
)  # fmt: skip

KINDS = {kind.plural: kind for kind in _KINDS}
BY_RANK = {kind.rank: kind for kind in _KINDS}
ENGAGEMENTS = ("calls", "notes", "tasks", "meetings", "emails")
_NAMES = {name: kind for kind in _KINDS for name in (kind.plural, kind.singular, kind.type_id)}

# HUBSPOT_DEFINED association type ids (hubspot/crm/association_type.py): the plain type of each direction.
_PLAIN = {
    ("contact", "company"): 279, ("company", "contact"): 280, ("deal", "company"): 341, ("company", "deal"): 342,
    ("ticket", "company"): 339, ("company", "ticket"): 340, ("deal", "contact"): 3, ("contact", "deal"): 4,
    ("contact", "ticket"): 15, ("ticket", "contact"): 16, ("deal", "ticket"): 27, ("ticket", "deal"): 28,
    ("company", "call"): 181, ("company", "email"): 185, ("company", "meeting"): 187, ("company", "note"): 189,
    ("company", "task"): 191, ("contact", "call"): 193, ("contact", "email"): 197, ("contact", "meeting"): 199,
    ("contact", "note"): 201, ("contact", "task"): 203, ("deal", "call"): 205, ("deal", "email"): 209,
    ("deal", "meeting"): 211, ("deal", "note"): 213, ("deal", "task"): 215, ("ticket", "call"): 219,
    ("ticket", "email"): 223, ("ticket", "meeting"): 225, ("ticket", "note"): 227, ("ticket", "task"): 229,
}  # fmt: skip
_PRIMARY = {
    ("contact", "company"): 1, ("company", "contact"): 2, ("deal", "company"): 5, ("company", "deal"): 6,
    ("company", "ticket"): 25, ("ticket", "company"): 26,
}  # fmt: skip
_ENGAGEMENT_NAMES = tuple(KINDS[name].singular for name in ENGAGEMENTS)


def kind_named(name: str) -> Kind | None:
    """``companies``, ``company`` or ``0-2``: the kind, or None when the sandbox keeps no such records."""
    return _NAMES.get(name.lower())


def plain_type(source: Kind, target: Kind) -> int | None:
    """The default association type id from one kind to another; None when HubSpot has none."""
    pair = (source.singular, target.singular)
    if pair in _PLAIN:
        return _PLAIN[pair]
    reverse = _PLAIN.get((target.singular, source.singular))
    # An engagement's own direction is numbered one above: company to call 181, call to company 182.
    return reverse + 1 if reverse is not None and source.singular in _ENGAGEMENT_NAMES else None


def primary_type(source: Kind, target: Kind) -> int | None:
    """The association type id of "the" company (or its reverse); None where there is no primary."""
    return _PRIMARY.get((source.singular, target.singular))
