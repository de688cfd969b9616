"""What is escalated, as one person is to see it: the rules' words as they were, who was told, who hears of it next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import gather, people, policies, trouble
from rules.alerting import Alert, Cause, Watch
from rules.escalation import alerts, explain
from rules.policy import Policy
from systems.connect import Systems
from tools import escalations, notices, tellings
from tools import listing as listings
from tools.escalations import Escalation
from tools.superiors import Superiors
from tools.tellings import DUE, MOOT, TOLD, Telling
from views.escalated import Escalated, Escalations, Told
from views.why_escalated import WhyEscalated

LEFT = "somebody who has left"
NO_NOTICE = "-"
"""In a button's value, in place of the message's id: the button is not on one."""
GONE = "This alert is no longer known to Daybook. Nothing was changed."


def key_of(notice: str | None, escalation: str) -> str:
    """What a button carries."""
    return f"{notice or NO_NOTICE}/{escalation}"


def read_key(value: str) -> tuple[str, str]:
    """(notice or "", escalation) of a pressed button's value."""
    notice, _, escalation = value.rpartition("/")
    return ("" if notice == NO_NOTICE else notice), escalation


def of_notice(connection: Connection, systems: Systems, workspace: str, ident: str) -> Escalations | None:
    """The message with this id as it should look now; None when there is no such message."""
    notice = notices.load(connection, ident)
    if notice is None:
        return None
    inside = {one.escalation: one for one in tellings.contents(connection, ident)}
    rows = escalations.load(connection, workspace, inside)
    waiting = [
        one
        for one in tellings.in_state(connection, workspace, DUE, 2**62)
        if one.person == notice.person and one.escalation not in inside and one.due_at > notice.made_at
    ]
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    theirs = {ident for ident, row in rows.items() if superiors.may_know(notice.person, row.owner_id)}
    moved = sorted({row.case.account.name for ident, row in rows.items() if ident not in theirs})
    ordered = sorted((rows[ident] for ident in theirs), key=weight)
    whole = _with_claims(
        connection, workspace, shown(connection, systems, notice.person, ordered, ident, inside), notice.person
    )
    more = escalations.load(connection, workspace, {one.escalation for one in waiting}).values()
    return replace(whole, waiting=len({row.account_id for row in more}), moved=tuple(moved))


def _with_claims(connection: Connection, workspace: str, whole: Escalations, reader: str) -> Escalations:
    """Beside what is open, who has claimed something else on the same account: two people should not call the customer
    about two halves of one trouble.
    """
    accounts = {one.case.account.account_id for one in whole.alerts if one.state == "open"}
    claims: dict[str, Told] = {}
    for row in escalations.standing(connection, workspace, accounts):
        if row.state == "claimed" and row.by:
            by = people.by_slack_id(connection, row.by)
            claims[row.account_id] = Told(by.name if by else LEFT, row.state_at or 0, row.by == reader)
    return replace(
        whole,
        alerts=tuple(replace(one, elsewhere=claims.get(one.case.account.account_id)) for one in whole.alerts),
    )


def weight(row: Escalation) -> tuple[int, int, int, str, int, str]:
    """The most serious first: level, revenue, how long it stands, and causes in the order of the rules."""
    account = row.case.account
    cause = list(Cause).index(row.cause)
    return -row.level, -(account.revenue_cents or 0), row.since, account.name.casefold(), cause, row.id


def shown(
    connection: Connection,
    systems: Systems,
    reader: str | None,
    rows: Sequence[Escalation],
    notice: str | None = None,
    inside: dict[str, Telling] | None = None,
) -> Escalations:
    """These alerts for one reader (for an operator, when None), in their zone."""
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    told = tellings.of(connection, {row.id for row in rows})
    person = superiors.person(reader) if reader else None
    now = systems.clock.now()
    policy = policies.current(systems.settings)[0]
    return Escalations(
        alerts=tuple(
            _one(connection, superiors, policy, row, told[row.id], reader, notice, (inside or {}).get(row.id))
            for row in rows
        ),
        policy=policy,
        version=policy.version,
        links=listings.links(connection, systems),
        now=now,
        zone=ZoneInfo(person.tz if person else "UTC"),
        sources=tuple(map(listings.as_source, gather.sources(connection, now))),
    )


def as_seen(connection: Connection, row: Escalation, policy: Policy) -> tuple[Watch, Alert]:
    """The rules' words for what was seen, by the policy of that day."""
    then = policies.of_version(connection, row.version) or policy
    watch = Watch(row.changed_at, then, row.missing)
    found = explain(row.case, row.cause, row.ticket, row.rule, watch)
    if found is None:  # the rule has been taken out since
        words = "a rule that has been taken out since"
        found = Alert(row.cause, row.ticket, row.rule_level, row.rule, words, words, "", (), (), ())
    return watch, found


