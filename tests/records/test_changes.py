"""After the first sync only what changed is read, and nothing is lost, doubled or left behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from records import gather, tables
from rules.facts import DAY, HOUR, MINUTE
from tests.records.bench import Bench

CALL_TO_COMPANY, TASK_TO_COMPANY, MEETING_TO_COMPANY = 182, 192, 188
DEAL_TO_COMPANY, TASK_TO_DEAL, CALL_TO_CONTACT = 341, 216, 194
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"


def test_a_quiet_sync_takes_a_handful_of_calls(synced: Bench) -> None:
    synced.sandbox.advance(3600)
    report = synced.sync()

    assert report.total("changed") == 0
    calls = synced.sandbox.calls()
    assert calls["hubspot"]["total"] <= 9 * 2 + 5
    assert calls["jira"]["total"] <= 2


def test_an_amount_that_changed_arrives(synced: Bench) -> None:
    account = synced.first_account(open_deals=1)
    deal = synced.rows(tables.deals, tables.deals.c.account_id == account.account_id, tables.deals.c.is_open)[0]
    synced.change("deals", deal["id"], amount="123456.78")
    assert synced.sync().total("changed") == 1
    assert synced.facts(account.account_id).open_deals_cents == 12_345_678


def test_a_call_logged_by_somebody_else_becomes_the_last_touch(synced: Bench) -> None:
    account = synced.first_account()
    at = synced.clock.now() - MINUTE
    synced.create(
        "calls", [(account.account_id, CALL_TO_COMPANY)],
        hs_timestamp=str(at), hs_call_title="Call", hs_call_disposition=CONNECTED,
    )  # fmt: skip
    synced.sync()
    facts = synced.facts(account.account_id)
    assert (facts.last_touch_at, facts.last_touch_kind) == (at, "call")
    assert (facts.last_call_at, facts.last_call_outcome) == (at, CONNECTED)


def test_a_call_with_only_a_contact_touches_the_contacts_company(synced: Bench) -> None:
    contact = next(row for row in synced.rows(tables.contacts) if row["account_id"])
    at = synced.clock.now() - MINUTE
    synced.create("calls", [(contact["id"], CALL_TO_CONTACT)], hs_timestamp=str(at))
    synced.sync()
    assert synced.facts(contact["account_id"]).last_touch_at == at


def test_a_link_made_after_the_record_was_read_is_found(synced: Bench) -> None:
    account = synced.first_account()
    at = synced.clock.now() - MINUTE
    call = synced.create("calls", hs_timestamp=str(at))
    synced.sync()
    assert [row["account_id"] for row in synced.rows(tables.touches, tables.touches.c.id == call)] == [""]

    synced.hubspot("PUT", f"/crm/v4/objects/calls/{call}/associations/default/companies/{account.account_id}")
    synced.sync()
    assert synced.facts(account.account_id).last_touch_at == at
    assert [row["account_id"] for row in synced.rows(tables.touches, tables.touches.c.id == call)] == [
        account.account_id
    ]


def test_an_open_task_on_the_deal_is_its_next_step(synced: Bench) -> None:
    with synced.engine.connect() as conn:
        account = next(
            facts for _o, accounts in list(gather.stream(conn, synced.clock.now())) for facts in accounts
            if facts.no_step_deal_id and facts.open_deals == 1
        )  # fmt: skip
    deal = str(account.no_step_deal_id)
    due = synced.clock.now() + DAY
    task = synced.create(
        "tasks", [(account.account_id, TASK_TO_COMPANY), (deal, TASK_TO_DEAL)],
        hs_timestamp=str(due), hs_task_subject="Send it", hs_task_status="NOT_STARTED",
    )  # fmt: skip
    synced.sync()
    assert synced.facts(account.account_id).no_step_deal_id is None
    assert due in [row["due_at"] for row in synced.rows(tables.tasks, tables.tasks.c.id == task)]

    synced.change("tasks", task, hs_task_status="COMPLETED")
    synced.sync()
    assert synced.facts(account.account_id).no_step_deal_id == deal


def test_what_is_archived_goes_at_the_nightly_sweep(synced: Bench) -> None:
    account = synced.first_account()
    at = synced.clock.now() - MINUTE
    call = synced.create("calls", [(account.account_id, CALL_TO_COMPANY)], hs_timestamp=str(at))
    synced.sync()
    assert synced.facts(account.account_id).last_touch_at == at

    synced.archive("calls", call)
    assert synced.sync(sweep=True).total("removed") == 1
    assert synced.facts(account.account_id).last_touch_at == account.last_touch_at


def test_an_archived_account_leaves_the_lists(synced: Bench) -> None:
    account = synced.first_account()
    synced.archive("companies", account.account_id)
    synced.sync(sweep=True)
    with synced.engine.connect() as conn:
        assert gather.one(conn, account.account_id) is None


def test_a_merge_moves_everything_to_the_winner(synced: Bench) -> None:
    with synced.engine.connect() as conn:
        _owner, accounts = next(iter(list(gather.stream(conn, synced.clock.now()))))
    winner, loser = accounts[0], accounts[1]
    touches = {row["id"] for row in synced.rows(tables.touches, tables.touches.c.account_id == loser.account_id)}
    assert touches

    synced.merge("companies", winner.account_id, loser.account_id)
    report = synced.sync()

    assert report.total("removed") == 1
    moved = {row["id"] for row in synced.rows(tables.touches, tables.touches.c.account_id == winner.account_id)}
    assert touches <= moved
    for table in (tables.touches, tables.tasks, tables.deals, tables.tickets, tables.contacts):
        assert synced.rows(table, table.c.account_id == loser.account_id) == []
    facts = synced.facts(winner.account_id)
    assert facts.open_tickets == winner.open_tickets + loser.open_tickets
    assert facts.open_deals == winner.open_deals + loser.open_deals
    # The old id still leads there, as it does in HubSpot: yesterday's list may name it.
    assert synced.facts(loser.account_id).account_id == winner.account_id


def test_a_booked_meeting_turns_into_the_last_touch_as_time_passes(synced: Bench) -> None:
    account = synced.first_account()
    start = synced.clock.now() + 2 * HOUR
    synced.create(
        "meetings", [(account.account_id, MEETING_TO_COMPANY)],
        hs_timestamp=str(start), hs_meeting_start_time=str(start), hs_meeting_outcome="SCHEDULED",
    )  # fmt: skip
    synced.sync()
    assert synced.facts(account.account_id).next_meeting_at == start

    synced.sandbox.advance(3 * 3600)
    seen = synced.facts(account.account_id)
    assert (seen.next_meeting_at, seen.last_touch_at, seen.last_touch_kind) == (None, start, "meeting")
    with synced.engine.connect() as conn:
        streamed = {f.account_id: f for _o, fs in gather.stream(conn, synced.clock.now()) for f in fs}
        alone = {f.account_id: f for f in gather.for_owner(conn, account.owner_id, synced.clock.now())}
    assert streamed[account.account_id] == alone[account.account_id] == seen

    synced.sync()
    kept = synced.rows(tables.account_features, tables.account_features.c.account_id == account.account_id)
    assert kept[0]["last_touch_at"] == start


def test_an_import_of_many_records_in_one_instant_arrives_whole(synced: Bench) -> None:
    synced.sandbox.post("/_sandbox/clock", {"running": False})
    ids = [row["id"] for row in synced.rows(tables.touches, tables.touches.c.kind == "call")]
    made = []
    for n in range(0, 450, 90):
        inputs = [{"properties": {"hs_timestamp": str(synced.clock.now()), "hs_call_title": str(n)}} for _ in range(90)]
        made += synced.hubspot("POST", "/crm/v3/objects/calls/batch/create", {"inputs": inputs})["results"]
    synced.sandbox.forget_calls()
    synced.sync()

    ours = {row["id"] for row in synced.rows(tables.touches, tables.touches.c.kind == "call")}
    assert ours == set(ids) | {one["id"] for one in made}
    assert synced.sandbox.calls()["hubspot"]["by"]["POST /crm/v3/objects/calls/search"] <= 6


def notes_in_batches(bench: Bench, batches: int, seconds_apart: float) -> None:
    """Logged as an integration logs them: a hundred at a time, and each hundred in one instant."""
    for _ in range(batches):
        body = {"properties": {"hs_timestamp": str(bench.clock.now()), "hs_note_body": "Imported."}}
        bench.hubspot("POST", "/crm/v3/objects/notes/batch/create", {"inputs": [body] * 100})
        bench.sandbox.advance(seconds_apart)


def test_what_was_imported_before_a_sync_is_not_read_again_after_it(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.sandbox.post("/_sandbox/clock", {"running": False})
    for _ in range(2):  # before the first sync, and before a later one
        notes_in_batches(bench, 5, 60)
        bench.sandbox.advance(1_800)
        bench.sync()
        bench.sandbox.forget_calls()
        assert bench.sync().total("changed") == 0
        calls = bench.sandbox.calls()["hubspot"]
        assert calls["by"]["POST /crm/v3/objects/notes/search"] == 1
        assert calls["total"] == 9 + 5, "a search a kind; owners (2), stages (2) and the portal"


def test_changes_that_share_their_instants_by_the_hundred_cost_a_search_for_each_200(synced: Bench) -> None:
    synced.sandbox.post("/_sandbox/clock", {"running": False})
    before = synced.count(tables.notes)
    notes_in_batches(synced, 12, 60)
    synced.sandbox.forget_calls()
    synced.sync()
    assert synced.count(tables.notes) == before + 1_200
    # The newest 200, then the others: the oldest instant of the newest is asked for again, for it may go on.
    assert synced.sandbox.calls()["hubspot"]["by"]["POST /crm/v3/objects/notes/search"] == 1 + 6

    # The last ten minutes of them are read again, for the index may have shown something late; then nothing is.
    synced.sandbox.advance(3_600)
    synced.sandbox.forget_calls()
    assert synced.sync().total("changed") == 0
    assert synced.sandbox.calls()["hubspot"]["by"]["POST /crm/v3/objects/notes/search"] == 1 + 5
    synced.sandbox.forget_calls()
    synced.sync()
    assert synced.sandbox.calls()["hubspot"]["by"]["POST /crm/v3/objects/notes/search"] == 1


def test_a_change_that_the_index_shows_late_is_not_missed(synced: Bench) -> None:
    account = synced.first_account()
    synced.sandbox.misbehave("hubspot.search", "search_lag", times=-1, seconds=120)
    synced.change("companies", account.account_id, name="Renamed Ropes")
    synced.sandbox.advance(60)
    synced.sync()
    assert synced.facts(account.account_id).name != "Renamed Ropes"
    synced.sandbox.advance(300)
    synced.sync()
    assert synced.facts(account.account_id).name == "Renamed Ropes"


def test_a_public_answer_in_jira_ends_the_wait(synced: Bench) -> None:
    waiting = next(
        row for row in synced.rows(tables.tickets, tables.tickets.c.source == "jira", tables.tickets.c.is_open)
        if row["account_id"] and (row["answered_at"] or 0) < row["customer_at"]
    )  # fmt: skip
    before = waiting["customer_at"]
    client = synced.tickets._connected()
    client.add_comment(waiting["key"], "We are on it.", is_internal=True)
    synced.sync(hubspot=False)
    internal = synced.rows(tables.tickets, tables.tickets.c.key == waiting["key"])[0]
    assert internal["answered_at"] == waiting["answered_at"]

    client.add_comment(waiting["key"], "It is mended.")
    synced.sync(hubspot=False)
    answered = synced.rows(tables.tickets, tables.tickets.c.key == waiting["key"])[0]
    assert answered["customer_at"] == before
    assert answered["answered_at"] > before


def test_more_changes_in_one_instant_than_a_search_can_page_arrive_whole(new_bench: Callable[..., Bench]) -> None:
    """HubSpot's search ends at 10,000 results, and an import can put more than that into one millisecond."""
    bench = new_bench()
    bench.sync()
    before = {row["id"] for row in bench.rows(tables.notes)}
    bench.sandbox.post("/_sandbox/clock", {"running": False})
    body = {"properties": {"hs_timestamp": str(bench.clock.now()), "hs_note_body": "Imported."}}
    made: set[str] = set()
    for _ in range(101):
        answer = bench.hubspot("POST", "/crm/v3/objects/notes/batch/create", {"inputs": [body] * 100})
        made |= {one["id"] for one in answer["results"]}
    assert len(made) == 10_100
    beyond = {"limit": 200, "after": "10000", "filterGroups": []}
    with pytest.raises(AssertionError, match=r"400 .*10000"):
        bench.hubspot("POST", "/crm/v3/objects/notes/search", beyond)

    report = bench.sync()
    assert report.total("changed") == 10_100
    assert {row["id"] for row in bench.rows(tables.notes)} == before | made
    bench.sandbox.advance(60)
    assert bench.sync().total("changed") == 0


