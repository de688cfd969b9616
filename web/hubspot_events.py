"""Which of HubSpot's events start which agent: the one place where that stands."""

from __future__ import annotations

KINDS = {
    "company": "companies",
    "contact": "contacts",
    "deal": "deals",
    "ticket": "tickets",
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-27": "tasks",
    "0-46": "notes",
    "0-47": "meetings",
    "0-48": "calls",
}
"""HubSpot's names for a kind of record: the word in ``deal.creation``, or the id beside ``object.creation``."""

AGENTS = {
    "propertyChange": "record_news",
    "creation": "record_news",
    "deletion": "record_news",
    "restore": "record_news",
    "merge": "record_news",
}
"""What happened to a record, and who sees to it. Everything else is taken note of and left alone."""
