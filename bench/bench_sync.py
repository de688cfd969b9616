"""How many calls HubSpot gets: for the first sync, for a quiet hour, for a busy one, after a day, and in a whole day.

``python -m bench.bench_sync [--reps 50] [--accounts 200] [--full]``. The calls are counted by the stand-in, with our
own waiting for its limits switched off. By default the organisation is 50 reps and the big numbers are extrapolated
(and say so); ``--full`` is the real size, 1,000 reps, and takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench.goals import peak_mib, told
from records import sync
from records.kinds import KINDS
from store import schema
from store.engine import open_database
from systems.clock import FileClock
from systems.hubspot import HubSpot
from systems.jira import Jira

CHECKOUT = Path(__file__).resolve().parent.parent
FULL_REPS = 1_000
WORKING_HOURS = 10
# A rep's day in HubSpot. Whatever is logged on a company changes the company too: 7 + 7 + 2 + 1 + 1 = 18 records.
DAY = {
    "calls": 3.5, "emails": 2.0, "meetings": 0.5, "notes": 0.5, "tasks": 0.5, "contacts": 2, "deals": 1, "tickets": 1,
}  # fmt: skip
TO_COMPANY = {"calls": 182, "emails": 186, "meetings": 188, "notes": 190, "tasks": 192}
CHANGES = {
    "contacts": {"lastname": "Changed (sample)"},
    "deals": {"hs_next_step": "Call again"},
    "tickets": {"hs_ticket_priority": "HIGH"},
}
TABLES = {"contacts": "contacts", "deals": "deals", "tickets": "tickets"}


@dataclass
class Company:
    """The stand-in, our copy of it, and the adapters between them."""

    env: dict[str, str]
    engine: Engine
    crm: HubSpot
    tickets: Jira
    chance: random.Random

    def sync(self, what: str, **how: Any) -> tuple[int, int, int]:
        """One sync. Calls to HubSpot as the stand-in counted them, calls to Jira, records read."""
        self.ask("DELETE", "/_sandbox/calls")
        began, cpu = time.monotonic(), time.process_time()
        report = sync.run(self.engine, self.crm, self.tickets, FileClock(self.env["DAYBOOK_CLOCK"]), **how)
        wrong = [f"{part.kind}: {part.error}" for part in report.parts if part.error]
        if wrong:
            raise SystemExit(f"the sync did not succeed: {'; '.join(wrong)}")
        calls = self.ask("GET", "/_sandbox/calls")
        hubspot, jira = calls["hubspot"]["total"], calls["jira"]["total"]
        by = Counter(_what(call) for call, count in calls["hubspot"]["by"].items() for _ in range(count))
        seen = sum(part.seen for part in report.parts if part.source == "hubspot" and part.kind != "directory")
        print(
            f"{what}: HubSpot {hubspot:,} calls for {seen:,} records, Jira {jira:,} calls; our CPU"
            f" {time.process_time() - cpu:.1f} s, wall {time.monotonic() - began:.0f} s;"
            f" of HubSpot's {', '.join(f'{count:,} {what}' for what, count in by.most_common())}",
            flush=True,
        )
        return hubspot, jira, seen

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return _ask(self.env["DAYBOOK_SANDBOX_PAGE"].rstrip("/") + path, method, body)

    def later(self, seconds: float) -> None:
        self.ask("POST", "/_sandbox/clock", {"advance_seconds": seconds})

    def work(self, reps: int, share: float, seconds: float) -> None:
        """What ``reps`` do in ``share`` of a day, spread over the next ``seconds``, through HubSpot's batch calls."""
        batches = list(self._batches(reps, share))
        self.chance.shuffle(batches)
        for path, inputs in batches:
            self.later(seconds / len(batches))
            _ask(self.env["HUBSPOT_API_URL"] + path, "POST", {"inputs": inputs}, self.env["HUBSPOT_ACCESS_TOKEN"])

    def _batches(self, reps: int, share: float) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        with self.engine.connect() as conn:
            companies = list(conn.scalars(text("SELECT id FROM accounts ORDER BY id")))
            ids = {k: list(conn.scalars(text(f"SELECT id FROM {t} WHERE source = 'hubspot' ORDER BY id")))
                   for k, t in TABLES.items()}  # fmt: skip
        now = FileClock(self.env["DAYBOOK_CLOCK"]).now()
        for kind, each in DAY.items():
            count = round(each * reps * share)
            if kind in TO_COMPANY:
                inputs = [_logged(kind, company, now) for company in self.chance.sample(companies, count)]
                path = f"/crm/v3/objects/{kind}/batch/create"
            else:
                picked = self.chance.sample(ids[kind], min(count, len(ids[kind])))
                inputs = [{"id": one, "properties": CHANGES[kind]} for one in picked]
                path = f"/crm/v3/objects/{kind}/batch/update"
            for at in range(0, len(inputs), 100):
                yield path, inputs[at : at + 100]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reps", type=int, default=50)
    arguments.add_argument("--accounts", type=int, default=200)
    arguments.add_argument("--full", action="store_true", help="the real size: 1,000 reps")
    asked = arguments.parse_args()
    reps = FULL_REPS if asked.full else asked.reps
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stand-in never stays behind
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        stand_in = _stand_in(reps, asked.accounts)
        try:
            assert stand_in.stdout is not None
            line = stand_in.stdout.readline()
            if not line:
                raise SystemExit(f"the stand-in ended with status {stand_in.wait()}")
            _measure(json.loads(line), Path(folder), reps)
        finally:
            stand_in.terminate()
            stand_in.wait(timeout=30)


