"""HubSpot's search filters, translated into one SQL condition."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from sandbox import instants
from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Property
from sandbox.kinds import ID_SPACE, Kind

MAX_GROUPS, MAX_FILTERS, MAX_IN_ALL = 5, 10, 25
OPERATORS = frozenset({
    "BETWEEN", "CONTAINS_TOKEN", "EQ", "GT", "GTE", "HAS_PROPERTY", "IN", "LT", "LTE", "NEQ", "NOT_CONTAINS_TOKEN",
    "NOT_HAS_PROPERTY", "NOT_IN",
})  # fmt: skip
_COMPARE = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
_WORDS = re.compile(r"[^\W_]+")


def where(portal: Portal, kind: Kind, groups: Any) -> tuple[str, list[Any]]:
    """The condition for all filter groups (groups are alternatives), and its values. 400 for what HubSpot refuses."""
    if not isinstance(groups, list):
        raise invalid("filterGroups must be a list")
    filters = [group.get("filters") or [] for group in groups if isinstance(group, dict)]
    if len(groups) > MAX_GROUPS:
        raise invalid(f"filterGroups has {len(groups)} groups; at most {MAX_GROUPS} are allowed")
    if any(len(group) > MAX_FILTERS for group in filters):
        raise invalid(f"a filter group holds at most {MAX_FILTERS} filters")
    if sum(map(len, filters)) > MAX_IN_ALL:
        raise invalid(f"a search holds at most {MAX_IN_ALL} filters in all")
    alternatives, values = [], []
    for group in filters:
        terms = []
        for asked in group:
            term, more = _term(portal, kind, asked)
            terms.append(term)
            values += more
        if terms:
            alternatives.append(f"({' and '.join(terms)})")
    return (f"({' or '.join(alternatives)})" if alternatives else "1"), values


def expression(kind: Kind, definition: Property) -> str:
    """Where the value of a property lives."""
    if definition.name == "hs_object_id":
        return "id"
    if definition.name == kind.created:
        return "created"
    if definition.name == kind.modified:
        return "updated"
    return f"json_extract(props, '$.{definition.name}')"


def definition_of(portal: Portal, kind: Kind, name: object) -> Property:
    """The property a filter or a sort names; 400 when there is none."""
    definition = portal.properties[kind.plural].get(str(name))
    if definition is None:
        raise HubSpotError(
            400, "VALIDATION_ERROR", "There was a problem with the request.",
            errors=[{"message": f'Property "{name}" does not exist', "code": "PROPERTY_DOESNT_EXIST",
                     "context": {"propertyName": [str(name)]}}],
        )  # fmt: skip
    return definition


def _term(portal: Portal, kind: Kind, asked: Any) -> tuple[str, list[Any]]:
    if not isinstance(asked, dict) or not asked.get("propertyName"):
        raise invalid("each filter needs a propertyName and an operator")
    name, operator = str(asked["propertyName"]), asked.get("operator")
    if operator not in OPERATORS:
        raise invalid(f"operator {operator!r} is not one of {', '.join(sorted(OPERATORS))}")
    if name.startswith("associations."):
        return _associated(portal, kind, name.partition(".")[2], operator, asked)
    definition = definition_of(portal, kind, name)
    where_is = expression(kind, definition)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return f"{where_is} is {'not ' if operator == 'HAS_PROPERTY' else ''}null", []
    if operator in ("IN", "NOT_IN"):
        wanted = asked.get("values")
        if not isinstance(wanted, list) or not wanted:
            raise invalid(f"operator {operator} needs a list of values")
        left, values = _comparable(kind, definition, where_is, wanted)
        marks = ",".join("?" * len(values))
        return f"({where_is} is not null and {left} {'not ' if operator == 'NOT_IN' else ''}in ({marks}))", values
    if asked.get("value") in (None, ""):
        raise invalid(f"operator {operator} needs a value")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        word = "not " if operator == "NOT_CONTAINS_TOKEN" else ""
        return f"({where_is} is not null and {word}has_tokens({where_is}, ?))", [str(asked["value"])]
    if operator == "BETWEEN":
        if asked.get("highValue") in (None, ""):
            raise invalid("operator BETWEEN needs a value and a highValue")
        left, values = _comparable(kind, definition, where_is, [asked["value"], asked["highValue"]])
        return f"{left} between ? and ?", values
    left, values = _comparable(kind, definition, where_is, [asked["value"]])
    return f"{left} {_COMPARE[operator]} ?", values


def _comparable(kind: Kind, definition: Property, where_is: str, wanted: list[Any]) -> tuple[str, list[Any]]:
    """Both sides in a form that compares rightly: numbers as numbers, instants as instants, text without case."""
    try:
        if where_is == "id":
            return where_is, [int(value) for value in wanted]
        if where_is in ("created", "updated"):
            return where_is, [instants.parse(str(value)) for value in wanted]
        if definition.type == "datetime":
            return where_is, [instants.iso(instants.parse(str(value))) for value in wanted]
        if definition.type == "date":
            return where_is, [instants.iso_day(instants.parse(str(value))) for value in wanted]
        if definition.type == "number":
            return f"cast({where_is} as real)", [float(value) for value in wanted]
    except ValueError:
        raise invalid(f"{wanted} cannot be compared with {definition.name}, a {definition.type}") from None
    if definition.unique or definition.type in ("enumeration", "bool"):
        return where_is, [str(value) for value in wanted]
    return f"lower({where_is})", [str(value).lower() for value in wanted]


def _associated(portal: Portal, kind: Kind, name: str, operator: str, asked: dict[str, Any]) -> tuple[str, list[Any]]:
    target = portal.kind(name)
    mine, theirs = ("a", "b") if kind.rank > target.rank else ("b", "a")
    if operator not in ("EQ", "IN"):
        raise invalid(f"associations.{name} can be searched with EQ and IN, not with {operator}")
    wanted = asked.get("values") if operator == "IN" else [asked.get("value")]
    ids = [int(str(value)) for value in wanted or [] if str(value).isdigit()]
    in_space = [i for i in ids if i // ID_SPACE == target.rank]
    marks = ",".join("?" * len(in_space))
    return f"id in (select {mine} from links where {theirs} in ({marks}))", in_space


def has_tokens(text: str | None, wanted: str) -> bool:
    """Whether every word of ``wanted`` is a word of ``text``; ``*`` stands for any letters."""
    if text is None:
        return False
    words = _WORDS.findall(text.lower())
    patterns = [part for part in re.split(r"[^\w*]+", wanted.lower()) if part]
    return bool(patterns) and all(any(fnmatchcase(word, pattern) for word in words) for pattern in patterns)


def has_words(text: str | None, wanted: str) -> bool:
    """The free ``query``: every word of it begins some word of the text."""
    words = _WORDS.findall((text or "").lower())
    return all(any(word.startswith(part) for word in words) for part in _WORDS.findall(wanted.lower()))
