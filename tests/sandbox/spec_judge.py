"""Judging answers by a vendor's own machine-readable description of its API."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


@cache
def _spec(path: Path) -> Any:
    return _as_json_schema(json.loads(path.read_text()))


def _as_json_schema(node: Any) -> Any:
    """OpenAPI's own words in JSON Schema's: ``nullable`` becomes a type, examples go."""
    if isinstance(node, list):
        return [_as_json_schema(child) for child in node]
    if not isinstance(node, dict):
        return node
    made = {key: _as_json_schema(value) for key, value in node.items() if key != "example"}
    if made.get("nullable") is True and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def faults(spec_file: Path, method: str, template: str, status: int, answer: Any) -> list[str]:
    """What the spec finds wrong with an answer; empty when nothing. KeyError when it knows no such call or status."""
    spec = _spec(spec_file)
    responses = spec["paths"][template][method.lower()]["responses"]
    told = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses["default"]
    content = told.get("content") or {}
    schema = next((c["schema"] for kind, c in content.items() if "json" in kind or kind == "*/*"), None)
    if schema is None:
        return []
    return _judged(spec, schema, answer)


def faults_of(spec_file: Path, name: str, told: Any) -> list[str]:
    """What the spec finds wrong with something it describes under a name of its own, for example a request's body."""
    return _judged(_spec(spec_file), {"$ref": f"#/components/schemas/{name}"}, told)


def _judged(spec: Any, schema: Any, told: Any) -> list[str]:
    judge = Draft202012Validator({**schema, "components": spec["components"]})
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in judge.iter_errors(told)]
