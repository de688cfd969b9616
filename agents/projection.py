"""A session's log as one agent's conversation: its own turns word for word, the others' as plain words.

Pure, and append-only: what a longer log projects begins with what the shorter one did (until ``compacted``), byte for
byte, because thinking is bound to the exact transcript before it and the cache to its bytes (facts of the 5.5 models).
The result is one the API takes, whatever happened to a turn: roles alternate, each tool_use has its result in the next
message, no text is empty, no message ends in thinking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.agent import Event

Message = dict[str, Any]
Block = dict[str, Any]

EXCHANGES_KEPT = 30
LONGEST_KEPT = 1_500
LONGEST_PLAIN = 4_000
NO_ANSWER = "(I gave no answer to this.)"
NOT_RUN = '{"refused": "This call was not made: the turn ended before it.", "rule": "turn.ended"}'
GO_ON = "(Go on.)"
_THOUGHT = ("thinking", "redacted_thinking")
_KNOWN = ("text", "tool_use", *_THOUGHT)


class Voice(NamedTuple):
    """Whose conversation it is. Another model, prompt or set of tools is another voice: thinking is bound to them."""

    agent: str
    model: str
    prompt: str
    tools: str


def voice_of(began: Mapping[str, Any]) -> Voice:
    """The voice in which a turn ran, from its ``began`` line."""
    return Voice(began["agent"], began["model"], began["digests"]["agent"], began["digests"]["tools"])


@dataclass
class _Exchange:
    """What the log has of one turn of conversation."""

    turn: int
    heard: str
    voice: Voice | None
    """The voice it ran in last."""
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    voices: list[Voice | None] = field(default_factory=list)
    """The voice of each answer; an update in the middle of a turn changes it."""
    called: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    replied: list[str] = field(default_factory=list)
    readers: frozenset[str | None] = frozenset()
    """Who wrote and who read along: the people of a channel; in a direct message whoever wrote."""

    def said(self) -> str:
        """What people read as the answer."""
        if self.replied:
            return "\n\n".join(self.replied)
        last = self.answers[-1] if self.answers else None
        return text_of(last["content"]) if last is not None and last["stop_reason"] != "refusal" else ""


class Projection:
    """The messages to send as ``voice``, of a log that grows while a turn works: what is over is projected once."""

    def __init__(self, voice: Voice, readers: frozenset[str] = frozenset()) -> None:
        """``readers`` is everybody who will read what comes of it; in a direct message the person it is with."""
        self._voice, self._readers = voice, readers
        self._audiences: dict[int, frozenset[str]] = {}
        self._taken = 0
        self._before = 0
        self._exchanges: dict[int, _Exchange] = {}
        self._voices: dict[int, Voice] = {}
        self._over: list[Message] = []
        self._opening: list[Block] = []
        self._built: tuple[int, int, int] | None = None
        self._late = 0
        """Lines of turns that had been over already."""

    def messages(self, log: Sequence[Event]) -> list[Message]:
        """The whole log's messages. The last turn counts as still going on; ``log`` begins with what it was before."""
        for event in log[self._taken :]:
            self._take(event)
        self._taken = len(log)
        if not self._exchanges:
            return []
        *earlier, last = self._exchanges.values()
        now = len(earlier), self._before, self._late
        if self._built != now:
            self._over, self._opening = self._past(earlier)
            self._built = now
        if last.turn < self._before or last.voice != self._voice:
            return list(self._over)
        return [*self._over, _message("user", [*self._opening, _text(last.heard)]), *_verbatim(last, False)]

    def _take(self, event: Event) -> None:
        body, turn = event.body, event.turn
        if event.kind == "compacted":
            self._before = max(self._before, int(body["before"]))
        elif event.kind == "began":
            self._voices[turn] = voice_of(body)
            self._audiences[turn] = frozenset(body.get("audience") or ())
        one = self._exchanges.get(turn)
        if one is None:
            if event.kind == "heard":
                one = _Exchange(turn, str(body["text"]) or GO_ON, self._voices.get(turn))
                one.readers = self._audiences.get(turn, frozenset()) | {body.get("by")}
                self._exchanges[turn] = one
            return
        self._late += turn != next(reversed(self._exchanges))
        match event.kind:
            case "began":
                one.voice = self._voices[turn]
            case "answered":
                one.answers.append(body)
                one.voices.append(self._voices.get(turn))
            case "called":
                one.called.setdefault(str(body["call"]), body)
            case "replied" if str(body["text"]).strip():
                one.replied.append(str(body["text"]))

    def _past(self, exchanges: Sequence[_Exchange]) -> tuple[list[Message], list[Block]]:
        """The messages of what is over, and what the next message has to begin with."""
        earlier = [one for one in exchanges if one.turn < self._before]
        messages: list[Message] = []
        opening = [_text(_remembered(earlier))] if earlier else []
        # What tools had told when others read along is not for those who came since, nor for whoever has taken a copy
        # of it to their own messages: they get what was said. All of it then, because thinking is bound to what stood
        # before it.
        same = all(self._readers <= one.readers for one in exchanges)
        for one in exchanges[len(earlier) :]:
            messages.append(_message("user", [*opening, _text(one.heard)]))
            opening = []
            if one.voice == self._voice and same:
                messages += _verbatim(one, True)
            else:
                messages.append(_message("assistant", [_text(_plain(one, LONGEST_PLAIN))]))
            if messages[-1]["role"] == "user":
                messages.append(_message("assistant", [_text(_cut(one.said(), LONGEST_PLAIN) or NO_ANSWER)]))
        return messages, opening


