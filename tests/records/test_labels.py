"""What outsiders wrote is labelled where it is kept: a column that may hold free text says so in its name."""

from __future__ import annotations

from sqlalchemy import JSON, Text

from records import tables
from store.metadata import metadata

NAMES = {"name", "email", "domain", "label", "pipeline_label", "real_name", "team", "web_url", "host"}
"""Names and addresses: clean, short and without links wherever they are shown; no reason to mark a conversation."""
OURS = {
    "account_ref", "archived_token", "digest", "fingerprint", "holder", "id", "kind", "last_call_outcome", "last_error",
    "last_touch_kind", "list_at", "manager_id", "outcome", "phase", "priority", "problem", "reason", "slack_id",
    "source", "token", "tz", "workspace",
}  # fmt: skip
"""Ids, picklists' values, and sentences of Daybook's own."""


def test_no_column_of_our_copy_keeps_free_text_without_its_label() -> None:
    mine = [table for table in metadata.tables.values() if getattr(tables, table.name, None) is table]
    assert len(mine) > 15
    unlabelled = [
        f"{table.name}.{column.name}"
        for table in mine
        for column in table.columns
        if isinstance(column.type, Text | JSON)
        and not column.name.startswith("untrusted_")
        and column.name not in NAMES | OURS
    ]
    assert unlabelled == [], "name it untrusted_…, or say here what it holds"
