"""Slack's limits and, where the vendor's schema is at hand, its shapes: what every message and view must pass."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCHEMA = "slack/slack_types_blockkit.schema.json"
FOOTER = re.compile(r"[^<>*_`~]* · <https?://[^<>|\s]+\|trace [A-Za-z0-9:._/-]+>(?: · stand-in model)?")
_LIMITS = {"header": 150, "button": 75}


def specs() -> Path:
    """The folder of vendors' specs; skips the test, saying why, where there is none."""
    folder = Path(os.environ.get("DAYBOOK_SPECS") or Path(__file__).resolve().parents[3] / "shared" / "specs")
    if not (folder / SCHEMA).exists():
        pytest.skip(f"no Block Kit schema in {folder}: set DAYBOOK_SPECS to the folder that has it")
    return folder


def every(part: Any) -> Iterator[dict[str, Any]]:
    """Each object inside a message or view."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from every(value)
    elif isinstance(part, list):
        for value in part:
            yield from every(value)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def assert_within_limits(blocks: list[dict[str, Any]], most: int) -> None:
    assert 0 < len(blocks) <= most
    for part in every(blocks):
        kind = part.get("type")
        if kind in ("plain_text", "text", "link", "mrkdwn"):
            assert 1 <= units(part.get("text", "x")) <= 3_000
        if kind == "link":
            assert part["url"].startswith("https://")
            assert len(part["url"]) <= 3_000
        if kind in _LIMITS:
            assert units(part["text"]["text"]) <= _LIMITS[kind]
        if kind == "button":
            assert units(part.get("accessibility_label", "")) <= 75
            assert len(part.get("value", "")) <= 2_000
        if kind == "static_select":
            assert units(part["placeholder"]["text"]) <= 150
            assert 1 <= len(part["options"]) <= 100
            for option in part["options"]:
                assert units(option["text"]["text"]) <= 75
                assert 1 <= len(option["value"]) <= 150
        if kind == "context":
            assert 1 <= len(part["elements"]) <= 10
        if kind == "actions":
            ids = [element["action_id"] for element in part["elements"]]
            assert len(ids) == len(set(ids)) <= 25
        if kind == "table":
            assert 1 <= len(part["rows"]) <= 100
            assert all(1 <= len(row) <= 20 for row in part["rows"])
        if kind == "raw_text":
            assert 1 <= units(part["text"]) <= 3_000
        if kind == "rich_text":
            assert sum(units(piece["text"]) for piece in every(part) if "text" in piece) <= 3_000
            assert part["elements"]
        if kind in ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"):
            assert part["elements"]
        if kind == "rich_text_list":
            assert 0 <= part.get("indent", 0) <= 8
        if kind == "input":
            assert units(part["label"]["text"]) <= 2_000
            assert units(part.get("hint", {}).get("text", "")) <= 2_000
        assert kind not in ("user", "usergroup", "broadcast", "channel", "image")
        # Slack reads markup in one place only, which holds one link and nothing else that could be any.
        assert kind != "mrkdwn" or FOOTER.fullmatch(part["text"]), part
    assert sum(block["type"] == "table" for block in blocks) <= 1
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    json.dumps(blocks).encode("ascii")


def assert_shape(part: Any, definition: str) -> None:
    """``part`` is what the vendor's own types say a ``definition`` is."""
    import jsonschema

    schema = json.loads((specs() / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator({**schema, "$ref": f"#/definitions/{definition}"}).validate(part)
