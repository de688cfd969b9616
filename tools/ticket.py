"""A ticket as the tools name it (``jira:SUP-12``, ``hubspot:123``), and the account it belongs to."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select

from records import tables
from rules.action import Target
from rules.authority import NOT_FOUND
from systems.faults import NotFound
from systems.ports import Thread
from tools.tool import Problem
from tools.world import Company, World


class Ticket(NamedTuple):
    source: str
    key: str
    """``SUP-12`` in Jira, the record's id in HubSpot."""
    company: Company
    account_ref: str | None = None
    """What Jira's field said of the account when our copy was made."""

    @property
    def label(self) -> str:
        return self.key if self.source == "jira" else f"#{self.key}"

    @property
    def target(self) -> Target:
        return Target(f"{self.source}:{self.key}", self.company.owner, self.company.id)


def find(world: World, ref: str) -> Ticket:
    """The ticket with its account, whose owner is read from HubSpot now. Raises ``Problem``."""
    source, _, key = ref.partition(":")
    if source == "hubspot":
        record = world.record("tickets", key, ("subject",), ("companies",))
        company = world.company_of(record)
        if company is None:
            raise Problem(NOT_FOUND, "scope.not_yours")
        return Ticket(source, record.id, company)
    t = tables.tickets.c
    with world.reading() as connection:
        row = connection.execute(
            select(t.account_id, t.account_ref).where(
                t.source == source, or_(t.key == key, t.id == key), t.account_id.is_not(None)
            )
        ).first()
    if row is None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    return Ticket(source, key, world.company(row.account_id), row.account_ref)


def thread_of(world: World, ticket: Ticket) -> Thread:
    """What was said on a Jira ticket, read now. Raises ``Problem`` when it is gone, or another account's by now."""
    try:
        thread = world.tickets.thread(ticket.key)
    except NotFound:
        raise Problem(NOT_FOUND, "scope.not_yours") from None
    if thread.account != ticket.account_ref:
        raise Problem("That ticket has gone to another account since. Look it up again.", "ticket.moved")
    return thread
