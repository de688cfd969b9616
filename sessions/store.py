"""The tables of sessions: who is in the inbox, what each session has seen, and when schedules are due next."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, false

from store.metadata import Instant, Json, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("person", Text),
    Column("opened_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("turns", Integer, nullable=False, default=0),
    Column("title", Text),
    Column("paused", Boolean, nullable=False, default=False, server_default=false()),
    Column("forked_from", Text),
    Column("forked_turn", Integer),
    Index("ix_sessions_touched_at", "touched_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("trigger", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("enqueued_wall", Instant, nullable=False),
    Column("wake_at", Instant),
    Column("ended_at", Instant),
    Column("note", Text),
    Column("stop_at", Instant),
    UniqueConstraint("workspace", "key"),
    UniqueConstraint("session", "turn"),
    Index("ix_inbox_state", "state", "wake_at"),
)
"""``enqueued_wall`` is the machine's own time, for the watchdog over the queue; all else follows the Clock.

``stop_at`` is when a person stopped a turn that had begun; its agent ends it as soon as it looks.
"""

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Json, nullable=False),
    Index("ix_events_session", "session", "id"),
)

threads = Table(
    "threads",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("thread_ts", Text, primary_key=True),
    Column("session", Text, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("aside", Json),
    Index("ix_threads_newest", "workspace", "channel", "joined_at"),
    Index("ix_threads_session", "session"),
)
"""Which thread of Slack belongs to which session; ``thread_ts`` is the ``ts`` of the thread's first message.

``aside`` are the people in it who talk with each other: what they write is not for us until they name us again.
"""

schedules = Table(
    "schedules",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("person", Text, primary_key=True, default=""),
    Column("at", Text, nullable=False),
    Column("days", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("paused", Boolean, nullable=False, default=False),
    Column("chosen", Boolean, nullable=False, default=False),
    Column("next_at", Instant, nullable=False),
    Index("ix_schedules_next_at", "paused", "next_at"),
)
"""``chosen`` says that a person set the time; a default follows the product, a choice stays."""

worker_leases = Table(
    "worker_leases",
    metadata,
    Column("executor", Text, primary_key=True),
    Column("beat_wall", Instant, nullable=False),
    Column("alive", Boolean, nullable=False),
)
