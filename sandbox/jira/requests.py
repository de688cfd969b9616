"""A request of the service desk: who takes part in it, and who belongs to the organisations it is shared with."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.jira.calls import Call, JiraError
from sandbox.jira.desk import TIME_ZONE, Desk

PAGE = 50
Person = dict[str, str]
"""``{"account", "email"?, "name"?}``, as the sandbox keeps them; Jira hides an address that isn't there."""


def participants(desk: Desk, call: Call, key: str) -> dict[str, Any]:
    """GET /request/{key}/participant: without the reporter, who is no participant."""
    row = desk.find(key)
    if row is None:
        raise JiraError(404, "The issue does not exist or you do not have permission to see it.")
    return _page(desk, call, orjson.loads(row[6]).get("participants", []))


def members(desk: Desk, call: Call, number: str) -> dict[str, Any]:
    """GET /organization/{number}/user."""
    found = desk.store.organizations.get(number)
    if found is None:
        raise JiraError(404, "The organization does not exist.")
    return _page(desk, call, found["people"])


def refusal(error: JiraError) -> dict[str, Any]:
    """A no in the service desk's own shape."""
    said = "; ".join(error.messages)
    return {"errorMessage": said, "i18nErrorMessage": {"i18nKey": "sd.sandbox.error", "parameters": []}}


def _page(desk: Desk, call: Call, people: list[Person]) -> dict[str, Any]:
    start, limit = int(call.first("start") or 0), min(int(call.first("limit") or PAGE), PAGE)
    shown = people[start : start + limit]
    last = start + limit >= len(people)
    root = f"{desk.base_url}/rest/servicedeskapi"
    return {
        "_expands": [], "size": len(shown), "start": start, "limit": limit, "isLastPage": last,
        "_links": {"base": root, "context": ""}, "values": [_user(desk, one) for one in shown],
    }  # fmt: skip


def _user(desk: Desk, person: Person) -> dict[str, Any]:
    account = person["account"]
    address = {"emailAddress": person["email"]} if "email" in person else {}
    return {
        **address, "accountId": account, "displayName": person.get("name") or f"Customer {account.rpartition(':')[2]}",
        "active": True, "timeZone": TIME_ZONE,
        "_links": {"self": f"{desk.base_url}/rest/api/2/user?accountId={account}"},
    }  # fmt: skip
