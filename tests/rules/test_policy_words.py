"""The policy in words: no rule without them, every name the books may hold, and the file's own numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rules import allowance, authority, policy_words, reaching
from rules.policy_words import NoSuchRule, explain, rules, words_of
from tests.rules.books import POLICY

SOURCE = "".join(Path(str(room.__file__)).read_text(encoding="utf-8") for room in (allowance, authority, reaching))


@pytest.mark.parametrize("one", rules(POLICY), ids=lambda one: one.name)
def test_every_rule_has_words_a_name_and_something_it_does(one: policy_words.RuleWords) -> None:
    assert one.words, f"{one.name} in rules/authority.py needs one sentence under its def: what it says, plainly"
    assert one.words[0].isupper(), one.words
    assert one.words.endswith("."), one.words
    assert 10 < len(one.words) <= 200
    assert "`" not in one.words
    assert one.answers, f"{one.name} gives its verdicts no name"
    assert one.verdicts


def test_every_name_that_a_verdict_may_bear_can_be_explained() -> None:
    named = set(re.findall(r'"([a-z]+\.[a-z_]+)"', SOURCE))
    assert len(named) > 20
    assert [name for name in sorted(named) if not words_of(name, POLICY)] == []


def test_a_rule_is_found_by_the_name_in_the_ledger_and_by_its_own_with_its_numbers() -> None:
    (one,) = explain("amount.change", POLICY)
    assert explain(" Amounts_Change_Little ", POLICY) == [one]
    assert one.numbers == (("amount_change_percent", "20"),)
    assert one.verdicts == ("asks first", "refuses")
    assert one.line().startswith("amount.change: ")


def test_the_numbers_are_those_of_the_policy_in_force() -> None:
    other = replace(POLICY, authority=replace(POLICY.authority, amount_change_percent=35))
    assert explain("amount.change", other)[0].numbers == (("amount_change_percent", "35"),)


def test_a_name_nobody_knows_is_answered_with_those_there_are() -> None:
    with pytest.raises(NoSuchRule, match=r"amount\.change"):
        explain("amount.chance", POLICY)
    assert words_of("amount.chance", POLICY) == ""
