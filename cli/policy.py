"""``daybook policy``: what Daybook may do, rule by rule; which rule gave a verdict; since when each version holds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import orjson
import typer
from sqlalchemy import func, select

from cli.times import stamp
from records import policies
from rules import policy_words
from store.engine import open_database, reading
from systems import settings
from tools import ledger
from views import escape

HOW = "A refusal beats a question, a question beats a yes, and what no rule allows is refused."


def explain(rule: str | None, call: str | None, as_json: bool) -> None:
    """Every rule, one rule, or the verdicts on one call as they stand in the ledger."""
    loaded = settings.load()
    policy, _text = policies.current(loaded)
    if call is not None:
        _call(loaded, call, as_json)
        return
    try:
        told = policy_words.explain(rule, policy) if rule else policy_words.rules(policy)
    except policy_words.NoSuchRule as unknown:
        raise typer.BadParameter(str(unknown)) from None
    if as_json:
        rows = [
            {"name": one.name, "group": one.group, "answers": one.answers, "words": one.words,
             "verdicts": one.verdicts, "numbers": dict(one.numbers)}
            for one in told
        ]  # fmt: skip
        print(orjson.dumps({"version": policy.version, "rules": rows}).decode())
        return
    print(f"Policy {policy.version}. {HOW}")
    for group, ruled in groupby(told, key=lambda one: one.group):
        print(f"\n{group}")
        for one in ruled:
            print(f"  {one.words}")
            print(f"      {' / '.join(one.answers)}: {one.notes()}")


def _call(loaded: settings.Settings, call: str, as_json: bool) -> None:
    with reading(open_database(loaded.database_url)).connect() as connection:
        rows = ledger.of_call(connection, ledger.name_of(call))
        known = {row["policy"]: policies.of_version(connection, row["policy"]) for row in rows}
    if not rows:
        raise typer.BadParameter(f"the ledger has no call {call!r}; `daybook ledger export` lists them, `daybook trace`"
                                 " shows those of a session")  # fmt: skip
    today, _text = policies.current(loaded)
    told = [_told(row, policy_words.words_of(row["rule"], known[row["policy"]] or today)) for row in rows]
    if as_json:
        print(orjson.dumps(told).decode())
        return
    for one in told:
        print(f"{stamp(one['at'])}  {one['phase']} {one['tool']} ({one['effect']}): {one['verdict']} by {one['rule']}")
        print(f"    reason: {one['reason'] or '-'}")
        if one["words"]:
            print(f"    the rule says: {one['words']}")
        print(f"    policy: {one['policy']}; for {one['person'] or 'nobody'} via {one['agent'] or '-'}")
        for name, value in one["facts"].items():
            print(f"    {name}: {value}")


def _told(row: Mapping[str, Any], words: str) -> dict[str, Any]:
    """A row of the ledger by ids, numbers and rules; what was to be written stands in ``daybook ledger export``."""
    facts: dict[str, str] = {}
    if row["facts"].get("records"):
        facts["records"] = ", ".join(row["facts"]["records"])
    if row["facts"].get("said"):
        facts["all rules"] = ", ".join(f"{verdict} by {rule}" for verdict, rule in row["facts"]["said"])
    for name in ("confirmed_by", "approval"):
        if row["facts"].get(name):
            facts[name.replace("_", " ")] = str(row["facts"][name])
    kept = ("at", "phase", "tool", "effect", "verdict", "rule", "reason", "policy", "person", "agent", "session", "seq")
    # A reason may repeat what a model asked for: nothing in it may steer a terminal.
    told = {name: escape.clean(row[name], 600) if isinstance(row[name], str) else row[name] for name in kept}
    return {**told, "words": words, "facts": {name: escape.clean(value, 600) for name, value in facts.items()}}


def versions(as_json: bool) -> None:
    """Each version that was ever in effect, oldest first; the one of the file is marked."""
    loaded = settings.load()
    current, _text = policies.current(loaded)
    books = ledger.ledger.c
    counted = select(books.policy, func.count().label("entries")).group_by(books.policy)
    with reading(open_database(loaded.database_url)).connect() as connection:
        found = policies.versions(connection)
        decided = {row.policy: row.entries for row in connection.execute(counted)}
    rows = [
        {"version": one.version, "since": one.since, "entries": decided.get(one.version, 0),
         "in_effect": one.version == current.version}
        for one in found
    ]  # fmt: skip
    if as_json:
        print(orjson.dumps(rows).decode())
        return
    for row in rows:
        mark = "  in effect" if row["in_effect"] else ""
        print(f"{stamp(row['since'])}  {row['version']:<24} {row['entries']:>8} ledger entries{mark}")
    if current.version not in {row["version"] for row in rows}:
        print(f"{'not yet':<20}  {current.version:<24} takes effect with the next decision")
