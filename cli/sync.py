"""``daybook sync``: records and people, with progress on a terminal."""

from __future__ import annotations

import sys

import orjson

from cli.running import Deployment
from records import people, sync
from records.people_file import read_overrides
from store.engine import DatabaseError
from systems import settings


def run(full: bool, as_json: bool) -> None:
    loaded = settings.load()
    try:
        deployment = Deployment(loaded, exclusive=True, migrate=loaded.database_url.startswith("sqlite"))
    except DatabaseError as busy:
        raise DatabaseError(f"{busy} (To have the running one sync now: `daybook fire sync_records`.)") from None
    try:
        report, found = read_all(deployment, full, quiet=as_json)
    finally:
        deployment.close()
    if as_json:
        print(
            orjson.dumps(
                {"records": report.as_dict(), "people": {"reps": found.reps, "problems": found.problems}}
            ).decode()
        )
        return
    print(report.summary())
    print(f"{found.reps} reps matched; {len(found.problems)} people have no list (`daybook doctor` says why).")


def read_all(deployment: Deployment, full: bool, quiet: bool) -> tuple[sync.Report, people.PeopleReport]:
    """One sync and one reading of the people; progress goes to stderr when it is a terminal."""
    shows = not quiet and sys.stderr.isatty()

    def progress(source: str, kind: str, done: int, total: int | None) -> None:
        if shows:
            of = f" of {total:,}" if total is not None else ""
            print(f"\r\033[K{source} {kind}: {done:,}{of}", end="", file=sys.stderr, flush=True)

    systems = deployment.systems
    report = sync.run(
        deployment.database, systems.crm, systems.tickets, systems.clock, full=full, sweep=full, progress=progress
    )
    if shows:
        print("\r\033[K", end="", file=sys.stderr)
    overrides = read_overrides(deployment.settings.daybook_people_file)
    found = people.refresh(deployment.database, systems.chat.users(), overrides, deployment.settings.admins())
    return report, found
