"""HubSpot's search: what each operator finds, its limits, and an index that may lag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.sandbox.crm_served import Crm

Props = dict[str, str]
LIVING_DEALS = "select id, updated, props from deals where archived is null order by id"


def _found(crm: Crm, filters: list[dict[str, Any]], kind: str = "deals", **more: Any) -> list[int]:
    body = {"filterGroups": [{"filters": filters}], "limit": 200, "after": "0", "sorts": [], "properties": [], **more}
    page = crm.hubspot(kind, "search_api").do_search(body)
    assert page.total == len(page.results) or page.paging is not None
    return [int(result.id) for result in page.results]


def _is(name: str, operator: str, value: object = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


def _amount(props: Props) -> float:
    return float(props["amount"])


CASES: list[tuple[dict[str, Any], Callable[[Props], bool]]] = [
    (_is("dealstage", "EQ", "990100102"), lambda p: p["dealstage"] == "990100102"),
    (_is("dealstage", "NEQ", "990100102"), lambda p: p["dealstage"] != "990100102"),
    (_is("amount", "GT", "9000"), lambda p: _amount(p) > 9000),
    (_is("amount", "GTE", "9000"), lambda p: _amount(p) >= 9000),
    (_is("amount", "LT", "30000"), lambda p: _amount(p) < 30_000),
    (_is("amount", "LTE", "30000"), lambda p: _amount(p) <= 30_000),
    (_is("amount", "BETWEEN", "9000", highValue="30000"), lambda p: 9000 <= _amount(p) <= 30_000),
    (_is("hs_next_step", "HAS_PROPERTY"), lambda p: "hs_next_step" in p),
    (_is("hs_next_step", "NOT_HAS_PROPERTY"), lambda p: "hs_next_step" not in p),
    (_is("pipeline", "IN", values=["880200", "nothing"]), lambda p: p["pipeline"] == "880200"),
    (_is("pipeline", "NOT_IN", values=["880200"]), lambda p: p["pipeline"] != "880200"),
    (_is("dealname", "CONTAINS_TOKEN", "PILOT"), lambda p: p["dealname"].startswith("Pilot")),
    (_is("dealname", "CONTAINS_TOKEN", "lant*"), lambda p: "lantern" in p["dealname"].lower()),
    (_is("dealname", "NOT_CONTAINS_TOKEN", "pilot"), lambda p: not p["dealname"].startswith("Pilot")),
    (_is("hs_v2_date_entered_current_stage", "LT", "1792800000000"),
     lambda p: p["hs_v2_date_entered_current_stage"] < "2026-10-24T00:00:00.000Z"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), CASES, ids=[f"{c[0]['operator']}-{n}" for n, c in enumerate(CASES)])
def test_each_operator_finds_what_it_says(
    read_only_crm: Crm, asked: dict[str, Any], expected: Callable[[Props], bool]
) -> None:
    rows = read_only_crm.sandbox.store.db.execute(LIVING_DEALS)
    wanted = [i for i, _, props in rows if expected(orjson.loads(props))]
    found = _found(read_only_crm, [asked])
    assert found == wanted
    assert found


def test_groups_are_alternatives_and_filters_within_one_all_hold(read_only_crm: Crm) -> None:
    open_ones = _is("hs_is_closed", "EQ", "false")
    big, small = _is("amount", "GTE", "60000"), _is("amount", "LT", "8000")
    both = [{"filters": [open_ones, big]}, {"filters": [open_ones, small]}]
    found = set(_found(read_only_crm, [], filterGroups=both))
    assert found == {*_found(read_only_crm, [open_ones, big]), *_found(read_only_crm, [open_ones, small])}
    assert found


def test_paging_by_change_time_walks_every_record_once(read_only_crm: Crm) -> None:
    seen: list[tuple[str, str]] = []
    after: str | None = "0"
    while after is not None:
        body = {
            "filterGroups": [{"filters": [_is("hs_lastmodifieddate", "GTE", "1")]}], "limit": 50, "after": after,
            "sorts": ["hs_lastmodifieddate"], "properties": ["hs_timestamp"],
        }  # fmt: skip
        page = read_only_crm.hubspot("objects.calls", "search_api").do_search(body)
        seen += [(r.properties["hs_lastmodifieddate"], r.id) for r in page.results]
        after = page.paging.next.after if page.paging else None
    assert seen == sorted(seen)
    assert len({i for _, i in seen}) == len(seen) == page.total


def test_sorting_goes_both_ways(read_only_crm: Crm) -> None:
    up = _found(read_only_crm, [], sorts=[{"propertyName": "amount", "direction": "ASCENDING"}])
    down = _found(read_only_crm, [], sorts=["-amount"])
    assert up == down[::-1]


def test_records_are_found_by_what_they_are_associated_with(read_only_crm: Crm) -> None:
    deal = read_only_crm.hubspot("deals").get_page(limit=1, associations=["companies"]).results[0]
    company = deal.associations["companies"].results[0].id
    assert int(deal.id) in _found(read_only_crm, [_is("associations.company", "EQ", company)])


def test_the_free_query_looks_into_names(read_only_crm: Crm) -> None:
    found = _found(read_only_crm, [], "companies", query="vandelay gar")
    assert 10000000002 in found


def test_archived_records_are_never_found(crm: Crm) -> None:
    before = _found(crm, [_is("hs_is_closed", "EQ", "false")])
    crm.hand("DELETE", f"objects/deals/{before[0]}")
    assert _found(crm, [_is("hs_is_closed", "EQ", "false")]) == before[1:]


@pytest.mark.parametrize(
    "body",
    [
        {"after": "10000"},
        {"limit": 201},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [_is("amount", "GT", "1")] * 11}]},
        {"filterGroups": [{"filters": [_is("amount", "GT", "1")] * 9}] * 3},
        {"filterGroups": [{"filters": [_is("no_such_property", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [_is("amount", "RESEMBLES", "1")]}]},
        {"filterGroups": [{"filters": [_is("amount", "EQ", "lots")]}]},
        {"filterGroups": [{"filters": [_is("amount", "EQ")]}]},
        {"sorts": ["amount", "dealname"]},
        {"query": "x" * 3001},
    ],
)
def test_what_hubspot_refuses_is_refused(read_only_crm: Crm, body: dict[str, Any]) -> None:
    status, _, told = read_only_crm.raw("POST", "/crm/v3/objects/deals/search", body)
    assert status == 400
    assert told["category"] == "VALIDATION_ERROR"


def test_only_ten_thousand_results_can_be_paged_through(crm: Crm) -> None:
    rows = ((90_000_100_000 + n, 1, 1, None, "{}") for n in range(10_050))
    crm.sandbox.store.load("emails", rows)
    crm.sandbox.store.version += 1
    body = {"filterGroups": [{"filters": [_is("hs_lastmodifieddate", "LTE", "1")]}], "limit": 200, "after": "9900"}
    told = crm.raw("POST", "/crm/v3/objects/emails/search", body)[2]
    assert told["total"] == 10_050
    assert len(told["results"]) == 100
    assert (
        crm.raw("POST", "/crm/v3/objects/emails/search", {**body, "after": told["paging"]["next"]["after"]})[0] == 400
    )


def test_answers_carry_no_rate_headers(read_only_crm: Crm) -> None:
    headers = read_only_crm.raw("POST", "/crm/v3/objects/deals/search", {})[1]
    assert not [name for name in headers if "ratelimit" in name]


def test_a_lagging_index_shows_yesterday_while_reads_show_today(crm: Crm) -> None:
    crm.sandbox.clock.run(False)
    crm.turn("hubspot.search", "search_lag", seconds=30, times=-1)
    deal = _found(crm, [_is("dealstage", "EQ", "990100102")])[0]
    crm.hand("PATCH", f"objects/deals/{deal}", {"properties": {"dealstage": "990100103"}})
    new = int(crm.hand("POST", "objects/deals", {"properties": {"dealname": "Fresh"}})["id"])
    crm.hand("DELETE", "objects/deals/30000000001")
    stale = _found(crm, [_is("hs_object_id", "GT", "0")])
    assert new not in stale
    assert 30000000001 in stale
    assert deal in _found(crm, [_is("dealstage", "EQ", "990100102")])
    assert crm.hubspot("deals").get_by_id(str(deal)).properties["dealstage"] == "990100103"
    crm.sandbox.clock.advance(31)
    caught_up = _found(crm, [_is("hs_object_id", "GT", "0")])
    assert new in caught_up
    assert 30000000001 not in caught_up
    assert deal not in _found(crm, [_is("dealstage", "EQ", "990100102")])
