"""The one reviewed file of the rules' numbers, read: nothing unknown, nothing missing, nothing out of bounds."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rules.budget import Budgets
from rules.policy import (
    MOST,
    Authority,
    Caps,
    Contact,
    Escalation,
    Limits,
    Policy,
    PolicyError,
    Routines,
    Tier,
    Weights,
)

SECTIONS = {
    "version", "list", "weights", "limits", "caps", "tiers", "unknown_tier", "marks", "not_reached", "authority",
    "budgets", "contact", "routines", "escalation",
}  # fmt: skip
GROWING = ("authority", "budgets", "escalation")
"""Sections whose later entries a policy that was kept before them gets from today's file."""


def parse_kept(text: str, today: str) -> Policy:
    """A policy as it was kept under its version. Sections that came later are today's, and so are later numbers of what
    Daybook may do and of whom it tells: they moved no account then."""
    return parse(text, tomllib.loads(today))


def parse(text: str, later: Mapping[str, Any] | None = None) -> Policy:
    """The policy in a TOML text. Raises ``PolicyError`` on any unknown, missing or impossible entry.

    ``later`` fills in what the text does not have: whole sections, and entries of ``GROWING`` ones; its version stays
    the text's own.
    """
    try:
        doc = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError("the file", f"is not valid TOML ({error})", "Mend the line it names.") from error
    digest = _digest(doc)
    if later is not None:
        grown = {name: {**later[name], **doc.get(name, {})} for name in GROWING}
        doc = {**later, **doc, **grown}
    _only(doc, "", SECTIONS)
    listing = _table(doc, "list", {"length", "minimum_points", "currency"})
    unknown = _table(doc, "unknown_tier", {"percent", "quiet_days"})
    marks = _table(doc, "marks", {"handled_days"})
    return Policy(
        version=f"{_words(doc, 'version', 40)}+{digest}",
        length=_number(listing, "list.length", 1, 20),
        minimum_points=_number(listing, "list.minimum_points", 1),
        currency=_words(listing, "list.currency", 5),
        weights=Weights(**_numbers(doc, "weights", Weights, least=0)),
        limits=Limits(**_numbers(doc, "limits", Limits, least=0)),
        caps=Caps(**_numbers(doc, "caps", Caps, least=1)),
        tiers=_tiers(doc),
        unknown_tier=Tier(
            "not known",
            None,
            _number(unknown, "unknown_tier.percent", 1, 1_000),
            _number(unknown, "unknown_tier.quiet_days", 1),
        ),
        handled_days=_number(marks, "marks.handled_days", 1),
        not_reached=_outcomes(doc),
        authority=_authority(doc),
        contact=_contact(doc),
        budgets=Budgets(**_amounts(doc, "budgets", Budgets)),
        routines=Routines(**_numbers(doc, "routines", Routines, least=1)),
        escalation=_escalation(doc),
    )


