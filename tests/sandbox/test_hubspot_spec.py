"""HubSpot's answers judged by HubSpot's own published specs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.crm_served import Crm
from tests.sandbox.spec_judge import faults

COMPANY, DEAL = "10000000002", "30000000001"
SEARCH = {"filterGroups": [], "limit": 5, "after": "0", "sorts": [], "properties": ["hs_object_id"]}
_OBJECTS = {
    "companies": "companyId", "contacts": "contactId", "deals": "dealId", "tickets": "ticketId", "calls": "callId",
    "notes": "noteId", "tasks": "taskId", "meetings": "meetingId", "emails": "emailId",
}  # fmt: skip

Case = tuple[str, str, str, str, Any, int]
CASES: list[Case] = []
for _kind, _id in _OBJECTS.items():
    _file, _root = f"{_kind}.v3.424.json", f"/crm/v3/objects/{_kind}"
    _first = f"{list(_OBJECTS).index(_kind) + 1}0000000002"
    # The deals spec writes the type's number in its paths; the client writes the name.
    _spec = _root.replace("/deals", "/0-3")
    _engagement = _kind in list(_OBJECTS)[4:]
    _made = {"properties": {"hs_timestamp": "2026-11-23T08:00:00Z"} if _engagement else {}}
    _two = {"inputs": [{"id": _first}, {"id": "99"}], "properties": [], "propertiesWithHistory": []}
    _same = {"inputs": [{"id": _first, "properties": {}}]}
    _one, _history = f"{_spec}/{{{_id}}}", "propertiesWithHistory=hs_timestamp,name,amount"
    CASES += [
        (
            _file,
            "GET",
            _spec,
            f"{_root}?limit=3&associations=companies,contacts&properties=hs_timestamp,name",
            None,
            200,
        ),
        (_file, "GET", _one, f"{_root}/{_first}?{_history}", None, 200),
        (_file, "GET", _one, f"{_root}/99", None, 404),
        (_file, "POST", f"{_spec}/search", f"{_root}/search", SEARCH, 200),
        (_file, "POST", f"{_spec}/search", f"{_root}/search", {"limit": 999}, 400),
        (_file, "POST", f"{_spec}/batch/read", f"{_root}/batch/read", _two, 207),
        (_file, "POST", f"{_spec}/batch/create", f"{_root}/batch/create", {"inputs": [_made]}, 201),
        (_file, "POST", f"{_spec}/batch/update", f"{_root}/batch/update", _same, 200),
    ]
_V4, _V4_OLD, _OWNERS = "associations.v4.130902.json", "associations.v4.50914.json", "crmOwners.v3.146888.json"
_PAIR = "/crm/v4/associations/{fromObjectType}/{toObjectType}"
_END = "/crm/v4/objects/{objectType}/{objectId}/associations/{toObjectType}"
_PIPES, _PROPS = "pipelines.v3.145896.json", "properties.v3.145899.json"
_NEW = {
    "name": "a_b", "label": "A", "type": "string", "fieldType": "text", "groupName": "taskinformation",
    "hasUniqueValue": True,
}  # fmt: skip
CASES += [
    (_V4, "POST", f"{_PAIR}/batch/read", "/crm/v4/associations/deals/companies/batch/read",
     {"inputs": [{"id": DEAL}, {"id": "39999999999"}]}, 207),
    (_V4_OLD, "GET", _END, f"/crm/v4/objects/deals/{DEAL}/associations/companies", None, 200),
    (_V4_OLD, "PUT", "/crm/v4/objects/{fromObjectType}/{fromObjectId}/associations/default/{toObjectType}/{toObjectId}",
     f"/crm/v4/objects/deals/{DEAL}/associations/default/contacts/20000000001", None, 200),
    ("associations.v3.120891.json", "POST", "/crm/v3/associations/{fromObjectType}/{toObjectType}/batch/read",
     "/crm/v3/associations/deals/companies/batch/read", {"inputs": [{"id": DEAL}]}, 200),
    (_OWNERS, "GET", "/crm/v3/owners", "/crm/v3/owners?limit=2", None, 200),
    (_OWNERS, "GET", "/crm/v3/owners", "/crm/v3/owners?archived=true", None, 200),
    (_OWNERS, "GET", "/crm/v3/owners/{ownerId}", "/crm/v3/owners/71000001", None, 200),
    (_PIPES, "GET", "/crm/v3/pipelines/{objectType}", "/crm/v3/pipelines/deals", None, 200),
    (_PIPES, "GET", "/crm/v3/pipelines/{objectType}", "/crm/v3/pipelines/tickets", None, 200),
    (_PIPES, "GET", "/crm/v3/pipelines/{objectType}/{pipelineId}", "/crm/v3/pipelines/deals/880200", None, 200),
    (_PROPS, "GET", "/crm/v3/properties/{objectType}", "/crm/v3/properties/calls", None, 200),
    (_PROPS, "GET", "/crm/v3/properties/{objectType}/{propertyName}",
     "/crm/v3/properties/companies/onboarding_status", None, 200),
    (_PROPS, "POST", "/crm/v3/properties/{objectType}", "/crm/v3/properties/tasks", _NEW, 201),
    ("accountInfo.v3.144923.json", "GET", "/account-info/v3/details", "/account-info/v3/details", None, 200),
]  # fmt: skip


def _excused(kind: str, fault: str) -> bool:
    """Where the sandbox follows the living API (and the client reads it), not the letter of the spec."""
    where = fault.partition(":")[0]
    # Nulls are sent where there is no value: a property that is not set, an association without a label.
    if "None is not of type 'string'" in fault:
        return "/properties/" in f"/{where}/" or where.endswith("/label")
    # The older v4 spec has 32-bit ids; record ids are longer, and the installed client reads text.
    if kind == _V4_OLD and where.endswith("toObjectId"):
        return True
    # A sub-category is a word; the spec has an object without any members there.
    return where.endswith("subCategory")


@pytest.mark.parametrize("case", CASES, ids=[f"{c[1]} {c[3][:70]} {c[5]}" for c in CASES])
def test_an_answer_is_what_hubspot_publishes(crm_of_this_file: Crm, specs: Path, case: Case) -> None:
    file, method, template, path, body, expected = case
    status, _, answer = crm_of_this_file.raw(method, path, body)
    assert status == expected, answer
    found = faults(specs / "hubspot" / file, method, template, status, answer)
    assert not [fault for fault in found if not _excused(file, fault)]


@pytest.fixture(scope="module")
def crm_of_this_file(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.sandbox.crm_served import serve_crm

    yield from serve_crm(tmp_path_factory.mktemp("judged"), limits=False)
