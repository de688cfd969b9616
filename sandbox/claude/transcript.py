"""Whether the history of a request is one that Claude could have had: roles, blocks, calls and their results."""

from __future__ import annotations

from typing import Any

from sandbox.claude.errors import ClaudeError, invalid
from sandbox.claude.prefix import blocks_of

MOST_MESSAGES = 100_000
_ROLES = ("user", "assistant", "system")
_ALLOWED = {
    "user": {"text", "tool_result", "image", "document", "search_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
    "system": {"text"},
}
_NEEDS: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "thinking": {"thinking": str, "signature": str},
    "redacted_thinking": {"data": str},
    "tool_use": {"id": str, "name": str, "input": dict},
    "tool_result": {"tool_use_id": str},
}
_MAY = {
    "text": {"cache_control", "citations"},
    "tool_use": {"cache_control", "caller", "toolset_name"},
    "tool_result": {"cache_control", "content", "is_error"},
}


def check_system(system: Any) -> None:
    """A string, or text blocks with words in them."""
    if system is None or isinstance(system, str):
        return
    if not isinstance(system, list):
        raise invalid("system", "Input should be a valid string or a list of text blocks")
    for n, block in enumerate(system):
        if not isinstance(block, dict) or block.get("type") != "text":
            raise invalid(f"system.{n}", "Input should be a text block")
        _check_block(f"system.{n}", "system", block)


def check_messages(messages: Any) -> None:
    """400 for a history that could not have happened."""
    if not isinstance(messages, list):
        raise invalid("messages", "Input should be a valid list")
    if not messages:
        raise invalid("messages", "at least one message is required")
    if len(messages) > MOST_MESSAGES:
        raise invalid("messages", f"List should have at most {MOST_MESSAGES} items")
    for n, message in enumerate(messages):
        _check_message(n, message)
    if messages[0]["role"] != "user":
        raise invalid("messages", 'first message must use the "user" role')
    _check_system_places(messages)
    _check_calls(messages)


def check_ending(messages: list[Any], paused: bool) -> None:
    """A user's turn is last, unless it is Claude's own paused turn, sent back as it was to let it go on."""
    if messages[-1]["role"] == "assistant" and not paused:
        raise ClaudeError(
            400, "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _check_message(n: int, message: Any) -> None:
    if not isinstance(message, dict):
        raise invalid(f"messages.{n}", "Input should be a valid dictionary")
    for needed in ("role", "content"):
        if needed not in message:
            raise invalid(f"messages.{n}.{needed}", "Field required")
    for extra in set(message) - {"role", "content"}:
        raise invalid(f"messages.{n}.{extra}", "Extra inputs are not permitted")
    role, content = message["role"], message["content"]
    if role not in _ROLES:
        known = 'Allowed roles are "user", "assistant" or "system".'
        raise ClaudeError(400, f'messages: Unexpected role "{role}". {known}')
    if not isinstance(content, str | list):
        raise invalid(f"messages.{n}.content", "Input should be a valid string or a list of blocks")
    if not content:
        raise invalid(f"messages.{n}", "all messages must have non-empty content")
    for place, block in enumerate(blocks_of(content)):
        _check_block(f"messages.{n}.content.{place}", role, block)


def _check_block(where: str, role: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _ALLOWED[role]:
        known = "', '".join(sorted(_ALLOWED[role]))
        raise invalid(where, f"Input tag '{kind}' found in a {role} message does not match any of: '{known}'")
    for name, wanted in _NEEDS.get(kind, {}).items():
        if name not in block:
            raise invalid(f"{where}.{kind}.{name}", "Field required")
        if not isinstance(block[name], wanted):
            what = "string" if wanted is str else "dictionary"
            raise invalid(f"{where}.{kind}.{name}", f"Input should be a valid {what}")
    if kind in _NEEDS:
        for extra in set(block) - {"type"} - set(_NEEDS[kind]) - _MAY.get(kind, set()):
            raise invalid(f"{where}.{kind}.{extra}", "Extra inputs are not permitted")
    if kind == "text":
        if not block["text"]:
            whole = "messages" if where.startswith("messages") else where
            raise invalid(whole, "text content blocks must be non-empty")
        if not block["text"].strip() and block.get("cache_control"):
            raise invalid(where, "cache_control cannot be set for blank text blocks")
        if role == "user" and block.get("citations"):
            raise invalid(f"{where}.text.citations", "citations are not permitted on text in user messages")
    if kind == "tool_result":
        _check_result(where, block)


def _check_result(where: str, block: dict[str, Any]) -> None:
    if not isinstance(block.get("is_error", False), bool):
        raise invalid(f"{where}.tool_result.is_error", "Input should be a valid boolean")
    content = block.get("content")
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise invalid(f"{where}.tool_result.content", "Input should be a valid string or a list of blocks")
    for place, inner in enumerate(content):
        if not isinstance(inner, dict) or inner.get("type") not in ("text", "image", "document", "search_result"):
            raise invalid(f"{where}.tool_result.content.{place}", "Input should be a text, image or document block")
        if inner["type"] == "text":
            _check_block(f"{where}.tool_result.content.{place}", "user", inner)


def _check_system_places(messages: list[Any]) -> None:
    """An operator's words in mid-conversation follow a user message, and an assistant message (or nothing) follows."""
    for n, message in enumerate(messages):
        if message["role"] != "system":
            continue
        if messages[n - 1]["role"] != "user":
            raise invalid(f"messages.{n}", "a system message must follow a user message")
        if n + 1 < len(messages) and messages[n + 1]["role"] != "assistant":
            raise invalid(f"messages.{n}", "a system message must be last or be followed by an assistant message")


def _check_calls(messages: list[Any]) -> None:
    """Each call has its result in the very next user message, before anything else; each result has its call."""
    waiting: list[str] = []
    seen: set[str] = set()
    for n, message in enumerate(messages):
        role, blocks = message["role"], blocks_of(message["content"])
        if role == "system":
            continue
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        # Messages of the same role in a row are one turn: only its first can answer calls.
        for place, given in enumerate(results):
            if given not in waiting:
                raise invalid(
                    f"messages.{n}.content.{place}",
                    f"unexpected `tool_use_id` found in `tool_result` blocks: {given}. Each `tool_result` block must"
                    " have a corresponding `tool_use` block in the previous message.",
                )
            if results.count(given) > 1:
                raise invalid(f"messages.{n}.content", f"each tool_use must have a single result: {given}")
        first_words = next((at for at, block in enumerate(blocks) if block["type"] != "tool_result"), len(blocks))
        missing = [one for one in waiting if one not in results]
        if missing or (waiting and len(results) > first_words):
            named = ", ".join(missing or waiting)
            raise invalid(
                f"messages.{n - 1}",
                f"`tool_use` ids were found without `tool_result` blocks immediately after: {named}."
                " Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
            )
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
        for one in waiting:
            if one in seen:
                raise invalid(f"messages.{n}.content", f"`tool_use` ids must be unique: {one}")
            seen.add(one)
