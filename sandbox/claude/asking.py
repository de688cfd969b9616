"""What a request may ask: its settings, its tools and its marks, refused as Anthropic refuses them."""

from __future__ import annotations

import re
from typing import Any

from sandbox.claude.caching import MOST_BREAKPOINTS, breakpoints
from sandbox.claude.errors import ClaudeError, invalid
from sandbox.claude.models import EFFORTS, Model
from sandbox.claude.prefix import Place

_COMMON = {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"}
_ASKING = _COMMON | {
    "max_tokens", "container", "diagnostics", "inference_geo", "metadata", "service_tier", "speed", "stop_sequences",
    "stream", "user_profile_id", "workspace_id",
}  # fmt: skip
_GONE = ("temperature", "top_p", "top_k")
_BETA = ("mcp_servers", "context_management", "compaction", "thread", "fallbacks", "fallback_credit_token", "betas")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_TOOL_KEYS = {
    "name", "description", "input_schema", "strict", "input_examples", "defer_loading", "allowed_callers",
    "cache_control", "eager_input_streaming", "type",
}  # fmt: skip
_CHOICES = {"auto", "any", "tool", "none"}


def check_settings(model: Model, body: dict[str, Any], *, counting: bool) -> None:
    """400 for a setting that does not exist, has the wrong type, or that this model does not take."""
    _check_names(body, _COMMON if counting else _ASKING)
    if not counting:
        if "max_tokens" not in body:
            raise ClaudeError(400, "max_tokens: Field required")
        _check_whole(body["max_tokens"], "max_tokens", 0)
        if body["max_tokens"] > model.max_tokens:
            most = f"{body['max_tokens']} > {model.max_tokens}, which is the maximum allowed number of output tokens"
            raise invalid("max_tokens", f"{most} for {model.id}")
    if not isinstance(body.get("stream", False), bool):
        raise invalid("stream", "Input should be a valid boolean")
    stops = body.get("stop_sequences") or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise invalid("stop_sequences", "Input should be a valid list of strings")
    if not all(stop.strip() for stop in stops):
        raise invalid("stop_sequences", "each stop sequence must contain non-whitespace")
    if body.get("service_tier") not in (None, "auto", "standard_only"):
        raise invalid("service_tier", "Input should be 'auto' or 'standard_only'")
    _check_thinking(model, body.get("thinking"))
    _check_output(body.get("output_config"))
    check_tools(model, body)


def _check_names(body: dict[str, Any], known: set[str]) -> None:
    for name in body:
        if name in _GONE:
            raise invalid(name, "sampling parameters are no longer supported. Remove it.")
        if name in _BETA:
            raise invalid(name, "Extra inputs are not permitted without the `anthropic-beta` header that allows it")
        if name not in known:
            raise invalid(name, "Extra inputs are not permitted")
    if "messages" not in body:
        raise ClaudeError(400, "messages: Field required")


def _check_whole(value: object, where: str, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(where, "Input should be a valid integer")
    if value < least:
        raise invalid(where, f"Input should be greater than or equal to {least}")


def _check_thinking(model: Model, thinking: Any) -> None:
    if thinking is None:
        return
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in ("adaptive", "between_tools", "disabled", "enabled"):
        raise invalid("thinking.type", "Input should be 'adaptive', 'between_tools', 'disabled' or 'enabled'")
    if kind not in model.thinking:
        instead = " or ".join(f'"{known}"' for known in model.thinking)
        raise invalid(f"thinking.type.{kind}", f'"{kind}" is not supported by {model.id}. Use {instead}.')
    extra = set(thinking) - ({"type", "display"} if kind == "adaptive" else {"type"})
    if extra:
        raise invalid(f"thinking.{kind}.{min(extra)}", "Extra inputs are not permitted")
    if thinking.get("display") not in (None, "summarized", "omitted"):
        raise invalid("thinking.adaptive.display", "Input should be 'summarized' or 'omitted'")


def _check_output(config: Any) -> None:
    if config is None:
        return
    if not isinstance(config, dict) or set(config) - {"effort", "format"}:
        raise invalid("output_config", "Extra inputs are not permitted")
    if config.get("effort") not in (None, *EFFORTS):
        raise invalid("output_config.effort", f"Input should be one of {', '.join(EFFORTS)}")
    asked = config.get("format")
    if asked is None:
        return
    if not isinstance(asked, dict) or asked.get("type") != "json_schema" or not isinstance(asked.get("schema"), dict):
        raise invalid("output_config.format", "a json_schema format needs a schema")
    _check_closed("output_config.format.schema", asked["schema"])


def _check_closed(where: str, schema: dict[str, Any]) -> None:
    """What is guaranteed must be said: every object names all it may hold."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(where, "For 'object' type, 'additionalProperties' must be explicitly set to false")
    for name, inner in (schema.get("properties") or {}).items():
        if isinstance(inner, dict):
            _check_closed(f"{where}.properties.{name}", inner)


def check_tools(model: Model, body: dict[str, Any]) -> None:
    """Names, schemas, and whether a tool may be forced."""
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        raise invalid("tools", "Input should be a valid list")
    names: set[str] = set()
    for n, tool in enumerate(tools or []):
        names.add(_tool_name(n, tool))
    if len(names) < len(tools or []):
        raise ClaudeError(400, "tools: Tool names must be unique.")
    choice = body.get("tool_choice")
    if choice is None:
        return
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind not in _CHOICES:
        raise invalid("tool_choice", "Input tag should be one of 'auto', 'any', 'tool', 'none'")
    if not names:
        raise ClaudeError(400, "tool_choice may only be specified while providing tools.")
    if kind in ("any", "tool") and not model.forced_tools:
        raise invalid("tool_choice", f'type "{kind}" forces tool use, which {model.id} does not support. Use "auto".')
    if kind == "tool" and choice.get("name") not in names:
        raise invalid("tool_choice", f"Tool '{choice.get('name')}' not found in provided tools")


def _tool_name(n: int, tool: Any) -> str:
    if not isinstance(tool, dict):
        raise invalid(f"tools.{n}", "Input should be a valid dictionary")
    if tool.get("type", "custom") not in (None, "custom"):
        raise invalid(f"tools.{n}", f"the sandbox has no server tool of type '{tool['type']}'")
    for extra in set(tool) - _TOOL_KEYS:
        raise invalid(f"tools.{n}.custom.{extra}", "Extra inputs are not permitted")
    name = tool.get("name")
    if not isinstance(name, str):
        raise invalid(f"tools.{n}.custom.name", "Field required")
    if not _TOOL_NAME.fullmatch(name):
        raise invalid(f"tools.{n}.custom.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
    schema = tool.get("input_schema")
    if not isinstance(schema, dict):
        raise invalid(f"tools.{n}.custom.input_schema", "Field required")
    if schema.get("type") != "object":
        raise invalid(f"tools.{n}.custom.input_schema.type", "Input should be 'object'")
    if tool.get("strict"):
        _check_closed(f"tools.{n}.custom.input_schema", schema)
    return name


def check_marks(body: dict[str, Any], line: list[Place]) -> None:
    """At most four breakpoints, on blocks that can be cached, the long-lived first."""
    marks = [body["cache_control"]] if body.get("cache_control") else []
    marks += [place.block["cache_control"] for place in line if place.block.get("cache_control")]
    for mark in marks:
        if not isinstance(mark, dict) or mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h"):
            raise invalid("cache_control", "Input should be {'type': 'ephemeral', 'ttl': '5m' or '1h'}")
    found = breakpoints(body, line)
    if len(marks) > MOST_BREAKPOINTS:
        raise ClaudeError(
            400, f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. Found {len(marks)}."
        )
    lives = [ttl for _, ttl in found]
    if "1h" in lives[lives.index("5m") :] if "5m" in lives else False:
        raise ClaudeError(
            400, "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks"
            " are processed in the following order: `tools`, `system`, `messages`.",
        )  # fmt: skip
