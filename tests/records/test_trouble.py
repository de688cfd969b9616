"""The accounts that the database hands to the rules of escalation: none on which a rule applies is passed over."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import insert

from records import tables, trouble
from rules import policy_file
from rules.alerting import Case, TicketFacts, Watch
from rules.escalation import RULES, alerts
from rules.facts import DAY, AccountFacts, Missing
from store.engine import open_database
from tests.rules.books import NOTHING, NOW, REACHED, TEXT, VOICEMAIL

MOODS = policy_file.parse(TEXT.rstrip() + f'\n"{VOICEMAIL}" = "unhappy"\n')
ACCOUNTS = 1_500


def invented(chance: random.Random, number: int) -> Case:
    """An account about whose limits there is something to be wrong: most instants lie near one."""

    def ago(share: float) -> int | None:
        if chance.random() > share:
            return None
        return NOW - chance.choice([2, 3, 5, 6, 7, 10]) * DAY + chance.choice([-DAY, -1, 0, 1, DAY])

    tickets = []
    for at in range(chance.choice([0, 1, 1, 2])):
        opened, asked, answered = ago(0.9), ago(0.8), ago(0.3)
        kind = chance.choice([None, "urgent", "urgent", "high", "low"])
        tickets.append(TicketFacts(f"hubspot:{number}{at}", kind, opened, asked, answered))
    near = NOW + chance.choice([-40, -1, 13, 14, 29, 30, 31, 60]) * DAY
    facts = NOTHING._replace(
        account_id=f"{number:06}", owner_id=chance.choice(["", "o1", "o2"]), open_tickets=len(tickets),
        revenue_cents=chance.choice([None, 0, 2_499_999, 2_500_000, 9_999_999, 10_000_000, 50_000_000]),
        renewal_at=chance.choice([None, near]), task_due_at=ago(0.4), task_id="9", last_touch_at=ago(0.8),
        last_call_at=ago(0.5), last_call_outcome=chance.choice([None, VOICEMAIL, REACHED]),
    )  # fmt: skip
    return Case(facts, tuple(tickets))


def kept(case: Case) -> AccountFacts:
    """The row as ``records.features`` would have summed it up."""
    urgent = sorted((t.opened_at, t.evidence) for t in case.tickets if t.opened_at and t.priority == "urgent")
    opened = sorted((t.opened_at, t.evidence) for t in case.tickets if t.opened_at)
    waiting = sorted(
        (t.customer_at, t.evidence)
        for t in case.tickets
        if t.customer_at and (t.answered_at is None or t.answered_at < t.customer_at)
    )
    return case.account._replace(
        urgent_ticket_at=urgent[0][0] if urgent else None,
        old_ticket_at=opened[0][0] if opened else None,
        unanswered_at=waiting[0][0] if waiting else None,
    )


@pytest.mark.parametrize("seed", range(3))
def test_what_the_database_passes_over_no_rule_would_have_raised(database_url: str, seed: int) -> None:
    chance = random.Random(seed)
    book = [invented(chance, number) for number in range(ACCOUNTS)]
    database = open_database(database_url)
    with database.begin() as connection:
        connection.execute(insert(tables.account_features), [kept(case)._asdict() for case in book])
        rows = [
            {
                "source": "hubspot", "id": one.evidence, "key": one.evidence.partition(":")[2],
                "account_id": case.account.account_id, "is_open": True, "priority": one.priority,
                "opened_at": one.opened_at, "customer_at": one.customer_at, "answered_at": one.answered_at,
                "changed_at": NOW, "synced_at": NOW, "generation": 1,
            }
            for case in book
            for one in case.tickets
        ]  # fmt: skip
        connection.execute(insert(tables.tickets), rows)
    today = Watch(NOW, MOODS, Missing())
    with database.connect() as connection:
        suspects = list(trouble.suspects(connection, today))
    by_database = {case.account.account_id: found for case in suspects if (found := alerts(case, today))}
    by_rules = {case.account.account_id: found for case in book if (found := alerts(case, today))}
    assert by_database == by_rules
    assert len(suspects) < ACCOUNTS
    assert {alert.rule for found in by_rules.values() for alert in found} == {rule.name for rule in RULES}
    database.dispose()
