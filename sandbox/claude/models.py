"""The models one may ask, and what each of them accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.claude.errors import ClaudeError

EFFORTS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Model:
    """One model. ``thinking`` are the kinds of thinking a request may ask of it."""

    id: str
    name: str
    created_at: str
    thinking: tuple[str, ...]
    forced_tools: bool
    """Whether ``tool_choice`` may force a tool."""

    @property
    def max_input_tokens(self) -> int:
        return 1_000_000

    @property
    def max_tokens(self) -> int:
        return 128_000

    @property
    def min_cached_tokens(self) -> int:
        return 512

    def as_json(self) -> dict[str, Any]:
        """The model as `GET /v1/models/{id}` tells it."""
        def yes(supported: bool = True) -> dict[str, bool]:
            return {"supported": supported}

        kinds = {kind: yes(kind in self.thinking) for kind in ("adaptive", "between_tools", "disabled", "enabled")}
        return {
            "type": "model", "id": self.id, "display_name": self.name, "created_at": self.created_at,
            "lifecycle": "active", "line": self.id.split("-")[1], "deprecated_at": None, "retires_at": None,
            "max_input_tokens": self.max_input_tokens, "max_tokens": self.max_tokens,
            "capabilities": {
                "batch": yes(False), "citations": yes(False), "code_execution": yes(False),
                "context_management": {
                    **yes(False), "clear_thinking_20251015": yes(False), "clear_tool_uses_20250919": yes(False),
                    "compact_20260112": yes(False),
                },
                "effort": {**yes(), **{effort: yes() for effort in EFFORTS}},
                "image_input": yes(False), "pdf_input": yes(False),
                "server_tools": {**yes(False), "code_execution": yes(False), "web_search": yes(False)},
                "structured_outputs": yes(), "thinking": {**yes(), "types": kinds},
            },
        }  # fmt: skip


_ALWAYS = ("adaptive",)
_MODELS = (
    Model("claude-haiku-5-5", "Claude Haiku 5.5", "2026-10-21T00:00:00Z", ("adaptive", "between_tools", "disabled"),
          forced_tools=True),
    Model("claude-sonnet-5-5", "Claude Sonnet 5.5", "2026-09-29T00:00:00Z", ("adaptive", "between_tools"),
          forced_tools=False),
    Model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-15T00:00:00Z", _ALWAYS, forced_tools=False),
    Model("claude-fable-5-1", "Claude Fable 5.1", "2026-08-20T00:00:00Z", _ALWAYS, forced_tools=False),
)  # fmt: skip
MODELS = {model.id: model for model in _MODELS}


def model_named(name: object) -> Model:
    """The model of that id; 404 as Anthropic says it."""
    if not isinstance(name, str) or not name:
        raise ClaudeError(400, "model: Field required" if name is None else "model: Input should be a valid string")
    if name not in MODELS:
        raise ClaudeError(404, f"model: {name}")
    return MODELS[name]


def page(query: dict[str, str]) -> dict[str, Any]:
    """`GET /v1/models`: newest first, in pages of ``limit`` after or before an id."""
    names = list(MODELS)
    for cursor in ("after_id", "before_id"):
        if query.get(cursor) not in (None, *names):
            raise ClaudeError(400, f"{cursor}: no model {query[cursor]}")
    limit = query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 1000:
        raise ClaudeError(400, "limit: Input should be from 1 to 1000")
    if "before_id" in query:
        left = names[: names.index(query["before_id"])]
        shown = left[-int(limit) :]
    else:
        left = names[names.index(query["after_id"]) + 1 :] if "after_id" in query else names
        shown = left[: int(limit)]
    return {
        "data": [MODELS[name].as_json() for name in shown], "has_more": len(shown) < len(left),
        "first_id": shown[0] if shown else None, "last_id": shown[-1] if shown else None,
    }  # fmt: skip
