"""What may be asked of a server outside: the question is a way out, the answer is an outsider's word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.action import Action, Circumstances, Effect, OutsideServer, Principal, Role
from rules.authority import decide
from rules.verdict import Allow, Verdict
from tests.rules.books import POLICY

REP = Principal("U1", Role.REP, frozenset({"o1"}))
OTHER = Principal("U2", Role.REP, frozenset({"o2"}))
DOCS, WIKI = OutsideServer("mcp:docs", False), OutsideServer("mcp:wiki", True)
NOW = Circumstances(granted=frozenset({"mcp_docs_search"}))
ASK = Action("mcp_docs_search", Effect.READ, asks=DOCS)
TELL = replace(ASK, asks=WIKI)


def verdict(action: Action, by: Principal = REP, at: Circumstances = NOW) -> Verdict:
    return decide(action, by, at, POLICY).verdict


def test_a_conversation_that_has_read_nothing_asks_any_server() -> None:
    assert isinstance(verdict(ASK), Allow)
    assert isinstance(verdict(TELL), Allow)
    assert isinstance(verdict(ASK, at=replace(NOW, unattended=True)), Allow), "it is a look"


def test_with_records_read_only_a_server_that_may_see_them_is_asked() -> None:
    read = replace(NOW, read_records=True)
    assert verdict(ASK, at=read).rule == "mcp.records"
    assert isinstance(verdict(TELL, at=read), Allow)


@pytest.mark.parametrize("by", ["companies:1", "jira:SUP-1", "slack:C1:1.2", "mcp:other"])
def test_after_an_outsiders_words_none_is_asked(by: str) -> None:
    said = replace(NOW, tainted_by=frozenset({by}))
    assert verdict(ASK, at=said).rule == "mcp.tainted"
    assert verdict(TELL, at=said).rule == "mcp.tainted"
    assert verdict(ASK, at=replace(said, tainted_by=frozenset({by, "mcp:docs"}))).rule == "mcp.tainted"


def test_its_own_words_alone_dont_shut_the_way_back_to_a_server_until_a_record_is_read() -> None:
    own = replace(NOW, tainted_by=frozenset({"mcp:docs"}))
    assert isinstance(verdict(ASK, at=own), Allow)
    assert verdict(TELL, at=own).rule == "mcp.tainted", "what one said is not told to the other"
    both = replace(NOW, tainted_by=frozenset({"mcp:wiki"}), read_records=True)
    assert verdict(TELL, at=both).rule == "mcp.tainted", "its words could choose which records it is told"


def test_it_is_asked_for_a_person_of_the_team_among_the_team() -> None:
    assert isinstance(verdict(ASK, at=replace(NOW, readers=(OTHER,))), Allow)
    assert verdict(ASK, at=replace(NOW, readers=(OTHER, Principal("U7", Role.NOBODY)))).rule == "mcp.readers"
    assert verdict(ASK, Principal("", Role.SERVICE)).rule == "mcp.nobody"
    assert verdict(ASK, Principal("U7", Role.NOBODY)).rule == "person.unknown"


_circumstances = st.builds(
    Circumstances,
    granted=st.just(frozenset({"mcp_docs_search"})),
    tainted_by=st.sets(st.sampled_from(["mcp:docs", "mcp:wiki", "companies:1"])).map(frozenset),
    read_records=st.booleans(),
    unattended=st.booleans(),
)


@given(st.sampled_from([ASK, TELL]), _circumstances, st.sampled_from(["mcp:docs", "mcp:wiki", "companies:1"]))
def test_reading_more_never_opens_a_way_out(action: Action, at: Circumstances, ref: str) -> None:
    for more in (replace(at, read_records=True), replace(at, tainted_by=at.tainted_by | {ref})):
        assert not isinstance(verdict(action, at=more), Allow) or isinstance(verdict(action, at=at), Allow)


@given(st.sampled_from([ASK, TELL]), _circumstances)
def test_what_a_server_is_sent_is_never_more_than_it_may_see(action: Action, at: Circumstances) -> None:
    if isinstance(verdict(action, at=at), Allow):
        assert action.asks is not None
        assert at.tainted_by <= {action.asks.ref}, "nobody else's words"
        assert not at.read_records or (action.asks.may_see_records and not at.tainted_by)
