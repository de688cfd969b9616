"""What becomes of an alert: when it opens, rises, comes back or is solved; who is told next; who may press what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from rules.alerting import Case, Cause
from rules.facts import DAY, MINUTE
from rules.policy import Escalation
from rules.verdict import Allow, Refuse

State = Literal["open", "claimed", "snoozed", "dismissed", "solved"]
STANDING: tuple[State, ...] = ("open", "claimed", "snoozed", "dismissed")
"""States in which the facts still hold: the same cause opens no second one."""
SNOOZES = {"day": "For a day", "week": "For a week"}


class Standing(NamedTuple):
    """An alert as it stands. ``rule_level`` is the highest the rules gave it, ``level`` how far up it has gone;
    ``until`` is when what was snoozed comes back, and when a claim ends that nothing followed.
    """

    state: State
    level: int
    rule_level: int
    next_level_at: int | None = None
    until: int | None = None


class Step(NamedTuple):
    """What happens to an alert at one look. ``tell`` is the level whose person is to be told, None for nobody."""

    what: Literal["opens", "rises", "goes_up", "comes_back", "lapses", "solved", "stays"]
    level: int = 0
    tell: int | None = None


STAYS = Step("stays")


def step(
    standing: Standing | None, found: int | None, now: int, numbers: Escalation, fresh: bool = True
) -> Step:
    """What the look at ``now`` changes. ``found`` is the level the rules give the cause, None when none applies.

    Only a change is worth a message: the same level found again is nothing. A claim stops all further levels, until it
    ends. Something worse, by the rules, brings back what was snoozed or set aside. From records that are not ``fresh``
    nobody is told anything: what was mended since they were read is not to be complained about.
    """
    if standing is None:
        return STAYS if found is None or not fresh else Step("opens", found, found)
    if found is None:
        return Step("solved", standing.level)
    if not fresh:
        return STAYS
    over = standing.until is not None and now >= standing.until
    if standing.state == "claimed":
        return Step("lapses", max(found, standing.level)) if over else STAYS
    if found > standing.rule_level:
        level = max(found, standing.level)
        return Step("rises", level, level if level > standing.level or standing.state != "open" else None)
    if standing.state == "snoozed" and over:
        return Step("comes_back", standing.level, standing.level)
    overdue = standing.next_level_at is not None and now >= standing.next_level_at
    if standing.state == "open" and overdue and standing.level < numbers.levels:
        return Step("goes_up", standing.level + 1, standing.level + 1)
    return STAYS


def stirred(case: Case, ticket: str, now: int, booked_days: int) -> int | None:
    """The last thing on record that was done for the customer: a call, an e-mail, a meeting, an answer on the ticket.

    A meeting that is booked for the next days counts as well: a claim is not asked about before it.
    """
    about, meeting = case.ticket(ticket) if ticket else None, case.account.next_meeting_at
    soon = meeting if meeting is not None and meeting <= now + booked_days * DAY else None
    done = (case.account.last_touch_at, about.answered_at if about else None, soon)
    return max((at for at in done if at is not None), default=None)


def ladder(
    owner: str | None,
    above: Sequence[tuple[str, bool]],
    fallback: Sequence[str],
    admins: Sequence[str],
    gone: Collection[str] = (),
) -> tuple[str, ...]:
    """Who is told at level 1, 2, …: Slack ids, each once, never the account's own owner.

    ``above`` are the owner's managers upwards with whether they are active; who is not is skipped. Then the persons
    named in the settings; where there is none of those, one of the administrators who is no manager of the owner's, so
    that level 2 has somebody also where there is one manager only. ``gone`` can't be reached.
    """
    out = {owner, *gone}
    managers = [one for one, active in above if active and one not in out]
    last = [one for one in fallback if one not in out]
    if not last:
        last = [one for one in admins if one not in out and one not in managers][:1]
    return tuple(dict.fromkeys((*managers, *last)))


class Sending(NamedTuple):
    """How what is due for one person goes out: a message an account, as a digest, or not before ``at``."""

    how: Literal["single", "digest", "later"]
    at: int = 0


def sending(due: int, sent: Sequence[int], now: int, numbers: Escalation) -> Sending:
    """``due`` accounts are due for somebody who was told of others at ``sent`` (ms). A storm becomes one message."""
    window = numbers.digest_minutes * MINUTE
    recent = [at for at in sent if at > now - window]
    if len(recent) + due <= numbers.digest_over:
        return Sending("single")
    return Sending("later", min(recent) + window) if recent else Sending("digest")


# ---------------------------------------------------------------- Solved by itself

How = Literal["gone", "closed", "answered", "done", "touched", "moved", "called", "over"]
HOW: dict[str, str] = {
    "gone": "it is no longer in the records",
    "closed": "the ticket was closed",
    "answered": "the customer was answered",
    "done": "the follow-up was done or moved",
    "touched": "the customer was contacted",
    "moved": "the renewal date was changed",
    "called": "there was another call",
    "over": "what raised it no longer holds",
}


class TicketEnd(NamedTuple):
    """How the ticket of an alert stands now; None for a ticket that is gone."""

    is_open: bool
    closed_at: int | None
    answered_at: int | None
    customer_at: int | None


def solved(cause: Cause, before: Case, after: Case | None, ticket: TicketEnd | None) -> tuple[How, int | None]:
    """How an alert came to be solved, and when, as far as the records tell."""
    if after is None or (cause is Cause.TICKET and ticket is None):
        return "gone", None
    if ticket is not None and cause is Cause.TICKET:
        if not ticket.is_open:
            return "closed", ticket.closed_at
        if ticket.answered_at is not None and ticket.answered_at >= (ticket.customer_at or 0):
            return "answered", ticket.answered_at
    was, now = before.account, after.account
    if cause is Cause.RENEWAL and was.renewal_at != now.renewal_at:
        return "moved", None
    if cause is Cause.PROMISE and (was.task_id, was.task_due_at) != (now.task_id, now.task_due_at):
        return "done", None
    if cause is Cause.PROMISE and (now.last_touch_at or 0) >= (now.task_due_at or 0):
        return "touched", now.last_touch_at
    if cause is Cause.CALL and was.last_call_at != now.last_call_at:
        return "called", now.last_call_at
    return "over", None


# ---------------------------------------------------------------- Presses

CHANGES = frozenset(
    {"claim_escalation", "snooze_escalation", "dismiss_escalation", "reopen_escalation", "prepare_escalation"}
)
LOOKS = frozenset({"explain_escalation"})


def may_press(
    action: str, presser: str, told: Collection[str], above: Collection[str], admin: bool, owner: str | None
) -> Allow | Refuse:
    """Whether the person may press ``action``: those who were told, whoever leads them, and administrators."""
    if action not in CHANGES | LOOKS:
        return Refuse("escalation.unknown", "Daybook does not know this button. Nothing was changed.")
    if presser in told:
        return Allow("escalation.told", "They were told of it.")
    if presser == owner:
        return Refuse(
            "escalation.owner", "This was sent to your manager. Once the customer is helped, it is solved by itself."
        )
    if admin or presser in above:
        return Allow("escalation.above", "They lead somebody who was told, or run Daybook.")
    return Refuse(
        "escalation.not_yours", "Only those who were told, and who leads them, can press this. Nothing was changed."
    )


def claimed_before(standing: Standing, action: str) -> bool:
    """Whether somebody's decision stands in the way of this press."""
    if action == "reopen_escalation":
        return standing.state in ("open", "solved")
    return standing.state in ("claimed", "dismissed", "solved") and action != "prepare_escalation"
