"""What ``daybook doctor`` asks about writing: the key's property, HubSpot's scopes, Jira's permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from systems.faults import NotAllowed, SystemFault
from systems.hubspot_writing import HOW_TO_MAKE_KEY
from systems.ports import CRM, KEY_PROPERTY, KEYED, Tickets

SCOPES = {
    "crm.objects.contacts.write": "log calls, notes and tasks, and change contacts",
    "crm.objects.deals.write": "change deals",
}
"""HubSpot scope: what Daybook writes with it. Calls, notes and tasks have none of their own: they go with contacts."""
PERMISSIONS = {
    "ADD_COMMENTS": ("Add Comments", "write notes and replies"),
    "DELETE_OWN_COMMENTS": ("Delete Own Comments", "take a comment back"),
}


class Answer(NamedTuple):
    """One thing looked at, as ``doctor`` shows it."""

    state: Literal["good", "odd", "bad"]
    words: str


def hubspot(crm: CRM) -> Iterator[Answer]:
    """The scopes that writing needs, then the property that keeps a write from happening twice (made when it may)."""
    try:
        granted = crm.scopes()
    except SystemFault as fault:
        yield Answer("bad", f"scopes: {fault}")
        return
    if granted is None:
        needed = " and ".join(SCOPES)
        yield Answer("odd", f"HubSpot doesn't say which scopes this token has; to write, Daybook needs {needed}")
    else:
        absent = [scope for scope in SCOPES if scope not in granted]
        for scope in absent:
            yield Answer("bad", f"the token lacks the scope {scope}, needed to {SCOPES[scope]}: add it to the token")
        if not absent:
            yield Answer("good", "may log calls, notes and tasks, and change contacts and deals")
    made = []
    for kind in KEYED:
        try:
            if crm.ensure_key(kind):
                made.append(kind)
        except NotAllowed as refused:
            yield Answer("bad", f"{kind} have no property {KEY_PROPERTY}, and {refused.what} {HOW_TO_MAKE_KEY}")
            return
        except SystemFault as fault:
            yield Answer("bad", f"{kind}: {fault}")
            return
    what = f"made the property {KEY_PROPERTY} on {', '.join(made)}" if made else f"has the property {KEY_PROPERTY}"
    yield Answer("good", f"{what}: nothing is logged twice")


def jira(tickets: Tickets) -> Iterator[Answer]:
    """The permissions that commenting needs, in at least one project."""
    try:
        held = tickets.permissions()
    except SystemFault as fault:
        yield Answer("bad", f"permissions: {fault}")
        return
    absent = [PERMISSIONS[name] for name in PERMISSIONS if name not in held]
    for label, purpose in absent:
        yield Answer("bad", f"the API user lacks the permission {label}, needed to {purpose}: Project settings, Access")
    if not absent:
        yield Answer("good", "may comment, and take its own comments back")
