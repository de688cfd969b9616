"""The guard: what is allowed is done once, what isn't is refused with its reason, and all of it is in the ledger."""

from __future__ import annotations

import json

from tests.deployments import LEDGER_KEY
from tests.tools.desk import Desk
from tools import ledger, undoing


def test_a_call_is_logged_in_hubspot_at_once_and_can_be_taken_back(desk: Desk) -> None:
    account = desk.account()
    answer = desk.call("log_call", account=account, outcome="left voicemail", summary="Asked for a call back")
    assert not answer.is_error, answer.text
    assert answer.verdict == "allow"
    assert answer.receipt is not None
    assert answer.receipt.words.endswith(": left voicemail · “Asked for a call back”")
    made = next(row for row in desk.books() if row["phase"] == "done")["facts"]["made"][0]
    call = desk.deployment.systems.crm.read(
        "calls", made["id"], ("hs_call_disposition", "hs_call_body"), ("companies",)
    )
    assert call.properties["hs_call_disposition"] == "b2cf5968-551e-4856-9783-52b3da59a7d0"
    assert [end.id for end in call.links["companies"]] == [account]
    assert desk.told("read_account", account=account)["last_touch"]["kind"] == "call", "our copy knows it at once"

    done = undoing.undo(desk.world(), answer.receipt.call, desk.rep.id)
    assert done.whisper is None
    assert desk.deployment.systems.crm.find_by("calls", "daybook_key", made["key"], ()) is None
    assert undoing.undo(desk.world(), answer.receipt.call, desk.rep.id).whisper == "It was undone already."


def test_the_same_call_made_again_does_nothing_more_and_answers_the_same(desk: Desk) -> None:
    account = desk.account()
    first = desk.call("log_call", "s1:1:tu_x", account=account, outcome="No answer")
    again = desk.call("log_call", "s1:1:tu_x", account=account, outcome="No answer")
    assert (first.text, first.receipt) == (again.text, again.receipt)
    assert [row["phase"] for row in desk.books()] == ["judged", "done"]


def test_a_change_shows_a_card_and_is_made_by_the_press(desk: Desk) -> None:
    deal = desk.open_deal()
    amount = str(deal["amount_cents"] // 100 + 1)
    desk.acting(said=f"make it {amount} please")
    answer = desk.call("update_deal", deal=deal["id"], amount=amount, quote=f"make it {amount}")
    assert answer.verdict == "ask"
    assert json.loads(answer.text)["for"] == "the person"
    card = desk.sandbox.messages(desk.rep.id)[-1]
    assert "Apply" in json.dumps(card["blocks"])
    assert f"make it {amount}" in json.dumps(card["blocks"], ensure_ascii=False)
    assert desk.in_hubspot("deals", deal["id"])["amount"] != amount, "nothing is changed before the press"

    desk.press(answer, "apply_change")
    assert desk.in_hubspot("deals", deal["id"])["amount"] == amount
    assert desk.approval(answer).state == "applied"
    undoing.undo(desk.world(), desk.approval(answer).call, desk.rep.id)
    assert desk.in_hubspot("deals", deal["id"])["amount"] == str(deal["amount_cents"] // 100)


def test_what_belongs_to_somebody_else_is_refused_like_what_does_not_exist(desk: Desk) -> None:
    theirs = desk.account(desk.reps[1].owner_id)
    no, nothing = (desk.call("read_account", account=ident) for ident in (theirs, "999999999"))
    assert no.is_error
    assert no.text == nothing.text
    for tool, more in (("log_note", {"text": "hello"}), ("create_task", {"title": "Call", "due": "tomorrow"})):
        refused = desk.call(tool, account=theirs, **more)
        assert (refused.verdict, refused.rule) == ("refuse", "scope.not_yours"), refused.text


def test_every_call_is_in_the_ledger_and_a_changed_row_is_found(desk: Desk) -> None:
    desk.call("log_call", account=desk.account(), outcome="No answer")
    desk.call("drop_table", table="accounts")
    desk.call("log_note", account=desk.account())
    desk.call("find_account", name="a")
    rows = [(row["tool"], row["phase"], row["verdict"], row["rule"]) for row in desk.books()]
    assert rows == [
        ("log_call", "judged", "allow", "log.own"),
        ("log_call", "done", "allow", "done"),
        ("drop_table", "judged", "refuse", "tool.unknown"),
        ("log_note", "judged", "error", "arguments.shape"),
        ("find_account", "judged", "read", "read.own"),
    ]
    with desk.deployment.database.connect() as connection:
        assert ledger.verify(connection, LEDGER_KEY.encode(), desk.deployment.workspace) == 5
