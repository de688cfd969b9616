"""Each rule holds off something: with any one of them gone, the judge finds what must not have happened."""

from __future__ import annotations

import pytest

from tests.attack import scenarios_outside, scenarios_outward  # noqa: F401 - they bring their scenarios
from tests.attack.conftest import tried
from tests.attack.house import House
from tests.attack.scenarios import LISTS, SCENARIOS, without

NAMES = [rule.__name__ for rules in LISTS.values() for rule in rules]


def test_every_rule_has_its_attack() -> None:
    assert set(SCENARIOS) == set(NAMES), "a rule without a scenario, or a scenario without its rule"


@pytest.mark.parametrize("rule", NAMES)
def test_with_a_rule_gone_the_harness_fails(house: House, rule: str) -> None:
    number, scenario = 100 + 2 * NAMES.index(rule), SCENARIOS[rule]
    in_force = tried(house, scenario.sessions(house.company, f"s{number}"), scenario.open())
    assert in_force == [], "with all rules in force nothing is wrong"
    with without(rule):
        gone = tried(house, scenario.sessions(house.company, f"s{number + 1}"), scenario.open())
    assert gone != [], f"nobody noticed that {rule} was gone"
