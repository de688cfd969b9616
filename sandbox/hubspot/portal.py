"""The sample company's HubSpot account: how a record is shown, and which values a write may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from sandbox import instants
from sandbox.clock import SharedClock
from sandbox.hubspot.errors import HubSpotError, invalid, not_found
from sandbox.hubspot.schema import PIPELINES, STAGES, Property, seed_properties
from sandbox.kinds import ENGAGEMENTS, ID_SPACE, Kind, kind_named
from sandbox.objects import ObjectStore, Row

PORTAL_ID = 4_242_042
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_STAGE_PROPERTY = {"deals": ("pipeline", "dealstage"), "tickets": ("hs_pipeline", "hs_pipeline_stage")}


class Portal:
    """The records, the property definitions and the clock, behind every HubSpot call."""

    def __init__(self, store: ObjectStore, clock: SharedClock) -> None:
        self.store = store
        self.clock = clock
        if not store.properties:
            store.properties = seed_properties()
        self.properties: dict[str, dict[str, Property]] = store.properties

    def kind(self, name: str) -> Kind:
        """The kind a path names; 400 as HubSpot answers for a type it does not know."""
        kind = kind_named(name)
        if kind is None:
            raise HubSpotError(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
        return kind

    def find(self, kind: Kind, wanted: str, id_property: str | None = None, *, archived: bool = False) -> Row:
        """The record by id or by a unique property, living (or archived when asked for); else 404."""
        row: Row | None
        if id_property and id_property != "hs_object_id":
            if id_property not in self.store.unique_names(kind.plural):
                raise invalid(f"{id_property} is not a unique property of {kind.plural}")
            row = self.store.find_unique(kind.plural, id_property, wanted)
        else:
            row = self.store.get(kind.plural, int(wanted)) if wanted.isdigit() and len(wanted) < 19 else None
        if row is None or (row.archived is not None) is not archived:
            raise not_found("resource not found")
        return row

    def show(
        self, kind: Kind, row: Row, names: Iterable[str] | None = None, history: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The record as HubSpot prints it. Names that are no properties are left out without a word."""
        props: dict[str, Any] = {}
        known = self.properties[kind.plural]
        for name in kind.defaults if names is None else names:
            if name in known:
                props[name] = row.props.get(name)
        created, updated = instants.iso(row.created), instants.iso(row.updated)
        props[kind.created], props[kind.modified], props["hs_object_id"] = created, updated, str(row.id)
        shown: dict[str, Any] = {
            "id": str(row.id), "properties": props, "createdAt": created, "updatedAt": updated,
            "archived": row.archived is not None,
        }  # fmt: skip
        if row.archived is not None:
            shown["archivedAt"] = instants.iso(row.archived)
        wanted = [name for name in history if name in known]
        if wanted:
            shown["propertiesWithHistory"] = {name: self._history(row, name) for name in wanted}
        return shown

    def clean(self, kind: Kind, asked: object, current: dict[str, str] | None = None) -> dict[str, str | None]:
        """Property values as they are stored, or one 400 that names every value at fault."""
        if not isinstance(asked, dict):
            raise invalid("properties must be an object of property names and values")
        cleaned: dict[str, str | None] = {}
        faults: list[dict[str, Any]] = []
        for name, value in asked.items():
            definition = self.properties[kind.plural].get(name)
            try:
                if definition is None:
                    raise _Fault("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
                cleaned[name] = self._clean_one(definition, value)
            except _Fault as fault:
                faults.append({"isValid": False, "message": str(fault), "error": fault.code, "name": name})
        if not faults and kind.plural in _STAGE_PROPERTY:
            faults += self._check_stage(kind.plural, cleaned, current or {})
        if faults:
            raise HubSpotError(
                400, "VALIDATION_ERROR", f"Property values were not valid: {orjson.dumps(faults).decode()}",
                errors=[
                    {"message": f["message"], "code": f["error"], "context": {"propertyName": [f["name"]]}}
                    for f in faults
                ],
            )  # fmt: skip
        return cleaned

    def refuse_duplicates(self, kind: Kind, props: dict[str, Any], own_id: int | None = None) -> None:
        """409 when another living record already holds a unique value."""
        for name in self.store.unique_names(kind.plural):
            value = props.get(name)
            held = self.store.find_unique(kind.plural, name, value) if value else None
            if held is not None and held.id != own_id:
                word = kind.singular.capitalize()
                raise HubSpotError(
                    409, "CONFLICT", f"{word} already exists. Existing ID: {held.id}",
                    context={"existingObjectId": [str(held.id)], "propertyName": [name]},
                )  # fmt: skip

    def create(self, kind: Kind, asked: object, associations: object = None, source: str = "INTEGRATION") -> Row:
        """A new record with its associations, or nothing at all."""
        props = {name: value for name, value in self.clean(kind, asked).items() if value}
        if kind.plural in ENGAGEMENTS and "hs_timestamp" not in props:
            raise invalid("hs_timestamp is required", code="REQUIRED_FIELD", name="hs_timestamp")
        self.refuse_duplicates(kind, props)
        ends = self._ends(kind, associations)
        if kind.plural in _STAGE_PROPERTY:
            self._first_stage(kind.plural, props)
        now = self.clock.now_ms()
        props |= self.roll_up(kind.plural, props, {}, now)
        row = self.store.insert(kind.plural, props, now, source)
        for other, primary in ends:
            self.store.links.add(row.id, other, primary=primary)
        if ends:
            self.after_linking(row.id, [other for other, _ in ends])
        return row

    def change(self, kind: Kind, row: Row, asked: object, source: str = "INTEGRATION") -> Row:
        """Set properties of a record: checked as a whole, then written."""
        cleaned = self.clean(kind, asked, row.props)
        self.refuse_duplicates(kind, cleaned, row.id)
        now = self.clock.now_ms()
        cleaned |= self.roll_up(kind.plural, {**row.props, **cleaned}, row.props, now)
        return self.store.update(kind.plural, row, cleaned, now, source)

    def after_linking(self, record_id: int, others: list[int]) -> None:
        """Associating moves the change time of both ends; a touch is noted on the company, contact and deal."""
        now = self.clock.now_ms()
        self.store.touch([*others], now)
        if record_id // ID_SPACE < 5:
            self.store.touch([record_id], now)

    @staticmethod
    def roll_up(plural: str, props: dict[str, Any], before: dict[str, str], now_ms: int) -> dict[str, str]:
        """The properties HubSpot computes: closed flags and when the stage was entered."""
        if plural not in _STAGE_PROPERTY:
            return {}
        key = _STAGE_PROPERTY[plural][1]
        stage = STAGES[plural].get(str(props.get(key)))
        if stage is None or props.get(key) == before.get(key):
            return {}
        rolled = {"hs_is_closed": str(stage.closed).lower()}
        if plural == "deals":
            rolled["hs_is_closed_won"] = str(stage.closed and stage.probability == "1.0").lower()
            rolled["hs_v2_date_entered_current_stage"] = instants.iso(now_ms)
            rolled["hs_deal_stage_probability"] = stage.probability
        elif stage.closed:
            rolled["closed_date"] = instants.iso(now_ms)
        return rolled

    def _clean_one(self, definition: Property, value: object) -> str | None:
        if definition.read_only or definition.calculated:
            raise _Fault("READ_ONLY_VALUE", f'"{definition.name}" is a read only property; its value cannot be set.')
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, (dict, list)):
            raise _Fault("INVALID_STRING", f"{definition.name} must be a string")
        text = str(value)
        if len(text) > 65_536:
            raise _Fault("VALUE_TOO_LONG", f"{definition.name} is longer than 65536 characters")
        try:
            if definition.type == "number":
                float(text)
            elif definition.type == "date":
                return instants.iso_day(instants.parse(text))
            elif definition.type == "datetime":
                return instants.iso(instants.parse(text))
        except ValueError:
            word = "INVALID_DATE" if definition.type != "number" else "INVALID_NUMBER"
            raise _Fault(word, f"{text} was not a valid {definition.type}.") from None
        if definition.type == "bool" and text not in ("true", "false"):
            raise _Fault("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")
        if definition.options:
            allowed = [v for _, v in definition.options]
            if any(part not in allowed for part in text.split(";")):
                raise _Fault("INVALID_OPTION", f"{text} was not one of the allowed options: {allowed}")
        if definition.name == "hubspot_owner_id" and all(o["id"] != text for o in self.store.owners):
            raise _Fault("INVALID_OWNER_ID", f"Owner {text} does not exist")
        if definition.name == "email":
            return text.lower()
        return text

    def _check_stage(self, plural: str, cleaned: dict[str, Any], current: dict[str, str]) -> list[dict[str, Any]]:
        line_key, stage_key = _STAGE_PROPERTY[plural]
        if line_key not in cleaned and stage_key not in cleaned:
            return []
        line = cleaned.get(line_key, current.get(line_key, PIPELINES[plural][0].id))
        stage = cleaned.get(stage_key, current.get(stage_key))
        found = next((p for p in PIPELINES[plural] if p.id == line), None)
        if found is None:
            return [{"isValid": False, "name": line_key, "error": "INVALID_OPTION",
                     "message": f"{line} was not one of the allowed options: pipelines of {plural}"}]  # fmt: skip
        if stage is not None and all(s.id != stage for s in found.stages):
            return [{"isValid": False, "name": stage_key, "error": "INVALID_OPTION",
                     "message": f"{stage} is not a stage of the pipeline {line}"}]  # fmt: skip
        return []

    @staticmethod
    def _first_stage(plural: str, props: dict[str, str]) -> None:
        line_key, stage_key = _STAGE_PROPERTY[plural]
        line = next(p for p in PIPELINES[plural] if p.id == props.setdefault(line_key, PIPELINES[plural][0].id))
        props.setdefault(stage_key, line.stages[0].id)

    def _ends(self, kind: Kind, asked: object) -> list[tuple[int, bool | None]]:
        from sandbox.hubspot.associations import parse_specs

        found: list[tuple[int, bool | None]] = []
        for entry in asked if isinstance(asked, list) else []:
            to = str((entry.get("to") or {}).get("id", ""))
            target, primary = parse_specs(kind, entry.get("types") or [])
            self.find(target, to)
            found.append((int(to), primary))
        return found

    def _history(self, row: Row, name: str) -> list[dict[str, Any]]:
        rows = [
            {"value": value, "timestamp": instants.iso(at), "sourceType": source, "sourceId": source_id}
            for value, at, source, source_id in self.store.value_history(row.id, name)
        ]
        if not rows and name in row.props:
            rows = [{"value": row.props[name], "timestamp": instants.iso(row.created), "sourceType": "CRM_UI"}]
        return rows


class _Fault(Exception):
    """One value that a property cannot hold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_true(query: dict[str, str], name: str) -> bool:
    """A yes in a query string; HubSpot's Python client writes it ``True``."""
    return query.get(name, "").lower() == "true"


def property_name(name: object) -> str:
    """A name that may become a property (and part of a query); 400 for anything else."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(f"{name!r} is not a property name: lower case letters, digits and underscores")
    return name
