"""Follow-up tasks: made for the day the person meant, ticked off once, and nobody else's are touched."""

from __future__ import annotations

import pytest

from tests.tools.desk import Desk
from tools import undoing

ACME, INITECH, TASK, THEIR_TASK = "10000000001", "10000000003", "70000000001", "70000000002"


@pytest.mark.parametrize(
    ("now", "zone", "due", "at"),
    [
        ("2026-11-23T17:00:00Z", "America/Los_Angeles", "in two weeks", "2026-12-07T17:00:00Z"),
        ("2026-11-23T13:30:00Z", "Australia/Sydney", "tomorrow", "2026-11-24T22:00:00Z"),
        ("2026-11-23T12:30:00Z", "Australia/Sydney", "tomorrow", "2026-11-23T22:00:00Z"),
        ("2026-11-23T18:31:00Z", "Asia/Kolkata", "tomorrow", "2026-11-25T03:30:00Z"),
        ("2026-11-23T18:29:00Z", "Asia/Kolkata", "tomorrow", "2026-11-24T03:30:00Z"),
        ("2026-11-23T17:00:00Z", "Europe/London", "30 March", "2027-03-30T08:00:00Z"),
        ("2026-11-23T17:00:00Z", "Europe/London", "next Friday", "2026-12-04T09:00:00Z"),
    ],
)
def test_the_day_is_the_persons_own(shop: Desk, now: str, zone: str, due: str, at: str) -> None:
    shop.sandbox.set_clock(now)
    shop.zone(zone)
    made = shop.made(shop.call("create_task", account=ACME, title="Call them", due=due, note="Ask <why>"))
    assert made["hs_timestamp"][:16] == at[:16]
    assert made["hs_task_subject"] == "Call them"
    assert made["hs_task_body"] == "Ask &lt;why&gt;"
    assert made["hubspot_owner_id"] == shop.rep.owner_id
    assert made["to"] == {"companies": [ACME]}


@pytest.mark.parametrize("due", ["yesterday", "2020-01-01", "soon", "2099-01-01", "31 February", "13/45/2026", "∞"])
def test_no_task_is_due_in_the_past_or_on_no_day(shop: Desk, due: str) -> None:
    assert shop.refused("create_task", account=ACME, title="x", due=due)[0] in ("date.past", "date.unclear")


def test_a_past_day_says_nothing_of_whose_account_it_is(shop: Desk) -> None:
    theirs = shop.refused("create_task", account="10000000013", title="x", due="yesterday")
    assert theirs == shop.refused("create_task", account="99999999999", title="x", due="yesterday")


def test_a_task_is_ticked_off_once_and_can_be_opened_again(shop: Desk) -> None:
    answer = shop.call("complete_task", task=TASK)
    assert answer.receipt is not None, answer.text
    read = shop.deployment.systems.crm.read
    assert read("tasks", TASK, ("hs_task_status",)).properties["hs_task_status"] == "COMPLETED"
    assert shop.refused("complete_task", task=TASK)[0] == "nothing_to_do"
    assert undoing.undo(shop.world(), answer.receipt.call, shop.rep.id).whisper is None
    assert read("tasks", TASK, ("hs_task_status",)).properties["hs_task_status"] == "NOT_STARTED"


def test_nobody_elses_task_is_ticked_off_or_told_of(shop: Desk) -> None:
    nowhere = shop.refused("complete_task", task="70999999999")
    assert shop.refused("complete_task", task=THEIR_TASK) == nowhere
    shop.change("tasks", THEIR_TASK, hs_task_status="COMPLETED")
    assert shop.refused("complete_task", task=THEIR_TASK) == nowhere, "not even that it is done already"
    assert shop.refused("complete_task", task=INITECH) == nowhere


def test_a_task_of_two_companies_needs_both(shop: Desk) -> None:
    shop.sandbox.ask("PUT", f"/_sandbox/crm/associations/tasks/{THEIR_TASK}/companies/{ACME}", {})
    assert shop.refused("complete_task", task=THEIR_TASK)[0] == "scope.not_yours"


def test_a_task_of_nobody_is_nobodys(shop: Desk) -> None:
    made = shop.sandbox.post("/_sandbox/crm/objects/tasks", {"properties": {"hs_task_subject": "Lone"}})["id"]
    assert shop.refused("complete_task", task=made)[0] == "scope.not_yours"
