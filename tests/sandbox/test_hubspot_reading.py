"""HubSpot's reads: pages, single records, owners, pipelines, property definitions, associations."""

from __future__ import annotations

import pytest
from hubspot.crm.companies.exceptions import NotFoundException

from tests.sandbox.crm_served import Crm


def _everything(crm: Crm, group: str, **asked: object) -> list[object]:
    found: list[object] = []
    after = None
    while True:
        page = crm.hubspot(group).get_page(limit=100, after=after, **asked)
        found += page.results
        if page.paging is None:
            return found
        after = page.paging.next.after


def test_pages_hold_every_living_record_once_in_id_order(read_only_crm: Crm) -> None:
    ids = [int(record.id) for record in _everything(read_only_crm, "companies")]  # type: ignore[attr-defined]
    sql = "select id from companies where archived is null order by id"
    assert ids == [i for (i,) in read_only_crm.sandbox.store.db.execute(sql)]


def test_archived_records_are_listed_apart_with_their_time(read_only_crm: Crm) -> None:
    archived = _everything(read_only_crm, "companies", archived=True)
    assert len(archived) == 1
    assert archived[0].archived_at is not None  # type: ignore[attr-defined]


def test_only_known_properties_come_back_and_unset_ones_are_null(read_only_crm: Crm) -> None:
    page = read_only_crm.hubspot("companies").get_page(limit=1, properties=["name", "no_such_property", "phone"])
    told = page.results[0].properties
    assert set(told) == {"name", "phone", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert told["phone"] is None


def test_contacts_move_their_own_change_property(read_only_crm: Crm) -> None:
    told = read_only_crm.hubspot("contacts").get_page(limit=1).results[0].properties
    assert "lastmodifieddate" in told
    assert "hs_lastmodifieddate" not in told


def test_a_primary_company_is_told_twice_inline_and_with_both_types_in_v4(read_only_crm: Crm) -> None:
    deal = read_only_crm.hubspot("deals").get_page(limit=1, associations=["companies"]).results[0]
    told = deal.associations["companies"].results
    assert [end.type for end in told] == ["deal_to_company", "deal_to_company_unlabeled"]
    v4 = read_only_crm.hubspot("associations.v4", "batch_api")
    result = v4.get_page("deals", "companies", {"inputs": [{"id": deal.id}]}).results[0]
    assert [(t.type_id, t.label) for t in result.to[0].association_types] == [(5, "Primary"), (341, None)]
    assert result.to[0].to_object_id == told[0].id


def test_records_without_associations_are_errors_of_a_partial_answer(read_only_crm: Crm) -> None:
    inputs = [{"id": "30000000001"}, {"id": "39999999999"}]
    status, _, told = read_only_crm.raw("POST", "/crm/v4/associations/deals/companies/batch/read", {"inputs": inputs})
    assert status == 207
    assert [r["from"]["id"] for r in told["results"]] == ["30000000001"]
    assert told["numErrors"] == 1
    assert told["errors"][0]["context"]["fromObjectId"] == ["39999999999"]


def test_a_thousand_ids_may_be_asked_for_and_no_more(read_only_crm: Crm) -> None:
    inputs = [{"id": str(30000000001 + n)} for n in range(1001)]
    path = "/crm/v4/associations/deals/companies/batch/read"
    assert read_only_crm.raw("POST", path, {"inputs": inputs[:1000]})[0] == 207
    assert read_only_crm.raw("POST", path, {"inputs": inputs})[0] == 400


def test_associations_beyond_a_page_are_paged(crm: Crm) -> None:
    company = "10000000004"
    ends = [{"type": "companies", "id": company}]
    for _ in range(105):
        crm.hand("POST", "objects/notes", {"properties": {"hs_note_body": "hello"}, "associations": ends})
    page = crm.raw("GET", f"/crm/v3/objects/companies?limit=1&after={int(company) - 1}&associations=notes")[2]
    inline = page["results"][0]["associations"]["notes"]
    assert len(inline["results"]) == 100
    api = crm.hubspot("associations.v4")
    rest = api.get_page("companies", company, "notes", after=inline["paging"]["next"]["after"])
    ids = {end["id"] for end in inline["results"]} | {end.to_object_id for end in rest.results}
    assert len(ids) == len(inline["results"]) + len(rest.results) >= 105


def test_a_merged_id_answers_as_the_winner(read_only_crm: Crm) -> None:
    winner = read_only_crm.hubspot("companies").get_by_id("10000000001", properties=["hs_merged_object_ids"])
    loser = winner.properties["hs_merged_object_ids"]
    assert read_only_crm.hubspot("companies").get_by_id(loser).id == winner.id
    batch = {"inputs": [{"id": loser}], "properties": ["name"], "propertiesWithHistory": []}
    assert read_only_crm.hubspot("companies", "batch_api").read(batch).results[0].id == winner.id


def test_a_contact_is_found_by_its_address(read_only_crm: Crm) -> None:
    contact = read_only_crm.hubspot("contacts").get_page(limit=1).results[0]
    found = read_only_crm.hubspot("contacts").get_by_id(contact.properties["email"], id_property="email")
    assert found.id == contact.id


def test_an_unknown_record_is_not_found(read_only_crm: Crm) -> None:
    with pytest.raises(NotFoundException) as caught:
        read_only_crm.hubspot("companies").get_by_id("1")
    assert '"category":"OBJECT_NOT_FOUND"' in caught.value.body


def test_batch_read_tells_found_and_missing_apart(read_only_crm: Crm) -> None:
    body = {"inputs": [{"id": "10000000002"}, {"id": "19999999999"}], "properties": ["name"]}
    status, _, told = read_only_crm.raw("POST", "/crm/v3/objects/companies/batch/read", body)
    assert status == 207
    assert [r["id"] for r in told["results"]] == ["10000000002"]
    assert told["errors"][0]["context"]["ids"] == ["19999999999"]


def test_owners_are_paged_found_by_address_and_archived_ones_kept_apart(read_only_crm: Crm) -> None:
    api = read_only_crm.hubspot("owners", "owners_api")
    first = api.get_page(limit=2)
    rest = api.get_page(limit=100, after=first.paging.next.after)
    listed = [*first.results, *rest.results]
    people = [p for p in read_only_crm.world.people if p.owner_id and not p.owner_archived]
    assert {o.id for o in listed} == {p.owner_id for p in people}
    assert all(o.teams[0].primary for o in listed)
    assert api.get_page(email=people[0].email.upper()).results[0].id == people[0].owner_id
    archived = api.get_page(archived=True).results
    assert [o.id for o in archived] == [p.owner_id for p in read_only_crm.world.people if p.owner_archived]
    assert archived[0].user_id is None


def test_one_owner_is_written_in_capitals_but_is_the_same_person(read_only_crm: Crm) -> None:
    owner = read_only_crm.hubspot("owners", "owners_api").get_by_id(int(read_only_crm.world.people[1].owner_id or 0))
    assert owner.email != read_only_crm.world.people[1].email
    assert owner.email.lower() == read_only_crm.world.people[1].email


def test_pipelines_share_labels_but_never_stage_ids(read_only_crm: Crm) -> None:
    lines = read_only_crm.hubspot("pipelines", "pipelines_api").get_all("deals").results
    stages = [stage for line in lines for stage in line.stages]
    assert len({s.id for s in stages}) == len(stages)
    assert len({s.label for s in stages}) < len(stages)
    closed = {s.id for s in stages if s.metadata["isClosed"] == "true"}
    assert len(closed) == 4
    one = read_only_crm.hubspot("pipelines", "pipeline_stages_api").get_all("deals", lines[0].id)
    assert [s.id for s in one.results] == [s.id for s in lines[0].stages]


def test_dispositions_are_read_from_the_definition(read_only_crm: Crm) -> None:
    definition = read_only_crm.hubspot("properties", "core_api").get_by_name("calls", "hs_call_disposition")
    options = {o.label: o.value for o in definition.options}
    assert options["Left voicemail"] == "b2cf5968-551e-4856-9783-52b3da59a7d0"
    assert "Gatekeeper" in options


def test_the_account_and_the_token_are_described(read_only_crm: Crm) -> None:
    account = read_only_crm.raw("GET", "/account-info/v3/details")[2]
    token = read_only_crm.env["HUBSPOT_ACCESS_TOKEN"]
    path = "/oauth/v2/private-apps/get/access-token-info"
    status, _, told = read_only_crm.raw("POST", path, {"tokenKey": token})
    assert status == 200
    assert told["hubId"] == account["portalId"]
    assert "crm.objects.companies.read" in told["scopes"]
