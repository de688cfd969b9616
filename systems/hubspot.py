"""HubSpot, as Daybook reads it: pages, changes, associations and what HubSpot knows beside records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from systems.hubspot_answers import Json, has_results, is_closed, is_object, record_of
from systems.hubspot_writing import HubSpotWriting
from systems.ports import AccountFields, Owner, Page, Portal, Stage
from systems.settings import Settings

LIST_PAGE = 100
SEARCH_PAGE = 200



class HubSpot(HubSpotWriting):
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
        super().__init__(token, url, limits=limits, timeout=timeout, wait=wait)
        self.account_fields = account_fields or AccountFields()

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
        rows = answer["results"]
        records = self._whole(kind, [record_of(row, links) for row in rows], rows, links)
        return Page(records, ((answer.get("paging") or {}).get("next") or {}).get("after"))

    def changed(
        self, kind: str, properties: Sequence[str], by: str, since: int, until: int | None = None, after_id: str = ""
    ) -> Page:
        filters = [{"propertyName": by, "operator": "GTE", "value": str(since)}]
        sort, direction = by, "DESCENDING"
        if until is not None:
            # A span of changes in id order: the way Airbyte's HubSpot connector walks, too.
            filters += [
                {"propertyName": by, "operator": "LTE", "value": str(until)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": after_id or "0"},
            ]
            sort, direction = "hs_object_id", "ASCENDING"
        answer = self._search(kind, filters, sort, direction, [*properties, by], SEARCH_PAGE)
        records = [record_of(row, None) for row in answer["results"]]
        more = "more" if (answer.get("paging") or {}).get("next") else None
        return Page(records, more, answer.get("total"))

    def newest(self, kind: str, by: str) -> tuple[str | None, int]:
        answer = self._search(kind, [], by, "DESCENDING", [by], 1)
        rows = answer["results"]
        return (rows[0]["properties"].get(by) if rows else None), int(answer.get("total") or 0)

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
        answer = self._ask(lambda: self._call("GET", "/account-info/v3/details"), is_object)
        portal = str(answer.get("portalId"))
        return Portal(portal, f"https://{answer.get('uiDomain') or 'app.hubspot.com'}/contacts/{portal}")

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
