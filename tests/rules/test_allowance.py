"""What a run of a routine does without asking: what was granted to it, and nothing that people would be asked about."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from rules import allowance
from rules.action import Action, Allowance, Circumstances, Effect, Principal
from rules.authority import decide, decide_early
from rules.verdict import Allow, Refuse, Verdict
from tests.rules.books import POLICY
from tests.rules.cases import (
    LOOK,
    MANAGER,
    MINE,
    MINE_TOO,
    NOBODY,
    NOTE,
    PEER,
    REP,
    THEIRS,
    Scene,
    built,
    flag,
    law,
    number,
    one_of,
    some_of,
)

TOOLS = ("log_note", "create_task", "comment_ticket", "log_call", "update_deal", "reply_ticket", "find_account")
GRANT = Allowance("s:1", frozenset({"log_note"}), 2)
RUN = Circumstances(granted=frozenset(TOOLS), unattended=True, run="s:1", allowance=GRANT)


def verdict(action: Action, at: Circumstances = RUN, by: Principal = REP) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def test_what_was_granted_is_done_at_once() -> None:
    assert isinstance(verdict(NOTE), Allow)
    assert isinstance(verdict(replace(NOTE, targets=(MINE, MINE_TOO))), Allow), "up to the last record granted"


@pytest.mark.parametrize(
    ("action", "at", "rule"),
    [
        (NOTE, replace(RUN, allowance=None), "run.unattended"),
        (NOTE, replace(RUN, run="s:2"), "run.unattended"),
        (replace(NOTE, tool="create_task"), RUN, "grant.tool"),
        (NOTE, replace(RUN, records_this_run=2), "grant.records"),
        (replace(NOTE, targets=(MINE, MINE_TOO)), replace(RUN, records_this_run=1), "grant.records"),
        (replace(NOTE, targets=(MINE_TOO,)), replace(RUN, tainted_by=frozenset({"companies:1"})), "grant.taint"),
        (replace(NOTE, has_links=True), replace(RUN, tainted_by=frozenset({"companies:1"})), "grant.taint"),
        (Action("update_deal", Effect.CHANGE, (MINE,)), RUN, "grant.never"),
        (Action("reply_ticket", Effect.EXTERNAL, (MINE,)), RUN, "grant.never"),
        (Action("log_call", Effect.LOG, (MINE,)), RUN, "grant.never"),
        (replace(NOTE, effect=Effect.OWN), RUN, "grant.never"),
        (replace(NOTE, effect=Effect.CHANGE), replace(RUN, confirmed_by=REP), "grant.never"),
        (replace(NOTE, effect=Effect.EXTERNAL), replace(RUN, confirmed_by=MANAGER), "grant.never"),
        (replace(NOTE, targets=(THEIRS,)), RUN, "scope.not_yours"),
    ],
)
def test_everything_else_is_refused_by_a_rule_with_a_name(action: Action, at: Circumstances, rule: str) -> None:
    assert isinstance(verdict(action, at), Refuse)
    reasons = {one.rule: one.reason for one in decide(action, REP, at, POLICY).all if isinstance(one, Refuse)}
    assert reasons[rule].endswith(".")


def test_a_note_onto_the_record_that_was_read_stays_within_the_grant() -> None:
    assert isinstance(verdict(NOTE, replace(RUN, tainted_by=frozenset({"companies:1"}))), Allow)


def test_looking_needs_no_grant() -> None:
    assert isinstance(verdict(LOOK, replace(RUN, allowance=None)), Allow)


def test_a_grant_reads_as_people_say_it() -> None:
    assert allowance.in_words((), 0) == "looks and reports only"
    both = allowance.in_words(("create_task", "log_note"), 5)
    assert both == "may add notes and tasks on your accounts without asking, on 5 records at most a run"
    assert allowance.in_words(("log_note",), 1).startswith("may add notes on your accounts")
    assert "on 1 record at most" in allowance.in_words(("log_note",), 1)


def test_only_what_adds_to_a_record_can_be_granted_and_only_to_an_agent_that_has_it() -> None:
    assert allowance.grantable(TOOLS, TOOLS) == ("log_note", "create_task", "comment_ticket")
    assert allowance.grantable(TOOLS, ("find_account", "create_task")) == ("create_task",)
    assert allowance.grantable(("log_note",), TOOLS) == ("log_note",)


# -- laws --------------------------------------------------------------------------------------------------------------

_WRONG: dict[str, Any] = {
    "tool": one_of(*TOOLS),
    "effect": one_of(*Effect),
    "targets": some_of(one_of(MINE, MINE_TOO, THEIRS), 3),
    "has_links": one_of(True),
    "granted": built(frozenset, some_of(one_of(*TOOLS), 6)),
    "allowance": one_of(None, replace(GRANT, run="s:2"), replace(GRANT, records=0)),
    "records_this_run": number(0, 5),
    "records_this_session": number(20, 26),
    "tainted_by": built(frozenset, some_of(one_of("companies:1", "companies:2"), 2)),
    "confirmed_by": one_of(REP, MANAGER),
}
_grants = built(Allowance, one_of("s:1", "s:1", "s:2"), built(frozenset, some_of(one_of(*TOOLS[:4]), 5)), number(0, 4))


def _runs(chance: Random) -> Scene:
    """A run that looks or adds what it was granted, and up to two things that are wrong with it."""
    tool = chance.choice(("log_note", "create_task", "comment_ticket"))
    grant = Allowance("s:1", frozenset({tool, chance.choice(TOOLS)}), chance.randint(1, 4))
    action = chance.choice((LOOK, replace(NOTE, tool=tool), replace(NOTE, tool=tool, targets=(MINE, MINE_TOO))))
    scene = Scene(action, chance.choice((REP, REP, MANAGER, PEER, NOBODY)), replace(RUN, allowance=grant))
    for name in chance.sample(sorted(_WRONG), chance.choice((0, 1, 1, 2))):
        change = scene.doing if name in ("tool", "effect", "targets", "has_links") else scene.but
        scene = change(**{name: _WRONG[name](chance)})
    return scene


def met(scene: Scene) -> set[str]:
    said = type(scene.verdict).__name__
    return {said, f"{said} a write" if scene.action.effect is not Effect.READ else ""}


REACHED = {"Allow": 20, "Refuse": 20, "Allow a write": 10}


@law(_runs, **REACHED)
def test_a_grant_never_allows_what_an_attended_person_could_not_do_at_once(run: Scene) -> set[str]:
    if isinstance(run.verdict, Allow):
        assert isinstance(run.but(unattended=False, allowance=None).verdict, Allow)
    return met(run)


@law(_runs, **REACHED)
def test_what_a_grant_allows_was_granted_to_this_run_and_only_ever_adds(run: Scene) -> set[str]:
    grant, records = run.at.allowance, len({target.ref for target in run.action.targets})
    if isinstance(run.verdict, Allow) and run.action.effect is not Effect.READ:
        assert run.action.effect is Effect.LOG
        assert run.action.tool in allowance.GRANTABLE
        assert grant is not None
        assert grant.run == run.at.run
        assert run.action.tool in grant.tools
        assert run.at.records_this_run + records <= grant.records
    return met(run)


@law(_runs, **REACHED)
def test_a_grant_of_another_run_is_worth_nothing(run: Scene) -> set[str]:
    other = run.but(run="s:3")
    assert decide(*other, POLICY) == decide(*run.but(allowance=None), POLICY)
    return met(run)


@law(_runs, **REACHED)
def test_a_grant_is_worth_nothing_where_somebody_is_watching(run: Scene) -> set[str]:
    attended = run.but(unattended=False)
    assert decide(*attended, POLICY) == decide(*attended.but(allowance=None), POLICY)
    return met(run)


@law(_runs, **REACHED)
def test_nobody_is_asked_while_nobody_is_there(run: Scene) -> set[str]:
    assert isinstance(run.verdict, Allow | Refuse)
    return met(run)


@law(_runs, _grants, less=5, **REACHED)
def test_a_smaller_grant_never_allows_more(run: Scene, other: Allowance) -> set[str]:
    if run.at.allowance is None:
        return set()
    tools, records = run.at.allowance.tools & other.tools, min(run.at.allowance.records, other.records)
    less = run.but(allowance=replace(run.at.allowance, tools=tools, records=records))
    if isinstance(less.verdict, Allow):
        assert isinstance(run.verdict, Allow)
    return {*met(run), "less" if type(less.verdict) is not type(run.verdict) else ""}


@law(_runs, flag, early=10, late=10, **REACHED)
def test_what_is_refused_before_anything_is_read_would_be_refused_after_it(run: Scene, attended: bool) -> set[str]:
    run = run.but(unattended=not attended)
    early = decide_early(replace(run.action, targets=()), run.by, run.at, POLICY)
    if early is not None:
        assert isinstance(run.verdict, Refuse)
    return {*met(run), "early" if early is not None else "late" if isinstance(run.verdict, Refuse) else ""}
