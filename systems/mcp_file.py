"""The file in which an operator names the MCP servers agents may ask, and what exactly was reviewed of each tool.

[servers.docs]
url = "https://docs.example.com/mcp"   # streamable HTTP; https, or http on this machine
token_env = "DOCS_MCP_TOKEN"           # optional: name of the variable that holds its bearer token
may_see = "questions"                  # what people ask; "records" where also HubSpot's and Jira's records may go
seconds = 20                           # how long an answer may take

[servers.docs.tools.search]            # `daybook mcp pin docs` prints these; what isn't here agents don't get
digest = "sha256:…"                    # of what the server says of the tool; another one, and it is not used
description = "Search the manuals."    # what the model is told; yours to shorten
schema = '''{"type": "object", …}'''
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from systems.servers import PREFIX, PinnedTool, Server
from systems.settings import Settings, SettingsError
from views import escape

MOST_DESCRIPTION = 1_200
MOST_SCHEMA = 8_000
MOST_DEPTH = 12
MOST_TOOLS = 40
LONGEST_NAME = 64
"""Of a tool, for the model's vendor takes 64 safely."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SERVER = re.compile(r"[a-z][a-z0-9]{0,19}\Z")
_PROPERTY = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
"""What the model's vendor takes as the name of an argument."""
_TOP = ("anyOf", "oneOf", "allOf")
"""What it refuses at the top of a tool's schema."""


class _Tool(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    description: Annotated[str, StringConstraints(min_length=1, max_length=MOST_DESCRIPTION)]
    shape: Annotated[str, StringConstraints(max_length=4 * MOST_SCHEMA)] = Field(alias="schema")


class _Server(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, StringConstraints(max_length=500)]
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")] | None = None
    may_see: Literal["questions", "records"]
    seconds: int = Field(20, ge=1, le=60)
    tools: dict[str, _Tool] = Field(default_factory=dict, max_length=MOST_TOOLS)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    servers: dict[str, _Server]


class Wrong(ValueError):
    """What can't be used, and how it must be."""


def read(path: str) -> dict[str, Server]:
    """Every server by name. Raises ``SettingsError`` that names the file, the entry and what to do."""
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as unreadable:
        raise SettingsError(f"DAYBOOK_MCP_FILE: {path} can't be read: {unreadable}") from None
    try:
        return _servers(told)
    except Wrong as wrong:
        raise SettingsError(f"DAYBOOK_MCP_FILE: {path}: {wrong}") from None


def _servers(told: Mapping[str, Any]) -> dict[str, Server]:
    for name, one in (told.get("servers") or {}).items():
        if isinstance(one, dict) and "command" in one:
            raise Wrong(f"servers.{name} is to be started as a command. Daybook asks servers over HTTP only: "
                        "run it with its streamable HTTP transport, and give its `url`.")  # fmt: skip
    try:
        file = _File.model_validate(told)
    except ValidationError as wrong:
        error = wrong.errors()[0]
        raise Wrong(f"{'.'.join(str(part) for part in error['loc']) or 'the file'}: {error['msg']}.") from None
    found = {name: _server(name, one) for name, one in file.servers.items()}
    return dict(sorted(found.items()))


def _server(name: str, told: _Server) -> Server:
    if not _SERVER.match(name):
        raise Wrong(f"servers.{name}: use up to 20 small letters and digits for its name.")
    _check_url(name, told.url)
    if told.token_env is not None and told.token_env.lower() in Settings.model_fields:
        raise Wrong(f"servers.{name}: {told.token_env} is Daybook's own. Give the server a token of its own.")
    tools = [_pinned(name, tool, one) for tool, one in sorted(told.tools.items())]
    taken: dict[str, str] = {}
    for tool in tools:
        if tool.called in taken:
            raise Wrong(f"servers.{name}: {taken[tool.called]!r} and {tool.name!r} would both be {tool.called}. "
                        "Keep one of them.")  # fmt: skip
        taken[tool.called] = tool.name
    return Server(name, told.url, told.token_env, told.may_see == "records", told.seconds, tuple(tools))


def _check_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Wrong(f"servers.{name}.url can't be read as an address.") from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
        raise Wrong(f"servers.{name}.url must be an https address, such as https://docs.example.com/mcp.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise Wrong(f"servers.{name}.url is not encrypted: use https, or http on this machine (127.0.0.1).")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Wrong(f"servers.{name}.url holds a name, a password or a #: name a variable in `token_env` instead.")


def called(server: str, tool: str) -> str:
    """What agents call a server's tool: letters, digits and ``_``."""
    return f"{PREFIX}_{server}_{re.sub('[^A-Za-z0-9_]', '_', tool)}"


def _pinned(server: str, tool: str, told: _Tool) -> PinnedTool:
    where, name = f"servers.{server}.tools.{tool}", called(server, tool)
    if len(name) > LONGEST_NAME:
        raise Wrong(f"{where}: its name would be longer than {LONGEST_NAME} characters ({name}).")
    if told.description != readable(told.description):
        raise Wrong(f"{where}.description holds characters that nobody can see. `daybook mcp pin` leaves them out.")
    try:
        shape = json.loads(told.shape)
    except (ValueError, RecursionError):
        raise Wrong(f"{where}.schema is no JSON.") from None
    wrong = wrong_with(shape)
    if wrong is not None:
        raise Wrong(f"{where}.schema {wrong}.")
    return PinnedTool(tool, name, told.description, json.dumps(shape, sort_keys=True), told.digest)


def wrong_with(shape: Any) -> str | None:
    """Why a schema can't be given to a model; None when it can."""
    if not isinstance(shape, dict) or shape.get("type") != "object":
        return 'must be an object with "type": "object"'
    if any(key in shape for key in _TOP):
        return f"has {', '.join(key for key in _TOP if key in shape)} at its top, which models don't take"
    properties = shape.get("properties", {})
    if not isinstance(properties, dict) or not all(_PROPERTY.match(name) for name in properties):
        return "names an argument with more than letters, digits, _, . and -"
    required = shape.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        return "has a `required` that is no list of names"
    wrong = _wrong_inside(shape, 0)
    if wrong is None and len(json.dumps(shape)) > MOST_SCHEMA:
        wrong = f"is longer than {MOST_SCHEMA:,} characters"
    return wrong


def _wrong_inside(node: Any, depth: int) -> str | None:
    if depth > MOST_DEPTH:
        return f"is nested more than {MOST_DEPTH} deep"
    if isinstance(node, str):
        return None if node == escape.lines(node) else "holds characters that nobody can see"
    if isinstance(node, dict):
        if not str(node.get("$ref", "#")).startswith("#"):
            return "refers to something outside itself"
        parts: list[Any] = [*node.keys(), *node.values()]
    else:
        parts = node if isinstance(node, list) else []
    return next((wrong for part in parts if (wrong := _wrong_inside(part, depth + 1)) is not None), None)


def readable(text: str) -> str:
    """``text`` without what a reviewer would not see."""
    return escape.lines(text).strip()


def readable_shape(node: Any) -> Any:
    """A schema without what a reviewer would not see; what is nested too deep is left as it is, and refused."""
    if isinstance(node, str):
        return escape.lines(node)
    if isinstance(node, dict):
        return {str(readable_shape(key)): readable_shape(one) for key, one in node.items()}
    return [readable_shape(one) for one in node] if isinstance(node, list) else node
