"""Facts read out of somebody's words: which kinds there are, and what of an answer is believed. Never a free text.

Whoever wrote the words may have written them for the model that reads them. So only values of a closed kind come back,
each checked against what the CRM knows of that account; what doesn't hold is dropped, and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter, ValidationError

Kind = Literal["yes_no", "date", "amount", "count", "choice", "sentiment", "contact", "email", "deal", "ticket"]
Value = bool | int | str | None

SENTIMENTS = ("very_negative", "negative", "neutral", "positive", "very_positive")
FURTHEST_DAYS = 5 * 366
MOST_COUNT = 100_000


class Wanted(BaseModel):
    """One fact that is asked for: its name in the answer, its kind, and the question it answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    question: str
    options: tuple[str, ...] = ()
    """What a ``choice`` may be."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the CRM has of the account: ids with the words by which a text may mean them."""

    contacts: Mapping[str, str] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    """E-mail address in small letters -> contact id."""
    deals: Mapping[str, str] = field(default_factory=dict)
    tickets: Mapping[str, str] = field(default_factory=dict)

    def choices(self, kind: Kind) -> tuple[str, ...]:
        """The values that a fact of this kind can have at all; () where the kind itself says it."""
        sets: dict[str, Mapping[str, str]] = {
            "contact": self.contacts, "email": self.emails, "deal": self.deals, "ticket": self.tickets,
        }  # fmt: skip
        return tuple(sets.get(kind, ()))


def schema(wanted: Sequence[Wanted], known: Known) -> dict[str, Any]:
    """The JSON schema of an answer: each fact by its name, or null when the text doesn't say."""
    return {
        "type": "object",
        "properties": {one.name: _schema(one, known) for one in wanted},
        "required": [one.name for one in wanted],
        "additionalProperties": False,
    }


def _schema(one: Wanted, known: Known) -> dict[str, Any]:
    null = {"type": "null"}
    plain: dict[str, dict[str, Any]] = {
        "yes_no": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "amount": {"type": "number"},
        "count": {"type": "integer"},
    }
    if one.kind in plain:
        return {"anyOf": [plain[one.kind], null]}
    choices = _choices(one, known)
    return {"anyOf": [{"type": "string", "enum": list(choices)}, null]} if choices else null


def _choices(one: Wanted, known: Known) -> tuple[str, ...]:
    if one.kind == "choice":
        return one.options
    return SENTIMENTS if one.kind == "sentiment" else known.choices(one.kind)


def verified(
    wanted: Sequence[Wanted], known: Known, answer: Any, today: date, amount_most: int
) -> tuple[dict[str, Value], dict[str, str]]:
    """(facts by name, why a fact was dropped by name) of an answer's JSON; amounts are cents. Nothing else is kept."""
    told = answer if isinstance(answer, dict) else {}
    facts: dict[str, Value] = {}
    dropped: dict[str, str] = {}
    for one in wanted:
        said = told.get(one.name)
        if said is None:
            facts[one.name] = None
            continue
        try:
            facts[one.name] = _value(one, known, said, today, amount_most)
        except (_Unbelieved, ValidationError) as wrong:
            facts[one.name] = None
            dropped[one.name] = str(wrong) if isinstance(wrong, _Unbelieved) else f"what came was no {one.kind}"
    return facts, dropped


class _Unbelieved(Exception):
    """Why a value isn't believed; names kinds and bounds, never the value."""


_BOOL: TypeAdapter[bool] = TypeAdapter(StrictBool)
_INT: TypeAdapter[int] = TypeAdapter(StrictInt)
_NUMBER: TypeAdapter[float] = TypeAdapter(StrictInt | StrictFloat)
_TEXT: TypeAdapter[str] = TypeAdapter(StrictStr)


def _value(one: Wanted, known: Known, said: Any, today: date, amount_most: int) -> Value:
    match one.kind:
        case "yes_no":
            return _BOOL.validate_python(said)
        case "date":
            return _day(_TEXT.validate_python(said), today)
        case "amount":
            amount = _NUMBER.validate_python(said)
            if not isfinite(amount) or not 0 <= amount <= amount_most:
                raise _Unbelieved(f"an amount is from 0 to {amount_most:,}")
            return round(amount * 100)
        case "count":
            count = _INT.validate_python(said)
            if not 0 <= count <= MOST_COUNT:
                raise _Unbelieved(f"a count is from 0 to {MOST_COUNT:,}")
            return count
        case "email":
            address = _TEXT.validate_python(said).casefold()
            if address not in known.emails:
                raise _Unbelieved("no contact of that account has that address")
            return address
        case _:
            text = _TEXT.validate_python(said)
            if text not in _choices(one, known):
                raise _Unbelieved(_NOT_THERE.get(one.kind, "it is none of the options"))
            return text


_NOT_THERE = {
    "contact": "that account has no such contact",
    "deal": "that account has no such deal",
    "ticket": "that account has no such ticket",
}


def _day(said: str, today: date) -> str:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise _Unbelieved("what came was no date") from None
    if day.isoformat() != said or abs((day - today).days) > FURTHEST_DAYS:
        raise _Unbelieved("a date is within five years of today")
    return day.isoformat()
