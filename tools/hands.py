"""The guard's hands: one outside write each way, done once, looked up when its answer was lost, and read back.

Nobody but the guard calls these. No vendor has an idempotency key, so every new record bears the effect's key in a
unique property (HubSpot) or beside its text (Jira), and a change is looked for in the record itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from records import noting
from rules.marks import MarkError, mark_for, words_of
from rules.scoring import explain
from store import alone, effects
from systems.faults import BadAnswer, NotFound, RateLimited, Rejected, SourceDown
from systems.ports import KEY_PROPERTY
from systems.sending import HUBSPOT_SETTLE_MS, JIRA_SETTLE_MS, sending
from tools import marks
from tools.alike import same
from tools.rank_accounts import missing_of, morning_for
from tools.tool import Problem, Write
from tools.world import World

CHANGED_SINCE = "Somebody has changed it since, so undoing would lose their work. Nothing was undone."
PATIENCE_MS = 15 * 60_000
"""How long after a person's word a write is still tried; later it would surprise them."""


def key_of(call: str, number: int) -> str:
    """The key of one write of a call: short, and the same whenever the call is made again."""
    return f"db-{hashlib.sha256(f'{call}:{number}'.encode()).hexdigest()[:32]}"


class Half(effects.Refused):
    """The vendor took the write, but not all of it; ``made`` is what it shows now, so that it can be taken back."""

    def __init__(self, reason: str, made: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.made = dict(made)


def do(world: World, write: Write, key: str, by: str) -> dict[str, Any]:
    """Do the write unless it has been done. Answers ``{"id", "after"}`` as the vendor shows it now.

    Raises ``effects.Refused`` (the vendor will not), ``effects.NotDone`` and ``effects.Unknown`` (ask again later).
    """
    match write.system, write.verb:
        case "hubspot", "create":
            return _create(world, write, key)
        case "hubspot", "change":
            return _change(world, write, key)
        case "jira", "comment":
            return _comment(world, write, key)
        case "daybook", "mark":
            return _mark(world, write, key, by)
    raise Problem(f"Daybook has no hand for {write.system} {write.verb}.", "unknown_write")


def check(world: World, write: Write, made: Mapping[str, Any], key: str) -> None:
    """Raises ``Problem`` when somebody changed since what undoing would take back, so that nobody's work is lost."""
    if effects.state_of(world.context.database, key) is not None:
        return  # begun: what it shows now is our own doing, or seen to when it goes on
    match write.system, write.verb:
        case "hubspot", "create":
            current = world.crm.find_by(write.kind, KEY_PROPERTY, str(made["key"]), list(made["after"]))
        case "hubspot", "change":
            current = world.record(write.kind, str(made["id"]), list(made["after"]))
        case "daybook", "mark":
            with world.reading() as connection:
                mark = marks.active(connection, world.context.workspace, str(made["person"])).get(write.kind)
            if mark is not None and words_of(mark) != made["after"]["mark"]:
                raise Problem(CHANGED_SINCE, "undo.changed")
            return
        case "jira", "comment":
            _as_written(world, write, made)
            return
        case _:
            return
    if current is not None and not _shows(current.properties, made["after"]):
        raise Problem(CHANGED_SINCE, "undo.changed")


def undo(world: World, write: Write, made: Mapping[str, Any], key: str) -> None:
    """Take one write back. Raises ``Problem`` when that is not possible any more."""
    match write.system, write.verb:
        case "hubspot", "create":
            _archive(world, write, made, key)
        case "hubspot", "change":
            _change_back(world, write, made, key)
        case "jira", "comment":
            _uncomment(world, write, made, key)
        case "daybook", "mark":
            with world.context.database.begin() as connection:
                marks.lift(
                    connection, world.context.workspace, str(made["person"]), write.kind, str(made["by"]), world.now
                )


# -- HubSpot -----------------------------------------------------------------------------------------------------------


def _create(world: World, write: Write, key: str) -> dict[str, Any]:
    crm, names = world.crm, [*write.after, KEY_PROPERTY]

    def act() -> effects.Result:
        return {"id": crm.create(write.kind, write.after, write.to, key).id, "clean": world.context.clean}

    def look(_sent_at: int) -> effects.Result | None:
        try:
            found = crm.find_by(write.kind, KEY_PROPERTY, key, names)
        except Rejected:
            # The very first write to a portal was lost before it arrived: where no record can bear a key, none does.
            if not crm.ensure_key(write.kind):
                raise
            found = None
        return {"id": found.id} if found else None

    made = _perform(world, key, f"hubspot.create.{write.kind}", act, look)
    return {"id": made["id"], "after": _read_back(world, write.kind, str(made["id"]), write.after)}


def _archive(world: World, write: Write, made: Mapping[str, Any], key: str) -> None:
    """Archive exactly the record that bears our key; another one with its id would be somebody else's."""
    crm, ident = world.crm, str(made["id"])
    found = crm.find_by(write.kind, KEY_PROPERTY, str(made["key"]), [KEY_PROPERTY])
    if found is None:
        return  # somebody has deleted it already, which is what was asked for
    if found.id != ident:
        raise Problem("The record is not the one Daybook made any more. Nothing was undone.", "undo.other")

    def act() -> effects.Result:
        crm.archive(write.kind, ident)
        return {"id": ident}

    def look(_sent_at: int) -> effects.Result | None:
        return None if crm.find_by(write.kind, KEY_PROPERTY, str(made["key"]), [KEY_PROPERTY]) else {"id": ident}

    _perform(world, key, f"hubspot.archive.{write.kind}", act, look)
    with world.context.database.begin() as connection:
        noting.note_gone(connection, write.kind, ident, world.now)


def _change(world: World, write: Write, key: str) -> dict[str, Any]:
    return _set(world, write.kind, str(write.id), write.after, write.before, key)


def _change_back(world: World, write: Write, made: Mapping[str, Any], key: str) -> None:
    before = {name: value or "" for name, value in write.before.items()}
    _set(world, write.kind, str(made["id"]), before, made["after"], key)


def _set(
    world: World, kind: str, ident: str, wanted: Mapping[str, str], expected: Mapping[str, str | None], key: str
) -> dict[str, Any]:
    """PATCH the properties, each time it is sent only while the record still shows what was expected."""
    crm, names, clock = world.crm, list(wanted), world.context.systems.clock

    def done() -> bool:
        current = crm.read(kind, ident, names).properties
        if _shows(current, wanted):
            return True
        if not _shows(current, {name: expected.get(name) for name in names}):
            raise effects.Refused("somebody else changed the record in the same moment; nothing more was written")
        return False

    def act() -> effects.Result:
        # Between the plan and this instant may lie a crash, or a quarter of an hour of rate limits; between the look
        # and the write no other of ours.
        with alone.at(world.context.database, f"{kind}:{ident}"):
            try:
                there = done()
            except RateLimited:
                raise
            except (SourceDown, BadAnswer) as down:
                raise effects.NotDone(str(down), clock.now() + 15_000) from down
            if not there:
                crm.change(kind, ident, wanted)
        return {"id": ident}

    def look(_sent_at: int) -> effects.Result | None:
        return {"id": ident} if done() else None

    _perform(world, key, f"hubspot.change.{kind}", act, look)
    after = _read_back(world, kind, ident, wanted)
    old = [n for n in names if same(after.get(n), expected.get(n)) and not same(expected.get(n), wanted[n])]
    if old:
        raise Half(f"HubSpot took the change, but still shows the old {', '.join(old)}", {"id": ident, "after": after})
    return {"id": ident, "after": after}


def _shows(current: Mapping[str, str | None], wanted: Mapping[str, str | None]) -> bool:
    return all(same(current.get(name), value) for name, value in wanted.items())


def _read_back(world: World, kind: str, ident: str, wrote: Mapping[str, str]) -> dict[str, str | None]:
    """What the vendor shows of what was written; our copy learns it at once, so that the next question does too."""
    fields = world.crm.account_fields
    names = tuple(dict.fromkeys((*noting.properties_of(kind, fields), *wrote)))
    try:
        record = world.crm.read(kind, ident, names, noting.links_of(kind))
    except NotFound:
        return dict(wrote)  # archived in the same moment; the next sync says so too
    with world.context.database.begin() as connection:
        noting.note_written(connection, kind, record, world.now, fields)
    return {name: record.properties.get(name) for name in wrote}


# -- Jira --------------------------------------------------------------------------------------------------------------


def _comment(world: World, write: Write, key: str) -> dict[str, Any]:
    tickets, issue = world.tickets, str(write.id)

    public = write.after.get("public") == "true"

    def act() -> effects.Result:
        return {"id": tickets.comment(issue, write.after["text"], key, public=public)}

    def look(_sent_at: int) -> effects.Result | None:
        found = tickets.find_comment(issue, key)
        return {"id": found} if found else None

    made = _perform(world, key, "jira.comment", act, look)
    _note_issue(world, issue)
    # Jira prints its markup in its own way. What a customer has read is never taken back, so nobody has to know.
    shows = None if public else tickets.comment_shows(issue, key)
    return {"id": made["id"], "after": {**write.after, **({} if shows is None else {"text": shows})}}


def _as_written(world: World, write: Write, made: Mapping[str, Any]) -> None:
    """Raises ``Problem`` when somebody has changed the words of the comment since."""
    shows = world.tickets.comment_shows(str(write.id), str(made["key"]))
    if shows is not None and shows.split() != str(made["after"]["text"]).split():
        raise Problem(CHANGED_SINCE, "undo.changed")


def _uncomment(world: World, write: Write, made: Mapping[str, Any], key: str) -> None:
    tickets, issue = world.tickets, str(write.id)
    comment = tickets.find_comment(issue, str(made["key"]))
    if comment is None:
        return  # gone already

    def act() -> effects.Result:
        try:
            _as_written(world, write, made)  # between the first look and this instant may lie a crash
        except Problem as changed:
            raise effects.Refused(str(changed)) from changed
        tickets.remove_comment(issue, comment)
        return {"id": comment}

    def look(_sent_at: int) -> effects.Result | None:
        return None if tickets.find_comment(issue, str(made["key"])) else {"id": comment}

    _perform(world, key, "jira.uncomment", act, look)
    _note_issue(world, issue)


def _note_issue(world: World, issue: str) -> None:
    """Our copy knows at once that the team has spoken. The comment is there whatever becomes of this."""
    try:
        found = world.tickets.issue(issue)
    except NotFound:
        return  # deleted or moved in the same moment; the next sync says so too
    with world.context.database.begin() as connection:
        noting.note_issue(connection, found, world.now)


# -- Daybook's own -----------------------------------------------------------------------------------------------------


def _mark(world: World, write: Write, key: str, by: str) -> dict[str, Any]:
    """Snooze an account on the person's own list; ``kind`` is the account's id. The press's key makes it once."""
    facts = world.account(write.kind)
    context = world.context
    with context.database.begin() as connection:
        today = morning_for(world.now, world.policy, missing_of(connection), str(world.zone))
        try:
            mark = mark_for(
                "snooze",
                write.after["choice"],
                facts,
                explain(facts, today),
                by=by,
                made_at=world.now,
                zone=ZoneInfo(str(world.zone)),
                policy=world.policy,
            )
        except MarkError as unknown:
            raise Problem(str(unknown)) from None
        marks.put(connection, context.workspace, by, facts.account_id, mark, by, world.now, key)
    return {"id": facts.account_id, "after": {"mark": words_of(mark)}, "person": by, "by": by}


# -- shared ------------------------------------------------------------------------------------------------------------


def _perform(world: World, key: str, kind: str, act: Any, look: Any) -> effects.Result:
    clock, at_jira = world.context.systems.clock, kind.startswith("jira.")
    until = world.context.said_at + PATIENCE_MS

    def looked(sent_at: int) -> effects.Result | None:
        try:
            found: effects.Result | None = look(sent_at)
        except NotFound as gone:
            raise effects.Refused(str(gone)) from gone
        return found

    try:
        return effects.perform(
            world.context.database,
            clock,
            key,
            kind,
            act=sending(act, clock.now),
            look=looked,
            settle_ms=JIRA_SETTLE_MS if at_jira else HUBSPOT_SETTLE_MS,
            ready=world.tickets.ready if at_jira else world.crm.ready,
            still_wanted=lambda: clock.now() <= until,
        )
    except effects.Refused:
        state = effects.state_of(world.context.database, key)
        if clock.now() > until and state is not None and state["sent_at"] is None:
            vendor = "Jira" if at_jira else "HubSpot"
            minutes = PATIENCE_MS // 60_000
            raise effects.Refused(f"{vendor} could not be written to within {minutes} minutes") from None
        raise
