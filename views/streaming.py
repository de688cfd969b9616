"""The part of an unfinished answer that can already be shown: whole lines and sentences that lead nowhere else.

A streamed answer goes through Slack's own Markdown (chat.appendStream ``markdown_text``), so what
``views/markdown.py`` leaves out by building literal elements is taken apart here by hand: links to elsewhere, images,
mentions, HTML, entities, addresses, invisible characters.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from views import addresses, escape
from views.markdown import NO_IMAGE, plain_mentions

LONGEST_LINE = 2_000
"""A line twice as long is given in parts of this size, so that it can't hold an answer back for ever."""

_SENTENCE = re.compile(r"(?<=[.!?])[ ]")
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?:\([^()\s]*(?: [^()\n]*)?\))?")
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(<?([^()\s<>]*)>?(?: [\"'(][^()\n]*)?\)")
_ANGLED = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,30}:[^<>\s|]*)(?:\|([^<>\n]*))?>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_JOINTS = re.compile(r"\](?=[(\[:])")
_LOUD = re.compile(r"@(?=(?:here|channel|everyone)\b)", re.IGNORECASE)
_KEPT = "\ue000{}\ue001"
_KEPT_AT = re.compile("\ue000([0-9]+)\ue001")


def stream_text(markdown_so_far: str, links: Sequence[str] = (), ended: bool = False) -> str:
    """What may be shown of the answer so far. A longer answer's begins with a shorter one's: send the difference.

    With ``ended`` the rest is given too. ``links`` are the beginnings of addresses that may be linked.
    """
    return "".join(_harmless(part, tuple(links)) for part in _complete(markdown_so_far, ended))


def _complete(text: str, ended: bool) -> Iterator[str]:
    """Parts that end with a line or a sentence. Each end depends on what stands before it alone, so it stays one."""
    while text:
        line, newline, rest = text.partition("\n")
        line += newline
        for part, whole in _sentences(line):
            if whole or newline or ended:
                yield part
        text = rest


def _sentences(line: str) -> Iterator[tuple[str, bool]]:
    """(part, is it complete) of one line; a part never ends inside brackets or code unless it is endless."""
    at = 0
    while at < len(line):
        most = at + 2 * LONGEST_LINE
        ends = (match.end() for match in _SENTENCE.finditer(line, at, most))
        end = next((end for end in ends if _balanced(line[at:end])), None)
        if end is None and len(line) > most:
            end = line.rfind(" ", at, at + LONGEST_LINE) + 1 or at + LONGEST_LINE
        yield (line[at:end], True) if end is not None else (line[at:], False)
        at = end if end is not None else len(line)


def _balanced(text: str) -> bool:
    return text.count("`") % 2 == 0 and all(text.count(a) == text.count(z) for a, z in ("[]", "()", "<>"))


def _harmless(part: str, links: tuple[str, ...]) -> str:
    kept: list[str] = []

    def keep(words: str, address: str) -> str:
        """Leave an allowed link out of what is done to the rest."""
        label = addresses.without(words).translate(_PLAIN) or address
        kept.append(f"[{label}]({address})")
        return _KEPT.format(len(kept) - 1)

    def judged(words: str, address: str) -> str:
        if addresses.allowed(address, links):
            return keep(words, address)
        shown = addresses.without(words).strip()
        bare = not shown or shown == addresses.REMOVED or addresses.HOST.fullmatch(shown)
        return addresses.REMOVED if bare else f"{shown} {addresses.REMOVED}"

    said = escape.lines(_decoded(part))
    said = _IMAGE.sub(NO_IMAGE, plain_mentions(said))
    said = _LINK.sub(lambda match: judged(match[1], match[2]), said)
    said = _ANGLED.sub(lambda match: judged(match[2] or "", match[1]), said)
    bare = addresses.parts(said, links)
    said = "".join(words if address is None else keep(words, address) for words, address in bare)
    said = said.replace("!\ue000", "! \ue000")
    said = _JOINTS.sub("] ", said).replace("![", "! [").replace("&#", "& #")
    quote = re.match(r"[ ]*(?:> ?)*", said)
    lead = quote.group() if quote else ""
    said = lead + _LOUD.sub("＠", said[len(lead) :].replace("<", "‹").replace(">", "›"))
    said = addresses.HOST.sub(lambda host: f"`{host.group()}`", said)
    return _KEPT_AT.sub(lambda match: kept[int(match.group(1))], said)


def _decoded(text: str) -> str:
    """Entities as the characters they stand for, however often they were written over."""
    for _ in range(5):
        plain = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if plain == text:
            break
        text = plain
    return text


_PLAIN = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "`": "'", "\\": "/", "\n": " "})
