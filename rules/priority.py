"""How the morning list is ordered: every rule, in the order you would tell a colleague.

Read from the top. Each entry is one rule: the group the rep sees it under, the words the rep sees, and how much of
it there is (its *value*). Value x weight = points; weights, limits and caps are in ``rules/policy.toml``. The points
are added up, reasons to wait are taken off, and the sum is multiplied by the account's tier. Nothing else moves an
account: no model, no hidden weight.

A rule is asked only when the column it ``looks_at`` is known and ``when`` has come, so each one is a line or two.
``days`` counts from the day its limit was reached (that day is 1). It answers a whole number: 0 or less means "does
not apply", None means "cannot be told from what we know" (said in *Why?*, never scored). Caps come afterwards.

In the words: {about} is the ticket, deal or task; {age} how long ago; {when} "in 5 days" or "5 days ago", {on} the same
for a bare date; {amount} money; {outcome} the last call's outcome; {limit} the limit that was passed.
"""

from __future__ import annotations

from rules import mending
from rules.facts import AccountFacts
from rules.reason import (
    Group,
    Morning,
    Rule,
    Rulebook,
    filled_in,
    older_than,
    older_than_any_tier_allows,
    past,
    within,
)

_book = Rulebook()
rule = _book.rule

# ---------------------------------------------------------------- You owe them something


@rule(
    Group.OWE,
    "Urgent ticket is open",
    looks_at="urgent_ticket_at",
    when=past,
    about="urgent_ticket_id",
    says="urgent ticket {about} open for {age}",
    mend=("Closing {about}", mending.close_urgent_ticket),
)
def urgent_ticket(account: AccountFacts, today: Morning, days: int) -> int:
    return 1


@rule(
    Group.OWE,
    "Nobody answered the customer",
    looks_at="unanswered_at",
    when=older_than("unanswered_ticket_days"),
    limit="unanswered_ticket_days",
    about="unanswered_id",
    says="nobody answered {about} for {age}",
    counts="days from day {limit} on",
    mend=("Answering {about}", mending.answer_ticket),
)
def unanswered_ticket(account: AccountFacts, today: Morning, days: int) -> int:
    return days


@rule(
    Group.OWE,
    "Ticket has been open too long",
    looks_at="old_ticket_at",
    when=older_than("old_ticket_days"),
    limit="old_ticket_days",
    about="old_ticket_id",
    says="ticket {about} open for {age}",
    counts="days from day {limit} on",
    mend=("Closing {about}", mending.close_old_ticket),
)
def old_ticket(account: AccountFacts, today: Morning, days: int) -> int:
    return days


@rule(
    Group.OWE,
    "Promised follow-up is overdue",
    looks_at="task_due_at",
    when=older_than("overdue_task_grace_hours"),
    about="task_id",
    says="your {about} was due {when}",
    counts="days overdue",
    mend=("Doing the follow-up", mending.finish_task),
)
def overdue_task(account: AccountFacts, today: Morning, days: int) -> int:
    return days


# ---------------------------------------------------------------- At risk


@rule(
    Group.RISK,
    "No touch for too long",
    looks_at="last_touch_at",
    when=older_than_any_tier_allows,
    limit="quiet_days",
    says="no call, e-mail or meeting for {age}",
    counts="days from day {limit} on, the limit of its tier",
    unknown="No call, e-mail or meeting is on record, so silence is not counted.",
    mend=("Reaching them today", mending.reach_them),
)
def quiet_account(account: AccountFacts, today: Morning, days: int) -> int:
    allowed = today.tier(account.revenue_cents).quiet_days  # `days` counts from the strictest tier's limit
    return days - (allowed - today.strictest_quiet_days)


