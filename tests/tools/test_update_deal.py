"""Deals: stages by the portal's own names, amounts and days in words, and whose yes it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from records import tables
from tests.tools.desk import Desk
from tools import approvals, catalogue

DEAL, OTHER, BIG, THEIRS, RENEWAL = "30000000002", "30000000004", "30000000006", "30000000008", "30000000001"
PROPOSAL, NEGOTIATION, DISCOVERY, WON = "990100103", "990100104", "990100102", "990100105"


def _asked(shop: Desk, deal: str = DEAL, **arguments: Any) -> approvals.Approval:
    answer = shop.call("update_deal", deal=deal, **arguments)
    assert answer.verdict == "ask", answer.text
    return shop.approval(answer)


@pytest.mark.parametrize("said", ["Negotiation", "negotiation", " NEGOT ", NEGOTIATION])
def test_a_stage_goes_by_its_name_its_id_or_a_word_of_it(shop: Desk, said: str) -> None:
    (write,) = _asked(shop, stage=said).plan.writes
    assert dict(write.after) == {"dealstage": NEGOTIATION}
    assert dict(write.before) == {"dealstage": PROPOSAL}


def test_a_name_that_several_stages_bear_is_not_guessed(shop: Desk) -> None:
    rule, reason = shop.refused("update_deal", deal=DEAL, stage="closed")
    assert rule == "stage.unknown"
    assert "Closed won" in reason
    assert "Closed lost" in reason
    assert shop.refused("update_deal", deal=DEAL, stage="Proposel")[0] == "stage.unknown"


def test_what_cannot_be_told_of_a_deal_as_it_is_makes_no_rule_milder(shop: Desk) -> None:
    """A stage made in HubSpot since the last reading may be a closed one; an amount that is no number, anything."""
    s = tables.stages
    with shop.deployment.database.begin() as connection:
        kept = dict(connection.execute(select(s).where(s.c.id == PROPOSAL)).mappings().one())
        connection.execute(delete(s).where(s.c.id == PROPOSAL))
    assert shop.refused("update_deal", deal=DEAL, stage=NEGOTIATION)[0] == "stage.unread"
    with shop.deployment.database.begin() as connection:
        connection.execute(insert(s), kept)
    held = shop.in_hubspot("deals", DEAL)["amount"]
    body = {"properties": {"amount": "about 4k"}, "raw": True}
    shop.sandbox.ask("PATCH", f"/_sandbox/crm/objects/deals/{DEAL}", body)
    assert shop.refused("update_deal", deal=DEAL, amount="90000")[0] == "amount.unclear"
    shop.change("deals", DEAL, amount=held)


def test_a_stage_of_another_pipeline_is_refused(shop: Desk) -> None:
    assert shop.refused("update_deal", deal=DEAL, stage="Verbal yes")[0] == "stage.pipeline"
    assert shop.refused("update_deal", deal=DEAL, stage="990200203")[0] == "stage.pipeline"


@pytest.mark.parametrize("stage", ["Discovery", "Closed won", "Closed lost"])
def test_back_and_closing_are_the_managers_to_decide(shop: Desk, stage: str) -> None:
    asked = _asked(shop, stage=stage)
    assert asked.approver == "U0MGR00001"
    assert asked.rule in ("stage.back", "stage.closed")
    (card,) = [m for m in shop.sandbox.messages("U0MGR00001") if asked.id in json.dumps(m["blocks"])]
    assert "Apply" in json.dumps(card["blocks"])


def test_reopening_a_closed_deal_is_the_managers_to_decide(shop: Desk) -> None:
    asked = _asked(shop, RENEWAL, stage="Upcoming")
    assert (asked.approver, asked.rule) == ("U0MGR00001", "stage.back")


@pytest.mark.parametrize(
    ("said", "amount", "whose"),
    [
        ("40k", "40000", "rep"),
        ("$40,000", "40000", "rep"),
        ("44400", "44400", "rep"),
        ("44400.01", "44400.01", "manager"),
        ("29600", "29600", "rep"),
        ("29599.99", "29599.99", "manager"),
        ("0", "0", "manager"),
        ("1.5m", "1500000", "manager"),
    ],
)
def test_amounts_in_words_and_whose_yes_they_take(shop: Desk, said: str, amount: str, whose: str) -> None:
    asked = _asked(shop, amount=said)
    assert dict(asked.plan.writes[0].after) == {"amount": amount}
    assert asked.approver == ("U0MGR00001" if whose == "manager" else shop.rep.id)


@pytest.mark.parametrize(
    "said", ["-5", "lots", "４0000", "1e9", "0x10", "10.001", "NaN", "Infinity", "1,00", "40 k k", "99m"]
)
def test_amounts_that_are_none(shop: Desk, said: str) -> None:
    assert shop.refused("update_deal", deal=DEAL, amount=said)[0] in ("amount.unclear", "amount.bounds")


def test_an_amount_in_another_currency_makes_no_card(shop: Desk) -> None:
    for said in ("€40k", "40K EUR"):
        refused = shop.refused("update_deal", deal=DEAL, amount=said)
        assert refused == ("amount.unclear", "Amounts in HubSpot are in USD here; say it in USD.")


def test_an_amount_in_hubspot_that_is_odd_is_still_an_amount(shop: Desk) -> None:
    shop.change("deals", OTHER, amount="1.0E5")
    try:
        assert _asked(shop, OTHER, amount="300k").rule == "amount.change"
        assert _asked(shop, OTHER, amount="101k").rule == "change.confirm"
        assert shop.refused("update_deal", deal=OTHER, amount="100k")[0] == "nothing_to_do"
    finally:
        shop.change("deals", OTHER, amount="37000")


@pytest.mark.parametrize(
    ("now", "zone", "said", "day"),
    [
        ("2026-11-23T13:30:00Z", "Australia/Sydney", "tomorrow", "2026-11-25"),
        ("2026-11-23T12:30:00Z", "Australia/Sydney", "tomorrow", "2026-11-24"),
        ("2026-11-26T18:31:00Z", "Asia/Kolkata", "today", "2026-11-27"),
        ("2026-11-23T18:31:00Z", "America/St_Johns", "in March", "2027-03-31"),
        ("2026-12-31T23:59:00Z", "Pacific/Kiritimati", "end of the month", "2027-01-31"),
        ("2026-12-31T23:59:00Z", "Pacific/Pago_Pago", "end of the month", "2026-12-31"),
    ],
)
def test_a_close_date_is_a_day_of_the_persons_calendar(shop: Desk, now: str, zone: str, said: str, day: str) -> None:
    shop.sandbox.set_clock(now)
    shop.zone(zone)
    asked = _asked(shop, close_date=said)
    assert dict(asked.plan.writes[0].after) == {"closedate": f"{day}T00:00:00.000Z"}
    shop.press_card(asked, "apply_change")
    assert shop.in_hubspot("deals", DEAL)["closedate"][:10] == day


def test_what_is_there_already_is_nothing_to_do(shop: Desk) -> None:
    assert shop.refused("update_deal", deal=DEAL, stage="Proposal sent", amount="37,000")[0] == "nothing_to_do"
    assert shop.refused("update_deal", deal=DEAL)[0] == "nothing_to_do"


@pytest.mark.parametrize(
    "arguments",
    [
        {"stage": "Qualified"},
        {"stage": "no such"},
        {"amount": "32k"},
        {"amount": "x"},
        {"close_date": "x"},
        {"next_step": "x"},
        {},
    ],
)
def test_nothing_is_told_of_a_deal_of_somebody_else(shop: Desk, arguments: dict[str, str]) -> None:
    assert shop.refused("update_deal", deal=THEIRS, **arguments)[0] == "scope.not_yours"
    for ident in ("99999999999", "10000000001", "70000000001"):
        assert shop.refused("update_deal", deal=ident, **arguments)[0] == "scope.not_yours"


def test_a_card_is_not_shown_where_not_everybody_may_see_the_deal(shop: Desk) -> None:
    shop.acting(channel="C1", audience=(shop.rep.id, "U0REP00002"))
    assert shop.refused("update_deal", deal=DEAL, amount="38k")[0] == "scope.readers"


def test_the_quote_is_what_was_really_said(shop: Desk) -> None:
    shop.acting(said="Make   Initech 41k, they told me.")
    assert _asked(shop, amount="41k", quote="make initech 41K").plan.quote == "make initech 41K"
    assert _asked(shop, amount="41k", quote="the boss approved it").plan.quote == "Make Initech 41k, they told me."


def test_a_long_next_step_is_shown_cut_and_kept_whole(shop: Desk) -> None:
    shop.change("deals", OTHER, hs_next_step="old " * 400)
    asked = _asked(shop, OTHER, next_step="y" * 200)
    assert len(asked.plan.rows[0].old) <= 200
    shop.press_card(asked, "apply_change")
    assert shop.approval_of(asked).state == "applied"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (
            "update_deal",
            {"deal": DEAL, "stage": "negot", "amount": "39k", "close_date": "in two weeks", "next_step": "Ring"},
        ),
        ("update_deals", {"deals": [DEAL, OTHER, DEAL], "close_date": "end of march", "next_step": "Ring"}),
        ("log_call", {"account": "10000000003", "outcome": "no answer", "when": "yesterday", "summary": "x"}),
        ("create_task", {"account": "10000000003", "title": "x", "due": "in three days", "note": "n"}),
        ("log_note", {"account": "10000000003", "text": "a\nb", "deal": DEAL}),
    ],
)
def test_a_plan_planned_again_later_is_the_same_plan(shop: Desk, tool: str, arguments: dict[str, Any]) -> None:
    one = catalogue.all_tools()[tool]
    assert one.plan is not None
    shop.sandbox.set_clock("2026-11-23T10:00:00Z")
    first = one.plan(shop.world(), one.arguments.model_validate({**arguments, "quote": "q"}))
    assert approvals.plan_from(json.loads(json.dumps(approvals.as_json(first)))) == first
    shop.sandbox.set_clock("2026-11-25T10:00:00Z")
    again = one.plan(shop.world(), one.arguments.model_validate(first.resolved))
    stamped = {"hs_timestamp"} if tool == "log_note" else set()
    for was, now in zip(first.writes, again.writes, strict=True):
        assert {k: v for k, v in was.after.items() if k not in stamped} == {
            k: v for k, v in now.after.items() if k not in stamped
        }
        assert (was.kind, was.id, was.before, was.to) == (now.kind, now.id, now.before, now.to)
    assert (first.rows, first.action, first.resolved) == (again.rows, again.action, again.resolved)
