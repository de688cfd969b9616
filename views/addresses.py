"""Which addresses a text may hold: the deployment's own records and messages; any other is removed and said so.

An address is a way out for data (whoever opens it tells the server what it holds) and a way in for fraud, and a model
may have been talked into it by a ticket. So it must begin with one of the addresses that the caller allows
(``https://app.hubspot.com/contacts/123``), whole: neither another host nor a path beside it passes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

REMOVED = "(link removed)"

_SAFE_REST = re.compile(r"(?:[/?#][A-Za-z0-9._~/?#=&+:,;@%-]*)?")
_CLIMBS = re.compile(r"(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#]|%2f|%5c|$)", re.IGNORECASE)
_TAIL = re.compile(r"[)\]}>.,;:!?'\"*_~`…»”’|]+$")

DOT = r"[.\u3002\uff0e\uff61]"
MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u0670\u06d6-\u074a\u07a6-\u0e4e\u0eb1-\u0fc6\u102b-\u109d\u135d-\u1773"
    r"\u17b4-\u18a9\u1920-\u1c37\u1cd0-\u1dff\u20d0-\u20f0\u302a-\u309a\ua66f-\uabed"
)
"""Where the signs stand that are written onto letters: in many scripts a word, and so a host's name, has some."""
# Of a longer host the last labels are found; without a bound, a text of nothing but dots would take minutes.
LABEL = rf"[^\W_][\w{MARKS}-]{{0,62}}"
TLD = rf"(?:xn--[A-Za-z0-9-]{{1,59}}|[^\W\d_](?:[^\W\d_]|[{MARKS}]){{1,23}})"
BEFORE = r"(?<![^\W_])(?<![^\W_]@)"
"""Where a host may begin: also after an underscore, which is gone where it means emphasis; not in an e-mail address."""
AFTER = rf"(?![^\W_]|[{MARKS}-])"
FOUND = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,30}\\?:\\?[/\uff0f]\\?[/\uff0f][^\s<>]*)"
    r"|(?P<other>(?<![^\W_])(?:javascript|data|vbscript|file|slack|mailto|tel):[^\s<>]+)"
    rf"|(?P<www>{BEFORE}www{DOT}[^\s<>]+)"
    rf"|(?P<bare>(?<![^\W_])(?:(?:{LABEL}{DOT}){{1,9}}{TLD}|\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?::\d+)?[/?#\uff0f][^\s<>]*)",
    re.IGNORECASE,
)
"""What a reader, or Slack, could take for an address: with a scheme, with www, or a host followed by a path.

A host alone stays: half of all companies are called like theirs (Booking.com), and as literal text it leads nowhere.
"""

HOST = re.compile(rf"(?<!`){BEFORE}(?:{LABEL}{DOT}){{1,9}}{TLD}{AFTER}(?![@`])")
"""A host alone, for the one place where Slack might make a link of it by itself."""


def allowed(url: str, beginnings: Sequence[str]) -> bool:
    """Whether ``url`` is one of ``beginnings`` or lies below it, in plain characters and without climbing out."""
    for beginning in beginnings:
        base = beginning.rstrip("/")
        rest = url[len(base) :]
        if base and url.startswith(base) and _SAFE_REST.fullmatch(rest) and not _CLIMBS.search(rest):
            return True
    return False


def parts(text: str, beginnings: Sequence[str]) -> list[tuple[str, str | None]]:
    """``text`` as (words, address or None): allowed addresses stand alone, others are replaced by ``REMOVED``."""
    found: list[tuple[str, str | None]] = []
    at = 0
    for match in FOUND.finditer(text):
        url = match.group()
        tail = _TAIL.search(url)
        url = url[: tail.start()] if tail else url
        if match["other"] and url.lower().startswith(("mailto:", "tel:")):
            words, target = url.partition(":")[2], None  # an e-mail address or a number is no way out
        elif allowed(url, beginnings):
            words, target = url, url
        else:
            words, target = REMOVED, None
        found += [(text[at : match.start()], None), (words, target)]
        at = match.start() + len(url)
    return [part for part in [*found, (text[at:], None)] if part[0]]


def without(text: str) -> str:
    """``text`` with every address removed, for places that can't hold a link."""
    return "".join(words for words, _ in parts(text, ()))
