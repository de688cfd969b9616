"""What Daybook just wrote, put into our copy at once: the next list must know of it before the next sync does.

The records go the way a sync takes, so that nothing is read differently, and the accounts they touch are summed up
again in the same transaction. A sync that runs meanwhile can't undo it: an older version never replaces a newer.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from records import features, issues, state, tables
from records.kinds import BY_NAME, Reading
from records.rows import SOURCE, remove, touched_by
from records.writing import Batch, write
from systems.ports import AccountFields, Issue, Record


def properties_of(kind: str, fields: AccountFields | None = None) -> tuple[str, ...]:
    """The properties that a record must be read with to be noted. ``fields`` matters for companies only."""
    return BY_NAME[kind].asked(fields or AccountFields())


def links_of(kind: str) -> tuple[str, ...]:
    """The associations that a record must be read with to be noted."""
    return BY_NAME[kind].links


def note_written(
    connection: Connection, kind: str, record: Record, now: int, fields: AccountFields | None = None
) -> None:
    """Put one HubSpot record, read with ``properties_of`` and ``links_of``, into our copy and sum its accounts up."""
    generation = state.load(connection, SOURCE, kind).generation
    stages = tables.stages
    closed = {(k, i): c for k, i, c in connection.execute(select(stages.c.kind, stages.c.id, stages.c.closed))}
    reading = Reading(fields or AccountFields(), closed)
    outcome = write(connection, BY_NAME[kind], [record], Batch(now, generation, reading))
    features.refresh_some(connection, outcome.accounts, now)


def note_gone(connection: Connection, kind: str, record_id: str, now: int) -> None:
    """Take out of our copy a HubSpot record that was archived (the undo of one of our own)."""
    touched = touched_by(connection, BY_NAME[kind], [record_id])
    remove(connection, BY_NAME[kind], [record_id])
    features.refresh_some(connection, touched, now)


def note_issue(connection: Connection, issue: Issue, now: int) -> None:
    """Put one Jira issue, read again after a comment, into our copy and sum its account up."""
    generation = state.load(connection, issues.SOURCE, issues.KIND).generation
    outcome, _newest = issues.write(connection, [issue], now, generation)
    features.refresh_some(connection, outcome.accounts, now)
