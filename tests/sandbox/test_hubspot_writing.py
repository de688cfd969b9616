"""HubSpot's writes: what is accepted, what is computed, what moves, and what is refused as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot.crm.deals.exceptions import ApiException as DealsError

from tests.sandbox.crm_served import CALL_TO_COMPANY, Crm

COMPANY, DEAL = "10000000002", "30000000001"


def _call(company: str, **props: str) -> dict[str, Any]:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CALL_TO_COMPANY}
    return {
        "properties": {"hs_timestamp": "2026-11-23T08:00:00Z", **props},
        "associations": [{"to": {"id": company}, "types": [spec]}],
    }


def _modified(crm: Crm, kind: str, key: str) -> str:
    return str(crm.raw("GET", f"/crm/v3/objects/{kind}/{key}")[2]["updatedAt"])


def test_an_engagement_is_created_with_its_associations_in_one_call(crm: Crm) -> None:
    before = _modified(crm, "companies", COMPANY)
    made = crm.hubspot("objects.calls").create(_call(COMPANY, hs_call_title="Hello", hs_call_duration="61000"))
    read = crm.hubspot("objects.calls").get_by_id(made.id, properties=["hs_call_title"], associations=["companies"])
    assert read.properties["hs_call_title"] == "Hello"
    assert [end.id for end in read.associations["companies"].results] == [COMPANY]
    assert _modified(crm, "companies", COMPANY) > before


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"hs_call_title": "No time"}},
        _call("19999999999"),
        _call(COMPANY, no_such_property="1"),
        _call(COMPANY, hs_call_direction="SIDEWAYS"),
        _call(COMPANY, hs_call_duration="long"),
        _call(COMPANY, hubspot_owner_id="1"),
        _call(COMPANY, hs_object_id="1"),
    ],
)
def test_a_create_that_is_refused_leaves_nothing_behind(crm: Crm, body: dict[str, Any]) -> None:
    before = crm.sandbox.store.db.execute("select count(*), (select count(*) from links) from calls").fetchone()
    status, _, told = crm.raw("POST", "/crm/v3/objects/calls", body)
    assert status in (400, 404)
    assert told["status"] == "error"
    assert told["correlationId"]
    assert crm.sandbox.store.db.execute("select count(*), (select count(*) from links) from calls").fetchone() == before


def test_a_patch_changes_only_what_it_names_and_an_empty_value_clears(crm: Crm) -> None:
    names = ["dealname", "amount", "hs_next_step"]
    before = crm.hubspot("deals").get_by_id(DEAL, properties=names)
    crm.hubspot("deals").update(DEAL, {"properties": {"amount": "4200", "hs_next_step": ""}})
    after = crm.hubspot("deals").get_by_id(DEAL, properties=names)
    assert after.properties["dealname"] == before.properties["dealname"]
    assert after.properties["amount"] == "4200"
    assert after.properties["hs_next_step"] is None
    assert after.updated_at > before.updated_at


def test_entering_a_stage_moves_the_computed_properties(crm: Crm) -> None:
    names = ["hs_is_closed", "hs_is_closed_won", "hs_v2_date_entered_current_stage"]
    crm.sandbox.clock.run(False)
    crm.sandbox.clock.set("2026-11-25T10:00:00Z")
    crm.hubspot("deals").update(DEAL, {"properties": {"pipeline": "default", "dealstage": "990100105"}})
    after = crm.hubspot("deals").get_by_id(DEAL, properties=names).properties
    assert [after[name] for name in names] == ["true", "true", "2026-11-25T10:00:00.000Z"]


def test_a_stage_of_another_pipeline_or_a_label_is_refused(crm: Crm) -> None:
    for stage in ("990200203", "Closed won"):
        with pytest.raises(DealsError) as caught:
            crm.hubspot("deals").update(DEAL, {"properties": {"pipeline": "default", "dealstage": stage}})
        assert caught.value.status == 400


def test_dates_are_kept_as_dates_whatever_way_they_are_written(crm: Crm) -> None:
    for given in ("2026-12-24", "1798070400000", "2026-12-24T00:00:00Z"):
        crm.hubspot("companies").update(COMPANY, {"properties": {"renewal_date": given}})
        read = crm.hubspot("companies").get_by_id(COMPANY, properties=["renewal_date"])
        assert read.properties["renewal_date"] == "2026-12-24"


def test_a_unique_property_makes_creating_safe_to_repeat(crm: Crm) -> None:
    definition = {
        "name": "daybook_key", "label": "Key", "type": "string", "fieldType": "text",
        "groupName": "callinformation", "hasUniqueValue": True,
    }  # fmt: skip
    made = crm.hubspot("properties", "core_api").create("calls", definition)
    assert made.has_unique_value
    call = _call(COMPANY, daybook_key="k1")
    first = crm.hubspot("objects.calls").create(call)
    status, _, told = crm.raw("POST", "/crm/v3/objects/calls", call)
    assert status == 409
    assert told["context"]["existingObjectId"] == [first.id]
    found = crm.hubspot("objects.calls").get_by_id("k1", id_property="daybook_key")
    assert found.id == first.id
    one = {"id": "k1", "idProperty": "daybook_key", "properties": {"hs_call_title": "Again"}}
    two = {
        "id": "k2", "idProperty": "daybook_key", "objectWriteTraceId": "t",
        "properties": {"hs_timestamp": "2026-11-23T08:00:00Z"},
    }  # fmt: skip
    told = crm.hubspot("objects.calls", "batch_api").upsert({"inputs": [one, two]})
    assert [(r.id == first.id, r.new) for r in told.results] == [(True, False), (False, True)]
    assert crm.raw("POST", "/crm/v3/properties/calls", definition)[0] == 409


def test_in_a_batch_each_record_succeeds_or_fails_by_itself(crm: Crm) -> None:
    good, bad = {"properties": {"name": "Good"}}, {"properties": {"nonsense": "1"}, "objectWriteTraceId": "b"}
    status, _, told = crm.raw("POST", "/crm/v3/objects/companies/batch/create", {"inputs": [good, bad]})
    assert status == 207
    assert [r["properties"]["name"] for r in told["results"]] == ["Good"]
    assert told["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
    assert crm.raw("POST", "/crm/v3/objects/companies/batch/create", {"inputs": [good] * 101})[0] == 400


def test_archiving_hides_a_record_and_its_links_and_can_be_repeated(crm: Crm) -> None:
    company = crm.hubspot("deals").get_by_id(DEAL, associations=["companies"]).associations["companies"].results[0].id
    crm.hubspot("deals").archive(DEAL)
    crm.hubspot("deals").archive(DEAL)
    assert crm.raw("GET", f"/crm/v3/objects/deals/{DEAL}")[0] == 404
    assert crm.raw("GET", f"/crm/v3/objects/deals/{DEAL}?archived=true")[2]["archived"] is True
    left = crm.raw("GET", f"/crm/v3/objects/companies/{company}?associations=deals")[2]
    assert DEAL not in [end["id"] for end in left.get("associations", {}).get("deals", {}).get("results", [])]
    crm.hand("POST", f"objects/deals/{DEAL}/restore")
    assert crm.raw("GET", f"/crm/v3/objects/deals/{DEAL}")[0] == 200


def test_a_merge_moves_the_losers_records_to_the_winner(crm: Crm) -> None:
    winner, loser = "10000000003", "10000000008"
    calls = crm.raw("GET", f"/crm/v4/objects/companies/{loser}/associations/calls")[2]["results"]
    deals = crm.raw("GET", f"/crm/v4/objects/companies/{loser}/associations/contacts")[2]["results"]
    api = crm.hubspot("companies")
    merged = api.merge({"primaryObjectId": winner, "objectIdToMerge": loser})
    assert merged.id == winner
    now = crm.raw("GET", f"/crm/v4/objects/companies/{winner}/associations/calls")[2]["results"]
    assert {end["toObjectId"] for end in calls} <= {end["toObjectId"] for end in now}
    assert calls
    contact = crm.raw("GET", f"/crm/v4/objects/contacts/{deals[0]['toObjectId']}/associations/companies")[2]["results"]
    assert [(end["toObjectId"], len(end["associationTypes"])) for end in contact] == [(winner, 2)]
    assert api.get_by_id(loser).id == winner
    assert loser in api.get_by_id(winner, properties=["hs_merged_object_ids"]).properties["hs_merged_object_ids"]


def test_the_default_association_can_be_put_again_and_taken_away(crm: Crm) -> None:
    api = crm.hubspot("associations.v4")
    ends = ("deals", DEAL, "contacts", "20000000005")
    first = api.create_default(*ends)
    count = crm.sandbox.store.db.execute("select count(*) from links").fetchone()
    api.create_default(*ends)
    assert crm.sandbox.store.db.execute("select count(*) from links").fetchone() == count
    assert {r.association_spec.association_type_id for r in first.results} == {3, 4}
    api.archive(*ends)
    api.archive(*ends)
    assert "20000000005" not in [e.to_object_id for e in api.get_page("deals", DEAL, "contacts").results]


def test_history_tells_who_wrote_what(crm: Crm) -> None:
    crm.hand("PATCH", f"objects/deals/{DEAL}", {"properties": {"amount": "1000"}})
    crm.hubspot("deals").update(DEAL, {"properties": {"amount": "2000"}})
    told = crm.hubspot("deals").get_by_id(DEAL, properties_with_history=["amount"]).properties_with_history["amount"]
    assert [(h.value, h.source_type) for h in told] == [("2000", "INTEGRATION"), ("1000", "CRM_UI")]


def test_a_gdpr_deletion_leaves_no_trace_and_its_id_is_never_given_again(crm: Crm) -> None:
    last = crm.hand("POST", "objects/companies", {"properties": {"name": "Soon gone"}})["id"]
    crm.hand("DELETE", f"objects/companies/{last}?gdpr=true")
    assert crm.raw("GET", f"/crm/v3/objects/companies/{last}?archived=true")[0] == 404
    assert crm.hand("POST", "objects/companies", {"properties": {"name": "Next"}})["id"] > last


def test_a_property_needs_a_group_that_exists_and_only_a_unique_one_finds_records(crm: Crm) -> None:
    definition = {
        "name": "plain_key", "label": "Key", "type": "string", "fieldType": "text", "groupName": "nowhere",
    }  # fmt: skip
    status, _, told = crm.raw("POST", "/crm/v3/properties/tasks", definition)
    assert (status, told["errors"][0]["code"]) == (400, "INVALID_GROUP")
    assert crm.raw("POST", "/crm/v3/properties/tasks", definition | {"groupName": "taskinformation"})[0] == 201
    wanted = {"inputs": [{"id": "k1"}], "idProperty": "plain_key", "properties": []}
    assert crm.raw("POST", "/crm/v3/objects/tasks/batch/read", wanted)[0] == 400
    assert crm.raw("GET", "/crm/v3/objects/tasks/k1?idProperty=plain_key")[0] == 400
