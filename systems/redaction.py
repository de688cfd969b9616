"""What of a text may stand in a log, a note or a trace: no secret, nobody's e-mail address, and of an error no words of
whoever's data it stumbled over.
"""

from __future__ import annotations

import re
import traceback

LONGEST = 2_000
OURS = (
    "agents", "bot", "cli", "records", "rules", "scheduler", "sessions", "skills", "store", "systems", "tools", "views",
    "web",
)  # fmt: skip
"""Errors of these rooms say what they say on purpose, without anybody's words."""
PLAIN = (OSError, EOFError, TimeoutError)
"""Errors whose words are the machine's own: addresses, ports, paths."""
OF_DATABASES = ("OperationalError", "InterfaceError")
"""Of SQLAlchemy's errors those that tell of the connection; the others may quote what was to be written."""

_SECRET = re.compile(
    r"(?:xox[a-z]-|xapp-|xwfp-|pat-|ATATT|sk-ant-|ghp_|AKIA|eyJ[A-Za-z0-9_-]{8,}\.)[A-Za-z0-9_\-=.+/]+"
    r"|(?i:\b(?:bearer|basic)) [A-Za-z0-9+/_\-=.]{8,}"
    r"|(?i:\b(?:password|passwd|secret|api[_-]?key|access[_-]?token|token)\b[\"']?\s*[=:]\s*[\"']?)(?!\[secret\])[^\s\"'&,;})]{6,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_USERINFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,30}://)[^\s/@]+@", re.IGNORECASE)
_QUERY = re.compile(r"(?P<address>https?://[^\s?#\"'<>]+)[?#][^\s\"'<>)]+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


_VENDORS_WORDS = re.compile(r"(?P<said>the request was refused \(\d{1,4}\)): (?P<words>.+)", re.DOTALL)
"""A vendor's reason for a refusal (``systems/hubspot_answers.py``, ``jira_line.py``) repeats what it refused."""


def plain(text: str, limit: int = LONGEST) -> str:
    """``text`` without secrets, e-mail addresses, what addresses carry beside host and path, and vendors' own words for
    a refusal; cut."""
    text = _VENDORS_WORDS.sub(lambda found: f"{found['said']}, for a reason of {len(found['words'])} characters", text)
    text = _SECRET.sub("[secret]", text)
    text = _USERINFO.sub(r"\g<scheme>[secret]@", text)
    text = _QUERY.sub(r"\g<address>?[left out]", text)
    text = _EMAIL.sub("[e-mail]", text)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def broken(error: BaseException) -> str:
    """What an error may say: its kind, and its words when they can't be anybody's."""
    return _told(type(error), str(error))


def _told(kind: type[BaseException], words: str) -> str:
    name = kind.__name__
    room = kind.__module__.partition(".")[0]
    ours = room in OURS or issubclass(kind, PLAIN) or (room == "sqlalchemy" and name in OF_DATABASES)
    if not words:
        return name
    return f"{name}: {plain(words, 500)}" if ours else f"{name} ({len(words):,} characters left out)"


def story(error: BaseException) -> str:
    """The error with where it happened, and those it came from, oldest first; lines of code, no values."""
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    parts: list[str] = []
    errors: list[tuple[BaseException, traceback.TracebackException]] = []
    one: BaseException | None = error
    frames: traceback.TracebackException | None = told
    while one is not None and frames is not None and len(errors) < 10:
        errors.append((one, frames))
        cause = frames.__cause__ is not None
        after = one.__cause__ if cause else (None if one.__suppress_context__ else one.__context__)
        one, frames = after, frames.__cause__ if cause else frames.__context__
    for each, frame in reversed(errors):
        parts.append("Traceback (most recent call last):\n" + "".join(frame.stack.format()) + broken(each))
    return plain("\n\nfollowed by\n\n".join(parts), 20_000)
