"""What the sample company's CRM holds: the same for the same seed, awkward where real data is, full where asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from sandbox.hubspot.schema import DISPOSITIONS, STAGES
from sandbox.instants import DAY_MS, parse
from sandbox.kinds import ENGAGEMENTS, KINDS
from sandbox.objects import ObjectStore
from sandbox.world import START_MS, World
from sandbox.world_crm import QUIET_REP
from sandbox.world_words import HOSTILE_NAMES

Companies = dict[int, dict[str, str]]


def _filled(world: World) -> ObjectStore:
    store = ObjectStore()
    world.fill(store)
    return store


@pytest.fixture(scope="module")
def default() -> Iterator[tuple[World, ObjectStore]]:
    world = World()
    store = _filled(world)
    yield world, store
    store.close()


def _digest(store: ObjectStore) -> str:
    told = hashlib.sha256()
    for table in (*KINDS, "links", "issues"):
        for row in store.db.execute(f"select * from {table}"):
            told.update(repr(row).encode())
    return told.hexdigest()


def _records(store: ObjectStore, kind: str) -> Companies:
    rows = store.db.execute(f"select id, props from {kind} where archived is null")
    return {record_id: orjson.loads(props) for record_id, props in rows}


def _of_company(store: ObjectStore, kind: str, companies: Companies) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {company: [] for company in companies}
    records = _records(store, kind)
    for company, ends in store.links.of(list(companies), kind).items():
        found[company] = [records[other] for other, _ in ends]
    return found


def test_the_same_seed_tells_the_same_world_and_another_seed_another() -> None:
    digests = []
    for seed in (7, 7, 8):
        store = _filled(World(seed=seed, reps=3, accounts_per_rep=10))
        digests.append(_digest(store))
        store.close()
    assert digests[0] == digests[1] != digests[2]


def test_a_reps_stories_do_not_depend_on_how_many_colleagues_there_are() -> None:
    told = []
    for reps in (3, 6):
        store = _filled(World(reps=reps, accounts_per_rep=10))
        told.append([props for _, props in sorted(_records(store, "companies").items())][1:10])
        store.close()
    assert told[0] == told[1]


def test_every_working_rep_has_all_their_accounts(default: tuple[World, ObjectStore]) -> None:
    world, store = default
    owned = [props.get("hubspot_owner_id") for props in _records(store, "companies").values()]
    for rep in world.working_reps[1:]:
        assert owned.count(rep.owner_id) == world.accounts_per_rep
    assert owned.count(None) >= 1


def _stirring(world: World, store: ObjectStore, owner: str) -> set[int]:
    """Accounts of this rep with anything a colleague would point at."""
    companies = {i: p for i, p in _records(store, "companies").items() if p.get("hubspot_owner_id") == owner}
    found: set[int] = set()
    tickets, deals = _of_company(store, "tickets", companies), _of_company(store, "deals", companies)
    tasks, calls = _of_company(store, "tasks", companies), _of_company(store, "calls", companies)
    emails = _of_company(store, "emails", companies)
    issues: dict[str, int] = {}
    for (fields,) in store.db.execute("select fields from issues where category <> 'done'"):
        company = orjson.loads(fields)["company"] or ""
        issues[company] = issues.get(company, 0) + 1
    for company, props in companies.items():
        moments = [parse(r["hs_timestamp"]) for r in (*calls[company], *emails[company])]
        quiet = not moments or max(moments) < START_MS - 20 * DAY_MS
        open_tickets = [t for t in tickets[company] if t["hs_is_closed"] == "false"]
        late = [t for t in tasks[company] if t["hs_task_status"] != "COMPLETED" and parse(t["hs_timestamp"]) < START_MS]
        stuck = [
            d for d in deals[company]
            if d["hs_is_closed"] == "false" and d["closedate"][:1] == "2"
            and (parse(d["closedate"]) < START_MS
                 or parse(d["hs_v2_date_entered_current_stage"]) < START_MS - 40 * DAY_MS)
        ]  # fmt: skip
        soon = "renewal_date" in props and parse(props["renewal_date"]) < START_MS + 60 * DAY_MS
        new = props.get("onboarding_status") == "in_progress"
        newest = max(calls[company], key=lambda c: c["hs_timestamp"], default=None)
        missed = newest is not None and newest["hs_call_disposition"] != DISPOSITIONS["Connected"]
        if missed or quiet or open_tickets or late or stuck or soon or new or issues.get(str(company)):
            found.add(company)
    return found


def test_reps_have_a_mixed_day_and_one_has_an_empty_one(default: tuple[World, ObjectStore]) -> None:
    world, store = default
    for place, rep in enumerate(world.working_reps):
        count = len(_stirring(world, store, str(rep.owner_id)))
        if place == QUIET_REP:
            assert count == 0
        else:
            assert 10 <= count <= 25


def test_one_account_is_hot_in_every_way(default: tuple[World, ObjectStore]) -> None:
    store = default[1]
    companies = _records(store, "companies")
    hot = {i: p for i, p in companies.items() if p.get("annual_contract_value") == "412000"}
    assert hot
    one = dict([next(iter(hot.items()))])
    (ticket,) = [t for t in _of_company(store, "tickets", one)[next(iter(one))] if t["hs_is_closed"] == "false"]
    assert ticket["hs_ticket_priority"] == "URGENT"
    assert "hs_last_message_sent_at" not in ticket
    calls = sorted(_of_company(store, "calls", one)[next(iter(one))], key=lambda c: c["hs_timestamp"])
    assert len({c["hs_call_disposition"] for c in calls[-3:]}) == 1


def test_names_are_as_awkward_as_in_real_life(default: tuple[World, ObjectStore]) -> None:
    names = {p["name"] for p in _records(default[1], "companies").values()}
    assert set(HOSTILE_NAMES) <= names
    assert max(map(len, names)) > 200


@pytest.mark.parametrize(("reps", "accounts"), [(12, 40), (3, 12), (1, 6)])
def test_the_first_rep_has_an_acme_a_globex_and_an_initech_to_talk_about(reps: int, accounts: int) -> None:
    world = World(reps=reps, accounts_per_rep=accounts)
    store = _filled(world)
    mine = {
        i: p for i, p in _records(store, "companies").items()
        if p.get("hubspot_owner_id") == world.working_reps[0].owner_id
    }  # fmt: skip
    deals = _of_company(store, "deals", mine)
    stages = {
        mine[company]["name"]: [STAGES["deals"][deal["dealstage"]].label for deal in held if not _closed(deal)]
        for company, held in deals.items()
    }
    ids = {p["name"]: i for i, p in mine.items()}
    assert sorted(n for n in ids if n.startswith(("Acme", "Globex", "Initech"))) == ["Acme", "Globex", "Initech"]
    assert stages["Globex"] == ["Discovery"]
    assert len(stages["Initech"]) == 1
    assert not all(map(_closed, _of_company(store, "tickets", mine)[ids["Initech"]]))
    assert _of_company(store, "contacts", mine)[ids["Acme"]]
    store.close()


def _closed(record: dict[str, str]) -> bool:
    return record["hs_is_closed"] == "true"


def test_colleagues_have_an_account_that_begins_like_acme_and_two_of_one_name(
    default: tuple[World, ObjectStore],
) -> None:
    world, store = default
    owners = {p["name"]: p.get("hubspot_owner_id") for p in _records(store, "companies").values()}
    reps = [rep.owner_id for rep in world.working_reps]
    assert owners["Acme Harbour Supplies"] == reps[1]
    assert [owner for name, owner in owners.items() if name.startswith("Wayne ")] == [reps[2], reps[2]]


def test_two_records_make_no_sense(default: tuple[World, ObjectStore]) -> None:
    store = default[1]
    dates = [p["closedate"] for p in _records(store, "deals").values()]
    revenues = [p.get("annual_contract_value") for p in _records(store, "companies").values()]
    assert dates.count("not-a-date") == 1
    assert revenues.count("lots") == 1


def test_the_service_desks_company_field_is_as_people_fill_it(default: tuple[World, ObjectStore]) -> None:
    store = default[1]
    held = [orjson.loads(fields)["company"] for (fields,) in store.db.execute("select fields from issues")]
    companies = _records(store, "companies")
    ids = [h for h in held if h and h.isdigit() and int(h) in companies]
    domains = [h for h in held if h and h.endswith(".example")]
    assert len(ids) / len(held) > 0.9
    assert domains
    assert held.count(None) >= 1
    assert any(h and not h.isdigit() and h not in domains for h in held)
    merged = [row for (row,) in store.db.execute("select loser from merged")]
    assert str(merged[0]) in held


def test_nothing_but_plans_lies_ahead(default: tuple[World, ObjectStore]) -> None:
    store = default[1]
    for kind in KINDS:
        latest = store.db.execute(f"select max(created), max(updated) from {kind}").fetchone()
        assert max(latest) <= START_MS
    for kind in ("calls", "emails", "notes"):
        assert all(parse(p["hs_timestamp"]) <= START_MS for p in _records(store, kind).values())
    starts = [parse(p["hs_meeting_start_time"]) for p in _records(store, "meetings").values()]
    assert any(s > START_MS for s in starts)


def test_a_company_changes_when_anything_on_it_does(default: tuple[World, ObjectStore]) -> None:
    store = default[1]
    updated = dict(store.db.execute("select id, updated from companies"))
    for kind in ENGAGEMENTS:
        sql = f"select links.b, max({kind}.updated) from {kind} join links on links.a = {kind}.id group by links.b"
        for company, latest in store.db.execute(sql):
            if company in updated and company > 10_000_000_002:
                assert updated[company] >= latest


@pytest.fixture(scope="module")
def copied() -> Iterator[ObjectStore]:
    """Thirty reps: the last six are copies."""
    store = _filled(World(reps=30, accounts_per_rep=8))
    yield store
    store.close()


def test_copied_reps_have_names_owners_and_records_of_their_own(copied: ObjectStore) -> None:
    companies = _records(copied, "companies")
    assert len({p["name"] for p in companies.values()}) == len(companies)
    owned: dict[Any, int] = {}
    for props in companies.values():
        owned[props.get("hubspot_owner_id")] = owned.get(props.get("hubspot_owner_id"), 0) + 1
    assert list(owned.values()).count(8) >= 29
    addresses = [p["email"] for p in _records(copied, "contacts").values()]
    assert len(set(addresses)) == len(addresses)


def test_copied_links_stay_within_one_account(copied: ObjectStore) -> None:
    companies = _records(copied, "companies")
    for kind in ("contacts", "deals", "tickets", "calls", "emails"):
        records = _records(copied, kind)
        for company, ends in copied.links.of(list(companies), kind).items():
            if company <= 10_000_000_002:
                continue
            owners = {records[other].get("hubspot_owner_id") for other, _ in ends}
            assert owners == {companies[company].get("hubspot_owner_id", "")}
    for contact, props in _records(copied, "contacts").items():
        if contact != max(_records(copied, "contacts")):
            assert copied.links.of([contact], "companies")[contact][0][0] == int(props["associatedcompanyid"])


def test_copied_issues_name_the_copied_company(copied: ObjectStore) -> None:
    companies = _records(copied, "companies")
    domains = {p["domain"] for p in companies.values()}
    rows = list(copied.db.execute("select number, fields from issues order by id"))
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    held = [orjson.loads(fields)["company"] for _, fields in rows]
    unknown = [h for h in held if h and h.isdigit() and int(h) not in companies]
    assert len(unknown) == 1
    assert all(h in domains for h in held if h and h.endswith(".example"))
