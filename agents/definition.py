"""What an agent's file says: its job in words, and on top what it may use, spend and whom it serves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rules.asking import Who
from rules.budget import MICROS, TurnLimits
from skills.catalogue import wording
from skills.front_matter import FileError, read

NAME = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")
MOST_CALLS = 16
MODEL = r"^claude-[a-z]+(-[a-z0-9]+)*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=300, pattern=r"^[^\n<>]+$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model_calls: int = Field(ge=1, le=40)
    """How often the model is asked in one turn."""
    tool_calls: int = Field(ge=1, le=MOST_CALLS)
    """How many calls of tools one message may lead to."""
    output_tokens: int = Field(ge=256, le=32_000)
    """The longest single answer, thinking included."""
    tokens: int = Field(ge=1_000, le=10_000_000)
    """Read and written in one turn, by the agent and those it asks."""
    cost_usd: Annotated[float, Field(gt=0, le=100, strict=False)]
    seconds: int = Field(ge=5, le=900)


class _Top(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    description: Line
    model: Annotated[str, StringConstraints(max_length=60, pattern=MODEL)]
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None
    tools: list[Short] = Field(max_length=60)
    skills: list[Short] = Field(max_length=30)
    mcp: list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]] = Field(max_length=10)
    limits: _Limits
    who: Who
    outcome: Line


@dataclass(frozen=True)
class Definition:
    """One agent, checked. ``digest`` is of its file, ``body`` its job."""

    name: str
    description: str
    model: str
    effort: str | None
    tools: tuple[str, ...]
    skills: tuple[str, ...]
    mcp: tuple[str, ...]
    """The MCP servers whose tools it gets besides."""
    limits: TurnLimits
    tool_calls: int
    output_tokens: int
    who: Who
    outcome: str
    body: str
    digest: str


def load(folder: Path, tools: Collection[str], skills: Collection[str]) -> dict[str, Definition]:
    """Every NAME.md of ``folder``. Raises ``FileError`` for the first that can't be used, with the fix."""
    return {file.stem: one(file, tools, skills) for file in sorted(folder.glob("*.md"))}


def one(file: Path, tools: Collection[str], skills: Collection[str]) -> Definition:
    called = f"agents/{file.name}"
    if not NAME.match(file.stem):
        raise FileError(called, "has a name that nobody can type", "Use small letters, digits and _: agents/prices.md.")
    top, body = read(file, called)
    try:
        told = _Top.model_validate(top)
    except ValidationError as wrong:
        raise FileError(called, *wording(wrong)) from None
    _known(called, "tools", told.tools, tools)
    _known(called, "skills", told.skills, skills)
    _known(called, "mcp", told.mcp, told.mcp)
    limits = told.limits
    return Definition(
        name=file.stem,
        description=told.description,
        model=told.model,
        effort=told.effort,
        tools=tuple(told.tools),
        skills=tuple(told.skills),
        mcp=tuple(told.mcp),
        limits=TurnLimits(
            limits.model_calls, limits.tokens, int(Decimal(str(limits.cost_usd)) * MICROS), limits.seconds
        ),
        tool_calls=limits.tool_calls,
        output_tokens=limits.output_tokens,
        who=told.who,
        outcome=told.outcome,
        body=body,
        digest=hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def _known(called: str, what: str, named: list[str], known: Collection[str]) -> None:
    for name in named:
        if named.count(name) > 1:
            raise FileError(called, f"names {name!r} twice in `{what}`", "Remove one of them.")
        if name not in known:
            raise FileError(
                called, f"names {name!r} in `{what}`, and there is none", f"There are: {', '.join(sorted(known))}."
            )


def check_servers(written: Mapping[str, Definition], servers: Collection[str]) -> None:
    """Every MCP server that an agent names is set up. Raises ``FileError``."""
    for name, agent in written.items():
        for server in agent.mcp:
            if server not in servers:
                there = f"there are: {', '.join(sorted(servers))}" if servers else "none is set up"
                raise FileError(
                    f"agents/{name}.md",
                    f"names the MCP server {server!r}, and {there}",
                    "Set it up in the file that DAYBOOK_MCP_FILE names, or leave it at `mcp: []`.",
                )


def check_names(written: Mapping[str, Definition], modules: Collection[str]) -> None:
    """No two agents of one name. Raises ``FileError``."""
    for name in written:
        if name in modules:
            raise FileError(
                f"agents/{name}.md", f"has the name of agents/{name}.py", "Two agents can't share one; rename it."
            )
