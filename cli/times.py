"""Instants as the command line prints and reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import typer


def stamp(ms: int | None) -> str:
    return "-" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def read(iso: str) -> int:
    """Milliseconds of an ISO instant; without a zone it is refused, since reps live in several."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        raise typer.BadParameter(f"{iso!r} is not an ISO instant; write it like 2026-11-23T09:00:00+01:00.") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{iso!r} has no time zone; write it like {iso}+01:00 or {iso}Z.")
    return int(moment.timestamp() * 1000)
