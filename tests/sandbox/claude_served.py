"""The stand-in Claude through its real client, and an agent loop small enough to see what the model does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from anthropic import Anthropic
from anthropic.types import Message

from tests.sandbox.served import Running

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
LONG = "Larkspur sells lanterns to people who work at night. " * 60
"""A good deal more than the least that can be cached."""


def tool(name: str, **more: Any) -> dict[str, Any]:
    """A tool that takes anything."""
    return {"name": name, "description": f"Does {name}.", "input_schema": {"type": "object"}, **more}


@dataclass
class Claude:
    """A served stand-in: ``client`` is the real one."""

    running: Running
    client: Anthropic

    def ask(self, *messages: Any, model: str = HAIKU, max_tokens: int = 1000, **more: Any) -> Message:
        """One answer; a string is what the user says."""
        said = [{"role": "user", "content": one} if isinstance(one, str) else one for one in messages]
        answer = self.client.messages.create(model=model, max_tokens=max_tokens, messages=said, **more)
        assert isinstance(answer, Message)
        return answer

    def script(self, *answers: Any, repeat: bool = False) -> Any:
        """What it is to answer next."""
        return self.running.ask("POST", "claude/script", {"answers": list(answers), "repeat": repeat})

    @property
    def requests(self) -> list[dict[str, Any]]:
        return list(self.running.ask("GET", "claude/requests")["requests"])


@dataclass
class Conversation:
    """A person's conversation with an agent; ``results`` holds what each tool answers: a value, or one per call."""

    claude: Claude
    results: dict[str, Any]
    model: str = HAIKU
    system: str = "You are the assistant."
    messages: list[Any] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    rounds: list[list[str]] = field(default_factory=list)

    def say(self, words: str) -> str:
        """Say something and run tools until the model has finished; returns its words."""
        self.calls, self.rounds = [], []
        self.messages.append({"role": "user", "content": words})
        for _ in range(8):
            answer = self.claude.ask(
                *self.messages, model=self.model, system=self.system, tools=[tool(name) for name in self.results]
            )
            self.messages.append({"role": "assistant", "content": answer.content})
            uses = [block for block in answer.content if block.type == "tool_use"]
            if answer.stop_reason != "tool_use":
                assert not uses
                return "".join(block.text for block in answer.content if block.type == "text")
            self.rounds.append([use.name for use in uses])
            self.messages.append({"role": "user", "content": [self._result(use) for use in uses]})
        raise AssertionError(f"it never ends: {self.rounds}")

    def _result(self, use: Any) -> dict[str, Any]:
        self.calls.append((use.name, use.input))
        held = self.results[use.name]
        told = held(**use.input) if callable(held) else held
        failed = isinstance(told, Refused)
        content = told if isinstance(told, str) else json.dumps(
            {"refused": told.reason, "rule": "test.rule"} if isinstance(told, Refused) else told
        )  # fmt: skip
        return {"type": "tool_result", "tool_use_id": use.id, "content": content, "is_error": failed}


@dataclass
class Refused:
    """A tool's no."""

    reason: str


def accounts(*names: str) -> dict[str, Any]:
    """What find_account answers."""
    return {"matches": [{"account": str(n), "name": name, "tier": "A"} for n, name in enumerate(names, 1)]}
