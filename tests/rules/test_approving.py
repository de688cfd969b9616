"""Who may press what on a card: each case has one answer, whatever order the rules are asked in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import approving
from rules.action import Principal, Role
from rules.approving import Press, lent, may_press, may_stand_in
from rules.verdict import Allow

REP = Principal("U1", Role.REP, frozenset({"o1"}))
PEER = Principal("U2", Role.REP, frozenset({"o2"}))
MANAGER = Principal("U9", Role.MANAGER, frozenset({"o1", "o2", "o9"}))
GONE = Principal("U3", Role.NOBODY)
OWN = Press(False, REP, REP, "U1", "Wren", "open", False, False, False)
SHARED = Press(False, MANAGER, REP, "U9", "Marguerite", "open", False, False, True)


def said(press: Press) -> str:
    return may_press(press).rule


def test_ones_own_is_ones_own_and_the_managers_the_managers() -> None:
    assert said(OWN) == said(SHARED) == "press.yours"


@pytest.mark.parametrize(
    ("press", "rule"),
    [
        (replace(OWN, presser=PEER), "press.not_yours"),
        (replace(OWN, presser=MANAGER), "press.not_yours"),
        (replace(OWN, presser=PEER, stands_in=True), "press.not_yours"),
        (replace(OWN, presser=GONE), "press.stranger"),
        (replace(OWN, requester=replace(REP, role=Role.NOBODY)), "press.requester_gone"),
        (replace(OWN, state="applied"), "press.ended"),
        (replace(OWN, late=True), "press.late"),
        (replace(OWN, state="expired", late=True), "press.ended"),
        (replace(SHARED, presser=REP), "press.own"),
        (replace(SHARED, presser=REP, stands_in=True), "press.own"),
        (replace(SHARED, presser=PEER), "press.not_yours"),
        (replace(SHARED, presser=PEER, stands_in=True), "press.yours"),
        (replace(SHARED, presser=GONE, stands_in=True), "press.stranger"),
        (replace(SHARED, leads=False), "press.not_leading"),
        (replace(SHARED, presser=REP, cancels=True), "press.yours"),
        (replace(SHARED, presser=PEER, cancels=True), "press.not_yours"),
    ],
)
def test_every_other_press_has_its_own_answer(press: Press, rule: str) -> None:
    assert said(press) == rule


def test_whoever_stands_in_has_the_rights_of_the_one_who_is_away_under_their_own_name() -> None:
    assert lent(PEER, MANAGER) == Principal("U2", Role.MANAGER, MANAGER.owners)


def test_only_who_decides_for_others_names_a_deputy_and_only_a_member() -> None:
    assert isinstance(may_stand_in(MANAGER, PEER), Allow)
    assert may_stand_in(REP, PEER).rule == "away.nothing"
    assert may_stand_in(MANAGER, MANAGER).rule == "away.self"
    assert may_stand_in(MANAGER, GONE).rule == "away.stranger"


_people = st.sampled_from([REP, PEER, MANAGER, GONE])
_presses = st.builds(
    Press, st.booleans(), _people, _people, st.sampled_from(["U1", "U2", "U9"]), st.just("Marguerite"),
    st.sampled_from(["open", *approving.ENDED]), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(_presses)
def test_a_yes_needs_every_rules_silence_in_any_order(press: Press) -> None:
    yes = isinstance(may_press(press), Allow)
    approving.RULES.reverse()
    try:
        assert isinstance(may_press(press), Allow) == yes
    finally:
        approving.RULES.reverse()


@given(_presses)
def test_nobody_gives_a_second_yes_to_their_own_wish(press: Press) -> None:
    if isinstance(may_press(press), Allow) and not press.cancels and press.approver != press.requester.id:
        assert press.presser.id != press.requester.id
