"""Who is told, and when in their day: what is due for each person becomes as few messages as the policy asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from rules.alerting import Watch
from rules.escalating import sending
from rules.facts import MINUTE
from rules.office_hours import after_working, next_morning, opens_at
from store.engine import reading
from systems.connect import Systems
from tools import escalations, notices, tellings
from tools.escalation_cards import weight
from tools.escalations import Escalation
from tools.superiors import Superiors
from tools.tellings import DUE, MOOT, UNREACHED, Telling


def newcomers(superiors: Superiors, owner_id: str, level: int, told: Sequence[Telling]) -> list[str]:
    """Who ought to know of an alert of this level and has not been told."""
    known = {one.person for one in told if one.state != MOOT}
    gone = {person for one in told for person in one.gone}
    return [one for one in superiors.of(owner_id, gone)[:level] if one not in known]


def compose(database: Engine, systems: Systems, workspace: str, today: Watch) -> int:
    """Compose what is due now, a transaction a person; answers how many messages were made."""
    with database.begin() as connection:
        escalations.alone(connection)
        _Tell(connection, workspace, today, Superiors(connection, systems.settings, today.now)).somebody_else()
    with reading(database).connect() as connection:
        due = tellings.in_state(connection, workspace, DUE, today.now)
    made = 0
    for person in sorted({one.person for one in due if one.person}):
        with database.begin() as connection:
            escalations.alone(connection)
            superiors = Superiors(connection, systems.settings, today.now)
            made += _Tell(connection, workspace, today, superiors).one(person)
    return made


@dataclass
class _Tell:
    connection: Connection
    workspace: str
    today: Watch
    superiors: Superiors

    def somebody_else(self) -> None:
        """Find somebody for each telling that has nobody, or whose person can't be reached or may not know any more."""
        waiting = [
            one
            for state in (UNREACHED, DUE)
            for one in tellings.in_state(self.connection, self.workspace, state, self.today.now)
        ]
        rows = escalations.load(self.connection, self.workspace, {one.escalation for one in waiting})
        for one in waiting:
            row = rows[one.escalation]
            if one.person and self.superiors.may_know(one.person, row.owner_id):
                continue
            if one.state == DUE:  # the account has another owner since
                tellings.set_telling(self.connection, one, person=None, state=UNREACHED)
            known = tellings.of(self.connection, [row.id])[row.id]
            told = {each.person for each in known if each.state != MOOT}
            fits = (who for who in self.superiors.of(row.owner_id, one.gone) if who not in told)
            if row.state == "open" and (found := next(fits, None)) is not None:
                tellings.set_telling(self.connection, one, person=found, state=DUE, due_at=self.today.now)

    def one(self, person: str) -> int:
        """The messages for one person; answers how many."""
        due = tellings.in_state(self.connection, self.workspace, DUE, self.today.now, person)
        rows = escalations.load(self.connection, self.workspace, {each.escalation for each in due})
        due = [each for each in due if rows[each.escalation].state == "open"]
        batches = self._batches(person, due, rows)
        for batch in batches:
            notices.compose(self.connection, self.workspace, person, batch, self.today.now)
            for each in batch:
                self._clock_runs(rows[each.escalation], each)
        notices.redraw(self.connection, {each.escalation for batch in batches for each in batch})
        return len(batches)

    def _batches(self, person: str, due: list[Telling], rows: dict[str, Escalation]) -> list[list[Telling]]:
        now, numbers = self.today.now, self.today.n
        zone = self._zone(person)
        opens = opens_at(now, zone, numbers)
        if opens > now:
            for one in due:
                if rows[one.escalation].level < numbers.any_hour_level:
                    tellings.set_telling(self.connection, one, due_at=opens)
            due = [one for one in due if rows[one.escalation].level >= numbers.any_hour_level]
        if not due:
            return []
        accounts: dict[str, list[Telling]] = {}
        for one in sorted(due, key=lambda one: weight(rows[one.escalation])):
            accounts.setdefault(rows[one.escalation].account_id, []).append(one)
        since = now - numbers.digest_minutes * MINUTE
        sent = notices.sent_to(self.connection, self.workspace, person, since)
        how = sending(len(accounts), sent, now, numbers)
        batches = list(accounts.values())
        if how.how == "single":
            return batches
        at_once = batches[: numbers.digest_most] if how.how == "digest" else []
        at = how.at if how.how == "later" else next_morning(now, zone, numbers)
        for one in (one for batch in batches[len(at_once) :] for one in batch):
            tellings.set_telling(self.connection, one, due_at=at)
        return [[one for batch in at_once for one in batch]] if at_once else []

    def _clock_runs(self, row: Escalation, one: Telling) -> None:
        """From when its level's own person is told, an alert has so many working hours to be claimed."""
        told = tellings.of(self.connection, [row.id])[row.id]
        if any(other.state == DUE and other.round == one.round and other.level > one.level for other in told):
            return  # somebody higher is still to be told of this level: it runs from then on
        at = after_working(self.today.now, self.today.n.unclaimed_hours, self._zone(one.person or ""), self.today.n)
        escalations.change(self.connection, row.id, next_level_at=at)

    def _zone(self, person: str) -> ZoneInfo:
        known = self.superiors.person(person)
        return ZoneInfo(known.tz if known else "UTC")
