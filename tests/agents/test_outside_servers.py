"""An agent asks an MCP server: what it may send there, what comes back, and what a changed or broken server ends in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents import catalogue
from agents.definition import one
from skills.catalogue import all_skills
from tests.agents.desk import Desk, call, calls
from tests.agents.test_together import ticketed
from tests.outside import Outside
from tools import guard, ledger
from tools.catalogue import all_tools
from tools.tool import Context

MANUALS = """\
---
description: Answers questions about our product from its manuals.
model: claude-haiku-5-5
effort: low
tools: [find_account, read_account, read_tickets]
skills: []
mcp: [docs, late, wiki]
limits: {model_calls: 8, tool_calls: 12, output_tokens: 2000, tokens: 400000, cost_usd: 0.50, seconds: 60}
who: reps
outcome: Questions about the product answered without asking a colleague.
---
You answer questions about the product.
"""
SHARED = "C0SHARED01"


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    started = Outside()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def file(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("mcp")
    docs, wiki = ("search", "rumours", "picture", "fails", "huge"), ("lookup",)
    servers = ("docs", "questions", docs), ("late", "questions", ("slow",)), ("wiki", "records", wiki)
    return outside.file(folder, *servers, hurried="late")


@pytest.fixture
def desk(make_desk: Callable[..., Desk], file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose house has an agent that may ask two servers."""
    (tmp_path / "manuals.md").write_text(MANUALS)
    agent = one(tmp_path / "manuals.md", all_tools(), all_skills())
    monkeypatch.setitem(catalogue.all_agents(), "manuals", catalogue.Written(agent))
    monkeypatch.setitem(catalogue.written_agents(), "manuals", agent)
    found = make_desk(DAYBOOK_MCP_FILE=file)
    found.start()
    return found


def search(words: str = "the button") -> dict[str, Any]:
    return call("mcp_docs_search", {"query": words})


def rows(desk: Desk, tool: str) -> list[Any]:
    house = desk.deployment
    with house.database.connect() as connection:
        return [row for row in ledger.export(connection, house.workspace) if row["tool"] == tool]


def last(desk: Desk, session: str) -> Any:
    return desk.bodies(session, "called")[-1]


def test_what_a_server_answers_is_used_framed_and_marks_the_conversation(desk: Desk, outside: Outside) -> None:
    desk.prepare(search(), "Press the green one.")
    session, _ = desk.ask("which button?", agent="manuals")
    offered = [tool["name"] for tool in desk.requests()[0]["body"]["tools"]]
    assert offered == ["find_account", "read_account", "read_tickets", "mcp_docs_fails", "mcp_docs_huge",
                       "mcp_docs_picture", "mcp_docs_rumours", "mcp_docs_search", "mcp_late_slow",
                       "mcp_wiki_lookup"]  # fmt: skip
    assert desk.requests()[0]["body"]["tools"] == desk.requests()[1]["body"]["tools"]
    assert outside.asked()[-1] == {"tool": "search", "query": "the button"}
    called = last(desk, session)
    assert (called["verdict"], called["rule"], called["is_error"]) == ("read", "read.own", False)
    assert "Manual page about the button" in called["result"]
    assert called["result"].splitlines()[0].endswith(' source="mcp:docs">')
    assert desk.bodies(session, "tainted") == [{"by": ["mcp:docs"]}]
    assert desk.kinds(session).index("tainted") < desk.kinds(session).index("called")
    (row,) = rows(desk, "mcp_docs_search")
    assert (row["effect"], row["verdict"], row["facts"]["records"]) == ("read", "read", ["mcp:docs"])
    assert "the button" not in str(row), "the books keep a digest of what was sent, not the words"
    assert desk.replies(session)[0]["text"].startswith("Press the green one.")


def test_words_that_give_orders_stay_in_their_frame(desk: Desk) -> None:
    desk.prepare(call("mcp_docs_rumours", {"about": "us"}), "Nothing to rely on.")
    session, _ = desk.ask("what do they say?", agent="manuals")
    first, *_said, end = last(desk, session)["result"].splitlines()
    assert end == first.split(" ")[0].replace("<", "</") + ">", "the frame ends where the call ends it"
    assert last(desk, session)["result"].count(end) == 1
    assert "zzcanaryzz" in last(desk, session)["result"]
    assert not any(sign in last(desk, session)["result"] for sign in ("\u202e", "\U000e0041", "<untrusted-0000"))


def test_the_same_server_is_asked_on_until_a_record_has_been_read(desk: Desk, outside: Outside) -> None:
    account = call("find_account", {"name": "Acme"})
    desk.prepare(search("one"), search("two"), account, search("three"), "That is all.")
    session, _ = desk.ask("which button, and what of Acme?", agent="manuals")
    assert [(one["verdict"], one["rule"]) for one in desk.bodies(session, "called")] == [
        ("read", "read.own"), ("read", "read.own"), ("read", "read.own"), ("refuse", "mcp.records"),
    ]  # fmt: skip
    assert "Start a new topic" in last(desk, session)["reason"]
    assert [one["query"] for one in outside.asked()][-2:] == ["one", "two"]
    assert [row["verdict"] for row in rows(desk, "mcp_docs_search")] == ["read", "read", "refuse"]


