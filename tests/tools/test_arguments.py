"""What a model may hand to any tool: only what is named, of the right shape, and nothing that people can't see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.desk import Desk
from tools import catalogue

GOOD: dict[str, dict[str, Any]] = {
    "find_account": {"name": "Acme"},
    "read_account": {"account": "10000000001"},
    "read_tickets": {"account": "10000000001"},
    "extract_facts": {
        "account": "10000000001", "of": "jira:SUP-1", "facts": [{"name": "a", "kind": "yes_no", "question": "Angry?"}],
    },
    "read_calls": {"account": "10000000001"},
    "my_list": {},
    "explain_priority": {"account": "10000000001"},
    "explain_policy": {"rule": "amount.change"},
    "log_call": {"account": "10000000001", "outcome": "No answer"},
    "log_note": {"account": "10000000001", "text": "Hello"},
    "create_task": {"account": "10000000001", "title": "Call", "due": "tomorrow"},
    "complete_task": {"task": "70000000001"},
    "update_deal": {"deal": "30000000002", "next_step": "Call"},
    "update_contact": {"contact": "20000000001", "title": "CEO"},
    "comment_ticket": {"ticket": "jira:SUP-1", "text": "Hello"},
    "reply_ticket": {"ticket": "jira:SUP-1", "text": "Hello"},
    "update_deals": {"deals": ["30000000002", "30000000004"], "next_step": "Call"},
    "claim_account": {"name": "No Owner Lamps"},
    "snooze_account": {"account": "10000000001", "until": "day"},
    "read_escalations": {},
    "ask_agent": {"agent": "security", "question": "What?"},
    "load_skill": {"name": "logging_calls"},
}


def test_every_tool_is_looked_at_here() -> None:
    assert set(GOOD) == set(catalogue.all_tools())


@pytest.mark.parametrize("tool", sorted(GOOD))
def test_nothing_unknown_is_let_through(shop: Desk, tool: str) -> None:
    for more in ("user", "approved", "force", "owner", "session", "__class__", "a\x00b", "\ud800", "x" * 5_000):
        rule, reason = shop.refused(tool, **{**GOOD[tool], more: "U0ADM00001"})
        assert rule == "arguments.shape"
        assert len(reason) <= 700
        assert "U0ADM00001" not in reason


@pytest.mark.parametrize("wrong", [None, [], "text", 7, {"quote": {"a": 1}}, {1: 2}, [{"account": "1"}]])
def test_what_is_no_set_of_arguments_is_refused(shop: Desk, wrong: Any) -> None:
    from tools import guard

    answer = guard.call(shop.context, "log_note", wrong, f"{shop.context.session}:1:w")
    assert answer.rule == "arguments.shape"


IDS = [
    "１００００００００００１",
    "10000000001\n",
    " 10000000001x",
    "-1",
    "1e10",
    "0x10",
    "",
    "1" * 21,
    "10000000001/../2",
    "../10000000001",
    "%31",
    "10000000001?archived=true",
    10000000001,
    None,
    ["10000000001"],
    True,
    "\u0661\u0662",
]


@pytest.mark.parametrize("wrong", IDS, ids=range(len(IDS)))
def test_an_id_is_ascii_digits_and_nothing_else(shop: Desk, wrong: Any) -> None:
    for tool, name in (
        ("read_account", "account"),
        ("log_note", "account"),
        ("update_deal", "deal"),
        ("complete_task", "task"),
        ("update_contact", "contact"),
        ("snooze_account", "account"),
    ):
        if wrong == "10000000001\n":
            continue  # the line's end is taken off with everything else that nobody can see
        assert shop.refused(tool, **{**GOOD[tool], name: wrong})[0] == "arguments.shape", (tool, wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "SUP-1",
        "jira:sup-1",
        "jira:SUP-1/comment/3",
        "jira:../SUP-1",
        "hubspot:x",
        "zendesk:1",
        "jira:SUP-１",
        "jira:SUP-1?expand=all",
        "hubspot:1;jira:SUP-1",
    ],
)
def test_a_ticket_is_named_as_it_was_read(shop: Desk, wrong: str) -> None:
    assert shop.refused("comment_ticket", ticket=wrong, text="x")[0] == "arguments.shape"


def test_huge_texts_are_refused_and_never_cut_silently(shop: Desk) -> None:
    for tool, name in (
        ("log_note", "text"),
        ("log_call", "summary"),
        ("create_task", "note"),
        ("create_task", "title"),
        ("update_deal", "next_step"),
        ("find_account", "name"),
        ("comment_ticket", "text"),
    ):
        for size in (5_001, 6_001, 2_000_000):
            assert shop.refused(tool, **{**GOOD[tool], name: "x" * size})[0] == "arguments.too_long"
    reason = shop.refused("log_note", account="10000000001", text="x" * 7_000)[1]
    assert reason == "The text is too long: it may have 5,000 characters at most."
    assert shop.refused("log_note", account="Acme", text="x" * 7_000)[0] == "arguments.shape"
    assert shop.refused("log_note", account="10000000001", text="x", quote="y" * 301)[0] == "arguments.shape"
    assert shop.refused("update_deals", deals=["1"] * 101, next_step="x")[0] == "arguments.shape"
    assert shop.refused("log_note", account="10000000001", text=" \n\t\x00\u200b ")[0] == "arguments.shape"


@pytest.mark.parametrize(
    ("tool", "name"), [("log_note", "text"), ("log_call", "summary"), ("create_task", "title"), ("create_task", "note")]
)
def test_what_nobody_can_see_never_reaches_hubspot_or_the_books(shop: Desk, tool: str, name: str) -> None:
    dirty = "Said \u202eevil\u202c\x00 yes\u200b\U000e0041 ok\ud800\x1b[31m"
    answer = shop.call(tool, **{**GOOD[tool], name: dirty, "quote": dirty})
    made = shop.made(answer)
    body = made.get("hs_note_body") or made.get("hs_call_body") or made.get("hs_task_body") or made["hs_task_subject"]
    assert body == "Said evil yes ok[31m"
    assert shop.verified() > 0


def test_the_same_holds_on_both_databases(desk: Desk) -> None:
    dirty = "a\x00b\ud800\u202e"
    assert desk.call("log_note", account=desk.account(), text=dirty, quote=dirty).verdict == "allow"
    assert desk.call("log_note", account=desk.account(), text="x", **{dirty: dirty}).rule == "arguments.shape"
    assert desk.call("a\x00\ud800" * 50, text="x").rule == "tool.unknown"
    assert desk.call("log_call", account=desk.account(), outcome=dirty).rule == "outcome"
    assert desk.call("create_task", account=desk.account(), title=dirty, due=dirty).rule == "date.unclear"
    desk.acting(said=dirty * 100)
    deal = desk.open_deal()["id"]
    asked = desk.call("update_deal", deal=deal, next_step=dirty, quote=dirty)
    assert asked.verdict == "ask", asked.text
    desk.press(asked, "edit_change", next_step=f"Call {dirty}")
    assert desk.approval(asked).state == "applied"
    assert desk.verified() == len(desk.books())


def test_a_tool_that_was_not_granted_is_not_there(shop: Desk) -> None:
    shop.acting(grant=frozenset({"find_account"}))
    assert shop.refused("log_note", account="10000000001", text="x")[0] == "agent.not_granted"
    rule, reason = shop.refused("delete_everything")
    assert rule == "tool.unknown"
    assert "find_account" in reason
    assert "log_note" not in reason


def test_strangers_guests_and_the_deactivated_get_nothing(shop: Desk) -> None:
    for person in (
        "U0GUEST001",
        "U0STRANGER",
        "U0OUT00001",
        "U0NEW00001",
        "U0ARC00001",
        "U0NOBODY",
        "USLACKBOT",
        "",
        "*",
    ):
        shop.acting(person=person)
        for tool, arguments in GOOD.items():
            assert shop.refused(tool, **arguments)[0] == "person.unknown", (person, tool)


def test_a_run_without_a_person_looks_and_changes_nothing(shop: Desk) -> None:
    shop.acting(person=None)
    assert shop.refused("log_note", account="10000000001", text="x")[0] == "person.service"
    assert shop.refused("snooze_account", account="10000000001", until="day")[0] == "person.service"
    shop.acting(person=shop.rep.id, unattended=True)
    assert shop.refused("log_note", account="10000000001", text="x")[0] == "run.unattended"
