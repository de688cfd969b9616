"""After Daybook has written, its copy knows at once, and no sync makes it forget."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from records import features, tables
from records.noting import links_of, note_gone, note_issue, note_written, properties_of
from rules.facts import DAY, HOUR
from systems.ports import Record
from tests.records.bench import Bench


@pytest.fixture
def worked(synced: Bench) -> Bench:
    for kind in ("calls", "notes", "tasks"):
        synced.crm.ensure_key(kind)
    return synced


def note(bench: Bench, kind: str, record_id: str) -> Record:
    """What a tool does after its write: read the record as HubSpot has it now, and put it into our copy."""
    record = bench.crm.read(kind, record_id, properties_of(kind, bench.crm.account_fields), links_of(kind))
    with bench.engine.begin() as conn:
        note_written(conn, kind, record, bench.clock.now(), bench.crm.account_fields)
    return record


def log_call(bench: Bench, account: str, at: int, key: str = "k1") -> str:
    voicemail = next(i for i, label in bench.crm.call_outcomes().items() if label == "Left voicemail")
    properties = {"hs_timestamp": str(at), "hs_call_disposition": voicemail}
    return bench.crm.create("calls", properties, [("companies", account)], key).id


def kept(bench: Bench) -> list[dict[str, Any]]:
    return bench.rows(tables.account_features)


def test_a_call_that_was_logged_is_the_last_touch_before_any_sync(worked: Bench) -> None:
    account, now = worked.first_account().account_id, worked.clock.now()
    note(worked, "calls", log_call(worked, account, now - 1_000))
    row = worked.rows(tables.account_features, tables.account_features.c.account_id == account)[0]
    assert (row["last_touch_kind"], row["last_touch_at"], row["last_call_at"]) == ("call", now - 1_000, now - 1_000)
    before = kept(worked)
    assert not worked.sync().errors
    assert kept(worked) == before


def test_an_undone_call_is_forgotten(worked: Bench) -> None:
    account, now = worked.first_account().account_id, worked.clock.now()
    before = worked.facts(account)
    made = log_call(worked, account, now - 1_000)
    note(worked, "calls", made)
    worked.crm.archive("calls", made)
    with worked.engine.begin() as conn:
        note_gone(conn, "calls", made, now)
    assert worked.facts(account) == before
    assert worked.count(tables.touches, tables.touches.c.id == made) == 0


def test_a_task_and_a_changed_deal_show_at_once(worked: Bench) -> None:
    deal = worked.rows(tables.deals, tables.deals.c.is_open, tables.deals.c.account_id.is_not(None))[0]
    account, due = deal["account_id"], worked.clock.now() - DAY * 400
    ends = [("companies", account), ("deals", deal["id"])]
    made = worked.crm.create("tasks", {"hs_timestamp": str(due), "hs_task_subject": "Call"}, ends, "k-task")
    note(worked, "tasks", made.id)
    assert (worked.facts(account).task_id, worked.facts(account).task_due_at) == (made.id, due)
    assert worked.count(tables.deal_steps, tables.deal_steps.c.id == made.id) == 1
    worked.crm.change("tasks", made.id, {"hs_task_status": "COMPLETED"})
    note(worked, "tasks", made.id)
    assert worked.facts(account).task_id != made.id
    worked.crm.change("deals", deal["id"], {"amount": "123456.78"})
    note(worked, "deals", deal["id"])
    assert worked.rows(tables.deals, tables.deals.c.id == deal["id"])[0]["amount_cents"] == 12_345_678
    before = kept(worked)
    assert not worked.sync(full=True).errors
    assert kept(worked) == before


def test_an_older_version_never_replaces_a_newer(worked: Bench) -> None:
    deal = worked.rows(tables.deals, tables.deals.c.is_open)[0]["id"]
    old = worked.crm.read("deals", deal, properties_of("deals"), links_of("deals"))
    worked.sandbox.advance(1)
    worked.crm.change("deals", deal, {"amount": "777"})
    note(worked, "deals", deal)
    with worked.engine.begin() as conn:
        note_written(conn, "deals", old, worked.clock.now())
    assert worked.rows(tables.deals, tables.deals.c.id == deal)[0]["amount_cents"] == 77_700


def test_an_answered_issue_no_longer_waits(worked: Bench) -> None:
    account = worked.first_account().account_id
    asked = worked.sandbox.post("/_sandbox/crm/issues", {"summary": "Dark", "company": account})["key"]
    with worked.engine.begin() as conn:
        note_issue(conn, worked.tickets.issue(asked), worked.clock.now())
    row = worked.rows(tables.tickets, tables.tickets.c.key == asked)[0]
    assert (row["account_id"], row["answered_at"]) == (account, None)
    tickets = worked.facts(account).open_tickets
    worked.sandbox.advance(60)
    worked.tickets.comment(asked, "On it", "k-reply", public=True)
    with worked.engine.begin() as conn:
        note_issue(conn, worked.tickets.issue(asked), worked.clock.now())
    answered = worked.rows(tables.tickets, tables.tickets.c.key == asked)[0]
    assert answered["answered_at"] > row["customer_at"]
    assert worked.facts(account).open_tickets == tickets
    before = kept(worked)
    assert not worked.sync().errors
    assert kept(worked) == before


def test_noting_while_a_sync_sums_up_everything_loses_nothing(worked: Bench) -> None:
    account, now = worked.first_account().account_id, worked.clock.now()
    failures: list[BaseException] = []
    over = threading.Event()

    def sums() -> None:
        try:
            while not over.is_set():
                with worked.engine.begin() as conn:
                    features.rebuild(conn)
                features.refresh(worked.engine, now)
        except BaseException as failure:  # noqa: BLE001 - raised again below, in the test's own thread
            failures.append(failure)

    thread = threading.Thread(target=sums)
    thread.start()
    try:
        for hours in range(20, 0, -1):
            note(worked, "calls", log_call(worked, account, now - hours * HOUR, f"k{hours}"))
            assert worked.facts(account).last_call_at == now - hours * HOUR
    finally:
        over.set()
        thread.join(30)
    assert not failures, failures[0]
    assert worked.facts(account).last_call_at == now - HOUR
