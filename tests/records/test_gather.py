"""Evidence has a name and an address, accounts are found by what people call them, and old sources say so."""

from __future__ import annotations

import pytest

from records import gather, tables
from records.parsing import Broken, cents, flag, instant, shape
from tests.records.bench import Bench


def test_evidence_is_named_and_linked(synced: Bench) -> None:
    deal = synced.rows(tables.deals)[0]
    ticket = synced.rows(tables.tickets, tables.tickets.c.source == "jira")[0]
    wanted = [f"deal:{deal['id']}", f"jira:{ticket['key']}", "hubspot:42", "task:9"]
    with synced.engine.connect() as conn:
        labels = gather.labels(conn, wanted)
        portal = gather.hubspot_address(conn)
    assert labels[wanted[0]] == (deal["untrusted_name"], f"{portal}/record/0-3/{deal['id']}", True)
    assert labels[wanted[1]] == (ticket["key"], f"{synced.tickets.web_url}/browse/{ticket['key']}", False)
    assert labels["hubspot:42"] == ("#42", f"{portal}/record/0-5/42", False)
    assert labels["task:9"] == ("follow-up", f"{portal}/record/0-27/9", False)


def test_accounts_are_found_by_id_name_or_a_part_of_it_within_the_owners_asked_for(synced: Bench) -> None:
    account = synced.first_account()
    with synced.engine.connect() as conn:
        for text in (account.account_id, account.name, account.name.upper(), account.name[1:-1]):
            assert account in gather.find_account(conn, [account.owner_id], text), text
        assert gather.find_account(conn, ["0"], account.name) == []
        assert gather.find_account(conn, [], account.name) == []
        assert gather.find_account(conn, None, account.name) == [account]
        assert gather.find_account(conn, None, "  ") == []


def test_before_any_sync_hubspot_is_said_to_be_unread(bench: Bench) -> None:
    with bench.engine.connect() as conn:
        assert gather.sources(conn, bench.clock.now()) == (("HubSpot", None, None, None),)


def test_what_is_still_being_listed_counts_as_unread(bench: Bench) -> None:
    bench.sandbox.misbehave("hubspot.list", "error", times=-1, status=500, match={"type": "tickets"})
    bench.sync()
    with bench.engine.connect() as conn:
        hubspot, _jira = gather.sources(conn, bench.clock.now())
    assert hubspot.synced_at is None
    assert hubspot.down


def test_last_touches_and_call_outcomes(synced: Bench) -> None:
    account = synced.first_account()
    with synced.engine.connect() as conn:
        assert gather.last_touches(conn, {account.account_id, "nobody"}) == {account.account_id: account.last_touch_at}
        assert gather.call_outcomes(conn)["b2cf5968-551e-4856-9783-52b3da59a7d0"] == "Left voicemail"
        broken = gather.broken_records(conn)
    assert {(source, kind) for source, kind, _id, _why in broken} >= {("hubspot", "companies"), ("hubspot", "deals")}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T09:00:00.000Z", 1_795_424_400_000),
        ("2026-11-23T09:00:00.000+0000", 1_795_424_400_000),
        ("2026-11-23T10:00:00+01:00", 1_795_424_400_000),
        ("1795424400000", 1_795_424_400_000),
        ("2026-11-23", 1_795_392_000_000),
        ("", None),
        (None, None),
    ],
)
def test_instants_are_read_in_every_shape_vendors_send(text: str | None, moment: int | None) -> None:
    assert instant({"at": text}, "at") == moment


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "20261", "99999999999999999999", "-"])
def test_what_is_no_instant_is_named_without_its_words(text: str) -> None:
    with pytest.raises(Broken) as broken:
        instant({"at": text}, "at")
    assert "soon" not in str(broken.value)


def test_amounts_are_whole_cents() -> None:
    assert [cents({"n": t}, "n") for t in ("1200.5", "0", "-3", "1e3", "", None)] == [
        120_050,
        0,
        -300,
        100_000,
        None,
        None,
    ]
    for text in ("NaN", "Infinity", "12,5", "1e99", "twelve"):
        with pytest.raises(Broken):
            cents({"n": text}, "n")
    with pytest.raises(Broken):
        flag({"b": "perhaps"}, "b")
    assert shape("Call Ms. Doe on 555-0100!") == "aaaa aa. aaa aa 999-9999…"
