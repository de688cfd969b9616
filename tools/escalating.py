"""The look at all accounts: what the rules find becomes alerts that open, rise, come back or are solved; once each.

The facts are read first and judged by ``rules.escalation``; then what has changed is written, and the messages that are
due are composed. A look that runs again, after whatever, goes on with what is left, and finds nothing when it is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from records import gather, policies, trouble
from rules.alerting import Alert, Case, Cause, Watch
from rules.escalating import Step, solved, step, stirred
from rules.escalation import alerts
from rules.facts import HOUR
from rules.office_hours import after_working
from store.engine import reading
from systems.connect import Systems
from tools import composing, escalations, notices, tellings
from tools.escalations import Escalation
from tools.rank_accounts import missing_of
from tools.superiors import Superiors
from tools.tellings import Telling

Key = tuple[str, Cause, str]
"""(account, cause, ticket)."""
Found = tuple[Case, Alert]
AT_ONCE = 100
"""Alerts changed in one transaction."""


def look(database: Engine, systems: Systems, workspace: str, now: int) -> dict[str, int]:
    """Judge every account at ``now`` (ms) and write down what follows; answers how many of each happened.

    What has changed is written some accounts at a time: where there is one writer, presses must not wait for thousands.
    The messages come last, so that what was found together is told together.
    """
    policy, text = policies.current(systems.settings)
    found: dict[Key, Found] = {}
    with reading(database).connect() as connection:
        missing = missing_of(connection)
        today = Watch(now, policy, missing)
        if missing.hubspot:
            return {}  # an empty copy says nothing about anybody
        fresh = not any(_asleep(source, today) for source in gather.sources(connection, now))
        for case in trouble.suspects(connection, today):
            for alert in alerts(case, today):
                found[case.account.account_id, alert.cause, alert.ticket] = case, alert
        held = {_key(row): row for row in escalations.standing(connection, workspace)}
    steps = {key: _step(held.get(key), found.get(key), today, fresh) for key in sorted({*held, *found})}
    changing = [key for key, result in steps.items() if result.what != "stays"]
    count: Counter[str] = Counter()
    for at in range(0, len(changing), AT_ONCE):
        with database.begin() as connection:
            escalations.alone(connection)
            policies.seed(connection, policy, text, now)
            superiors = Superiors(connection, systems.settings, now)
            count += _Look(connection, workspace, today, superiors, fresh).write(changing[at : at + AT_ONCE], found)
    count["messages"] = composing.compose(database, systems, workspace, today)
    return {name: number for name, number in count.items() if number}


def _key(row: Escalation) -> Key:
    return row.account_id, row.cause, row.ticket


def _step(row: Escalation | None, found: Found | None, today: Watch, fresh: bool) -> Step:
    return step(row.standing if row else None, found[1].level if found else None, today.now, today.n, fresh)


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

    def write(self, keys: Sequence[Key], found: Mapping[Key, Found]) -> Counter[str]:
        """Take the step of each of these; looked up anew, for somebody may have decided meanwhile."""
        accounts = {account for account, _cause, _ticket in keys}
        rows = {_key(row): row for row in escalations.standing(self.connection, self.workspace, accounts)}
        over = {key[0] for key in keys if key in rows and key not in found}
        cases = trouble.of_accounts(self.connection, over, self.today.now)
        count: Counter[str] = Counter()
        changed = []
        for key in keys:
            row, now_found = rows.get(key), found.get(key)
            result = _step(row, now_found, self.today, self.fresh)
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
        # What else stands on the account says who has claimed something there.
        beside = {row.account_id for row in rows.values() if row.id in changed}
        changed += [row.id for row in rows.values() if row.account_id in beside]
        notices.redraw(self.connection, changed)
        return count

    def _open(self, key: Key, case: Case, alert: Alert) -> str:
        account, cause, ticket = key
        episode = escalations.episodes(self.connection, self.workspace, account, cause, ticket) + 1
        ident = escalations.id_of(self.workspace, account, cause, ticket, self.today.now)
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
        tellings.no_more(self.connection, row.id)
        return row.id

    def _move(self, row: Escalation, result: Step, found: tuple[Case, Alert] | None) -> bool:
        """What stands goes on; False when there is nobody it could go up to."""
        told = tellings.of(self.connection, [row.id])[row.id]
        facts = found[0].account if found else row.case.account
        if result.what == "goes_up":
            level = self._following(row, facts.owner_id, row.level, told)
            if level == row.level:
                return self._stays_with_the_last(row, told)
            result = result._replace(level=level, tell=level)
        if result.what == "lapses":
            return found is not None and self._lapse(row, result.level, found, told)
        values: dict[str, object] = {"level": result.level, "state": "open", "until": None}
        values |= {"by": None, "reason": None, "state_at": None} if row.state != "open" else {}
        if found is not None:
            values |= self._seen(*found)
        if result.tell is not None:
            values["next_level_at"] = None  # it runs from when they are told
        if result.what == "comes_back":
            values["round"] = row.round + 1
            back = row.by or next(reversed(tellings.told_people(told)), None)
            tellings.tell(self.connection, row.id, row.level, row.round + 1, back, "back", self.today.now)
        elif result.tell is not None:
            why = "unclaimed" if result.what == "goes_up" else "worse"
            # Whoever had put it off or set it aside hears that it is worse now.
            again = row.by if row.state in ("snoozed", "dismissed") else None
            values["round"] = row.round + (again is not None)
            self._tell(row.id, facts.owner_id, result.tell, row.round + (again is not None), why, told, again)
        escalations.change(self.connection, row.id, **values)
        return True

    def _lapse(self, row: Escalation, level: int, found: Found, told: list[Telling]) -> bool:
        """Nothing followed a claim: whoever claimed it hears so, and the next one. False when something did follow."""
        case, now = found[0], self.today.now
        done = stirred(case, row.ticket, now, self.today.policy.limits.meeting_booked_days) or 0
        claimer = self.superiors.person(row.by or "")
        zone, numbers = ZoneInfo(claimer.tz if claimer else "UTC"), self.today.n
        ends = after_working(max(done, row.state_at or 0), numbers.claimed_hours, zone, numbers)
        if ends > now:
            escalations.change(self.connection, row.id, until=ends)
            notices.redraw(self.connection, [row.id])
            return False
        level, round_ = self._following(row, case.account.owner_id, level, told), row.round + 1
        values = {"level": level, "state": "open", "round": round_, "until": None, "next_level_at": None}
        self._tell(row.id, case.account.owner_id, level, round_, "lapsed", told, row.by)
        escalations.change(self.connection, row.id, **values, **self._seen(*found))
        return True

    def _stays_with_the_last(self, row: Escalation, told: list[Telling]) -> bool:
        """There is nobody further up: whoever heard last hears so, once; False when they have."""
        last = next(reversed(tellings.told_people(told)), None)
        escalations.change(self.connection, row.id, next_level_at=None)
        if last is None or any(one.why == "last" for one in told):
            return False
        tellings.tell(self.connection, row.id, row.level, row.round + 1, last, "last", self.today.now)
        escalations.change(self.connection, row.id, round=row.round + 1)
        return True

    def _following(self, row: Escalation, owner_id: str, level: int, told: list[Telling]) -> int:
        """The next level with somebody who does not know yet, besides who claimed it; the same when there is none."""
        for above in range(level + 1, self.today.n.levels + 1):
            if set(composing.newcomers(self.superiors, owner_id, above, told)) - {row.by}:
                return above
        return level

    def _tell(
        self, ident: str, owner_id: str, level: int, round_: int, why: str, told: list[Telling], again: str | None
    ) -> None:
        """Everyone up to that level who does not know yet; the last one again when it is worse and nobody is new."""
        now = self.today.now
        others = composing.newcomers(self.superiors, owner_id, level, told)
        new = [*([again] if again else []), *(one for one in others if one != again)]
        free = [at for at in range(1, level + 1) if not any((one.level, one.round) == (at, round_) for one in told)]
        if not new:
            last = next(reversed(tellings.told_people(told)), None) or next(iter(self.superiors.of(owner_id)), None)
            tellings.tell(self.connection, ident, level, round_, last, why, now)
            return
        for at, person in zip(free[-len(new) :], new[-len(free) :], strict=False):
            tellings.tell(self.connection, ident, at, round_, person, why, now)
