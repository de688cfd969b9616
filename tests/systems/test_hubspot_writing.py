"""What Daybook writes to HubSpot happens once or not at all, and whoever asks can tell which."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.effects import NotDone, Refused
from systems.faults import NotAllowed, NotFound, RateLimited, Rejected, SourceDown
from systems.hubspot import HubSpot
from systems.ports import KEY_PROPERTY
from systems.sending import sending
from tests.stand_ins import Sandbox

COMPANY, CONTACT, DEAL, TICKET = "10000000002", "20000000001", "30000000001", "40000000001"
AT = "2026-11-23T08:00:00Z"
CREATE, CHANGE, ARCHIVE = (
    "POST /crm/v3/objects/calls", "PATCH /crm/v3/objects/deals/{id}", "DELETE /crm/v3/objects/calls/{id}",
)  # fmt: skip
READ_ONLY, NO_TICKETS = "pat-sandbox-larkspur-read-only", "pat-sandbox-larkspur-no-tickets"


def sent(sandbox: Sandbox, call: str) -> int:
    return int(sandbox.calls()["hubspot"]["by"].get(call, 0))


@pytest.mark.parametrize("kind", ["calls", "notes", "tasks"])
def test_what_is_logged_carries_its_key_and_its_ties_and_reads_back(crm: HubSpot, kind: str) -> None:
    ends = [("companies", COMPANY), ("contacts", CONTACT), ("deals", DEAL), ("tickets", TICKET)]
    made = crm.create(kind, {"hs_timestamp": AT}, ends, f"W1:{kind}/a:b")
    read = crm.read(kind, made.id, ["hs_timestamp", KEY_PROPERTY], [other for other, _ in ends])
    assert read.properties[KEY_PROPERTY] == f"W1:{kind}/a:b"
    assert {other: [link.id for link in links] for other, links in (read.links or {}).items()} == {
        other: [end] for other, end in ends
    }
    found = crm.find_by(kind, KEY_PROPERTY, f"W1:{kind}/a:b", ["hs_timestamp"])
    assert found is not None
    assert found.id == made.id
    assert crm.find_by(kind, KEY_PROPERTY, "W1:nothing", []) is None


def test_the_same_key_twice_is_one_call(crm: HubSpot) -> None:
    first = crm.create("calls", {"hs_timestamp": AT}, [("companies", COMPANY)], "W1:twice")
    again = crm.create("calls", {"hs_timestamp": AT}, [("companies", COMPANY)], "W1:twice")
    assert again.id == first.id
    assert again.properties["hs_timestamp"] == first.properties["hs_timestamp"]


@pytest.mark.parametrize(
    ("mode", "how", "fault", "happened"),
    [
        ("rate_limit", {}, RateLimited, False),
        ("error", {"status": 500}, SourceDown, False),
        ("error", {"status": 503, "retry_after": 1}, SourceDown, False),
        ("error", {"status": 423}, RateLimited, False),
        ("drop_before", {}, SourceDown, False),
        ("drop_after", {}, SourceDown, True),
        ("half_answer", {}, SourceDown, True),
        ("delay", {"seconds": 1.5}, SourceDown, True),
    ],
)
def test_a_create_in_trouble_is_sent_once_and_its_key_tells_whether_it_happened(
    crm: HubSpot, sandbox: Sandbox, mode: str, how: dict[str, int], fault: type[Exception], happened: bool
) -> None:
    key = f"W1:trouble:{mode}:{how}"
    sandbox.misbehave("hubspot.create", mode, **how)
    with pytest.raises(fault) as caught:
        crm.create("calls", {"hs_timestamp": AT}, [("companies", COMPANY)], key)
    assert isinstance(caught.value, RateLimited) is (fault is RateLimited)
    assert sent(sandbox, CREATE) == 1
    if mode == "delay":
        wait_for_call(crm, key)
    assert (crm.find_by("calls", KEY_PROPERTY, key, []) is not None) is happened


def wait_for_call(crm: HubSpot, key: str) -> None:
    """A late answer means a late effect: look until it is there, as the caller would after the settle time."""
    assert any(crm.find_by("calls", KEY_PROPERTY, key, []) for _ in range(2_000))


@pytest.mark.parametrize(("mode", "happened"), [("drop_before", False), ("drop_after", True), ("half_answer", True)])
def test_a_change_and_an_archiving_in_trouble_are_sent_once(
    crm: HubSpot, sandbox: Sandbox, mode: str, happened: bool
) -> None:
    amount = str(4_000 + len(mode))
    sandbox.misbehave("hubspot.update", mode)
    with pytest.raises(SourceDown, match="not known"):
        crm.change("deals", DEAL, {"amount": amount})
    assert sent(sandbox, CHANGE) == 1
    assert (crm.read("deals", DEAL, ["amount"]).properties["amount"] == amount) is happened
    made = crm.create("calls", {"hs_timestamp": AT}, [], f"W1:archive:{mode}")
    if mode == "half_answer":
        return  # an archiving has no body to cut in half
    sandbox.misbehave("hubspot.archive", mode)
    with pytest.raises(SourceDown):
        crm.archive("calls", made.id)
    assert sent(sandbox, ARCHIVE) == 1
    assert (crm.find_by("calls", KEY_PROPERTY, f"W1:archive:{mode}", []) is None) is happened


def test_a_change_touches_only_what_it_names_and_nothing_empties_a_property_but_an_empty_text(crm: HubSpot) -> None:
    before = crm.read("deals", DEAL, ["dealname", "hs_next_step"])
    changed = crm.change("deals", DEAL, {"amount": "4200", "hs_next_step": "Send the offer"})
    assert changed.properties["amount"] == "4200"
    crm.change("deals", DEAL, {"hs_next_step": ""})
    after = crm.read("deals", DEAL, ["dealname", "hs_next_step", "amount"])
    assert after.properties["dealname"] == before.properties["dealname"]
    assert (after.properties["amount"], after.properties["hs_next_step"]) == ("4200", None)


def test_a_refusal_says_in_hubspots_words_which_property_was_wrong(crm: HubSpot) -> None:
    with pytest.raises(Rejected, match=r"amount: plenty was not a valid number") as caught:
        crm.change("deals", DEAL, {"amount": "plenty"})
    assert caught.value.code == "INVALID_NUMBER"
    with pytest.raises(Rejected, match="hs_timestamp is required"):
        crm.create("calls", {"hs_call_title": "When?"}, [], "W1:when")
    with pytest.raises(Rejected, match="read only"):
        crm.change("deals", DEAL, {"hs_is_closed": "true"})
    with pytest.raises(Rejected, match="not tied to meetings"):
        crm.create("calls", {"hs_timestamp": AT}, [("meetings", "1")], "W1:ties")


def test_what_is_gone_or_never_was_is_told_apart_from_a_source_that_is_down(crm: HubSpot) -> None:
    made = crm.create("notes", {"hs_timestamp": AT, "hs_note_body": "x"}, [], "W1:gone")
    crm.archive("notes", made.id)
    crm.archive("notes", made.id)
    for wrong in (made.id, "69999999999", "../companies", ""):
        with pytest.raises(NotFound):
            crm.read("notes", wrong, [])
        with pytest.raises(NotFound):
            crm.change("notes", wrong, {"hs_note_body": "y"})
    assert crm.find_by("notes", KEY_PROPERTY, "W1:gone", []) is None


def test_a_merged_record_is_read_under_the_winners_id(crm: HubSpot, sandbox: Sandbox) -> None:
    winner, loser = "10000000003", "10000000008"
    merge(sandbox, winner, loser)
    read = crm.read("companies", loser, ["name"], ["contacts"])
    assert read.id == winner
    assert read.links is not None
    assert read.links["contacts"]
    assert [r.id for r in crm.read_many("companies", [loser, winner], ["name"])] == [winner]


def merge(sandbox: Sandbox, winner: str, loser: str) -> None:
    from tests.records.bench import _ask

    env = sandbox.env
    _ask(
        env["HUBSPOT_API_URL"] + "/crm/v3/objects/companies/merge", "POST",
        {"primaryObjectId": winner, "objectIdToMerge": loser},
        {"Authorization": f"Bearer {env['HUBSPOT_ACCESS_TOKEN']}"},
    )  # fmt: skip


def test_many_records_are_read_at_once_and_what_is_gone_is_absent(crm: HubSpot, sandbox: Sandbox) -> None:
    page = crm.listed("calls", ["hs_timestamp"], ["companies"], None)
    ids = [record.id for record in page.records]
    sandbox.forget_calls()
    found = crm.read_many("calls", [*ids, *ids, "59999999999", "nonsense"], ["hs_timestamp"], ["companies"])
    assert {r.id: (r.properties["hs_timestamp"], r.links) for r in found} == {
        r.id: (r.properties["hs_timestamp"], r.links) for r in page.records
    }
    assert sandbox.calls()["hubspot"]["total"] == 2
    assert crm.read_many("calls", [], ["hs_timestamp"], ["companies"]) == []


def test_a_read_in_trouble_is_asked_again(crm: HubSpot, sandbox: Sandbox) -> None:
    for target in ("hubspot.read", "hubspot.batch_read"):
        sandbox.misbehave(target, "drop_before")
        sandbox.misbehave(target, "half_answer")
        sandbox.misbehave(target, "rate_limit")
    assert crm.read("companies", COMPANY, ["name"]).properties["name"]
    assert crm.find_by("calls", KEY_PROPERTY, "W1:nobody", []) is None


def test_fields_tell_the_choices_and_what_may_not_be_written(crm: HubSpot) -> None:
    calls, deals = crm.fields("calls"), crm.fields("deals")
    labels = {option.label for option in calls["hs_call_disposition"].options if not option.hidden}
    assert {"Left voicemail", "Gatekeeper"} <= labels
    assert deals["amount"].type == "number"
    assert [deals[name].read_only for name in ("amount", "hs_is_closed", "hs_object_id")] == [False, True, True]


def test_the_key_is_made_once_and_a_token_that_may_not_says_what_it_lacks(
    new_crm: Callable[..., HubSpot], start_sandbox: Callable[..., Sandbox]
) -> None:
    fresh = start_sandbox(reps=1, accounts=2)
    address = fresh.env["HUBSPOT_API_URL"]
    reader = HubSpot(READ_ONLY, address, limits=False)
    crm = HubSpot(fresh.env["HUBSPOT_ACCESS_TOKEN"], address, limits=False)
    with pytest.raises(NotAllowed, match=r"crm\.schemas\.contacts\.write"):
        reader.ensure_key("calls")
    fresh.misbehave("hubspot.properties", "error", match={"method": "POST"}, status=403)
    with pytest.raises(Rejected, match="daybook doctor") as caught:
        crm.create("calls", {"hs_timestamp": AT}, [], "W1:nokey")
    assert "daybook_key" in str(caught.value)
    made = crm.create("calls", {"hs_timestamp": AT}, [], "W1:first")
    assert crm.find_by("calls", "daybook_key", "W1:first", ["daybook_key"]) is not None, "the first write makes the key"
    assert made.id
    assert [crm.ensure_key("calls"), crm.ensure_key("tasks"), crm.ensure_key("tasks")] == [False, True, False]
    fresh.misbehave("hubspot.properties", "drop_after", match={"method": "POST"})
    with pytest.raises(SourceDown):
        crm.ensure_key("notes")
    assert crm.ensure_key("notes") is False
    with pytest.raises(NotAllowed, match=r"crm\.objects\.contacts\.write"):
        reader.create("calls", {"hs_timestamp": AT}, [], "W1:reader")
    assert "crm.objects.deals.write" in (crm.scopes() or set())
    assert "crm.objects.deals.write" not in (reader.scopes() or {"crm.objects.deals.write"})


def test_a_key_that_need_not_be_unique_is_refused_with_the_way_out(start_sandbox: Callable[..., Sandbox]) -> None:
    from tests.records.bench import _ask

    fresh = start_sandbox(reps=1, accounts=2)
    address = fresh.env["HUBSPOT_API_URL"]
    plain = {
        "name": KEY_PROPERTY, "label": "Key", "type": "string", "fieldType": "text", "groupName": "taskinformation",
    }  # fmt: skip
    token = {"Authorization": f"Bearer {fresh.env['HUBSPOT_ACCESS_TOKEN']}"}
    _ask(f"{address}/crm/v3/properties/tasks", "POST", plain, token)
    with pytest.raises(Rejected, match="Archive it in HubSpot"):
        HubSpot(fresh.env["HUBSPOT_ACCESS_TOKEN"], address, limits=False).ensure_key("tasks")


@pytest.mark.parametrize(
    ("fault", "told", "after_ms"),
    [
        (RateLimited("HubSpot", "slow down.", 7.0), NotDone, 7_000),
        (RateLimited("HubSpot", "the daily limit is used up.", float("inf")), NotDone, 3_600_000),
        (NotAllowed("HubSpot", "no."), NotDone, 60_000),
        (Rejected("HubSpot", "no."), Refused, None),
        (NotFound("HubSpot", "no."), Refused, None),
        (SourceDown("HubSpot", "who knows."), SourceDown, None),
    ],
)
def test_a_fault_that_proves_nothing_happened_says_so_and_any_other_stays_unknown(
    fault: Exception, told: type[Exception], after_ms: int | None
) -> None:
    def act() -> dict[str, str]:
        raise fault

    with pytest.raises(told) as caught:
        sending(act, lambda: 1_000_000)()
    if after_ms is not None:
        assert isinstance(caught.value, NotDone)
        assert caught.value.retry_at == 1_000_000 + after_ms
