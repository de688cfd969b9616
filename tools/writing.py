"""What the writing tools share: instants and amounts as HubSpot takes them, and whether records belong together."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from rules.authority import NOT_FOUND
from systems.ports import Record
from tools.tool import Problem
from tools.world import World
from views import addresses, escape

BRIEF = 120

_ADDRESS = re.compile(
    r"//|(?<![^\W_])(?:www\.|(?:mailto|javascript|data|file|tel):|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![^\W_]))"
    rf"|[\w{addresses.MARKS}-]\.{addresses.TLD}(?![^\W_])"
    r"|\[[^\[\]\n]*\|[^\[\]\n]+\]|\\\\",  # Jira's own way to write a link, to whatever it leads; a share
    re.IGNORECASE,
)
_WRITTEN_OUT = re.compile(r"https://[^\s<>|\[\]]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
_JIRA = re.compile(r"(\[~|\[\^|[{}]|!(?=\S+!))")


def iso(instant: int) -> str:
    """An instant (ms) as HubSpot takes it: ``2026-11-23T09:14:00.000Z``."""
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def midnight(day: date) -> str:
    """A bare date as HubSpot keeps it: midnight in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def units(cents: int) -> str:
    """``4000000`` cents as ``40000``, ``4000050`` as ``40000.50``."""
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02d}"


def has_link(text: str | None) -> bool:
    """Whether a text holds a web address, in any of the ways people write them. Better one too many than too few."""
    return bool(text and _ADDRESS.search(unicodedata.normalize("NFKC", text).replace("\u3002", ".")))


def hosts(text: str) -> tuple[str, ...]:
    """The hosts of the web addresses in a text, each once; ``?`` for one that is not written out in full, or is odd."""
    found = [_host(match.group()) for match in _WRITTEN_OUT.finditer(text)]
    if has_link(_WRITTEN_OUT.sub(" ", text)):
        found.append("?")
    return tuple(dict.fromkeys(found))


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "?"
    plain_host = parts.netloc.lower()
    return plain_host if _HOST.fullmatch(plain_host) else "?"


def rich(text: str) -> str:
    """Plain words for a body that HubSpot shows as HTML: nothing in them becomes markup, and line breaks stay."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def plain(body: str | None) -> str:
    """The words of a body that HubSpot keeps as HTML."""
    return html.unescape(_TAG.sub("", _BREAK.sub(" ", body or "")))


def unlinked(text: str) -> str:
    """Plain words for Jira, which reads markup: no mention of anybody, no image and no macro comes out of them."""
    return _JIRA.sub(r"\\\1", text)


def brief(text: str) -> str:
    """The beginning of what is written, in quotes and on one line, without addresses."""
    return f"“{escape.unlinked(text, BRIEF)}”"


def in_reach(world: World, kind: str, record_id: str, account: str, properties: Sequence[str] = ()) -> Record:
    """The record, if it belongs to the account; else the same words as for one that doesn't exist."""
    record = world.record(kind, record_id, properties or ("hs_object_id",), ("companies",))
    if account not in {end.id for end in (record.links or {}).get("companies") or ()}:
        raise Problem(NOT_FOUND, "scope.not_yours")
    return record
