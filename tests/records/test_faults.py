"""Vendors refuse, fail, hang up and answer half; the copy ends up the same, and what is down is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from records import gather, tables
from records.kinds import KINDS
from systems.asking import asking
from systems.faults import NotAllowed, RateLimited, SourceDown, Unauthorized
from systems.limiter import Limiter
from tests.records.bench import Bench
from tests.stand_ins import Sandbox


@pytest.fixture(scope="module")
def shared() -> Sandbox:
    """One small world for all faults: none of these tests changes it."""
    sandbox = Sandbox.start(reps=2, accounts=12)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def fresh(shared: Sandbox, new_bench: Callable[..., Bench]) -> Bench:
    shared.ask("DELETE", "/_sandbox/knobs")
    shared.forget_calls()
    return new_bench(sandbox=shared, timeout=0.4)


@pytest.fixture(scope="module")
def truth(shared: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    from store import schema

    bench = Bench(shared, f"sqlite:///{tmp_path_factory.mktemp('truth')}/copy.sqlite")
    schema.upgrade(bench.engine)
    assert not bench.sync().errors
    held = copied(bench)
    bench.close()
    return held


def copied(bench: Bench) -> dict[str, list[str]]:
    held = {kind.name: sorted(row["id"] for row in bench.rows(kind.table)) for kind in KINDS}
    held["features"] = [str(list(row.values())) for row in bench.rows(tables.account_features)]
    return held


@pytest.mark.parametrize(
    ("target", "mode", "how"),
    [
        ("hubspot.list", "rate_limit", {"times": 3}),
        ("hubspot.list", "rate_limit", {"times": 2, "retry_after": 7}),
        ("hubspot.search", "rate_limit", {"times": 2}),
        ("hubspot.list", "error", {"times": 3, "status": 502}),
        ("hubspot.owners", "error", {"times": 1, "status": 500}),
        ("hubspot.list", "half_answer", {"times": 2}),
        ("hubspot.search", "half_answer", {"times": 1}),
        ("hubspot.list", "drop_before", {"times": 2}),
        ("hubspot.list", "delay", {"times": 1, "seconds": 1.0}),
        ("jira.search", "rate_limit", {"times": 2}),
        ("jira.search", "rate_limit", {"times": 1, "retry_after": 9}),
        ("jira.search", "error", {"times": 2, "status": 503}),
        ("jira.search", "half_answer", {"times": 1}),
        ("jira.search", "drop_before", {"times": 2}),
    ],
)
def test_a_passing_fault_changes_nothing(
    fresh: Bench, truth: dict[str, list[str]], target: str, mode: str, how: dict[str, float]
) -> None:
    fresh.sandbox.misbehave(target, mode, skip=1 if target == "hubspot.list" else 0, **how)
    report = fresh.sync()
    assert report.errors == []
    assert copied(fresh) == truth
    assert len(fresh.waits) >= how["times"]
    if "retry_after" in how:
        assert fresh.waits[0] == how["retry_after"]


def test_a_source_that_stays_down_is_named_and_leaves_the_other_going(
    fresh: Bench, truth: dict[str, list[str]]
) -> None:
    fresh.sandbox.misbehave("hubspot.*", "error", times=-1, status=503)
    report = fresh.sync()
    assert [part.source for part in report.parts if part.error] == ["hubspot"]
    assert fresh.count(tables.tickets, tables.tickets.c.source == "jira") > 0
    with fresh.engine.connect() as conn:
        hubspot, jira = gather.sources(conn, fresh.clock.now())
    assert hubspot.name == "HubSpot"
    assert hubspot.synced_at is None
    assert "it failed (503)" in str(hubspot.down)
    assert jira.down is None
    assert jira.synced_at is not None

    fresh.sandbox.ask("DELETE", "/_sandbox/knobs")
    assert fresh.sync().errors == []
    with fresh.engine.connect() as conn:
        hubspot, _jira = gather.sources(conn, fresh.clock.now())
    assert (hubspot.down, hubspot.down_since) == (None, None)
    assert copied(fresh) == truth


def test_jira_down_is_named_and_hubspot_is_fresh(fresh: Bench) -> None:
    fresh.sandbox.misbehave("jira.*", "error", times=-1, status=500)
    report = fresh.sync()
    assert len(report.errors) == 1
    with fresh.engine.connect() as conn:
        hubspot, jira = gather.sources(conn, fresh.clock.now())
    assert hubspot.synced_at is not None
    assert jira.synced_at is None
    assert jira.down


def test_a_missing_scope_stops_one_kind_only(new_bench: Callable[..., Bench], shared: Sandbox) -> None:
    shared.ask("DELETE", "/_sandbox/knobs")
    bench = new_bench(sandbox=shared, token="pat-sandbox-larkspur-no-tickets")
    report = bench.sync(jira=False)
    wrong = {part.kind for part in report.parts if part.error}
    assert wrong in ({"tickets"}, {"tickets", "directory"})
    assert "tickets" in next(part.error or "" for part in report.parts if part.kind == "tickets")
    assert bench.count(tables.deals) > 0
    assert bench.count(tables.touches) > 0


def test_a_refused_token_says_which_setting_to_renew(new_bench: Callable[..., Bench], shared: Sandbox) -> None:
    bench = new_bench(sandbox=shared, token="pat-nobody")
    with pytest.raises(Unauthorized, match="HUBSPOT_ACCESS_TOKEN"):
        bench.crm.owners()
    report = bench.sync(jira=False)
    assert len(report.parts) == 1


def test_a_daily_limit_is_not_waited_for(fresh: Bench) -> None:
    fresh.sandbox.misbehave("hubspot.owners", "rate_limit", times=-1, error="DAILY")
    with pytest.raises(RateLimited, match="daily limit"):
        fresh.crm.owners()
    assert fresh.waits == []


def test_asking_gives_up_after_a_bounded_number_of_growing_pauses() -> None:
    waits: list[float] = []
    asked = []

    def down() -> None:
        asked.append(1)
        raise SourceDown("HubSpot", "down")

    with pytest.raises(SourceDown):
        asking(down, waits.append)
    assert len(asked) == 7
    assert len(waits) == 6
    assert all(pause <= 30 for pause in waits)
    assert sum(waits) < 61


def test_what_will_not_help_is_not_asked_again() -> None:
    asked = []

    def refused() -> None:
        asked.append(1)
        raise NotAllowed("HubSpot", "no")

    with pytest.raises(NotAllowed):
        asking(refused, lambda _s: None)
    assert len(asked) == 1


def test_the_limiter_never_lets_more_through_in_any_window() -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    limiter = Limiter(4, 1.0, wait=wait, monotonic=lambda: now[0])
    turns = []
    for n in range(40):
        limiter.spend()
        turns.append(now[0])
        now[0] += 0.01 * (n % 3)
    for start in turns:
        assert sum(1 for t in turns if start <= t < start + 0.999) <= 4
    assert now[0] < 11
