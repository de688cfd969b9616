"""The rules of escalation, as tables of sentences and as laws: what raises an alert, and at which level."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Any

import pytest

from rules import policy_file
from rules.alerting import Alert, Case, Cause, TicketFacts, Watch
from rules.escalation import RULES, alerts, explain
from rules.facts import DAY, HOUR, Missing
from tests.rules.books import NOW, POLICY, REACHED, TEXT, account, days_ago, in_days
from tests.rules.cases import law, number, one_of

UNHAPPY = "0f0f0f0f-0000-0000-0000-000000000001"
WITH_MOODS = policy_file.parse(TEXT.rstrip() + f'\n"{UNHAPPY}" = "threatened to leave"\n')
TODAY = Watch(NOW, POLICY, Missing())
LARGE, MIDDLE, SMALL = 24_000_000, 4_000_000, 900_000


def ticket(priority: str | None = "urgent", opened: float = 4, wrote: float | None = None, **more: Any) -> TicketFacts:
    """Opened so many days ago; the customer wrote last ``wrote`` days ago, or when it was opened."""
    asked = days_ago(opened if wrote is None else wrote)
    return TicketFacts("jira:SUP-1", priority, days_ago(opened), asked, None)._replace(**more)


def said(case: Case, today: Watch = TODAY) -> list[tuple[str, int]]:
    return [(alert.says, alert.level) for alert in alerts(case, today)]


HEADLINE = "urgent ticket SUP-1 open for 10 days, and nobody has answered"


@pytest.mark.parametrize(
    ("revenue", "about", "wanted"),
    [
        (LARGE, ticket(opened=10), [(HEADLINE, 2)]),
        (LARGE, ticket(opened=9.9), [(HEADLINE.replace("10", "9"), 1)]),
        (LARGE, ticket(opened=3), [(HEADLINE.replace("10", "3"), 1)]),
        (LARGE, ticket(opened=2.9), []),
        (MIDDLE, ticket(opened=10), [(HEADLINE, 1)]),
        (MIDDLE, ticket(opened=5.9), []),
        (None, ticket(opened=30), [(HEADLINE.replace("10", "30"), 1)]),
        (None, ticket(opened=5.9), []),
        (LARGE, ticket(opened=30, answered_at=days_ago(1)), []),
        # Answered once, and the customer asked again: they have waited since then, at least.
        (
            LARGE,
            ticket(opened=30, wrote=2, answered_at=days_ago(5)),
            [("urgent ticket SUP-1 open for 30 days, and nobody has answered for 2 days", 1)],
        ),
        # A conversation that goes on is no alarm at each of the customer's words.
        (LARGE, ticket(opened=30, wrote=0.9, answered_at=days_ago(1)), []),
        (
            LARGE,
            ticket(opened=30, wrote=3, answered_at=days_ago(5)),
            [("urgent ticket SUP-1 open for 30 days, and nobody has answered for 3 days", 2)],
        ),
        # Nobody ever answered, and the customer asks again each day: they wait since the beginning.
        (LARGE, ticket("high", opened=7, wrote=0.1), [("ticket SUP-1 open for 7 days, and nobody has answered", 1)]),
        (LARGE, ticket("high", opened=6.9), []),
        (LARGE, ticket(None, opened=7), [("ticket SUP-1 open for 7 days, and nobody has answered", 1)]),
        (MIDDLE, ticket("high", opened=70), []),
        (LARGE, ticket(opened=70)._replace(customer_at=None), []),
        (LARGE, ticket(opened=8)._replace(opened_at=None), [("ticket SUP-1, and nobody has answered", 1)]),
    ],
)
def test_tickets(revenue: int | None, about: TicketFacts, wanted: list[tuple[str, int]]) -> None:
    assert said(Case(account(revenue_cents=revenue), (about,))) == wanted


WAITS = ticket("low", opened=2)


@pytest.mark.parametrize(
    ("facts", "tickets", "wanted"),
    [
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(30)}, (WAITS,), [("renewal", 1)]),
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(31)}, (WAITS,), []),
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(10)}, (), []),
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(10)}, (ticket("low", opened=1.9),), []),
        ({"revenue_cents": SMALL, "renewal_at": in_days(10)}, (WAITS,), []),
        ({"revenue_cents": None, "renewal_at": in_days(10)}, (WAITS,), []),
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(10)}, (ticket(opened=0.1),), [("renewal", 1)]),
        ({"revenue_cents": MIDDLE, "renewal_at": in_days(10)}, (ticket(wrote=0.1, answered_at=days_ago(1)),), []),
        ({"revenue_cents": LARGE, "renewal_at": in_days(14)}, (WAITS,), [("renewal", 2)]),
        ({"revenue_cents": LARGE, "renewal_at": in_days(15)}, (WAITS,), [("renewal", 1)]),
        ({"revenue_cents": LARGE, "renewal_at": days_ago(3)}, (WAITS,), [("renewal", 2)]),
        ({"revenue_cents": LARGE, "renewal_at": days_ago(40)}, (WAITS,), []),
        ({"revenue_cents": LARGE, "renewal_at": None}, (WAITS,), []),
    ],
)
def test_renewals_in_trouble(facts: dict[str, Any], tickets: tuple[TicketFacts, ...], wanted: list[Any]) -> None:
    found = alerts(Case(account(**facts), tickets), TODAY)
    assert [(alert.cause, alert.level) for alert in found] == wanted


@pytest.mark.parametrize(
    ("due", "touched", "revenue", "wanted"),
    [
        (days_ago(5), days_ago(6), MIDDLE, True),
        (days_ago(4.9), days_ago(6), MIDDLE, False),
        (days_ago(5), days_ago(4), MIDDLE, False),
        (days_ago(5), None, MIDDLE, False),
        (days_ago(50), days_ago(60), SMALL, False),
        (days_ago(50), days_ago(60), None, False),
        (None, days_ago(60), LARGE, False),
    ],
)
def test_silence_after_a_promise(due: int | None, touched: int | None, revenue: int | None, wanted: bool) -> None:
    facts = account(revenue_cents=revenue, task_due_at=due, task_id="9", last_touch_at=touched)
    words = ["promised follow-up due 5 days ago, and no word to the customer since"]
    assert [alert.says for alert in alerts(Case(facts), TODAY)] == (words if wanted else [])


def test_a_call_counts_as_bad_only_when_the_policy_names_its_outcome_and_only_for_some_days() -> None:
    facts = account(revenue_cents=LARGE, last_call_at=days_ago(2), last_call_outcome=UNHAPPY)
    moods = Watch(NOW, WITH_MOODS, Missing())
    assert said(Case(facts)) == []
    assert said(Case(facts), moods) == [("last call 2 days ago: threatened to leave", 1)]
    assert said(Case(facts._replace(last_call_outcome=None)), moods) == []
    assert said(Case(facts._replace(last_call_outcome=REACHED)), moods) == []
    assert said(Case(facts._replace(last_call_at=days_ago(7))), moods) == []


def test_what_is_not_known_is_said_and_what_a_higher_level_lacks() -> None:
    found = alerts(Case(account(revenue_cents=None), (ticket(opened=8),)), Watch(NOW, POLICY, Missing(jira=True)))
    assert [alert.level for alert in found] == [1]
    assert any("Revenue is not filled in" in words for words in found[0].unknown)
    assert any("Jira has never been read" in words for words in found[0].unknown)
    nearly = alerts(Case(account(revenue_cents=LARGE), (ticket(opened=8),)), TODAY)[0]
    assert nearly.raises == ("SUP-1 open for 8 days (from day 10 on)",)


def test_each_condition_carries_its_numbers() -> None:
    found = alerts(Case(account(revenue_cents=LARGE), (ticket(opened=12),)), TODAY)[0]
    assert [condition.words for condition in found.conditions] == [
        "Tier A, $240k a year (asked for: tier A)",
        "Priority of SUP-1: urgent",
        "SUP-1 open for 12 days (from day 10 on)",
        "Nobody has ever answered on SUP-1 for 12 days (from day 3 on)",
    ]
    assert "SUP-1" in found.helps


def test_every_rule_says_what_would_help_and_has_a_level_there_is() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.helps.endswith(".") and 1 <= rule.level <= POLICY.escalation.levels for rule in RULES)


# -- laws -------------------------------------------------------------------------------------------------------------

def _instant(chance: Random, *days: float) -> int | None:
    return days_ago(chance.choice(days)) if chance.randrange(8) else None


def _ticket(chance: Random, number: int) -> TicketFacts:
    priority, opened = chance.choice(("urgent", "urgent", "high", None)), _instant(chance, 2, 2.9, 3, 6, 9.9, 10, 30)
    asked = chance.choice((opened, opened, _instant(chance, 0.1, 2.9, 3, 7)))
    return TicketFacts(f"jira:SUP-{number}", priority, opened, asked, chance.choice((None, None, days_ago(4))))


def cases(chance: Random) -> Case:
    """An account that may be in trouble of any kind, with up to three tickets."""
    facts = account(
        revenue_cents=chance.choice((LARGE, LARGE, MIDDLE, SMALL, None)),
        renewal_at=chance.choice((None, in_days(5), in_days(14), in_days(20), in_days(30), in_days(31), days_ago(40))),
        task_due_at=_instant(chance, 4.9, 5, 10, 20),
        last_touch_at=_instant(chance, 1, 7, 15, 30),
        last_call_at=_instant(chance, 1, 6.9, 7),
        last_call_outcome=chance.choice((None, REACHED, UNHAPPY)),
    )
    return Case(facts, tuple(_ticket(chance, one + 1) for one in range(chance.randint(0, 3))))


MOODS = Watch(NOW, WITH_MOODS, Missing())
REACHED_TOO = {**dict.fromkeys((f"{cause.name}1" for cause in Cause), 4), "TICKET2": 3, "RENEWAL2": 3, "nothing": 10}


def met(case: Case) -> set[str]:
    return {f"{cause.name}{level}" for (cause, _ticket), level in levels(alerts(case, MOODS)).items()} or {"nothing"}


def levels(found: tuple[Alert, ...]) -> dict[tuple[Cause, str], int]:
    return {alert.key: alert.level for alert in found}


@law(cases, cases=300, **REACHED_TOO)
def test_the_order_of_tickets_does_not_matter(case: Case) -> set[str]:
    for order in permutations(case.tickets):
        assert alerts(case, MOODS) == alerts(Case(case.account, order), MOODS)
    return met(case)


@law(cases, one_of(0, HOUR, DAY, 4 * DAY, 30 * DAY), cases=300, **REACHED_TOO)
def test_waiting_longer_never_lowers_a_ticket_or_a_promise(case: Case, later: int) -> set[str]:
    now, then = levels(alerts(case, TODAY)), levels(alerts(case, Watch(NOW + later, POLICY, Missing())))
    for key, level in now.items():
        if key[0] in (Cause.TICKET, Cause.PROMISE):
            assert then.get(key, 0) >= level
    return met(case)


WITHHELD = ("revenue_cents", "renewal_at", "last_touch_at", "task_due_at", "last_call_at", "last_call_outcome")


@law(cases, one_of(*WITHHELD), cases=300, less=10, **REACHED_TOO)
def test_a_fact_that_is_withheld_raises_nothing(case: Case, field: str) -> set[str]:
    known = levels(alerts(case, MOODS))
    without = levels(alerts(Case(case.account._replace(**{field: None}), case.tickets), MOODS))
    for key, level in without.items():
        # An unknown revenue counts as an ordinary account's; an unknown answer is another matter: nobody has answered.
        assert known.get(key, 0) >= level
    return {*met(case), "less" if without != known else ""}


@law(cases, one_of("priority", "opened_at", "customer_at"), number(0, 2), cases=300, less=5)
def test_a_fact_of_a_ticket_that_is_withheld_raises_nothing(case: Case, field: str, at: int) -> set[str]:
    if at >= len(case.tickets):
        return set()
    tickets = list(case.tickets)
    tickets[at] = tickets[at]._replace(**{field: None})
    known, without = levels(alerts(case, TODAY)), levels(alerts(Case(case.account, tuple(tickets)), TODAY))
    assert all(known.get(key, 0) >= level for key, level in without.items())
    return {"less" if without != known else ""}


@law(cases, cases=300, **REACHED_TOO)
def test_an_alert_holds_all_its_conditions_and_is_explained_the_same_later(case: Case) -> set[str]:
    for alert in alerts(case, MOODS):
        assert all(condition.holds for condition in alert.conditions)
        assert explain(case, alert.cause, alert.ticket, alert.rule, MOODS) == alert
        assert alert.says
        assert alert.helps
    return met(case)


@law(cases, cases=300, **REACHED_TOO)
def test_another_tickets_answer_never_changes_what_is_said_of_this_one(case: Case) -> set[str]:
    alone = {one.key: one for ticket in case.tickets for one in alerts(Case(case.account, (ticket,)), TODAY)}
    for alert in alerts(case, TODAY):
        if alert.cause is Cause.TICKET:
            assert alone[alert.key].level == alert.level
    return met(case)


def test_hours_of_waiting_do_not_round_up() -> None:
    assert said(Case(account(revenue_cents=LARGE), (ticket(opened=3)._replace(opened_at=days_ago(3) + HOUR),))) == []
