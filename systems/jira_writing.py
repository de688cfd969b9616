"""One Jira issue and what is said on it: read with its words, commented once, and a comment of ours taken back.

Jira knows no idempotency key: a comment carries a marker as an entity property, set in the same request, unseen by
people. Unless it is marked internal a comment goes to the customer, by e-mail.
"""

from __future__ import annotations

import json
import re
from typing import Any

from systems.faults import NotFound
from systems.jira_line import NAME, JiraLine, Json
from systems.ports import Thread, Words

NEWEST = 30
LOOKED_THROUGH = 100
MARKER = "daybook"
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
PERMISSIONS = ("ADD_COMMENTS", "DELETE_OWN_COMMENTS")
_ISSUE = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+|[0-9]+")
_NUMBER = re.compile(r"[0-9]+")


class JiraWriting(JiraLine):
    """The part of the ``Tickets`` port that is about one issue at a time."""

    def thread(self, key_or_id: str) -> Thread:
        address = issue_address(key_or_id)
        client = self._connected()
        fields = ",".join(("summary", "description", "status", "priority", "created", "reporter", self._field_id))
        row = self._ask(lambda: client._get_json(address, params={"fields": fields}), is_issue)
        found = self._ask(lambda: client.comments(row["id"], max_results=NEWEST, order_by="-created"), is_list)
        held = row["fields"]
        status = held.get("status") or {}
        reporter = held.get("reporter") or {}
        return Thread(
            id=str(row["id"]),
            key=str(row["key"]),
            untrusted_title=str(held.get("summary") or ""),
            untrusted_text=str(held.get("description") or ""),
            status=str(status.get("name") or ""),
            category=(status.get("statusCategory") or {}).get("key"),
            priority=(held.get("priority") or {}).get("name"),
            account=said_in(held.get(self._field_id)),
            created=str(held.get("created") or ""),
            words=tuple(_words(comment.raw, reporter.get("accountId")) for comment in reversed(found)),
            reporter_id=reporter.get("accountId"),
            reporter_type=reporter.get("accountType"),
            reporter_email=reporter.get("emailAddress"),
            untrusted_reporter=str(reporter.get("displayName") or ""),
        )

    def comment(self, key_or_id: str, text: str, marker: str, public: bool) -> str:
        address = f"{issue_address(key_or_id)}/comment"
        properties: list[Json] = [{"key": MARKER, "value": {"key": marker}}]
        if not public:
            properties.append(INTERNAL)
        client = self._connected()
        told = self._send(
            # The client's own add_comment takes no property of ours.
            lambda: client._session.post(
                client._get_url(address), data=json.dumps({"body": text, "properties": properties})
            ).json(),
            _has_id,
        )
        return str(told["id"])

    def find_comment(self, key_or_id: str, marker: str) -> str | None:
        found = self._marked(key_or_id, marker)
        return str(found["id"]) if found else None

    def comment_shows(self, key_or_id: str, marker: str) -> str | None:
        found = self._marked(key_or_id, marker)
        return str(found.get("body") or "") if found else None

    def _marked(self, key_or_id: str, marker: str) -> Json | None:
        address = issue_address(key_or_id).partition("/")[2]
        client = self._connected()
        at = 0
        while True:
            found = self._ask(
                lambda at=at: client.comments(  # type: ignore[misc]
                    address, expand="properties", start_at=at, max_results=LOOKED_THROUGH, order_by="-created"
                ),
                is_list,
            )
            for comment in found:
                for held in comment.raw.get("properties") or ():
                    if held.get("key") == MARKER and (held.get("value") or {}).get("key") == marker:
                        raw: Json = comment.raw
                        return raw
            if len(found) < LOOKED_THROUGH:
                return None
            at += len(found)

    def remove_comment(self, key_or_id: str, comment_id: str) -> None:
        if not _NUMBER.fullmatch(comment_id):
            raise NotFound(NAME, "there is no such comment.")
        address = f"{issue_address(key_or_id)}/comment/{comment_id}"
        client = self._connected()
        try:
            self._send(lambda: client._session.delete(client._get_url(address)).ok)
        except NotFound:
            return

    def permissions(self) -> set[str]:
        client = self._connected()
        told = self._ask(lambda: client.my_permissions(permissions=",".join(PERMISSIONS)), _has_permissions)
        return {name for name, held in told["permissions"].items() if held.get("havePermission")}


def issue_address(key_or_id: str) -> str:
    """``issue/SUP-12``; ``NotFound`` for what cannot be an issue's key or id, which would be another address."""
    if not _ISSUE.fullmatch(key_or_id):
        raise NotFound(NAME, "there is no such issue.")
    return f"issue/{key_or_id}"


def said_in(value: Any) -> str | None:
    """The account field may be a text, a number, or a picked option."""
    if isinstance(value, dict):
        value = value.get("value") or value.get("name")
    return None if value is None or value == "" else str(value).strip()


def is_list(answer: Any) -> bool:
    return isinstance(answer, list)


def _words(raw: Json, reporter: str | None) -> Words:
    author = raw.get("author") or {}
    kind = author.get("accountType")
    return Words(
        id=str(raw.get("id")),
        author=str(author.get("displayName") or ""),
        author_type=kind,
        public=raw.get("jsdPublic") is not False,
        created=str(raw.get("created")),
        untrusted_text=str(raw.get("body") or ""),
        by_customer=kind == "customer" or (reporter is not None and author.get("accountId") == reporter),
    )


def is_issue(answer: Any) -> bool:
    return isinstance(answer, dict) and "id" in answer and isinstance(answer.get("fields"), dict)


def _has_id(answer: Any) -> bool:
    return isinstance(answer, dict) and "id" in answer


def _has_permissions(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("permissions"), dict)
