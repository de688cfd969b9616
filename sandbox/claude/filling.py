"""JSON of the shape that was asked for, around words: a schema is a promise that the stand-in keeps too."""

from __future__ import annotations

from typing import Any


def filled(schema: dict[str, Any], words: str) -> Any:
    """The plainest value that the schema allows; its first open text is ``words``."""
    said = iter([words])
    return _value(schema, said, schema.get("$defs") or {})


def _value(schema: dict[str, Any], said: Any, known: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(known[schema["$ref"].rpartition("/")[2]], said, known)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if schema.get(choice):
            return _value(schema[choice][0], said, known)
    match schema.get("type"):
        case "object":
            needed = schema.get("required") or list(schema.get("properties") or {})
            return {name: _value(schema["properties"][name], said, known) for name in needed}
        case "array":
            return [_value(schema.get("items") or {}, said, known) for _ in range(schema.get("minItems", 0))]
        case "string":
            return next(said, "")
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
    return None
