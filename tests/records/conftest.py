"""Fixtures of the records' tests: a bench on each kind of database, and one that is already in sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.records.bench import Bench
from tests.stand_ins import Sandbox


@pytest.fixture
def new_bench(start_sandbox: Callable[..., Sandbox], sqlite_url: str) -> Iterator[Callable[..., Bench]]:
    """``new_bench(url=…, token=…, sandbox=…)``: a small world of its own, and an empty database."""
    benches: list[Bench] = []

    def make(*, sandbox: Sandbox | None = None, url: str | None = None, **how: Any) -> Bench:
        bench = Bench(sandbox or start_sandbox(reps=2, accounts=12), url or sqlite_url, **how)
        benches.append(bench)
        return bench

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def bench(new_bench: Callable[..., Bench], database_url: str) -> Bench:
    """An empty database of each kind beside a small world."""
    return new_bench(url=database_url)


@pytest.fixture
def synced(bench: Bench) -> Bench:
    """The same, after its first sync."""
    report = bench.sync()
    assert not report.errors
    bench.sandbox.forget_calls()
    return bench
