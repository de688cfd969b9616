"""The file in which people's owner, manager, team, time zone and list time are set by hand.

[people."wren@example.com"]          # Slack e-mail or Slack user id
owner = "wren.sales@example.com"     # HubSpot owner's e-mail or id
manager = "juno@example.com"         # Slack e-mail or Slack user id; "" for nobody
team = "Americas"
tz = "America/New_York"
list_at = "08:30"
exclude = true                       # no list, and no report that there is none

[teams."Americas"]                   # HubSpot team's name
manager = "juno@example.com"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class PeopleFileError(Exception):
    """The people file cannot be used; the message names the file, the line or key, and what is expected."""


@dataclass(frozen=True)
class Override:
    """What the file says of one person. None: nothing said."""

    owner: str | None = None
    manager: str | None = None
    team: str | None = None
    tz: str | None = None
    list_at: str | None = None
    exclude: bool = False


@dataclass(frozen=True)
class Overrides:
    """The whole file. Keys of ``people`` are lower-cased e-mails or Slack ids; of ``managers`` team names."""

    people: Mapping[str, Override] = field(default_factory=dict)
    managers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


def read_overrides(path: str | None) -> Overrides:
    """Read the file; nothing set when ``path`` is None. Raises ``PeopleFileError``."""
    if path is None:
        return Overrides()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise PeopleFileError(f"{path} (DAYBOOK_PEOPLE_FILE) can't be read: {unreadable}") from None
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise PeopleFileError(f"{path}: not TOML: {wrong}") from None
    place = _Places(path, text)
    for key in told:
        if key not in ("people", "teams"):
            raise place.error(key, key, "only the tables [people.…] and [teams.…] are known")
    people: dict[str, Override] = {}
    for name, said in _tables(told, "people", place):
        override = Override(**{key: _value(name, key, value, place) for key, value in said.items()})
        if _key(name) in people:
            raise place.error(name, name, "named twice (e-mails are compared without case)")
        people[_key(name)] = override
    managers: dict[str, str] = {}
    for name, said in _tables(told, "teams", place):
        if set(said) != {"manager"} or not isinstance(said["manager"], str):
            raise place.error(name, f"teams.{name}", 'a team holds exactly one key, manager = "e-mail or Slack id"')
        managers[name] = said["manager"]
    return Overrides(people, managers, path)


class _Places:
    """Finds the line of a key, so that an error points at it."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.lines = path, text.splitlines()

    def error(self, needle: str, what: str, why: str, after: str | None = None) -> PeopleFileError:
        start = 0
        if after is not None:
            start = next((n for n, line in enumerate(self.lines) if after in line), 0)
        line = next((n for n, line in enumerate(self.lines[start:], start + 1) if needle in line), start + 1)
        return PeopleFileError(f"{self.path}, line {line}: {what}: {why}.")


def _tables(told: Mapping[str, Any], name: str, place: _Places) -> list[tuple[str, dict[str, Any]]]:
    held = told.get(name, {})
    if not isinstance(held, dict):
        raise place.error(name, name, f'must be tables such as [{name}."…"]')
    for key, said in held.items():
        if not isinstance(said, dict):
            raise place.error(key, f"{name}.{key}", f'must be a table: [{name}."{key}"]')
    return list(held.items())


def _value(person: str, key: str, value: Any, place: _Places) -> Any:
    what = f"people.{person}.{key}"
    if key not in Override.__dataclass_fields__:
        known = ", ".join(Override.__dataclass_fields__)
        raise place.error(key, what, f"unknown key; known are {known}", after=person)
    if key == "exclude":
        if not isinstance(value, bool):
            raise place.error(key, what, "must be true or false", after=person)
        return value
    if not isinstance(value, str):
        raise place.error(key, what, "must be a text in quotes", after=person)
    if key == "tz":
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise place.error(key, what, f"{value!r} is not a time zone such as Europe/London", after=person) from None
    if key == "list_at" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise place.error(key, what, "must be a time such as 08:30", after=person)
    return value


def _key(name: str) -> str:
    return name.strip().lower() if "@" in name else name.strip()
