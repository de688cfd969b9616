"""How a Markdown file says what it is: a few lines of YAML on top, read strictly, and the text below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 40_000
FENCE = "---"


class FileError(ValueError):
    """An agent's or a skill's file cannot be used. Says which file, what is wrong and what to do."""

    def __init__(self, file: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {problem}. {remedy}")
        self.file, self.problem, self.remedy = file, problem, remedy


class _Strict(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML without what surprises: no key twice (the first would silently lose), no aliases (they can explode)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.constructor.ConstructorError(
                None, None, "an alias (*name) is not allowed; write the value out", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is there twice", key.start_mark)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


def read(file: Path, called: str) -> tuple[dict[str, Any], str]:
    """(what stands on top, the text below) of ``file``; ``called`` is its name in messages. Raises ``FileError``."""
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise FileError(called, f"can't be read ({type(unreadable).__name__})", "Save it as UTF-8 text.") from None
    if len(raw) > MOST_BYTES:
        raise FileError(called, f"is {len(raw)} bytes long", f"Keep it under {MOST_BYTES}: each turn pays for it.")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != FENCE or FENCE not in lines[1:]:
        raise FileError(called, "has no front matter", "Begin it with a line ---, then YAML, then a line ---.")
    end = lines.index(FENCE, 1)
    try:
        top = yaml.load("\n".join(lines[1:end]), Loader=_Strict)
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        said = str(getattr(wrong, "problem", None) or wrong).split("\n")[0]
        mark = getattr(wrong, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark is not None else ""
        raise FileError(called, f"has front matter that can't be read{where}: {said}", "Mend that line.") from None
    if not isinstance(top, dict) or not all(isinstance(key, str) for key in top):
        raise FileError(called, "has front matter that is no list of `name: value`", "Write one `name: value` a line.")
    body = "\n".join(lines[end + 1 :]).strip()
    if not body:
        raise FileError(called, "has no text below its front matter", "Write what it is about there.")
    return top, body
