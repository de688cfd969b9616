"""Dates in the reader's zone, links to the vendors' records, and the words shared by the list and Why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from rules.explanation import Explanation, Line
from rules.facts import AccountFacts
from rules.marks import DISMISSALS, Mark
from rules.policy import Policy
from rules.wording import money

_JIRA_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,30}-[0-9]{1,12}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Links:
    """Where the vendors' records are seen by people. Empty when not known: then nothing is linked.

    ``hubspot`` is the portal's address (``https://app.hubspot.com/contacts/123``), ``jira`` the site's
    (``https://example.atlassian.net``).
    """

    hubspot: str = ""
    jira: str = ""

    def record(self, kind: str, ident: str) -> str | None:
        """The address of a record by HubSpot's plural name of its kind (``deals``), or of a Jira issue (``jira``)."""
        if kind == "jira":
            return self.evidence(f"jira:{ident}", "")
        number = {"contacts": "0-1", "companies": "0-2", "deals": "0-3", "tickets": "0-5"}.get(kind)
        return self._hubspot(number, ident) if number else None

    def account(self, account_id: str) -> str | None:
        return self._hubspot("0-2", account_id)

    def evidence(self, evidence: str | None, account_id: str) -> str | None:
        """The address of ``jira:SUP-1``, ``hubspot:42`` (a ticket), ``deal:7``, ``task:9``; None for others."""
        system, _, ident = (evidence or "").partition(":")
        if system == "jira" and self.jira and _JIRA_KEY.fullmatch(ident):
            return f"{self.jira.rstrip('/')}/browse/{ident}"
        if system == "hubspot":
            return self._hubspot("0-5", ident)
        if system == "deal":
            return self._hubspot("0-3", ident)
        if system == "task" and _NUMBER.fullmatch(ident):
            company = self.account(account_id)
            return f"{company}?engagement={ident}" if company else None
        return None

    def _hubspot(self, kind: str, ident: str) -> str | None:
        if not self.hubspot or not _NUMBER.fullmatch(ident):
            return None
        return f"{self.hubspot.rstrip('/')}/record/{kind}/{ident}"


def local(instant: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, zone)


def day(instant: int, zone: tzinfo) -> str:
    """``Mon 23 Nov``, whatever the machine's language."""
    at = local(instant, zone)
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"


def calendar(iso: str) -> str:
    """``2027-03-31`` as ``31 Mar 2027``; what is no date stays as it is."""
    try:
        found = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def clock(instant: int, zone: tzinfo) -> str:
    """``08:52``."""
    return f"{local(instant, zone):%H:%M}"


def moment(instant: int, now: int, zone: tzinfo) -> str:
    """The time when it is on the same day, else the day with it: ``08:52``, ``Sun 22 Nov 22:10``."""
    if local(instant, zone).date() == local(now, zone).date():
        return clock(instant, zone)
    return f"{day(instant, zone)} {clock(instant, zone)}"


def dated(instant: int, now: int, zone: tzinfo) -> str:
    """``Tue 20 Oct``, with the year when it is not this one."""
    year = local(instant, zone).year
    return day(instant, zone) if year == local(now, zone).year else f"{day(instant, zone)} {year}"


def standing(explanation: Explanation, facts: AccountFacts, currency: str) -> str:
    """``Tier A · $120k``; says when the revenue is not known."""
    if facts.revenue_cents is None:
        return "Revenue not known"
    return f"Tier {explanation.tier} · {money(facts.revenue_cents, currency)}"


def touches(facts: AccountFacts, now: int, zone: tzinfo, policy: Policy) -> str:
    """``Last touch: call Tue 20 Oct (left voicemail) · Meeting Tue 24 Nov 14:00``."""
    if facts.last_touch_at is None:
        last = "No touch on record"
    else:
        outcome = dict(policy.not_reached).get(facts.last_call_outcome or "")
        called = facts.last_touch_kind == "call" and facts.last_touch_at == facts.last_call_at
        kind = {"call": "call", "email": "e-mail", "meeting": "meeting"}.get(facts.last_touch_kind or "", "touch")
        last = f"Last touch: {kind} {dated(facts.last_touch_at, now, zone)}"
        last += f" ({outcome})" if called and outcome else ""
    if facts.next_meeting_at is None or facts.next_meeting_at < now:
        return f"{last} · No meeting booked"
    return f"{last} · Meeting {day(facts.next_meeting_at, zone)} {clock(facts.next_meeting_at, zone)}"


def marked(mark: Mark, zone: tzinfo, by: str = "") -> str:
    """``Snoozed until Tue 24 Nov, or something new and worse``; ``by`` adds who ("by you")."""
    who = f" {by}" if by else ""
    if mark.kind == "snooze":
        until = (
            f"until {day(mark.until, zone)}, or something new and worse"
            if mark.until is not None
            else "until something changes"
        )
        return f"Snoozed{who} {until}"
    said = f"Not relevant{who}: {DISMISSALS[mark.choice]}"
    if mark.until is not None:
        return f"{said} (until {day(mark.until, zone)}, or something new and worse)"
    return f"{said} ({_UNTIL[mark.choice]})"


_UNTIL = {
    "not_mine": "until HubSpot has another owner, or something new and worse",
    "bad_data": "until the data changes",
}


def arithmetic(line: Line) -> str:
    """``14 × 2 = 28``, signed like the points."""
    sign = "−" if line.points < 0 else ""
    return f"{line.value} × {abs(line.weight)} = {sign}{abs(line.points)}"


def signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
