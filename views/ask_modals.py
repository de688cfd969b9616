"""Two small dialogs: which agent to ask what about a message, and what to call a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from views import blocks as b
from views import escape

AGENT, QUESTION, TITLE = "agent", "question", "title"
MOST_QUESTION = 1_500
MOST_TITLE = 150


def question(agents: Sequence[tuple[str, str]], about: str) -> b.Block:
    """``agents`` are (name, what it is for); ``about`` comes back with the submission."""
    options = [{"text": b.plain(f"{name}: {escape.clean(words)}", 75), "value": name} for name, words in agents[:100]]
    asked: list[b.Block] = []
    if options:
        menu = {"type": "static_select", "action_id": "value", "options": options, "initial_option": options[0]}
        asked.append({"type": "input", "block_id": AGENT, "label": b.plain("Agent"), "element": menu})
    field = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": MOST_QUESTION}
    label = b.plain("What do you want to know?")
    asked.append({"type": "input", "block_id": QUESTION, "label": label, "element": field})
    asked.append(b.context("The answer comes in your direct message with Daybook."))
    return _modal("ask_about_message", "Ask an agent", "Ask", about, asked)


def title(about: str) -> b.Block:
    field = {"type": "plain_text_input", "action_id": "value", "max_length": MOST_TITLE}
    asked = {"type": "input", "block_id": TITLE, "label": b.plain("What is this conversation about?"), "element": field}
    return _modal("name_session", "Name this session", "Save", about, [asked])


def given(values: Mapping[str, Any], field: str) -> str:
    """What was filled in, "" when nothing was."""
    for element in (values.get(field) or {}).values():
        option = element.get("selected_option")
        return str((option or {}).get("value") or element.get("value") or "").strip()
    return ""


def _modal(callback: str, heading: str, submit: str, about: str, blocks: list[b.Block]) -> b.Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": b.plain(heading, 24),
        "submit": b.plain(submit, 24),
        "close": b.plain("Close", 24),
        "blocks": blocks,
    }
