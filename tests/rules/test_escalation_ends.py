"""How an alert ended, as far as the records tell, and which press comes too late for somebody's decision."""

from __future__ import annotations

from typing import Any

import pytest

from rules.alerting import Case, Cause
from rules.escalating import CHANGES, Standing, State, TicketEnd, claimed_before, may_press, solved
from rules.verdict import Allow
from tests.rules.books import account, days_ago, in_days

BEFORE: dict[str, Any] = {
    "renewal_at": in_days(10), "task_id": "9", "task_due_at": days_ago(6), "last_touch_at": days_ago(8),
    "last_call_at": days_ago(2),
}  # fmt: skip
OPEN = TicketEnd(True, None, None, days_ago(3))
CLOSED = TicketEnd(False, days_ago(1), days_ago(2), days_ago(3))
ANSWERED = TicketEnd(True, None, days_ago(2), days_ago(3))


@pytest.mark.parametrize(
    ("cause", "since", "ticket", "how"),
    [
        (Cause.TICKET, {}, None, ("gone", None)),
        (Cause.TICKET, {}, CLOSED, ("closed", days_ago(1))),
        (Cause.TICKET, {}, ANSWERED, ("answered", days_ago(2))),
        (Cause.TICKET, {}, ANSWERED._replace(answered_at=days_ago(3)), ("answered", days_ago(3))),
        (Cause.TICKET, {}, ANSWERED._replace(customer_at=None), ("answered", days_ago(2))),
        (Cause.TICKET, {}, ANSWERED._replace(customer_at=days_ago(1)), ("over", None)),
        (Cause.TICKET, {}, OPEN, ("over", None)),
        (Cause.TICKET, {"renewal_at": None, "task_id": None, "last_call_at": days_ago(1)}, OPEN, ("over", None)),
        (Cause.RENEWAL, {}, None, ("over", None)),
        (Cause.RENEWAL, {"renewal_at": in_days(40)}, None, ("moved", None)),
        (Cause.RENEWAL, {"renewal_at": in_days(40)}, CLOSED, ("moved", None)),
        (Cause.RENEWAL, {"task_id": None, "last_touch_at": days_ago(1)}, None, ("over", None)),
        (Cause.PROMISE, {}, None, ("over", None)),
        (Cause.PROMISE, {"task_id": "10"}, None, ("done", None)),
        (Cause.PROMISE, {"task_due_at": in_days(2)}, None, ("done", None)),
        (Cause.PROMISE, {"last_touch_at": days_ago(6)}, None, ("touched", days_ago(6))),
        (Cause.PROMISE, {"last_touch_at": days_ago(7), "renewal_at": None}, None, ("over", None)),
        (Cause.PROMISE, {"last_touch_at": None}, None, ("over", None)),
        (Cause.CALL, {}, None, ("over", None)),
        (Cause.CALL, {"last_call_at": days_ago(1)}, None, ("called", days_ago(1))),
        (Cause.CALL, {"last_touch_at": days_ago(1), "renewal_at": None, "task_id": None}, None, ("over", None)),
    ],
)
def test_what_ended_it_is_told_as_far_as_the_records_tell(
    cause: Cause, since: dict[str, Any], ticket: TicketEnd | None, how: tuple[str, int | None]
) -> None:
    before = Case(account(**BEFORE))
    assert solved(cause, before, Case(account(**{**BEFORE, **since})), ticket) == how
    assert solved(cause, before, None, ticket) == ("gone", None)


@pytest.mark.parametrize(
    ("state", "too_late"),
    [
        ("open", {"reopen_escalation"}),
        ("claimed", {"claim_escalation", "snooze_escalation", "dismiss_escalation"}),
        ("snoozed", set()),
        ("dismissed", {"claim_escalation", "snooze_escalation", "dismiss_escalation"}),
        ("solved", CHANGES - {"prepare_escalation"}),
    ],
)
def test_a_decision_stands_in_the_way_of_another_but_never_of_preparing_what_to_say(
    state: State, too_late: set[str]
) -> None:
    assert {action for action in CHANGES if claimed_before(Standing(state, 1, 1), action)} == too_late


def test_the_owner_is_told_why_it_is_not_theirs_to_press() -> None:
    said = may_press("claim_escalation", "o", ["m"], ["b"], True, "o")
    assert said.rule == "escalation.owner"
    assert may_press("claim_escalation", "x", ["m"], ["b"], False, "o").rule == "escalation.not_yours"
    assert isinstance(may_press("claim_escalation", "o", ["o"], [], False, "o"), Allow), "somebody told them meanwhile"
