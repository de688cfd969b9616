"""Each rule, as a table of sentences: what is known, what the rep reads, how many points it brings."""

from __future__ import annotations

import pytest

from rules.facts import HOUR, AccountFacts, Missing
from rules.priority import RULES
from rules.scoring import explain, morning, score
from tests.rules.books import NOW, POLICY, REACHED, TEXT, VOICEMAIL, account, days_ago, in_days

TODAY = morning(NOW, POLICY)


def said(facts: AccountFacts) -> list[tuple[str, int]]:
    return [(line.words, line.counted) for line in explain(facts, TODAY).lines]


@pytest.mark.parametrize(
    ("facts", "words", "points"),
    [
        (
            account(urgent_ticket_at=days_ago(3), urgent_ticket_id="jira:SUP-1"),
            "urgent ticket SUP-1 open for 3 days",
            40,
        ),
        (
            account(urgent_ticket_at=NOW - 5 * HOUR, urgent_ticket_id="hubspot:42"),
            "urgent ticket #42 open for 5 hours",
            40,
        ),
        (
            account(unanswered_at=days_ago(2.5), unanswered_id="jira:SUP-1"),
            "nobody answered SUP-1 for 2 days",
            20,
        ),
        (
            account(unanswered_at=days_ago(90), unanswered_id="jira:SUP-1"),
            "nobody answered SUP-1 for 90 days",
            70,
        ),
        (account(old_ticket_at=days_ago(7), old_ticket_id="jira:SUP-1"), "ticket SUP-1 open for 7 days", 3),
        (account(old_ticket_at=days_ago(10), old_ticket_id="jira:SUP-1"), "ticket SUP-1 open for 10 days", 12),
        (account(task_due_at=days_ago(3), task_id="9"), "your follow-up was due 3 days ago", 30),
        (account(last_touch_at=days_ago(34), last_touch_kind="call"), "no call, e-mail or meeting for 34 days", 10),
        (account(renewal_at=in_days(24)), "renewal in 24 days", 37),
        (account(renewal_at=days_ago(5)), "renewal 5 days ago", 55),
        (
            account(open_deals=1, late_deal_close_at=days_ago(9), late_deal_id="7", late_deal_cents=4_800_000),
            "$48k deal is 9 days past its close date",
            27,
        ),
        (
            account(open_deals=1, late_deal_close_at=days_ago(9), late_deal_id="7"),
            "deal is 9 days past its close date",
            27,
        ),
        (
            account(no_step_deal_at=days_ago(10), no_step_deal_id="7", no_step_deal_cents=95_000),
            "$950 deal has no next step",
            15,
        ),
        (account(still_deal_since=days_ago(41), still_deal_id="7"), "deal has not moved for 41 days", 12),
        (
            account(last_call_at=days_ago(4), last_call_outcome=VOICEMAIL),
            "left voicemail 4 days ago, not tried again",
            15,
        ),
    ],
)
def test_a_reason_says_what_it_saw_and_brings_its_points(facts: AccountFacts, words: str, points: int) -> None:
    assert said(facts) == [(words, points)]


@pytest.mark.parametrize(
    ("why", "facts"),
    [
        ("the customer wrote this morning", account(unanswered_at=NOW - 3 * HOUR, unanswered_id="jira:SUP-1")),
        ("the ticket is younger than the limit", account(old_ticket_at=days_ago(6.9), old_ticket_id="jira:SUP-1")),
        ("the task is due this morning", account(task_due_at=NOW - HOUR, task_id="9")),
        ("the task is due tomorrow", account(task_due_at=in_days(1), task_id="9")),
        ("they were touched last week", account(last_touch_at=days_ago(7), last_touch_kind="email")),
        ("the renewal is months away", account(renewal_at=in_days(120))),
        ("the deal closes today", account(late_deal_close_at=NOW - 9 * HOUR, late_deal_id="7")),
        ("the deal is new", account(no_step_deal_at=days_ago(1), no_step_deal_id="7")),
        ("the deal moved last week", account(still_deal_since=days_ago(7), still_deal_id="7")),
        ("the last call got through", account(last_call_at=days_ago(4), last_call_outcome=REACHED)),
        (
            "an e-mail followed the voicemail",
            account(last_call_at=days_ago(4), last_call_outcome=VOICEMAIL, last_touch_at=days_ago(3)),
        ),
        ("the voicemail is yesterday's", account(last_call_at=days_ago(1), last_call_outcome=VOICEMAIL)),
        (
            "the voicemail is so old that it counts as silence",
            account(last_call_at=days_ago(20), last_call_outcome=VOICEMAIL),
        ),
        ("the ticket is from the future", account(urgent_ticket_at=in_days(1), urgent_ticket_id="jira:SUP-1")),
    ],
)
def test_no_reason_when(why: str, facts: AccountFacts) -> None:
    assert said(facts) == [], why


