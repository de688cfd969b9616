"""Alerts as managers read them: within Slack's limits whatever the names are, and what is offered in each state."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.alerting import Case, TicketFacts, Watch
from rules.escalating import HOW, State
from rules.escalation import alerts
from rules.facts import Missing
from tests.rules.books import NOW, POLICY, account, days_ago, in_days
from tests.views.limits import assert_shape, assert_within_limits, every
from tests.views.test_morning_list import HOSTILE, presses, texts
from views.blocks import MESSAGE_BLOCKS, VIEW_BLOCKS
from views.escalated import Escalated, Escalations, Told, as_text, digest_headline
from views.escalation import claimed_note, render
from views.morning_list import Source
from views.why_escalated import WhyEscalated, dismiss_modal, modal
from views.words import Links

LINKS = Links("https://app.hubspot.com/contacts/4711", "https://example.atlassian.net")
TICKET = TicketFacts("jira:SUP-1", "urgent", days_ago(12), days_ago(3), None)
ACME = account(
    account_id="10", name="Acme Anvils", revenue_cents=41_200_000, renewal_at=in_days(10), open_tickets=1,
    open_deals=2, open_deals_cents=18_000_000, task_due_at=days_ago(6), task_id="9", last_touch_at=days_ago(9),
    last_touch_kind="call",
)  # fmt: skip


def escalated(name: str = "Acme Anvils", number: int = 10, **more: Any) -> list[Escalated]:
    """Everything the rules say of one account."""
    case = Case(ACME._replace(name=name, account_id=str(number)), (TICKET,))
    found = alerts(case, Watch(NOW, POLICY, Missing()))
    given = {"owner": "Wren", "state": "open", "level": 1, "told": (Told("Mara", NOW, True),), **more}
    return [
        Escalated(f"T1:escalated:0123456789abcdef/e{number}{at}", case, one, NOW, "A", **given)
        for at, one in enumerate(found)
    ]


def message(*found: Escalated, **more: Any) -> Escalations:
    return Escalations(found, POLICY, POLICY.version, LINKS, NOW, sources=(Source("HubSpot", NOW),), **more)


def test_one_account_is_one_card_with_its_evidence_and_what_would_help() -> None:
    drawn = render(message(*escalated(next_at=in_days(1), next_name="Ada")))
    said = texts(drawn.blocks)
    assert "Acme Anvils · Tier A · $412k · owner Wren" in said
    assert "Urgent ticket SUP-1 open for 12 days, and nobody has answered" in said
    assert said.count("and nobody has answered") == 1, "each trouble is said once"
    for words in ("Renewal", "2 open deals, $180k together", "Follow-up", "no answer on record", "What would help:"):
        assert words in said
    assert "goes to Ada Tue 24 Nov 09:00 unless somebody claims it" in said
    assert presses(drawn.blocks) == [
        "claim_escalation", "snooze_escalation", "dismiss_escalation", "explain_escalation", "open_in_hubspot",
        "prepare_escalation",
    ]  # fmt: skip
    assert {part["url"] for part in every(drawn.blocks) if part.get("type") == "link"} == {
        "https://app.hubspot.com/contacts/4711/record/0-2/10",
        "https://example.atlassian.net/browse/SUP-1",
        "https://app.hubspot.com/contacts/4711/record/0-2/10?engagement=9",
    }


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"told": (Told("Mara", NOW, True),)}, "Level 1 of 3 · nobody further up is left to hear of it"),
        (
            {"told": (Told("Mara", NOW), Told("Ada", NOW, True), Told("Otto", in_days(1)))},
            "told: Mara, you Mon 23 Nov 09:00; Otto Tue 24 Nov 09:00 · nobody further up",
        ),
        ({"told": (), "waiting": (Told("Mara", in_days(1)),)}, "Level 1 of 3 · will be told: Mara Tue 24 Nov 09:00"),
        ({"told": (), "unheard": True}, "nobody but the owner is known who could be told: DAYBOOK_ESCALATE_TO says"),
    ],
)
def test_who_was_told_is_said_by_moment_and_that_nobody_is_left(more: dict[str, Any], wanted: str) -> None:
    assert wanted in texts(render(message(*escalated(**more))).blocks)


@pytest.mark.parametrize("state", get_args(State))
def test_each_state_says_who_decided_when_and_offers_only_what_is_left(state: State) -> None:
    reasons = {"solved": "answered", "dismissed": "known *problem* https://evil.example"}
    more = {"state": state, "by": "Mara", "at": NOW, "until": in_days(1), "reason": reasons.get(state)}
    drawn = render(message(*escalated(**more)))
    said, offered = texts(drawn.blocks), presses(drawn.blocks)
    assert ("claim_escalation" in offered) == (state == "open")
    assert ("reopen_escalation" in offered) == (state in ("claimed", "snoozed", "dismissed"))
    assert "explain_escalation" in offered
    assert {
        "open": "Claim", "claimed": "✓ Claimed by Mara Mon 23 Nov 09:00", "snoozed": "until Tue 24 Nov 09:00",
        "dismissed": "Not a problem, says Mara", "solved": f"✓ Solved by itself: {HOW['answered']}",
    }[state] in said  # fmt: skip
    assert "evil.example" not in said


def test_a_digest_counts_accounts_and_keeps_what_is_settled() -> None:
    settled = [dataclasses.replace(one, state="claimed", by="Mara", at=NOW) for one in escalated("Globex", 11)]
    whole = message(*escalated(), *settled, *escalated("Hooli", 12), waiting=3)
    assert digest_headline(whole) == "2 accounts need a decision"
    drawn = render(whole)
    assert "3 more accounts wait for the next working morning" in texts(drawn.blocks)
    assert presses(drawn.blocks).count("claim_escalation") == 2
    assert drawn.text.splitlines()[0] == "2 accounts need a decision"
    assert digest_headline(message(*settled, *[dataclasses.replace(settled[0], case=escalated()[0].case)])) == (
        "2 accounts, all of them settled"
    )


def test_a_digest_says_of_each_account_what_would_help_and_who_is_next_once_where_that_is_the_same() -> None:
    for names, times in ((("Ada", "Ada"), 1), (("Ada", "Bo"), 2)):
        alike = [one for at, name in enumerate(names) for one in escalated(name, at, next_at=NOW, next_name=name)]
        said = texts(render(message(*alike)).blocks)
        assert said.count("unless somebody claims it") == times
        assert said.count("What would help:") == 2
        assert said.count("open since") == 2, "each has its evidence"


def test_what_one_press_decides_is_one_line_on_a_list() -> None:
    whole = message(*escalated("Globex", 11), *escalated("Hooli", 12))
    assert len(whole.alerts) > 2
    globex, hooli = as_text(whole)
    assert globex.startswith("Globex, owner Wren: ")
    assert globex.count("nobody has answered") == 1
    assert "; " in globex
    assert hooli.startswith("Hooli")


def test_the_owner_reads_all_that_somebody_has_taken_on_with_its_evidence() -> None:
    note = claimed_note(message(*escalated(state="claimed", by="Mara")), "Mara")
    said = texts(note.blocks)
    assert "Mara has taken on your account Acme Anvils" in said
    for words in ("nobody has answered", "follow-up due 6 days ago", "open since", "Renewal"):
        assert words in said
    assert "https://example.atlassian.net/browse/SUP-1" in {part.get("url") for part in every(note.blocks)}


@settings(max_examples=40)
@given(st.lists(HOSTILE, min_size=1, max_size=3), st.sampled_from(get_args(State)))
def test_every_message_is_within_slacks_limits(names: list[str], state: State) -> None:
    found = [
        one
        for at, name in enumerate((names * 20)[:20])
        for one in escalated(name, at + 1, owner=name, by=name, reason=name, state=state, at=NOW, next_name=name)
    ]
    drawn = render(message(*found, waiting=1))
    assert_within_limits(drawn.blocks, MESSAGE_BLOCKS)
    assert len(drawn.text) <= 3_000
    assert "<!" not in drawn.text
    assert not any(part.get("type") == "mrkdwn" for part in every(drawn.blocks))
    why = modal(WhyEscalated(message(*found[:4]), frozenset(), (names[0], "Ada")))
    assert_within_limits(why["blocks"], VIEW_BLOCKS)
    note = claimed_note(message(*found[:3]), names[0])
    assert_within_limits(note.blocks, MESSAGE_BLOCKS)
    assert "<!" not in note.text


def test_the_messages_and_dialogs_are_shaped_as_slack_asks() -> None:
    for drawn in (render(message(*escalated())), render(message(*escalated(), *escalated("Hooli", 12)))):
        for block in drawn.blocks:
            assert_shape(block, "KnownBlock")
    for view in (
        modal(WhyEscalated(message(*escalated()), frozenset(), ("Mara", "Ada"))),
        dismiss_modal("about", "Acme"),
    ):
        assert_shape(view, "ModalView")


def test_why_shows_every_condition_with_its_numbers() -> None:
    said = texts(modal(WhyEscalated(message(*escalated()), frozenset(), ("Mara", "Ada")))["blocks"])
    assert "✓ SUP-1 open for 12 days (from day 10 on)" in said
    assert "✓ Tier A, $412k a year (asked for: tier A)" in said
    assert "Level 2: Ada" in said
    assert "The rules no longer find it: it closes by itself" in said
