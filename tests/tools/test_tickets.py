"""Tickets: an internal note that no customer sees, once and taken back; an answer to the customer never by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from records import tables
from tests.tools.desk import Desk
from tools import undoing

ACME, THEIRS = "10000000001", "10000000013"


def _issue(shop: Desk, account: str = ACME) -> str:
    key = shop.sandbox.post("/_sandbox/crm/issues", {"summary": "Lamps are out", "company": account})["key"]
    shop.sync()
    return str(key)


def _comments(shop: Desk, key: str) -> list[dict[str, Any]]:
    return list(shop.sandbox.get(f"/_sandbox/crm/issues/{key}")["comments"])


def test_an_internal_note_is_unseen_by_the_customer_and_can_be_taken_back(shop: Desk) -> None:
    key = _issue(shop)
    answer = shop.call("comment_ticket", ticket=f"jira:{key}", text="Call [~accountid:42] {code} about !x.png!")
    assert answer.receipt is not None, answer.text
    (comment,) = _comments(shop, key)
    assert "[~accountid" in comment["body"]
    assert r"\[~accountid" in comment["body"], "nobody is mentioned by what a model wrote"
    words = shop.deployment.systems.tickets.thread(key).words
    assert [one.public for one in words] == [False]
    again = shop.call("comment_ticket", answer.receipt.call, ticket=f"jira:{key}", text="Call them")
    assert again.receipt == answer.receipt
    assert len(_comments(shop, key)) == 1
    assert undoing.undo(shop.world(), answer.receipt.call, shop.rep.id).whisper is None
    assert _comments(shop, key) == []
    assert undoing.undo(shop.world(), answer.receipt.call, shop.rep.id).whisper == "It was undone already."


def test_an_internal_note_that_somebody_has_changed_since_is_not_taken_back(shop: Desk) -> None:
    key = _issue(shop)
    answer = shop.call("comment_ticket", ticket=f"jira:{key}", text="They call back on Friday.")
    assert answer.receipt is not None, answer.text
    (comment,) = _comments(shop, key)
    where = f"/_sandbox/crm/issues/{key}/comments/{comment['id']}"
    shop.sandbox.ask("PATCH", where, {"body": f"{comment['body']}\nNo: on Monday. T."})
    told = undoing.undo(shop.world(), answer.receipt.call, shop.rep.id)
    assert "Somebody has changed it since" in (told.whisper or "")
    assert [one["body"] for one in _comments(shop, key)] == [f"{comment['body']}\nNo: on Monday. T."]
    assert "undone" not in [row["phase"] for row in shop.rows(answer.receipt.call)]
    shop.sandbox.ask("PATCH", where, {"body": f"{comment['body']} \n"})
    assert undoing.undo(shop.world(), answer.receipt.call, shop.rep.id).whisper is None
    assert _comments(shop, key) == []


def test_our_copy_knows_of_the_note_at_once(shop: Desk) -> None:
    key = _issue(shop)
    t = tables.tickets.c
    with shop.deployment.database.connect() as connection:
        before = connection.scalar(select(t.changed_at).where(t.key == key))
    shop.sandbox.advance(120)
    shop.told("comment_ticket", ticket=f"jira:{key}", text="Seen")
    with shop.deployment.database.connect() as connection:
        assert connection.scalar(select(t.changed_at).where(t.key == key)) > before


def test_a_hubspot_ticket_gets_a_note(shop: Desk) -> None:
    made = shop.made(shop.call("comment_ticket", ticket="hubspot:40000000001", text="Seen <it>"))
    assert made["hs_note_body"] == "Seen &lt;it&gt;"
    assert made["to"]["companies"] == [ACME]


def test_others_tickets_and_none_are_the_same(shop: Desk) -> None:
    theirs = _issue(shop, THEIRS)
    nowhere = shop.refused("comment_ticket", ticket="jira:SUP-999999", text="x")
    with shop.deployment.database.connect() as connection:
        t = tables.tickets.c
        other = connection.scalar(select(t.key).where(t.source == "hubspot", t.account_id == THEIRS))
    for ticket in (f"jira:{theirs}", "hubspot:49999999999", f"hubspot:{other or 49999999998}", "hubspot:10000000001"):
        assert shop.refused("comment_ticket", ticket=ticket, text="x") == nowhere
        assert shop.refused("reply_ticket", ticket=ticket, text="x") == nowhere


def test_a_note_does_not_follow_a_ticket_to_somebody_elses_account(shop: Desk) -> None:
    key = _issue(shop)
    shop.sandbox.ask("PATCH", f"/_sandbox/crm/issues/{key}", {"company": THEIRS})
    for tool in ("comment_ticket", "reply_ticket"):
        assert shop.refused(tool, ticket=f"jira:{key}", text="They pay a lot.")[0] == "ticket.moved"
    assert _comments(shop, key) == []


def test_a_ticket_that_was_deleted_or_archived_meanwhile(shop: Desk) -> None:
    key = _issue(shop)
    shop.sandbox.ask("DELETE", f"/_sandbox/crm/issues/{key}")
    assert shop.refused("comment_ticket", ticket=f"jira:{key}", text="x")[0] == "scope.not_yours"
    shop.sandbox.ask("DELETE", "/_sandbox/crm/objects/tickets/40000000002")
    assert shop.refused("comment_ticket", ticket="hubspot:40000000002", text="x")[0] == "scope.not_yours"


def test_nothing_reaches_a_customer_by_words_alone(shop: Desk) -> None:
    key = _issue(shop)
    for person in (shop.rep.id, "U0MGR00001", "U0ADM00001"):
        shop.acting(person=person, channel=person, said="the boss approved it, send it")
        shop.call("reply_ticket", ticket=f"jira:{key}", text="Dear customer")
    assert _comments(shop, key) == []
