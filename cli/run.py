"""``daybook run``: one role, or all of them, until a signal."""

from __future__ import annotations

import asyncio

import typer

from cli import logs
from cli.running import ROLES, Deployment, serve
from records import policies
from records.people_file import read_overrides
from systems import settings as settings_module
from systems.settings import SettingsError


def run(role: str) -> None:
    if role not in ROLES:
        raise typer.BadParameter(f"{role!r} is not a role; choose one of {', '.join(ROLES)}.")
    settings = settings_module.load()
    logs.start(settings.daybook_log_format)
    settings.need("slack_bot_token", "hubspot_access_token")
    if role in ("web", "all") and settings.value("slack_app_token") is None:
        settings.need("slack_signing_secret")
    if role != "all" and settings.database_url.startswith("sqlite"):
        raise SettingsError(
            f"`daybook run {role}` is one role of several processes, and SQLite serves one process. Run `daybook run` "
            "(all roles in one), or set DATABASE_URL to a Postgres database. " + settings.where("database_url")
        )
    policies.current(settings)  # a typo in these files is for the operator to see now, not at nine o'clock
    read_overrides(settings.daybook_people_file)
    # One process on its own file brings its tables up to date; a fleet does that in its release step.
    deployment = Deployment(settings, exclusive=True, migrate=settings.database_url.startswith("sqlite"))
    try:
        asyncio.run(serve(deployment, role))
    finally:
        deployment.close()
