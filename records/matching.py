"""Matches Slack users with HubSpot owners by e-mail, finds their team and manager, and says who does not match and why.

Never guessed: two owners with one e-mail, a deactivated owner, a guest, a bot are problems to be shown, and a person
with a problem gets no list. Hand-written overrides (``records.people_file``) come first.

Managers: the people file; else, in a HubSpot team whose other members own accounts, its only member who owns none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, select

from records import tables
from records.people_file import Override, Overrides, PeopleFileError
from records.rows import upsert
from systems.chat import ChatUser


@dataclass
class PeopleReport:
    """How many people get lists, and (who, why not) for those who do not."""

    reps: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


class _Owner(NamedTuple):
    id: str
    email: str | None
    name: str
    archived: bool


def refresh(
    engine: Engine, users: Iterable[ChatUser], overrides: Overrides | None = None, admins: Collection[str] = ()
) -> PeopleReport:
    """Match the chat's users with the CRM's owners and keep the result; ``admins`` are Slack ids.

    Raises ``PeopleFileError`` when an override names somebody who does not exist.
    """
    overrides = overrides or Overrides()
    known = [user for user in users if not user.is_bot]
    with engine.begin() as conn:
        crm = _Crm(conn)
        matching = _Matching(known, overrides, crm)
        rows = [matching.row(user, user.id in admins) for user in known]
        matching.check_used()
        _appoint(rows, overrides, crm, matching)
        conn.execute(delete(tables.people))
        upsert(conn, tables.people, rows)
        strangers = _owners_without_chat(crm, rows)
        conn.execute(delete(tables.unmatched_owners))
        upsert(conn, tables.unmatched_owners, strangers)
    problems = [(row["real_name"], row["problem"]) for row in rows if row["problem"]]
    problems += [(one["name"], one["problem"]) for one in strangers]
    return PeopleReport(sum(row["is_rep"] for row in rows), problems)


class _Crm:
    """What the records say of owners."""

    def __init__(self, conn: Connection) -> None:
        t = tables.owners.c
        self.owners = [_Owner(*row) for row in conn.execute(select(t.id, t.email, t.name, t.archived).order_by(t.id))]
        self.by_id = {owner.id: owner for owner in self.owners}
        self.by_email: dict[str, list[_Owner]] = {}
        for owner in self.owners:
            if owner.email:
                self.by_email.setdefault(owner.email, []).append(owner)
        self.with_accounts = set(conn.scalars(select(tables.accounts.c.owner_id).distinct())) - {None}
        m, n = tables.owner_teams.c, tables.teams.c
        self.team_of: dict[str, str] = {}
        self.members: dict[str, set[str]] = {}
        query = select(m.owner_id, n.name, m.is_main).join(tables.teams, n.id == m.team_id)
        for owner_id, name, is_main in conn.execute(query.order_by(m.owner_id, m.is_main.desc(), n.name)):
            self.team_of.setdefault(owner_id, name)
            if is_main:
                self.members.setdefault(name, set()).add(owner_id)

    def named(self, text: str) -> list[_Owner]:
        """Owners by id or e-mail; of one e-mail's, the active ones when there are any."""
        if text in self.by_id:
            return [self.by_id[text]]
        found = self.by_email.get(text.strip().lower(), [])
        return [owner for owner in found if not owner.archived] or found


