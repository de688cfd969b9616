"""Shows what waits for a yes: the card where it was asked and with whoever decides, posted once and kept true."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from records import people
from store import effects
from systems.connect import Systems
from systems.faults import SystemFault
from systems.sending import SLACK_SETTLE_MS, sending
from tools import absences, approvals, listing, readers
from tools.approvals import (
    APPLIED,
    APPLYING,
    CANCELLED,
    EXPIRED,
    OPEN,
    REFUSED,
    UNDONE,
    UNKNOWN,
    Approval,
    id_of,
    load,
    name_of,
    settle,
)
from tools.tool import Answer, Row, as_text
from tools.world import World
from views import card as card_view
from views.card_edit import Field

_Places = list[dict[str, str]]


def announce(world: World, call_id: str) -> Answer:
    """Show the card where it was asked (and to the manager, when it is theirs to decide), once; and tell the model."""
    with world.reading() as connection:
        approval = load(connection, id_of(call_id))
    assert approval is not None
    if approval.state != OPEN:
        # The turn died after the card was there, and the person was faster than its restart.
        show(world, approval)
        text = {approval.state: approval.note or approval.plan.title}
        return Answer(as_text(text), False, "ask", approval.rule, approval.reason, approval=approval.id)
    try:
        deliver(world, approval)
    except effects.Refused as never:
        with world.context.database.begin() as connection:
            settle(connection, approval.id, REFUSED, "The card could not be shown.")
        reason = f"The card with the question could not be shown: {never} Nothing was changed."
        return Answer(as_text({"failed": reason, "rule": "card.unshown"}), True, "error", "card.unshown", reason)
    own = approval.approver == approval.requester
    with world.reading() as connection:
        whom = "the person" if own else name_of(connection, approval.approver) or "somebody else"
    text = {"waiting": f"{approval.plan.title}: {_told(approval, whom)}", "for": whom, "why": approval.reason}
    return Answer(as_text(text), False, "ask", approval.rule, approval.reason, approval=approval.id)


def _told(approval: Approval, whom: str) -> str:
    """The card in words for the model, whose answer stands below it for good: so they stay true when it is decided."""
    yes, change = ("Apply", "changes") if approval.plan.action.can_be_undone else ("Send", "is sent")
    if approval.approver != approval.requester:
        return f"a card is with {whom}, who decides; nothing {change} before {yes}."
    edit = ", Edit" if any(field_of(row) is not None for row in approval.plan.rows) else ""
    return f"a card with {yes}{edit} and Cancel is shown; nothing {change} before {yes}."


def deliver(world: World, approval: Approval) -> _Places:
    """Every place the card must be in: where it was asked, and with whoever decides. Posted once each."""
    wanted = [(approval.requester, approval.channel or approval.requester, approval.thread_ts)]
    with world.reading() as connection:
        deciding = deciders(connection, approval, world.now)
    wanted += [(one, one, None) for one in deciding if one != approval.requester]
    places = list(approval.places)
    for person, to, thread_ts in wanted:
        if any(place["person"] == person for place in places):
            continue
        _add(world, approval, places, person, to, thread_ts)
    return places


def _add(world: World, approval: Approval, places: _Places, person: str, to: str, thread_ts: str | None) -> None:
    where = _post(world, approval, len(places), person, to, thread_ts)
    places.append({**where, "person": person, "shows": _content(approval)})
    _keep(world, approval, places)


def _keep(world: World, approval: Approval, places: _Places) -> None:
    with world.context.database.begin() as connection:
        mine = approvals.approvals.c.id == approval.id
        connection.execute(update(approvals.approvals).where(mine).values(places=places))


def _content(approval: Approval) -> str:
    """Stands for whatever the card says of the record: another content is one that nobody at that place has read."""
    plan = approvals.as_json(approval.plan)
    said = (approval.conflict or None, approval.reason, approval.note)
    content = as_text([plan["title"], plan["record"], plan["rows"], plan["quote"], *said])
    return hashlib.sha256(content.encode()).hexdigest()[: approvals.CONTENT]


def deciders(connection: Connection, approval: Approval, now: int) -> list[str]:
    """Who could decide it now: the approver, and whoever stands in for them while they are away."""
    away = absences.of(connection, approval.workspace, approval.approver, now)
    alone = away is None or approval.approver == approval.requester
    return [approval.approver] if alone or away is None else [approval.approver, away.deputy]


def _post(
    world: World, approval: Approval, number: int, person: str, to: str, thread_ts: str | None
) -> dict[str, str]:
    chat, clock = world.context.systems.chat, world.context.systems.clock
    message = card_view.card(card_of(world, approval, person))
    key = f"{approval.id}:card:{number}"

    def post() -> effects.Result:
        return chat.post(to, message.text, message.blocks, key, thread_ts)._asdict()

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, key, sent_at, thread_ts)
        return found._asdict() if found else None

    where = effects.perform(
        world.context.database,
        clock,
        key,
        "slack.card",
        act=sending(post, clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
        still_wanted=lambda: clock.now() <= approval.expires_at,
    )
    return {"channel": str(where["channel"]), "ts": str(where["ts"])}


def show(world: World, approval: Approval) -> None:
    """Make every card of this approval say how it stands. Editing twice to the same is harmless.

    Whoever has to decide since an *Edit* gets theirs now; a card that was posted just before a crash is found again.
    """
    places = deliver(world, approval) if approval.state == OPEN or not approval.places else list(approval.places)
    content = _content(approval)
    kept_back = [place for place in places if _kept_back(world, approval, place, content)]
    if kept_back:
        _to_the_requester(world, approval, places)
    for place in places:
        shown = card_of(world, approval, place["person"])
        if place in kept_back:
            shown = card_view.kept_back(shown)
        message = card_view.card(shown)
        world.context.systems.chat.update(place["channel"], place["ts"], message.text, message.blocks)
        if place not in kept_back and place.get("shows") != content:
            place["shows"] = content
            _keep(world, approval, places)


def _direct(place: Mapping[str, str]) -> bool:
    return place["channel"].startswith("D")


def _kept_back(world: World, approval: Approval, place: Mapping[str, str], content: str) -> bool:
    """Whether this card would tell a channel something new that not everybody there may see. Somebody may have joined
    since it was asked for; while Slack can't say who is there, it may be anybody.
    """
    if _direct(place) or place.get("shows") == content:
        return False
    try:
        there = readers.of_channel(world.context.database, world.context.systems, place["channel"])
    except SystemFault:
        return True
    owners = {target.owner for target in approval.plan.action.targets}
    with world.reading() as connection:
        return not readers.all_may_see(connection, [one for one in there if one != approval.requester], owners)


def _to_the_requester(world: World, approval: Approval, places: _Places) -> None:
    """What the channel may not read is in the direct messages of whoever asked for it, once."""
    me = approval.requester
    if all(place["person"] != me or not _direct(place) for place in places):
        with contextlib.suppress(effects.Refused):  # they can't be written to any more: the channel says no more for it
            _add(world, approval, places, me, me, None)


def card_of(world: World, approval: Approval, viewer: str) -> card_view.Card:
    """The approval as the card of ``viewer`` shows it."""
    with world.reading() as connection:
        return drawn(connection, world.context.systems, approval, viewer, world.now, world.zone)


def drawn(
    connection: Connection, systems: Systems, approval: Approval, viewer: str, now: int, zone: tzinfo = UTC
) -> card_view.Card:
    """The same outside a turn; ``zone`` is for a viewer nobody knows."""
    plan = approval.plan
    links = listing.links(connection, systems)
    reader = people.by_slack_id(connection, viewer)
    deciding = deciders(connection, approval, now)
    names = {one: name_of(connection, one) for one in (approval.requester, approval.decided_by, *deciding)}
    others = approval.approver != approval.requester
    # That a change needs a yes goes without saying; why somebody else's, or why a mere note does, doesn't.
    unusual = approval.state == OPEN and (others or approval.rule != "change.confirm")
    return card_view.Card(
        approval=approval.id,
        content=approval.digest[: approvals.CONTENT],
        tool=approval.tool,
        title=plan.title,
        link=links.record(*plan.record),
        rows=tuple(_shown(row, approval) for row in plan.rows),
        quote=plan.quote or None,
        requester=names[approval.requester],
        needs=f"Needs {' or '.join(names[one] for one in deciding)}'s yes" if others else None,
        reason=approval.note or (approval.reason if unusual else None),
        state=_STATE_SHOWN[approval.state] if not approval.conflict or approval.state != OPEN else "conflict",
        expires_at=approval.expires_at,
        decided_by=names[approval.decided_by],
        decided_at=approval.decided_at,
        call=approval.call if plan.action.can_be_undone else None,
        zone=ZoneInfo(reader.tz) if reader else zone,
        now=now,
        sends=not plan.action.can_be_undone,
        decides=viewer in deciding and (viewer != approval.requester or not others),
    )


_STATE_SHOWN: dict[str, card_view.State] = {
    OPEN: "waiting", APPLYING: "applying", APPLIED: "applied", CANCELLED: "cancelled", EXPIRED: "expired",
    REFUSED: "refused", UNDONE: "undone", UNKNOWN: "unknown",
}  # fmt: skip


def _shown(row: Row, approval: Approval) -> card_view.Row:
    was = (approval.conflict or {}).get(row.field) if approval.state == OPEN else None
    old, now = (row.old, None) if was is None else (was, row.old)
    return card_view.Row(row.label, old, row.new, now, field_of(row), row.exact, row.kind == "told")


def field_of(row: Row) -> Field | None:
    """How a row's new value may be edited; None when it may not."""
    if row.kind == "fixed" or row.kind == "told":
        return None
    options = tuple((value, words) for words, value in row.choices)
    return Field(row.field, "options" if row.kind == "choice" else row.kind, row.value, options)
