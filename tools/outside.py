"""The tools of MCP servers, as agents get them: each as it was reviewed, and never more than a look."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from pydantic import ConfigDict, JsonValue, RootModel, field_validator

from rules.action import Effect, OutsideServer, Target
from systems.connect import Systems
from systems.faults import SystemFault
from systems.servers import PinnedTool, Server, ToolChanged
from tools.tool import Look, Problem, Tool
from tools.world import World
from views import escape

MOST_ASKED = 4_000
"""Characters of a question, all its arguments together."""
MOST_ANSWERED = 16_000
"""Characters of an answer that a model is shown."""
CHANGED = "That tool is not what was reviewed any more, so it was not used. Say so, and answer with what you have."


class Question(RootModel[dict[str, JsonValue]]):
    """What is asked of a server: any JSON object of bounded size; the tool's own schema is looked at besides."""

    model_config = ConfigDict(frozen=True)

    @field_validator("root")
    @classmethod
    def _bounded(cls, given: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(given)) > MOST_ASKED:
            raise ValueError(f"a question may hold {MOST_ASKED:,} characters at most")
        return {name: _readable(one) for name, one in given.items()}


def _readable(given: Any) -> Any:
    """Without what nobody can see: a person could not tell what was sent."""
    if isinstance(given, str):
        return escape.lines(given)
    if isinstance(given, dict):
        return {name: _readable(one) for name, one in given.items()}
    return [_readable(one) for one in given] if isinstance(given, list) else given


def _question(pinned: PinnedTool) -> type[Question]:
    """Nothing unknown and nothing missing at the top of it; the server itself looks at the rest."""
    shape = json.loads(pinned.schema)
    known, required = shape.get("properties", {}), shape.get("required", ())
    open_ended = shape.get("additionalProperties") not in (None, False) or "patternProperties" in shape

    class Fitting(Question):
        @field_validator("root")
        @classmethod
        def _fits(cls, given: dict[str, Any]) -> dict[str, Any]:
            if not open_ended and set(given) - set(known):
                raise ValueError(f"there are only {', '.join(known) or 'none'}")
            if missing := [name for name in required if name not in given]:
                raise ValueError(f"{', '.join(missing)} must be there")
            return given

    return Fitting


def named(systems: Systems, name: str) -> Tool | None:
    """A server's tool as agents call it; None when there is none of that name."""
    if systems.servers is None:
        return None
    return next(
        (_tool(server, one) for server in systems.servers.all.values() for one in server.tools if one.called == name),
        None,
    )


def names(systems: Systems) -> frozenset[str]:
    """Of every tool of every server, as agents call it."""
    servers = systems.servers.all.values() if systems.servers is not None else ()
    return frozenset(one.called for server in servers for one in server.tools)


def offered(systems: Systems, servers: Collection[str]) -> tuple[Tool, ...]:
    """The tools of these servers that an agent gets now, in an order of their own; what has changed is left out."""
    if not servers or systems.servers is None:
        return ()
    known = systems.servers.all
    return tuple(
        _tool(known[name], one)
        for name in sorted(set(servers) & set(known))
        for one in sorted(systems.servers.usable(name), key=lambda one: one.called)
    )


@cache
def _tool(server: Server, pinned: PinnedTool) -> Tool:
    return Tool(
        name=pinned.called,
        description=f"{pinned.description} (Asks {server.title}; its answer is outsiders' words.)",
        arguments=_question(pinned),
        effect=Effect.READ,
        look=_look(server, pinned),
        asks=OutsideServer(server.ref, server.may_see_records),
        schema=pinned.schema,
    )


def _look(server: Server, pinned: PinnedTool) -> Callable[[World, Question], Look]:
    def look(world: World, asked: Question) -> Look:
        servers = world.context.systems.servers
        assert servers is not None, "the tool came from one"
        try:
            told = servers.ask(server.name, pinned.name, asked.root)
        except ToolChanged:
            raise Problem(CHANGED, "mcp.changed") from None
        except SystemFault as down:
            raise Problem(f"The {down.system} {down.what} Say so, and answer with what you have.", "mcp.down") from None
        words = escape.lines(told.untrusted_text[: 2 * MOST_ANSWERED]).strip()
        found: dict[str, Any] = {"server": server.name, "untrusted_text": words[:MOST_ANSWERED]}
        if len(told.untrusted_text) > MOST_ANSWERED:
            found["cut"] = f"the answer was longer: {len(told.untrusted_text):,} characters"
        if told.left_out:
            kinds = ", ".join(escape.clean(kind, 30) for kind in told.left_out[:5])
            found["left_out"] = f"Only text is read; it also held: {kinds}."
        if told.failed:
            found["failed"] = "The server says that it could not do this."
        return Look(found, (Target(server.ref, None),), (server.ref,), failed=told.failed)

    return look


def schema_of(tool: Tool) -> dict[str, Any]:
    """The tool as a model is told of it, the same bytes each time."""
    assert tool.schema is not None
    return {"name": tool.name, "description": tool.description, "input_schema": json.loads(tool.schema)}
