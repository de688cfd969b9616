"""Snoozing in a conversation: the person's own list, once, and back with a press unless they have decided anew."""

from __future__ import annotations

import pytest

from tests.tools.desk import Desk
from tools import snooze_account, undoing


def _first(shop: Desk) -> str:
    listed = shop.told("my_list")["accounts"]
    assert listed, "the rep has a list"
    return str(listed[0]["account"])


@pytest.mark.parametrize("until", ["day", "week", "change"])
def test_it_is_off_the_list_and_back_with_a_press(shop: Desk, until: str) -> None:
    account = _first(shop)
    answer = shop.call("snooze_account", account=account, until=until)
    assert answer.receipt is not None, answer.text
    assert account in {one["account"] for one in shop.told("my_list")["snoozed"]}
    assert shop.call("snooze_account", answer.receipt.call, account=account, until=until).receipt == answer.receipt
    assert undoing.undo(shop.world(), answer.receipt.call, shop.rep.id).whisper is None
    assert account not in {one["account"] for one in shop.told("my_list")["snoozed"]}


def test_undoing_an_older_snooze_leaves_the_newer_one(shop: Desk) -> None:
    account = _first(shop)
    first = shop.call("snooze_account", account=account, until="day")
    shop.told("snooze_account", account=account, until="week")
    assert first.receipt is not None
    assert "Nothing was undone" in (undoing.undo(shop.world(), first.receipt.call, shop.rep.id).whisper or "")
    assert account in {one["account"] for one in shop.told("my_list")["snoozed"]}


def test_the_model_is_told_which_spans_there_are_and_to_say_so_first() -> None:
    assert "a day, a week, or until something changes" in snooze_account.TOOL.description
    assert "let them choose before you call this" in snooze_account.TOOL.description


def test_nobody_elses_account_and_nothing_made_up(shop: Desk) -> None:
    assert shop.refused("snooze_account", account="10000000013", until="day")[0] == "scope.not_yours"
    for until in ("forever", "", "DAY", None, 7):
        assert shop.refused("snooze_account", account="10000000001", until=until)[0] == "arguments.shape"
