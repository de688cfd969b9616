"""A realistic morning for the tests of the views: one rep, 23 November 2026, 09:00 in Berlin."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rules.facts import DAY, HOUR, AccountFacts
from rules.ranking import Ranking, rank, what_if
from rules.scoring import morning
from tests.rules.books import POLICY, REACHED, VOICEMAIL, account
from views.morning_list import MorningList, Row, RowState, Source
from views.why import Why
from views.words import Links

BERLIN = ZoneInfo("Europe/Berlin")
NINE = int(datetime(2026, 11, 23, 9, tzinfo=BERLIN).timestamp() * 1000)
MIDNIGHT_UTC = NINE - NINE % DAY
TODAY = morning(NINE, POLICY, utc_offset=HOUR)
LINKS = Links("https://app.hubspot.com/contacts/4711", "https://larkspur.example")
SOURCES = (Source("HubSpot", NINE - 8 * 60_000), Source("Jira", NINE - 5 * 60_000))

BOOK: list[AccountFacts] = [
    account(
        account_id="101", name="Acme Anvils (sample)", revenue_cents=18_000_000, onboarding=0,
        renewal_at=MIDNIGHT_UTC + 24 * DAY, last_touch_at=NINE - 34 * DAY, last_touch_kind="call",
        last_call_at=NINE - 34 * DAY, last_call_outcome=VOICEMAIL, open_tickets=2,
        urgent_ticket_at=NINE - 3 * DAY, urgent_ticket_id="jira:SUP-412",
        unanswered_at=NINE - 2 * DAY - 4 * HOUR, unanswered_id="jira:SUP-412",
        old_ticket_at=NINE - 12 * DAY, old_ticket_id="hubspot:9042",
    ),
    account(
        account_id="102", name="Bluebell Bakeries (sample)", revenue_cents=4_200_000, onboarding=0,
        renewal_at=MIDNIGHT_UTC + 200 * DAY, last_touch_at=NINE - 6 * DAY, last_touch_kind="email",
        task_due_at=NINE - 4 * DAY, task_id="5501", next_meeting_at=NINE + DAY + 5 * HOUR,
    ),
    account(
        account_id="103", name="Copperline Cranes (sample)", revenue_cents=9_000_000, onboarding=0,
        renewal_at=MIDNIGHT_UTC + 11 * DAY, last_touch_at=NINE - 40 * DAY, last_touch_kind="meeting",
    ),
    account(
        account_id="104", name="Dovetail Doors (sample)", revenue_cents=1_000_000, onboarding=0,
        last_touch_at=NINE - 4 * DAY, last_touch_kind="call", last_call_at=NINE - 4 * DAY,
        last_call_outcome=VOICEMAIL, open_deals=1, open_deals_cents=4_800_000,
        late_deal_id="77", late_deal_cents=4_800_000, late_deal_close_at=MIDNIGHT_UTC - 9 * DAY,
        no_step_deal_id="77", no_step_deal_cents=4_800_000, no_step_deal_at=NINE - 80 * DAY,
        still_deal_id="77", still_deal_cents=4_800_000, still_deal_since=NINE - 46 * DAY,
    ),
    account(
        account_id="105", name="Elderberry Elevators (sample)", onboarding=1, last_touch_at=NINE - 20 * HOUR,
        last_touch_kind="email", open_tickets=1, urgent_ticket_at=NINE - 30 * HOUR, urgent_ticket_id="jira:SUP-500",
        old_ticket_at=NINE - 30 * HOUR, old_ticket_id="jira:SUP-500",
        unanswered_at=NINE - 26 * HOUR, unanswered_id="jira:SUP-500",
    ),
    account(
        account_id="106", name="Foxglove Freight (sample)", revenue_cents=2_600_000, onboarding=0,
        renewal_at=MIDNIGHT_UTC + 90 * DAY, last_touch_at=NINE - 2 * DAY, last_touch_kind="call",
        last_call_at=NINE - 2 * DAY, last_call_outcome=REACHED,
    ),
    account(
        account_id="107", name="Gooseberry Games (sample)", revenue_cents=3_100_000, onboarding=0,
        last_touch_at=NINE - 31 * DAY, last_touch_kind="email",
    ),
]  # fmt: skip


def ranking() -> Ranking:
    return rank(BOOK, TODAY)


def morning_list(
    states: dict[str, RowState] | None = None, sources: tuple[Source, ...] = SOURCES, held: int = 0
) -> MorningList:
    ranked = ranking()
    rows = tuple(
        Row(f"mlist_7Q2|{each.facts.account_id}", each, (states or {}).get(each.facts.account_id))
        for each in ranked.listed
    )
    return MorningList(NINE, BERLIN, rows, ranked.due, sources, POLICY, POLICY.version, LINKS, held)


def why(account_id: str = "101") -> Why:
    ranked = ranking()
    listed = next(each for each in ranked.listed if each.facts.account_id == account_id)
    return Why(
        facts=listed.facts,
        explanation=listed.explanation,
        position=listed.position,
        due=ranked.due,
        zone=BERLIN,
        links=LINKS,
        policy=POLICY,
        now=NINE,
        what_if=what_if(listed.facts, TODAY, ranked.order),
        listed=True,
        now_total=listed.explanation.total,
    )
