"""Why?: the whole sum in the rep's words, within a modal's limits."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings

from rules.facts import AccountFacts
from rules.marks import holds, mark_for
from rules.ranking import what_if
from rules.scoring import explain
from tests.rules.books import POLICY, random_accounts
from tests.views.limits import assert_shape, assert_within_limits
from tests.views.lists import BERLIN, LINKS, NINE, TODAY, why
from tests.views.test_morning_list import texts
from views.terminal import why_as_text
from views.why import Why, modal


def test_the_sum_is_shown_to_the_last_point() -> None:
    shown = texts(modal(why())["blocks"])
    assert "+40 Urgent ticket SUP-412 open for 3 days 1 × 40 = 40 (counted once)" in shown
    assert "Sum 155 × 150 % (tier A) = 232 points" in shown
    assert "1st of 6 due, with 232 points" in shown


def test_it_says_what_would_change_the_place() -> None:
    shown = texts(modal(why("103"))["blocks"])
    assert "What would change its place" in shown
    assert "Reaching them today: −48 →" in shown
    assert "it would be 1st" in shown


@pytest.mark.parametrize(
    ("account_id", "words"),
    [
        ("105", "Revenue is not filled in"),
        ("105", "No renewal date is filled in."),
        ("105", "Taken off, because it can wait −30 Onboarding is under way"),
    ],
)
def test_what_was_neutral_or_lowering_is_said(account_id: str, words: str) -> None:
    assert words in texts(modal(why(account_id))["blocks"])


def test_a_mark_and_what_ended_it_are_said() -> None:
    asked = why()
    mark = mark_for("snooze", "week", asked.facts, asked.explanation, by="U1", made_at=NINE, zone=BERLIN, policy=POLICY)
    verdict = holds(mark, asked.facts, TODAY, asked.explanation)
    held = dataclasses.replace(asked, mark=mark, verdict=verdict, mark_by="by you")
    assert "Snoozed by you until Mon 30 Nov, or something new and worse" in texts(modal(held)["blocks"])


def test_points_that_changed_since_the_list_are_named() -> None:
    asked = dataclasses.replace(why(), now_total=300)
    assert "With what is known now it would have 300 points" in texts(modal(asked)["blocks"])


def test_the_view_has_the_vendors_shape() -> None:
    assert_shape(modal(why()), "ModalView")


@given(random_accounts)
@settings(max_examples=60)
def test_any_account_can_be_explained_within_the_limits(facts: AccountFacts) -> None:
    explanation = explain(facts, TODAY)
    asked = Why(facts, explanation, None, 0, BERLIN, LINKS, POLICY, NINE, what_if(facts, TODAY, ()))
    view = modal(asked)
    assert_within_limits(view["blocks"], 100)
    assert len(view["title"]["text"]) <= 24
    assert explanation.version in why_as_text(asked)