def _one(
    connection: Connection,
    superiors: Superiors,
    policy: Policy,
    row: Escalation,
    told: Sequence[Telling],
    reader: str | None,
    notice: str | None,
    telling: Telling | None,
) -> Escalated:
    watch, alert = as_seen(connection, row, policy)
    owner = superiors.owner(row.owner_id)
    by = superiors.person(row.by) if row.by else None
    following = _next(superiors, row, told, policy)
    return Escalated(
        key=key_of(notice, row.id),
        case=row.case,
        alert=alert,
        seen_at=row.changed_at,
        tier=watch.tier(row.case.account).name,
        owner=owner.name if owner else None,
        state=row.state,
        level=row.level,
        told=_those(superiors, told, TOLD, reader),
        waiting=_those(superiors, told, DUE, reader),
        unheard=not any(one.state in (TOLD, DUE) for one in told),
        by=by.name if by else None,
        at=row.state_at,
        until=row.until,
        reason=row.reason,
        next_at=row.next_level_at if following else None,
        next_name=_name(superiors, following) if following else None,
        why=telling.why if telling is not None else "",
        by_reader=row.by is not None and row.by == reader,
    )


def _those(superiors: Superiors, told: Sequence[Telling], state: str, reader: str | None) -> tuple[Told, ...]:
    return tuple(
        Told(_name(superiors, one.person), one.told_at or one.due_at, one.person == reader)
        for one in told
        if one.state == state and one.person
    )


def _next(superiors: Superiors, row: Escalation, told: Sequence[Telling], policy: Policy) -> str | None:
    """Who hears of it when it goes up."""
    if row.level >= policy.escalation.levels:
        return None
    known = {one.person for one in told if one.state != MOOT}
    gone = {person for one in told for person in one.gone}
    above = superiors.of(row.owner_id, gone)[: row.level + 1]
    return next((one for one in above if one not in known), None)


def _name(superiors: Superiors, person: str | None) -> str:
    known = superiors.person(person) if person else None
    return known.name if known else LEFT


def of_person(connection: Connection, systems: Systems, workspace: str, person: str) -> Escalations:
    """What stands and was told to them, what waits for a decision first; each with the key of its last message."""
    held = notices.told_to(connection, workspace, person)
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    known = escalations.load(connection, workspace, held).values()
    found = [row for row in known if superiors.may_know(person, row.owner_id)]
    rows = sorted(found, key=lambda row: (row.state != "open", *weight(row)))
    whole = listed(connection, systems, person, rows)
    alerts_ = tuple(replace(one, key=key_of(held[row.id], row.id)) for row, one in zip(rows, whole.alerts, strict=True))
    return replace(whole, alerts=alerts_)


def listed(
    connection: Connection, systems: Systems, reader: str | None, rows: Sequence[Escalation]
) -> Escalations:
    """As ``shown``, but in the rules' words of now: on a list "open for 4 days" must not be of last week. What is
    solved, or will be at the next look, keeps the words it had.
    """
    whole = shown(connection, systems, reader, rows)
    cases = trouble.of_accounts(connection, {row.account_id for row in rows}, whole.now)
    found: dict[tuple[str, Cause, str], Alert] = {}
    for row in rows:
        if (case := cases.get(row.account_id)) is not None:
            watch = Watch(whole.now, whole.policy, row.missing)
            found |= {(row.account_id, one.cause, one.ticket): one for one in alerts(case, watch)}
    standing = (found.get((row.account_id, row.cause, row.ticket)) if row.state != "solved" else None for row in rows)
    both = zip(whole.alerts, standing, strict=True)
    return replace(whole, alerts=tuple(replace(one, alert=now or one.alert) for one, now in both))


def together(connection: Connection, workspace: str, notice: str, escalation: str) -> list[Escalation]:
    """The alert and those that stand beside it: of the same account, in the same message. The named one is first."""
    inside = {one.escalation for one in tellings.contents(connection, notice)} if notice else set()
    rows = escalations.load(connection, workspace, inside | {escalation})
    chosen = rows.get(escalation)
    if chosen is None:
        return []
    others = [row for row in rows.values() if row.account_id == chosen.account_id and row.id != chosen.id]
    return [chosen, *sorted(others, key=weight)]


def explained(
    connection: Connection, systems: Systems, workspace: str, reader: str, notice: str, escalation: str
) -> WhyEscalated | str:
    """What *Why?* shows of an alert: the rule's conditions as they were, and whether it stands now."""
    rows = together(connection, workspace, notice, escalation)
    if not rows:
        return GONE
    whole = shown(connection, systems, reader, rows, notice or None)
    case = trouble.of_accounts(connection, [rows[0].account_id], whole.now).get(rows[0].account_id)
    watch = Watch(whole.now, whole.policy, rows[0].missing)
    found = {one.key for one in alerts(case, watch)} if case is not None else set()
    still = frozenset(key_of(notice or None, row.id) for row in rows if (row.cause, row.ticket) in found)
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    who = superiors.of(rows[0].owner_id)[: whole.policy.escalation.levels]
    return WhyEscalated(whole, still, tuple(_name(superiors, one) for one in who))
