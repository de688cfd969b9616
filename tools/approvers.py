"""Whose yes an action takes: the person's own, that of who leads them, or a second person's."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from records import people, tables
from rules.action import Action, Role
from tools import principal

MOST_LEVELS = 10
Owners = Collection[str | None]
"""Of the records that an action is about: whoever is asked to decide it must be somebody who may see them."""


def owners_of(action: Action) -> Owners:
    """What nobody owns is anybody's to see who is asked about taking it over."""
    return {target.owner for target in action.targets if not (action.claims and target.unowned)}


def manager_of(connection: Connection, person: people.Person | None, owners: Owners = ()) -> str | None:
    """The nearest active leader who may see it all: one who has left, or never was in Slack, can't be asked, so theirs
    is."""
    seen: set[str] = set()
    at = person
    while at is not None and at.manager_id and at.manager_id not in seen and len(seen) < MOST_LEVELS:
        seen.add(at.manager_id)
        other = person is None or at.manager_id != person.id
        if other and _may_decide(connection, at.manager_id, owners):
            return at.manager_id
        at = people.by_slack_id(connection, at.manager_id)
    return None


def _may_decide(connection: Connection, one: str, owners: Owners) -> bool:
    leader = principal.of(connection, one)
    return leader.role is not Role.NOBODY and all(leader.may_see(owner) for owner in owners)


def second_of(connection: Connection, person: people.Person | None, owners: Owners = ()) -> str | None:
    """Somebody else who may decide: the manager, else the first administrator who isn't the person."""
    leader = manager_of(connection, person, owners)
    if leader is not None:
        return leader
    p = tables.people.c
    admins = connection.scalars(select(p.slack_id).where(p.is_admin, p.deleted.is_(False)).order_by(p.slack_id))
    return next((one for one in admins if person is None or one != person.id), None)


def of(connection: Connection, person: people.Person | None, needs: str, owners: Owners) -> str | None:
    """The Slack id of whoever is asked; None when there is nobody."""
    match needs:
        case "manager":
            return manager_of(connection, person, owners)
        case "second":
            return second_of(connection, person, owners)
    return person.id if person else None
