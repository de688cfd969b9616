"""The address of what an answer took: signed by this deployment, for one turn of one session, and for thirty days.

Nobody signs in to see it, and a link can be passed on; so it is a link to a page without anybody's words
(``views/trace_page.py``). The signature is there so that nobody finds others' turns by trying, and is looked at
before anything else is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple

PATH = "/trace/"
KEPT_MS = 30 * 24 * 3_600_000
MOST = 1_500
"""Characters of a token; Slack takes an address of 3,000."""
_FOR = b"daybook: the key of links to traces, 1"
"""What sets this key apart from the ledger's own, of which it is made: neither says anything about the other."""


class NotOurs(Exception):
    """The token was not signed here, or is no longer what was signed."""


class Expired(Exception):
    """It was signed here, and its time is over."""


class Linked(NamedTuple):
    """What a link is for, and until when (ms)."""

    session: str
    turn: int
    until: int


def key_from(secret: bytes) -> bytes:
    """The key of links, made of the deployment's secret."""
    return hmac.digest(secret, _FOR, hashlib.sha256)


def address(public_url: str, key: bytes, linked: Linked) -> str | None:
    """The whole address; None when the session's id is too long for one."""
    signed = token(key, linked)
    return f"{public_url.rstrip('/')}{PATH}{signed}" if len(signed) <= MOST else None


def token(key: bytes, linked: Linked) -> str:
    return _signed(key, f"{linked.until}.{linked.turn}.{linked.session}".encode())


def read(key: bytes, given: str, now: int) -> Linked:
    """What ``given`` is for. Raises ``NotOurs`` or ``Expired``."""
    said = given.partition(".")[0]
    try:
        claim = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)) if len(given) <= MOST else b""
    except (ValueError, binascii.Error):
        claim = b""
    # Held against the whole token as it would be written, so that one turn has one address until its time is over.
    if not claim or not hmac.compare_digest(_signed(key, claim).encode(), given.encode(errors="replace")):
        raise NotOurs
    until, turn, session = claim.decode().split(".", 2)
    if int(until) < now:
        raise Expired
    return Linked(session, int(turn), int(until))


def _signed(key: bytes, claim: bytes) -> str:
    seal = hmac.digest(key, claim, hashlib.sha256)
    return f"{_letters(claim)}.{_letters(seal)}"


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