def _measure(env: dict[str, str], folder: Path, reps: int) -> None:
    engine = open_database(f"sqlite:///{folder / 'sync.sqlite'}")
    schema.upgrade(engine)
    crm = HubSpot(env["HUBSPOT_ACCESS_TOKEN"], env["HUBSPOT_API_URL"], limits=False, timeout=(5.0, 120.0))
    jira = Jira(env["JIRA_URL"], env["JIRA_EMAIL"], env["JIRA_API_TOKEN"], limits=False, timeout=(5.0, 120.0))
    company = Company(env, engine, crm, jira, random.Random(1))
    full, _, records = company.sync(f"first sync, {reps:,} reps")
    company.later(3_600)
    quiet, _, _ = company.sync("a quiet hour")
    # Work goes on until the sync asks, and the hour before was a working one too: its last ten minutes are read again.
    for what in ("the first working hour", "a working hour after another"):
        company.work(reps, 1 / WORKING_HOURS, 3_600)
        hour, _, _ = company.sync(what)
    company.later(3_600)
    company.work(reps, 1, 10 * 3_600)
    company.later(3_600)
    day, _, changed = company.sync("once after a whole working day")
    company.later(3_600)
    sweep, _, _ = company.sync("a quiet hour with the nightly sweep", sweep=True)
    engine.dispose()

    scale = FULL_REPS / reps
    note = "" if scale == 1 else f" (extrapolated from {reps} reps)"
    told(f"HubSpot calls of the first sync of 1,000 reps{note}", round(quiet + (full - quiet) * scale), 20_000)
    told(f"HubSpot calls of a quiet sync of {len(KINDS)} types", quiet, 2 * len(KINDS) + 5)
    # What grows with the changes is one search per 200 records and one call per 1,000 for each kind of association.
    more = (changed / 200 + 2 * changed / 1_000) * (scale - 1)
    told(f"HubSpot calls after a normal day of {round(changed * scale):,} records{note}", round(day + more), 150)
    zones = 2  # the time zones of a company off the full hour; in all others 8:50 is an hourly sync anyway
    whole = WORKING_HOURS * hour + (24 - WORKING_HOURS + zones - 1) * quiet + sweep
    print(
        f"a day's syncs, hourly and ten minutes before each time zone's lists: {whole:,} HubSpot calls at {reps:,} reps"
        f" = {WORKING_HOURS} working hours × {hour} + {24 - WORKING_HOURS + zones - 1} quiet × {quiet} + 1 with the"
        f" sweep × {sweep}; {whole / 1_000_000:.2%} of a million a day"
    )
    print(f"records read at first: {records:,}; our peak memory {peak_mib():.0f} MiB")


def _what(call: str) -> str:
    """In a word, what a call to HubSpot was for."""
    if call.endswith("/search"):
        return "searches"
    if "/associations/" in call:
        return "associations"
    return "pages" if "/objects/" in call else "directory"


def _logged(kind: str, company: str, now: int) -> dict[str, Any]:
    """A new engagement on a company, as an integration logs it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now / 1000))
    more = {"tasks": {"hs_task_status": "NOT_STARTED"}, "meetings": {"hs_meeting_start_time": at}}.get(kind, {})
    type_ = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TO_COMPANY[kind]}
    return {"properties": {"hs_timestamp": at, **more}, "associations": [{"to": {"id": company}, "types": [type_]}]}


def _stand_in(reps: int, accounts: int) -> subprocess.Popen[str]:
    sizes = ["--reps", str(reps), "--accounts-per-rep", str(accounts)]
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--json", "--no-limits", "--stopped-clock", *sizes],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(url: str, method: str, body: Any = None, token: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=120) as answer:
        read = answer.read()
        if answer.status == 207:
            raise SystemExit(f"the stand-in refused a part of a batch: {read[:500]!r}")
    return json.loads(read) if read else None


if __name__ == "__main__":
    main()