@pytest.mark.parametrize(
    ("facts", "words", "points"),
    [
        (account(onboarding=1), "onboarding is under way and has its own plan", -30),
        (account(next_meeting_at=in_days(2)), "a meeting is booked in 2 days", -25),
        (account(next_meeting_at=NOW + 5 * HOUR), "a meeting is booked today", -25),
        (
            account(third_last_call_at=days_ago(5), last_call_at=days_ago(1), last_call_outcome=VOICEMAIL),
            "three calls in 5 days, the last one: left voicemail; give them a day",
            -15,
        ),
    ],
)
def test_a_reason_to_wait_takes_points_off(facts: AccountFacts, words: str, points: int) -> None:
    assert said(facts) == [(words, points)]
    assert score(facts, TODAY) == 0


@pytest.mark.parametrize(
    ("tier", "cents", "quiet_days"),
    [("A", 10_000_000, 14), ("B", 9_999_999, 21), ("C", 0, 45), ("not known", None, 30)],
)
def test_how_long_silence_may_last_depends_on_the_tier(tier: str, cents: int | None, quiet_days: int) -> None:
    calm = account(revenue_cents=cents, last_touch_at=days_ago(quiet_days - 0.1))
    quiet = account(revenue_cents=cents, last_touch_at=days_ago(quiet_days))
    assert explain(quiet, TODAY).tier == tier
    assert said(calm) == []
    assert said(quiet) == [(f"no call, e-mail or meeting for {quiet_days} days", 2)]


def test_the_tier_multiplies_the_sum() -> None:
    urgent = account(urgent_ticket_at=days_ago(1), urgent_ticket_id="jira:SUP-1")
    totals = [score(urgent._replace(revenue_cents=cents), TODAY) for cents in (12_000_000, 3_000_000, 100, None)]
    assert totals == [60, 48, 40, 40]


def test_one_ticket_under_three_rules_is_capped_and_says_so() -> None:
    facts = account(
        urgent_ticket_at=days_ago(20), urgent_ticket_id="jira:SUP-1",
        unanswered_at=days_ago(5), unanswered_id="jira:SUP-1",
        old_ticket_at=days_ago(20), old_ticket_id="jira:SUP-1",
    )  # fmt: skip
    lines = explain(facts, TODAY).lines
    assert [line.counted for line in lines] == [40, 40, 0]
    assert lines[1].note == "40 of 50 counted: one ticket brings at most 80 points"
    assert score(facts, TODAY) == 80


def test_two_tickets_are_two_reasons() -> None:
    facts = account(
        urgent_ticket_at=days_ago(20), urgent_ticket_id="jira:SUP-1",
        unanswered_at=days_ago(5), unanswered_id="jira:SUP-2",
        old_ticket_at=days_ago(20), old_ticket_id="hubspot:3",
    )  # fmt: skip
    assert score(facts, TODAY) == 40 + 50 + 42


def test_what_is_not_known_is_neutral_and_said() -> None:
    explanation = explain(account(open_deals=1), TODAY)
    assert explanation.total == 0
    assert [neutral.rule for neutral in explanation.neutral] == [
        "quiet_account", "renewal_near", "late_deal", "still_deal", "onboarding", "tier",
    ]  # fmt: skip


def test_a_call_without_an_outcome_is_neither_reached_nor_missed() -> None:
    explanation = explain(account(last_call_at=days_ago(4)), TODAY)
    assert explanation.lines == ()
    assert "unreached_call" in [neutral.rule for neutral in explanation.neutral]


def test_a_renewal_date_long_past_is_called_out_of_date() -> None:
    explanation = explain(account(renewal_at=days_ago(300)), TODAY)
    assert "The renewal date was 300 days ago; it looks out of date and is not counted." in [
        neutral.words for neutral in explanation.neutral
    ]


def test_a_source_that_was_never_read_is_named_and_scores_nothing() -> None:
    today = morning(NOW, POLICY, Missing(hubspot=True, jira=True))
    words = [neutral.words for neutral in explain(account(), today).neutral]
    assert words == [
        "HubSpot has never been read: nothing from it is counted.",
        "Jira has never been read: its tickets are not counted.",
    ]


def test_tomorrow_is_the_readers_tomorrow() -> None:
    evening = in_days(0.6)  # 23:24 in UTC, already tomorrow in Sydney
    facts = account(next_meeting_at=evening)
    assert explain(facts, TODAY).lines[0].words == "a meeting is booked today"
    sydney = morning(NOW, POLICY, utc_offset=11 * HOUR)
    assert explain(facts, sydney).lines[0].words == "a meeting is booked tomorrow"


def test_every_rule_has_a_weight_and_reads_well() -> None:
    for rule in RULES:
        assert hasattr(POLICY.weights, rule.name)
        assert rule.title[0].isupper()
        assert not rule.says.endswith(".")


def test_a_weight_of_zero_switches_a_rule_off() -> None:
    from rules import policy_file

    off = policy_file.parse(TEXT.replace("urgent_ticket = 40", "urgent_ticket = 0"))
    facts = account(urgent_ticket_at=days_ago(3), urgent_ticket_id="jira:SUP-1")
    assert explain(facts, morning(NOW, off)).lines == ()
    assert score(facts, morning(NOW, off)) == 0
