"""The versions of the policy file: each that ever decided anything is kept for good, so that it can be shown."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Engine, Table, Text, select

from rules.policy import Policy, PolicyError
from rules.policy_file import parse, parse_kept
from store.engine import insert_once
from store.metadata import Instant, metadata
from systems.settings import Settings, SettingsError

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("seeded_at", Instant, nullable=False),
)

_CHECKOUT = Path(__file__).resolve().parent.parent
_parsed: dict[str, Policy] = {}
_known: dict[str, Policy] = {}
"""By version. What a version says never changes, for its name holds the digest of its text."""
_kept: WeakKeyDictionary[Engine, set[str]] = WeakKeyDictionary()
"""By database: the versions that are known to be in it."""
_read: dict[Path, tuple[tuple[int, int, int], tuple[Policy, str]]] = {}
"""By file: how it was when it was read last. Each call of a tool asks for the policy, and it hardly ever changes."""


def current(settings: Settings) -> tuple[Policy, str]:
    """The policy in force and its text. Raises ``PolicyError`` naming the key, ``SettingsError`` naming the file."""
    path = _path(settings.daybook_policy_file)
    try:
        now = path.stat()
        state = (now.st_mtime_ns, now.st_size, now.st_ino)
        before = _read.get(path)
        if before is not None and before[0] == state:
            return before[1]
        text = path.read_text(encoding="utf-8")
    except OSError as unreadable:
        raise SettingsError(
            f"DAYBOOK_POLICY_FILE: {settings.daybook_policy_file} can't be read ({unreadable.strerror}). "
            + Settings.where("daybook_policy_file")
        ) from None
    if text not in _parsed:
        _parsed[text] = parse(text)
    _read[path] = (state, (_parsed[text], text))
    return _read[path][1]


@cache
def _path(told: str) -> Path:
    return Path(told) if Path(told).is_absolute() else _CHECKOUT / told


def seed(connection: Connection, policy: Policy, text: str, now: int) -> None:
    """Keep this version, once; a version's text never changes because the version holds its digest."""
    insert_once(connection, policy_versions, {"version": policy.version, "text": text, "seeded_at": now})


def keep(connection: Connection, settings: Settings, now: int) -> None:
    """Keep the version in force, once, so that what was decided by it can be shown for good."""
    policy, text = current(settings)
    seed(connection, policy, text, now)


def keep_once(database: Engine, settings: Settings, now: int) -> None:
    """Keep the version in force before anything is decided by it; after the first time this asks nobody."""
    version = current(settings)[0].version
    if version not in (known := _kept.setdefault(database, set())):
        with database.begin() as connection:
            keep(connection, settings, now)
        known.add(version)


class Version(NamedTuple):
    """One version: from when on it was in effect, and its text, which never changes."""

    version: str
    since: int
    text: str


def versions(connection: Connection) -> list[Version]:
    """Every version that was ever in effect, oldest first."""
    rows = connection.execute(select(policy_versions).order_by(policy_versions.c.seeded_at, policy_versions.c.version))
    return [Version(row.version, row.seeded_at, row.text) for row in rows]


def of_version(connection: Connection, version: str) -> Policy | None:
    """The policy that was in force under this name; None when it never was."""
    if version not in _known:
        text = connection.scalar(select(policy_versions.c.text).where(policy_versions.c.version == version))
        if text is None:
            return None
        # Kept by an older Daybook, it may lack sections that came later.
        found = parse_kept(text, (_CHECKOUT / "rules/policy.toml").read_text(encoding="utf-8"))
        if found.version != version:
            raise PolicyError(
                f"version {version}", "does not say what it said", "It was changed in the database: restore a backup."
            )
        _known[version] = found
    return _known[version]
