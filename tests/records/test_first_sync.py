"""The first sync copies everything once, and goes on where it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from records import gather, tables
from records.kinds import KINDS
from tests.records.bench import Bench

CHECKOUT = Path(__file__).resolve().parent.parent.parent

KILLED_SYNC = """
import os, signal, sys
from records import sync
from store.engine import open_database
from systems.clock import FileClock
from systems.hubspot import HubSpot
from systems.jira import Jira

url, pages = sys.argv[1], int(sys.argv[2])
env = os.environ
seen = 0

def progress(source, kind, done, total):
    global seen
    seen += 1
    if seen == pages:
        os.kill(os.getpid(), signal.SIGKILL)

sync.run(
    open_database(url),
    HubSpot(env["HUBSPOT_ACCESS_TOKEN"], env["HUBSPOT_API_URL"], limits=False),
    Jira(env["JIRA_URL"], env["JIRA_EMAIL"], env["JIRA_API_TOKEN"], limits=False),
    FileClock(env["DAYBOOK_CLOCK"]),
    progress=progress,
)
"""


def test_everything_is_copied_once(synced: Bench) -> None:
    for kind in KINDS:
        told = synced.hubspot("POST", f"/crm/v3/objects/{kind.name}/search", {
            "filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0",
        })["total"]  # fmt: skip
        where = [kind.table.c.kind == kind.touch] if kind.touch else [kind.table.c.source == "hubspot"]
        ours = {row["id"] for row in synced.rows(kind.table, *where)}
        aside = {row["id"] for row in synced.rows(tables.set_aside, tables.set_aside.c.kind == kind.name)}
        assert len(ours | aside) == told, kind.name
    with synced.engine.connect() as conn:
        listed = [
            facts.account_id for _owner, accounts in gather.stream(conn, synced.clock.now()) for facts in accounts
        ]
    owned = {row["id"] for row in synced.rows(tables.accounts) if row["owner_id"]}
    assert sorted(listed) == sorted(owned)


def test_a_broken_record_is_set_aside_without_its_words_and_comes_back_when_mended(synced: Bench) -> None:
    aside = synced.rows(tables.set_aside, tables.set_aside.c.kind == "companies")
    assert len(aside) == 1
    broken = aside[0]["id"]
    told = synced.hubspot("GET", f"/crm/v3/objects/companies/{broken}?properties=annual_contract_value")
    assert "annual_contract_value is not a number" in aside[0]["reason"]
    assert told["properties"]["annual_contract_value"] not in aside[0]["reason"]
    assert synced.rows(tables.accounts, tables.accounts.c.id == broken) == []

    synced.change("companies", broken, annual_contract_value="12000.50")
    report = synced.sync()

    assert report.total("set_aside") == 0
    assert synced.count(tables.set_aside, tables.set_aside.c.kind == "companies") == 0
    assert synced.facts(broken).revenue_cents == 1_200_050


@pytest.mark.parametrize("pages", [2, 5, 9])
def test_a_killed_first_sync_goes_on_where_it_was(
    new_bench: Callable[..., Bench], new_database: Callable[[str], str], database_url: str, pages: int
) -> None:
    whole = new_bench(url=new_database("sqlite"))
    calls_of_a_whole = whole.sync().calls["hubspot"]
    stopped = new_bench(sandbox=whole.sandbox, url=database_url)
    whole.sandbox.forget_calls()

    child = subprocess.run(
        [sys.executable, "-c", KILLED_SYNC, database_url, str(pages)],
        cwd=CHECKOUT, env={**os.environ, **whole.sandbox.env}, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL
    report = stopped.sync()

    assert not report.errors
    ignored = ("synced_at", "generation", "first_seen_at", "last_seen_at")
    for table in (*(kind.table for kind in KINDS), tables.account_features, tables.deal_steps, tables.set_aside):
        ours, theirs = (
            [{k: v for k, v in row.items() if k not in ignored} for row in one.rows(table)] for one in (stopped, whole)
        )
        assert ours == theirs, table.name
    # The directory is read again, and the page that was being worked on; nothing else twice.
    assert whole.sandbox.calls()["hubspot"]["total"] <= calls_of_a_whole + 10


def test_progress_tells_how_far_each_kind_is(bench: Bench) -> None:
    told: list[tuple[str, str, int, int | None]] = []
    bench.sync(progress=lambda *step: told.append(step))

    companies = [step for step in told if step[1] == "companies" and step[3] is not None]
    assert companies[0][2] == 0
    assert companies[-1][2] == companies[-1][3]
    assert any(source == "jira" for source, *_rest in told)


def test_a_full_sync_again_changes_nothing(synced: Bench) -> None:
    before = {kind.name: [r["id"] for r in synced.rows(kind.table)] for kind in KINDS}
    report = synced.sync(full=True)
    assert report.total("removed") == 0
    assert report.total("changed") == 0
    assert {kind.name: [r["id"] for r in synced.rows(kind.table)] for kind in KINDS} == before


def test_other_property_names_mean_reading_the_accounts_again(synced: Bench) -> None:
    from systems.ports import AccountFields

    synced.crm.account_fields = AccountFields(revenue="numberofemployees")
    synced.sync()
    assert {facts["revenue_cents"] for facts in synced.rows(tables.account_features)} == {None}
