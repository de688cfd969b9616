"""Notes: on the account and its deal, in the person's name, as they said it; and what taint holds back."""

from __future__ import annotations

import json

import pytest

from tests.tools.desk import Desk

INITECH, DEAL, GLOBEX_DEAL, THEIR_DEAL = "10000000003", "30000000002", "30000000004", "30000000008"


def test_a_note_is_on_the_account_and_on_the_deal(shop: Desk) -> None:
    made = shop.made(shop.call("log_note", account=INITECH, text="They want a demo.\nOn Friday.", deal=DEAL))
    assert made["hs_note_body"] == "They want a demo.<br>On Friday."
    assert made["to"] == {"companies": [INITECH], "deals": [DEAL]}
    assert made["hubspot_owner_id"] == shop.rep.owner_id


def test_the_line_with_undo_says_what_was_noted_in_short_and_without_links(shop: Desk) -> None:
    answer = shop.call("log_note", account=INITECH, text="They agreed:\nsee https://evil.example/x and " + "on " * 99)
    assert answer.receipt is not None
    head, _, said = answer.receipt.words.partition(" · ")
    assert head == "Noted on Initech"
    assert said.startswith("“They agreed: see (link removed) and on on")
    assert said.endswith("on…”")
    assert len(said) <= 122
    assert "They agreed" not in answer.reason, "the books keep it with the plan only"


@pytest.mark.parametrize("deal", [GLOBEX_DEAL, THEIR_DEAL, "70000000001", "88888888888"])
def test_a_deal_of_another_account_is_refused_like_none(shop: Desk, deal: str) -> None:
    assert shop.refused("log_note", account=INITECH, text="x", deal=deal)[0] == "scope.not_yours"


def test_no_markup_gets_into_hubspots_page(shop: Desk) -> None:
    made = shop.made(shop.call("log_note", account=INITECH, text="<img src=x onerror=alert(1)> & <script>"))
    assert made["hs_note_body"] == "&lt;img src=x onerror=alert(1)&gt; &amp; &lt;script&gt;"


def test_after_reading_what_customers_wrote_a_note_elsewhere_waits_for_a_yes(shop: Desk) -> None:
    shop.acting(tainted_by=(f"companies:{INITECH}",))
    assert shop.call("log_note", account=INITECH, text="plain words").verdict == "allow"
    elsewhere = shop.call("log_note", account="10000000001", text="plain words")
    assert (elsewhere.verdict, elsewhere.rule) == ("ask", "taint.log")
    card = shop.sandbox.messages(shop.rep.id)[-1]
    assert "plain words" in json.dumps(card["blocks"]), "whoever says yes sees what will be written"
    assert "a card with Apply and Cancel is shown; nothing changes before Apply." in elsewhere.text
    shop.press(elsewhere, "apply_change")
    assert shop.approval(elsewhere).state == "applied"
    assert [row["phase"] for row in shop.rows(shop.approval(elsewhere).call)] == ["judged", "judged", "done"]


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example",
        "see evil.co",
        "see //evil.example/x",
        "www.evil.de",
        "evil。com",
        "mailto:a@b.c",
        "ｈttps：／／evil.example",
        "http://[::1]",
        "10.0.0.1",
        "ev\u200bil.com",
        "javascript:alert(1)",
    ],
)
def test_a_link_waits_for_a_yes_however_it_is_written(shop: Desk, text: str) -> None:
    shop.acting(tainted_by=(f"companies:{INITECH}",))
    assert shop.call("log_note", account=INITECH, text=text).rule == "taint.log"


def test_caps_hold_for_a_conversation(shop: Desk) -> None:
    for number in range(25):
        assert shop.call("log_note", account=INITECH, text=f"n{number}").verdict == "allow"
    assert shop.refused("log_note", account=INITECH, text="one more")[0] == "cap.session"


def test_one_message_leads_to_sixteen_steps(shop: Desk) -> None:
    shop.acting(calls=16)
    assert shop.refused("find_account", name="Acme")[0] == "cap.calls"
