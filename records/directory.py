"""What the CRM knows beside records: owners and their teams, pipeline stages, call outcomes, its own address."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, select, update

from records import state, tables
from records.kinds import Reading
from records.report import Part
from records.rows import SOURCE, mark_stale, upsert
from records.state import Lock
from systems.clock import Clock
from systems.ports import CRM


def refresh(engine: Engine, crm: CRM, clock: Clock, lock: Lock, part: Part, labels: bool) -> Reading:
    """Owners with their teams, pipelines, the portal's address; call outcomes' labels when ``labels``."""
    owners = crm.owners()
    stages = [(kind, stage) for kind in ("deals", "tickets") for stage in crm.stages(kind)]
    portal = crm.portal()
    with engine.begin() as conn:
        known = state.load(conn, SOURCE, "directory")
    outcomes = crm.call_outcomes() if labels or known.phase == "new" else None
    now = clock.now()
    with engine.begin() as conn:
        lock.renew(conn)
        for table in (tables.owners, tables.owner_teams, tables.teams):
            conn.execute(delete(table))
        team_rows = {team: name for owner in owners for team, name, _main in owner.teams}
        upsert(conn, tables.teams, [{"id": i, "name": name} for i, name in sorted(team_rows.items())])
        upsert(
            conn, tables.owners,
            [{"id": o.id, "email": o.email, "name": o.name, "archived": o.archived, "synced_at": now}
             for o in owners],
        )  # fmt: skip
        upsert(
            conn, tables.owner_teams,
            [{"owner_id": o.id, "team_id": t, "is_main": main} for o in owners for t, _name, main in o.teams],
        )  # fmt: skip
        upsert(conn, tables.portals, [{"source": SOURCE, "id": portal.id, "web_url": portal.web_url}])
        if outcomes is not None:
            upsert(conn, tables.call_outcomes, [{"id": i, "label": label} for i, label in outcomes.items()])
        reading = Reading(crm.account_fields, {(kind, s.id): s.closed for kind, s in stages})
        _restage(conn, reading)
        conn.execute(delete(tables.stages))
        upsert(conn, tables.stages, [{"kind": kind, **s._asdict()} for kind, s in stages])
        state.save(conn, known._replace(phase="changes", last_success_at=now, last_error=None, last_error_at=None))
    part.seen = len(owners) + len(stages)
    return reading


def _restage(conn: Connection, reading: Reading) -> None:
    """Stages that were opened, closed or added since: deals and tickets in them change with them."""
    rows = conn.execute(select(tables.stages.c.kind, tables.stages.c.id, tables.stages.c.closed))
    before = {(kind, i): closed for kind, i, closed in rows}
    for (kind, stage_id), closed in reading.closed.items():
        if closed is None or before.get((kind, stage_id), "new") == closed:
            continue
        table = tables.deals if kind == "deals" else tables.tickets
        here = (table.c.stage_id == stage_id) & (table.c.source == SOURCE)
        mark_stale(conn, conn.scalars(select(table.c.account_id).where(here)))
        conn.execute(update(table).where(here).values(is_open=not closed))
