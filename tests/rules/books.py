"""Accounts for the tests of rules and views: an empty one, the policy in force, and random ones."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from rules import policy_file
from rules.facts import DAY, AccountFacts
from rules.policy import Policy

# a slow machine is not a failing test, and a test that passes here passes everywhere
settings.register_profile("daybook", deadline=None, derandomize=True, database=None)
settings.load_profile("daybook")

NOW = 1_795_424_400_000  # Monday 2026-11-23 09:00 UTC
TEXT = (Path(__file__).resolve().parents[2] / "rules" / "policy.toml").read_text(encoding="utf-8")
POLICY: Policy = policy_file.parse(TEXT)
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"
REACHED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"

NOTHING = AccountFacts(
    owner_id="o1", account_id="1", name="Acme Anvils (sample)", revenue_cents=None, onboarding=None, renewal_at=None,
    last_touch_at=None, last_touch_kind=None, last_call_at=None, last_call_outcome=None, third_last_call_at=None,
    next_meeting_at=None, task_due_at=None, task_id=None, open_tickets=0, urgent_ticket_at=None,
    urgent_ticket_id=None, old_ticket_at=None, old_ticket_id=None, unanswered_at=None, unanswered_id=None,
    open_deals=0, open_deals_cents=None, no_step_deal_id=None, no_step_deal_cents=None, no_step_deal_at=None,
    late_deal_id=None, late_deal_cents=None, late_deal_close_at=None, still_deal_id=None, still_deal_cents=None,
    still_deal_since=None,
)  # fmt: skip


def account(**known: str | int | None) -> AccountFacts:
    """An account of which only this is known."""
    return NOTHING._replace(**known)  # type: ignore[arg-type]


def days_ago(days: float) -> int:
    return NOW - int(days * DAY)


def in_days(days: float) -> int:
    return NOW + int(days * DAY)


_instants = st.none() | st.integers(NOW - 400 * DAY, NOW + 400 * DAY) | st.integers(NOW - 20 * DAY, NOW + 20 * DAY)
_tickets = st.sampled_from([None, "jira:SUP-1", "jira:SUP-2", "hubspot:3"])
_deals = st.sampled_from([None, "71", "72"])
_cents = st.none() | st.integers(0, 10**10)

random_accounts = st.builds(
    AccountFacts,
    owner_id=st.just("o1"),
    account_id=st.integers(1, 10**6).map(str),
    name=st.text(max_size=30),
    revenue_cents=_cents,
    onboarding=st.sampled_from([None, 0, 1]),
    renewal_at=_instants,
    last_touch_at=_instants,
    last_touch_kind=st.sampled_from([None, "call", "email", "meeting"]),
    last_call_at=_instants,
    last_call_outcome=st.sampled_from([None, VOICEMAIL, REACHED]),
    third_last_call_at=_instants,
    next_meeting_at=_instants,
    task_due_at=_instants,
    task_id=st.sampled_from([None, "9"]),
    open_tickets=st.integers(0, 5),
    urgent_ticket_at=_instants,
    urgent_ticket_id=_tickets,
    old_ticket_at=_instants,
    old_ticket_id=_tickets,
    unanswered_at=_instants,
    unanswered_id=_tickets,
    open_deals=st.integers(0, 3),
    open_deals_cents=_cents,
    no_step_deal_id=_deals,
    no_step_deal_cents=_cents,
    no_step_deal_at=_instants,
    late_deal_id=_deals,
    late_deal_cents=_cents,
    late_deal_close_at=_instants,
    still_deal_id=_deals,
    still_deal_cents=_cents,
    still_deal_since=_instants,
)
