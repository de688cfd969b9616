"""The sample company: who works there, and (through ``fill``) what their CRM and their service desk hold.

Everything follows from the seed and the sizes; nothing reads the clock or a random source of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox import world_names as names

if TYPE_CHECKING:
    from sandbox.objects import ObjectStore

START_MS = 1_795_392_000_000
"""Monday 2026-11-23 00:00 UTC."""

REPS_PER_MANAGER = 12
FIRST_OWNER_ID = 71_000_001
FIRST_HUBSPOT_USER_ID = 42_000_001


@dataclass(frozen=True, slots=True)
class Person:
    """A Slack user of the sample company. ``owner_id`` is the HubSpot owner id, None for people unknown there."""

    id: str
    name: str
    """Slack handle, e.g. ``wren``."""
    real_name: str
    email: str
    tz: str
    title: str
    manager_id: str | None = None
    owner_id: str | None = None
    is_admin: bool = False
    deleted: bool = False
    team: str = ""
    role: str = "rep"
    """rep, manager, admin, unmatched (a rep without a HubSpot owner), archived (the HubSpot owner is deactivated),
    leaver (deactivated in Slack)."""
    owner_archived: bool = False


@dataclass(frozen=True)
class World:
    """The company at generation time. ``reps`` counts the working reps; three odd cases are added to them.

    ``start_ms`` is "now" at generation: every date in the data is relative to it.
    """

    seed: int = 1
    reps: int = 12
    accounts_per_rep: int = 40
    start_ms: int = START_MS
    company: str = field(default=names.COMPANY)

    @cached_property
    def people(self) -> list[Person]:
        """Working reps first, then managers, the admin, and the three odd cases."""
        return _people(self.reps)

    @cached_property
    def working_reps(self) -> list[Person]:
        return [p for p in self.people if p.role == "rep"]

    def person(self, user_id: str) -> Person | None:
        """The person with this Slack id, or None."""
        return self._by_id.get(user_id)

    @cached_property
    def _by_id(self) -> dict[str, Person]:
        return {p.id: p for p in self.people}

    def fill(self, store: ObjectStore) -> None:
        """Put the CRM and the service desk of this world into an empty object store."""
        from sandbox.world_crm import fill

        fill(self, store)


def _people(reps: int) -> list[Person]:
    managers = max(2, -(-reps // REPS_PER_MANAGER))
    handles: set[str] = set()
    owner = iter(range(FIRST_OWNER_ID, FIRST_OWNER_ID + reps + managers + 10))

    def make(
        user_id: str, who: tuple[str, str, str], *, owner_id: str | None, team: str, manager: str | None, role: str
    ) -> Person:
        real, tz, title = who
        handle = real.split()[0].lower()
        if handle in handles:
            handle = real.lower().replace(" ", ".")
        handles.add(handle)
        return Person(
            id=user_id, name=handle, real_name=real, email=f"{real.lower().replace(' ', '.')}@{names.MAIL_DOMAIN}",
            tz=tz, title=title, manager_id=manager, owner_id=owner_id, is_admin=role == "admin",
            deleted=role == "leaver", team=team, role=role, owner_archived=role == "archived",
        )  # fmt: skip

    def rep(n: int) -> tuple[str, str, str]:
        if n < len(names.REPS):
            return names.REPS[n]
        return names.person_name(n), names.ZONES[n % len(names.ZONES)], names.REPS[n % 2][2]

    def manager(n: int) -> tuple[str, str, str]:
        if n < len(names.MANAGERS):
            return names.MANAGERS[n]
        return f"{names.FIRST[n % 40]} Overseer {n + 1}", names.ZONES[n % len(names.ZONES)], "Team lead"

    # The default cast is split by continent; bigger companies get teams of twelve.
    def team_of(n: int) -> int:
        if n < len(names.REPS):
            return 0 if names.REPS[n][1].startswith("America/") else 1
        return n // REPS_PER_MANAGER % managers

    team_names = ["Americas", "International"] + [f"Team {n + 1}" for n in range(2, managers)]
    people = [
        make(f"U0REP{n + 1:05d}", rep(n), owner_id=str(next(owner)), team=team_names[team_of(n)],
             manager=f"U0MGR{team_of(n) + 1:05d}", role="rep")
        for n in range(reps)
    ]  # fmt: skip
    people += [
        make(
            f"U0MGR{n + 1:05d}", manager(n), owner_id=str(next(owner)), team=team_names[n], manager=None, role="manager"
        )
        for n in range(managers)
    ]
    people.append(make("U0ADM00001", names.ADMIN, owner_id=None, team="", manager=None, role="admin"))
    first = "U0MGR00001"
    people.append(make("U0NEW00001", names.UNMATCHED, owner_id=None, team="", manager=first, role="unmatched"))
    for user_id, who, role in (
        ("U0ARC00001", names.ARCHIVED_OWNER, "archived"),
        ("U0OUT00001", names.LEAVER, "leaver"),
    ):
        people.append(
            make(user_id, who, owner_id=str(next(owner)), team=team_names[1], manager="U0MGR00002", role=role)
        )
    return people
