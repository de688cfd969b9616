"""What the model is to say next, put there by a test; and every request it was sent, to be looked at afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ANSWER = {
    "content", "stop_reason", "stop_sequence", "stop_details", "usage", "model_contains", "delay_ms",
    "chunk_delay_ms", "cut_after", "error", "retry_after",
}  # fmt: skip
_KINDS = {"text": {"text"}, "thinking": {"thinking"}, "tool_use": {"name", "input"}}
STOPS = (
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded",
)  # fmt: skip
KEPT_REQUESTS = 1000


class ScriptError(ValueError):
    """The script asks for something that Claude never answers."""


@dataclass
class Scripted:
    """One prepared answer: blocks, or an error; an error with ``cut_after`` comes in the middle of the stream."""

    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    model_contains: str = ""
    delay_ms: int = 0
    chunk_delay_ms: int = 0
    cut_after: int | None = None
    error: dict[str, Any] | None = None
    retry_after: int | None = None
    repeat: bool = False


def understood(asked: Any, repeat: bool) -> Scripted:
    """One entry of ``answers``."""
    if not isinstance(asked, dict) or not asked.keys() & {"content", "error"}:
        raise ScriptError('an answer is {"content": [blocks], …} or {"error": {"status": 529}, …}')
    unknown = set(asked) - _ANSWER
    if unknown:
        raise ScriptError(f"unknown in an answer: {', '.join(sorted(unknown))}; known: {', '.join(sorted(_ANSWER))}")
    content = asked.get("content", [])
    content = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for block in content:
        needed = _KINDS.get(block.get("type"))
        if needed is None or not needed <= set(block):
            raise ScriptError('a block is {"type": "text", "text"}, {"type": "thinking", "thinking"} or'
                              ' {"type": "tool_use", "name", "input"}')  # fmt: skip
    calls = any(block["type"] == "tool_use" for block in content)
    stop = asked.get("stop_reason", "tool_use" if calls else "end_turn")
    if stop not in STOPS:
        raise ScriptError(f"stop_reason is one of {', '.join(STOPS)}")
    return Scripted(**{**asked, "content": content, "stop_reason": stop}, repeat=repeat)


class Script:
    """Answers in order; when none is left that fits the model asked, the stand-in answers by its rules."""

    def __init__(self) -> None:
        self._answers: list[Scripted] = []
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)

    def take(self, model: str) -> Scripted | None:
        """The next answer for this model; a repeated one goes to the end of the line."""
        for answer in self._answers:
            if answer.model_contains in model:
                self._answers.remove(answer)
                if answer.repeat:
                    self._answers.append(answer)
                return answer
        return None

    def routes(self) -> list[Route]:
        """`/_sandbox/claude/script` (POST adds, DELETE clears) and `/_sandbox/claude/requests` (DELETE forgets)."""

        async def script(request: Request) -> Response:
            if request.method == "DELETE":
                self._answers.clear()
            elif request.method == "POST":
                asked = orjson.loads(await request.body())
                if not isinstance(asked, dict) or set(asked) - {"answers", "repeat"} or "answers" not in asked:
                    raise ScriptError('say {"answers": [{"content": […]}, …], "repeat": false}')
                self._answers += [understood(one, bool(asked.get("repeat"))) for one in asked["answers"]]
            return _json({"waiting": len(self._answers)})

        async def requests(request: Request) -> Response:
            if request.method == "DELETE":
                self.requests.clear()
            return _json({"requests": list(self.requests)})

        return [
            Route("/_sandbox/claude/script", _guarded(script), methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/claude/requests", _guarded(requests), methods=["GET", "DELETE"]),
        ]


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def _guarded(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (ScriptError, orjson.JSONDecodeError, TypeError, AttributeError) as wrong:
            return _json({"ok": False, "error": str(wrong)}, 400)

    return guarded
