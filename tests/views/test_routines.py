"""A routine's dialog, its lines on Home and what it says: within Slack's limits, and nobody's words are markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from rules.allowance import GRANTABLE
from tests.views.limits import assert_shape, assert_within_limits
from tests.views.lists import BERLIN, NINE
from tests.views.test_morning_list import HOSTILE, presses, texts
from views import routines as view
from views.routines import Proposal, Shown, modal

ASKED = Proposal(
    agent="assistant", words="What moved?", at="16:30", days="mon,tue,wed,thu,fri", next_at=NINE + 3_600_000,
    tools=tuple(GRANTABLE), most=5, zone=BERLIN, zone_name="Europe/Berlin", now=NINE, about="[]",
)  # fmt: skip
MINE = Shown("r1", "assistant", "What moved?", "every weekday at 16:30", "looks and reports only", NINE + 3_600_000)


def test_the_dialog_ticks_nothing_beforehand() -> None:
    shown = modal(ASKED)
    assert "Every weekday at 16:30, Berlin time First today at 10:00" in texts(shown["blocks"])
    boxes, menu = (block["element"] for block in shown["blocks"] if block["type"] == "input")
    assert "initial_options" not in boxes
    assert menu["initial_option"]["value"] == "1"
    assert view.granted({}) == ((), 0)


def test_what_was_ticked_is_read_and_nonsense_is_nothing() -> None:
    ticked = {"selected_options": [{"value": "log_note"}, {"value": "create_task"}]}
    chosen = {"grant": {"value": ticked}, "records": {"value": {"selected_option": {"value": "3"}}}}
    assert view.granted(chosen) == (("log_note", "create_task"), 3)
    assert view.granted({"records": {"value": {"selected_option": {"value": "many"}}}}) == ((), 0)


def test_ones_own_can_be_run_and_deleted_a_colleagues_only_paused() -> None:
    assert presses(view.lines(MINE, NINE, BERLIN)) == ["pause_routine", "run_routine", "delete_routine"]
    assert presses(view.lines(replace(MINE, of="Ada"), NINE, BERLIN)) == ["pause_routine"]
    assert presses(view.lines(replace(MINE, next_at=None, of="Ada"), NINE, BERLIN)) == ["resume_routine"]


def test_a_colleague_who_was_paused_and_one_set_up_at_the_terminal_are_said() -> None:
    shown = texts(view.lines(replace(MINE, of="Ada", made_by="whoever runs Daybook"), NINE, BERLIN))
    assert "Ada: What moved?" in shown
    assert "Set up by whoever runs Daybook" in shown


def test_it_has_the_vendors_shape() -> None:
    for shown in (modal(ASKED), modal(replace(ASKED, tools=()))):
        assert_shape(shown, "ModalView")
    for block in view.lines(MINE, NINE, BERLIN):
        assert_shape(block, "KnownBlock")


@settings(max_examples=40)
@given(HOSTILE)
def test_any_words_stay_words_and_within_slacks_limits(words: str) -> None:
    shown = modal(replace(ASKED, words=words, agent=words[:60]))
    assert_within_limits(shown["blocks"], 100)
    lines = view.lines(replace(MINE, words=words, last=words, of=words), NINE, BERLIN)
    assert_within_limits(lines, 100)
    told = [view.made(words, "16:30", "mon", "assistant", "looks", "today"), view.ended(words, words, words)]
    told.append(view.too_late(words, NINE, NINE, BERLIN))
    for message in told:
        assert_within_limits(message.blocks, 50)
        assert "<!" not in message.text


@pytest.mark.parametrize("most", [1, 500])
def test_the_menu_of_records_fits_whatever_the_policy_says(most: int) -> None:
    assert_within_limits(modal(replace(ASKED, most=most))["blocks"], 100)
