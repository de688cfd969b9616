"""Reading what a caller sent: JSON or form, with Slack's forgiving ideas of numbers and truth."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.slack.refusal import Refused

Json = dict[str, Any]

# Arguments that are JSON text when the body is a form.
STRUCTURED = frozenset(
    {
        "blocks",
        "attachments",
        "metadata",
        "view",
        "chunks",
        "prompts",
        "message",
        "loading_messages",
        "event_payload",
    }
)


def read_arguments(method: str, content_type: str, body: bytes, query: bytes) -> Json:
    """The arguments of a call from its query, form or JSON body; Refused when the body is no such thing."""
    args: Json = dict(parse_qsl(query.decode(), keep_blank_values=True)) if query else {}
    if method == "POST" and body:
        if content_type.startswith("application/json"):
            try:
                sent = orjson.loads(body)
            except orjson.JSONDecodeError:
                raise Refused("invalid_json") from None
            if not isinstance(sent, dict):
                raise Refused("json_not_object")
            args.update(sent)
        elif content_type.startswith("application/x-www-form-urlencoded"):
            args.update(parse_qsl(body.decode(), keep_blank_values=True))
        else:
            raise Refused("invalid_post_type")
    for name in STRUCTURED & args.keys():
        value = args[name]
        if isinstance(value, str) and value[:1] in "[{":
            try:
                args[name] = orjson.loads(value)
            except orjson.JSONDecodeError:
                wrong = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}
                raise Refused(wrong.get(name, "invalid_arguments")) from None
    return {name: value for name, value in args.items() if value is not None}


def required(args: Json, name: str, error: str = "invalid_arguments") -> str:
    """A text argument that must be there."""
    value = args.get(name)
    if value is None or value == "":
        message = f"[ERROR] missing required field: {name}"
        raise Refused(error, response_metadata={"messages": [message]})
    return str(value)


def flag(args: Json, name: str, default: bool = False) -> bool:
    """A truth argument: true, "true", 1 and "1" are true."""
    value = args.get(name)
    if value is None:
        return default
    return value is True or str(value).lower() in ("1", "true")


def number(args: Json, name: str, default: int, most: int) -> int:
    """A page size between 1 and `most`."""
    value = args.get(name)
    if value is None or value == "":
        return default
    try:
        asked = int(value)
    except (TypeError, ValueError):
        raise Refused("invalid_limit") from None
    if not 0 <= asked <= most:
        raise Refused("invalid_limit")
    return asked or default
