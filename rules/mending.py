"""What a rep can do about a reason, as a change of the facts: the source of "what would change the rank"."""

from __future__ import annotations

from rules.facts import AccountFacts
from rules.reason import Morning


def _without_ticket(account: AccountFacts, ticket: str | None) -> AccountFacts:
    """The account once that ticket is closed: every rule that looked at it has nothing to look at."""
    if account.urgent_ticket_id == ticket:
        account = account._replace(urgent_ticket_at=None, urgent_ticket_id=None)
    if account.unanswered_id == ticket:
        account = account._replace(unanswered_at=None, unanswered_id=None)
    if account.old_ticket_id == ticket:
        account = account._replace(old_ticket_at=None, old_ticket_id=None)
    return account


def close_urgent_ticket(account: AccountFacts, _today: Morning) -> AccountFacts:
    return _without_ticket(account, account.urgent_ticket_id)._replace(urgent_ticket_at=None)


def close_old_ticket(account: AccountFacts, _today: Morning) -> AccountFacts:
    return _without_ticket(account, account.old_ticket_id)._replace(old_ticket_at=None)


def answer_ticket(account: AccountFacts, _today: Morning) -> AccountFacts:
    return account._replace(unanswered_at=None, unanswered_id=None)


def finish_task(account: AccountFacts, _today: Morning) -> AccountFacts:
    return account._replace(task_due_at=None, task_id=None)


def reach_them(account: AccountFacts, today: Morning) -> AccountFacts:
    """A call today that got through."""
    return account._replace(
        last_touch_at=today.now,
        last_touch_kind="call",
        last_call_at=today.now,
        last_call_outcome="reached",
        third_last_call_at=None,
    )


def renew(account: AccountFacts, _today: Morning) -> AccountFacts:
    return account._replace(renewal_at=None)


def settle_late_deal(account: AccountFacts, _today: Morning) -> AccountFacts:
    return account._replace(late_deal_close_at=None)


def plan_next_step(account: AccountFacts, _today: Morning) -> AccountFacts:
    return account._replace(no_step_deal_at=None)


def move_deal(account: AccountFacts, today: Morning) -> AccountFacts:
    return account._replace(still_deal_since=today.now)
