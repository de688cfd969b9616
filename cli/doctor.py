"""``daybook doctor``: is everything there that Daybook needs, and if not, how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Engine, func, select

from bot.manifest import SCOPES
from cli import anchoring, mcp, writing
from cli.times import stamp
from records import gather, people, policies, tables
from records.people_file import PeopleFileError, read_overrides
from rules.facts import DAY, HOUR
from rules.policy import PolicyError
from sessions.session import FAILED, WAITING
from sessions.store import inbox, schedules
from store import schema
from store.engine import DatabaseError, open_database
from systems import settings as settings_module
from systems import trace_link
from systems.connect import Systems, clock_of, connect
from systems.faults import SystemFault
from systems.settings import Settings, SettingsError
from tools.superiors import Superiors

KINDS = ("companies", "contacts", "deals", "tickets", "calls", "emails", "meetings", "notes", "tasks")
SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``bad`` needs mending, ``odd`` may be meant so."""

    area: str
    state: Literal["good", "odd", "bad"]
    words: str


def run(as_json: bool) -> None:
    """Prints every finding; exit status 1 when something is bad."""
    findings = list(examine())
    if as_json:
        print(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        signs = {"good": "✓", "odd": "·", "bad": "✗"}
        for finding in findings:
            print(f"{signs[finding.state]} {finding.area:<10} {finding.words}")
        bad = sum(finding.state == "bad" for finding in findings)
        print(f"\n{bad} to mend." if bad else "\nAll that Daybook needs is there.")
    raise SystemExit(1 if any(finding.state == "bad" for finding in findings) else 0)


def examine() -> Iterator[Finding]:
    """Settings first; what depends on something broken is left out, because its complaint would mislead."""
    try:
        settings = settings_module.load()
    except SettingsError as wrong:
        yield from (Finding("settings", "bad", line) for line in str(wrong).splitlines())
        return
    yield from _files(settings)
    yield _address(settings)
    database = yield from _database(settings)
    try:
        systems = connect(settings)
    except SettingsError as wrong:
        yield from (Finding("settings", "bad", line) for line in str(wrong).splitlines())
    else:
        yield from _slack(systems)
        yield from _hubspot(systems)
        yield from _jira(systems)
        yield from claude(systems)
        yield from (Finding("mcp", *answer) for answer in mcp.examine(systems))
    if database is not None:
        yield from _records(database, settings)
        yield from superiors(database, settings)
        yield from _turns(database, settings)
        yield from (Finding("ledger", *answer) for answer in anchoring.examine(database, settings))


def _files(settings: Settings) -> Iterator[Finding]:
    try:
        policy, _text = policies.current(settings)
        yield Finding("rules", "good", f"policy {policy.version}")
    except (PolicyError, SettingsError) as wrong:
        yield Finding("rules", "bad", str(wrong))
    try:
        read_overrides(settings.daybook_people_file)
    except PeopleFileError as wrong:
        yield Finding("people", "bad", str(wrong))


def _address(settings: Settings) -> Finding:
    address = settings.daybook_public_url
    if address is None:
        where = Settings.where("daybook_public_url")
        return Finding("address", "odd", f"DAYBOOK_PUBLIC_URL is not set: footers of answers don't link. {where}")
    return Finding("address", "good", f"footers of answers link to {address.rstrip('/')}{trace_link.PATH}…")


def _database(settings: Settings) -> Generator[Finding, None, Engine | None]:
    try:
        database: Engine = open_database(settings.database_url)
        outdated = schema.outdated(database)
    except DatabaseError as wrong:
        yield Finding("database", "bad", str(wrong))
        return None
    except Exception as down:  # noqa: BLE001 - each driver has its own way to say that it can't connect
        yield Finding("database", "bad", f"does not answer ({type(down).__name__}): check DATABASE_URL and the server")
        return None
    if outdated:
        yield Finding("database", "bad", outdated)
        return None
    yield Finding("database", "good", f"{database.dialect.name}, tables up to date")
    return database


def _slack(systems: Systems) -> Iterator[Finding]:
    try:
        me = systems.chat.identity()
        granted = systems.chat.scopes()
    except SystemFault as fault:
        yield Finding("slack", "bad", str(fault))
        return
    yield Finding("slack", "good", f"speaks in {me.name} ({me.workspace}) as bot {me.bot_user}")
    for scope in sorted(set(SCOPES) - granted):
        yield Finding(
            "slack",
            "bad",
            f"the bot lacks the scope {scope}, needed to {SCOPES[scope]}: add it on the app's OAuth & Permissions "
            "page and reinstall (`daybook manifest` has them all)",
        )
    settings = systems.settings
    if settings.value("slack_app_token"):
        yield _asked("slack", "Socket Mode: the app token opens a connection", systems.chat.open_socket)
    elif settings.value("slack_signing_secret"):
        yield Finding("slack", "good", "HTTP: requests are checked with the signing secret")
    else:
        where = Settings.where("slack_app_token")
        yield Finding("slack", "bad", f"neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: no buttons. {where}")


def _hubspot(systems: Systems) -> Iterator[Finding]:
    crm, settings = systems.crm, systems.settings
    try:
        portal = crm.portal()
    except SystemFault as fault:
        yield Finding("hubspot", "bad", str(fault))
        return
    yield Finding("hubspot", "good", f"portal {portal.id}, {portal.web_url}")
    refused = [
        finding
        for kind in KINDS
        if (finding := _asked("hubspot", kind, lambda kind=kind: crm.listed(kind, (), (), None))).state == "bad"  # type: ignore[misc]
    ]
    yield from refused or [Finding("hubspot", "good", f"reads {', '.join(KINDS)}")]
    yield _asked("hubspot", "reads owners", crm.owners)
    yield from (Finding("hubspot", *answer) for answer in writing.hubspot(crm))
    try:
        known = crm.properties("companies")
    except SystemFault as fault:
        yield Finding("hubspot", "bad", str(fault))
        return
    for field in ("daybook_revenue_property", "daybook_renewal_property", "daybook_onboarding_property"):
        name = settings.value(field) or ""
        if name not in known:
            yield Finding(
                "hubspot",
                "odd",
                f"companies have no property {name!r}: what it says is neutral for every account. Create it, or set "
                f"{field.upper()}. {Settings.where(field)}",
            )


def _jira(systems: Systems) -> Iterator[Finding]:
    if systems.tickets is None:
        yield Finding("jira", "odd", f"not set up: only HubSpot tickets count. JIRA_URL: {Settings.where('jira_url')}")
        return
    tickets = systems.tickets
    reads = _asked("jira", f"reads issues of {tickets.web_url}", lambda: tickets.changed(systems.clock.now()))
    yield reads
    if reads.state == "good":
        yield from (Finding("jira", *answer) for answer in writing.jira(tickets))


def claude(systems: Systems, models: Collection[str] = ()) -> Iterator[Finding]:
    """The key, and the models that somebody's agents name."""
    if systems.model is None:
        where = Settings.where("anthropic_api_key")
        yield Finding("claude", "odd", f"not set up: nobody can talk to Daybook. ANTHROPIC_API_KEY: {where}")
        return
    try:
        missing = systems.model.missing(sorted(models))
    except SystemFault as fault:
        yield Finding("claude", "bad", str(fault))
        return
    for model in missing:
        yield Finding("claude", "bad", f"the key can't use the model {model}: name another one in the agent's file")
    if usable := sorted(set(models) - set(missing)):
        yield Finding("claude", "good", f"the key can use {', '.join(usable)}")
    elif not missing:
        yield Finding("claude", "good", "the key is accepted")


def _asked(area: str, words: str, ask: Callable[[], Any]) -> Finding:
    try:
        ask()
    except SystemFault as fault:
        return Finding(area, "bad", f"{words}: {fault}")
    return Finding(area, "good", words)


def _records(database: Engine, settings: Settings) -> Iterator[Finding]:
    now = clock_of(settings).now()
    with database.connect() as connection:
        for source in gather.sources(connection, now):
            if source.synced_at is None:
                yield Finding("records", "bad", f"{source.name} has never been read in full: run `daybook sync`")
            elif source.down:
                yield Finding("records", "bad", f"{source.name}: {source.down} (as of {stamp(source.synced_at)})")
            else:
                old = now - source.synced_at > 3 * HOUR
                words = f"{source.name} as of {stamp(source.synced_at)}"
                hint = ": is `daybook run` running?" if old else ""
                yield Finding("records", "odd" if old else "good", words + hint)
        rows = connection.execute(
            select(tables.set_aside).order_by(tables.set_aside.c.source, tables.set_aside.c.kind, tables.set_aside.c.id)
        ).all()
        for row in rows[:SHOWN]:
            yield Finding("records", "odd", f"set aside: {row.source} {row.kind} {row.id}: {row.reason}")
        if len(rows) > SHOWN:
            yield Finding("records", "odd", f"… and {len(rows) - SHOWN} more records set aside")
        reps = len(people.reps(connection))
        state: Literal["good", "odd"] = "good" if reps else "odd"
        yield Finding("people", state, f"{reps} reps get a list" + ("" if reps else ": run `daybook sync`"))
        for who, problem in people.problems(connection):
            yield Finding("people", "odd", f"{who}: {problem}")


def superiors(database: Engine, settings: Settings) -> Iterator[Finding]:
    """Whether each account in trouble would have somebody to be told to, besides its owner."""
    where = f"DAYBOOK_ESCALATE_TO: {Settings.where('daybook_escalate_to')}"
    with database.connect() as connection:
        found = Superiors(connection, settings, clock_of(settings).now())
        for text in found.fallback.unknown:
            yield Finding("managers", "bad", f"{text!r} is nobody active in Slack. {where}")
        owners = set(connection.scalars(select(tables.accounts.c.owner_id).distinct())) - {None, ""}
        alone: list[str] = []
        one_above: list[str] = []
        nobody = 0
        for owner_id in sorted(owners):
            owner = found.owner(owner_id)
            if not found.of(owner_id):
                nobody += 1
            active = [one for one, still in found.above(owner.id) if still] if owner else []
            if len(active) < 2:
                (one_above if active else alone).append(owner.name if owner else owner_id)
    if nobody:
        words = f"{nobody} owners of accounts have nobody above them, and there is no administrator: {where}"
        yield Finding("managers", "bad", words)
    elif alone and not found.fallback.people:
        words = f"{_some(alone)}: no active manager, so an administrator hears of their accounts in trouble. {where}"
        yield Finding("managers", "odd", words)
    elif one_above and not found.fallback.people:
        words = f"{_some(one_above)}: one manager above; what that one leaves goes to an administrator. {where}"
        yield Finding("managers", "odd", words)
    elif owners:
        yield Finding("managers", "good", "every account in trouble has somebody who hears of it")


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _turns(database: Engine, settings: Settings) -> Iterator[Finding]:
    since = clock_of(settings).now() - DAY
    with database.connect() as connection:
        paused = connection.scalar(select(func.count()).where(schedules.c.paused.is_(True)))
        if paused:
            yield Finding("schedules", "odd", f"{paused} paused (`daybook schedules` shows whose)")
        for state, words in ((FAILED, "failed in the last day"), (WAITING, "waiting to go on")):
            rows = connection.execute(
                select(inbox.c.session, inbox.c.note)
                .where(inbox.c.state == state, inbox.c.received_at >= since)
                .order_by(inbox.c.seq.desc())
            ).all()
            for row in rows[:SHOWN]:
                yield Finding("turns", "odd", f"{row.session} {words}: {row.note}")
            if len(rows) > SHOWN:
                yield Finding("turns", "odd", f"… and {len(rows) - SHOWN} more {words}")
