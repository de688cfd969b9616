"""The policy in words: no rule without them, every name the books may hold, and the file's own numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import groupby
from pathlib import Path
from typing import get_args

import pytest

from rules import answers_beside, asking, policy_words
from rules.policy_words import NoSuchRule, explain, rules, sentences, words_of
from tests.rules.books import POLICY

ROOT = Path(policy_words.__file__).resolve().parents[1]
NAME = re.compile(r"[a-z]+\.[a-z_]+")
OTHERS = ("faults", "log", "effects", "logging", "structlog", "_perform", "_number", "_names", "_words", "PolicyError")
"""What is given a name of that shape that is no rule's: fault points, events of the log, keys of writes and numbers."""


def named_in(file: Path) -> Iterator[str]:
    """Every name that is written like a rule's and not handed to one of ``OTHERS``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    theirs = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[0] in OTHERS
        for part in ast.walk(call)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in theirs and NAME.fullmatch(str(node.value)):
            yield from () if node.value.startswith("slack.") else (node.value,)


@pytest.mark.parametrize("one", rules(POLICY), ids=lambda one: one.name)
def test_every_rule_has_words_a_name_and_something_it_does(one: policy_words.RuleWords) -> None:
    assert one.words, f"{one.name} in rules/ needs one sentence under its def: what it says, plainly"
    assert one.words[0].isupper(), one.words
    assert one.words.endswith("."), one.words
    assert 10 < len(one.words) <= 200
    assert "`" not in one.words
    assert one.answers, f"{one.name} gives its verdicts no name"
    assert one.verdicts


def test_every_name_that_a_verdict_may_bear_can_be_explained() -> None:
    files = [file for folder in ("rules", "tools", "agents") for file in (ROOT / folder).glob("*.py")]
    own = {Path(str(policy_words.__file__)), Path(str(answers_beside.__file__))}
    named = {name for file in (*files, ROOT / "sessions" / "routines.py") if file not in own for name in named_in(file)}
    named |= {f"agent.{who}" for who in get_args(asking.Who)}
    assert len(named) > 100
    assert [name for name in sorted(named) if not words_of(name, POLICY)] == []
    assert named <= set(sentences())


@pytest.mark.parametrize("name", ["press.own", "undo.own", "routine.made", "budget.session", "agent.unknown"])
def test_what_the_books_hold_beside_the_rules_of_authority_is_told_too(name: str) -> None:
    (one,) = explain(name, POLICY)
    assert name in one.answers
    assert one.words.endswith(".")


def test_every_number_that_decides_what_may_be_done_is_told() -> None:
    told = {key for one in rules(POLICY) for key, _value in one.numbers}
    for section in (POLICY.authority, POLICY.contact, POLICY.routines, POLICY.budgets):
        assert {field.name for field in fields(section)} - told == set()
    assert explain("contact.never", POLICY)[0].numbers == (("do_not_contact", "hs_email_optout, do_not_contact"),)
    assert explain("undo.own", POLICY)[0].numbers == (("undo_hours", "72"),)


def test_a_rule_is_found_by_the_name_in_the_ledger_and_by_its_own_with_its_numbers() -> None:
    (one,) = explain("amount.change", POLICY)
    assert explain(" Amounts_Change_Little ", POLICY) == [one]
    assert one.numbers == (("amount_change_percent", "20"),)
    assert one.verdicts == ("asks first", "refuses")
    assert one.line() == "A large change of an amount needs the manager's yes (amount change percent: 20)."


def test_what_is_done_at_once_comes_first_then_what_takes_a_yes_then_what_is_refused() -> None:
    told = {group: [one.name for one in ruled] for group, ruled in groupby(rules(POLICY), key=lambda one: one.group)}
    assert tuple(told) == policy_words.GROUPS
    assert told[policy_words.AT_ONCE] == ["reads", "own_list", "logging"]
    for name in ("changes_are_confirmed", "stages_go_forward", "bulk_shows_its_list", "customers_words_are_confirmed"):
        assert name in told[policy_words.WITH_A_YES]
    assert "quiet_hours" in told[policy_words.CUSTOMERS]
    assert "records_per_person" in told[policy_words.LIMITS]
    assert "person_known" in told[policy_words.WHO]


def test_the_numbers_are_those_of_the_policy_in_force() -> None:
    other = replace(POLICY, authority=replace(POLICY.authority, amount_change_percent=35))
    assert explain("amount.change", other)[0].numbers == (("amount_change_percent", "35"),)


def test_a_name_nobody_knows_is_answered_with_those_there_are() -> None:
    with pytest.raises(NoSuchRule, match=r"amount\.change"):
        explain("amount.chance", POLICY)
    assert words_of("amount.chance", POLICY) == ""