def test_after_anybody_elses_words_nothing_goes_out_any_more(desk: Desk, outside: Outside) -> None:
    before, ticket = outside.asked(), call("read_tickets", {"account": ticketed(desk)})
    desk.prepare(ticket, call("mcp_wiki_lookup", {"query": "what they wrote"}), "I may not.")
    session, _ = desk.ask("what do their tickets mean?", agent="manuals")
    assert last(desk, session)["rule"] == "mcp.tainted", "though this one may see records"
    desk.prepare(search(), "No.")
    desk.ask("then the other one?", session=session, agent="manuals")
    assert last(desk, session)["verdict"] == "refuse"
    assert outside.asked() == before


def test_a_server_that_may_see_records_is_told_of_them_and_another_agent_inherits_what_was_read(
    desk: Desk, outside: Outside
) -> None:
    desk.prepare(call("find_account", {"name": "Acme"}), call("mcp_wiki_lookup", {"query": "Acme"}), "Here.")
    session, _ = desk.ask("what is known of Acme?", agent="manuals")
    assert (last(desk, session)["verdict"], outside.asked()[-1]["query"]) == ("read", "Acme")
    question = call("ask_agent", {"agent": "manuals", "question": "What does the manual say of Acme?"})
    desk.prepare(call("find_account", {"name": "Acme"}), question, search("Acme"), "I may not.", "It may not.")
    session, _ = desk.ask("ask the manuals about Acme")
    (child,) = {body["session"] for body in desk.bodies(session, "asked")}
    assert last(desk, child)["rule"] == "mcp.records"


def test_in_a_channel_with_strangers_no_server_is_asked(desk: Desk, outside: Outside) -> None:
    before = outside.asked()
    desk.prepare(search(), "Ask me alone.")
    session, _ = desk.ask("which button?", agent="manuals", channel=SHARED)
    assert last(desk, session)["rule"] == "mcp.readers"
    assert outside.asked() == before


def test_whatever_a_server_does_has_an_end(desk: Desk) -> None:
    every: list[tuple[str, Any]] = [
        ("late_slow", {"about": "it"}), ("docs_picture", {"of": "a button"}), ("docs_fails", {"about": "it"}),
        ("docs_huge", {"pages": 9_000}), ("docs_huge", {"pages": 900_000}), ("docs_search", {"query": "x", "all": 1}),
        ("docs_search", []),
    ]  # fmt: skip
    desk.prepare(calls(*({"name": f"mcp_{name}", "input": given} for name, given in every)), "Some of it worked.")
    session, turn = desk.ask("try it all", agent="manuals")
    slow, picture, fails, huge, endless, unknown, shapeless = desk.bodies(session, "called")
    assert "A drawing of a button." in picture["result"]
    assert "Only text is read; it also held: image." in picture["result"]
    assert fails["is_error"]
    assert "The server says that it could not do this." in fails["result"]
    assert fails["untrusted"] == ["mcp:docs"], "what it says of its failure is an outsider's word too"
    assert "the answer was longer: 45,000 characters" in huge["result"]
    assert len(huge["result"]) < 20_000
    assert (slow["rule"], slow["is_error"]) == ("mcp.down", True)
    assert "did not answer within 1 s" in slow["reason"]
    assert "more than 2,000,000 bytes" in endless["reason"]
    assert (unknown["rule"], shapeless["rule"]) == ("arguments.shape", "arguments.shape")
    assert [row["phase"] for row in rows(desk, "mcp_late_slow")] == ["judged", "failed"]
    assert desk.row(session, turn)["state"] == "done"


def test_a_tool_that_is_not_what_was_reviewed_is_not_used_and_not_offered_again(desk: Desk, outside: Outside) -> None:
    desk.prepare("Hello.")
    desk.ask("hello", agent="manuals")
    before = outside.asked()
    outside.change()
    try:
        desk.prepare(search(), "It has changed.", "Hello.")
        session, _ = desk.ask("which button?", agent="manuals")
        assert last(desk, session)["rule"] == "mcp.changed"
        assert outside.asked() == before
        desk.ask("and now?", session=session, agent="manuals")
        names = [[tool["name"] for tool in request["body"]["tools"]] for request in desk.requests()]
        assert "mcp_docs_search" in names[-2]
        assert "mcp_docs_search" not in names[-1]
        assert "mcp_docs_rumours" in names[-1]
    finally:
        outside.change(False)


def test_what_was_sent_stands_in_the_books_before_its_answer_is_kept(desk: Desk, outside: Outside) -> None:
    house = desk.deployment
    context = Context(
        database=house.database, systems=house.systems, workspace=house.workspace, session="said:1", turn=1,
        agent="manuals", grant=frozenset({"mcp_docs_search"}), person=desk.rep, channel=None, thread_ts=None,
        read_records=False,
    )  # fmt: skip
    # The process dies with the answer in its hands; the turn that goes on makes the same call again.
    for _time in range(2):
        answer = guard.call(context, "mcp_docs_search", {"query": "the lost one"}, "said:1:1:toolu_1")
        assert (answer.verdict, answer.untrusted, answer.also) == ("read", ("mcp:docs",), None)
        assert [(row["phase"], row["verdict"]) for row in rows(desk, "mcp_docs_search")] == [("judged", "read")]
    assert [one["query"] for one in outside.asked()].count("the lost one") == 2
    unsure = replace(context, read_records=True)
    assert guard.call(unsure, "mcp_docs_search", {"query": "x"}, "said:1:1:toolu_2").rule == "mcp.records"
