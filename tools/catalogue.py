"""Finds the tools: each module of this folder with a ``TOOL``, by its name. A write without a plan doesn't start."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

import tools
from rules.action import Effect
from systems.connect import Systems
from systems.servers import PREFIX
from tools import outside
from tools.tool import Tool


class ToolError(Exception):
    """A tool is not as it must be; the message names its file and what to change."""


@cache
def all_tools() -> dict[str, Tool]:
    """Every tool by name. Raises ``ToolError`` for a wrong name or a tool that could write by itself."""
    found: dict[str, Tool] = {}
    for module in pkgutil.iter_modules(tools.__path__):
        tool = getattr(importlib.import_module(f"tools.{module.name}"), "TOOL", None)
        if tool is None:
            continue
        where = f"tools/{module.name}.py"
        if not isinstance(tool, Tool) or tool.name != module.name:
            raise ToolError(f"{where}: the tool must be a Tool named like its file, {module.name!r}")
        if tool.name.startswith(f"{PREFIX}_"):
            raise ToolError(f"{where}: names that begin with {PREFIX}_ are those of MCP servers' tools")
        if sum((tool.look is not None or tool.wants, tool.plan is not None)) != 1:
            raise ToolError(f"{where}: give it exactly one of look, plan and wants (or look and wants together)")
        if tool.effect is not Effect.READ and tool.plan is None:
            raise ToolError(f"{where}: a tool that changes something must answer a plan for the guard to judge")
        if tool.effect is not Effect.READ and "quote" not in tool.arguments.model_fields:
            raise ToolError(f"{where}: a tool that changes something must take the quote it comes from")
        if tool.arguments.model_config.get("extra") != "forbid":
            raise ToolError(f"{where}: its arguments must refuse what they don't know (extra='forbid')")
        found[tool.name] = tool
    return found


def named(systems: Systems, name: str) -> Tool | None:
    """The tool an agent means: one of ours, or of a server that was set up."""
    return all_tools().get(name) or outside.named(systems, name)


def names(systems: Systems) -> frozenset[str]:
    """Of every tool there is, ours and the servers'."""
    return frozenset(all_tools()) | outside.names(systems)


@cache
def schema(name: str) -> dict[str, Any]:
    """The tool as a model is told of it: ``{"name", "description", "input_schema"}``, the same bytes each time."""
    tool = all_tools()[name]
    shape = _plain(tool.arguments.model_json_schema())
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": {
            "type": "object",
            "properties": shape.get("properties", {}),
            "required": shape.get("required", []),
            "additionalProperties": False,
        },
    }


def _plain(node: Any) -> Any:
    """Without titles, and without patterns in Python's own dialect: the model needs neither, and we check anyway."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "pattern" and not _is_title(key, value)}
    return [_plain(one) for one in node] if isinstance(node, list) else node


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)
