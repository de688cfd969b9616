"""What Daybook needs of the MCP servers an operator has set up: what was reviewed of each, and how to ask it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

PREFIX = "mcp"


@dataclass(frozen=True, slots=True)
class PinnedTool:
    """One tool of a server as somebody has reviewed it; its texts are what a model is told."""

    name: str
    """As the server calls it."""
    called: str
    """As agents call it: ``mcp_SERVER_TOOL``."""
    description: str
    schema: str
    """JSON, of what it takes."""
    digest: str
    """Of everything the server said of it when it was reviewed."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server, set up by the operator. ``token_env`` is the name of a variable, never the token."""

    name: str
    url: str
    token_env: str | None
    may_see_records: bool
    """Whether what an agent has read in HubSpot and Jira may stand in a question to it."""
    seconds: int
    """How long an answer may take."""
    tools: tuple[PinnedTool, ...]

    @property
    def ref(self) -> str:
        """What names it as a source of words: ``mcp:docs``."""
        return f"{PREFIX}:{self.name}"

    @property
    def title(self) -> str:
        """What it is called in errors and logs."""
        return f"MCP server {self.name}"


class Offered(NamedTuple):
    """One tool as a server offers it this moment. Every text is the server's: shown cleaned, and to the operator."""

    name: str
    description: str
    schema: Mapping[str, Any]
    digest: str
    looks_only: bool
    """Whether the server says that it changes nothing."""


class Told(NamedTuple):
    """What a server answered: words of outsiders, uncleaned. ``failed`` when the server says that it could not."""

    untrusted_text: str
    failed: bool
    left_out: tuple[str, ...]
    """Kinds of content that are no text (``image``)."""


class ToolChanged(Exception):
    """The tool is not what was reviewed: the server says other things of it now, or has it no more."""


class Servers(Protocol):
    """The MCP servers. Safe to use from many threads. Whatever a server says is an outsider's word."""

    @property
    def all(self) -> Mapping[str, Server]:
        """Each server by its name."""
        ...

    def usable(self, server: str) -> tuple[PinnedTool, ...]:
        """The pinned tools but for those that are known to have changed. Never raises; a server that is down changes
        nothing."""
        ...

    def offers(self, server: str) -> list[Offered]:
        """All the server offers now. Raises ``SystemFault``."""
        ...

    def ask(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Told:
        """One call, sent once, and only if the tool is still what was reviewed.

        Raises ``SystemFault``, ``ToolChanged``.
        """
        ...


def digest_of(told: Mapping[str, Any]) -> str:
    """Of everything a server says of a tool that a model or a reviewer could rely on."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
