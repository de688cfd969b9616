"""Loads the body of a skill when the work needs it; the session loop reads it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from rules.action import Effect
from tools.tool import Arguments, Tool


class LoadSkill(Arguments):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,60}$")]


TOOL = Tool(
    name="load_skill",
    description="Load one of your skills before doing the work it is about; the list of your skills says which.",
    arguments=LoadSkill,
    effect=Effect.READ,
    wants=True,
)
