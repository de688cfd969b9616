"""How long all lists of an organisation take, next to the database merely adding up the same history.

``python -m bench.bench_ranking [--reps 1000] [--accounts 200] [--postgres]``. The floor is one SELECT that aggregates
tickets, touches and deals by account, its rows fetched and dropped. Ours is every rep's list, ranked, with its reasons
in words. Both in processes of their own, in turns; memory is the whole process's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text

from bench import organisation
from bench.goals import Pace, peak_mib, told, told_time
from bench.organisation import NOW
from bench.own_postgres import Postgres
from records import gather
from rules import policy_file
from rules.ranking import Ranking, rank
from rules.scoring import morning
from store.engine import open_database, reading

CHECKOUT = Path(__file__).resolve().parent.parent
TODAY = morning(NOW, policy_file.parse((CHECKOUT / "rules" / "policy.toml").read_text(encoding="utf-8")))
ROUNDS = 5
FLOOR = """
SELECT a.owner_id, a.id, a.name, a.revenue_cents, a.onboarding, a.renewal_at,
       t.tickets, t.oldest, t.urgent, t.waiting, c.last_touch, c.last_call, c.calls, c.next_meeting,
       d.deals, d.cents, d.closes, d.since
  FROM accounts a
  LEFT JOIN (SELECT account_id, count(*) AS tickets, min(opened_at) AS oldest,
                    min(CASE WHEN priority = 'urgent' THEN opened_at END) AS urgent,
                    min(CASE WHEN answered_at IS NULL OR answered_at < customer_at THEN customer_at END) AS waiting
               FROM tickets WHERE is_open GROUP BY account_id) t ON t.account_id = a.id
  LEFT JOIN (SELECT account_id, max(CASE WHEN at <= :now THEN at END) AS last_touch,
                    max(CASE WHEN at <= :now AND kind = 'call' THEN at END) AS last_call,
                    sum(CASE WHEN kind = 'call' THEN 1 ELSE 0 END) AS calls,
                    min(CASE WHEN at > :now AND kind = 'meeting' THEN at END) AS next_meeting
               FROM touches WHERE counts GROUP BY account_id) c ON c.account_id = a.id
  LEFT JOIN (SELECT account_id, count(*) AS deals, sum(amount_cents) AS cents, min(close_at) AS closes,
                    min(entered_stage_at) AS since
               FROM deals WHERE is_open GROUP BY account_id) d ON d.account_id = a.id
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reps", type=int, default=1_000)
    arguments.add_argument("--accounts", type=int, default=200)
    arguments.add_argument("--postgres", action="store_true", help="also on Postgres")
    arguments.add_argument("--part", nargs=2, metavar=("NAME", "URL"), help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part[0]](open_database(asked.part[1]))))
        return
    digest = _compare("SQLite", f"sqlite:///{organisation.made(asked.reps, asked.accounts)}")
    if asked.postgres:
        with Postgres() as url:
            organisation.fill(open_database(url), asked.reps, asked.accounts)
            other = _compare("Postgres", url)
        print(f"the lists on both databases: {'the same' if other == digest else 'NOT the same'}")


def _compare(name: str, url: str) -> str:
    seen = [{part: _in_child(part, url) for part in ("floor", "lists")} for _round in range(ROUNDS)]
    # A server's work is not in our CPU time, so there the wall counts. The best of each: load only ever adds.
    by = "cpu" if name == "SQLite" else "wall"
    floor, ours = (min((pair[part] for pair in seen), key=lambda one: one[by]) for part in ("floor", "lists"))
    print(
        f"{name}: {ours['accounts']:,} accounts, {ours['lists']:,} lists, {ours['listed']:,} rows with reasons;"
        f" {by} s: SQL aggregation {floor[by]:.2f}, lists {ours[by]:.2f}"
    )
    told(f"{name}: all lists with reasons / plain SQL aggregation", ours[by] / floor[by], 1.0)
    told(f"{name}: peak memory of the process that makes them", max(s["lists"]["peak_mib"] for s in seen), 120, "MiB")
    with Pace() as pace:
        single = _in_child("single", url)
    told_time(f"{name}: one rep's list", single["list_ms"], 3, "ms", pace.slower)
    told_time(f"{name}: one Why", single["why_ms"], 3, "ms", pace.slower)
    digest = _in_child("digest", url)
    same = "the same" if digest["streamed"] == digest["one_by_one"] else "NOT the same"
    print(f"{name}: all at once and one rep at a time give {same} lists ({digest['streamed'][:12]})")
    return str(digest["streamed"])


