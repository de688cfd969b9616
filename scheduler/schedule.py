"""What a schedule is: a name, for whom and when, and the trigger it makes. It knows nothing of what is then done."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

from sqlalchemy import Connection

import scheduler
from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings


class Schedule(Protocol):
    """The module of one schedule; its file's name is the schedule's name."""

    ABOUT: str
    """One line for people: what happens, when, for whom."""

    def wanted(self, connection: Connection, settings: Settings) -> Sequence[Wanted]:
        """The rows there should be: one a person, or a single one with person ""."""
        ...

    def trigger(self, workspace: str, due: Due) -> Scheduled:
        """What to submit for one due time. Its key makes it happen once."""
        ...


@cache
def all_schedules() -> dict[str, Schedule]:
    found: dict[str, Schedule] = {}
    for module in pkgutil.iter_modules(scheduler.__path__):
        loaded = importlib.import_module(f"scheduler.{module.name}")
        if hasattr(loaded, "trigger"):
            found[module.name] = cast(Schedule, loaded)
    return found
