"""One change for several deals: one card, all or none; what stops half-way says so and can be taken back."""

from __future__ import annotations

import json

import pytest

from tests.tools.desk import Desk
from tools import undoing

MINE, THEIRS = ["30000000002", "30000000004", "30000000006"], "30000000008"


def _steps(shop: Desk) -> list[str]:
    read = shop.deployment.systems.crm.read
    return [read("deals", one, ("hs_next_step",)).properties["hs_next_step"] or "" for one in MINE]


def test_one_card_names_them_all_and_one_press_changes_them_all(shop: Desk) -> None:
    before = _steps(shop)
    answer = shop.call("update_deals", deals=[*MINE, MINE[0]], next_step="Send the offer")
    card = json.dumps(shop.sandbox.messages(shop.rep.id)[-1]["blocks"], ensure_ascii=False)
    assert card.count("Send the offer") >= 3
    assert '"edit_change"' not in card
    assert _steps(shop) == before
    shop.press(answer, "apply_change")
    assert _steps(shop) == ["Send the offer"] * 3
    assert undoing.undo(shop.world(), shop.approval(answer).call, shop.rep.id).whisper is None
    assert _steps(shop) == before


def test_a_long_name_does_not_hide_which_field_it_is(shop: Desk) -> None:
    was = shop.deployment.systems.crm.read("deals", MINE[0], ("dealname",)).properties["dealname"] or ""
    shop.change("deals", MINE[0], dealname="Everything for all of our many subsidiaries and sister companies " * 2)
    try:
        answer = shop.call("update_deals", deals=MINE, close_date="2027-06-30")
    finally:
        shop.change("deals", MINE[0], dealname=was)
    card = json.dumps(shop.sandbox.messages(shop.rep.id)[-1]["blocks"], ensure_ascii=False)
    assert card.count(": close date: ") == len(MINE)
    assert "Everything for all of our many" in card
    shop.press(answer, "cancel_change")


@pytest.mark.parametrize("wrong", [THEIRS, "99999999999", "10000000001"])
def test_one_that_is_not_theirs_refuses_the_whole_batch(shop: Desk, wrong: str) -> None:
    assert shop.refused("update_deals", deals=[*MINE, wrong], next_step="x")[0] == "scope.not_yours"


def test_more_than_a_conversation_may_write_to_is_refused_before_anything_is_read(shop: Desk) -> None:
    reads = shop.sandbox.calls()["hubspot"]["total"]
    assert shop.refused("update_deals", deals=[str(n) for n in range(26)], next_step="x")[0] == "arguments.shape"
    assert shop.sandbox.calls()["hubspot"]["total"] == reads


def test_more_than_ten_need_a_yes_to_the_whole_list(shop: Desk) -> None:
    mine = _twelve(shop)
    shop.acting(tainted_by=("companies:10000000001",))
    assert shop.refused("update_deals", deals=mine, next_step="Call them")[0] == "bulk.tainted"
    shop.acting(tainted_by=())
    answer = shop.call("update_deals", deals=mine, next_step="Call them")
    assert answer.rule == "bulk.confirm"
    card = json.dumps(shop.sandbox.messages(shop.rep.id)[-1]["blocks"], ensure_ascii=False)
    assert card.count("Call them") == len(mine), "the whole list is on the card"
    shop.press(answer, "apply_change")
    assert all(_step(shop, one) == "Call them" for one in mine)
    assert undoing.undo(shop.world(), shop.approval(answer).call, shop.rep.id).whisper is None


def _twelve(shop: Desk) -> list[str]:
    """A dozen deals of the rep's, some of them put into HubSpot just now."""
    company = shop.account()
    deals = [str(one) for one in MINE]
    while len(deals) < 12:
        told = {"dealname": f"Lamps {len(deals)}", "dealstage": "990100102", "pipeline": "default",
                "hubspot_owner_id": shop.rep.owner_id}  # fmt: skip
        made = {"properties": told, "associations": [{"type": "companies", "id": company, "primary": True}]}
        deals.append(shop.sandbox.post("/_sandbox/crm/objects/deals", made)["id"])
    shop.sync()
    return deals


def _step(shop: Desk, deal: str) -> str:
    return shop.deployment.systems.crm.read("deals", deal, ("hs_next_step",)).properties["hs_next_step"] or ""


def test_a_batch_needs_two_deals_and_something_to_change(shop: Desk) -> None:
    assert shop.refused("update_deals", deals=MINE[:1], next_step="x")[0] == "arguments.shape"
    assert shop.refused("update_deals", deals=MINE)[0] == "nothing_to_do"
    assert shop.refused("update_deals", deals=MINE, amount="1")[0] == "arguments.shape"


def test_a_batch_that_stops_half_way_says_how_far_it_came_and_can_be_taken_back(shop: Desk) -> None:
    before = _steps(shop)
    answer = shop.call("update_deals", deals=MINE, next_step="Half")
    shop.sandbox.misbehave("hubspot.update", "error", status=400, skip=2)
    shop.press(answer, "apply_change")
    assert _steps(shop) == ["Half", "Half", before[2]]
    approval = shop.approval(answer)
    assert approval.state == "applied"
    assert "2 of 3 were changed" in (approval.note or "")
    (failed,) = [row for row in shop.rows(approval.call) if row["phase"] == "failed"]
    assert [one["id"] for one in failed["facts"]["made"]] == MINE[:2]
    assert undoing.undo(shop.world(), approval.call, shop.rep.id).whisper is None
    assert _steps(shop) == before
    assert shop.verified() > 0


def test_if_one_was_changed_since_nothing_of_the_batch_is_taken_back(shop: Desk) -> None:
    answer = shop.call("update_deals", deals=MINE, next_step="All of us")
    shop.press(answer, "apply_change")
    shop.change("deals", MINE[0], hs_next_step="A colleague's")
    told = undoing.undo(shop.world(), shop.approval(answer).call, shop.rep.id)
    assert "Nothing was undone" in (told.whisper or "")
    assert _steps(shop) == ["A colleague's", "All of us", "All of us"]