def project(log: Sequence[Event], voice: Voice) -> list[Message]:
    """The messages to send as ``voice``. The last turn counts as still going on."""
    return Projection(voice).messages(log)


def text_of(content: Sequence[Mapping[str, Any]]) -> str:
    """The words of an answer, without thinking and calls."""
    parts = [str(block["text"]) for block in content if block.get("type") == "text" and str(block["text"]).strip()]
    return "\n\n".join(parts)


def calls_of(answer: Mapping[str, Any]) -> list[Block]:
    """The calls an answer asks for, each id once; none when it ended for another reason than to have them run."""
    if answer["stop_reason"] != "tool_use":
        return []
    return [block for block in _sendable(answer["content"]) if block["type"] == "tool_use"]


def _verbatim(one: _Exchange, over: bool) -> Iterator[Message]:
    last = "user"
    for answer, voice in zip(one.answers, one.voices, strict=True):
        content = [] if answer["stop_reason"] == "refusal" else _sendable(answer["content"])
        if voice != one.voice:
            content = [block for block in content if block["type"] not in _THOUGHT]
        if not content:
            continue
        uses = [block for block in content if block["type"] == "tool_use"]
        run = answer["stop_reason"] == "tool_use"
        if run and not over and any(block["id"] not in one.called for block in uses):
            return  # its calls are still being made
        if last == "assistant":
            yield _message("user", [_text(GO_ON)])
        yield _message("assistant", content)
        last = "assistant"
        if uses:
            results = [_result(block["id"], one.called.get(block["id"]) if run else None) for block in uses]
            yield _message("user", results)
            last = "user"


def _result(use: str, called: Mapping[str, Any] | None) -> Block:
    if called is None:
        return {"type": "tool_result", "tool_use_id": use, "content": NOT_RUN, "is_error": True}
    block = {"type": "tool_result", "tool_use_id": use, "content": str(called["result"]) or "{}"}
    return {**block, "is_error": True} if called["is_error"] else block


def _sendable(content: Sequence[Block]) -> list[Block]:
    """An answer's blocks as they may be sent back: what the API would refuse is left out, all else is untouched."""
    kept: list[Block] = []
    ids: set[str] = set()
    for block in content:
        kind = block.get("type")
        if kind not in _KNOWN or (kind == "text" and not str(block.get("text", "")).strip()):
            continue
        if kind == "tool_use":
            if block["id"] in ids:
                continue
            ids.add(block["id"])
            if not isinstance(block.get("input"), dict):
                block = {**block, "input": {}}
        kept.append(block)
    while kept and kept[-1]["type"] in _THOUGHT:
        kept.pop()
    return kept


def _plain(one: _Exchange, longest: int) -> str:
    said = _cut(one.said(), longest)
    who = one.voice.agent if one.voice else "Daybook"
    return f"[{who} answered: {said}]" if said else f"[{who} gave no answer.]"


def _remembered(earlier: Sequence[_Exchange]) -> str:
    kept = earlier[-EXCHANGES_KEPT:]
    lines = [f"{_cut(one.heard, LONGEST_KEPT)}\n{_plain(one, LONGEST_KEPT)}" for one in kept]
    return "\n\n".join(
        ["[Daybook: this conversation was long. These are its latest exchanges, shortened; look things up again "
         "before you rely on them.]", *lines]
    )  # fmt: skip


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _message(role: str, content: list[Block]) -> Message:
    return {"role": role, "content": content}
