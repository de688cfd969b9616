"""A conversation as the stand-in reads it off the request: who said what, what was called, what came back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from sandbox.claude.prefix import blocks_of

_WRAPPED = re.compile(r"<(message|question)\b[^>]*>(?P<inner>.*?)</\1>", re.DOTALL)
_FRAMED = re.compile(r"^\s*<(untrusted-\w+)\b[^>]*>\n?(?P<inner>.*?)\n?</\1>\s*$", re.DOTALL)
_ASIDE = re.compile(
    r"<(news|context|note|reminder|untrusted-\w+)\b[^>]*>.*?</\1>|<@\w+>|^\s*\[[^\]\n]*\]\s*$",
    re.DOTALL | re.MULTILINE,
)
_SPEAKER = re.compile(r"^(?:[A-Z][\w.'’-]*)(?: [A-Z][\w.'’-]*){0,3}(?: \([^)\n]*\))?:\s+(?=\S)")


@dataclass(slots=True)
class Told:
    """What a tool answered: ``data`` when it was a JSON object, ``text`` in any case."""

    text: str
    failed: bool

    @property
    def data(self) -> dict[str, Any]:
        try:
            found = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {"items": found}

    @property
    def reason(self) -> str:
        """Why it did not work, in the tool's own words."""
        data = self.data
        return str(data.get("refused") or data.get("error") or data.get("reason") or self.text or "no reason given")


@dataclass(slots=True)
class Step:
    """One call and its answer."""

    tool: str
    input: dict[str, Any]
    told: Told


@dataclass(slots=True)
class Turn:
    """One thing a person said, and what the model did about it so far."""

    words: str
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class Talk:
    """The whole request, as far as it matters to an answer."""

    system: str
    tools: dict[str, dict[str, Any]]
    turns: list[Turn]
    may_call: bool
    many_at_once: bool


def understand(body: dict[str, Any]) -> Talk:
    """The conversation of a checked request."""
    texts = [block["text"] for block in blocks_of(body.get("system") or [])]
    choice = body.get("tool_choice") or {}
    turns: list[Turn] = []
    calls: dict[str, Any] = {}
    for message in body["messages"]:
        blocks = blocks_of(message["content"])
        if message["role"] == "system":
            texts += [block["text"] for block in blocks]
            continue
        answered = [block for block in blocks if block["type"] == "tool_result"]
        calls.update({block["id"]: block for block in blocks if block["type"] == "tool_use"})
        if turns:
            turns[-1].steps += [_step(calls[block["tool_use_id"]], block) for block in answered]
        said = [block["text"] for block in blocks if block["type"] == "text"]
        if message["role"] == "user" and said and not answered:
            turns.append(Turn(person_words(said[-1])))
    return Talk(
        system="\n".join(texts),
        tools={tool["name"]: tool for tool in body.get("tools") or []},
        turns=turns,
        may_call=choice.get("type") != "none",
        many_at_once=not choice.get("disable_parallel_tool_use", False),
    )


def person_words(text: str) -> str:
    """A person's own words, without what was wrapped around them: tags, asides in brackets, the speaker's name."""
    wrapped = list(_WRAPPED.finditer(text))
    if wrapped:
        text = wrapped[-1]["inner"]
    left = "\n".join(line for line in _ASIDE.sub("", text).splitlines() if line.strip()).strip()
    return _SPEAKER.sub("", left) or text.strip()


def _step(call: dict[str, Any], result: dict[str, Any]) -> Step:
    texts = [block.get("text", "") for block in blocks_of(result.get("content") or [])]
    text = "\n".join(texts)
    framed = _FRAMED.match(text)
    return Step(call["name"], call["input"], Told(framed["inner"] if framed else text, bool(result.get("is_error"))))
