"""The one escaper: makes names from outside harmless and short before anyone sees them."""

from __future__ import annotations

import re
import unicodedata

from views import addresses

NO_NAME = "(no name)"

_MAY_LEAD = re.compile(r"[/:\uff0f]|www", re.IGNORECASE)
_JOINERS = {"\u200c", "\u200d"}
_BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f", "\u17b4", "\u17b5"}
_SUSPECT = re.compile(r"[^ -~¡-¬®-ɏ–−×…✓⚠]|  |^ | $")
"""Anything but printable Latin and the signs Daybook writes, singly spaced: the long way leaves those alone."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_MARKS_IN_A_ROW = 3  # enough for Vietnamese or Hebrew with points; stacks of accents over other lines are not


def clean(text: str, limit: int = 3_000) -> str:
    """``text`` on one line, without control, invisible, direction-changing, tag or private characters, and cut.

    Safe in every Slack object that does not parse markup (plain_text, raw_text, rich_text text and link elements).
    """
    if len(text) <= limit and not _SUSPECT.search(text):
        return text  # nearly everything is, and looking at each character of a thousand lists takes seconds
    kept: list[str] = []
    marks = 0
    text = unicodedata.normalize("NFC", text[: 20 * limit + 1_000])
    for at, char in enumerate(text):
        if char in "\u2028\u2029" or char.isspace():
            char = " "
        if char in _JOINERS and _joins_script(text, at):
            kept.append(char)
            continue
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > _MARKS_IN_A_ROW or not kept or _selects_glyph(char) or char in _BLANK_LETTERS:
                continue
        else:
            marks = 0
        if category in ("Cc", "Cf", "Cs", "Co", "Cn") or char in _BLANK_LETTERS:
            continue
        kept.append(char)
    return cut(" ".join("".join(kept).split()), limit)


def lines(text: str) -> str:
    """``text`` cleaned like ``clean``, but with its line breaks and the spaces inside its lines; tabs become spaces.

    For code and for text that is taken apart afterwards; the caller cuts it.
    """
    kept = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n"):
        kept.append(" ".join(clean(word, 100_000) for word in line.split(" ")))
    return "\n".join(kept)


def name(text: str, limit: int = 80) -> str:
    """A name from outside, clean, short and without an address in it; says so when nothing readable is left."""
    return unlinked(text, limit) or NO_NAME


def unlinked(text: str, limit: int = 3_000) -> str:
    """``text`` cleaned like ``clean``, and every address in it removed.

    Cleaned first: an address may be split by characters that nobody sees, and would come together again.
    """
    if _MAY_LEAD.search(text):
        text = addresses.without(lines(text[: 20 * limit + 1_000]))
    return clean(text, limit)


def address(text: str | None) -> str | None:
    """An e-mail address from outside; None for whatever is none, or a whole sentence."""
    return text if text and _ADDRESS.fullmatch(text) else None


def mrkdwn(text: str, limit: int = 3_000) -> str:
    """``text`` for a place where Slack parses mrkdwn: shown as it is written, never as markup, mention or link.

    ``& < >`` are escaped as Slack asks; the signs mrkdwn reads (``* _ ~ ` ``) become look-alikes, because mrkdwn
    knows no escape for them, and so do the ``@`` of a broadcast and the dots of a host; ``://`` is taken apart. So
    nothing written turns into a link or a mention by itself.
    """
    said = clean(text, limit).translate(_LOOK_ALIKES).replace("://", ": //")
    said = _HOST.sub(lambda host: host[0].translate(_DOTS), _LOUD.sub("＠", said))
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    while len(escaped) > limit:
        said = cut(said, max(0, len(said) - (len(escaped) - limit)))
        escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters as Slack counts them (UTF-16), ending in ``…``, never inside a visible character."""
    if width(text) <= limit:
        return text
    if limit < 1:
        return ""
    room, end = limit - 1, 0
    while end < len(text) and room >= width(text[end]):
        room -= width(text[end])
        end += 1
    while end > 0 and _glued(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def width(text: str) -> int:
    """Length in UTF-16 units, the strictest way Slack may count."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})
_LOUD = re.compile(r"@(?=(?:here|channel|everyone)\b)", re.IGNORECASE)
_HOST = re.compile(
    rf"{addresses.BEFORE}(?:{addresses.LABEL}[.\uff0e]){{1,9}}{addresses.TLD}{addresses.AFTER}"
    rf"|(?<![^\W_])(?:(?:{addresses.LABEL}{addresses.DOT}){{1,9}}{addresses.TLD}|\d{{1,3}}(?:\.\d{{1,3}}){{3}})"
    r"(?=(?::\d+)?[/?#\uff0f])"
)
"""A host (``evil.example``, also in another script), as Slack would make a link of it; no ``2.50`` and no ``e.g.``."""
_DOTS = str.maketrans(dict.fromkeys(".\u3002\uff0e\uff61", "\u2024"))
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")


def _joins_script(text: str, at: int) -> bool:
    """Whether a joiner stands inside a word of a script that needs it (Arabic to Sinhala), not as hidden padding."""
    around = (text[at - 1 : at], text[at + 1 : at + 2])
    return all(char and "\u0600" <= char <= "\u0dff" for char in around)


def _selects_glyph(char: str) -> bool:
    """Variation selectors can carry hidden text; only "show as emoji" (FE0F) has a use in a name."""
    return char != "\ufe0f" and ("\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef")


def _glued(text: str, end: int) -> bool:
    """Whether cutting before ``text[end]`` would split one visible character."""
    char, before = text[end], text[end - 1]
    if unicodedata.category(char) in ("Mn", "Me", "Mc") or char in _JOINERS or before in _JOINERS:
        return True
    if _SKIN_TONE.match(char):
        return True
    if _FLAG_LETTER.match(char) and _FLAG_LETTER.match(before):
        run = len(text[:end]) - len(text[:end].rstrip("".join(chr(c) for c in range(0x1F1E6, 0x1F200))))
        return run % 2 == 1
    return False
