"""What a rule may look at: one account, as instants, counters, ids and amounts. No text a customer wrote.

Units, everywhere in Daybook: an instant is whole milliseconds since 1970 in UTC; money is whole cents of the
portal's currency; ``None`` means "not known", which is never the same as zero.

Facts hold instants, never ages: "21 days ago" is computed by the rule from ``now``, so a window expires as time
passes without anyone touching the row.
"""

from __future__ import annotations

from typing import NamedTuple

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class AccountFacts(NamedTuple):
    """One account, as the rules see it. The field order is the column order of ``account_features``."""

    owner_id: str
    """HubSpot owner id of the account's owner."""
    account_id: str
    """HubSpot company id."""
    name: str
    revenue_cents: int | None
    """The property named by ``DAYBOOK_REVENUE_PROPERTY``; sets the tier."""
    onboarding: int | None
    """1 when onboarding is under way, 0 when not, None when the property is not filled."""
    renewal_at: int | None

    last_touch_at: int | None
    """Latest call, e-mail or past meeting. A note or a task is not a touch."""
    last_touch_kind: str | None
    """call, email or meeting."""
    last_call_at: int | None
    last_call_outcome: str | None
    """HubSpot disposition id of that call."""
    third_last_call_at: int | None
    """When the third most recent call took place: "three calls within N days" is one comparison."""
    next_meeting_at: int | None
    """Start of the earliest meeting still ahead."""
    task_due_at: int | None
    """Earliest due instant among open tasks (it may be in the future)."""
    task_id: str | None

    open_tickets: int
    urgent_ticket_at: int | None
    """When the oldest open ticket of urgent priority was created."""
    urgent_ticket_id: str | None
    """``hubspot:123`` or ``jira:SUP-123``; so are the two below."""
    old_ticket_at: int | None
    """When the oldest open ticket of any priority was created."""
    old_ticket_id: str | None
    unanswered_at: int | None
    """When the customer wrote last on the open ticket that has waited longest for a public answer."""
    unanswered_id: str | None

    open_deals: int
    open_deals_cents: int | None
    no_step_deal_id: str | None
    """The largest open deal that has no next step: no open task and no meeting ahead on it, ``hs_next_step`` empty."""
    no_step_deal_cents: int | None
    no_step_deal_at: int | None
    """When that deal was created."""
    late_deal_id: str | None
    """The open deal with the earliest close date."""
    late_deal_cents: int | None
    late_deal_close_at: int | None
    """That close date (it may be in the future)."""
    still_deal_id: str | None
    """The open deal that has been longest in its present stage."""
    still_deal_cents: int | None
    still_deal_since: int | None
    """When it entered that stage."""


class Missing(NamedTuple):
    """Which sources were never read, so that rules stay neutral and say so instead of counting zero."""

    hubspot: bool = False
    jira: bool = False