def _in_child(part: str, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.bench_ranking", "--part", part, url]
    return dict(json.loads(subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE).stdout))


# -- what runs in a process of its own --------------------------------------------------------------------------------


def _floor(engine: Engine) -> dict[str, Any]:
    def fetch(conn: Connection) -> dict[str, int]:
        driver: Any = conn.connection.driver_connection
        if conn.dialect.name == "postgresql":
            rows = driver.cursor().execute(FLOOR.replace(":now", str(NOW)))
        else:
            rows = driver.execute(FLOOR, {"now": NOW})
        return {"accounts": sum(1 for _row in rows)}

    return _timed(engine, fetch)


def _lists(engine: Engine) -> dict[str, Any]:
    def make(conn: Connection) -> dict[str, int]:
        accounts = lists = listed = 0
        for _owner, book in gather.stream(conn, NOW):
            ranking = rank(book, TODAY)
            accounts += ranking.considered
            lists += 1
            listed += len(ranking.listed)
        return {"accounts": accounts, "lists": lists, "listed": listed}

    return _timed(engine, make)


def _timed(engine: Engine, work: Callable[[Connection], dict[str, int]]) -> dict[str, Any]:
    with reading(engine).connect() as conn:
        conn.execute(text("SELECT 1"))
        wall, cpu = time.perf_counter(), time.process_time()
        done = work(conn)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return {**done, **took, "peak_mib": peak_mib()}


def _digest(engine: Engine) -> dict[str, str]:
    streamed, single = hashlib.sha256(), hashlib.sha256()
    with reading(engine).connect() as conn:
        owners = []
        for owner, book in gather.stream(conn, NOW):
            owners.append(owner)
            streamed.update(_content(rank(book, TODAY)))
        for owner in owners:
            single.update(_content(rank(gather.for_owner(conn, owner, NOW), TODAY)))
    return {"streamed": streamed.hexdigest(), "one_by_one": single.hexdigest()}


def _content(ranking: Ranking) -> bytes:
    rows = [(one.facts, one.position, one.explanation) for one in ranking.listed]
    return orjson.dumps((rows, ranking.order, ranking.due), default=tuple)


def _single(engine: Engine) -> dict[str, float]:
    """CPU of one list and one Why as the product makes them, from the connection to the finished blocks."""
    from records import people
    from systems import settings
    from systems.connect import Systems
    from tools import explain_priority, listing, rank_accounts
    from views import why

    systems = Systems(settings.load({}), _Still(), None, None, None)  # type: ignore[arg-type]  # no vendor is asked
    with reading(engine).connect() as conn:
        reps = people.reps(conn)[:100]
    lists, whys = [], []
    for rep in reps:
        began = time.process_time()
        with reading(engine).connect() as conn:
            ranked = rank_accounts.run(conn, systems, "T1", rep, NOW)
        lists.append(time.process_time() - began)
        logged = listing.as_logged(ranked, rep, NOW)
        account = ranked.ranking.listed[-1].facts.account_id
        began = time.process_time()
        with reading(engine).connect() as conn:
            told_why = explain_priority.run(conn, systems, "T1", rep.id, "T1:list", logged, account, NOW)
        why.modal(told_why)  # type: ignore[arg-type]  # the rep may see their own list
        whys.append(time.process_time() - began)
    return {"list_ms": 1_000 * sorted(lists)[len(lists) // 2], "why_ms": 1_000 * sorted(whys)[len(whys) // 2]}


class _Still:
    def now(self) -> int:
        return NOW


PARTS: dict[str, Callable[[Engine], dict[str, Any]]] = {
    "floor": _floor, "lists": _lists, "digest": _digest, "single": _single,
}  # fmt: skip



if __name__ == "__main__":
    main()
