"""HubSpot, as Daybook reads it: pages, changes and associations over the vendor's own client.

Speaks v3 (objects) and v4 (associations), the only versions ``hubspot-api-client`` 12 knows. Answers are taken raw and
decoded here, because the client's own models cost more than everything else a sync does.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from systems.asking import asking
from systems.hubspot_answers import NAME, Json, fault_of, has_results, is_closed, is_object, record_of
from systems.limiter import Limiter
from systems.ports import AccountFields, Link, Owner, Page, Portal, SourceDown, Stage
from systems.settings import Settings

LIST_PAGE = 100
SEARCH_PAGE = 200
LINK_INPUTS = 1_000
BURST = (190, 10.2)
"""Requests and seconds: the Pro and Enterprise burst of one private app."""
SEARCHES = (4, 1.05)
PRIMARY_TYPES = {1, 5, 26}
"""Association type ids of "the" company of a contact, a deal, a ticket."""


class HubSpot:
    """The ``CRM`` port. ``limits=False`` switches the rate limiter off; ``wait`` sleeps."""

    def __init__(
        self,
        token: str,
        url: str = "https://api.hubapi.com",
        *,
        account_fields: AccountFields | None = None,
        limits: bool = True,
        timeout: tuple[float, float] = (5.0, 30.0),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account_fields = account_fields or AccountFields()
        self._token, self._url, self._timeout, self._wait = token, url.rstrip("/"), timeout, wait
        self._burst = Limiter(*BURST, wait=wait) if limits else None
        self._searches = Limiter(*SEARCHES, wait=wait) if limits else None
        self._apis: Json = {}
        self._lock = threading.Lock()
        self.calls = 0

    @classmethod
    def from_settings(cls, settings: Settings) -> HubSpot:
        """The adapter of a deployment; nothing is asked yet."""
        values = (value.strip() for value in settings.daybook_onboarding_values.split(","))
        fields = AccountFields(
            settings.daybook_revenue_property,
            settings.daybook_renewal_property,
            settings.daybook_onboarding_property,
            frozenset(value for value in values if value),
        )
        return cls(
            str(settings.value("hubspot_access_token")),
            settings.hubspot_api_url,
            account_fields=fields,
            limits=settings.daybook_vendor_limits,
        )

    # -- reads -----------------------------------------------------------------------------------------------------

    def listed(
        self, kind: str, properties: Sequence[str], links: Sequence[str], after: str | None, archived: bool = False
    ) -> Page:
        # The client would send a Python bool as "True".
        wanted: Json = {"limit": LIST_PAGE, "properties": list(properties), "archived": str(archived).lower()}
        if links:
            wanted["associations"] = list(links)
        if after:
            wanted["after"] = after
        answer = self._ask(lambda: self._api("objects").get_page(kind, **wanted, **self._raw()), has_results)
        records, cut = [], defaultdict(list)
        for row in answer["results"]:
            records.append(record_of(row, links))
            for to in links:
                if ((row.get("associations") or {}).get(to) or {}).get("paging"):
                    cut[to].append(str(row["id"]))
        for to, ids in cut.items():
            whole = self.links(kind, to, ids)
            records = [r._replace(links={**(r.links or {}), to: whole[r.id]}) if r.id in whole else r for r in records]
        return Page(records, ((answer.get("paging") or {}).get("next") or {}).get("after"))

    def changed(
        self, kind: str, properties: Sequence[str], by: str, since: int, at: int | None = None, after_id: str = ""
    ) -> Page:
        if at is None:
            filters = [{"propertyName": by, "operator": "GTE", "value": str(since)}]
            sort = by
        else:
            filters = [
                {"propertyName": by, "operator": "EQ", "value": str(at)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": after_id or "0"},
            ]
            sort = "hs_object_id"
        answer = self._search(kind, filters, sort, "ASCENDING", [*properties, by], SEARCH_PAGE)
        records = [record_of(row, None) for row in answer["results"]]
        more = "more" if (answer.get("paging") or {}).get("next") else None
        return Page(records, more, answer.get("total"))

    def newest(self, kind: str, by: str) -> tuple[str | None, int]:
        answer = self._search(kind, [], by, "DESCENDING", [by], 1)
        rows = answer["results"]
        return (rows[0]["properties"].get(by) if rows else None), int(answer.get("total") or 0)

    def links(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, tuple[Link, ...]]:
        found: dict[str, dict[str, bool]] = defaultdict(dict)
        inputs: list[Json] = [{"id": i} for i in ids]
        while inputs:
            batch, inputs = inputs[:LINK_INPUTS], inputs[LINK_INPUTS:]
            body = {"inputs": batch}
            answer = self._ask(
                lambda body=body: self._api("links").get_page(kind, to, body, **self._raw()),  # type: ignore[misc]
                has_results,
            )
            for row in answer["results"]:
                from_id = str(row["from"]["id"])
                for end in row.get("to") or ():
                    to_id = str(end["toObjectId"])
                    primary = any(t.get("typeId") in PRIMARY_TYPES for t in end.get("associationTypes") or ())
                    found[from_id][to_id] = primary or found[from_id].get(to_id, False)
                after = ((row.get("paging") or {}).get("next") or {}).get("after")
                if after:
                    inputs.append({"id": from_id, "after": after})
        return {i: tuple(Link(to_id, primary) for to_id, primary in ends.items()) for i, ends in found.items()}

    def owners(self) -> list[Owner]:
        return [owner for archived in (False, True) for owner in self._owners(archived)]

    def _owners(self, archived: bool) -> list[Owner]:
        owners, after = [], None
        while True:
            wanted: Json = {"limit": 500, "archived": str(archived).lower(), **({"after": after} if after else {})}
            answer = self._ask(
                lambda wanted=wanted: self._api("owners").get_page(**wanted, **self._raw()),  # type: ignore[misc]
                has_results,
            )
            for row in answer["results"]:
                teams = tuple(
                    (str(t["id"]), t.get("name") or "", bool(t.get("primary"))) for t in row.get("teams") or ()
                )
                name = " ".join(p for p in (row.get("firstName"), row.get("lastName")) if p)
                email = (row.get("email") or "").strip().lower() or None
                owners.append(Owner(str(row["id"]), email, name, bool(row.get("archived", archived)), teams))
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if not after:
                return owners

    def stages(self, kind: str) -> list[Stage]:
        answer = self._ask(lambda: self._api("pipelines").get_all(kind, **self._raw()), has_results)
        return [
            Stage(
                str(stage["id"]),
                stage.get("label") or "",
                int(stage.get("displayOrder") or 0),
                is_closed(stage.get("metadata") or {}),
                str(pipeline["id"]),
                pipeline.get("label") or "",
            )
            for pipeline in answer["results"]
            for stage in pipeline.get("stages") or ()
        ]

    def call_outcomes(self) -> dict[str, str]:
        api = self._api("properties")
        answer = self._ask(lambda: api.get_by_name("calls", "hs_call_disposition", **self._raw()), is_object)
        return {str(o["value"]): str(o.get("label") or o["value"]) for o in answer.get("options") or ()}

    def properties(self, kind: str) -> set[str]:
        answer = self._ask(lambda: self._api("properties").get_all(kind, **self._raw()), has_results)
        return {str(row["name"]) for row in answer["results"]}

    def portal(self) -> Portal:
        # The client wraps no account-info call; its transport reaches it with the same token, host and timeouts.
        client = self._api("objects").api_client
        answer = self._ask(
            lambda: client.call_api(
                "/account-info/v3/details",
                "GET",
                {},
                [],
                {"Accept": "application/json"},
                response_types_map={},
                auth_settings=["oauth2"],
                **self._raw(),
            ),
            is_object,
        )
        portal = str(answer.get("portalId"))
        return Portal(portal, f"https://{answer.get('uiDomain') or 'app.hubspot.com'}/contacts/{portal}")

    # -- asking ----------------------------------------------------------------------------------------------------

    def _search(
        self, kind: str, filters: list[Json], sort: str, direction: str, properties: Sequence[str], limit: int
    ) -> Json:
        body = {
            "filterGroups": [{"filters": filters}] if filters else [],
            "sorts": [{"propertyName": sort, "direction": direction}],
            "properties": list(properties),
            "limit": limit,
            "after": "0",
        }
        return self._ask(lambda: self._api("search").do_search(kind, body, **self._raw()), has_results, searching=True)

    def _raw(self) -> Json:
        return {"_preload_content": False, "_request_timeout": self._timeout}

    def _api(self, name: str) -> Any:
        """One api object of the client, kept: each new one would bring a connection pool of its own."""
        with self._lock:
            if not self._apis:
                from hubspot import HubSpot as Client
                from urllib3 import Retry

                client = Client(access_token=self._token, host=self._url, retry=Retry(total=False))
                crm = client.crm
                self._apis = {
                    "objects": crm.objects.basic_api,
                    "search": crm.objects.search_api,
                    "links": crm.associations.v4.batch_api,
                    "owners": crm.owners.owners_api,
                    "pipelines": crm.pipelines.pipelines_api,
                    "properties": crm.properties.core_api,
                }
        return self._apis[name]

    def _ask(self, send: Callable[[], Any], check: Callable[[Any], bool], searching: bool = False) -> Json:
        return asking(lambda: self._once(send, check, searching), self._wait)

    def _once(self, send: Callable[[], Any], check: Callable[[Any], bool], searching: bool) -> Json:
        from urllib3.exceptions import HTTPError

        if self._burst:
            self._burst.spend()
        if searching and self._searches:
            self._searches.spend()
        self.calls += 1
        try:
            response = send()
            try:
                answer = orjson.loads(response.read())
            finally:
                response.release_conn()
        except HTTPError as broken:
            raise SourceDown(NAME, f"no answer ({type(broken).__name__}).", "It is tried again by itself.") from broken
        except orjson.JSONDecodeError as broken:
            raise SourceDown(NAME, "the answer was cut off or is not JSON.", "It is tried again by itself.") from broken
        except Exception as refused:
            fault = fault_of(refused)
            if fault is None:
                raise
            raise fault from None
        if not check(answer):
            raise SourceDown(NAME, "the answer was incomplete.", "It is tried again by itself.")
        told: Json = answer
        return told
