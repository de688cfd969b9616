"""What is wrong with a Block Kit payload, said the way Slack says it, with the place it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_TEXT_KINDS = {True: ("plain_text",), False: ("plain_text", "mrkdwn")}


@dataclass(frozen=True)
class Problem:
    """One rule broken at one place (a JSON pointer)."""

    pointer: str
    message: str
    code: str
    constraint: Any = None

    def plain(self) -> str:
        """As in the `errors` list of an answer."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def as_json(self) -> dict[str, Any]:
        """As `blocks.validate` lists it."""
        expected = self.constraint if isinstance(self.constraint, list) else [self.constraint]
        told = [str(one) for one in expected if one is not None]
        constraint = {"type": self.code, "expected": told}
        return {"pointer": self.pointer, "code": self.code, "message": self.message, "constraint": constraint}


@dataclass
class Report:
    """The problems found so far while walking one payload, and the ids seen on the way."""

    problems: list[Problem] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    markdown_chars: int = 0

    def add(self, pointer: str, message: str, code: str, constraint: Any = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(pointer, message, code, constraint))

    def required(self, thing: dict[str, Any], key: str, pointer: str) -> bool:
        """Whether the key is there; a problem when it is not."""
        if thing.get(key) is None:
            self.add(pointer, f"missing required field: {key}", "missing_required_field", key)
            return False
        return True

    def string(self, value: Any, pointer: str, most: int, least: int = 1) -> None:
        """A plain string within its lengths."""
        if type(value) is str and least <= len(value) <= most:
            return
        if not isinstance(value, str):
            self.add(pointer, "must be a string", "type_mismatch", "string")
        elif len(value) > most:
            self.add(pointer, f"must be less than {most + 1} characters", "max_length_exceeded", most)
        elif len(value) < least:
            self.add(pointer, f"must be more than {least - 1} characters", "min_length_not_met", least)

    def text(self, value: Any, pointer: str, most: int, plain_only: bool = False) -> None:
        """A text object (plain_text or mrkdwn) within its length."""
        if not isinstance(value, dict):
            self.add(pointer, "must be an object", "type_mismatch", "object")
            return
        kind, said = value.get("type"), value.get("text")
        if len(value) == 2 and type(said) is str and 0 < len(said) <= most and kind in _TEXT_KINDS[plain_only]:
            return
        if kind not in ("plain_text", "mrkdwn") or (plain_only and kind != "plain_text"):
            self.add(f"{pointer}/type", f"unsupported type: {kind}", "unsupported_type", kind)
            return
        unknown = value.keys() - {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
        if unknown:
            name = min(unknown)
            self.add(pointer, f"invalid additional property: {name}", "additional_property", name)
        self.string(value.get("text"), f"{pointer}/text", most)

    def items(self, value: Any, pointer: str, most: int, least: int = 1) -> list[Any]:
        """A list within its lengths; empty when it is not a list."""
        if not isinstance(value, list):
            self.add(pointer, "must be an array", "type_mismatch", "array")
            return []
        if len(value) > most:
            self.add(pointer, f"no more than {most} items allowed", "max_items_exceeded", most)
        elif len(value) < least:
            self.add(pointer, f"must have at least {least} item{'s' * (least > 1)}", "min_items_not_met", least)
        return value

    def known(self, value: Any, pointer: str, allowed: tuple[Any, ...]) -> None:
        """One of the values Slack knows."""
        if value not in allowed:
            self.add(pointer, f"must be one of {', '.join(map(str, allowed))}", "invalid_value", list(allowed))

    def action_id(self, element: dict[str, Any], pointer: str) -> None:
        """An action id within its length, once in a block."""
        action_id = element.get("action_id")
        if action_id is None:
            return
        self.string(action_id, f"{pointer}/action_id", 255)
        if action_id in self.action_ids:
            self.add(
                f"{pointer}/action_id",
                f'`action_id` "{action_id}" already exists for another element',
                "duplicate_action_id",
                action_id,
            )
        elif isinstance(action_id, str):
            self.action_ids.add(action_id)
