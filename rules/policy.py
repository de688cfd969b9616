"""The numbers the rules use, by what they are for; ``rules/policy_file.py`` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.budget import Budgets

MOST = 1_000_000  # no weight, day count or cap in the file may be larger; keeps every sum far inside 64 bits

class PolicyError(ValueError):
    """The policy file cannot be used. Says which key, what is wrong and what to do."""

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"rules/policy.toml: {key} {problem}. {remedy}")
        self.key, self.problem, self.remedy = key, problem, remedy


@dataclass(frozen=True, slots=True)
class Weights:
    """Points for each unit of a rule's value; the field is named like its rule."""

    urgent_ticket: int
    unanswered_ticket: int
    old_ticket: int
    overdue_task: int
    quiet_account: int
    renewal_near: int
    late_deal: int
    deal_without_step: int
    still_deal: int
    unreached_call: int
    onboarding: int
    meeting_booked: int
    many_calls: int


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a rule applies, in full days (one in hours)."""

    unanswered_ticket_days: int
    old_ticket_days: int
    overdue_task_grace_hours: int
    renewal_days: int
    renewal_stale_days: int
    late_deal_days: int
    deal_without_step_days: int
    still_deal_days: int
    unreached_call_days: int
    unreached_call_stale_days: int
    meeting_booked_days: int
    many_calls_days: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The highest value a rule counts, and the most points one ticket or one deal may bring."""

    unanswered_ticket: int
    old_ticket: int
    overdue_task: int
    quiet_account: int
    renewal_near: int
    late_deal: int
    still_deal: int
    unreached_call: int
    one_ticket_points: int
    one_deal_points: int


@dataclass(frozen=True, slots=True)
class Authority:
    """The numbers of ``rules.authority``: how much, how far and how long. Amounts are in whole units."""

    calls_per_message: int
    session_records: int
    person_day_records: int
    workspace_day_records: int
    bulk_records: int
    amount_change_percent: int
    amount_first_most: int
    amount_most: int
    confirm_hours: int
    external_hours: int
    away_days: int
    undo_hours: int
    fields: Mapping[str, tuple[str, ...]]
    """The properties that may be changed, by kind of record."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The numbers and names of ``rules.reaching``: when customers are written to, and who must not be."""

    earliest_hour: int
    latest_hour: int
    do_not_contact: tuple[str, ...]
    """Properties of a HubSpot contact that mean no."""
    zone_property: str
    hosts: tuple[str, ...]
    """Hosts whose addresses may go to customers."""


@dataclass(frozen=True, slots=True)
class Routines:
    """The numbers of ``rules.routines``: how many, how often, how much at most, and how late is too late."""

    per_person: int
    minutes_apart: int
    records_per_run: int
    late_minutes: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """The numbers of ``rules.escalation``: from when on a manager hears of an account, and when in their day."""

    urgent_days: int
    urgent_other_days: int
    urgent_long_days: int
    again_days: int
    waiting_days: int
    renewal_days: int
    renewal_soon_days: int
    renewal_waiting_days: int
    promise_days: int
    unhappy_call_days: int
    levels: int
    unclaimed_hours: int
    claimed_hours: int
    hours_from: int
    hours_to: int
    any_hour_level: int
    digest_over: int
    digest_minutes: int
    digest_most: int
    stale_hours: int
    large_tiers: tuple[str, ...]
    worth_tiers: tuple[str, ...]
    unhappy_calls: tuple[tuple[str, str], ...]
    """HubSpot disposition id and its words, for calls after which the customer was unhappy."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A band of yearly revenue. ``from_cents`` is None for accounts whose revenue is not known."""

    name: str
    from_cents: int | None
    percent: int
    quiet_days: int


@dataclass(frozen=True, slots=True)
class Policy:
    """All numbers of one version. ``version`` is the declared one and eight digits of the file's digest."""

    version: str
    length: int
    minimum_points: int
    currency: str
    weights: Weights
    limits: Limits
    caps: Caps
    tiers: tuple[Tier, ...]
    unknown_tier: Tier
    handled_days: int
    not_reached: tuple[tuple[str, str], ...]
    """HubSpot disposition id and its words, for calls that reached nobody."""
    authority: Authority
    contact: Contact
    budgets: Budgets
    """What questions may cost."""
    routines: Routines
    escalation: Escalation
