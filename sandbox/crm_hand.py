"""A person's hand in the CRM and the service desk: changes that happen outside the bot, for tests and for trying out.

    GET    /_sandbox/crm/objects/{type}?name=…            records whose name (or subject) contains the words
    POST   /_sandbox/crm/objects/{type}                   {properties, associations: [{type, id, primary?}], raw?}
    PATCH  /_sandbox/crm/objects/{type}/{id}              {properties, raw?}; raw stores even what makes no sense
    DELETE /_sandbox/crm/objects/{type}/{id}[?gdpr=true]  archive; with gdpr, delete without a trace
    POST   /_sandbox/crm/objects/{type}/{id}/restore      bring an archived record back
    POST   /_sandbox/crm/objects/{type}/merge             {winner, loser}
    PUT, DELETE /_sandbox/crm/associations/{type}/{id}/{type}/{id}
    PATCH  /_sandbox/crm/owners/{id}                      {archived?, email?}
    GET    /_sandbox/crm/issues/{key}                     fields and comments as they are stored
    POST   /_sandbox/crm/issues     {summary, description?, priority?, reporter?, reporter_email?, company?}
    PATCH  /_sandbox/crm/issues/{key}                     {status?, priority?, summary?, company?, …}; also
                                                          participants: [{account, email?, name?}], organizations: [id]
    PUT    /_sandbox/crm/organizations/{id}               {name, people: [{account, email?, name?}]}
    DELETE /_sandbox/crm/issues/{key}
    PATCH  /_sandbox/crm/jira-permissions                 {withheld: [ADD_COMMENTS, DELETE_OWN_COMMENTS]}
    POST   /_sandbox/crm/issues/{key}/comments            {author: customer | agent | account id, body, public?}
    PATCH  /_sandbox/crm/issues/{key}/comments/{id}       {body}: an agent changes what a comment says

A type is companies, contacts, deals, tickets, calls, notes, tasks, meetings or emails. Values are checked as HubSpot
checks them, unless ``raw`` is true. Everything happens at the shared clock's now, and searches see it late while a
``search_lag`` knob is turned.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import SharedClock
from sandbox.hubspot.errors import HubSpotError, not_found
from sandbox.hubspot.portal import Portal
from sandbox.instants import iso
from sandbox.jira.desk import STATUSES, Desk
from sandbox.jira.fields import comments_of
from sandbox.kinds import ENGAGEMENTS
from sandbox.objects import ObjectStore
from sandbox.world_rows import AGENTS

Json = dict[str, Any]
_SOURCE = "CRM_UI"
_TITLES = ("name", "dealname", "subject", "email", "hs_call_title", "hs_task_subject", "hs_meeting_title")


def routes(store: ObjectStore, clock: SharedClock) -> list[BaseRoute]:
    """The routes below ``/_sandbox/crm`` (full paths)."""
    hand = Hand(Portal(store, clock), Desk(store, clock))
    root = "/_sandbox/crm"
    one = root + "/objects/{type}/{id:int}"
    two = root + "/associations/{type}/{id:int}/{other}/{end:int}"
    return [
        Route(root + "/objects/{type}", _answers(hand.find), methods=["GET"]),
        Route(root + "/objects/{type}/merge", _answers(hand.merge), methods=["POST"]),
        Route(root + "/objects/{type}", _answers(hand.create), methods=["POST"]),
        Route(one + "/restore", _answers(hand.restore), methods=["POST"]),
        Route(one, _answers(hand.change), methods=["PATCH"]),
        Route(one, _answers(hand.remove), methods=["DELETE"]),
        Route(two, _answers(hand.associate), methods=["PUT", "DELETE"]),
        Route(root + "/owners/{id}", _answers(hand.owner), methods=["PATCH"]),
        Route(root + "/jira-permissions", _answers(hand.permissions), methods=["PATCH"]),
        Route(root + "/organizations/{id}", _answers(hand.organization), methods=["PUT"]),
        Route(root + "/issues", _answers(hand.open_issue), methods=["POST"]),
        Route(root + "/issues/{key}/comments", _answers(hand.comment), methods=["POST"]),
        Route(root + "/issues/{key}/comments/{id}", _answers(hand.edit_comment), methods=["PATCH"]),
        Route(root + "/issues/{key}", _answers(hand.issue), methods=["GET", "PATCH", "DELETE"]),
    ]  # fmt: skip


def _answers(act: Callable[[Request, Json], Json]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            told, status = act(request, orjson.loads(raw) if raw else {}), 200
        except HubSpotError as error:
            told, status = {"error": error.message}, error.status
        except (KeyError, TypeError, ValueError) as error:
            told, status = {"error": f"not understood: {error!r}"}, 400
        return Response(orjson.dumps(told), status, media_type="application/json")

    return endpoint


class Hand:
    """What a person can do in the vendors' own screens."""

    def __init__(self, portal: Portal, desk: Desk) -> None:
        self.portal = portal
        self.desk = desk
        self.store = portal.store

    def find(self, request: Request, body: Json) -> Json:
        kind = self.portal.kind(request.path_params["type"])
        text = " || ' ' || ".join(f"coalesce(json_extract(props, '$.{name}'), '')" for name in _TITLES)
        sql = f"select id, archived, props from {kind.plural} where {text} like ? order by id limit 50"
        rows = self.store.db.execute(sql, (f"%{request.query_params.get('name', '')}%",))
        return {
            "results": [
                {"id": str(i), "archived": archived is not None, "properties": orjson.loads(props)}
                for i, archived, props in rows
            ]
        }

    def create(self, request: Request, body: Json) -> Json:
        kind, now = self.portal.kind(request.path_params["type"]), self.portal.clock.now_ms()
        props = dict(body.get("properties") or {})
        if kind.plural in ENGAGEMENTS and not body.get("raw"):
            props.setdefault("hs_timestamp", iso(now))
        if body.get("raw"):
            row = self.store.insert(kind.plural, {k: str(v) for k, v in props.items()}, now, _SOURCE)
        else:
            row = self.portal.create(kind, props, source=_SOURCE)
        ends = [(int(end["id"]), end.get("primary")) for end in body.get("associations") or []]
        for end, primary in ends:
            self.store.links.add(row.id, end, primary=primary)
        if ends:
            self.portal.after_linking(row.id, [end for end, _ in ends])
        return {"id": str(row.id)}

    def change(self, request: Request, body: Json) -> Json:
        kind = self.portal.kind(request.path_params["type"])
        row = self.portal.find(kind, str(request.path_params["id"]))
        if body.get("raw"):
            self.store.update(kind.plural, row, body["properties"], self.portal.clock.now_ms(), _SOURCE)
        else:
            self.portal.change(kind, row, body["properties"], _SOURCE)
        return {"id": str(row.id)}

    def remove(self, request: Request, body: Json) -> Json:
        kind, key = self.portal.kind(request.path_params["type"]), request.path_params["id"]
        if request.query_params.get("gdpr") == "true":
            self.store.purge(kind.plural, key)
        elif not self.store.archive(kind.plural, key, self.portal.clock.now_ms()):
            raise not_found(f"no living {kind.singular} has the id {key}")
        return {"id": str(key)}

    def restore(self, request: Request, body: Json) -> Json:
        kind, key = self.portal.kind(request.path_params["type"]), request.path_params["id"]
        if not self.store.restore(kind.plural, key, self.portal.clock.now_ms()):
            raise not_found(f"no archived {kind.singular} has the id {key}")
        return {"id": str(key)}

    def merge(self, request: Request, body: Json) -> Json:
        kind = self.portal.kind(request.path_params["type"])
        winner, loser = (self.portal.find(kind, str(body[name])) for name in ("winner", "loser"))
        self.store.merge(kind.plural, winner, loser, self.portal.clock.now_ms())
        return {"id": str(winner.id)}

    def associate(self, request: Request, body: Json) -> Json:
        at = request.path_params
        one = self.portal.find(self.portal.kind(at["type"]), str(at["id"]))
        other = self.portal.find(self.portal.kind(at["other"]), str(at["end"]))
        if request.method == "PUT":
            self.store.links.add(one.id, other.id, primary=body.get("primary"))
        else:
            self.store.links.remove(one.id, other.id)
        self.portal.after_linking(one.id, [other.id])
        return {"id": str(one.id)}

    def owner(self, request: Request, body: Json) -> Json:
        for owner in self.store.owners:
            if owner["id"] == request.path_params["id"]:
                unknown = set(body) - {"archived", "email"}
                if unknown:
                    raise ValueError(f"an owner's {', '.join(sorted(unknown))} cannot be changed")
                owner.update(body, updatedAt=iso(self.portal.clock.now_ms()))
                return owner
        raise not_found("no such owner")

    def issue(self, request: Request, body: Json) -> Json:
        row = self.desk.find(request.path_params["key"])
        if row is None:
            raise not_found(f"no issue {request.path_params['key']}")
        if request.method == "DELETE":
            self.desk.delete(row)
            return {"key": f"{row[1]}-{row[2]}"}
        if request.method == "PATCH":
            if body.get("status", "Open") not in STATUSES:
                raise ValueError(f"a status is one of {', '.join(STATUSES)}")
            if not set(body.get("organizations", ())) <= set(self.store.organizations):
                raise ValueError("an issue is shared with organisations that are there; PUT them first")
            self.desk.set_fields(row, body)
            row = self.desk.find(request.path_params["key"]) or row
        return {"key": f"{row[1]}-{row[2]}", "fields": orjson.loads(row[6]), "comments": comments_of(row)}

    def permissions(self, request: Request, body: Json) -> Json:
        self.store.withheld = {str(name) for name in body["withheld"]}
        return {"withheld": sorted(self.store.withheld)}

    def organization(self, request: Request, body: Json) -> Json:
        people = [{**one, "account": str(one["account"])} for one in body["people"]]
        made = {"name": str(body["name"]), "people": people}
        self.store.organizations[str(request.path_params["id"])] = made
        return made

    def open_issue(self, request: Request, body: Json) -> Json:
        known = ("summary", "description", "priority", "reporter", "reporter_email", "company", "assignee", "labels")
        unknown = set(body) - set(known)
        if unknown or not body.get("summary"):
            raise ValueError(
                f"an issue needs a summary and knows nothing of {', '.join(sorted(unknown)) or 'the rest'}"
            )
        return {"key": self.desk.create(body)}

    def comment(self, request: Request, body: Json) -> Json:
        row = self.desk.find(request.path_params["key"])
        if row is None:
            raise not_found(f"no issue {request.path_params['key']}")
        author = str(body.get("author") or "customer")
        if author == "customer":
            author = orjson.loads(row[6])["reporter"]
        elif author == "agent":
            author = AGENTS[0]
        made = self.desk.add_comment(row, author, str(body["body"]), public=bool(body.get("public", True)))
        return {"id": str(made["id"])}

    def edit_comment(self, request: Request, body: Json) -> Json:
        key, number = request.path_params["key"], str(request.path_params["id"])
        row = self.desk.find(key)
        if row is None or number not in {str(raw["id"]) for raw in comments_of(row)}:
            raise not_found(f"no comment {number} on issue {key}")
        self.desk.edit_comment(row, number, AGENTS[0], str(body["body"]))
        return {"id": number}
