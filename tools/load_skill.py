"""Loads the body of a skill when the work needs it; the session loop reads it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from rules.action import Effect
from tools.tool import Arguments, Tool


class LoadSkill(Arguments):
    name: Annotated[str, StringConstraints(pattern=r"\A[a-z][a-z0-9-]{0,60}\Z")]


TOOL = Tool(
    name="load_skill",
    description="Load one of your skills before doing the work it is about. The list of your skills says which is for what.",
    arguments=LoadSkill,
    effect=Effect.READ,
    wants=True,
)
