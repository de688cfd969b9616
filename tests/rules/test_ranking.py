"""The ranking as properties: what must hold for any accounts, and the sentences of what-if."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rules import explanation as explanations
from rules.facts import AccountFacts, Missing
from rules.marks import Mark, mark_for
from rules.ranking import Ranking, rank, what_if
from rules.reason import Group
from rules.scoring import explain, morning, score, scores
from tests.rules.books import NOW, POLICY, VOICEMAIL, account, days_ago, in_days, random_accounts

TODAY = morning(NOW, POLICY)
a_book = st.lists(random_accounts, max_size=8, unique_by=lambda facts: facts.account_id)


@given(a_book, st.booleans(), st.booleans())
def test_the_fast_path_and_the_explanation_always_agree(book: list[AccountFacts], hubspot: bool, jira: bool) -> None:
    today = morning(NOW, POLICY, Missing(hubspot, jira))
    assert scores(book, today) == [explain(facts, today).total for facts in book]


@given(random_accounts)
def test_the_arithmetic_shown_adds_up(facts: AccountFacts) -> None:
    explained = explain(facts, TODAY)
    assert sum(line.counted for line in explained.lines) == explained.subtotal
    assert max(0, explained.subtotal) * explained.tier_percent // 100 == explained.total
    for line in explained.lines:
        assert line.points == line.value * line.weight
        assert line.counted == line.points or (line.note and 0 <= line.counted < line.points)
        assert "{" not in line.words
        assert line.label is None or line.label in line.words


REASONS: list[dict[str, str | int | None]] = [
    {"urgent_ticket_at": days_ago(4), "urgent_ticket_id": "jira:SUP-1"},
    {"unanswered_at": days_ago(4), "unanswered_id": "jira:SUP-1"},
    {"old_ticket_at": days_ago(30), "old_ticket_id": "jira:SUP-1"},
    {"task_due_at": days_ago(4), "task_id": "9"},
    {"renewal_at": in_days(9)},
    {"late_deal_close_at": days_ago(12), "late_deal_id": "71", "late_deal_cents": 100},
    {"no_step_deal_at": days_ago(12), "no_step_deal_id": "71", "no_step_deal_cents": 100},
    {"still_deal_since": days_ago(90), "still_deal_id": "71", "still_deal_cents": 100},
]


@given(random_accounts, st.sampled_from(REASONS))
def test_adding_a_reason_never_lowers_an_account(facts: AccountFacts, reason: dict[str, str | int | None]) -> None:
    without = facts._replace(**dict.fromkeys(reason))  # type: ignore[arg-type]
    with_it = facts._replace(**reason)  # type: ignore[arg-type]
    assert score(with_it, TODAY) >= score(without, TODAY)


@given(random_accounts)
def test_a_reason_to_wait_never_raises_an_account(facts: AccountFacts) -> None:
    for waiting in ({"onboarding": 1}, {"next_meeting_at": in_days(1)}):
        free = facts._replace(**dict.fromkeys(waiting))
        assert score(facts._replace(**waiting), TODAY) <= score(free, TODAY)


@given(a_book, st.randoms(use_true_random=False))
def test_the_order_in_which_accounts_arrive_never_matters(book: list[AccountFacts], chance: object) -> None:
    shuffled = list(book)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rank(book, TODAY) == rank(shuffled, TODAY)


@given(a_book)
def test_a_listed_account_has_a_reason_and_enough_points(book: list[AccountFacts]) -> None:
    ranking = rank(book, TODAY)
    assert len(ranking.listed) == min(ranking.due, POLICY.length)
    assert ranking.considered == len(book)
    for listed in ranking.listed:
        assert listed.explanation.total >= POLICY.minimum_points
        assert listed.explanation.group in (Group.OWE, Group.RISK, Group.MOVE)
    totals = [listed.explanation.total for listed in ranking.listed]
    assert totals == sorted(totals, reverse=True)


@given(random_accounts)
def test_an_explanation_survives_being_stored(facts: AccountFacts) -> None:
    import json

    explained = explain(facts, TODAY)
    assert explanations.from_json(json.loads(json.dumps(explanations.as_json(explained)))) == explained


@given(a_book)
@settings(max_examples=50)
def test_what_if_tells_the_truth(book: list[AccountFacts]) -> None:
    """Adding exactly the points named passes the account above; one fewer does not."""
    ranking = rank(book, TODAY, limit=len(book))
    for listed in ranking.listed:
        answer = what_if(listed.facts, TODAY, ranking.order, limit=3)
        assert answer.position == listed.position
        if answer.to_pass is not None:
            key = (-listed.explanation.total - answer.to_pass, *_tie(listed.facts))
            above = ranking.order[listed.position - 2]
            assert key < above
            assert (key[0] + 1, key[1], key[2]) > above
        for change in answer.changes:
            assert change.points < 0
            assert change.total == listed.explanation.total + change.points


def _tie(facts: AccountFacts) -> tuple[int, str]:
    return (1 if facts.revenue_cents is None else -facts.revenue_cents, facts.account_id)


def test_ties_go_to_the_larger_customer_then_to_the_lower_id() -> None:
    urgent = account(urgent_ticket_at=days_ago(1), urgent_ticket_id="jira:SUP-1")
    book = [
        urgent._replace(account_id="12"),
        urgent._replace(account_id="11", revenue_cents=500),
        urgent._replace(account_id="13", revenue_cents=700),
        urgent._replace(account_id="10", revenue_cents=500),
    ]
    assert [listed.facts.account_id for listed in rank(book, TODAY).listed] == ["13", "10", "11", "12"]


def test_calling_them_is_said_to_take_the_silence_away() -> None:
    quiet = account(account_id="1", last_touch_at=days_ago(60), last_touch_kind="call")
    other = account(account_id="2", urgent_ticket_at=days_ago(1), urgent_ticket_id="jira:SUP-1")
    late = account(account_id="3", task_due_at=days_ago(5), task_id="9")
    ranking = rank([quiet, other, late], TODAY)
    answer = what_if(quiet, TODAY, ranking.order)
    assert [(change.words, change.points, change.position) for change in answer.changes] == [
        ("Reaching them today", -40, None)
    ]
    closing = what_if(other, TODAY, ranking.order).changes
    assert [(change.words, change.position) for change in closing] == [("Closing SUP-1", None)]


def test_a_held_account_makes_room_for_the_next_one() -> None:
    from datetime import UTC

    urgent = account(urgent_ticket_at=days_ago(1), urgent_ticket_id="jira:SUP-1")
    book = [urgent._replace(account_id=str(each)) for each in range(1, 4)]
    mark: Mark = mark_for(
        "snooze", "week", book[0], explain(book[0], TODAY), by="U1", made_at=NOW, zone=UTC, policy=POLICY
    )
    ranking: Ranking = rank(book, TODAY, {"1": mark}, limit=2)
    assert [listed.facts.account_id for listed in ranking.listed] == ["2", "3"]
    assert [each.facts.account_id for each in ranking.held] == ["1"]
    assert (ranking.considered, ranking.due) == (3, 2)


def test_nothing_known_at_all_is_an_empty_list() -> None:
    assert rank([], TODAY) == Ranking((), 0, 0, (), ())
    assert rank([account(last_call_outcome=VOICEMAIL)], TODAY).listed == ()
