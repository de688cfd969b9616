"""The look at all accounts: what the rules find becomes alerts that open, rise, come back or are solved; once each.

The facts are read first and judged by ``rules.escalation``; then one transaction writes what has changed and composes
the messages that are due. A look that runs again, after whatever, finds nothing changed and does nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from records import gather, policies, trouble
from rules.alerting import Alert, Case, Cause, Watch
from rules.escalating import Step, sending, solved, step
from rules.escalation import alerts
from rules.facts import HOUR, MINUTE
from rules.office_hours import after_working, next_morning, opens_at
from store.engine import reading
from systems.connect import Systems
from tools import escalations
from tools.escalation_cards import weight
from tools.escalations import DUE, MOOT, UNREACHED, Escalation, Telling
from tools.rank_accounts import missing_of
from tools.superiors import Superiors

Key = tuple[str, Cause, str]
"""(account, cause, ticket)."""


def look(database: Engine, systems: Systems, workspace: str, now: int) -> dict[str, int]:
    """Judge every account at ``now`` (ms) and write down what follows; answers how many of each happened."""
    policy, text = policies.current(systems.settings)
    found: dict[Key, tuple[Case, Alert]] = {}
    with reading(database).connect() as connection:
        missing = missing_of(connection)
        today = Watch(now, policy, missing)
        if missing.hubspot:
            return {}  # an empty copy says nothing about anybody
        fresh = not any(_asleep(source, today) for source in gather.sources(connection, now))
        for case in trouble.suspects(connection, today):
            for alert in alerts(case, today):
                found[case.account.account_id, alert.cause, alert.ticket] = case, alert
    with database.begin() as connection:
        escalations.alone(connection)
        policies.seed(connection, policy, text, now)
        superiors = Superiors(connection, systems.settings)
        return _Look(connection, workspace, today, superiors, fresh).write(found)


def _asleep(source: gather.SourceAge, today: Watch) -> bool:
    """Whether nobody has read it for long, though it is not down: Daybook was off, and the sync is still to come.

    What was mended meanwhile is not to be complained about. A source that is down is named on the message instead.
    """
    old = source.synced_at is None or today.now - source.synced_at > today.n.stale_hours * HOUR
    return old and source.down is None


@dataclass
class _Look:
    connection: Connection
    workspace: str
    today: Watch
    superiors: Superiors
    fresh: bool

    def write(self, found: dict[Key, tuple[Case, Alert]]) -> dict[str, int]:
        held = escalations.standing(self.connection, self.workspace)
        rows: dict[Key, Escalation] = {(row.account_id, row.cause, row.ticket): row for row in held}
        over = {key[0] for key in rows.keys() - found.keys()}
        cases = trouble.of_accounts(self.connection, over, self.today.now)
        count: Counter[str] = Counter()
        changed = []
        for key in sorted({*rows, *found}):
            row, now_found = rows.get(key), found.get(key)
            level = now_found[1].level if now_found else None
            result = step(row.standing if row else None, level, self.today.now, self.today.n, self.fresh)
            if result.what == "stays":
                continue
            if row is None and now_found is not None:
                changed.append(self._open(key, *now_found))
            elif row is not None and result.what == "solved":
                changed.append(self._solve(row, cases.get(row.account_id)))
            elif row is not None:
                if not self._move(row, result, now_found):
                    continue
                changed.append(row.id)
            count[result.what] += 1
        escalations.redraw(self.connection, changed)
        count["messages"] = self._compose()
        return dict(count)

    def _open(self, key: Key, case: Case, alert: Alert) -> str:
        account, cause, ticket = key
        episode = escalations.episodes(self.connection, self.workspace, account, cause, ticket) + 1
        ident = escalations.id_of(self.workspace, account, cause, ticket, episode)
        escalations.open_one(
            self.connection,
            {
                "id": ident, "workspace": self.workspace, "account_id": account, "cause": cause.value, "ticket": ticket,
                "episode": episode, "state": "open", "level": alert.level, "round": 0, "since": self.today.now,
                **self._seen(case, alert),
            },
        )  # fmt: skip
        self._tell(ident, case.account.owner_id, alert.level, 0, "rules", [], None)
        return ident

    def _seen(self, case: Case, alert: Alert) -> dict[str, object]:
        return {
            "rule_level": alert.level, "rule": alert.rule, "version": self.today.policy.version,
            "seen": escalations.as_json(case, self.today.missing), "changed_at": self.today.now,
        }  # fmt: skip

    def _solve(self, row: Escalation, case: Case | None) -> str:
        ticket = trouble.ticket_now(self.connection, row.ticket, row.account_id) if row.ticket else None
        how, at = solved(row.cause, row.case, case, ticket)
        values = {"state": "solved", "reason": how, "state_at": at or self.today.now, "next_level_at": None}
        escalations.change(self.connection, row.id, **values, until=None)
        escalations.no_more(self.connection, row.id)
        return row.id

    def _move(self, row: Escalation, result: Step, found: tuple[Case, Alert] | None) -> bool:
        """What stands goes on; False when there is nobody it could go up to."""
        told = escalations.tellings_of(self.connection, [row.id])[row.id]
        facts = found[0].account if found else row.case.account
        if result.what == "goes_up" and not self._newcomers(facts.owner_id, result.level, told):
            # It has reached the top: whoever could be told was told.
            escalations.change(self.connection, row.id, next_level_at=None)
            return False
        values: dict[str, object] = {"level": result.level, "state": "open", "until": None}
        values |= {"by": None, "reason": None} if row.state != "open" else {}
        if found is not None:
            values |= self._seen(*found)
        if result.tell is not None:
            values["next_level_at"] = None  # it runs from when they are told
        if result.what == "comes_back":
            values["round"] = row.round + 1
            back = row.by or next(reversed(escalations.told_people(told)), None)
            escalations.tell(self.connection, row.id, row.level, row.round + 1, back, "back", self.today.now)
        elif result.tell is not None:
            why = "unclaimed" if result.what == "goes_up" else "worse"
            # Whoever had put it off or set it aside hears that it is worse now.
            again = row.by if row.state in ("snoozed", "dismissed") else None
            values["round"] = row.round + (again is not None)
            self._tell(row.id, facts.owner_id, result.tell, row.round + (again is not None), why, told, again)
        escalations.change(self.connection, row.id, **values)
        return True

    def _newcomers(self, owner_id: str, level: int, told: list[Telling]) -> list[str]:
        known = {one.person for one in told if one.state != MOOT}
        gone = {person for one in told for person in one.gone}
        return [one for one in self.superiors.of(owner_id, gone)[:level] if one not in known]

    def _tell(
        self, ident: str, owner_id: str, level: int, round_: int, why: str, told: list[Telling], again: str | None
    ) -> None:
        """Everyone up to that level who does not know yet; the last one again when it is worse and nobody is new."""
        now = self.today.now
        new = [*([again] if again else []), *self._newcomers(owner_id, level, told)]
        free = [at for at in range(1, level + 1) if not any((one.level, one.round) == (at, round_) for one in told)]
        if not new:
            last = next(reversed(escalations.told_people(told)), None) or next(iter(self.superiors.of(owner_id)), None)
            escalations.tell(self.connection, ident, level, round_, last, why, now)
            return
        for at, person in zip(free[-len(new) :], new[-len(free) :], strict=False):
            escalations.tell(self.connection, ident, at, round_, person, why, now)

    # -- the messages -------------------------------------------------------------------------------------------------

    def _compose(self) -> int:
        """Put what is due for each person into as few messages as the policy asks for; answers how many were made."""
        now, made = self.today.now, 0
        waiting = escalations.in_state(self.connection, self.workspace, UNREACHED, now)
        due = escalations.in_state(self.connection, self.workspace, DUE, now)
        rows = escalations.load(self.connection, self.workspace, {one.escalation for one in (*waiting, *due)})
        due += [one for one in (self._someone_else(rows[each.escalation], each) for each in waiting) if one]
        by_person: dict[str, list[Telling]] = {}
        for one in due:
            if rows[one.escalation].state == "open" and one.person:
                by_person.setdefault(one.person, []).append(one)
        told: list[str] = []
        for person in sorted(by_person):
            for batch in self._batches(person, by_person[person], rows):
                escalations.compose(self.connection, self.workspace, person, batch, now)
                told += [one.escalation for one in batch]
                for one in batch:
                    self._clock_runs(rows[one.escalation], one)
                made += 1
        escalations.redraw(self.connection, set(told))
        return made

    def _someone_else(self, row: Escalation, one: Telling) -> Telling | None:
        """Somebody for a telling that had nobody, or whose person can't be reached."""
        if row.state != "open":
            return None
        known = escalations.tellings_of(self.connection, [row.id])[row.id]
        told = {each.person for each in known if each.state != MOOT}
        found = next((p for p in self.superiors.of(row.case.account.owner_id, one.gone) if p not in told), None)
        if found is None:
            return None
        escalations.set_telling(self.connection, one, person=found, state=DUE, due_at=self.today.now)
        return one._replace(person=found, state=DUE, due_at=self.today.now)

    def _batches(self, person: str, due: list[Telling], rows: dict[str, Escalation]) -> list[list[Telling]]:
        now, numbers = self.today.now, self.today.n
        zone = self._zone(person)
        opens = opens_at(now, zone, numbers)
        if opens > now:
            for one in due:
                if rows[one.escalation].level < numbers.any_hour_level:
                    escalations.set_telling(self.connection, one, due_at=opens)
            due = [one for one in due if rows[one.escalation].level >= numbers.any_hour_level]
        if not due:
            return []
        accounts: dict[str, list[Telling]] = {}
        for one in sorted(due, key=lambda one: weight(rows[one.escalation])):
            accounts.setdefault(rows[one.escalation].account_id, []).append(one)
        since = now - numbers.digest_minutes * MINUTE
        sent = escalations.sent_to(self.connection, self.workspace, person, since)
        how = sending(len(accounts), sent, now, numbers)
        batches = list(accounts.values())
        if how.how == "single":
            return batches
        at_once = batches[: numbers.digest_most] if how.how == "digest" else []
        at = how.at if how.how == "later" else next_morning(now, zone, numbers)
        for one in (one for batch in batches[len(at_once) :] for one in batch):
            escalations.set_telling(self.connection, one, due_at=at)
        return [[one for batch in at_once for one in batch]] if at_once else []

    def _clock_runs(self, row: Escalation, one: Telling) -> None:
        """From when its level's own person is told, an alert has so many working hours to be claimed."""
        told = escalations.tellings_of(self.connection, [row.id])[row.id]
        if any(other.state == DUE and other.round == one.round and other.level > one.level for other in told):
            return  # somebody higher is still to be told of this level: it runs from then on
        at = after_working(self.today.now, self.today.n.unclaimed_hours, self._zone(one.person or ""), self.today.n)
        escalations.change(self.connection, row.id, next_level_at=at)

    def _zone(self, person: str) -> ZoneInfo:
        known = self.superiors.person(person)
        return ZoneInfo(known.tz if known else "UTC")
