"""When a manager hears of an account: every rule, its level, and what would help, in the order of what may go wrong.

Read from the top. A rule asks conditions of one account (and, where it is about one, of each open ticket); it applies
when all of them hold. What is not known never holds, and is said in *Why?*. Of the rules about the same cause the one
with the highest level counts: 1 is for the account owner's manager, 2 for that one's manager as well. Numbers are in
``[escalation]`` of ``rules/policy.toml``. Nothing else raises an alert: no model, no hidden weight.

What is shown is made of ids, picklist values, dates and amounts; never of what a customer wrote.
"""

from __future__ import annotations

from operator import attrgetter

from rules.alerting import NO_TICKET, Alert, AlertBook, AlertRule, Case, Cause, Condition, Reading, TicketFacts, Watch
from rules.facts import DAY
from rules.wording import age, label_of, on, plural, when

_book = AlertBook()
rule = _book.rule

# ---------------------------------------------------------------- A ticket nobody answers


@rule(
    Cause.TICKET,
    1,
    "An urgent ticket is open, and nobody has answered",
    helps="Name who answers {about}, and let the customer hear today when they can expect what.",
)
def urgent_ticket_unanswered(case: Case, ticket: TicketFacts, today: Watch) -> Reading:
    least = today.n.urgent_days if today.is_large(case.account) else today.n.urgent_other_days
    return Reading(
        _unanswered("urgent ticket", ticket, today),
        (today.urgent(ticket), today.open_for(ticket, least), today.waits_anew(ticket)),
    )


@rule(
    Cause.TICKET,
    1,
    "A large account waits too long for an answer",
    helps="Name who answers {about}; if the answer takes longer, the customer should hear that today.",
)
def large_account_waits(case: Case, ticket: TicketFacts, today: Watch) -> Reading:
    return Reading(
        _unanswered("ticket", ticket, today),
        (today.large(case.account), today.waits(ticket, today.n.waiting_days)),
    )


@rule(
    Cause.TICKET,
    2,
    "A large account's urgent ticket is open for long, and nobody has answered",
    helps="Decide today who drops other work for {about}, and call the customer yourself before somebody else does.",
)
def urgent_ticket_long_unanswered(case: Case, ticket: TicketFacts, today: Watch) -> Reading:
    return Reading(
        _unanswered("urgent ticket", ticket, today),
        (
            today.large(case.account),
            today.urgent(ticket),
            today.open_for(ticket, today.n.urgent_long_days),
            today.waits(ticket, today.n.urgent_days),
        ),
    )


# ---------------------------------------------------------------- A renewal in trouble


@rule(
    Cause.RENEWAL,
    1,
    "A renewal is near, and there is trouble",
    helps="Settle the trouble before anyone talks about the renewal, and agree with the owner who says what and when.",
)
def renewal_in_trouble(case: Case, _ticket: TicketFacts, today: Watch) -> Reading:
    troubles = _troubles(case, today)
    said = troubles[0] if troubles else "no trouble is on record"
    return Reading(
        f"renewal {_renewal(case, today)}, and {said}",
        (
            today.worth(case.account),
            _near(case, today, today.n.renewal_days),
            Condition(f"Trouble: {'; '.join(troubles)}" if troubles else "No trouble is on record", bool(troubles)),
        ),
    )


@rule(
    Cause.RENEWAL,
    2,
    "A large account's renewal is very near, and a ticket waits for an answer",
    helps="Decide what is offered, and by whom: the account decides about us in these days, and waits for an answer.",
)
def renewal_at_stake(case: Case, _ticket: TicketFacts, today: Watch) -> Reading:
    waiting = [one for one in case.tickets if one.waits_since is not None]
    longest = min(waiting, key=lambda one: (one.waits_since or 0, one.evidence), default=None)
    said = _unanswered(_kind(longest), longest, today) if longest else "no ticket waits for an answer"
    return Reading(
        f"renewal {_renewal(case, today)}, and {said}",
        (
            today.large(case.account),
            _near(case, today, today.n.renewal_soon_days),
            today.waits(longest, today.n.renewal_waiting_days)
            if longest
            else Condition("No ticket waits for an answer", False),
        ),
    )


# ---------------------------------------------------------------- Silence after a promise


@rule(
    Cause.PROMISE,
    1,
    "A promised follow-up is overdue, and nobody has been in touch since",
    helps="Ask the owner what was promised, and have it done or moved with a word to the customer today.",
)
def silence_after_a_promise(case: Case, _ticket: TicketFacts, today: Watch) -> Reading:
    account = case.account
    due, touch = account.task_due_at, account.last_touch_at
    if due is None:
        return Reading("", (Condition("No follow-up with a date is open", False),))
    if touch is None:
        silent = Condition("No call, e-mail or meeting is on record, so silence can't be told", None)
    else:
        words = f"Last call, e-mail or meeting {when(touch, today.now)}"
        silent = Condition(f"{words}, {'before' if touch < due else 'after'} it was due", touch < due)
    return Reading(
        f"promised follow-up due {when(due, today.now)}, and no word to the customer since",
        (today.worth(account), today.days("Follow-up overdue for", due, today.n.promise_days), silent),
    )


# ---------------------------------------------------------------- A call that went badly


