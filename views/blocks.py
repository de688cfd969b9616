"""The few Block Kit pieces Daybook uses, each kept inside Slack's limits.

Text goes into rich_text and plain_text, which parse no markup, so a name can never become a mention or a link. The one
line that Slack reads markup in is a footer with a link, of which `linked_context` lets nothing but that be markup.
Limits: slack_sdk 3.47 ``models/blocks`` and ``models/views``; 50 blocks a message and 100 a view.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from views import escape

Block = dict[str, Any]
Piece = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
BUTTON_VALUE, OPTION_VALUE = 2_000, 150
URL_LIMIT = 3_000
_BARE = re.compile(r"https?://[A-Za-z0-9._:\[\]-]{1,300}(?:/[A-Za-z0-9._~/-]*)?")
_LINKED = re.compile(r"<https?://[^<>|]*\|([^<>|]*)>")


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is the notification and what screen readers read; ``blocks`` is what is shown."""

    text: str
    blocks: list[Block]


class ViewError(ValueError):
    """A view was given something Slack would refuse; the message says what and how long it may be."""


def plain(text: str, limit: int = 3_000) -> Piece:
    return {"type": "plain_text", "text": escape.clean(text, limit) or " ", "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [plain(text, 2_000) for text in texts[:10]]}


def linked_context(before: str, words: str, url: str, after: str) -> Block:
    """A line of context with one link in it: the one place where Slack is to read markup, which is only there for that.

    ``url`` must be bare, and ``words`` ids; the rest is shown as it is written.
    """
    if not is_bare(url) or set(words) & set("<>|&*~`"):
        raise ViewError("A link in a context line takes a plain address and plain words; leave the link out.")
    lead, tail = (f"{escape.mrkdwn(said, 500)}" for said in (before, after))
    said = f"{lead} <{url}|{words}> {tail}".strip()
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": said, "verbatim": True}]}


def is_bare(url: str) -> bool:
    """Whether an address is short and holds nothing that ends it in mrkdwn, nor a query."""
    return len(url) <= URL_LIMIT - 500 and _BARE.fullmatch(url) is not None


def unlinked(piece: Piece) -> str:
    """The words of a mrkdwn text of ours, without the address behind them."""
    return _LINKED.sub(r"\1", str(piece["text"]))


def divider() -> Block:
    return {"type": "divider"}


def text(
    words: str, *, bold: bool = False, italic: bool = False, strike: bool = False, code: bool = False
) -> Piece:
    """Words inside rich text. Line breaks and outer spaces that *we* write are kept; the rest is cleaned."""
    lead = "\n" * (len(words) - len(words.lstrip("\n")))
    body = words[len(lead) :]
    before = " " if body[:1] == " " else ""
    after = " " if body[-1:] == " " and body.strip() else ""
    piece: Piece = {"type": "text", "text": f"{lead}{before}{escape.clean(body.strip(), 2_000)}{after}" or " "}
    return _styled(piece, bold, italic, strike, code)


def link(
    words: str, url: str | None, *, bold: bool = False, italic: bool = False, strike: bool = False, code: bool = False
) -> Piece:
    """Words that open ``url``; plain words when there is none (or it is too long for Slack)."""
    if url is None or len(url) > URL_LIMIT:
        return text(words, bold=bold, italic=italic, strike=strike, code=code)
    said = escape.clean(words, 2_000) or escape.clean(url, 2_000)
    return _styled({"type": "link", "url": url, "text": said}, bold, italic, strike, code)


def _styled(piece: Piece, bold: bool, italic: bool, strike: bool, code: bool) -> Piece:
    wanted = {"bold": bold, "italic": italic, "strike": strike, "code": code}
    style = {key: True for key, asked in wanted.items() if asked}
    return {**piece, "style": style} if style else piece


def section(*pieces: Piece) -> Piece:
    return {"type": "rich_text_section", "elements": list(pieces)}


def bullets(*sections: Piece) -> Piece:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(sections)}


def rich(*elements: Piece) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def line(words: str, accessory: Piece | None = None) -> Block:
    """One line of plain text, maybe with a button or menu at its end."""
    block: Block = {"type": "section", "text": plain(words)}
    return {**block, "accessory": accessory} if accessory is not None else block


def actions(*elements: Piece, block_id: str = "") -> Block:
    """``block_id`` comes back with each press on one of them; Slack makes one up where none is given."""
    block: Block = {"type": "actions", "elements": list(elements)}
    return {**block, "block_id": block_id} if block_id else block


def button(label: str, action_id: str, value: str | None = None, url: str | None = None, says: str = "") -> Piece:
    """``says`` is what a screen reader says: the label alone does not name the account."""
    piece: Piece = {"type": "button", "action_id": action_id, "text": plain(label, 75)}
    if value is not None:
        piece["value"] = _value(value, BUTTON_VALUE)
    if url is not None:
        piece["url"] = url
    if says:
        piece["accessibility_label"] = escape.name(says, 75)
    return piece


def select(placeholder: str, action_id: str, options: list[tuple[str, str]]) -> Piece:
    """``options`` are (words, value)."""
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "options": [{"text": plain(words, 75), "value": _value(value, OPTION_VALUE)} for words, value in options],
    }


def _value(value: str, most: int) -> str:
    if not value or escape.width(value) > most:
        raise ViewError(f"A pressed value has {len(value)} characters; Slack takes 1 to {most}. Use a shorter key.")
    return value
