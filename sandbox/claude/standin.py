"""The stand-in model: reads only the request, goes through the conversation, and takes the next step in it."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.claude import reading
from sandbox.claude.filling import filled
from sandbox.claude.models import Model
from sandbox.claude.moves import Uses
from sandbox.claude.script import Scripted
from sandbox.claude.talk import Talk, understand
from sandbox.claude.turns import next_move


def answer(model: Model, body: dict[str, Any], *, think: bool) -> Scripted:
    """What comes next in this conversation: calls, or something said."""
    if body["max_tokens"] == 0:
        # Only the cache is to be filled.
        return Scripted(stop_reason="max_tokens")
    read = reading.answer(body)
    if read is not None:
        return Scripted(content=[{"type": "text", "text": read}])
    talk = understand(body)
    move = next_move(talk)
    content: list[dict[str, Any]] = []
    if think:
        content.append({"type": "thinking", "thinking": _thought(talk, move)})
    if isinstance(move, tuple):
        content += [{"type": "tool_use", "name": use.tool, "input": use.input} for use in move]
        return Scripted(content=content, stop_reason="tool_use")
    forced = body.get("tool_choice") or {}
    if forced.get("type") in ("any", "tool"):
        tool = talk.tools[forced.get("name") or next(iter(talk.tools))]
        content.append({"type": "tool_use", "name": tool["name"], "input": filled(tool["input_schema"], move)})
        return Scripted(content=content, stop_reason="tool_use")
    asked = (body.get("output_config") or {}).get("format")
    said = orjson.dumps(filled(asked["schema"], move)).decode() if asked else move
    content.append({"type": "text", "text": said})
    return Scripted(content=content)


def _thought(talk: Talk, move: Uses | str) -> str:
    words = talk.turns[-1].words[:120] if talk.turns else ""
    if isinstance(move, tuple):
        return f'They said "{words}". Next: {" and ".join(use.tool for use in move)}.'
    return f'They said "{words}". I know what to answer.'
