"""What may be done, by whom, and who must say yes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import authority
from rules.action import Action, Circumstances, Effect, Principal, Role, StageMove, Target
from rules.authority import decide
from rules.verdict import Allow, Ask, Refuse, Verdict
from tests.rules.books import POLICY
from tests.rules.cases import (
    ADMIN,
    CHANGE,
    CLAIM,
    DEAL,
    FREE,
    LOOK,
    MANAGER,
    MINE,
    NOBODY,
    NOTE,
    NOW,
    REP,
    REPLY,
    SERVICE,
    SNOOZE,
    THEIRS,
    THEM,
    deals,
)

LOG = replace(NOTE, tool="log_call")


def verdict(action: Action, by: Principal = REP, at: Circumstances = NOW) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def test_logging_on_ones_own_account_is_done_at_once() -> None:
    assert verdict(LOG) == Allow("log.own", "Logging what was done on one's own account; it can be undone.")


@pytest.mark.parametrize(
    ("action", "allowing"),
    [
        (LOOK, "read.own"),
        (SNOOZE, "own.list"),
        (NOTE, "log.own"),
        (CHANGE, "change.confirmed"),
        (REPLY, "external.confirmed"),
    ],
)
def test_each_kind_of_doing_is_allowed_by_one_rule_and_asked_for_by_no_other(action: Action, allowing: str) -> None:
    done = decide(action, REP, replace(NOW, confirmed_by=REP), POLICY)
    assert [one.rule for one in done.all] == [allowing]
    before = decide(action, REP, NOW, POLICY)
    asks = [one.rule for one in before.all]
    assert asks == [allowing.replace("confirmed", "confirm")]


def test_what_is_not_theirs_and_what_does_not_exist_sound_alike() -> None:
    said = verdict(replace(LOG, targets=(THEIRS,)))
    assert isinstance(said, Refuse)
    assert said.rule == "scope.not_yours"
    assert said.reason == authority.NOT_FOUND


@pytest.mark.parametrize("by", [MANAGER, ADMIN])
def test_a_manager_and_an_admin_reach_further(by: Principal) -> None:
    assert isinstance(verdict(replace(LOG, targets=(THEIRS,)), by), Allow)


@pytest.mark.parametrize("target", [FREE, replace(FREE, unowned=False)])
def test_a_record_that_nobody_owns_is_for_admins_only(target: Target) -> None:
    for action in (LOG, replace(LOOK, targets=(target,))):
        orphan = replace(action, targets=(MINE, target))
        assert verdict(orphan).rule == verdict(orphan, MANAGER).rule == "scope.not_yours"
        assert isinstance(verdict(orphan, ADMIN), Allow)


@pytest.mark.parametrize("effect", list(Effect))
def test_guests_and_strangers_may_nothing(effect: Effect) -> None:
    assert isinstance(verdict(replace(LOG, effect=effect), NOBODY), Refuse)
    assert verdict(replace(LOG, effect=effect, targets=()), NOBODY, replace(NOW, confirmed_by=ADMIN)).rule in (
        "person.unknown", "contact.nobody"
    )  # fmt: skip


@pytest.mark.parametrize("effect", list(Effect))
def test_a_write_says_which_record_it_is_about(effect: Effect) -> None:
    about_nothing = replace(LOG, effect=effect, targets=(), recipients=(THEM,))
    said = verdict(about_nothing, at=replace(NOW, confirmed_by=REP))
    if effect in (Effect.READ, Effect.OWN):
        assert isinstance(said, Allow)
    else:
        assert said.rule == "scope.no_record"


@pytest.mark.parametrize("action", [SNOOZE, LOG, CHANGE])
def test_a_run_that_nobody_is_behind_or_nobody_watches_may_look_and_nothing_else(action: Action) -> None:
    look = replace(LOOK, targets=(THEIRS,))
    assert isinstance(verdict(look, SERVICE), Allow)
    assert verdict(action, SERVICE, replace(NOW, confirmed_by=ADMIN)).rule == "person.service"
    alone = replace(NOW, unattended=True)
    assert isinstance(verdict(look, MANAGER, alone), Allow)
    assert verdict(action, REP, replace(alone, confirmed_by=REP)).rule == "run.unattended"


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
    colleague = replace(REP, id="U2")
    assert isinstance(verdict(action, at=replace(NOW, confirmed_by=colleague)), Ask), "nor is a colleague's"
    assert isinstance(verdict(action, at=replace(NOW, confirmed_by=MANAGER)), Allow)
    alone = verdict(action, at=replace(NOW, has_manager=False))
    assert isinstance(alone, Refuse)
    assert "HubSpot" in alone.reason
    assert verdict(action, MANAGER).rule == "change.confirm", "who leads the team confirms for themselves"


@pytest.mark.parametrize("old", [None, 0, 100_00])
def test_a_small_change_of_an_amount_or_a_modest_first_one_needs_no_manager(old: int | None) -> None:
    assert verdict(replace(CHANGE, amounts=((old, 120_00),))).rule == "change.confirm"


@pytest.mark.parametrize(
    "within",
    [
        {"amounts": ((None, 0),)},
        {"amounts": ((10_000_000_00, 10_000_000_00),)},
        {"amounts": ((1_000_000_00, 1_100_000_00),)},
        {"amounts": (), "stages": (StageMove(3, 3, False, False),)},
        {"amounts": (), "stages": (StageMove(3, 4, False, False),)},
    ],
)
def test_what_is_at_a_limit_is_within_it(within: dict[str, Any]) -> None:
    assert verdict(replace(CHANGE, **within)).rule == "change.confirm"


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
    many = replace(CHANGE, targets=deals(11), amounts=())
    asked = verdict(many)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("bulk.confirm", "requester")
    assert isinstance(verdict(many, at=replace(NOW, confirmed_by=REP)), Allow)
    tainted = replace(NOW, tainted_by=frozenset({"companies:1"}), confirmed_by=REP)
    assert verdict(many, at=tainted).rule == "bulk.tainted"
    assert isinstance(verdict(replace(many, targets=many.targets[:10]), at=tainted), Allow)
    assert isinstance(verdict(replace(LOOK, targets=many.targets), at=tainted), Allow), "looking is not counted"


def test_whoever_says_yes_must_be_able_to_see_the_record() -> None:
    elsewhere = Principal("U6", Role.MANAGER, frozenset({"o7"}))
    assert verdict(CHANGE, at=replace(NOW, confirmed_by=elsewhere)).rule == "approver.scope"
    both = replace(CHANGE, targets=(*CHANGE.targets, replace(THEIRS, ref="deals:6")))
    assert isinstance(verdict(both, MANAGER, replace(NOW, confirmed_by=MANAGER)), Allow)
    assert verdict(both, MANAGER, replace(NOW, confirmed_by=REP)).rule == "approver.scope", "one of two is not enough"
    assert verdict(replace(CHANGE, targets=(FREE,)), ADMIN, replace(NOW, confirmed_by=MANAGER)).rule == "approver.scope"


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


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        (replace(NOW, records_this_session=22), "cap.session"),
        (replace(NOW, records_today=97), "cap.person"),
        (replace(NOW, records_workspace_today=497), "cap.workspace"),
    ],
)
def test_every_record_of_a_batch_counts_and_the_same_one_counts_once(at: Circumstances, rule: str) -> None:
    assert isinstance(verdict(replace(LOG, targets=deals(3)), at=at), Allow), "it fills the cap to its brim"
    assert verdict(replace(LOG, targets=deals(4)), at=at).rule == rule
    assert isinstance(verdict(replace(LOG, targets=(*deals(3), *deals(3))), at=at), Allow)
    assert isinstance(verdict(replace(LOOK, targets=deals(4)), at=at), Allow), "looking is not counted"
    assert isinstance(verdict(replace(SNOOZE, targets=deals(4)), at=at), Allow), "nor is one's own list"


def test_in_a_channel_only_what_all_may_see_is_told() -> None:
    look = Action("find_account", Effect.READ, (MINE,))
    other = Principal("U2", Role.REP, frozenset({"o2"}))
    assert isinstance(verdict(look, at=replace(NOW, readers=(REP, MANAGER))), Allow)
    assert verdict(look, at=replace(NOW, readers=(REP, other))).rule == "scope.readers"
    assert verdict(look, at=replace(NOW, readers=(NOBODY,))).rule == "scope.readers"


def test_an_account_that_nobody_owns_is_taken_over_with_the_managers_yes_and_no_other_is() -> None:
    free, claim = FREE, CLAIM
    asked = verdict(claim)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("claim.manager", "manager")
    assert isinstance(verdict(claim, at=replace(NOW, confirmed_by=MANAGER)), Allow)
    assert verdict(claim, MANAGER).rule == "change.confirm"
    for target in (replace(free, unowned=False), replace(free, owner="o2"), replace(free, owner="o1")):
        assert isinstance(verdict(replace(claim, targets=(target,)), ADMIN), Refuse)
        assert verdict(replace(claim, targets=(free, target)), ADMIN).rule == "claim.owned", "each of them is free"
    nothing = decide(replace(claim, targets=()), ADMIN, NOW, POLICY)
    assert "claim.owned" in [one.rule for one in nothing.all]
    assert verdict(replace(claim, claims=False)).rule == "field.not_listed"
    assert isinstance(verdict(claim, NOBODY), Refuse)


def test_after_reading_customers_words_a_note_stays_where_they_came_from() -> None:
    tainted = replace(NOW, tainted_by=frozenset({"companies:1"}))
    elsewhere = replace(LOG, targets=(Target("companies:4", "o1", "4"),))
    for home in (MINE, DEAL, replace(MINE, account=None)):
        assert isinstance(verdict(replace(LOG, targets=(home,)), at=tainted), Allow)
    asked = verdict(elsewhere, at=tainted)
    assert (asked.rule, isinstance(asked, Ask) and asked.of) == ("taint.log", "requester")
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
