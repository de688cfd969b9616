"""What may reach a customer: exact words, somebody's yes, the right person, the right hour, and not too often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.action import Action, Circumstances, Effect, Principal, Recipient, Role, StageMove, Target
from rules.authority import decide
from rules.verdict import Allow, Ask, Verdict
from tests.rules.books import POLICY

REP = Principal("U1", Role.REP, frozenset({"o1"}))
MANAGER = Principal("U9", Role.MANAGER, frozenset({"o1", "o2"}))
ADMIN = Principal("U8", Role.ADMIN)
NOW = Circumstances(granted=frozenset({"reply_ticket"}))
TAINTED = replace(NOW, tainted_by=frozenset({"companies:1"}))
THEM = Recipient("contacts:7", True, False, wrote_first=True, contacted_this_quarter=False, minute=10 * 60)
REPLY = Action("reply_ticket", Effect.EXTERNAL, (Target("jira:SUP-1", "o1", "1"),), recipients=(THEM,))


def verdict(action: Action = REPLY, by: Principal = REP, at: Circumstances = NOW) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def to(**changes: object) -> Action:
    return replace(REPLY, recipients=(replace(THEM, **changes),))  # type: ignore[arg-type]


def of(said: Verdict) -> str | None:
    return said.of if isinstance(said, Ask) else None


def test_an_answer_waits_for_the_persons_yes_to_these_words() -> None:
    assert (verdict().rule, of(verdict())) == ("external.confirm", "requester")
    assert isinstance(verdict(at=replace(NOW, confirmed_by=REP)), Allow)


@pytest.mark.parametrize("by", [REP, MANAGER, ADMIN])
def test_after_reading_customers_words_another_person_says_yes_whoever_asks(by: Principal) -> None:
    assert (verdict(by=by, at=TAINTED).rule, of(verdict(by=by, at=TAINTED))) == ("external.second", "second")
    own = verdict(by=by, at=replace(TAINTED, confirmed_by=by))
    assert own.rule == "external.second", "nobody's own yes is a second one"
    other = Principal("U5", Role.ADMIN)
    assert isinstance(verdict(by=by, at=replace(TAINTED, confirmed_by=other)), Allow)
    assert verdict(by=by, at=replace(TAINTED, has_second=False)).rule == "external.second"
    assert of(verdict(by=by, at=replace(TAINTED, has_second=False))) is None


def test_another_reps_yes_is_no_second_one() -> None:
    colleague = Principal("U2", Role.REP, frozenset({"o1"}))
    assert of(verdict(at=replace(TAINTED, confirmed_by=colleague))) == "second"


def test_where_a_manager_and_another_person_are_needed_the_managers_yes_is_asked_for_and_is_both() -> None:
    both = replace(REPLY, stages=(StageMove(3, 2, False, False),))
    assert of(verdict(both, at=TAINTED)) == "manager"
    assert isinstance(verdict(both, at=replace(TAINTED, confirmed_by=MANAGER)), Allow)


def test_somebody_hubspot_does_not_know_takes_a_second_yes() -> None:
    assert (verdict(to(known=False)).rule, of(verdict(to(known=False)))) == ("contact.stranger", "second")


@pytest.mark.parametrize("by", [REP, MANAGER, ADMIN])
def test_who_must_not_be_contacted_is_not_whoever_says_yes(by: Principal) -> None:
    at = replace(NOW, confirmed_by=ADMIN)
    assert verdict(to(do_not_contact=True), by, at).rule == "contact.never"
    assert verdict(to(do_not_contact=None), by, at).rule == "contact.unsure"


def test_nobody_is_nobody() -> None:
    assert verdict(replace(REPLY, recipients=())).rule == "contact.nobody"


def test_unasked_is_once_a_quarter_and_an_answer_always() -> None:
    assert verdict(to(wrote_first=False)).rule == "external.confirm"
    assert verdict(to(wrote_first=False, contacted_this_quarter=True)).rule == "contact.quarter"
    assert verdict(to(wrote_first=False, contacted_this_quarter=None)).rule == "contact.quarter"
    assert verdict(to(wrote_first=True, contacted_this_quarter=True)).rule == "external.confirm"


@pytest.mark.parametrize(
    ("minute", "rule"),
    [
        (7 * 60 + 59, "contact.quiet"),
        (8 * 60, "external.confirm"),
        (19 * 60 + 59, "external.confirm"),
        (20 * 60, "contact.quiet"),
        (0, "contact.quiet"),
        (None, "contact.quiet"),
    ],
)
def test_evenings_and_nights_are_quiet_where_the_customer_is(minute: int | None, rule: str) -> None:
    assert verdict(to(minute=minute)).rule == rule


def test_addresses_of_listed_hosts_only() -> None:
    helps = replace(POLICY, contact=replace(POLICY.contact, hosts=("help.example.com",)))
    for hosts, rule in (
        (("help.example.com",), "external.confirm"),
        (("en.help.example.com",), "external.confirm"),
        (("nothelp.example.com",), "contact.link"),
        (("help.example.com", "?"), "contact.link"),
        ((), "contact.link"),
    ):
        linked = replace(REPLY, has_links=True, hosts=hosts)
        assert decide(linked, REP, NOW, helps).verdict.rule == rule
    assert verdict(replace(REPLY, has_links=True, hosts=("help.example.com",))).rule == "contact.link"


def test_somebody_who_takes_part_in_a_request_counts_like_whoever_it_is_for() -> None:
    beside = replace(THEM, id="contacts:8", also=True)
    two = lambda **changes: replace(REPLY, recipients=(THEM, replace(beside, **changes)))  # noqa: E731
    assert verdict(two()).rule == "external.confirm"
    never = verdict(two(do_not_contact=True), at=replace(NOW, confirmed_by=ADMIN))
    assert (never.rule, "takes part" in never.reason) == ("contact.never", True)
    stranger = verdict(two(known=False))
    assert (stranger.rule, of(stranger), "takes part" in stranger.reason) == ("contact.stranger", "second", True)
    assert verdict(two(minute=3 * 60)).rule == "contact.quiet"
    assert verdict(two(wrote_first=False, contacted_this_quarter=True)).rule == "contact.quarter"
