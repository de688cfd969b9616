"""The laws of authority: what holds for every action, every person and every state of things."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from rules import authority
from rules.action import Action, Allowance, Circumstances, Effect, Principal, Recipient, Target
from rules.authority import decide
from rules.case import severity
from rules.verdict import Allow, Ask, Refuse
from tests.rules.cases import (
    ABOVE,
    ADMIN,
    FREE,
    MANAGER,
    POLICY,
    RANK,
    REP,
    THEIRS,
    TOOLS,
    Scene,
    either,
    law,
    never_more,
    number,
    one_of,
    outward,
    people,
    recipients,
    scenes,
    some_of,
    targets,
)

WRITES = (Effect.LOG, Effect.CHANGE, Effect.EXTERNAL)


@law(scenes, number(0, 999), Allow=10, Ask=10, Refuse=10)
def test_a_no_beats_an_ask_beats_a_yes_in_any_order(scene: Scene, seed: int) -> set[str]:
    ruling = decide(*scene, POLICY)
    assert RANK[type(ruling.verdict)] == min(RANK[type(one)] for one in ruling.all)
    assert severity(ruling.verdict) == min(severity(one) for one in ruling.all)
    usual = list(authority.RULES)
    random.Random(seed).shuffle(authority.RULES)
    try:
        assert decide(*scene, POLICY) == ruling
    finally:
        authority.RULES[:] = usual
    return {type(ruling.verdict).__name__}


@law(scenes, Allow=10, Ask=10)
def test_what_no_rule_allows_is_refused(scene: Scene) -> set[str]:
    ruling = decide(*scene, POLICY)
    usual = list(authority.RULES)
    allowing = {one.rule for one in ruling.all if isinstance(one, Allow)}
    case = authority.Case(*scene, POLICY)
    try:
        authority.RULES[:] = [judge for judge in usual if getattr(judge(case), "rule", None) not in allowing]
        without = decide(*scene, POLICY).verdict
    finally:
        authority.RULES[:] = usual
    assert not isinstance(without, Allow)
    if isinstance(ruling.verdict, Allow):
        assert without.rule == "default.deny"
    return {type(ruling.verdict).__name__}


@law(scenes, one_of((), (), (), (), (THEIRS,)), Allow=10, Ask=10, less=3)
def test_whatever_a_rep_may_do_their_manager_may_do_with_the_same_persons_yes(
    scene: Scene, more: tuple[Target, ...]
) -> set[str]:
    """Anybody's yes but the manager's own, which is a second person's to the rep and none to the manager."""
    yes = scene.at.confirmed_by
    if yes is not None and yes.id == MANAGER.id:
        scene = scene.but(confirmed_by=replace(yes, id="U5"))
    scene = scene.doing(targets=(*scene.action.targets, *more))
    return never_more(scene._replace(by=REP).verdict, scene._replace(by=MANAGER).verdict)


@law(scenes, cases=600, Allow=10, Ask=1)
def test_a_managers_own_yes_is_worth_what_it_is_to_a_rep_but_never_a_second_persons(scene: Scene) -> set[str]:
    """Where two people have to agree, nobody is both of them: not even who leads everybody."""
    asked = scene.but(confirmed_by=MANAGER)
    reps, own = asked._replace(by=REP).verdict, asked._replace(by=MANAGER).verdict
    action, at = asked.action, asked.at
    two = action.effect is Effect.EXTERNAL and (bool(at.tainted_by) or not all(one.known for one in action.recipients))
    if two:
        assert not isinstance(own, Allow)
        return {type(own).__name__, "two"}
    return never_more(reps, own)


@law(scenes, Allow=10, Ask=10)
def test_the_yes_that_is_asked_for_is_the_only_one_that_is_needed(scene: Scene) -> set[str]:
    said = scene.verdict
    if isinstance(said, Ask):
        who = scene.by if said.of == "requester" else next(one for one in (ABOVE, ADMIN) if one.id != scene.by.id)
        after = scene.but(confirmed_by=who).verdict
        assert isinstance(after, Allow) or after.rule in ("approver.scope", "bulk.tainted"), after
    return {type(said).__name__}


@law(scenes, one_of("companies:1", "companies:2", "jira:SUP-9"), Allow=10, Ask=10, less=3)
def test_the_more_customers_words_a_conversation_has_read_the_less_it_may(scene: Scene, more: str) -> set[str]:
    clean, tainted = scene.but(tainted_by=frozenset()), scene.but(tainted_by=scene.at.tainted_by | {more})
    never_more(scene.verdict, clean.verdict)
    never_more(tainted.verdict, scene.verdict)
    return never_more(tainted.verdict, clean.verdict)


@law(scenes, some_of(targets, 2), number(0, 12), Allow=10, Ask=10, less=3)
def test_a_batch_is_allowed_only_if_each_part_of_it_is(scene: Scene, more: tuple[Target, ...], cut: int) -> set[str]:
    whole = scene.doing(targets=(*scene.action.targets, *more))
    parts = [(target,) for target in whole.action.targets] + [whole.action.targets[:cut], whole.action.targets[cut:]]
    met = {type(whole.verdict).__name__}
    for part in parts:
        if part:
            met |= never_more(whole.verdict, whole.doing(targets=part).verdict)
    return met