@rule(
    Group.RISK,
    "Renewal is near",
    looks_at="renewal_at",
    when=within("renewal_days"),
    limit="renewal_days",
    says="renewal {on}",
    counts="days into the last {limit} before it",
    unknown="No renewal date is filled in.",
    unclear="The renewal date was {on}; it looks out of date and is not counted.",
    mend=("Renewing (or moving the renewal date)", mending.renew),
)
def renewal_near(account: AccountFacts, today: Morning, days: int) -> int | None:
    if days > today.limits.renewal_days + today.limits.renewal_stale_days + 1:
        return None
    return days


# ---------------------------------------------------------------- Worth moving


@rule(
    Group.MOVE,
    "Deal is past its close date",
    looks_at="late_deal_close_at",
    when=older_than("late_deal_days"),
    limit="late_deal_days",
    about="late_deal_id",
    amount="late_deal_cents",
    says="{amount} {about} is {age} past its close date",
    counts="days from day {limit} on",
    unknown="No open deal has a close date.",
    unknown_with="open_deals",
    mend=("Closing the deal or moving its date", mending.settle_late_deal),
)
def late_deal(account: AccountFacts, today: Morning, days: int) -> int:
    return days


@rule(
    Group.MOVE,
    "Deal has no next step",
    looks_at="no_step_deal_at",
    when=older_than("deal_without_step_days"),
    about="no_step_deal_id",
    amount="no_step_deal_cents",
    says="{amount} {about} has no next step",
    mend=("Giving the deal a next step", mending.plan_next_step),
)
def deal_without_step(account: AccountFacts, today: Morning, days: int) -> int:
    return 1


@rule(
    Group.MOVE,
    "Deal is not moving",
    looks_at="still_deal_since",
    when=older_than("still_deal_days"),
    limit="still_deal_days",
    about="still_deal_id",
    amount="still_deal_cents",
    says="{amount} {about} has not moved for {age}",
    counts="days from day {limit} on",
    unknown="It is not known since when the open deal has been in its stage.",
    unknown_with="open_deals",
    mend=("Moving the deal to its next stage", mending.move_deal),
)
def still_deal(account: AccountFacts, today: Morning, days: int) -> int:
    return days


@rule(
    Group.MOVE,
    "Last call did not get through",
    looks_at="last_call_at",
    when=older_than("unreached_call_days"),
    limit="unreached_call_days",
    says="{outcome} {when}, not tried again",
    counts="days from day {limit} on",
    unclear="The last call has no outcome, so it counts as neither reached nor missed.",
    mend=("Reaching them today", mending.reach_them),
)
def unreached_call(account: AccountFacts, today: Morning, days: int) -> int | None:
    if account.last_call_outcome is None:
        return None
    if account.last_call_outcome not in today.not_reached:
        return 0
    if account.last_touch_at is not None and account.last_touch_at > (account.last_call_at or 0):
        return 0  # an e-mail or a meeting came after it: they were tried again
    return days if today.days_since(account.last_call_at or 0) < today.limits.unreached_call_stale_days else 0


# ---------------------------------------------------------------- Can wait a little (these take points off)


@rule(
    Group.LOWER,
    "Onboarding is under way",
    looks_at="onboarding",
    when=filled_in,
    says="onboarding is under way and has its own plan",
    unknown="Whether onboarding is under way is not filled in.",
)
def onboarding(account: AccountFacts, today: Morning, days: int) -> int:
    return 1


@rule(
    Group.LOWER,
    "A meeting is booked",
    looks_at="next_meeting_at",
    when=within("meeting_booked_days"),
    says="a meeting is booked {when}",
)
def meeting_booked(account: AccountFacts, today: Morning, days: int) -> int:
    return 1 if (account.next_meeting_at or 0) >= today.now else 0


@rule(
    Group.LOWER,
    "Called often without getting through",
    looks_at="third_last_call_at",
    when=past,
    limit="many_calls_days",
    says="three calls in {age}, the last one: {outcome}; give them a day",
)
def many_calls(account: AccountFacts, today: Morning, days: int) -> int:
    if account.last_call_outcome not in today.not_reached:
        return 0
    return 1 if days <= today.limits.many_calls_days else 0


RULES: tuple[Rule, ...] = tuple(_book)
