"""Whom an account's trouble is told: its owner's managers upwards, then the persons named in the settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from records import people, tables
from records.people import Person
from rules.action import Principal
from rules.escalating import ladder
from systems.settings import Settings
from tools import absences, principal

_P, _O = tables.people.c, tables.owners.c


class Named(NamedTuple):
    """Who is named in the settings: those Slack knows and who are active, and the texts that name nobody."""

    people: tuple[str, ...]
    unknown: tuple[str, ...]


class Superiors:
    """As the people are known in this transaction, at ``now`` (ms); each owner is looked up once."""

    def __init__(self, connection: Connection, settings: Settings, now: int) -> None:
        self._connection, self._now = connection, now
        self._known: dict[str, Person | None] = {}
        self._owners: dict[str, Person | None] = {}
        self._rights: dict[str, Principal] = {}
        self.fallback = named(connection, settings)
        self.admins = tuple(
            connection.scalars(select(_P.slack_id).where(_P.is_admin, _P.deleted.is_(False)).order_by(_P.slack_id))
        )

    def person(self, slack_id: str) -> Person | None:
        if slack_id not in self._known:
            self._known[slack_id] = people.by_slack_id(self._connection, slack_id)
        return self._known[slack_id]

    def owner(self, owner_id: str) -> Person | None:
        """Who owns the account: also somebody who gets no list (a deactivated HubSpot user, say), by their e-mail."""
        if not owner_id:
            return None
        if owner_id not in self._owners:
            found = self._connection.scalar(select(_P.slack_id).where(_P.owner_id == owner_id))
            if found is None:
                mail = select(_O.email).where(_O.id == owner_id).scalar_subquery()
                found = self._connection.scalar(select(_P.slack_id).where(_P.email == mail).order_by(_P.slack_id))
            self._owners[owner_id] = self.person(found) if found else None
        return self._owners[owner_id]

    def above(self, slack_id: str) -> list[tuple[str, bool]]:
        """(manager, active) of a person, upwards; a circle ends. For one who is away, who decides for them hears."""
        found: dict[str, bool] = {}
        seen = {slack_id}
        person = self.person(slack_id)
        while person and person.manager_id and person.manager_id not in seen:
            seen.add(person.manager_id)
            manager = self.person(person.manager_id)
            away = absences.of(self._connection, person.workspace, person.manager_id, self._now)
            found.setdefault(away.deputy if away else person.manager_id, manager is not None and not manager.deleted)
            person = manager
        return list(found.items())

    def of(self, owner_id: str, gone: Collection[str] = ()) -> tuple[str, ...]:
        """Who is told at level 1, 2, …; empty when there is nobody but the owner."""
        owner = self.owner(owner_id)
        above = self.above(owner.id) if owner else []
        return ladder(owner.id if owner else None, above, self.fallback.people, self.admins, gone)

    def may_know(self, slack_id: str, owner_id: str) -> bool:
        """Whether somebody may be told of an account of that owner (any more): it is theirs or their team's to see, or
        they are who is told of it.
        """
        if slack_id not in self._rights:
            self._rights[slack_id] = principal.of(self._connection, slack_id)
        return self._rights[slack_id].may_see(owner_id or None) or slack_id in self.of(owner_id)


def named(connection: Connection, settings: Settings) -> Named:
    """Who ``DAYBOOK_ESCALATE_TO`` names."""
    wanted = [text.strip() for text in settings.daybook_escalate_to.split(",") if text.strip()]
    active: list[str] = []
    unknown: list[str] = []
    for text in wanted:
        found = list(
            connection.scalars(
                select(_P.slack_id).where((_P.slack_id == text) | (_P.email == text.lower()), _P.deleted.is_(False))
            )
        )
        (active if len(found) == 1 else unknown).append(found[0] if len(found) == 1 else text)
    return Named(tuple(active), tuple(unknown))


def leads(connection: Connection, presser: str, told: Iterable[str]) -> bool:
    """Whether the person leads one of those, directly or through others."""
    return any(presser in people.managers_of(connection, one) for one in told)
