"""Brings our copy of HubSpot and Jira up to date, one sync at a time; a source that is down never stops the other."""

from __future__ import annotations

from sqlalchemy import Engine

from records import features, state
from records.issues import settle
from records.report import Part, Progress, Report
from records.state import SyncBusy
from records.sync_hubspot import HubSpotSync
from records.sync_jira import JiraSync
from systems.clock import Clock
from systems.ports import CRM, Tickets

__all__ = ["Part", "Progress", "Report", "SyncBusy", "run"]


def run(
    engine: Engine,
    crm: CRM | None,
    tickets: Tickets | None,
    clock: Clock,
    *,
    full: bool = False,
    sweep: bool = False,
    progress: Progress | None = None,
) -> Report:
    """One sync: everything the first time (resumed where it stopped), afterwards what changed.

    ``sweep`` (nightly) also finds what was archived or deleted; ``full`` reads everything again. A source that is None
    is not set up and left out. Faults of a source are in the report and in ``sync_state``, not raised; ``SyncBusy`` is,
    when another sync runs.
    """
    report = Report()
    tell = progress or _silent
    with state.only_one(engine) as lock:
        try:
            if crm is not None:
                hubspot = HubSpotSync(engine, crm, clock, lock, tell)
                report.parts = hubspot.parts
                hubspot.run(full, sweep)
            if tickets is not None:
                jira = JiraSync(engine, tickets, clock, lock, tell)
                jira.run(full, sweep)
                report.parts = report.parts + jira.parts
        finally:
            # Also after a failure: what did arrive is already in the records.
            with engine.begin() as conn:
                settle(conn)
            report.accounts = features.refresh(engine, clock.now())
            with engine.begin() as conn:
                report.accounts += features.refresh_expired(conn, clock.now())
    return report


def _silent(_source: str, _kind: str, _done: int, _total: int | None) -> None:
    return None
