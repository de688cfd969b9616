"""How long ranking a whole organisation takes, next to merely walking over the same rows in the same run.

``python -m bench.bench_rules [--reps 1000] [--accounts 200]`` prints CPU seconds for walking, scoring, ranking with
reasons and rendering, the ratios to the walk, and the time of one list and one Why. Rows are made rep by rep and
dropped, as they are when they stream from the database.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC
from pathlib import Path

from bench.goals import Pace, peak_mib, told, told_time
from rules import policy_file
from rules.facts import DAY, HOUR, AccountFacts
from rules.ranking import rank, what_if
from rules.scoring import explain, morning, scores
from views import why
from views.morning_list import MorningList, Row, Source, render
from views.words import Links

NOW = 1_795_424_400_000  # Monday 2026-11-23 09:00 UTC
CHECKOUT = Path(__file__).resolve().parent.parent
POLICY = policy_file.parse((CHECKOUT / "rules" / "policy.toml").read_text(encoding="utf-8"))
TODAY = morning(NOW, POLICY)
LINKS = Links("https://app.hubspot.com/contacts/1", "https://larkspur.example")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reps", type=int, default=1_000)
    arguments.add_argument("--accounts", type=int, default=200)
    size = arguments.parse_args()
    chance = random.Random(1)
    spent = dict.fromkeys(("walk", "score", "rank", "render"), 0.0)
    due = listed = 0
    with Pace() as pace:
        for rep in range(size.reps):
            book = [_account(chance, rep, at) for at in range(size.accounts)]
            started = time.process_time()
            for facts in book:
                due += facts is None
            spent["walk"] += time.process_time() - started
            started = time.process_time()
            scores(book, TODAY)
            spent["score"] += time.process_time() - started
            started = time.process_time()
            ranking = rank(book, TODAY)
            spent["rank"] += time.process_time() - started
            due += ranking.due
            listed += len(ranking.listed)
            started = time.process_time()
            rows = tuple(Row(each.facts.account_id, each) for each in ranking.listed)
            render(MorningList(NOW, UTC, rows, ranking.due, (Source("HubSpot", NOW),), POLICY, POLICY.version, LINKS))
            spent["render"] += time.process_time() - started
        facts, ranking = book[0], rank(book, TODAY)
        one_list = _milliseconds(lambda: rank(book, TODAY))
        one_why = _milliseconds(lambda: _why(facts, ranking.order))
    print(
        f"{size.reps * size.accounts:,} accounts, {due / size.reps:.1f} due and {listed / size.reps:.1f} listed a rep;"
        f" CPU s: {', '.join(f'{step} {seconds:.2f}' for step, seconds in spent.items())}"
    )
    walk = spent["walk"]
    print(f"to score is {spent['score'] / walk:.0f} × the walk, to rank with reasons {spent['rank'] / walk:.0f} ×")
    told_time("the rules' part of one list", one_list, 3, "ms", pace.slower)
    told_time("the rules' part of one Why", one_why, 3, "ms", pace.slower)
    told("peak memory", peak_mib(), 120, "MiB")


def _why(facts: AccountFacts, order: tuple[tuple[int, int, str], ...]) -> None:
    answer = what_if(facts, TODAY, order)
    why.modal(why.Why(facts, explain(facts, TODAY), answer.position, len(order), UTC, LINKS, POLICY, NOW, answer))


def _milliseconds(job: object, times: int = 50) -> float:
    started = time.process_time()
    for _ in range(times):
        job()  # type: ignore[operator]
    return (time.process_time() - started) * 1_000 / times


def _account(chance: random.Random, rep: int, at: int) -> AccountFacts:
    """A made-up account: one in four has open tickets, one in three an open deal, most were touched this quarter."""

    def ago(share: float, days: int) -> int | None:
        return NOW - chance.randrange(days * 24) * HOUR if chance.random() < share else None

    tickets, deals = chance.random() < 0.25, chance.random() < 0.33
    old = ago(1, 21) if tickets else None
    urgent = ago(0.1, 7) if tickets else None
    waiting = ago(0.3, 4) if tickets else None
    touched, called, due_task = ago(0.95, 25), ago(0.7, 60), ago(0.04, 10)
    step, since = (ago(0.3, 90) if deals else None), (ago(1, 45) if deals else None)
    return AccountFacts(
        owner_id=str(rep), account_id=str(rep * 1_000 + at), name=f"Account {at} (sample)",
        revenue_cents=chance.randrange(200_000) * 100 if chance.random() < 0.9 else None,
        onboarding=1 if chance.random() < 0.05 else 0,
        renewal_at=NOW + chance.randrange(365) * DAY if chance.random() < 0.7 else None,
        last_touch_at=touched, last_touch_kind="call" if touched else None, last_call_at=called,
        last_call_outcome=chance.choice(_OUTCOMES) if called else None, third_last_call_at=ago(0.5, 120),
        next_meeting_at=NOW + chance.randrange(21) * DAY if chance.random() < 0.15 else None,
        task_due_at=due_task, task_id="9" if due_task else None, open_tickets=int(tickets),
        urgent_ticket_at=urgent, urgent_ticket_id="jira:SUP-1" if urgent else None,
        old_ticket_at=old, old_ticket_id="jira:SUP-1" if old else None,
        unanswered_at=waiting, unanswered_id="jira:SUP-1" if waiting else None,
        open_deals=int(deals), open_deals_cents=4_800_000 if deals else None,
        no_step_deal_id="7" if step else None, no_step_deal_cents=4_800_000 if step else None, no_step_deal_at=step,
        late_deal_id="7" if deals else None, late_deal_cents=4_800_000 if deals else None,
        late_deal_close_at=NOW + chance.randrange(-15, 90) * DAY if deals else None,
        still_deal_id="7" if deals else None, still_deal_cents=4_800_000 if deals else None, still_deal_since=since,
    )  # fmt: skip


_OUTCOMES = ["f240bbac-87c9-4f6e-bf70-924b57d47db7"] * 10 + [key for key, _ in POLICY.not_reached]


if __name__ == "__main__":
    main()
