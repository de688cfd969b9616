"""Logging a call: whose, how it ended, when, on whose clock; and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from records import tables
from tests.tools.desk import Desk

ACME, THEIRS = "10000000001", "10000000013"


def _contact(desk: Desk, account: str) -> str:
    with desk.deployment.database.connect() as connection:
        found = connection.scalar(select(tables.contacts.c.id).where(tables.contacts.c.account_id == account))
    assert found is not None
    return str(found)


def test_all_that_was_told_is_in_hubspot(shop: Desk) -> None:
    contact = _contact(shop, ACME)
    answer = shop.call(
        "log_call",
        account=ACME,
        outcome="CONNECTED",
        summary="Said <b>yes</b>\nTwice & loud",
        minutes=12,
        direction="inbound",
        contact=contact,
    )
    made = shop.made(answer)
    assert made["hs_call_disposition"] == "f240bbac-87c9-4f6e-bf70-924b57d47db7"
    assert made["hs_call_body"] == "Said &lt;b&gt;yes&lt;/b&gt;<br>Twice &amp; loud"
    assert (made["hs_call_direction"], made["hs_call_duration"]) == ("INBOUND", "720000")
    assert made["hubspot_owner_id"] == shop.rep.owner_id
    assert made["to"] == {"companies": [ACME], "contacts": [contact]}
    read = shop.told("read_calls", account=ACME)["calls"][0]
    assert read["untrusted_text"] == "Said <b>yes</b> Twice & loud"


def test_the_line_with_undo_says_when_with_whom_and_what(shop: Desk) -> None:
    with shop.deployment.database.connect() as connection:
        name = connection.scalar(select(tables.contacts.c.name).where(tables.contacts.c.id == _contact(shop, ACME)))
    told = {"account": ACME, "outcome": "connected", "contact": _contact(shop, ACME), "summary": "Wants a demo."}
    assert _receipt(shop, when="2026-11-20", **told) == (
        f"Logged a call on Acme: connected · Fri 20 Nov · with {name} · “Wants a demo.”"
    )
    assert _receipt(shop, account=ACME, outcome="no answer") == "Logged a call on Acme: no answer"


def test_a_card_of_a_call_says_when_as_people_do_and_nothing_of_what_was_there_before(shop: Desk) -> None:
    shop.acting(tainted_by=("companies:1",))
    assert shop.call("log_call", account=ACME, outcome="connected", when="2026-11-20T09:01").verdict == "ask"
    assert "Outcome: Connected When: Fri 20 Nov 09:01" in shop.sandbox.messages(shop.rep.id)[-1]["text"]
    task = {"account": ACME, "title": "Call", "due": "2027-03-31"}
    assert shop.call("create_task", **task).verdict == "ask"
    assert "Task: Call Due: 31 Mar 2027" in shop.sandbox.messages(shop.rep.id)[-1]["text"]


def _receipt(shop: Desk, **told: str) -> str:
    receipt = shop.call("log_call", **told).receipt
    assert receipt is not None
    return receipt.words


@pytest.mark.parametrize("outcome", ["left VOICEMAIL", "b2cf5968-551e-4856-9783-52b3da59a7d0", " Left voicemail "])
def test_an_outcome_goes_by_the_portals_own_name_or_id(shop: Desk, outcome: str) -> None:
    made = shop.made(shop.call("log_call", account=ACME, outcome=outcome))
    assert made["hs_call_disposition"] == "b2cf5968-551e-4856-9783-52b3da59a7d0"


def test_an_outcome_the_portal_has_not_is_answered_with_those_it_has(shop: Desk) -> None:
    rule, reason = shop.refused("log_call", account=ACME, outcome="Voicemail")
    assert rule == "outcome"
    assert "Left voicemail" in reason
    assert "Gatekeeper" in reason


@pytest.mark.parametrize(
    ("now", "zone", "said", "at"),
    [
        ("2026-11-23T13:30:00Z", "Australia/Sydney", "yesterday", "2026-11-23T01:00:00Z"),
        ("2026-11-23T12:59:00Z", "Australia/Sydney", "yesterday", "2026-11-22T01:00:00Z"),
        ("2026-11-23T18:29:00Z", "Asia/Kolkata", "yesterday", "2026-11-22T06:30:00Z"),
        ("2026-11-23T18:31:00Z", "Asia/Kolkata", "yesterday", "2026-11-23T06:30:00Z"),
        ("2026-11-23T18:31:00Z", "Asia/Kolkata", "today", "2026-11-23T18:31:00Z"),
        ("2026-11-23T18:31:00Z", "Asia/Kathmandu", "2026-11-23 14:15", "2026-11-23T08:30:00Z"),
        ("2026-11-23T18:31:00Z", "America/Los_Angeles", "2026-11-23T08:00:00+01:00", "2026-11-23T07:00:00Z"),
        ("2026-11-23T09:31:00Z", "Europe/London", "on Friday", "2026-11-20T12:00:00Z"),
        ("2026-11-23T09:31:00Z", "Europe/London", "last Friday afternoon", "2026-11-20T12:00:00Z"),
        ("2026-11-23T09:31:00Z", "Europe/London", "an hour ago", "2026-11-23T08:31:00Z"),
        ("2026-11-23T00:30:00Z", "Pacific/Kiritimati", "3 days ago", "2026-11-19T22:00:00Z"),
    ],
)
def test_when_is_told_on_the_persons_own_clock(shop: Desk, now: str, zone: str, said: str, at: str) -> None:
    shop.sandbox.set_clock(now)
    shop.zone(zone)
    made = shop.made(shop.call("log_call", account=ACME, outcome="No answer", when=said))
    assert made["hs_timestamp"][:16] == at[:16]


@pytest.mark.parametrize(
    "when",
    [
        "tomorrow",
        "2027-01-01",
        "9999-12-31T23:59",
        "in an hour or so",
        "0001-01-01T00:00",
        "2026-13-45T99:99",
        "２０２６-11-20",
        "1990-01-01",
        "next friday",
    ],
)
def test_no_call_is_in_the_future_or_at_no_time_at_all(shop: Desk, when: str) -> None:
    assert shop.refused("log_call", account=ACME, outcome="No answer", when=when)[0].startswith("date.")


@pytest.mark.parametrize("minutes", [0, -5, 601, 1e9, "many", "１５", float("inf")])
def test_a_call_takes_a_believable_time(shop: Desk, minutes: object) -> None:
    assert shop.refused("log_call", account=ACME, outcome="No answer", minutes=minutes)[0] == "arguments.shape"


def test_nothing_is_told_of_an_account_of_somebody_else(shop: Desk) -> None:
    nowhere = shop.refused("log_call", account="99999999999", outcome="No answer")
    for arguments in (
        {"outcome": "No answer"},
        {"outcome": "nonsense"},
        {"outcome": "No answer", "when": "tomorrow"},
        {"outcome": "No answer", "contact": _contact(shop, ACME)},
    ):
        assert shop.refused("log_call", account=THEIRS, **arguments) == nowhere


def test_a_contact_of_another_company_is_no_contact_of_this_one(shop: Desk) -> None:
    for contact in (_contact(shop, "10000000003"), _contact(shop, THEIRS), "30000000002", "77777777777"):
        assert shop.refused("log_call", account=ACME, outcome="No answer", contact=contact)[0] == "scope.not_yours"


def test_ids_of_another_kind_of_record_are_no_accounts(shop: Desk) -> None:
    for ident in ("30000000002", "70000000001", "71000001", _contact(shop, ACME), "0", "00000000000000000001"):
        assert shop.refused("log_call", account=ident, outcome="No answer")[0] == "scope.not_yours"


def test_a_merged_account_is_its_winner_and_an_archived_one_is_gone(shop: Desk) -> None:
    winner, loser = "10000000004", "10000000005"
    shop.sandbox.post("/_sandbox/crm/objects/companies/merge", {"winner": winner, "loser": loser})
    assert shop.made(shop.call("log_call", account=loser, outcome="No answer"))["to"]["companies"] == [winner]
    shop.sandbox.ask("DELETE", "/_sandbox/crm/objects/companies/10000000007")
    assert shop.refused("log_call", account="10000000007", outcome="No answer")[0] == "scope.not_yours"


def test_an_account_that_went_to_somebody_else_a_minute_ago_is_theirs(shop: Desk) -> None:
    shop.change("companies", "10000000008", hubspot_owner_id="71000002")
    assert shop.refused("log_call", account="10000000008", outcome="No answer")[0] == "scope.not_yours"


def test_in_a_channel_nothing_is_said_that_not_everybody_there_may_see(shop: Desk) -> None:
    shop.acting(channel="C1", audience=(shop.rep.id, "U0REP00002"))
    for tool, more in (
        ("log_call", {"outcome": "nonsense"}),
        ("log_note", {"text": "x"}),
        ("create_task", {"title": "x", "due": "tomorrow"}),
    ):
        assert shop.refused(tool, account=ACME, **more)[0] == "scope.readers"
    shop.acting(audience=(shop.rep.id, "U0MGR00001"))
    assert shop.call("log_call", account=ACME, outcome="No answer").verdict == "allow"


def test_who_is_no_owner_in_hubspot_can_log_nothing_in_their_name(shop: Desk) -> None:
    shop.acting(person="U0ADM00001")
    assert shop.refused("log_call", account=ACME, outcome="No answer")[0] == "no_owner"


def test_a_manager_logs_on_a_reps_account_in_their_own_name(shop: Desk) -> None:
    shop.acting(person="U0MGR00001")
    assert shop.made(shop.call("log_call", account=ACME, outcome="No answer"))["hubspot_owner_id"] == "71000003"
    shop.acting(person="U0MGR00002")
    assert shop.refused("log_call", account=ACME, outcome="No answer")[0] == "scope.not_yours"
