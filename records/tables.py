"""Our copy of what the vendors know: ids, dates, amounts, picklist values and names. Never what a customer wrote.

Every record row says from which source it is, when the vendor last changed it (``changed_at``), when we read it
(``synced_at``) and in which complete listing it was last seen (``generation``; what a later listing misses is gone).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from store.metadata import Cents, Instant, metadata

# Ids sort by their bytes on both databases, so that ties are broken alike.
Id = String().with_variant(String(collation="C"), "postgresql")

NO_ACCOUNT = ""
"""The account id of an engagement that belongs to no account we know."""


def _kept() -> list[Column[Any]]:
    return [
        Column("source", Text, nullable=False),
        Column("changed_at", Instant, nullable=False),
        Column("synced_at", Instant, nullable=False),
        Column("generation", Integer, nullable=False),
    ]


accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("domain", Text, index=True),
    Column("owner_id", Id, index=True),
    Column("revenue_cents", Cents),
    Column("onboarding", Integer),
    Column("renewal_at", Instant),
    *_kept(),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, index=True),
    Column("owner_id", Id),
    Column("email", Text),
    Column("name", Text),
    *_kept(),
)

deals = Table(
    "deals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id),
    Column("owner_id", Id),
    Column("untrusted_name", Text),
    Column("stage_id", Id, index=True),
    Column("is_open", Boolean, nullable=False),
    Column("amount_cents", Cents),
    Column("created_at", Instant),
    Column("close_at", Instant),
    Column("entered_stage_at", Instant),
    Column("has_next_step", Boolean, nullable=False),
    *_kept(),
    Index("ix_deals_account_open", "account_id", "is_open"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, nullable=False),
    Column("key", Id, nullable=False),
    Column("account_id", Id),
    Column("account_ref", Text),
    Column("stage_id", Id, index=True),
    Column("is_open", Boolean, nullable=False),
    Column("priority", Text),
    Column("opened_at", Instant),
    Column("closed_at", Instant),
    Column("customer_at", Instant),
    Column("answered_at", Instant),
    *_kept(),
    PrimaryKeyConstraint("source", "id"),
    Index("ix_tickets_account_open", "account_id", "is_open"),
    Index("ix_tickets_source_key", "source", "key"),
)
"""``key`` is what people call it: ``SUP-123`` in Jira, the id in HubSpot. ``account_ref`` is the Jira field's text.
``priority`` is urgent, high, medium, low or None; ``customer_at`` and ``answered_at`` are each side's last public
words."""

touches = Table(
    "touches",
    metadata,
    Column("id", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", Text),
    Column("counts", Boolean, nullable=False),
    *_kept(),
    PrimaryKeyConstraint("id", "kind", "account_id"),
    # Covers what features read, which is most of what is ever read here.
    Index("ix_touches_account", "account_id", "kind", "at", "id", "counts", "outcome"),
)
"""A call, e-mail or meeting; one row for each account it belongs to. ``counts`` is false for cancelled meetings and
bounced e-mails. ``outcome`` is a call's disposition id or a meeting's outcome."""

notes = Table(
    "notes",
    metadata,
    Column("id", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    *_kept(),
    PrimaryKeyConstraint("id", "account_id"),
    Index("ix_notes_account", "account_id", "at"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("owner_id", Id),
    Column("due_at", Instant),
    Column("is_open", Boolean, nullable=False),
    *_kept(),
    PrimaryKeyConstraint("id", "account_id"),
    Index("ix_tasks_account_open", "account_id", "is_open"),
)

deal_steps = Table(
    "deal_steps",
    metadata,
    Column("kind", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("deal_id", Id, nullable=False),
    PrimaryKeyConstraint("deal_id", "kind", "id"),
    Index("ix_deal_steps_kind_id", "kind", "id"),
)
"""Which tasks and meetings are about which deal."""

stages = Table(
    "stages",
    metadata,
    Column("kind", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("label", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("closed", Boolean),
    Column("pipeline_id", Id, nullable=False),
    Column("pipeline_label", Text, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
)
"""Stages of deal and ticket pipelines; ``kind`` is deals or tickets."""

owners = Table(
    "owners",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, index=True),
    Column("name", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("synced_at", Instant, nullable=False),
)

owner_teams = Table(
    "owner_teams",
    metadata,
    Column("owner_id", Id, nullable=False),
    Column("team_id", Id, nullable=False),
    Column("is_main", Boolean, nullable=False),
    PrimaryKeyConstraint("owner_id", "team_id"),
)

teams = Table("teams", metadata, Column("id", Id, primary_key=True), Column("name", Text, nullable=False))

call_outcomes = Table(
    "call_outcomes", metadata, Column("id", Id, primary_key=True), Column("label", Text, nullable=False)
)

merged = Table(
    "merged",
    metadata,
    Column("kind", Text, nullable=False),
    Column("loser", Id, nullable=False),
    Column("winner", Id, nullable=False),
    PrimaryKeyConstraint("kind", "loser"),
    Index("ix_merged_winner", "kind", "winner"),
)
"""Ids that a merge retired, and the record that lives on."""

account_features = Table(
    "account_features",
    metadata,
    Column("owner_id", Id, nullable=False),
    Column("account_id", Id, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("revenue_cents", Cents),
    Column("onboarding", Integer),
    Column("renewal_at", Instant),
    Column("last_touch_at", Instant),
    Column("last_touch_kind", Text),
    Column("last_call_at", Instant),
    Column("last_call_outcome", Text),
    Column("third_last_call_at", Instant),
    Column("next_meeting_at", Instant),
    Column("task_due_at", Instant),
    Column("task_id", Id),
    Column("open_tickets", Integer, nullable=False),
    Column("urgent_ticket_at", Instant),
    Column("urgent_ticket_id", Id),
    Column("old_ticket_at", Instant),
    Column("old_ticket_id", Id),
    Column("unanswered_at", Instant),
    Column("unanswered_id", Id),
    Column("open_deals", Integer, nullable=False),
    Column("open_deals_cents", Cents),
    Column("no_step_deal_id", Id),
    Column("no_step_deal_cents", Cents),
    Column("no_step_deal_at", Instant),
    Column("late_deal_id", Id),
    Column("late_deal_cents", Cents),
    Column("late_deal_close_at", Instant),
    Column("still_deal_id", Id),
    Column("still_deal_cents", Cents),
    Column("still_deal_since", Instant),
    Column("changes_at", Instant, index=True),
    # Kept in the order in which it is read, so that streaming it needs no sort.
    PrimaryKeyConstraint("owner_id", "account_id"),
    sqlite_with_rowid=False,
)
"""One row an account, as ``rules.facts.AccountFacts``; ``changes_at`` is when time alone will change it."""

stale_accounts = Table("stale_accounts", metadata, Column("account_id", Id, primary_key=True), sqlite_with_rowid=False)
"""Accounts whose records changed since their row of ``account_features`` was computed."""

set_aside = Table(
    "set_aside",
    metadata,
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    PrimaryKeyConstraint("source", "kind", "id"),
)
"""Records that could not be read, each with its reason; cleared when they can be."""

sync_state = Table(
    "sync_state",
    metadata,
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("token", Text),
    Column("listing_newest", Instant),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("newest", Instant),
    Column("newest_seen_at", Instant),
    Column("polled_at", Instant),
    Column("archived_token", Text),
    Column("swept_at", Instant),
    Column("fingerprint", Text),
    Column("last_success_at", Instant),
    Column("last_error", Text),
    Column("last_error_at", Instant),
    PrimaryKeyConstraint("source", "kind"),
)
"""How far the sync of each kind is. ``phase``: new, listing (reading everything, at ``token``), changes."""

sync_lock = Table(
    "sync_lock",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Who syncs now. Times are the machine's, not the movable clock's: a lease is about processes."""

portals = Table(
    "portals",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("web_url", Text, nullable=False),
)
"""Where people can open a source's records."""

people = Table(
    "people",
    metadata,
    Column("slack_id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("email", Text, index=True),
    Column("real_name", Text, nullable=False),
    Column("tz", Text),
    Column("deleted", Boolean, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("owner_id", Id, index=True),
    Column("manager_id", Text),
    Column("team", Text),
    Column("problem", Text),
    Column("list_at", Text),
    Column("is_rep", Boolean, nullable=False),
)
"""Slack users and whom they are in the CRM. ``manager_id`` is a Slack id; ``is_rep`` marks who gets lists, ``problem``
says why somebody who should be does not, ``list_at`` is a wished local time (``08:30``)."""

unmatched_owners = Table(
    "unmatched_owners",
    metadata,
    Column("owner_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("problem", Text, nullable=False),
)
"""HubSpot owners of accounts whom nobody in Slack matches."""