def _digest(doc: dict[str, Any]) -> str:
    """Eight hex digits of the content; comments, spacing and the order of keys do not matter."""
    canonical = json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def _only(table: dict[str, Any], where: str, known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise PolicyError(f"{where}{key}", "is not known", f"Known here: {', '.join(sorted(known))}.")
    for key in sorted(known):
        if key not in table:
            raise PolicyError(f"{where}{key}", "is missing", "Add it; nothing here has a hidden default.")


def _table(doc: dict[str, Any], name: str, known: set[str]) -> dict[str, Any]:
    table = doc[name]
    if not isinstance(table, dict):
        raise PolicyError(name, "must be a table", f"Write it as [{name}] with its keys below.")
    _only(table, f"{name}.", known)
    return table


def _number(table: dict[str, Any], key: str, least: int, most: int = MOST) -> int:
    number = table[key.rpartition(".")[2]]
    if type(number) is not int or not least <= number <= most:  # a bool is an int to isinstance
        raise PolicyError(key, f"is {number!r}", f"Give a whole number from {least} to {most}.")
    return number


def _numbers(doc: dict[str, Any], name: str, shape: type, least: int) -> dict[str, int]:
    known = [field.name for field in fields(shape)]
    table = _table(doc, name, set(known))
    return {key: _number(table, f"{name}.{key}", least, 10_000) for key in known}


def _amounts(doc: dict[str, Any], name: str, shape: type) -> dict[str, int]:
    known = [field.name for field in fields(shape)]
    table = _table(doc, name, set(known))
    return {key: _number(table, f"{name}.{key}", 0, 10**12) for key in known}


def _words(table: dict[str, Any], key: str, longest: int) -> str:
    words = table[key.rpartition(".")[2]]
    if not isinstance(words, str) or not 0 < len(words) <= longest or not words.isprintable():
        raise PolicyError(key, f"is {words!r}", f"Give a short text in quotes, at most {longest} characters.")
    return words


def _tiers(doc: dict[str, Any]) -> tuple[Tier, ...]:
    rows = doc["tiers"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise PolicyError("tiers", "must be tables", "Write [[tiers]] with name, from, percent and quiet_days.")
    tiers: list[Tier] = []
    for at, row in enumerate(rows, start=1):
        where = f"tiers[{at}]."
        _only(row, where, {"name", "from", "percent", "quiet_days"})
        tiers.append(
            Tier(
                _words(row, f"{where}name", 20),
                _number(row, f"{where}from", 0, 10**12) * 100,
                _number(row, f"{where}percent", 1, 1_000),
                _number(row, f"{where}quiet_days", 1),
            )
        )
    bounds = [tier.from_cents or 0 for tier in tiers]
    if bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
        raise PolicyError("tiers", "are not in order", "Put the highest `from` first and end with `from = 0`.")
    if len({tier.name for tier in tiers}) < len(tiers):
        raise PolicyError("tiers", "have two of the same name", "Give each tier its own name.")
    return tuple(tiers)


def _outcomes(doc: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    table = doc["not_reached"]
    if not isinstance(table, dict) or not table:
        raise PolicyError("not_reached", "is empty", 'List HubSpot\'s call outcomes as "id" = "words".')
    return tuple((key, _words({"words": table[key]}, f"not_reached.{key}.words", 40)) for key in table)


def _authority(doc: dict[str, Any]) -> Authority:
    names = [field.name for field in fields(Authority)]
    table = _table(doc, "authority", set(names))
    numbers = {name: _number(table, f"authority.{name}", 1, 10**9) for name in names if name != "fields"}
    rows = table["fields"]
    if not isinstance(rows, dict) or not rows:
        raise PolicyError("authority.fields", "is empty", 'List properties by kind: deals = ["amount"].')
    allowed: dict[str, tuple[str, ...]] = {}
    for kind, properties in rows.items():
        if not isinstance(properties, list) or not properties:
            raise PolicyError(f"authority.fields.{kind}", "must be a list", 'Write it as ["amount", "closedate"].')
        allowed[kind] = _names(rows, f"authority.fields.{kind}")
    return Authority(**numbers, fields=allowed)


def _contact(doc: dict[str, Any]) -> Contact:
    table = _table(doc, "contact", {field.name for field in fields(Contact)})
    earliest = _number(table, "contact.earliest_hour", 0, 23)
    latest = _number(table, "contact.latest_hour", 1, 24)
    if latest <= earliest:
        raise PolicyError("contact.latest_hour", f"is {latest}", "Give an hour after contact.earliest_hour.")
    refusals = _names(table, "contact.do_not_contact")
    if not refusals:
        raise PolicyError("contact.do_not_contact", "is empty", 'Name HubSpot\'s property: ["hs_email_optout"].')
    zone = _words(table, "contact.zone_property", 100)
    return Contact(earliest, latest, refusals, zone, _names(table, "contact.hosts"))


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    rows = table[key.rpartition(".")[2]]
    if not isinstance(rows, list):
        raise PolicyError(key, "must be a list", 'Write it as ["one", "another"].')
    return tuple(_words({"name": one}, f"{key}.name", 100) for one in rows)


_MOST_IN_ONE_MESSAGE = 20
"""Two blocks an alert and head and foot: Slack takes 50 blocks a message."""


def _escalation(doc: dict[str, Any]) -> Escalation:
    names = [field.name for field in fields(Escalation)]
    table = _table(doc, "escalation", set(names))
    words = ("large_tiers", "worth_tiers", "unhappy_calls")
    most = {"hours_from": 23, "hours_to": 24, "levels": 9, "digest_most": _MOST_IN_ONE_MESSAGE}
    numbers: dict[str, Any] = {
        name: _number(table, f"escalation.{name}", 0 if name == "hours_from" else 1, most.get(name, 10_000))
        for name in names
        if name not in words
    }
    if numbers["hours_from"] >= numbers["hours_to"]:
        raise PolicyError("escalation.hours_to", "is not after hours_from", "Give the hour at which the day ends.")
    known = {tier.name for tier in _tiers(doc)}
    tiers: dict[str, Any] = {}
    for name in ("large_tiers", "worth_tiers"):
        given = table[name]
        if not isinstance(given, list) or not given or not all(one in known for one in given):
            raise PolicyError(f"escalation.{name}", f"is {given!r}", f"List tiers of this file: {sorted(known)}.")
        tiers[name] = tuple(given)
    if not set(tiers["large_tiers"]) <= set(tiers["worth_tiers"]):
        raise PolicyError("escalation.worth_tiers", "lack a large tier", "Large accounts are worth a word as well.")
    unhappy = table["unhappy_calls"]
    if not isinstance(unhappy, dict):
        raise PolicyError("escalation.unhappy_calls", "must be a table", 'List call outcomes as "id" = "words".')
    said = {key: _words({"words": unhappy[key]}, f"escalation.unhappy_calls.{key}.words", 40) for key in unhappy}
    return Escalation(**numbers, **tiers, unhappy_calls=tuple(said.items()))