def test_what_is_deleted_for_good_goes_at_the_nightly_sweep_and_leaves_no_trace(synced: Bench) -> None:
    account = synced.first_account()
    at = synced.clock.now() - MINUTE
    call = synced.create("calls", [(account.account_id, CALL_TO_COMPANY)], hs_timestamp=str(at))
    synced.sync()
    assert synced.facts(account.account_id).last_touch_at == at

    synced.purge("calls", call)
    # An archived record can still be asked for; one that was deleted for good is neither here nor there.
    archived = synced.hubspot("GET", "/crm/v3/objects/calls?archived=true&limit=100")["results"]
    assert call not in [one["id"] for one in archived]
    assert synced.sync(sweep=True).total("removed") == 1
    assert synced.rows(tables.touches, tables.touches.c.id == call) == []
    assert synced.facts(account.account_id).last_touch_at == account.last_touch_at


def test_a_contact_and_an_account_deleted_for_good_go_too(synced: Bench) -> None:
    account = synced.first_account()
    contact = next(row for row in synced.rows(tables.contacts) if row["account_id"] not in (None, account.account_id))
    synced.purge("contacts", contact["id"])
    synced.purge("companies", account.account_id)
    assert synced.sync(sweep=True).total("removed") == 2
    assert synced.rows(tables.contacts, tables.contacts.c.id == contact["id"]) == []
    with synced.engine.connect() as conn:
        assert gather.one(conn, account.account_id) is None


