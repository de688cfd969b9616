"""Whom Daybook talks to: the team's own people. Guests and people of other workspaces get one polite sentence."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from records import people, tables

STRANGER = (
    "I work for the team's own members who are active in HubSpot, and I don't know you as one of them. "
    "Whoever runs Daybook can add you; nothing you wrote was kept."
)

# Built once: building a statement costs several times what running it does.
_P = tables.people.c
_LEADS = select(_P.slack_id).where(_P.manager_id == bindparam("id")).limit(1)


def is_member(connection: Connection, workspace: str, person: str, team: str | None = None) -> bool:
    """Somebody of this workspace who owns records in HubSpot, leads somebody who may, or runs Daybook."""
    if team is not None and team != workspace:
        return False
    known = people.by_slack_id(connection, person)
    if known is None or known.deleted or known.workspace != workspace:
        return False
    if known.is_admin or (known.owner_id is not None and known.problem is None):
        return True
    return connection.execute(_LEADS, {"id": person}).first() is not None
