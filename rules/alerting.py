"""What a rule about a manager's attention is made of: one account with its open tickets, conditions, levels, words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rules.facts import DAY, AccountFacts, Missing
from rules.policy import Escalation, Policy, Tier
from rules.wording import label_of, money, plural


class Cause(StrEnum):
    """What is wrong, as far as it can come and go by itself: an alert is about one of these."""

    TICKET = "ticket"
    RENEWAL = "renewal"
    PROMISE = "promise"
    CALL = "call"


class TicketFacts(NamedTuple):
    """An open ticket; ``evidence`` is ``jira:SUP-1`` or ``hubspot:42``. Instants are ms; no text of it."""

    evidence: str
    priority: str | None
    opened_at: int | None
    customer_at: int | None
    """When the customer wrote last, where everybody sees it."""
    answered_at: int | None
    """When one of us answered last, where the customer sees it."""

    @property
    def waits_since(self) -> int | None:
        """Since when the customer waits at least; None when they don't, or when it is not known.

        Of the customer's words only the last are known, so somebody who asks again each day waits since the last
        answer, of which that is the safe end; where nobody ever answered, they wait since the beginning.
        """
        if self.customer_at is None or (self.answered_at is not None and self.answered_at >= self.customer_at):
            return None
        if self.answered_at is None and self.opened_at is not None:
            return min(self.opened_at, self.customer_at)
        return self.customer_at


class Case(NamedTuple):
    """One account, as the rules of escalation see it."""

    account: AccountFacts
    tickets: tuple[TicketFacts, ...] = ()

    def ticket(self, evidence: str) -> TicketFacts | None:
        return next((one for one in self.tickets if one.evidence == evidence), None)


class Condition(NamedTuple):
    """One thing a rule asks. ``holds`` is None when it can't be told; that is never a yes."""

    words: str
    holds: bool | None


class Reading(NamedTuple):
    """What a rule finds: what a manager reads first, and each condition with its numbers. All must hold."""

    says: str
    conditions: tuple[Condition, ...]


class Alert(NamedTuple):
    """What the rules say of one cause. ``raises`` says what the next level's rule still lacks."""

    cause: Cause
    ticket: str
    """The ticket it is about, "" for a cause that is about none."""
    level: int
    rule: str
    title: str
    says: str
    helps: str
    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]
    raises: tuple[str, ...]

    @property
    def key(self) -> tuple[Cause, str]:
        return self.cause, self.ticket


class Watch:
    """The fixed points of one look at all accounts: the instant, the policy, what was never read."""

    __slots__ = ("missing", "n", "now", "policy", "unhappy")

    def __init__(self, now: int, policy: Policy, missing: Missing) -> None:
        self.now, self.policy, self.missing = now, policy, missing
        self.n: Escalation = policy.escalation
        self.unhappy = dict(policy.escalation.unhappy_calls)

    def tier(self, account: AccountFacts) -> Tier:
        """The account's tier; the neutral one when its revenue is not known."""
        if account.revenue_cents is None:
            return self.policy.unknown_tier
        return next(tier for tier in self.policy.tiers if account.revenue_cents >= (tier.from_cents or 0))

    def is_large(self, account: AccountFacts) -> bool:
        return account.revenue_cents is not None and self.tier(account).name in self.n.large_tiers

    def large(self, account: AccountFacts) -> Condition:
        return self._in_tier(account, self.n.large_tiers)

    def worth(self, account: AccountFacts) -> Condition:
        return self._in_tier(account, self.n.worth_tiers)

    def _in_tier(self, account: AccountFacts, names: tuple[str, ...]) -> Condition:
        wanted = f"tier {' or '.join(names)}"
        if account.revenue_cents is None:
            return Condition(f"Revenue is not filled in, so it does not count as {wanted}", None)
        tier, worth = self.tier(account), money(account.revenue_cents, self.policy.currency)
        return Condition(f"Tier {tier.name}, {worth} a year (asked for: {wanted})", tier.name in names)

    def urgent(self, ticket: TicketFacts) -> Condition:
        if ticket.priority is None:
            return Condition(f"The priority of {label_of(ticket.evidence)} is not set", None)
        return Condition(f"Priority of {label_of(ticket.evidence)}: {ticket.priority}", ticket.priority == "urgent")

    def open_for(self, ticket: TicketFacts, least: int) -> Condition:
        name = label_of(ticket.evidence)
        if ticket.opened_at is None:
            return Condition(f"It is not known since when {name} is open", None)
        return self.days(f"{name} open for", ticket.opened_at, least)

    def waits(self, ticket: TicketFacts, least: int = 0) -> Condition:
        name = label_of(ticket.evidence)
        if ticket.customer_at is None:
            return Condition(f"When the customer wrote on {name} is not known", None)
        since = ticket.waits_since
        if since is None:
            return Condition(f"{name} was answered after the customer wrote last", False)
        never = "nobody has ever answered" if ticket.answered_at is None else "nobody has answered"
        if not least:
            return Condition(f"{never[0].upper()}{never[1:]} the customer on {name}", True)
        return self.days(f"{never[0].upper()}{never[1:]} on {name} for", since, least)

    def waits_anew(self, ticket: TicketFacts) -> Condition:
        """Nobody has answered; where somebody had, not every further word of the customer's is an alarm at once."""
        return self.waits(ticket, self.n.again_days if ticket.answered_at is not None else 0)

    def days(self, words: str, since: int, least: int) -> Condition:
        """``SUP-1 open for 12 days (from day 10 on)``."""
        passed = max(0, (self.now - since) // DAY)
        return Condition(f"{words} {plural(passed, 'day')} (from day {least} on)", (self.now - since) // DAY >= least)

    def days_to(self, date: int) -> int:
        """Days to a bare date, which HubSpot keeps as midnight UTC; negative once it has passed."""
        return date // DAY - self.now // DAY


Judge = Callable[[Case, TicketFacts, Watch], Reading]
NO_TICKET = TicketFacts("", None, None, None, None)
"""What a rule that is about no ticket is given."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule, as written in ``rules/escalation.py``."""

    name: str
    cause: Cause
    level: int
    title: str
    helps: str
    """What would help, in words; {about} is the ticket."""
    judge: Judge


class AlertBook:
    """The rules in their order of reading; refuses two of one name."""

    def __init__(self) -> None:
        self._rules: list[AlertRule] = []

    def __iter__(self) -> Iterator[AlertRule]:
        return iter(self._rules)

    def rule(self, cause: Cause, level: int, title: str, *, helps: str) -> Callable[[Judge], Judge]:
        """Registers the function below it."""

        def register(judge: Judge) -> Judge:
            name = judge.__name__
            if any(rule.name == name for rule in self._rules):
                raise ValueError(f"two rules are called {name}: rename one")
            self._rules.append(AlertRule(name, cause, level, title, helps, judge))
            return judge

        return register
