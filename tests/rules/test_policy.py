"""The policy file: what it refuses, and that each refusal names the key and the way out."""

from __future__ import annotations

import dataclasses

import pytest

from rules import policy_file
from rules.policy import PolicyError
from tests.rules.books import POLICY, TEXT


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("length = 7", "length = 0", "list.length"),
        ("length = 7", "length = 700", "list.length"),
        ("length = 7", "length = true", "list.length"),
        ("length = 7", 'length = "7"', "list.length"),
        ("length = 7", "", "list.length"),
        ("length = 7", "length = 7\ncolour = 3", "list.colour"),
        ("urgent_ticket = 40", "urgent_ticket = -1", "weights.urgent_ticket"),
        ("urgent_ticket = 40", "urgent_ticket = 4.5", "weights.urgent_ticket"),
        ("urgent_ticket = 40", "urgnt_ticket = 40", "weights.urgnt_ticket"),
        ("percent = 150", "percent = 0", "tiers[1].percent"),
        ("from = 100_000", "from = 10", "tiers"),
        ("from = 0", "from = 5", "tiers"),
        ('name = "B"', 'name = "A"', "tiers"),
        ('version = "2026.11.4"', "", "version"),
        ('"left voicemail"', "7", "not_reached.b2cf5968-551e-4856-9783-52b3da59a7d0.words"),
        ("[marks]", "[marks", "the file"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_by_key(old: str, new: str, key: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        policy_file.parse(TEXT.replace(old, new, 1))
    assert refused.value.key == key
    assert refused.value.remedy
    assert str(refused.value).startswith("rules/policy.toml: ")


def test_the_version_follows_the_numbers_not_the_comments() -> None:
    assert POLICY.version.startswith("2026.11.4+")
    assert policy_file.parse(TEXT + "\n# a remark\n").version == POLICY.version
    assert policy_file.parse(TEXT.replace("urgent_ticket = 40", "urgent_ticket = 41")).version != POLICY.version


def test_money_in_the_file_is_whole_units_and_in_the_policy_cents() -> None:
    assert [(tier.name, tier.from_cents) for tier in POLICY.tiers] == [("A", 10_000_000), ("B", 2_500_000), ("C", 0)]


def test_every_number_in_the_file_has_a_comment_beside_or_above_its_block() -> None:
    for line in TEXT.split("[weights]")[1].split("[caps]")[0].splitlines():
        if "=" in line and not line.startswith("#"):
            assert "#" in line, f"say what this number means: {line}"


def test_a_policy_kept_before_a_section_came_still_shows_its_sums() -> None:
    old = TEXT[: TEXT.index("# What Daybook may do when people talk to it")]
    with pytest.raises(PolicyError, match="authority"):
        policy_file.parse(old)
    kept = policy_file.parse_kept(old, TEXT)
    assert kept.weights == POLICY.weights
    assert kept.authority == POLICY.authority
    assert kept.version != POLICY.version, "its version is still its own"
    assert policy_file.parse_kept(TEXT, TEXT) == POLICY


@pytest.mark.parametrize("number", ["claimed_hours", "undo_hours"])
def test_a_policy_kept_before_a_number_came_has_todays(number: str) -> None:
    old = "".join(line for line in TEXT.splitlines(keepends=True) if not line.startswith(number))
    with pytest.raises(PolicyError, match=number):
        policy_file.parse(old)
    kept = policy_file.parse_kept(old.replace("waiting_days = 7", "waiting_days = 9"), TEXT)
    assert kept.escalation == dataclasses.replace(POLICY.escalation, waiting_days=9)
    assert kept.authority == POLICY.authority
