"""Finds the skills: each folder with a SKILL.md, by its name; the text is handed out when an agent asks for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from skills.front_matter import FileError, read

FOLDER = Path(__file__).resolve().parent
NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=400, pattern=r"^[^\n<>]+$")]


class _Top(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(max_length=64, pattern=NAME)]
    description: Words


@dataclass(frozen=True)
class Skill:
    """One skill. ``description`` says when it is needed; ``body`` is the text itself."""

    name: str
    description: str
    body: str
    digest: str


@cache
def all_skills() -> dict[str, Skill]:
    """Every skill that ships, by name. Raises ``FileError``."""
    return load(FOLDER)


def load(folder: Path) -> dict[str, Skill]:
    """The skills of a folder: NAME/SKILL.md each. Raises ``FileError`` with the file and what to do."""
    found: dict[str, Skill] = {}
    for place in sorted(folder.iterdir()):
        if not place.is_dir() or place.name.startswith(("_", ".")):
            continue
        called = f"skills/{place.name}/SKILL.md"
        if not (place / "SKILL.md").is_file():
            raise FileError(called, "is missing", "Write it, or remove the folder.")
        top, body = read(place / "SKILL.md", called)
        try:
            told = _Top.model_validate(top)
        except ValidationError as wrong:
            raise FileError(called, *wording(wrong)) from None
        if told.name != place.name:
            raise FileError(called, f"is named {told.name!r}", "Its `name` must be its folder's.")
        digest = hashlib.sha256((place / "SKILL.md").read_bytes()).hexdigest()
        found[told.name] = Skill(told.name, told.description, body, digest)
    return found


def wording(wrong: ValidationError) -> tuple[str, str]:
    """(problem, remedy) of the first thing that pydantic found wrong, without what was given."""
    first = wrong.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the front matter"
    if first["type"] == "extra_forbidden":
        return f"has an entry {where!r} that is not known", "Remove it, or correct its spelling."
    if first["type"] == "missing":
        return f"lacks {where!r}", "Add it; nothing here has a hidden default."
    return f"has a wrong {where!r}: {first['msg']}", "Correct it."
