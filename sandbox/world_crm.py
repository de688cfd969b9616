"""Filling the sample company's CRM and service desk: every rep's accounts, and the oddities real data has."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sandbox import world_names as names
from sandbox import world_scenes as scenes
from sandbox import world_words as words
from sandbox.hubspot.directory import as_owner
from sandbox.instants import DAY_MS
from sandbox.kinds import KINDS
from sandbox.world_copies import Told
from sandbox.world_rows import Rows

if TYPE_CHECKING:
    from sandbox.objects import ObjectStore
    from sandbox.world import Person, World

FIRST_USER_ID = 42_000_001
QUIET_REP = 9
"""This rep has nothing to do today (the last rep, in a smaller company)."""
OPEN_TICKET_AT = (0, 2)
"""Initech, which has an open deal by its story, has an open ticket too."""
_TOLD_REPS = 24
"""So many reps get stories of their own; in a bigger company the others get copies of the second half's."""
_ODD_ACCOUNTS: tuple[scenes.Scene, ...] = (scenes.urgent_ticket, scenes.fine, scenes.no_step)


def fill(world: World, store: ObjectStore) -> None:
    """Owners, records, links and issues of this world, then the indices."""
    store.owners = owners(world)
    rows = Rows(store, world.start_ms)
    store.db.execute("begin")
    quiet = min(QUIET_REP, world.reps - 1) if world.reps > 2 else None
    # The awkward names go to accounts that will be on somebody's list: there they have to be shown.
    spots = zip(words.HOSTILE_NAMES, ((2, 0), (3, 3), (4, 5), (5, 7)), strict=True)
    hostile = {(min(place, world.reps - 1), slot): name for name, (place, slot) in spots}
    number = 0
    told: list[Told] = []
    for place, rep in enumerate(world.working_reps):
        if place >= _TOLD_REPS:
            told[place % len(told)].copy(str(rep.owner_id), number)
            number += world.accounts_per_rep
            continue
        to_copy = world.reps > _TOLD_REPS and place >= _TOLD_REPS // 2
        if to_copy:
            told.append(Told(rows, str(rep.owner_id), number))
        rng = rows.rng = Random(f"{world.seed}/{place}")
        for slot in range(world.accounts_per_rep):
            scene = scenes.ROUND[slot % len(scenes.ROUND)]
            if place == quiet:
                scene = scenes.fine_deal if slot % 5 == 2 else scenes.fine
            elif place and (place, slot) not in hostile:
                scene = _varied(scene, place, rng)
            name, domain = names.account_name(number)
            name = hostile.get((place, slot), name)
            name, domain = names.KNOWN.get((place, slot), (name, domain))
            _account(rows, number, name, domain, str(rep.owner_id), scene)
            if (place, slot) == OPEN_TICKET_AT:
                _open_ticket(rows, number, str(rep.owner_id))
            number += 1
        if to_copy:
            told[-1].finish()
    rows.rng = Random(f"{world.seed}/odd")
    for person in [*(p for p in world.people if p.role in ("archived", "leaver")), None]:
        for scene in _ODD_ACCOUNTS:
            name, domain = names.account_name(number)
            _account(rows, number, name, domain, str(person.owner_id) if person else "", scene)
            number += 1
    _oddities(rows, world)
    rows.flush()
    _breakages(store, world)
    store.db.execute("commit")
    store.finish_loading()
    _after_loading(store, world)


def owners(world: World) -> list[dict[str, object]]:
    """Everyone HubSpot knows as an owner; one address is written in capitals, as people do."""
    teams = {name: str(9100 + n) for n, name in enumerate(dict.fromkeys(p.team for p in world.people if p.team))}

    def shown(n: int, p: Person) -> dict[str, object]:
        email = p.email.title() if n == 1 else p.email
        team = (teams[p.team], p.team) if p.team else None
        return as_owner(str(p.owner_id), FIRST_USER_ID + n, email, p.real_name, team, archived=p.owner_archived)

    return [shown(n, p) for n, p in enumerate(world.people) if p.owner_id]


def _varied(scene: scenes.Scene, place: int, rng: Random) -> scenes.Scene:
    """The same round for everyone would look drawn with a ruler: some stories are left out, few reps have a hot one."""
    if scene is scenes.hot and place % 4:
        return scenes.renewal_quiet
    if scene not in scenes.QUIET and rng.random() < 0.15:
        return scenes.fine
    return scene