class _Matching:
    def __init__(self, users: Sequence[ChatUser], overrides: Overrides, crm: _Crm) -> None:
        self.overrides, self.crm = overrides, crm
        self.by_id = {user.id: user for user in users}
        self.by_email: dict[str, list[ChatUser]] = {}
        for user in users:
            if user.email:
                self.by_email.setdefault(user.email.strip().lower(), []).append(user)
        self.used: set[str] = set()
        taken: dict[str, list[str]] = {}
        for user in users:
            owner, problem = self._owner(user, self.override(user))
            if owner and not problem and not user.deleted and not user.is_guest:
                taken.setdefault(owner.id, []).append(user.id)
        self.shared = {owner_id for owner_id, ids in taken.items() if len(ids) > 1}

    def override(self, user: ChatUser) -> Override:
        for key in (user.id, (user.email or "").strip().lower()):
            if key and key in self.overrides.people:
                self.used.add(key)
                return self.overrides.people[key]
        return Override()

    def check_used(self) -> None:
        unused = sorted(set(self.overrides.people) - self.used)
        if unused:
            raise PeopleFileError(
                f'{self.overrides.path}: [people."{unused[0]}"]: nobody in Slack has this e-mail or id.'
            )

    def chat_user(self, text: str, where: str) -> str | None:
        """The Slack id of somebody the file names; None for the empty text."""
        if not text.strip():
            return None
        if text in self.by_id:
            return text
        found = self.by_email.get(text.strip().lower(), [])
        if len(found) != 1:
            raise PeopleFileError(
                f"{self.overrides.path}: {where}: {len(found) or 'no'} Slack users go by {text!r};"
                " write a Slack user id."
            )
        return found[0].id

    def _owner(self, user: ChatUser, said: Override) -> tuple[_Owner | None, str | None]:
        wanted = said.owner or user.email
        if not wanted:
            return None, "their e-mail is not visible in Slack (the scope users:read.email gives it)"
        found = self.crm.named(wanted)
        if not found:
            return None, f"no HubSpot owner goes by {wanted}"
        if len(found) > 1:
            return None, f"{len(found)} HubSpot owners go by {wanted}"
        if found[0].archived:
            return found[0], f"their HubSpot user ({wanted}) is deactivated"
        return found[0], None

    def row(self, user: ChatUser, is_admin: bool) -> dict[str, Any]:
        said = self.override(user)
        owner, problem = self._owner(user, said)
        if owner and not problem and owner.id in self.shared:
            problem = f"several Slack users match the HubSpot owner {owner.name or owner.id}"
        has_accounts = owner is not None and owner.id in self.crm.with_accounts
        if user.deleted:
            problem = "deactivated in Slack, but owns accounts in HubSpot" if has_accounts and not problem else None
        elif user.is_guest:
            problem = "a guest in Slack, but owns accounts in HubSpot" if has_accounts else None
        if said.exclude:
            problem = None
        tz = said.tz or user.tz or "UTC"
        if not _is_zone(tz):
            # Never guessed: at the wrong hour a list is noise.
            unknown = f"their Slack time zone {tz!r} is unknown; set tz in the people file"
            problem, tz = problem or (unknown if owner else None), "UTC"
        well = owner is not None and not problem and not user.deleted and not user.is_guest
        return {
            "slack_id": user.id,
            "workspace": user.workspace,
            "email": user.email.strip().lower() if user.email else None,
            "real_name": user.real_name,
            "tz": tz,
            "deleted": user.deleted,
            "is_admin": (is_admin or user.is_admin) and not user.deleted and not user.is_guest,
            "owner_id": owner.id if owner and well else None,
            "manager_id": None,
            "team": said.team or (self.crm.team_of.get(owner.id) if owner else None),
            "list_at": said.list_at,
            "is_rep": well and has_accounts and not said.exclude,
            "problem": problem,
        }


def _appoint(rows: Sequence[dict[str, Any]], overrides: Overrides, crm: _Crm, matching: _Matching) -> None:
    """Fill in managers: of the person in the file, of the team in the file, of the HubSpot team."""
    of_team: dict[str, str] = {}
    slack_of = {row["owner_id"]: row["slack_id"] for row in rows if row["owner_id"]}
    for team, members in crm.members.items():
        active = {m for m in members if not crm.by_id[m].archived} if members <= set(crm.by_id) else set()
        idle = [m for m in active if m not in crm.with_accounts]
        if len(idle) == 1 and len(active) > 1 and idle[0] in slack_of:
            of_team[team] = slack_of[idle[0]]
    for team, text in overrides.managers.items():
        manager = matching.chat_user(text, f'[teams."{team}"] manager')
        of_team.pop(team, None)
        if manager:
            of_team[team] = manager
    for row in rows:
        said = matching.override(matching.by_id[row["slack_id"]])
        if said.manager is not None:
            manager = matching.chat_user(said.manager, f'[people."{row["email"] or row["slack_id"]}"] manager')
        else:
            manager = of_team.get(row["team"] or "")
        row["manager_id"] = manager if manager != row["slack_id"] else None
    managers = {row["manager_id"] for row in rows}
    for row in rows:
        # Not every colleague sells: somebody whom HubSpot does not know is worth a word unless they lead or administer.
        quiet = row["slack_id"] in managers or row["is_admin"]
        if quiet and row["problem"] and row["problem"].startswith("no HubSpot owner"):
            row["problem"] = None


def _owners_without_chat(crm: _Crm, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Owners of accounts whom nobody in Slack matches: their accounts are on nobody's list."""
    emails = {row["email"] for row in rows}
    reached = {row["owner_id"] for row in rows}
    found = []
    for owner in crm.owners:
        if owner.id in crm.with_accounts and owner.id not in reached and owner.email not in emails:
            state = "is deactivated in HubSpot and still" if owner.archived else "has no Slack user and"
            found.append({
                "owner_id": owner.id, "name": owner.name or owner.email or owner.id,
                "problem": f"{state} owns accounts in HubSpot",
            })  # fmt: skip
    return found


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