@rule(
    Cause.CALL,
    1,
    "The last call went badly",
    helps="Hear from the owner what was said, and decide whether the next call is yours.",
)
def call_went_badly(case: Case, _ticket: TicketFacts, today: Watch) -> Reading:
    account = case.account
    called, outcome = account.last_call_at, account.last_call_outcome
    if called is None or outcome is None:
        return Reading("", (Condition("How the last call went is not known", None),))
    if not today.unhappy:
        return Reading("", (Condition("The policy names no call outcome that means an unhappy customer", None),))
    said = today.unhappy.get(outcome)
    fresh = (today.now - called) // DAY < today.n.unhappy_call_days
    return Reading(
        f"last call {when(called, today.now)}: {said}",
        (
            today.worth(account),
            Condition(f"Its outcome: {said}" if said else "Its outcome is none of the unhappy ones", said is not None),
            Condition(f"{age(today.now - called)} ago (counts for {plural(today.n.unhappy_call_days, 'day')})", fresh),
        ),
    )


RULES: tuple[AlertRule, ...] = tuple(_book)
_NAME = attrgetter("evidence")


def alerts(case: Case, today: Watch) -> tuple[Alert, ...]:
    """What the rules say of this account now, most serious first. The order of the tickets does not matter."""
    found = []
    for cause in Cause:
        rules = [rule for rule in RULES if rule.cause is cause]
        about = sorted(case.tickets, key=_NAME) if cause is Cause.TICKET else [NO_TICKET]
        for ticket in about:
            alert = _strongest(rules, case, ticket, today)
            if alert is not None:
                found.append(alert)
    return tuple(sorted(found, key=lambda one: -one.level))


def explain(case: Case, cause: Cause, ticket: str, rule_name: str, today: Watch) -> Alert | None:
    """One rule's reading of the case, whether or not it (still) applies; None when there is no such rule any more."""
    rules = [rule for rule in RULES if rule.cause is cause]
    chosen = next((rule for rule in rules if rule.name == rule_name), None)
    about = case.ticket(ticket) if ticket else NO_TICKET
    if chosen is None or about is None:
        return None
    return _alert(chosen, chosen.judge(case, about, today), rules, case, about, today)


def _strongest(rules: list[AlertRule], case: Case, ticket: TicketFacts, today: Watch) -> Alert | None:
    best: tuple[AlertRule, Reading] | None = None
    for rule in rules:
        reading = rule.judge(case, ticket, today)
        if all(one.holds for one in reading.conditions) and (best is None or rule.level > best[0].level):
            best = rule, reading
    return _alert(*best, rules, case, ticket, today) if best is not None else None


def _alert(
    rule: AlertRule, reading: Reading, rules: list[AlertRule], case: Case, ticket: TicketFacts, today: Watch
) -> Alert:
    above = [other.judge(case, ticket, today) for other in rules if other.level > rule.level]
    lacking = [one.words for reading in above for one in reading.conditions if not one.holds]
    unknown = [one.words for one in reading.conditions if one.holds is None]
    if case.account.revenue_cents is None:
        unknown.append("Revenue is not filled in: the account counts as neither large nor small.")
    if today.missing.jira:
        unknown.append("Jira has never been read: its tickets are not counted.")
    return Alert(
        cause=rule.cause,
        ticket=ticket.evidence,
        level=rule.level,
        rule=rule.name,
        title=rule.title,
        says=reading.says,
        helps=rule.helps.replace("{about}", label_of(ticket.evidence)),
        conditions=reading.conditions,
        unknown=tuple(dict.fromkeys(unknown)),
        raises=tuple(lacking),
    )


def _kind(ticket: TicketFacts) -> str:
    return "urgent ticket" if ticket.priority == "urgent" else "ticket"


def _unanswered(kind: str, ticket: TicketFacts, today: Watch) -> str:
    name = label_of(ticket.evidence)
    since = ticket.waits_since
    opened = f" open for {age(max(0, today.now - ticket.opened_at))}" if ticket.opened_at is not None else ""
    if since is None or ticket.answered_at is None:
        return f"{kind} {name}{opened}, and nobody has answered"
    return f"{kind} {name}{opened}, and nobody has answered for {age(max(0, today.now - since))}"


def _renewal(case: Case, today: Watch) -> str:
    return on(case.account.renewal_at, today.now) if case.account.renewal_at is not None else "not known"


def _near(case: Case, today: Watch, most: int) -> Condition:
    if case.account.renewal_at is None:
        return Condition("No renewal date is filled in", None)
    away = today.days_to(case.account.renewal_at)
    if away < -today.policy.limits.renewal_stale_days:
        return Condition("The renewal date looks out of date and is not counted", None)
    return Condition(f"Renewal {_renewal(case, today)} (within {plural(most, 'day')})", away <= most)


def _troubles(case: Case, today: Watch) -> list[str]:
    """What would make a renewal a gamble, in words."""
    said = []
    for ticket in sorted(case.tickets, key=_NAME):
        since = ticket.waits_since
        if since is None:
            continue
        urgent = ticket.priority == "urgent" and today.waits_anew(ticket).holds
        if urgent or (today.now - since) // DAY >= today.n.renewal_waiting_days:
            said.append(_unanswered(_kind(ticket), ticket, today))
    for other in RULES:
        if other.cause in (Cause.PROMISE, Cause.CALL):
            reading = other.judge(case, NO_TICKET, today)
            if all(one.holds for one in reading.conditions):
                said.append(reading.says)
    return said
