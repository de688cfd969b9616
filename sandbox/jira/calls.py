"""One request to Jira, understood, and the ways Jira says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson


class JiraError(Exception):
    """An answer that is not a success, in Jira's shape."""

    def __init__(
        self, status: int, *messages: str, headers: dict[str, str] | None = None, errors: dict[str, str] | None = None
    ) -> None:
        super().__init__("; ".join(messages))
        self.status = status
        self.messages = messages
        self.headers = headers or {}
        self.errors = errors or {}


@dataclass(slots=True)
class Call:
    """One request, understood: ``version`` is 2 or 3, ``action`` is what knobs call it."""

    method: str
    path: list[str]
    version: str
    query: list[tuple[str, str]]
    body: Any
    action: str

    def first(self, name: str, default: str = "") -> str:
        """The first query value of that name."""
        return next((value for key, value in self.query if key == name), default)

    def listed(self, name: str) -> list[str]:
        """All query values of that name, each of which may hold several with commas."""
        return [part for key, value in self.query if key == name for part in value.split(",") if part]


def understand(method: str, path: str, query: str, raw: bytes) -> Call:
    """What a request asks for, in the words the knobs use."""
    parts = [part for part in path.split("/") if part]
    version = parts[2] if parts[:2] == ["rest", "api"] and len(parts) > 2 else ""
    rest = parts[3:] if version in ("2", "3", "latest") else []
    if parts[:2] == ["rest", "servicedeskapi"]:
        rest = parts[1:]
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        body = None
    action = "other"
    match rest:
        case ["search", "jql"]:
            action = "search"
        case ["search", "approximate-count"]:
            action = "count"
        case ["issue", _]:
            action = "read"
        case ["issue", _, "comment", *_]:
            action = "comments" if method == "GET" else "comment"
        case ["issue", _, "transitions"]:
            action = "transitions" if method == "GET" else "transition"
        case ["servicedeskapi", "request", _, "participant"]:
            action = "participants"
        case ["servicedeskapi", "organization", _, "user"]:
            action = "organization_users"
        case [word]:
            action = {"serverInfo": "server_info"}.get(word, word)
    return Call(method, rest, "2" if version == "latest" else version, parse_qsl(query), body, action)


def too_many(retry_after: int | None, reason: str) -> JiraError:
    headers = {"ratelimit-reason": reason, "x-ratelimit-remaining": "0"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return JiraError(429, "Rate limit exceeded.", headers=headers)
