"""Jira's door: who is calling, limits and knobs first, then the call itself."""

from __future__ import annotations

import base64
import time
from collections import deque
from typing import Any

import orjson

from sandbox.clock import SharedClock
from sandbox.hangup import Receive, Scope, Send
from sandbox.instants import jira_iso
from sandbox.jira.calls import Call, JiraError, too_many, understand
from sandbox.jira.desk import CATEGORIES, ME, PRIORITIES, STATUSES, TRANSITIONS, Desk
from sandbox.jira.fields import FIELDS, as_field, comments_of, plain
from sandbox.jira.jql import JqlError
from sandbox.jira.requests import members, participants, refusal
from sandbox.jira.searching import query_of, search
from sandbox.knobs import Knob, Knobs
from sandbox.misbehave import Headers, path_below, serve, whole_body
from sandbox.objects import ObjectStore

EMAIL = "daybook@larkspur.example"
API_TOKEN = "ATATT-sandbox-larkspur"
BURST_A_SECOND = 50


class JiraServer:
    """An ASGI endpoint that answers every path below the prefix it is mounted at."""

    def __init__(self, store: ObjectStore, clock: SharedClock, knobs: Knobs, *, limits: bool = True) -> None:
        self.desk = Desk(store, clock)
        self.clock = clock
        self.knobs = knobs
        self._limited = limits
        self._recent: dict[tuple[str, str], deque[float]] = {}
        store.index.until["issues"] = self._index_until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await whole_body(receive)
        call = understand(scope["method"], path_below(scope), scope["query_string"].decode(), raw)
        host = dict(scope["headers"]).get(b"host", b"localhost").decode()
        self.desk.base_url = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}"
        attrs = {"method": call.method, "issue": call.path[1] if len(call.path) > 1 else ""}
        await serve(
            scope,
            send,
            self.clock,
            self.knobs,
            f"jira.{call.action}",
            attrs,
            lambda knob: self._answer(scope, call, knob),
        )

    def _answer(self, scope: Scope, call: Call, knob: Knob | None) -> tuple[int, Headers, bytes]:
        extra: dict[str, str] = {}
        told: Any
        try:
            _authorised(scope, call)
            if knob is not None and knob.mode == "rate_limit":
                raise too_many(knob.retry_after, knob.error or "jira-burst-based")
            self._count(call)
            if knob is not None and knob.mode == "error":
                wait = {} if knob.retry_after is None else {"retry-after": str(knob.retry_after)}
                raise JiraError(knob.status, knob.error or "Internal server error", headers=wait)
            looks = call.method == "GET" or call.path[:1] == ["search"]
            path = "/" + "/".join(call.path)
            with self.desk.store.journal.request("jira", call.method, path, call.body, looks) as line:
                status, told = self._do(call)
                line["status"] = status
        except JiraError as error:
            status, extra = error.status, error.headers
            told = {"errorMessages": list(error.messages), "errors": error.errors}
            if call.path[:1] == ["servicedeskapi"]:
                told = refusal(error)
        except JqlError as error:
            status, told = 400, {"errorMessages": [str(error)], "errors": {}}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            status, told = 400, {"errorMessages": [f"Invalid request payload: {error}"], "errors": {}}
        body = b"" if told is None else orjson.dumps(told)
        headers = [(b"content-type", b"application/json;charset=UTF-8"), (b"content-length", str(len(body)).encode())]
        return status, headers + [(name.encode(), value.encode()) for name, value in extra.items()], body

    def _do(self, call: Call) -> tuple[int, Any]:
        desk = self.desk
        match call.method, call.path:
            case "GET", ["serverInfo"]:
                return 200, self._server_info()
            case "GET", ["myself"]:
                return 200, {**(desk.user(ME) or {}), "emailAddress": EMAIL, "locale": "en_US"}
            case "GET", ["mypermissions"]:
                return 200, {"permissions": {name: desk.permission(name) for name in call.listed("permissions")}}
            case "GET", ["field"]:
                return 200, [as_field(name) for name in FIELDS]
            case "GET" | "POST", ["search", "jql"]:
                return 200, search(desk, call)
            case "POST", ["search", "approximate-count"]:
                query = query_of(desk, str(call.body["jql"]))
                sql = f"select count(*) from issues where {query.condition}"
                return 200, {"count": desk.store.db.execute(sql, query.values).fetchone()[0]}
            case "GET" | "POST", ["search"]:
                raise JiraError(
                    410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
                    " A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
                )  # fmt: skip
            case "GET", ["priority"]:
                return 200, [desk.priority(name) for name in PRIORITIES]
            case "GET", ["status"]:
                return 200, [desk.status(name) for name in STATUSES]
            case "GET", ["statuscategory"]:
                return 200, [
                    desk.status(next(n for n, s in STATUSES.items() if s[1] == key))["statusCategory"]
                    for key in CATEGORIES
                ]
            case "GET", ["servicedeskapi", "request", key, "participant"]:
                return 200, participants(desk, call, key)
            case "GET", ["servicedeskapi", "organization", number, "user"]:
                return 200, members(desk, call, number)
            case _, ["issue", key, *rest]:
                return self._issue(call, key, rest)
        raise JiraError(404, f"no call of the sandbox's Jira: {call.method} {'/'.join(call.path)}")

    def _issue(self, call: Call, key: str, rest: list[str]) -> tuple[int, Any]:
        desk, row = self.desk, self.desk.find(key)
        if row is None:
            raise JiraError(404, "Issue does not exist or you do not have permission to see it.")
        match call.method, rest:
            case "GET", []:
                return 200, desk.issue(row, call.listed("fields") or ["*all"], call.version, search=False)
            case "GET", ["comment"]:
                return 200, self._comments(call, row)
            case "POST", ["comment"]:
                if "ADD_COMMENTS" in desk.store.withheld:
                    raise JiraError(403, "You do not have the permission to comment on this issue.")
                body, properties = call.body.get("body"), call.body.get("properties") or []
                if not body:
                    raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
                internal = any(
                    p.get("key") == "sd.public.comment" and (p.get("value") or {}).get("internal") for p in properties
                )
                text = plain(body).strip() if isinstance(body, dict) else str(body)
                made = desk.add_comment(row, ME, text, public=not internal, properties=properties)
                return 201, desk.comment(row[0], made, call.version)
            case "GET", ["comment", comment_id]:
                for raw in comments_of(row):
                    if str(raw["id"]) == comment_id:
                        return 200, desk.comment(
                            row[0], raw, call.version, properties="properties" in call.first("expand")
                        )
                raise JiraError(404, "Can not find a comment for the id: " + comment_id)
            case "DELETE", ["comment", comment_id]:
                self._remove_comment(row, comment_id)
                return 204, None
            case "GET", ["transitions"]:
                return 200, {"expand": "transitions", "transitions": self._transitions(row)}
            case "POST", ["transitions"]:
                wanted = str(call.body["transition"]["id"])
                if all(t["id"] != wanted for t in self._transitions(row)):
                    raise JiraError(400, f"Transition id {wanted} is not valid for this issue.")
                desk.set_fields(row, {"status": TRANSITIONS[wanted][1]})
                return 204, None
        raise JiraError(404, f"no call of the sandbox's Jira: {call.method} issue/{key}/{'/'.join(rest)}")

    def _remove_comment(self, row: tuple[Any, ...], comment_id: str) -> None:
        found = next((raw for raw in comments_of(row) if str(raw["id"]) == comment_id), None)
        if found is None:
            raise JiraError(404, "Can not find a comment for the id: " + comment_id)
        if found["author"] != ME or "DELETE_OWN_COMMENTS" in self.desk.store.withheld:
            raise JiraError(400, f"You do not have the permission to delete the comment with id {comment_id}.")
        self.desk.remove_comment(row, comment_id)

    def _transitions(self, row: tuple[Any, ...]) -> list[dict[str, Any]]:
        now = orjson.loads(row[6])["status"]
        return [
            {"id": number, "name": name, "to": self.desk.status(target), "hasScreen": False, "isGlobal": True,
             "isInitial": False, "isConditional": False, "isAvailable": True}
            for number, (name, target) in TRANSITIONS.items()
            if target != now and (number == "41") is (now == "Done")
        ]  # fmt: skip

    def _comments(self, call: Call, row: tuple[Any, ...]) -> dict[str, Any]:
        raws = comments_of(row)
        order = call.first("orderBy") or "created"
        if order not in ("created", "+created", "-created", " created"):
            raise JiraError(400, f"orderBy '{order}' is not one of created, +created, -created")
        raws.sort(key=lambda raw: (raw["created"], raw["id"]), reverse=order == "-created")
        start, most = int(call.first("startAt") or 0), min(int(call.first("maxResults") or 5000), 5000)
        properties = "properties" in call.first("expand")
        shown = [self.desk.comment(row[0], r, call.version, properties=properties) for r in raws[start : start + most]]
        return {"startAt": start, "maxResults": most, "total": len(raws), "comments": shown}

    def _server_info(self) -> dict[str, Any]:
        return {
            "baseUrl": self.desk.base_url, "displayUrl": self.desk.base_url, "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud", "buildNumber": 100_299,
            "buildDate": "2026-11-01T00:00:00.000+0000", "serverTime": jira_iso(self.clock.now_ms()),
            "scmInfo": "0000000000000000000000000000000000000000", "serverTitle": "Larkspur service desk (sample)",
            "serverTimeZone": "Etc/UTC",
        }  # fmt: skip

    def _count(self, call: Call) -> None:
        if not self._limited:
            return
        now = time.monotonic()
        recent = self._recent.setdefault((call.method, call.action), deque())
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= BURST_A_SECOND:
            raise too_many(1, "jira-burst-based")
        recent.append(now)

    def _index_until(self) -> int | None:
        knob = self.knobs.peek("jira.search", "search_lag")
        return None if knob is None else self.clock.now_ms() + int(knob.seconds * 1000)


def _authorised(scope: Scope, call: Call) -> None:
    given = dict(scope["headers"]).get(b"authorization", b"").decode()
    expected = base64.b64encode(f"{EMAIL}:{API_TOKEN}".encode()).decode()
    if given != f"Basic {expected}" and call.path != ["serverInfo"]:
        raise JiraError(
            401, "Client must be authenticated to access this resource.",
            headers={"www-authenticate": 'OAuth realm="sandbox"', "x-seraph-loginreason": "AUTHENTICATED_FAILED"},
        )  # fmt: skip
