"""What may be done, by whom, and who must say yes first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import authority
from rules.action import Action, Circumstances, Effect, Principal, Recipient, Role, StageMove, Target
from rules.authority import decide
from rules.verdict import Allow, Ask, Refuse, Ruling, Verdict
from tests.rules.books import POLICY

REP = Principal("U1", Role.REP, frozenset({"o1"}))
MANAGER = Principal("U9", Role.MANAGER, frozenset({"o1", "o2", "o9"}))
ADMIN = Principal("U8", Role.ADMIN)
NOBODY = Principal("U7", Role.NOBODY)
SERVICE = Principal("", Role.SERVICE)
MINE = Target("companies:1", "o1", "1")
DEAL = Target("deals:5", "o1", "1")
THEIRS = Target("companies:2", "o2", "2")
NOW = Circumstances(granted=frozenset({"log_call", "update_deal", "find_account", "reply_ticket", "snooze_account"}))
LOG = Action("log_call", Effect.LOG, (MINE,))
CHANGE = Action("update_deal", Effect.CHANGE, (DEAL,), fields=(("deals", "amount"),), amounts=((100_00, 110_00),))


def verdict(action: Action, by: Principal = REP, at: Circumstances = NOW) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def test_logging_on_ones_own_account_is_done_at_once() -> None:
    assert verdict(LOG) == Allow("log.own", "Logging what was done on one's own account; it can be undone.")


def test_what_is_not_theirs_and_what_does_not_exist_sound_alike() -> None:
    said = verdict(replace(LOG, targets=(THEIRS,)))
    assert isinstance(said, Refuse)
    assert said.rule == "scope.not_yours"
    assert said.reason == authority.NOT_FOUND


@pytest.mark.parametrize("by", [MANAGER, ADMIN])
def test_a_manager_and_an_admin_reach_further(by: Principal) -> None:
    assert isinstance(verdict(replace(LOG, targets=(THEIRS,)), by), Allow)


def test_a_record_that_nobody_owns_is_for_admins_only() -> None:
    orphan = replace(LOG, targets=(Target("companies:3", None, "3"),))
    assert isinstance(verdict(orphan, MANAGER), Refuse)
    assert isinstance(verdict(orphan, ADMIN), Allow)


@pytest.mark.parametrize("effect", list(Effect))
def test_guests_and_strangers_may_nothing(effect: Effect) -> None:
    said = verdict(replace(LOG, effect=effect), NOBODY)
    assert isinstance(said, Refuse)


def test_a_run_for_nobody_may_look_and_nothing_else() -> None:
    assert isinstance(verdict(Action("find_account", Effect.READ, (THEIRS,)), SERVICE), Allow)
    assert verdict(LOG, SERVICE).rule == "person.service"
    assert verdict(LOG, REP, replace(NOW, unattended=True)).rule == "run.unattended"


def test_a_change_waits_for_the_persons_yes_and_then_is_done() -> None:
    assert verdict(CHANGE) == Ask("change.confirm", "A change of what a record says needs your yes.", "requester")
    assert isinstance(verdict(CHANGE, at=replace(NOW, confirmed_by=REP)), Allow)


def test_a_field_that_is_not_on_the_list_cannot_be_changed_by_anybody() -> None:
    said = verdict(replace(CHANGE, fields=(("deals", "hubspot_owner_id"),)), ADMIN, replace(NOW, confirmed_by=ADMIN))
    assert said.rule == "field.not_listed"


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (replace(CHANGE, amounts=((100_00, 121_00),)), "amount.change"),
        (replace(CHANGE, amounts=((100_00, 79_00),)), "amount.change"),
        (replace(CHANGE, stages=(StageMove(3, 2, False, False),)), "stage.back"),
        (replace(CHANGE, stages=(StageMove(3, 5, False, True),)), "stage.closed"),
        (replace(CHANGE, stages=(StageMove(5, 6, True, False),)), "stage.closed"),
    ],
)
def test_what_is_over_a_limit_needs_the_manager(action: Action, rule: str) -> None:
    asked = verdict(action)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == (rule, "manager")
    assert isinstance(verdict(action, at=replace(NOW, confirmed_by=REP)), Ask), "the rep's own yes is not enough"
    assert isinstance(verdict(action, at=replace(NOW, confirmed_by=MANAGER)), Allow)
    alone = verdict(action, at=replace(NOW, has_manager=False))
    assert isinstance(alone, Refuse)
    assert "HubSpot" in alone.reason
    assert verdict(action, MANAGER).rule == "change.confirm", "who leads the team confirms for themselves"


@pytest.mark.parametrize("old", [None, 0, 100_00])
def test_a_small_change_of_an_amount_or_a_modest_first_one_needs_no_manager(old: int | None) -> None:
    assert verdict(replace(CHANGE, amounts=((old, 120_00),))).rule == "change.confirm"


@pytest.mark.parametrize("old", [None, 0])
def test_a_high_first_amount_needs_the_manager(old: int | None) -> None:
    assert verdict(replace(CHANGE, amounts=((old, 100_000_00),))).rule == "change.confirm"
    asked = verdict(replace(CHANGE, amounts=((old, 100_000_01),)))
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("amount.first", "manager")


@pytest.mark.parametrize("new", [None, -1, 10_000_001_00])
def test_no_amount_is_negative_absurd_or_taken_away(new: int | None) -> None:
    assert verdict(replace(CHANGE, amounts=((100_00, new),)), ADMIN).rule == "amount.bounds"


def test_a_stage_of_another_pipeline_is_refused() -> None:
    elsewhere = StageMove(1, 2, False, False, same_pipeline=False)
    assert verdict(replace(CHANGE, stages=(elsewhere,))).rule == "stage.pipeline"


def test_many_records_at_once_need_a_yes_to_the_list_and_never_follow_customers_words() -> None:
    many = replace(CHANGE, targets=tuple(Target(f"deals:{n}", "o1", "1") for n in range(11)), amounts=())
    asked = verdict(many)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("bulk.confirm", "requester")
    assert isinstance(verdict(many, at=replace(NOW, confirmed_by=REP)), Allow)
    tainted = replace(NOW, tainted_by=frozenset({"companies:1"}), confirmed_by=REP)
    assert verdict(many, at=tainted).rule == "bulk.tainted"
    assert isinstance(verdict(replace(many, targets=many.targets[:10]), at=tainted), Allow)


def test_whoever_says_yes_must_be_able_to_see_the_record() -> None:
    elsewhere = Principal("U6", Role.MANAGER, frozenset({"o7"}))
    assert verdict(CHANGE, at=replace(NOW, confirmed_by=elsewhere)).rule == "approver.scope"


def test_a_rep_who_stands_in_for_the_manager_does_not_decide_their_own() -> None:
    lent = replace(MANAGER, id=REP.id)
    large = replace(CHANGE, amounts=((100_00, 200_00),))
    assert isinstance(verdict(large, at=replace(NOW, confirmed_by=replace(MANAGER, id="U2"))), Allow)
    assert isinstance(verdict(large, at=replace(NOW, confirmed_by=lent)), Ask)


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        (replace(NOW, calls_this_message=16), "cap.calls"),
        (replace(NOW, records_this_session=25), "cap.session"),
        (replace(NOW, records_today=100), "cap.person"),
        (replace(NOW, records_workspace_today=500), "cap.workspace"),
    ],
)
def test_caps_end_what_would_go_on_and_on(at: Circumstances, rule: str) -> None:
    assert verdict(LOG, at=at).rule == rule


def test_in_a_channel_only_what_all_may_see_is_told() -> None:
    look = Action("find_account", Effect.READ, (MINE,))
    other = Principal("U2", Role.REP, frozenset({"o2"}))
    assert isinstance(verdict(look, at=replace(NOW, readers=(REP, MANAGER))), Allow)
    assert verdict(look, at=replace(NOW, readers=(REP, other))).rule == "scope.readers"
    assert verdict(look, at=replace(NOW, readers=(NOBODY,))).rule == "scope.readers"


def test_an_account_that_nobody_owns_is_taken_over_with_the_managers_yes_and_no_other_is() -> None:
    free = Target("companies:3", None, "3", unowned=True)
    claim = Action("update_deal", Effect.CHANGE, (free,), fields=(("companies", "hubspot_owner_id"),), claims=True)
    asked = verdict(claim)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("claim.manager", "manager")
    assert isinstance(verdict(claim, at=replace(NOW, confirmed_by=MANAGER)), Allow)
    assert verdict(claim, MANAGER).rule == "change.confirm"
    for target in (replace(free, unowned=False), replace(free, owner="o2"), replace(free, owner="o1")):
        assert isinstance(verdict(replace(claim, targets=(target,)), ADMIN), Refuse)
    assert verdict(replace(claim, claims=False)).rule == "field.not_listed"
    assert isinstance(verdict(claim, NOBODY), Refuse)


def test_after_reading_customers_words_a_note_stays_where_they_came_from() -> None:
    tainted = replace(NOW, tainted_by=frozenset({"companies:1"}))
    elsewhere = replace(LOG, targets=(Target("companies:4", "o1", "4"),))
    assert isinstance(verdict(LOG, at=tainted), Allow)
    assert verdict(elsewhere, at=tainted).rule == "taint.log"
    assert verdict(replace(LOG, has_links=True), at=tainted).rule == "taint.log"
    both = replace(NOW, tainted_by=frozenset({"companies:1", "companies:9"}))
    assert verdict(LOG, at=both).rule == "taint.log", "another customer's words could travel here"
    assert isinstance(verdict(elsewhere, at=replace(tainted, confirmed_by=REP)), Allow)


def test_an_agent_uses_only_what_it_was_granted() -> None:
    assert verdict(LOG, at=replace(NOW, granted=frozenset({"find_account"}))).rule == "agent.not_granted"


def test_what_no_rule_knows_is_refused() -> None:
    silent = list(authority.RULES)
    authority.RULES.clear()
    try:
        assert verdict(LOG).rule == "default.deny"
    finally:
        authority.RULES.extend(silent)


# -- laws --------------------------------------------------------------------------------------------------------------

_principals = st.sampled_from([REP, MANAGER, ADMIN, NOBODY, SERVICE, Principal("U2", Role.REP, frozenset({"o2"}))])
_targets = st.builds(
    Target,
    st.sampled_from([f"{kind}:{n}" for kind in ("companies", "deals") for n in range(14)]),
    st.sampled_from([None, "o1", "o2"]),
    st.sampled_from([None, "1", "2"]),
    st.booleans(),
)
_amounts = st.none() | st.integers(-10, 2 * 10**9)
_recipients = st.builds(
    Recipient,
    st.sampled_from(["contacts:1", "jira:2"]),
    st.booleans(),
    st.none() | st.booleans(),
    st.booleans(),
    st.none() | st.booleans(),
    st.none() | st.integers(0, 1439),
)
_actions = st.builds(
    Action,
    st.sampled_from(["log_call", "update_deal", "find_account", "reply_ticket", "drop_table"]),
    st.sampled_from(list(Effect)),
    st.lists(_targets, max_size=12).map(tuple),
    st.lists(st.sampled_from([("deals", "amount"), ("deals", "hubspot_owner_id")]), max_size=2).map(tuple),
    st.lists(st.builds(StageMove, *[st.integers(0, 6)] * 2, *[st.booleans()] * 3), max_size=2).map(tuple),
    st.lists(st.tuples(_amounts, _amounts), max_size=2).map(tuple),
    st.booleans(),
    st.lists(st.sampled_from(["help.example.com", "elsewhere.example"]), max_size=1).map(tuple),
    st.booleans(),
    st.lists(_recipients, max_size=2).map(tuple),
)
_circumstances = st.builds(
    Circumstances,
    granted=st.sets(st.sampled_from(["log_call", "update_deal", "find_account", "reply_ticket"])).map(frozenset),
    calls_this_message=st.integers(0, 20),
    records_this_session=st.integers(0, 30),
    records_today=st.integers(0, 120),
    records_workspace_today=st.integers(0, 600),
    tainted_by=st.sets(st.sampled_from(["companies:1", "companies:2"])).map(frozenset),
    unattended=st.booleans(),
    readers=st.lists(_principals, max_size=2).map(tuple),
    confirmed_by=st.none() | _principals,
    has_manager=st.booleans(),
    has_second=st.booleans(),
)
RANK = {Refuse: 0, Ask: 1, Allow: 2}


def rank(ruling: Ruling) -> int:
    return RANK[type(ruling.verdict)]


@given(_actions, _principals, _circumstances)
def test_a_no_beats_an_ask_beats_a_yes_in_any_order(action: Action, by: Principal, at: Circumstances) -> None:
    ruling = decide(action, by, at, POLICY)
    assert rank(ruling) == min(RANK[type(one)] for one in ruling.all)
    authority.RULES.reverse()
    try:
        assert decide(action, by, at, POLICY) == ruling
    finally:
        authority.RULES.reverse()


@given(_actions, _circumstances)
def test_a_reps_authority_is_within_their_managers(action: Action, at: Circumstances) -> None:
    assert rank(decide(action, REP, at, POLICY)) <= rank(decide(action, MANAGER, at, POLICY))


@given(_actions, _principals, _circumstances)
def test_a_tainted_conversation_may_never_do_more_than_a_clean_one(
    action: Action, by: Principal, at: Circumstances
) -> None:
    clean = replace(at, tainted_by=frozenset())
    assert rank(decide(action, by, at, POLICY)) <= rank(decide(action, by, clean, POLICY))


@given(_actions, _principals, _circumstances)
def test_a_batch_is_allowed_only_if_each_of_its_records_is(action: Action, by: Principal, at: Circumstances) -> None:
    whole = rank(decide(action, by, at, POLICY))
    for target in action.targets:
        assert whole <= rank(decide(replace(action, targets=(target,)), by, at, POLICY))


@given(_actions, _principals, _circumstances, _targets)
def test_knowing_less_of_a_record_never_allows_more(
    action: Action, by: Principal, at: Circumstances, target: Target
) -> None:
    known = replace(action, targets=(*action.targets, target))
    hidden = replace(action, targets=(*action.targets, replace(target, owner=None, account=None, unowned=False)))
    if not at.tainted_by or target.account is None:
        assert rank(decide(hidden, by, at, POLICY)) <= rank(decide(known, by, at, POLICY))


@given(_actions, _principals, _circumstances, _recipients, st.sampled_from(["do_not_contact", "minute", "known"]))
def test_knowing_less_of_whoever_is_written_to_never_allows_more(
    action: Action, by: Principal, at: Circumstances, one: Recipient, what: str
) -> None:
    known = replace(action, recipients=(*action.recipients, one))
    hidden = replace(one, **{what: False if what == "known" else None})
    less = replace(action, recipients=(*action.recipients, hidden))
    assert rank(decide(less, by, at, POLICY)) <= rank(decide(known, by, at, POLICY))
    forgotten = replace(one, contacted_this_quarter=None, wrote_first=False)
    least = replace(action, recipients=(*action.recipients, forgotten))
    assert rank(decide(least, by, at, POLICY)) <= rank(decide(known, by, at, POLICY))


@given(_actions, _principals, _circumstances)
def test_nothing_changes_a_record_or_reaches_a_customer_without_a_persons_yes(
    action: Action, by: Principal, at: Circumstances
) -> None:
    if action.effect in (Effect.CHANGE, Effect.EXTERNAL):
        assert not isinstance(decide(action, by, replace(at, confirmed_by=None), POLICY).verdict, Allow)


@given(_actions, _principals, _circumstances)
def test_with_nobody_to_ask_no_more_is_allowed(action: Action, by: Principal, at: Circumstances) -> None:
    alone = replace(at, has_manager=False, has_second=False)
    assert rank(decide(action, by, alone, POLICY)) <= rank(decide(action, by, at, POLICY))
