"""A person's hand in the CRM: what happens outside the bot, as tests and curious people make it happen."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.sandbox.crm_served import Crm


def test_a_record_is_found_by_its_name_and_changed(crm: Crm) -> None:
    found = crm.hand("GET", "objects/companies?name=Acme")["results"]
    key = next(one["id"] for one in found if one["properties"]["name"] == "Acme")
    crm.hand("PATCH", f"objects/companies/{key}", {"properties": {"onboarding_status": "in_progress"}})
    read = crm.hubspot("companies").get_by_id(key, properties=["onboarding_status"])
    assert read.properties["onboarding_status"] == "in_progress"


def test_nonsense_is_refused_unless_it_is_asked_for(crm: Crm) -> None:
    path, nonsense = "objects/companies/10000000002", {"annual_contract_value": "lots"}
    with pytest.raises(AssertionError, match="not a valid number"):
        crm.hand("PATCH", path, {"properties": nonsense})
    crm.hand("PATCH", path, {"properties": nonsense, "raw": True})
    read = crm.hubspot("companies").get_by_id("10000000002", properties=["annual_contract_value"])
    assert read.properties["annual_contract_value"] == "lots"


def test_an_engagement_logged_by_hand_moves_its_company(crm: Crm) -> None:
    before = crm.hubspot("companies").get_by_id("10000000002").updated_at
    ends = [{"type": "companies", "id": "10000000002"}]
    made = crm.hand("POST", "objects/calls", {"properties": {"hs_call_title": "By hand"}, "associations": ends})
    call = crm.hubspot("objects.calls").get_by_id(made["id"], properties=["hs_timestamp"], associations=["companies"])
    assert call.associations["companies"].results[0].id == "10000000002"
    assert crm.hubspot("companies").get_by_id("10000000002").updated_at > before


def test_an_owner_can_leave(crm: Crm) -> None:
    owner = crm.world.working_reps[0].owner_id
    crm.hand("PATCH", f"owners/{owner}", {"archived": True})
    api = crm.hubspot("owners", "owners_api")
    assert owner not in [o.id for o in api.get_page(limit=100).results]
    assert owner in [o.id for o in api.get_page(limit=100, archived=True).results]


def test_a_link_can_be_made_and_cut(crm: Crm) -> None:
    pair = "associations/deals/30000000001/contacts/20000000007"
    api = crm.hubspot("associations.v4")
    crm.hand("PUT", pair)
    assert "20000000007" in [e.to_object_id for e in api.get_page("deals", "30000000001", "contacts").results]
    crm.hand("DELETE", pair)
    assert "20000000007" not in [e.to_object_id for e in api.get_page("deals", "30000000001", "contacts").results]


def test_an_issue_lives_from_its_report_to_its_end(crm: Crm) -> None:
    key = crm.hand("POST", "issues", {"summary": "It rattles", "priority": "Highest", "company": "10000000002"})["key"]
    crm.hand("POST", f"issues/{key}/comments", {"body": "Still rattling"})
    crm.hand("POST", f"issues/{key}/comments", {"body": "Looking", "author": "agent", "public": False})
    kinds = [(c.raw["author"]["accountType"], c.raw["jsdPublic"]) for c in crm.jira.comments(key)]
    assert kinds == [("customer", True), ("atlassian", False)]
    crm.hand("PATCH", f"issues/{key}", {"status": "Done"})
    assert crm.jira.issue(key, fields="status").fields.status.name == "Done"
    with pytest.raises(AssertionError, match="a status is one of"):
        crm.hand("PATCH", f"issues/{key}", {"status": "Asleep"})


def test_what_is_not_there_is_not_found(crm: Crm) -> None:
    for path in ("objects/companies/19999999999", "issues/SUP-99999"):
        asked = urllib.request.Request(f"{crm.server.base_url}/_sandbox/crm/{path}", method="DELETE")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked, timeout=5)
        assert caught.value.code == 404
        caught.value.close()
