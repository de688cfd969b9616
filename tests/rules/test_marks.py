"""Snooze and "not relevant": what holds, what ends them, as a table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.facts import DAY, AccountFacts
from rules.marks import Back, Held, Mark, MarkError, Over, as_json, from_json, holds, mark_for
from rules.scoring import explain, morning
from tests.rules.books import NOW, POLICY, account, days_ago

TODAY = morning(NOW, POLICY)
BEFORE = account(
    old_ticket_at=days_ago(12), old_ticket_id="jira:SUP-1", open_tickets=2, last_touch_at=days_ago(5),
    unanswered_at=days_ago(3), unanswered_id="jira:SUP-1",
)  # fmt: skip


def marked(kind: str, choice: str, facts: AccountFacts = BEFORE) -> Mark:
    return mark_for(kind, choice, facts, explain(facts, TODAY), by="U1", made_at=NOW, zone=UTC, policy=POLICY)


def later(mark: Mark, facts: AccountFacts, days: float) -> Held | Back | Over:
    then = morning(NOW + int(days * DAY), POLICY)
    return holds(mark, facts, then, explain(facts, then))


@pytest.mark.parametrize(
    ("kind", "choice", "holds_after", "over_after"),
    [
        ("snooze", "day", 0.5, 1),
        ("snooze", "week", 6, 7),
        ("dismiss", "handled", 13, 14),
        ("dismiss", "not_now", 30, 45),  # the quarter ends on 1 January
    ],
)
def test_a_mark_ends_on_its_day(kind: str, choice: str, holds_after: float, over_after: float) -> None:
    settled = BEFORE._replace(last_touch_at=NOW)  # nothing else comes up meanwhile
    mark = marked(kind, choice, settled)
    fresh = settled._replace(last_touch_at=NOW + 30 * DAY)
    assert isinstance(later(mark, fresh, holds_after), Held)
    assert isinstance(later(mark, fresh, over_after), Over)


@pytest.mark.parametrize("choice", ["change", "not_mine", "bad_data"])
def test_a_mark_without_a_day_holds_for_months_when_nothing_happens(choice: str) -> None:
    facts = account(old_ticket_at=days_ago(12), old_ticket_id="jira:SUP-1")
    mark = marked("snooze" if choice == "change" else "dismiss", choice, facts)
    assert isinstance(later(mark, facts, 200), Held)


NEWS: list[tuple[str, AccountFacts, str]] = [
    (
        "an urgent ticket is opened",
        BEFORE._replace(urgent_ticket_at=NOW + DAY, urgent_ticket_id="jira:SUP-9"),
        "Back early: urgent ticket SUP-9 open for 1 day",
    ),
    (
        "an old ticket is raised to urgent",
        BEFORE._replace(urgent_ticket_at=days_ago(12), urgent_ticket_id="jira:SUP-1"),
        "Back early: urgent ticket SUP-1 open for 14 days",
    ),
    (
        "a promised follow-up becomes overdue",
        BEFORE._replace(task_due_at=NOW + DAY, task_id="9"),
        "Back early: your follow-up was due yesterday",
    ),
    (
        "the customer writes once more and waits again",
        BEFORE._replace(unanswered_at=NOW + DAY // 2),
        "Back early: nobody answered SUP-1 for 1 day",
    ),
]


@pytest.mark.parametrize(("what", "after", "words"), NEWS)
@pytest.mark.parametrize(
    ("kind", "choice"),
    [("snooze", "week"), ("snooze", "change"), ("dismiss", "handled"), ("dismiss", "not_mine"), ("dismiss", "not_now")],
)
def test_something_new_and_worse_brings_it_back(
    kind: str, choice: str, what: str, after: AccountFacts, words: str
) -> None:
    assert later(marked(kind, choice), after, 2) == Back(words), what


QUIET: list[tuple[str, AccountFacts]] = [
    ("nothing happened", BEFORE),
    ("the reasons grew older", BEFORE._replace(last_touch_at=NOW)),
    ("the rep called them", BEFORE._replace(last_touch_at=NOW + DAY)),
    (
        "one of two old tickets was closed, the other stood there all along",
        BEFORE._replace(old_ticket_at=days_ago(9), old_ticket_id="jira:SUP-2", unanswered_at=None, unanswered_id=None),
    ),
]


@pytest.mark.parametrize(("what", "after"), QUIET)
def test_a_week_of_snooze_is_not_ended_by(what: str, after: AccountFacts) -> None:
    assert isinstance(later(marked("snooze", "week"), after, 2), Held), what


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (BEFORE._replace(last_touch_at=NOW + DAY), "Back: there was a new touch"),
        (BEFORE._replace(open_tickets=1, unanswered_at=None, unanswered_id=None), "Back: its tickets changed"),
        (BEFORE._replace(still_deal_id="7", still_deal_since=NOW, open_deals=1), "Back: its deals changed"),
        (BEFORE._replace(owner_id="o2"), "Back: the account has another owner"),
        (BEFORE._replace(revenue_cents=5), "Back: its account data changed"),
    ],
)
@pytest.mark.parametrize(("kind", "choice"), [("snooze", "change"), ("dismiss", "bad_data")])
def test_until_something_changes_ends_on_any_change(kind: str, choice: str, after: AccountFacts, words: str) -> None:
    assert later(marked(kind, choice), after, 2) == Back(words)


def test_a_new_name_is_not_a_change() -> None:
    assert isinstance(later(marked("snooze", "change"), BEFORE._replace(name="Acme & Sons (sample)"), 2), Held)


def test_not_my_account_ends_when_hubspot_names_another_owner() -> None:
    mark = marked("dismiss", "not_mine")
    assert isinstance(later(mark, BEFORE, 2), Held)
    assert isinstance(later(mark, BEFORE._replace(owner_id="o2"), 2), Over)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney", "Europe/London"])
def test_a_day_ends_at_the_start_of_the_next_local_day(zone: str) -> None:
    """So that the next list has it whatever hour that list is set to, also over a change of the clocks."""
    here = ZoneInfo(zone)
    made = int(datetime(2026, 10, 24, 23, 30, tzinfo=here).timestamp() * 1000)
    mark = mark_for("snooze", "day", BEFORE, explain(BEFORE, TODAY), by="U1", made_at=made, zone=here, policy=POLICY)
    assert mark.until is not None
    assert datetime.fromtimestamp(mark.until / 1000, here).isoformat()[:16] == "2026-10-25T00:00"


def test_a_choice_nobody_offers_is_refused_by_name() -> None:
    with pytest.raises(MarkError, match=r"There is no snooze/for ever\. Choose one of: dismiss/bad_data"):
        marked("snooze", "for ever")


def test_a_mark_survives_being_stored_and_a_new_column() -> None:
    mark = marked("snooze", "change")
    stored = json.loads(json.dumps(as_json(mark)))
    assert from_json(stored) == mark
    del stored["seen"]["still_deal_since"]
    assert from_json(stored).seen[-1] is None
