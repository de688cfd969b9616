"""Single HubSpot records: reading one as it is now, finding one by its key, making, changing and archiving it.

A write is one request. HubSpot knows no idempotency key, so what Daybook makes carries its own in a unique property:
``find_by`` sees it from the moment that the record exists, which a search does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from systems.faults import NotAllowed, NotFound, Rejected, Unauthorized
from systems.hubspot_answers import NAME, Json, has_id, has_results, is_empty, is_object, record_of
from systems.hubspot_line import HubSpotLine
from systems.ports import KEY_PROPERTY, FieldInfo, Link, Option, Record

BATCH = 100
LINK_INPUTS = 1_000
PRIMARY_TYPES = {1, 5, 26}
"""Association type ids of "the" company of a contact, a deal, a ticket."""
TYPES = {
    "calls": {"companies": 182, "contacts": 194, "deals": 206, "tickets": 220},
    "notes": {"companies": 190, "contacts": 202, "deals": 214, "tickets": 228},
    "tasks": {"companies": 192, "contacts": 204, "deals": 216, "tickets": 230},
}
"""Association type ids, HUBSPOT_DEFINED (``hubspot/crm/association_type.py``)."""
TAKEN = ("CONFLICT", "CONFLICTING_UNIQUE_VALUE")
NO_SUCH_PROPERTY = "PROPERTY_DOESNT_EXIST"
HOW_TO_MAKE_KEY = (
    f"Run `daybook doctor` with a token that has crm.schemas.contacts.write, or make {KEY_PROPERTY!r} in HubSpot, "
    "Settings, Properties: single-line text, unique values required."
)


class HubSpotWriting(HubSpotLine):
    """The part of the ``CRM`` port that is about one record at a time."""

    def read(self, kind: str, id: str, properties: Sequence[str], links: Sequence[str] = ()) -> Record:
        record_id = _id(id)
        wanted: Json = {"properties": list(properties)}
        if links:
            wanted["associations"] = list(links)
        answer = self._ask(lambda: self._api("objects").get_by_id(kind, record_id, **wanted, **self._raw()), has_id)
        return self._whole(kind, [record_of(answer, links)], [answer], links)[0]

    def read_many(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], links: Sequence[str] = ()
    ) -> list[Record]:
        found: dict[str, Record] = {}
        asked = [i for i in dict.fromkeys(ids) if i.isdecimal()]
        for at in range(0, len(asked), BATCH):
            for record in self._batch(kind, {"inputs": [{"id": i} for i in asked[at : at + BATCH]]}, properties):
                found[record.id] = record
        ends: dict[str, dict[str, tuple[Link, ...]]] = {to: self.links(kind, to, list(found)) for to in links if found}
        return [r._replace(links={to: ends[to].get(r.id, ()) for to in links}) for r in found.values()]

    def find_by(self, kind: str, property: str, value: str, properties: Sequence[str]) -> Record | None:
        # A batch of one, because a key may hold what an address may not.
        found = self.find_all_by(kind, property, [value], properties)
        return found[0] if found else None

    def find_all_by(
        self, kind: str, property: str, values: Sequence[str], properties: Sequence[str]
    ) -> list[Record]:
        asked, found = [{"id": value} for value in dict.fromkeys(values)], list[Record]()
        for at in range(0, len(asked), BATCH):
            found += self._batch(kind, {"inputs": asked[at : at + BATCH], "idProperty": property}, properties)
        return found

    def create(self, kind: str, properties: Mapping[str, str], to: Sequence[tuple[str, str]], key: str) -> Record:
        body = {
            "properties": {**properties, KEY_PROPERTY: key},
            "associations": [
                {
                    "to": {"id": _id(end)},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _type(kind, other)}],
                }
                for other, end in to
            ],
        }
        try:
            return self._create(kind, body)
        except Rejected as refused:
            if refused.code == NO_SUCH_PROPERTY and KEY_PROPERTY in refused.what:
                # Certainly nothing was made. With the property there, which is made once for good, it is sent again.
                self._make_key(kind, refused)
                return self._create(kind, body)
            made = self._made(kind, properties, key) if refused.code in TAKEN else None
            if made is None:
                raise
            return made

    def _create(self, kind: str, body: Json) -> Record:
        return record_of(self._send(lambda: self._api("objects").create(kind, body, **self._raw()), has_id), None)

    def _make_key(self, kind: str, refused: Rejected) -> None:
        try:
            self.ensure_key(kind)
        except (NotAllowed, Unauthorized):
            what = f"{kind} have no property {KEY_PROPERTY}."
            raise Rejected(NAME, what, HOW_TO_MAKE_KEY, refused.code) from None

    def change(self, kind: str, id: str, properties: Mapping[str, str]) -> Record:
        record_id, body = _id(id), {"properties": dict(properties)}
        answer = self._send(lambda: self._api("objects").update(kind, record_id, body, **self._raw()), has_id)
        return record_of(answer, None)

    def archive(self, kind: str, id: str) -> None:
        record_id = _id(id)
        self._send(lambda: self._api("objects").archive(kind, record_id, **self._raw()), is_empty)

    def fields(self, kind: str) -> dict[str, FieldInfo]:
        return {str(row["name"]): _field(row) for row in self._definitions(kind)}

    def ensure_key(self, kind: str) -> bool:
        rows = {str(row["name"]): row for row in self._definitions(kind)}
        if KEY_PROPERTY in rows:
            return self._checked(kind, rows[KEY_PROPERTY])
        # A property needs a group, and each kind has its own names for them: the date's group is always there.
        group = (rows.get("hs_timestamp") or {}).get("groupName") or f"{kind.removesuffix('s')}information"
        body = {
            "name": KEY_PROPERTY,
            "label": "Daybook key",
            "description": "Set by Daybook, so that nothing is logged twice. Please leave it as it is.",
            "groupName": group,
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": True,
            "formField": False,
        }
        try:
            self._send(lambda: self._api("properties").create(kind, body, **self._raw()), is_object)
        except Rejected as refused:
            again = next((row for row in self._definitions(kind) if row["name"] == KEY_PROPERTY), None)
            if again is None:
                raise Rejected(NAME, refused.what, HOW_TO_MAKE_KEY, refused.code) from None
            return self._checked(kind, again)
        return True

    def scopes(self) -> set[str] | None:
        address = "/oauth/v2/private-apps/get/access-token-info"
        try:
            told = self._ask(lambda: self._call("POST", address, {"tokenKey": self._token}), is_object)
        except (Unauthorized, NotAllowed, NotFound, Rejected):
            # Only private apps' tokens are known there; a service key is not.
            return None
        scopes = told.get("scopes")
        return {str(scope) for scope in scopes} if isinstance(scopes, list) else None

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

    def _whole(
        self, kind: str, records: Sequence[Record], rows: Sequence[Json], links: Sequence[str]
    ) -> list[Record]:
        """The records with all their associations: an answer holds the first hundred of each."""
        whole = list(records)
        for to in links:
            cut = [str(r["id"]) for r in rows if ((r.get("associations") or {}).get(to) or {}).get("paging")]
            if cut:
                ends = self.links(kind, to, cut)
                whole = [r._replace(links={**(r.links or {}), to: ends[r.id]}) if r.id in ends else r for r in whole]
        return whole

    def _batch(self, kind: str, body: Json, properties: Sequence[str]) -> list[Record]:
        body = {**body, "properties": list(properties), "propertiesWithHistory": []}
        answer = self._ask(lambda: self._api("batches").read(kind, body, **self._raw()), has_results)
        return [record_of(row, None) for row in answer["results"]]

    def _made(self, kind: str, properties: Mapping[str, str], key: str) -> Record | None:
        """What a refusal as "taken" means: an earlier request with this key did land, and late."""
        return self.find_by(kind, KEY_PROPERTY, key, list(properties))

    def _definitions(self, kind: str) -> list[Json]:
        answer = self._ask(lambda: self._api("properties").get_all(kind, **self._raw()), has_results)
        return [row for row in answer["results"] if isinstance(row, dict) and "name" in row]

    def _checked(self, kind: str, row: Mapping[str, Any]) -> bool:
        if row.get("hasUniqueValue") is not True:
            raise Rejected(
                NAME,
                f"the property {KEY_PROPERTY} of {kind} does not require unique values, and can't be made to.",
                "Archive it in HubSpot, Settings, Properties, and run `daybook doctor` again.",
            )
        return False


def _id(given: str) -> str:
    if not given.isdecimal():
        raise NotFound(NAME, "there is no such record.")
    return given


def _type(kind: str, other: str) -> int:
    number = TYPES.get(kind, {}).get(other)
    if number is None:
        raise Rejected(NAME, f"{kind} are not tied to {other}.", f"Known: {', '.join(TYPES.get(kind, TYPES))}.")
    return number


def _field(row: Mapping[str, Any]) -> FieldInfo:
    meta = row.get("modificationMetadata") or {}
    options = tuple(
        Option(str(o.get("value")), str(o.get("label") or o.get("value")), bool(o.get("hidden")))
        for o in row.get("options") or ()
    )
    read_only = bool(meta.get("readOnlyValue")) or bool(row.get("calculated"))
    return FieldInfo(str(row["name"]), str(row.get("label") or row["name"]), str(row.get("type")), options, read_only)