def _account(rows: Rows, number: int, name: str, domain: str, owner: str, scene: scenes.Scene) -> int:
    company = rows.next_id("companies")
    contact = 0 if scene is scenes.never_contacted else rows.next_id("contacts")
    rows.latest = 0
    account = scenes.Account(rows, number, name, domain, owner, company, contact, {})
    account.revenue("ABBCCCCC"[rows.between(0, 8)])
    account.onboarding("none" if number % 7 == 0 else "done")
    if number % 3:
        account.renewal(rows.between(150, 340))
    scene(account)
    if scene in scenes.QUIET and number % 8 < 4:
        _closed_business(account)
    if contact:
        rows.contact(names.main_contact(number), domain, company, owner, number)
    # Both systems hold old, settled requests for nearly everyone.
    rows.ticket(
        company,
        contact or None,
        owner,
        priority="MEDIUM",
        created_days=95,
        received_days=94,
        sent_days=93,
        closed_days=92,
    )
    rows.issue(
        account.jira_company, account.customer, priority="Medium", created_days=120, talk="ca", closed_days=115,
        email=account.email,
    )  # fmt: skip
    return rows.company(name, domain, owner or None, 120 + number % 700, rows.latest, account.more)


def _open_ticket(rows: Rows, number: int, owner: str) -> None:
    """An unhurried request that was answered, from dice of its own: nobody else's story changes by it."""
    rng, rows.rng = rows.rng, Random(f"ticket/{number}")
    company, contact = rows.ids["companies"], rows.ids["contacts"]
    rows.ticket(company, contact, owner, priority="LOW", created_days=6, received_days=5, sent_days=3)
    rows.rng = rng


def _closed_business(a: scenes.Account) -> None:
    won = a.number % 8 < 2
    a.rows.deal(
        a.company, a.contact or None, a.owner,
        stage="990200204" if won else "990100106", pipeline="880200" if won else "default",
        amount=a.rows.between(3, 60) * 1000, created_days=160, stage_days=100, close_days=100, step=None,
    )  # fmt: skip
    if a.number % 2:
        a.ticket("LOW", created=130, received=129, sent=128, closed=127)


def _oddities(rows: Rows, world: World) -> None:
    """Records that belong to no account, or to two."""
    owner = str(world.working_reps[0].owner_id)
    first = KINDS["companies"].first_id
    rows.deal(
        first, None, owner, stage="990100102", amount=9000, created_days=20, stage_days=5, close_days=-30, step="Call"
    )
    rows.links.pop()
    rows.call(4, "Connected", owner, (first, first + 1))
    rows.contact("Fitzroy Twofold", "twofold.example", first, owner, 900_001)
    rows.link((rows.ids["contacts"], first + 1, 0))
    rows.ticket(first, None, owner, priority="LOW", created_days=9, received_days=None, sent_days=8)
    rows.links.pop()
    rows.company("Acme (old entry)", "acme.example", owner, 300, rows.ago(60), {})
    rows.company("Closed Shop Candles", "closed-shop.example", owner, 400, rows.ago(60), {})
    rows.call(30, "Busy", owner, (first,))
    # The service desk still holds the id of the entry that was merged away.
    rows.issue(
        str(rows.ids["companies"] - 1), "qm:sample:0", priority="Low", created_days=80, talk="ca", closed_days=70
    )
    # A long conversation: search answers carry only part of it.
    rows.issue(str(first + 2), "qm:sample:2", priority="Low", created_days=40, talk="ca" * 14, closed_days=3)


def _breakages(store: ObjectStore, world: World) -> None:
    """Two records whose values make no sense, as imports leave them behind."""
    deal = store.db.execute("select max(id) - 1 from deals").fetchone()[0]
    store.db.execute("update deals set props = json_set(props, '$.closedate', 'not-a-date') where id = ?", (deal,))
    slot = 1 * world.accounts_per_rep + 4 if world.reps > 1 else 4
    company = "select id from companies order by id limit 1 offset ?"
    store.db.execute(
        f"update companies set props = json_set(props, '$.annual_contract_value', 'lots') where id = ({company})",
        (slot,),
    )


def _after_loading(store: ObjectStore, world: World) -> None:
    """A merge, an archived company and an archived call, all before today."""
    closed = store.db.execute("select max(id) from companies").fetchone()[0]
    first = store.db.execute("select min(id) from companies").fetchone()[0]
    call = store.db.execute("select max(id) from calls").fetchone()[0]
    winner, loser = store.get("companies", first), store.get("companies", closed - 1)
    assert winner is not None
    assert loser is not None
    store.merge("companies", winner, loser, world.start_ms - 20 * DAY_MS)
    store.archive("companies", closed, world.start_ms - 10 * DAY_MS)
    store.archive("calls", call, world.start_ms - 10 * DAY_MS)
    store.db.execute("delete from history")
