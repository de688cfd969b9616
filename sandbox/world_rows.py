"""Building the sample CRM row by row: ids in order, many rows at a time into the store."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson

from sandbox import world_words as words
from sandbox.hubspot.schema import DISPOSITIONS, STAGES
from sandbox.instants import DAY_MS, iso, iso_day, jira_iso
from sandbox.kinds import KINDS
from sandbox.objects import ObjectStore
from sandbox.world_names import contact_email

HOUR_MS = DAY_MS // 24
_BATCH = 40_000
AGENTS = [f"5b10a2844c20165700ed{n:04d}" for n in range(1, 6)]
PROJECT = "SUP"


class Rows:
    """Collects rows and hands them to the store in batches. Instants are ms; ``days`` count back from now."""

    def __init__(self, store: ObjectStore, start_ms: int) -> None:
        self.store = store
        self.now = start_ms
        self.ids = {name: kind.first_id - 1 for name, kind in KINDS.items()}
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in KINDS}
        self.links: list[tuple[int, int, int]] = []
        self._issues: list[tuple[Any, ...]] = []
        self.issues = 0
        self.rng = Random(0)
        self.latest = 0
        """When the account being told was last changed by anything."""

    def add(self, kind: str, created: int, updated: int, props: dict[str, str]) -> int:
        """One record; returns its id."""
        self.ids[kind] = record_id = self.ids[kind] + 1
        rows = self._rows[kind]
        if updated < created:
            updated = created
        if updated > self.latest:
            self.latest = updated
        rows.append((record_id, created, updated, None, orjson.dumps(props).decode()))
        if len(rows) >= _BATCH:
            self.store.load(kind, rows)
            rows.clear()
        return record_id

    def link(self, ends: tuple[int, int, int]) -> None:
        """``(id of the higher rank, id of the lower rank, 1 if primary)``."""
        self.links.append(ends)

    def flush(self) -> None:
        """Everything still waiting goes into the store."""
        for kind, rows in self._rows.items():
            self.store.load(kind, rows)
            rows.clear()
        self.store.links.load(self.links)
        self.links.clear()
        self.store.load_issues(self._issues)
        self._issues.clear()

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` up to, but not including, ``high``; several times quicker than ``randrange``."""
        return low + int((high - low) * self.rng.random())

    def next_id(self, kind: str) -> int:
        """The id that the next record of this kind will get."""
        return self.ids[kind] + 1

    def ago(self, days: float, hour: float | None = None) -> int:
        """An instant that many days before now, moved from a weekend to the Friday before, within office hours."""
        at = self.now - int(days * DAY_MS)
        day = at // DAY_MS
        weekday = (day + 3) % 7
        if weekday > 4:
            day -= weekday - 4
        when = self.between(8 * 60, 17 * 60) * 60_000 if hour is None else int(hour * HOUR_MS)
        at = day * DAY_MS + when
        return at if at < self.now - HOUR_MS else self.now - HOUR_MS

    # Records of an account.

    def company(
        self, name: str, domain: str, owner: str | None, created_days: int, updated: int, more: dict[str, str]
    ) -> int:
        created = self.ago(created_days)
        city, country = words.CITIES[created_days % 3]
        props = {"name": name, "domain": domain, "lifecyclestage": "customer", "city": city, "country": country, **more}
        if owner:
            props["hubspot_owner_id"] = owner
        return self.add("companies", created, updated, props)

    def contact(self, name: str, domain: str, company: int, owner: str, number: int) -> int:
        first, _, last = name.partition(" ")
        props = {
            "firstname": first, "lastname": last, "email": contact_email(name, number, domain),
            "jobtitle": words.JOBS[number % 5], "hubspot_owner_id": owner, "associatedcompanyid": str(company),
        }  # fmt: skip
        at = self.ago(90 + number % 300)
        contact = self.add("contacts", at, at, props)
        self.link((contact, company, 1))
        return contact

    def _touch(
        self, kind: str, at: int, ends: tuple[int, ...], props: dict[str, str], created: int | None = None
    ) -> int:
        made = at + 300_000 if created is None else created
        made = made if made < self.now else self.now
        record_id = self.add(kind, made, made, props)
        for end in ends:
            self.link((record_id, end, 0))
        return record_id

    def call(self, days: float, outcome: str, owner: str, ends: tuple[int, ...], at: int | None = None) -> int:
        at = self.ago(days) if at is None else at
        minutes = self.between(2, 40) if outcome == "Connected" else 0
        self._touch("calls", at, ends, {
            "hs_timestamp": iso(at), "hs_call_title": words.CALLS[at // 60_000 % 5], "hs_call_direction": "OUTBOUND",
            # COMPLETED says only that the dialling ended: the disposition tells whether anyone answered.
            "hs_call_status": "COMPLETED", "hs_call_disposition": DISPOSITIONS[outcome],
            "hs_call_duration": str(minutes * 60_000 + 20_000), "hubspot_owner_id": owner,
        })  # fmt: skip
        return at

    def email(self, days: float, owner: str, ends: tuple[int, ...], *, incoming: bool = False) -> int:
        at = self.ago(days)
        self._touch("emails", at, ends, {
            "hs_timestamp": iso(at), "hs_email_subject": words.EMAILS[at // 60_000 % 5],
            "hs_email_direction": "INCOMING_EMAIL" if incoming else "EMAIL", "hs_email_status": "SENT",
            "hubspot_owner_id": owner,
        })  # fmt: skip
        return at

    def note(self, days: float, owner: str, ends: tuple[int, ...]) -> None:
        at = self.ago(days)
        body = words.NOTES[at // 60_000 % 4]
        self._touch("notes", at, ends, {"hs_timestamp": iso(at), "hs_note_body": body, "hubspot_owner_id": owner})

    def meeting(self, days: float, owner: str, ends: tuple[int, ...], outcome: str = "COMPLETED") -> int:
        """A meeting that many days ago; negative days lie ahead."""
        at = self.ago(days) if days >= 0 else (self.now // DAY_MS + int(-days)) * DAY_MS + 14 * HOUR_MS
        booked = min(at - 3 * DAY_MS, self.ago(2))
        self._touch("meetings", at, ends, {
            "hs_timestamp": iso(at), "hs_meeting_title": words.MEETINGS[at // DAY_MS % 4],
            "hs_meeting_start_time": iso(at), "hs_meeting_end_time": iso(at + HOUR_MS), "hs_meeting_outcome": outcome,
            "hubspot_owner_id": owner,
        }, created=booked)  # fmt: skip
        return at

    def task(self, due_days: float, owner: str, ends: tuple[int, ...], status: str = "NOT_STARTED") -> int:
        """A task due that many days ago; negative days lie ahead."""
        due = self.ago(due_days, 15) if due_days >= 0 else (self.now // DAY_MS + int(-due_days)) * DAY_MS + 15 * HOUR_MS
        made = min(due - 5 * DAY_MS, self.ago(2))
        props = {
            "hs_timestamp": iso(due), "hs_task_subject": words.TASKS[due // DAY_MS % 4], "hs_task_status": status,
            "hs_task_priority": "MEDIUM", "hs_task_type": "TODO", "hubspot_owner_id": owner,
        }  # fmt: skip
        if status == "COMPLETED":
            props["hs_task_completion_date"] = iso(due)
        return self._touch("tasks", due, ends, props, created=made)

    def deal(
        self, company: int, contact: int | None, owner: str, *, stage: str, amount: int, created_days: int,
        stage_days: int, close_days: int, step: str | None, pipeline: str = "default",
    ) -> int:  # fmt: skip
        """A deal: in its stage for ``stage_days``, closing ``close_days`` ago (negative: ahead)."""
        entered, created = self.ago(stage_days), self.ago(created_days)
        close = self.now // DAY_MS * DAY_MS - close_days * DAY_MS
        found = STAGES["deals"][stage]
        props = {
            "dealname": f"{words.DEALS[(company + amount) % 5]} ({self.ids['deals'] % 997})", "amount": str(amount),
            "pipeline": pipeline, "dealstage": stage, "closedate": iso(close), "hubspot_owner_id": owner,
            "hs_v2_date_entered_current_stage": iso(entered), "hs_is_closed": str(found.closed).lower(),
            "hs_is_closed_won": str(found.closed and found.probability == "1.0").lower(),
        }  # fmt: skip
        if step:
            props["hs_next_step"] = step
        deal = self.add("deals", min(created, entered), entered, props)
        self.link((deal, company, 1))
        if contact:
            self.link((deal, contact, 0))
        return deal

    def ticket(
        self, company: int, contact: int | None, owner: str, *, priority: str, created_days: float,
        received_days: float | None, sent_days: float | None, closed_days: float | None = None, content: str = "",
    ) -> int:  # fmt: skip
        """A HubSpot ticket; ``received``/``sent`` say when the customer and the support team wrote last."""
        created = self.ago(created_days)
        stage = "1" if sent_days is None else "2" if received_days is None else "3"
        stage = stage if closed_days is None else "4"
        minute = created // 60_000
        props = {
            "subject": words.TICKETS[minute % 12], "content": content or words.CONTENT[minute % 4],
            "hs_ticket_priority": priority, "hs_pipeline": "0", "hs_pipeline_stage": stage, "source_type": "EMAIL",
            "hs_is_closed": str(closed_days is not None).lower(), "hubspot_owner_id": owner,
        }  # fmt: skip
        moments = [created]
        for name, days in (
            ("hs_last_message_received_at", received_days), ("hs_last_message_sent_at", sent_days),
            ("closed_date", closed_days),
        ):  # fmt: skip
            if days is not None:
                moments.append(max(self.ago(days), created))
                props[name] = iso(moments[-1])
        if "hs_last_message_sent_at" in props:
            props["hs_lastcontacted"] = props["hs_last_message_sent_at"]
        ticket = self.add("tickets", created, max(moments), props)
        self.link((ticket, company, 1))
        if contact:
            self.link((ticket, contact, 0))
        return ticket

    def issue(
        self, company: str | None, customer: str, *, priority: str, created_days: float, talk: str = "",
        closed_days: float | None = None, spread: float = 1.0, email: str | None = None,
    ) -> int:  # fmt: skip
        """A Jira issue. ``talk`` is its comments in order: c the customer, a an agent, i an agent's internal note."""
        created = self.ago(created_days)
        number = self.issues = self.issues + 1
        agent = AGENTS[number % 5]
        comments, at = [], created
        end = self.ago(closed_days) if closed_days is not None else self.now - HOUR_MS
        pace = max(HOUR_MS, int((end - created) * spread / (len(talk) + 1)))
        for place, who in enumerate(talk):
            at = min(at + pace, max(end, created + 60_000))
            texts = {"c": words.NUDGES, "a": words.REPLIES, "i": words.INTERNAL}[who]
            comments.append({
                "created": at, "author": customer if who == "c" else agent, "public": who != "i",
                "body": texts[(number + place) % len(texts)],
            })  # fmt: skip
        if closed_days is not None:
            category, status = "done", "Done"
        else:
            category, status = ("indeterminate", "In Progress") if "a" in talk else ("new", "Open")
        fields: dict[str, Any] = {
            "summary": words.TICKETS[number % 12], "description": words.CONTENT[number % 4], "priority": priority,
            "status": status, "reporter": customer, "assignee": agent if category != "new" else None,
            "company": company, **({"reporter_email": email} if email else {}),
        }  # fmt: skip
        if category == "done":
            fields["resolved"] = end
        updated = max(created, at, end if category == "done" else 0)
        self._issues.append((
            10_000 + number, PROJECT, number, created, updated, category, orjson.dumps(fields).decode(),
            orjson.dumps(comments).decode(),
        ))  # fmt: skip
        if len(self._issues) >= _BATCH:
            self.store.load_issues(self._issues)
            self._issues.clear()
        if len(self.links) >= 5 * _BATCH:
            self.store.links.load(self.links)
            self.links.clear()
        return number


__all__ = ["AGENTS", "HOUR_MS", "PROJECT", "Rows", "iso", "iso_day", "jira_iso"]
