"""Whatever happens to records while they are paged through, our copy ends up equal to the CRM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from records import sync, tables
from store.engine import open_database
from store.metadata import metadata
from systems.faults import SourceDown
from tests.records.fake_crm import FakeCRM

START = 1_795_392_000_000


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> int:
        return self.at


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('paging')}/copy.sqlite")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def empty(engine: Engine) -> Engine:
    _clear(engine)
    return engine


def _clear(engine: Engine) -> None:
    with engine.begin() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(delete(table))


def names(engine: Engine) -> dict[str, str]:
    with engine.connect() as conn:
        rows = conn.execute(select(tables.accounts.c.id, tables.accounts.c.name))
        return dict(rows.all())


def theirs(crm: FakeCRM) -> dict[str, Any]:
    return {i: r.properties["name"] for i, r in crm.records.get("companies", {}).items() if not r.archived}


# An edit of (or the first word of) one of twelve records, so many milliseconds after the one before.
EVENTS = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 0, 1, 60_000])), max_size=20)


@settings(
    max_examples=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=EVENTS, later=st.lists(EVENTS, max_size=4), meanwhile=EVENTS, page=st.integers(1, 4))
def test_nothing_is_lost_however_records_move(
    engine: Engine, first: list[Any], later: list[list[Any]], meanwhile: list[Any], page: int
) -> None:
    _clear(engine)
    crm, clock, version = FakeCRM(page=page), Hands(), iter(range(10_000))
    changed: dict[int, int] = {}

    def happen(event: Any) -> None:
        number, wait = event
        clock.at += wait
        # Two records often share an instant, as imports do; two versions of one record never do.
        at = max(clock.at, changed.get(number, 0) + 1)
        changed[number] = at
        crm.put("companies", str(number), at, name=f"version {next(version)}")

    for event in first:
        happen(event)
    sync.run(engine, crm, None, clock)
    for events in later:
        for event in events:
            happen(event)
        left = list(meanwhile)

        def between(left: list[Any] = left) -> None:
            if left:
                happen(left.pop())

        crm.between = between
        sync.run(engine, crm, None, clock)
        crm.between = None
        clock.at += 60_000
        sync.run(engine, crm, None, clock)
        assert names(engine) == theirs(crm)
        clock.at += 3_600_000


# The same, and how long searches show the record as it was before: less than the ten minutes that are allowed for.
LATE_EVENTS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from([0, 1, 60_000, 500_000]), st.sampled_from([0, 0, 50_000, 590_000])),
    max_size=12,
)


@settings(
    max_examples=50,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    first=LATE_EVENTS,
    later=st.lists(LATE_EVENTS, max_size=4),
    meanwhile=LATE_EVENTS,
    breaks_at=st.integers(0, 8),
    page=st.integers(1, 4),
    tells_time=st.booleans(),
    wrong_by=st.sampled_from([0, 0, -3_600_000, 3_600_000]),
)
def test_nothing_is_lost_that_the_index_shows_late_or_that_a_break_interrupts(
    engine: Engine, first: list[Any], later: list[list[Any]], meanwhile: list[Any], breaks_at: int, page: int,
    tells_time: bool, wrong_by: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("records.changes.GATHER", 1)  # each page is kept by itself, so that a break is in the middle
    _clear(engine)
    theirs_now, ours, version = Hands(), Hands(), iter(range(10_000))
    crm = FakeCRM(page=page, tells_time=tells_time, now=theirs_now.now)
    changed: dict[int, int] = {}

    def passes(span: int) -> None:
        theirs_now.at += span
        ours.at = theirs_now.at + wrong_by

    def happen(event: Any) -> None:
        number, wait, late = event
        passes(wait)
        changed[number] = at = max(theirs_now.at, changed.get(number, 0) + 1)
        crm.put_late("companies", str(number), at, at + late, name=f"version {next(version)}")

    passes(0)
    for event in first:
        happen(event)
    sync.run(engine, crm, None, ours)
    for events in later:
        for event in events:
            happen(event)
        left, asked = list(meanwhile), iter(range(1, 1_000))

        def between(left: list[Any] = left, asked: Iterator[int] = asked) -> None:
            if left:
                happen(left.pop())
            if next(asked) == breaks_at:
                raise SourceDown("HubSpot", "no answer.", "It is tried again by itself.")

        crm.between = between
        sync.run(engine, crm, None, ours)
        crm.between = None
        passes(600_000)
        sync.run(engine, crm, None, ours)
        assert names(engine) == theirs(crm)
        passes(3_600_000)


def test_a_stopped_walk_through_many_changes_goes_on_where_it_was(empty: Engine) -> None:
    clock = Hands()
    crm = FakeCRM(page=200, tells_time=True, now=clock.now)
    crm.put("companies", "1", START, name="Acme Anvils (sample)")
    sync.run(empty, crm, None, clock)
    clock.at += 86_400_000
    for n in range(2, 3_002):
        crm.put("companies", str(n), clock.at - 3_600_000 + n % 2, name="An import (sample)")
    asked = iter(range(1, 1_000))

    def between() -> None:
        if next(asked) == 12:
            raise SourceDown("HubSpot", "no answer.", "It is tried again by itself.")

    crm.between = between
    report = sync.run(empty, crm, None, clock)
    assert report.errors
    kept = len(names(empty))
    assert kept > 1_500
    clock.at += 3_600_000
    crm.put("companies", "1", clock.at, name="Changed meanwhile")
    crm.between, crm.calls = None, 0
    report = sync.run(empty, crm, None, clock)
    assert not report.errors
    assert names(empty) == theirs(crm)
    # The rest of the walk and what came after it; not the walk from its beginning.
    of_companies = next(part for part in report.parts if part.kind == "companies")
    assert of_companies.seen == 3_002 - kept
    assert of_companies.calls <= (3_000 - kept) / 200 + 4


def test_a_value_that_breaks_later_leaves_the_last_good_version(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    crm.put("companies", "1", START, name="Acme Anvils (sample)", annual_contract_value="10")
    crm.put("companies", "2", START, name="Birch Bellows (sample)")
    sync.run(empty, crm, None, clock)
    crm.put("companies", "1", START + 5, name="Acme", annual_contract_value="a lot")
    crm.put("companies", "2", START + 6, name="Birch")

    for full in (False, True):
        report = sync.run(empty, crm, None, clock, full=full)
        assert names(empty) == {"1": "Acme Anvils (sample)", "2": "Birch"}
        assert report.total("set_aside") >= 1
        assert report.total("removed") == 0
    with empty.connect() as conn:
        aside = conn.execute(select(tables.set_aside)).mappings().all()
    assert [(row["kind"], row["id"]) for row in aside] == [("companies", "1")]


def test_what_was_deleted_for_good_is_found_by_the_nightly_count(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    for n in range(1, 8):
        crm.put("contacts", str(n), START + n, email=f"{n}@example.com")
    sync.run(empty, crm, None, clock)
    crm.purge("contacts", "3")
    assert sync.run(empty, crm, None, clock).total("removed") == 0
    assert sync.run(empty, crm, None, clock, sweep=True).total("removed") == 1
    with empty.connect() as conn:
        assert set(conn.scalars(select(tables.contacts.c.id))) == {"1", "2", "4", "5", "6", "7"}


def test_a_restored_record_stays(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    crm.put("companies", "1", START, name="Acme Anvils (sample)")
    sync.run(empty, crm, None, clock)
    crm.archive("companies", "1", START + 10)
    sync.run(empty, crm, None, clock, sweep=True)
    assert names(empty) == {}
    crm.put("companies", "1", START + 20, name="Acme Anvils (sample)")
    sync.run(empty, crm, None, clock, sweep=True)
    assert names(empty) == {"1": "Acme Anvils (sample)"}


def test_an_older_version_never_replaces_a_newer(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    crm.put("companies", "1", START + 100, name="new")
    sync.run(empty, crm, None, clock)
    crm.put("companies", "1", START + 50, name="old")
    report = sync.run(empty, crm, None, clock, full=True)
    assert names(empty) == {"1": "new"}
    assert report.total("removed") == 0


def test_a_wrong_clock_of_ours_loses_nothing(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    crm.put("companies", "1", START, name="one")
    sync.run(empty, crm, None, clock)
    theirs_now = START
    for n, jump in enumerate((10 * 86_400_000, -30 * 86_400_000, 86_400_000, 0)):
        clock.at += jump
        sync.run(empty, crm, None, clock)
        theirs_now += 3_600_000
        crm.put("companies", "1", theirs_now, name=f"version {n}")
        sync.run(empty, crm, None, clock)
        assert names(empty) == {"1": f"version {n}"}


def test_only_one_sync_runs_at_a_time(empty: Engine) -> None:
    crm, clock = FakeCRM(), Hands()
    crm.put("companies", "1", START, name="one")
    refused: list[str] = []

    def second(*_step: object) -> None:
        with pytest.raises(sync.SyncBusy) as busy:
            sync.run(empty, crm, None, clock)
        refused.append(str(busy.value))

    sync.run(empty, crm, None, clock, progress=second)
    assert refused
    assert "is running already" in refused[0]
    sync.run(empty, crm, None, clock)


def test_the_changes_of_a_normal_day_take_at_most_150_calls(empty: Engine) -> None:
    a_day = {
        "companies": 1_000, "contacts": 1_500, "deals": 800, "tickets": 1_200, "calls": 4_000, "emails": 6_000,
        "meetings": 1_000, "notes": 1_000, "tasks": 1_500,
    }  # fmt: skip
    crm, clock = FakeCRM(page=200), Hands()
    crm.put("companies", "1", START - 86_400_000, name="Acme Anvils (sample)")
    sync.run(empty, crm, None, clock)
    clock.at += 86_400_000
    for kind, count in a_day.items():
        for n in range(count):
            properties = {"name": "x"} if kind == "companies" else {"hs_timestamp": str(clock.at)}
            crm.put(kind, str(n + 2), clock.at - count + n, ["1"], **properties)
    crm.calls = 0
    report = sync.run(empty, crm, None, clock)
    assert report.total("changed") == sum(a_day.values()) == 18_000
    # The port counts a method as one call; the directory's five are owners (2), stages (2) and the portal.
    assert crm.calls + 5 <= 150
    # The next sync looks once more at the last ten minutes before these changes, for what the index showed late.
    clock.at += 3_600_000
    sync.run(empty, crm, None, clock)
    crm.calls = 0
    clock.at += 3_600_000
    sync.run(empty, crm, None, clock)
    assert crm.calls <= 2 * len(a_day)
