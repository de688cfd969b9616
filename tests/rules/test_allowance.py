"""What a run of a routine does without asking: what was granted to it, and nothing that people would be asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import allowance
from rules.action import Action, Allowance, Circumstances, Effect, Principal, Role, Target
from rules.authority import decide, decide_early
from rules.verdict import Allow, Refuse, Verdict
from tests.rules.books import POLICY

REP = Principal("U1", Role.REP, frozenset({"o1"}))
MINE, MINE_TOO = Target("companies:1", "o1", "1"), Target("companies:2", "o1", "2")
THEIRS = Target("companies:3", "o3", "3")
TOOLS = ("log_note", "create_task", "comment_ticket", "log_call", "update_deal", "reply_ticket", "find_account")
GRANT = Allowance("s:1", frozenset({"log_note"}), 2)
RUN = Circumstances(granted=frozenset(TOOLS), unattended=True, run="s:1", allowance=GRANT)
NOTE = Action("log_note", Effect.LOG, (MINE,))


def verdict(action: Action, at: Circumstances = RUN, by: Principal = REP) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def test_what_was_granted_is_done_at_once() -> None:
    assert isinstance(verdict(NOTE), Allow)


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
    assert isinstance(verdict(Action("find_account", Effect.READ, (MINE,)), replace(RUN, allowance=None)), Allow)


def test_a_grant_reads_as_people_say_it() -> None:
    assert allowance.in_words((), 0) == "looks and reports only"
    both = allowance.in_words(("create_task", "log_note"), 5)
    assert both == "may add notes and tasks on your accounts without asking, on 5 records at most a run"
    assert "on 1 record at most" in allowance.in_words(("log_note",), 1)


def test_only_what_adds_to_a_record_can_be_granted_and_only_to_an_agent_that_has_it() -> None:
    assert allowance.grantable(TOOLS, TOOLS) == ("log_note", "create_task", "comment_ticket")
    assert allowance.grantable(TOOLS, ("find_account", "create_task")) == ("create_task",)


# -- laws --------------------------------------------------------------------------------------------------------------

_actions = st.builds(
    Action,
    st.sampled_from(TOOLS),
    st.sampled_from(list(Effect)),
    st.lists(st.sampled_from([MINE, MINE_TOO, THEIRS]), max_size=3).map(tuple),
    has_links=st.booleans(),
)
_grants = st.builds(
    Allowance, st.sampled_from(["s:1", "s:2"]), st.frozensets(st.sampled_from(TOOLS)), st.integers(0, 4)
)
_runs = st.builds(
    Circumstances,
    granted=st.frozensets(st.sampled_from(TOOLS)),
    unattended=st.just(True),
    run=st.just("s:1"),
    allowance=st.none() | _grants,
    records_this_run=st.integers(0, 4),
    records_this_session=st.integers(20, 26),
    tainted_by=st.frozensets(st.sampled_from(["companies:1", "companies:2"])),
)
_people = st.sampled_from([REP, Principal("U9", Role.MANAGER, frozenset({"o1", "o3"})), Principal("U7", Role.NOBODY)])


@given(_actions, _people, _runs)
def test_a_grant_never_allows_what_an_attended_person_could_not_do_at_once(
    action: Action, by: Principal, run: Circumstances
) -> None:
    if isinstance(verdict(action, run, by), Allow):
        assert isinstance(verdict(action, replace(run, unattended=False, allowance=None), by), Allow)


@given(_actions, _people, _runs)
def test_a_grant_of_another_run_is_worth_nothing(action: Action, by: Principal, run: Circumstances) -> None:
    if run.allowance is not None and run.allowance.run != run.run:
        assert decide(action, by, run, POLICY) == decide(action, by, replace(run, allowance=None), POLICY)


@given(_actions, _people, _runs)
def test_a_grant_is_worth_nothing_where_somebody_is_watching(action: Action, by: Principal, run: Circumstances) -> None:
    attended = replace(run, unattended=False)
    assert decide(action, by, attended, POLICY) == decide(action, by, replace(attended, allowance=None), POLICY)


@given(_actions, _people, _runs)
def test_nobody_is_asked_while_nobody_is_there(action: Action, by: Principal, run: Circumstances) -> None:
    assert isinstance(verdict(action, run, by), Allow | Refuse)


@given(_actions, _people, _runs, _grants)
def test_a_smaller_grant_never_allows_more(
    action: Action, by: Principal, run: Circumstances, smaller: Allowance
) -> None:
    if run.allowance is None:
        return
    less = replace(
        run.allowance,
        tools=run.allowance.tools & smaller.tools,
        records=min(run.allowance.records, smaller.records),
    )
    if isinstance(verdict(action, replace(run, allowance=less), by), Allow):
        assert isinstance(verdict(action, run, by), Allow)


@given(_actions, _people, _runs)
def test_what_is_refused_before_anything_is_read_would_be_refused_after_it(
    action: Action, by: Principal, run: Circumstances
) -> None:
    early = decide_early(replace(action, targets=()), by, run, POLICY)
    if early is not None:
        assert isinstance(verdict(action, run, by), Refuse)