@law(scenes, Allow=10, Ask=10, less=10)
def test_knowing_less_of_a_record_never_allows_more(scene: Scene) -> set[str]:
    met = {type(scene.verdict).__name__}
    for at, target in enumerate(scene.action.targets[:3]):
        for forgotten in ({"unowned": False}, {"owner": None, "unowned": False}, {"account": None}):
            hidden = list(scene.action.targets)
            hidden[at] = replace(target, **forgotten)
            met |= {"less"} & never_more(scene.doing(targets=tuple(hidden)).verdict, scene.verdict)
    return met


_FORGOTTEN: dict[str, dict[str, Any]] = {
    "whether they may be contacted": {"do_not_contact": None},
    "who they are": {"known": False},
    "what time it is there": {"minute": None},
    "when they heard from us": {"contacted_this_quarter": None},
    "that they wrote": {"contacted_this_quarter": None, "wrote_first": False},
}


@law(outward, recipients, one_of(*_FORGOTTEN), allowed=10, asked=10, less=10)
def test_knowing_less_of_whoever_is_written_to_never_allows_more(scene: Scene, one: Recipient, what: str) -> set[str]:
    known = scene.doing(recipients=(*scene.action.recipients[:1], one))
    less = scene.doing(recipients=(*scene.action.recipients[:1], replace(one, **_FORGOTTEN[what])))
    met = {Allow: "allowed", Ask: "asked", Refuse: "refused"}[type(known.verdict)]
    return {met, *never_more(less.verdict, known.verdict)}


@law(scenes, Ask=10, allowed=10)
def test_nothing_changes_a_record_or_reaches_a_customer_without_a_persons_yes(scene: Scene) -> set[str]:
    before = scene.but(confirmed_by=None).verdict
    if scene.action.effect in (Effect.CHANGE, Effect.EXTERNAL):
        assert not isinstance(before, Allow)
        return {type(before).__name__, "allowed" if isinstance(scene.verdict, Allow) else "not"}
    return set()


@law(scenes, Allow=10, Ask=5, less=3)
def test_with_nobody_to_ask_no_more_is_allowed(scene: Scene) -> set[str]:
    return never_more(scene.but(has_manager=False, has_second=False).verdict, scene.verdict)


@law(scenes, one_of(0, 1, 5, 10), Allow=10, Ask=10, less=3)
def test_the_more_has_been_done_the_less_may_be_done(scene: Scene, more: int) -> set[str]:
    counts = ("calls_this_message", "records_this_session", "records_today", "records_workspace_today")
    later = scene.but(**{name: getattr(scene.at, name) + more * (i + 1) ** 2 for i, name in enumerate(counts)})
    return never_more(later.verdict, scene.verdict)


@law(scenes, people, Allow=10, Ask=10, less=3)
def test_another_reader_never_allows_more(scene: Scene, reader: Principal) -> set[str]:
    return never_more(scene.but(readers=(*scene.at.readers, reader)).verdict, scene.verdict)


@law(scenes, Allow=10, less=3)
def test_what_nobody_watches_may_never_do_more_whatever_it_was_granted(scene: Scene) -> set[str]:
    alone = scene.but(unattended=True, run="s:1", allowance=Allowance("s:1", frozenset(TOOLS), 20))
    return never_more(alone.verdict, scene.but(unattended=False).verdict)


# -- what is done is within every limit --------------------------------------------------------------------------------


def _sees(one: Principal, action: Action, also_free: bool) -> bool:
    return all(one.may_see(target.owner) or (also_free and target.unowned) for target in action.targets)


@law(scenes, some_of(either(targets, one_of(FREE)), 1), Allow=10, Ask=10, refused_unseen=10)
def test_everybody_who_has_a_part_in_it_may_see_every_record(scene: Scene, more: tuple[Target, ...]) -> set[str]:
    scene = scene.doing(targets=(*scene.action.targets, *more))
    action, by, at = scene
    seen = _sees(by, action, action.claims) and all(_sees(reader, action, False) for reader in at.readers)
    seen = seen and (at.confirmed_by is None or _sees(at.confirmed_by, action, action.claims))
    if not isinstance(scene.verdict, Refuse):
        assert seen
        assert not action.claims or all(target.unowned and target.owner is None for target in action.targets)
    return {type(scene.verdict).__name__, "" if seen else "refused_unseen"}


def _left(at: Circumstances) -> int:
    numbers = POLICY.authority
    return min(
        numbers.session_records - at.records_this_session,
        numbers.person_day_records - at.records_today,
        numbers.workspace_day_records - at.records_workspace_today,
    )


@law(scenes, one_of(0, 15, 22, 24), Allow=10, Ask=10, over=5)
def test_what_is_written_is_within_what_is_left_with_all_its_records(scene: Scene, gone: int) -> set[str]:
    scene = scene.but(records_this_session=gone)
    records = len({target.ref for target in scene.action.targets})
    over = scene.action.effect in WRITES and records > _left(scene.at)
    assert not over or isinstance(scene.verdict, Refuse)
    return {type(scene.verdict).__name__, "over" if over else ""}
