"""Who may press what on a card: each case has one answer, whatever order the rules are asked in."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from rules import approving
from rules.action import Principal, Role
from rules.approving import Press, lent, may_press, may_stand_in
from rules.verdict import Allow, Refuse
from tests.rules.cases import MANAGER, PEER, REP, SERVICE, built, flag, law, one_of

GONE = Principal("U3", Role.NOBODY)
OWN = Press(False, REP, REP, "U1", "Wren", "open", False, False, False)
OUT = {Role.NOBODY, Role.SERVICE}
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
        (replace(OWN, outdated=True), "press.outdated"),
        (replace(SHARED, outdated=True), "press.outdated"),
        (replace(OWN, requester=replace(REP, role=Role.SERVICE)), "press.requester_gone"),
        (replace(SHARED, requester=replace(REP, role=Role.NOBODY)), "press.requester_gone"),
        (replace(SHARED, requester=replace(REP, role=Role.NOBODY), cancels=True), "press.yours"),
        (replace(SHARED, presser=SERVICE, approver=SERVICE.id), "press.stranger"),
        (replace(SHARED, presser=PEER, stands_in=True, leads=False), "press.not_leading"),
        (replace(SHARED, leads=False, cancels=True), "press.not_leading"),
        (replace(SHARED, presser=REP, cancels=True, leads=False), "press.yours"),
        (replace(SHARED, presser=REP, cancels=True, late=True), "press.late"),
    ],
)
def test_every_other_press_has_its_own_answer(press: Press, rule: str) -> None:
    assert said(press) == rule


@pytest.mark.parametrize(
    ("press", "starts"),
    [
        (replace(SHARED, leads=False), "You don't lead"),
        (replace(SHARED, leads=False, approver_name=""), "You don't lead"),
        (replace(SHARED, presser=PEER, stands_in=True, leads=False), "Marguerite doesn't lead"),
        (replace(SHARED, presser=PEER, stands_in=True, leads=False, approver_name=""), "You don't lead"),
        (replace(SHARED, presser=PEER), "Only Marguerite can"),
        (replace(SHARED, presser=PEER, approver_name=""), "Only the person it was asked of can"),
        (replace(SHARED, presser=REP), "You asked for it, so Marguerite has"),
        (replace(SHARED, presser=REP, approver_name=""), "You asked for it, so somebody else has"),
    ],
)
def test_a_no_names_whose_answer_it_is_as_far_as_that_is_known(press: Press, starts: str) -> None:
    assert may_press(press).reason.startswith(starts)


def test_whoever_stands_in_has_the_rights_of_the_one_who_is_away_under_their_own_name() -> None:
    assert lent(PEER, MANAGER) == Principal("U2", Role.MANAGER, MANAGER.owners)


def test_only_who_decides_for_others_names_a_deputy_and_only_a_member() -> None:
    assert isinstance(may_stand_in(MANAGER, PEER), Allow)
    assert may_stand_in(REP, PEER).rule == "away.nothing"
    assert may_stand_in(MANAGER, MANAGER).rule == "away.self"
    assert may_stand_in(MANAGER, GONE).rule == "away.stranger"
    assert may_stand_in(MANAGER, SERVICE).rule == "away.stranger"
    assert may_stand_in(GONE, PEER).rule == "away.nothing"


# -- laws --------------------------------------------------------------------------------------------------------------

_people = one_of(REP, PEER, MANAGER, GONE, SERVICE)
_WRONG: dict[str, Any] = {
    "cancels": flag, "presser": _people, "requester": _people, "approver": one_of("U1", "U2", "U9"),
    "state": one_of(*approving.ENDED), "late": flag, "stands_in": flag, "leads": flag, "outdated": flag,
}  # fmt: skip
_wild = built(
    Press, flag, _people, _people, one_of("U1", "U2", "U9"), one_of("Marguerite"), one_of("open", *approving.ENDED),
    flag, flag, flag, flag,
)  # fmt: skip


def _presses(chance: Random) -> Press:
    """A press that is in order, or has up to two things wrong with it; seldom one of which nothing is sure."""
    if chance.randrange(8) == 0:
        wild: Press = _wild(chance)
        return wild
    deputys, back = replace(SHARED, presser=PEER, stands_in=True), replace(SHARED, presser=REP, cancels=True)
    press = chance.choice((OWN, OWN, SHARED, deputys, back, replace(OWN, cancels=True)))
    for name in chance.sample(sorted(_WRONG), chance.choice((0, 0, 1, 2))):
        press = replace(press, **{name: _WRONG[name](chance)})
    return press


def met(press: Press) -> set[str]:
    if isinstance(may_press(press), Refuse):
        return {"no"}
    return {"cancelled" if press.cancels else "a second yes" if press.shared else "their own yes"}


REACHED = {"no": 20, "a second yes": 7, "their own yes": 10, "cancelled": 10}


@law(_presses, **REACHED)
def test_a_yes_needs_every_rules_silence_in_any_order(press: Press) -> set[str]:
    yes = isinstance(may_press(press), Allow)
    approving.RULES.reverse()
    try:
        assert isinstance(may_press(press), Allow) == yes
    finally:
        approving.RULES.reverse()
    return met(press)


@law(_presses, **REACHED)
def test_nobody_gives_a_second_yes_to_their_own_wish(press: Press) -> set[str]:
    if isinstance(may_press(press), Allow) and not press.cancels and press.approver != press.requester.id:
        assert press.presser.id != press.requester.id
    return met(press)


@law(_presses, **REACHED)
def test_a_yes_is_given_in_time_by_whom_it_was_asked_of_to_what_they_saw(press: Press) -> set[str]:
    if isinstance(may_press(press), Allow):
        assert press.state == "open"
        assert not press.late
        assert not press.outdated
        assert not {press.presser.role, *(() if press.cancels else (press.requester.role,))} & OUT
        theirs = press.presser.id == press.approver or (press.shared and press.stands_in)
        back = press.cancels and press.presser.id == press.requester.id
        assert back or (theirs and (not press.shared or press.leads))
    return met(press)


_LESS = ({"late": True}, {"outdated": True}, {"leads": False}, {"stands_in": False}, {"presser": GONE})


@law(_presses, one_of(*_LESS), fewer=5, **REACHED)
def test_nothing_that_speaks_against_a_press_ever_makes_it_count(press: Press, less: dict[str, Any]) -> set[str]:
    against = may_press(replace(press, **less))
    if isinstance(against, Allow):
        assert isinstance(may_press(press), Allow)
    return {*met(press), "fewer" if type(against) is not type(may_press(press)) else ""}
