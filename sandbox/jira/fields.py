"""The fields of the sample company's issues, and text in both of Jira's shapes."""

from __future__ import annotations

from typing import Any

import orjson

COMPANY_FIELD = "customfield_10050"
ORGANIZATIONS_FIELD = "customfield_10002"

FIELDS: dict[str, tuple[str, str]] = {
    "summary": ("Summary", "string"), "description": ("Description", "string"), "priority": ("Priority", "priority"),
    "status": ("Status", "status"), "reporter": ("Reporter", "user"), "assignee": ("Assignee", "user"),
    "created": ("Created", "datetime"), "updated": ("Updated", "datetime"), "resolutiondate": ("Resolved", "datetime"),
    "resolution": ("Resolution", "resolution"), "labels": ("Labels", "array"), "project": ("Project", "project"),
    "issuetype": ("Issue Type", "issuetype"), "duedate": ("Due date", "date"),
    COMPANY_FIELD: ("HubSpot company", "string"), ORGANIZATIONS_FIELD: ("Organizations", "array"),
    "comment": ("Comment", "comments-page"),
}  # fmt: skip


def comments_of(row: tuple[Any, ...]) -> list[dict[str, Any]]:
    """An issue's comments, oldest first; those of the generated world get their ids here."""
    raws: list[dict[str, Any]] = orjson.loads(row[7])
    for place, raw in enumerate(raws):
        raw.setdefault("id", row[0] * 1000 + place)
    return raws


def as_field(name: str) -> dict[str, Any]:
    """A field's definition, as GET /field lists it."""
    label, kind = FIELDS[name]
    shown: dict[str, Any] = {
        "id": name, "key": name, "name": label, "custom": name.startswith("customfield_"), "orderable": True,
        "navigable": name != "comment", "searchable": True, "clauseNames": [name],
        "schema": {"type": kind, "system": name},
    }  # fmt: skip
    if shown["custom"]:
        number = int(name.rpartition("_")[2])
        shown["clauseNames"] = [f"cf[{number}]", label]
        shown["schema"] = {
            "type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
            "customId": number,
        }  # fmt: skip
    if name == ORGANIZATIONS_FIELD:
        custom = "com.atlassian.servicedesk:sd-customer-organizations"
        shown["schema"] = {**shown["schema"], "type": "array", "items": "sd-customerorganization", "custom": custom}
    return shown


def names_of(wanted: list[str]) -> list[str]:
    names: list[str] = []
    for name in wanted:
        if name == "*all":
            names += FIELDS
        elif name == "*navigable":
            names += [n for n in FIELDS if n not in ("comment", "description")]
        elif name.startswith("-"):
            names = [n for n in names if n != name[1:]]
        elif name in FIELDS:
            names.append(name)
    return list(dict.fromkeys(names))


def text_as(body: Any, version: str) -> Any:
    """Plain text for version 2; an Atlassian document for version 3."""
    if version != "3":
        return body if isinstance(body, str) else plain(body)
    if isinstance(body, dict):
        return body
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in body.split("\n") if line]
    return {"type": "doc", "version": 1, "content": lines}


def plain(node: Any) -> str:
    """The words of an Atlassian document."""
    if isinstance(node, dict):
        inner = "".join(plain(child) for child in node.get("content") or [])
        own = str(node.get("text", ""))
        return own + inner + ("\n" if node.get("type") == "paragraph" else "")
    return ""
