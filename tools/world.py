"""What a tool may look at: the records and the vendors, seen with the eyes of the person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from records import gather, parsing, people, policies, tables
from rules import spoken
from rules.action import Principal, Target
from rules.authority import NOT_FOUND, NOT_HERE
from rules.facts import AccountFacts
from rules.policy import Policy
from store import effects
from store.engine import reading
from systems.faults import NotFound
from systems.ports import CRM, Record, Tickets
from tools import ledger, principal
from tools.tool import Context, Problem
from views import escape, words

MOST_COMPANIES = 5
FURTHEST_DAYS = 5 * 366


class Company(NamedTuple):
    """A customer as HubSpot has it this moment."""

    id: str
    name: str
    owner: str | None

    @property
    def target(self) -> Target:
        return Target(f"companies:{self.id}", self.owner, self.id)

    @property
    def home(self) -> str:
        return f"companies:{self.id}"


class World:
    """One call's view of the world. Reads of records are of the copy; ``company`` and ``record`` ask HubSpot."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.now = context.systems.clock.now()

    def reading(self) -> AbstractContextManager[Connection]:
        return reading(self.context.database).connect()

    @cached_property
    def _who(self) -> principal.Who:
        if self.context.who is not None:
            return self.context.who
        with self.reading() as connection:
            return principal.who(connection, self.context.person)

    @property
    def principal(self) -> Principal:
        return self._who.principal

    @cached_property
    def readers(self) -> tuple[Principal, ...]:
        if self.context.readers is not None:
            return self.context.readers
        others = [one for one in self.context.audience if one != self.context.person]
        if not others:
            return ()
        with self.reading() as connection:
            return tuple(principal.of(connection, one) for one in others)

    @property
    def person(self) -> people.Person | None:
        return self._who.person

    @cached_property
    def policy(self) -> Policy:
        return policies.current(self.context.systems.settings)[0]

    @cached_property
    def ledger_key(self) -> bytes:
        return ledger.key_of(self.context.systems.settings)

    @property
    def crm(self) -> CRM:
        return self.context.systems.crm

    @property
    def tickets(self) -> Tickets:
        """The service desk. Raises ``Problem`` when none is connected."""
        if self.context.systems.tickets is None:
            raise Problem("Jira is not connected to Daybook, so there are no Jira tickets to look at.", "no_jira")
        return self.context.systems.tickets

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.person.tz if self.person else "UTC")

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.now / 1000, UTC).astimezone(self.zone).date()

    def tier(self, facts: AccountFacts) -> str | None:
        """The name of the account's tier; None when its revenue is not known."""
        if facts.revenue_cents is None:
            return None
        return next(tier.name for tier in self.policy.tiers if (tier.from_cents or 0) <= facts.revenue_cents)

    def owner_name(self, owner: str | None) -> str | None:
        with self.reading() as connection:
            name: str | None = connection.scalar(select(tables.owners.c.name).where(tables.owners.c.id == owner))
        return name

    def shown(self, instant: int | None) -> str | None:
        """``2026-11-23 09:14`` on the person's own clock."""
        return None if instant is None else f"{words.local(instant, self.zone):%Y-%m-%d %H:%M}"

    def told_time(self, instant: int) -> str:
        """``Mon 23 Nov 09:14``, for people; with the day also on that day, for a card is read later too."""
        return f"{words.dated(instant, self.now, self.zone)} {words.clock(instant, self.zone)}"

    def shown_day(self, instant: int | None, utc: bool = False) -> str | None:
        """``2026-11-23``; HubSpot's bare dates are midnights in UTC, whatever the reader's zone."""
        return None if instant is None else f"{words.local(instant, UTC if utc else self.zone):%Y-%m-%d}"

    def shown_text_instant(self, text: str | None) -> str | None:
        """The same for an instant as the vendor prints it; what can't be read is left out."""
        try:
            return self.shown(parsing.instant({"at": text}, "at"))
        except parsing.Broken:
            return None

    def midnight(self) -> int:
        """When the asking person's day began, ms."""
        return int(datetime.combine(self.today, time(), self.zone).timestamp() * 1000)

    def day(self, text: str, past: bool = False) -> date:
        """The date somebody means, of what has happened if ``past``. Raises ``Problem`` with what would work."""
        try:
            return spoken.day(text, self.today, past)
        except spoken.Unclear as unclear:
            raise Problem(str(unclear), "date.unclear") from None

    def happened(self, text: str | None) -> int:
        """The instant at which something was, ms: now, an ISO instant, so many minutes ago, or noon of another day.

        Raises ``Problem``."""
        if not text:
            return self.now
        ago = spoken.minutes_ago(text)
        if ago is not None:
            return self.now - ago * 60_000
        try:
            told = datetime.fromisoformat(text)
        except ValueError:
            told = None
        if told is not None and ("T" in text or " " in text):
            if abs((told.date() - self.today).days) > FURTHEST_DAYS:
                raise Problem(f"{told:%Y-%m-%d} is more than five years away. Check the date.", "date.unclear")
            return int((told if told.tzinfo else told.replace(tzinfo=self.zone)).timestamp() * 1000)
        meant = self.day(text, past=True)
        return self.now if meant == self.today else self.at(meant, 12)

    def at(self, day: date, hour: int) -> int:
        """That hour of a day on the person's own clock, ms."""
        return int(datetime.combine(day, time(hour), self.zone).timestamp() * 1000)

    def owner_id(self) -> str:
        """The HubSpot owner whom new records belong to. Raises ``Problem`` when the person is none."""
        owner = self.person.owner_id if self.person else None
        if owner is None:
            raise Problem("HubSpot doesn't know you as an owner, so nothing can be logged in your name.", "no_owner")
        return owner

    def owners(self) -> frozenset[str] | None:
        """Whose accounts may be looked for; None for everybody's."""
        mine = self.principal
        return None if mine.may_see(None) else mine.owners

    def account(self, account_id: str) -> AccountFacts:
        """One account of the copy, if it is the person's to see. Raises ``Problem`` alike when not and when unknown."""
        with self.reading() as connection:
            facts = gather.one(connection, account_id, self.now)
        if facts is None:
            raise Problem(NOT_FOUND, "scope.not_yours")
        self._may_tell(facts.owner_id)
        return facts

    def account_now(self, account_id: str) -> AccountFacts:
        """The same, and whose it is is read from HubSpot now: before customers' words are read for somebody."""
        facts = self.account(account_id)
        self.company(account_id)
        return facts

    def _may_tell(self, owner: str | None) -> None:
        """Before anything else is said about a record: an error that comes first would tell what others have."""
        if not self.principal.may_see(owner):
            raise Problem(NOT_FOUND, "scope.not_yours")
        if not all(reader.may_see(owner) for reader in self.readers):
            raise Problem(NOT_HERE, "scope.readers")

    def made_clean(self, key: str | None) -> bool:
        """Whether Daybook made the record of this key, at once, in a conversation that had read nobody's words."""
        row = effects.state_of(self.context.database, key) if key else None
        return row is not None and bool((row["result"] or {}).get("clean"))

    def company(self, account_id: str) -> Company:
        """The customer, read from HubSpot now. Raises ``Problem`` alike when it is gone and when it isn't theirs."""
        found = self.record("companies", account_id, ("name", "hubspot_owner_id"))
        owner = found.properties.get("hubspot_owner_id") or None
        self._may_tell(owner)
        return Company(found.id, escape.name(found.properties.get("name") or found.id), owner)

    def record(self, kind: str, record_id: str, properties: Sequence[str], links: Sequence[str] = ()) -> Record:
        """One record, read from HubSpot now. Raises ``Problem`` when it is gone."""
        try:
            return self.crm.read(kind, record_id, properties, links)
        except NotFound:
            raise Problem(NOT_FOUND, "scope.not_yours") from None

    def company_of(self, record: Record) -> Company | None:
        """The customer a record read with ``links=["companies"]`` belongs to: the primary one, else the first.

        Where none is the primary one, all of them must be the person's; a record of very many is nobody's.
        """
        ends = (record.links or {}).get("companies") or ()
        chosen = [end.id for end in ends if end.primary] or [end.id for end in ends]
        if len(chosen) > MOST_COMPANIES:
            return None
        companies = [self.company(one) for one in chosen]
        return companies[0] if companies else None


def target_of(facts: AccountFacts) -> Target:
    return Target(f"companies:{facts.account_id}", facts.owner_id, facts.account_id)
