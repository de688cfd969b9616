"""HubSpot refusing and failing: tokens, scopes, rate limits, and every knob a person can turn."""

from __future__ import annotations

import http.client
import urllib.error

import pytest
from hubspot.crm.companies.exceptions import ApiException, UnauthorizedException
from urllib3.exceptions import HTTPError

from sandbox.hubspot.server import NO_TICKETS_TOKEN, READ_ONLY_TOKEN
from tests.sandbox.crm_served import Crm

HANGS_UP = (urllib.error.URLError, http.client.RemoteDisconnected, ConnectionError)
LIST = "/crm/v3/objects/companies?limit=5"
SEARCH = "/crm/v3/objects/companies/search"
NOTE = {"properties": {"hs_timestamp": "2026-11-23T08:00:00Z", "hs_note_body": "Knock"}}


def _notes(crm: Crm) -> int:
    return int(crm.sandbox.store.db.execute("select count(*) from notes").fetchone()[0])


def test_a_wrong_token_is_told_so(read_only_crm: Crm) -> None:
    status, _, told = read_only_crm.raw("GET", LIST, token="pat-stolen")
    assert (status, told["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_token_without_the_scope_is_told_which_one(read_only_crm: Crm) -> None:
    body = {"properties": {"name": "x"}}
    status, _, told = read_only_crm.raw("POST", "/crm/v3/objects/companies", body, token=READ_ONLY_TOKEN)
    assert (status, told["category"]) == (403, "MISSING_SCOPES")
    assert told["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.companies.write"]
    assert read_only_crm.raw("GET", LIST, token=READ_ONLY_TOKEN)[0] == 200
    assert read_only_crm.raw("GET", "/crm/v3/objects/tickets", token=NO_TICKETS_TOKEN)[0] == 403
    assert (
        read_only_crm.raw("POST", "/crm/v3/associations/deals/companies/batch/read", {"inputs": []}, READ_ONLY_TOKEN)[0]
        == 200
    )


def test_rubbish_and_unknown_paths_are_refused_in_hubspots_words(read_only_crm: Crm) -> None:
    assert read_only_crm.raw("GET", "/crm/v3/objects/unicorns")[0] == 400
    assert read_only_crm.raw("GET", "/crm/v9/objects")[0] == 404
    assert read_only_crm.raw("GET", "/crm/v3/objects/companies?limit=101")[0] == 400
    assert read_only_crm.raw("GET", "/crm/v3/objects/companies?limit=ten")[0] == 400
    status, _, told = read_only_crm.raw("POST", "/crm/v3/objects/companies/merge", {"primaryObjectId": "1"})
    assert (status, told["status"]) == (404, "error")


def test_the_burst_ends_after_190_calls_and_says_how_many_are_left(limited_crm: Crm) -> None:
    headers = limited_crm.raw("GET", LIST)[1]
    assert headers["x-hubspot-ratelimit-max"] == "190"
    assert headers["x-hubspot-ratelimit-remaining"] == "189"
    answers = [limited_crm.raw("GET", "/crm/v3/owners")[0] for _ in range(195)]
    assert 429 in answers
    status, headers, told = limited_crm.raw("GET", LIST)
    assert (status, told["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert "retry-after" not in headers


def test_a_sixth_search_within_a_second_is_refused(limited_crm: Crm) -> None:
    answers = [limited_crm.raw("POST", SEARCH, {"limit": 1}) for _ in range(12)]
    refused = [told for status, _, told in answers if status == 429]
    assert refused
    assert refused[0]["policyName"] == "SECONDLY"


def test_a_turned_rate_limit_may_or_may_not_name_a_wait(crm: Crm) -> None:
    crm.turn("hubspot.list", "rate_limit", retry_after=7)
    crm.turn("hubspot.list", "rate_limit")
    assert crm.raw("GET", LIST)[1]["retry-after"] == "7"
    assert "retry-after" not in crm.raw("GET", LIST)[1]
    assert crm.raw("GET", LIST)[0] == 200


def test_errors_come_as_the_clients_own_exceptions(crm: Crm) -> None:
    crm.turn("hubspot.read", "error", status=502)
    crm.turn("hubspot.read", "error", error="INVALID_AUTHENTICATION")
    with pytest.raises(ApiException) as caught:
        crm.hubspot("companies").get_by_id("10000000001")
    assert caught.value.status == 502
    with pytest.raises(UnauthorizedException):
        crm.hubspot("companies").get_by_id("10000000001")


def test_a_knob_may_be_meant_for_one_kind_only(crm: Crm) -> None:
    crm.turn("hubspot.list", "error", match={"type": "deals"}, times=-1)
    assert crm.raw("GET", LIST)[0] == 200
    assert crm.raw("GET", "/crm/v3/objects/deals")[0] == 500


def test_half_an_answer_is_a_broken_connection_to_the_client(crm: Crm) -> None:
    crm.turn("hubspot.list", "half_answer")
    with pytest.raises(HTTPError):
        crm.hubspot("companies").get_page(limit=50)
    assert len(crm.hubspot("companies").get_page(limit=50).results) == 50


def test_a_dropped_call_took_effect_or_did_not(crm: Crm) -> None:
    before = _notes(crm)
    crm.turn("hubspot.create", "drop_before")
    with pytest.raises(HANGS_UP):
        crm.raw("POST", "/crm/v3/objects/notes", NOTE)
    assert _notes(crm) == before
    crm.turn("hubspot.create", "drop_after")
    with pytest.raises(HANGS_UP):
        crm.raw("POST", "/crm/v3/objects/notes", NOTE)
    assert _notes(crm) == before + 1


def test_a_late_call_lands_when_the_clock_has_moved(crm: Crm) -> None:
    before = _notes(crm)
    crm.sandbox.clock.run(False)
    crm.turn("hubspot.create", "late", seconds=20)
    with pytest.raises(HANGS_UP):
        crm.raw("POST", "/crm/v3/objects/notes", NOTE)
    assert _notes(crm) == before
    crm.sandbox.clock.advance(21)
    # Landing is noticed within a quarter of a second; each call gives the server a turn.
    for _ in range(500):
        crm.raw("GET", LIST)
        if _notes(crm) == before + 1:
            break
    assert _notes(crm) == before + 1


def test_a_delayed_answer_outlasts_an_impatient_client(crm: Crm) -> None:
    crm.turn("hubspot.list", "delay", seconds=2)
    with pytest.raises(HTTPError):
        crm.hubspot("companies").get_page(limit=1, _request_timeout=(1, 0.2))
