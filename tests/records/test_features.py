"""The row kept for each account equals what a plain reading of all its records says, on both databases, at any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select

from records import features, gather, tables
from rules.facts import DAY, HOUR, AccountFacts
from store.engine import open_database
from store.metadata import metadata

NOW = 1_795_392_000_000
KEPT = {"source": "hubspot", "changed_at": 1, "synced_at": 1, "generation": 1}

times = st.integers(-9, 9).map(lambda n: NOW + n * 6 * HOUR)
maybe = st.none() | times
accounts_st = st.sampled_from(["a1", "a2", "a3", "B10", "b9", ""])
world = st.fixed_dictionaries({
    "touches": st.lists(st.tuples(st.sampled_from(["call", "email", "meeting"]), accounts_st, times,
                                  st.sampled_from([None, "o1", "o2"]), st.booleans()), max_size=14),
    "tasks": st.lists(st.tuples(accounts_st, maybe, st.booleans(), st.sampled_from([None, "1", "2", "3"])), max_size=6),
    "tickets": st.lists(st.tuples(st.sampled_from(["hubspot", "jira"]), accounts_st, st.booleans(),
                                  st.sampled_from([None, "urgent", "high"]), maybe, maybe, maybe), max_size=8),
    "deals": st.lists(st.tuples(accounts_st, st.booleans(), st.none() | st.integers(0, 3).map(lambda n: n * 100_00),
                                maybe, maybe, maybe, st.booleans()), max_size=6),
    "meetings_on_deals": st.lists(st.tuples(st.integers(1, 14), st.integers(1, 6)), max_size=4),
})  # fmt: skip


def fill(engine: Engine, told: dict[str, Any]) -> None:
    with engine.begin() as conn:
        for table in (
            tables.accounts, tables.touches, tables.tasks, tables.tickets, tables.deals, tables.deal_steps,
            tables.account_features, tables.stale_accounts,
        ):  # fmt: skip
            conn.execute(delete(table))

        def put(table: Any, rows: list[dict[str, Any]]) -> None:
            if rows:
                conn.execute(insert(table), [{**KEPT, **row} if "synced_at" in table.c else row for row in rows])

        put(tables.accounts, [
            {"id": i, "name": f"Account {i} (sample)", "domain": None, "owner_id": owner, "revenue_cents": None,
             "onboarding": None, "renewal_at": None}
            for i, owner in (("a1", "7"), ("a2", "7"), ("a3", "8"), ("B10", "10"), ("b9", None))
        ])  # fmt: skip
        put(tables.touches, [
            {"id": str(n), "kind": kind, "account_id": account, "at": at, "outcome": outcome, "counts": counts}
            for n, (kind, account, at, outcome, counts) in enumerate(told["touches"], 1)
        ])  # fmt: skip
        put(tables.tasks, [
            {"id": str(n), "account_id": account, "owner_id": None, "due_at": due, "is_open": is_open}
            for n, (account, due, is_open, _deal) in enumerate(told["tasks"], 1)
        ])  # fmt: skip
        put(tables.tickets, [
            {"source": source, "id": str(n), "key": f"K-{n}", "account_id": account or None, "account_ref": None,
             "stage_id": None, "is_open": is_open, "priority": priority, "opened_at": opened, "closed_at": None,
             "customer_at": asked, "answered_at": answered}
            for n, (source, account, is_open, priority, opened, asked, answered) in enumerate(told["tickets"], 1)
        ])  # fmt: skip
        put(tables.deals, [
            {"id": str(n), "account_id": account or None, "owner_id": None, "untrusted_name": None, "stage_id": None,
             "is_open": is_open, "amount_cents": amount, "created_at": created, "close_at": close,
             "entered_stage_at": since, "has_next_step": step}
            for n, (account, is_open, amount, created, close, since, step) in enumerate(told["deals"], 1)
        ])  # fmt: skip
        steps = {("tasks", str(n), deal) for n, (_a, _d, _o, deal) in enumerate(told["tasks"], 1) if deal}
        steps |= {("meetings", str(n), str(deal)) for n, deal in told["meetings_on_deals"]}
        put(tables.deal_steps, [{"kind": k, "id": i, "deal_id": d} for k, i, d in sorted(steps)])
        features.rebuild(conn)


def plainly(engine: Engine, now: int) -> dict[str, AccountFacts]:
    """The same facts, read the slow and obvious way: an account at a time, straight from their definitions."""
    with engine.connect() as conn:
        held = {
            table: [dict(row) for row in conn.execute(select(table)).mappings()]
            for table in (
                tables.accounts,
                tables.touches,
                tables.tasks,
                tables.tickets,
                tables.deals,
                tables.deal_steps,
            )
        }
    return {account["id"]: _plain(account, held, now) for account in held[tables.accounts]}


def _plain(account: dict[str, Any], held: dict[Any, list[dict[str, Any]]], now: int) -> AccountFacts:
    mine = {table: [r for r in rows if r.get("account_id") == account["id"]] for table, rows in held.items()}
    touches = [t for t in mine[tables.touches] if t["counts"]]
    past = sorted((t for t in touches if t["at"] <= now), key=lambda t: (t["at"], t["kind"], t["id"]))
    calls = sorted((t for t in past if t["kind"] == "call"), key=lambda t: (t["at"], t["id"]), reverse=True)
    ahead = [t["at"] for t in touches if t["kind"] == "meeting" and t["at"] > now]
    due = sorted((t["due_at"], t["id"]) for t in mine[tables.tasks] if t["is_open"] and t["due_at"] is not None)
    tickets = [t for t in mine[tables.tickets] if t["is_open"]]
    opened = sorted((t["opened_at"], f"{t['source']}:{t['key']}") for t in tickets if t["opened_at"] is not None)
    urgent = sorted(
        (t["opened_at"], f"{t['source']}:{t['key']}")
        for t in tickets if t["opened_at"] is not None and t["priority"] == "urgent"
    )  # fmt: skip
    waiting = sorted(
        (t["customer_at"], f"{t['source']}:{t['key']}")
        for t in tickets if t["customer_at"] is not None
        and (t["answered_at"] is None or t["answered_at"] < t["customer_at"])
    )  # fmt: skip
    deals = [d for d in mine[tables.deals] if d["is_open"]]
    amounts = [d["amount_cents"] for d in deals if d["amount_cents"] is not None]

    def has_step(deal: dict[str, Any]) -> bool:
        about = {(s["kind"], s["id"]) for s in held[tables.deal_steps] if s["deal_id"] == deal["id"]}
        open_tasks = {("tasks", t["id"]) for t in held[tables.tasks] if t["is_open"]}
        meetings = {
            ("meetings", t["id"]) for t in held[tables.touches]
            if t["kind"] == "meeting" and t["counts"] and t["at"] > now
        }  # fmt: skip
        return bool(deal["has_next_step"] or about & (open_tasks | meetings))

    stepless = sorted(
        (d for d in deals if not has_step(d)),
        key=lambda d: (d["amount_cents"] is None, -(d["amount_cents"] or 0), d["id"]),
    )
    late = sorted((d for d in deals if d["close_at"] is not None), key=lambda d: (d["close_at"], d["id"]))
    still = sorted(
        (d for d in deals if d["entered_stage_at"] is not None), key=lambda d: (d["entered_stage_at"], d["id"])
    )

    def first(rows: list[Any], *names: str) -> tuple[Any, ...]:
        return tuple(rows[0][name] for name in names) if rows else (None,) * len(names)

    return AccountFacts(
        account["owner_id"] or "", account["id"], account["name"], None, None, None,
        past[-1]["at"] if past else None, past[-1]["kind"] if past else None,
        calls[0]["at"] if calls else None, calls[0]["outcome"] if calls else None,
        calls[2]["at"] if len(calls) > 2 else None,
        min(ahead, default=None),
        *(due[0] if due else (None, None)),
        len(tickets), *(urgent[0] if urgent else (None, None)), *(opened[0] if opened else (None, None)),
        *(waiting[0] if waiting else (None, None)),
        len(deals), sum(amounts) if amounts else (None if deals else 0),
        *first(stepless, "id", "amount_cents", "created_at"),
        *first(late, "id", "amount_cents", "close_at"),
        *first(still, "id", "amount_cents", "entered_stage_at"),
    )  # fmt: skip


def kept(engine: Engine) -> dict[str, AccountFacts]:
    with engine.connect() as conn:
        rows = conn.execute(select(tables.account_features))
        return {row.account_id: AccountFacts._make(tuple(row)[:-1]) for row in rows}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = open_database(f"sqlite:///{tmp_path_factory.mktemp('features')}/copy.sqlite")
    else:
        made = open_database(request.getfixturevalue("postgres"))
    metadata.create_all(made)
    yield made
    metadata.drop_all(made)
    made.dispose()


@settings(
    max_examples=60, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(told=world, steps=st.lists(st.integers(1, 40), max_size=3))
def test_rows_equal_a_plain_reading_and_change_as_time_passes(
    engine: Engine, told: dict[str, Any], steps: list[int]
) -> None:
    fill(engine, told)
    now = NOW
    features.refresh(engine, now)
    assert kept(engine) == plainly(engine, now)
    for step in steps:
        now += step * HOUR
        plain = plainly(engine, now)
        with engine.connect() as conn:
            # A reader gets the facts of this moment without anybody having written them.
            read = {f.account_id: f for _owner, accounts in gather.stream(conn, now) for f in accounts}
            assert read == {i: f for i, f in plain.items() if f.owner_id}
            assert list(read) == [f.account_id for f in sorted(plain.values()) if f.owner_id]
            for owner in {f.owner_id for f in read.values()}:
                assert gather.for_owner(conn, owner, now) == [f for f in read.values() if f.owner_id == owner]
            assert all(gather.one(conn, i, now) == plain[i] for i in plain)
        with engine.begin() as conn:
            features.refresh_expired(conn, now)
        assert kept(engine) == plain


def test_owners_come_in_byte_order_on_both_databases(engine: Engine) -> None:
    fill(engine, {"touches": [], "tasks": [], "tickets": [], "deals": [], "meetings_on_deals": []})
    features.refresh(engine, NOW)
    with engine.connect() as conn:
        order = [(owner, [f.account_id for f in accounts]) for owner, accounts in gather.stream(conn, NOW)]
    assert order == [("10", ["B10"]), ("7", ["a1", "a2"]), ("8", ["a3"])]


def test_an_account_that_is_gone_loses_its_row(engine: Engine) -> None:
    fill(engine, {"touches": [], "tasks": [], "tickets": [], "deals": [], "meetings_on_deals": []})
    features.refresh(engine, NOW)
    with engine.begin() as conn:
        conn.execute(delete(tables.accounts).where(tables.accounts.c.id == "a1"))
        conn.execute(insert(tables.stale_accounts), [{"account_id": "a1"}])
    assert features.refresh(engine, NOW + DAY) == 1
    assert "a1" not in kept(engine)
