"""The message that a question asked with a command, or a fork, goes on under."""

from __future__ import annotations

from typing import Any

from views import blocks as b
from views import escape

SHOWN_WORDS = 500


def shown(what: dict[str, Any]) -> b.Message:
    """``what`` is the errand as it was stored: a question, or a fork."""
    if what["kind"] == "fork":
        title = escape.unlinked(what.get("title") or "", 150)
        named = f" of “{title}”" if title else ""
        last, when = (escape.unlinked(one, 100) for one in what.get("upto") or ("", ""))
        point = f"up to “{last}” ({when}) and what came of it" if last else "up to there"
        said = f"A fork{named}. It knows everything {point}; go on in this thread."
        return b.Message(escape.mrkdwn(said), [b.rich(b.section(b.text(said)))])
    text = escape.unlinked(what["text"], SHOWN_WORDS)
    head = b.section(b.text("Asked of "), b.text(what["agent"], bold=True), b.text(":"))
    about = what.get("about")
    if about is not None:
        theirs = escape.unlinked(about["words"], SHOWN_WORDS)
        text = f"{text} (about a message by {escape.name(about['by'])}: “{theirs}”)"
    quote = {"type": "rich_text_quote", "elements": [b.text(text or " ")]}
    return b.Message(escape.mrkdwn(f"Asked of {what['agent']}: {text}"), [b.rich(head, quote)])