@pytest.mark.parametrize("gdpr", [True, False])
def test_a_broken_record_that_is_deleted_need_not_be_mended_any_more(synced: Bench, gdpr: bool) -> None:
    broken = {row["kind"]: row["id"] for row in synced.rows(tables.set_aside)}
    assert set(broken) == {"companies", "deals"}, "the sample world has one broken record of each"
    (synced.purge if gdpr else synced.archive)("deals", broken["deals"])
    synced.sync(sweep=True)
    assert [row["kind"] for row in synced.rows(tables.set_aside)] == ["companies"]
    synced.sandbox.forget_calls()
    synced.sync(sweep=True)
    listed = synced.sandbox.calls()["hubspot"]["by"].get("GET /crm/v3/objects/deals", 0)
    assert listed == 1, "asked for what is archived, not for everything again"


def test_an_issue_deleted_in_jira_no_longer_counts_after_the_nightly_sweep(synced: Bench) -> None:
    issue = next(
        row for row in synced.rows(tables.tickets, tables.tickets.c.source == "jira", tables.tickets.c.is_open)
        if row["account_id"]
    )  # fmt: skip
    before = synced.facts(issue["account_id"])
    synced.sandbox.ask("DELETE", f"/_sandbox/crm/issues/{issue['key']}")

    # Whoever only asks what changed is never told of it.
    assert synced.sync(hubspot=False).total("removed") == 0
    assert synced.facts(issue["account_id"]).open_tickets == before.open_tickets
    assert synced.sync(hubspot=False, sweep=True).total("removed") == 1
    assert synced.rows(tables.tickets, tables.tickets.c.key == issue["key"]) == []
    assert synced.facts(issue["account_id"]).open_tickets == before.open_tickets - 1
    assert synced.sync(hubspot=False, sweep=True).total("removed") == 0
