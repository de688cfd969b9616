"""A list as it was made: what the log keeps of it, and how it is drawn again later, with what happened since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import gather, policies
from records.people import Person
from rules.facts import AccountFacts, Missing
from rules.marks import Mark
from rules.policy import Policy
from rules.ranking import Listed, OrderKey
from rules.reason import Morning
from rules.scoring import explain
from systems.connect import Systems
from tools import marks
from tools.rank_accounts import Ranked, morning_for
from views.morning_list import MorningList, Row, RowState, Source
from views.words import Links


@dataclass(frozen=True)
class Listing:
    """One list, as it stood when it was made."""

    session: str
    person: str
    zone: str
    at: int
    policy: Policy
    missing: Missing
    listed: tuple[Listed, ...]
    due: int
    considered: int
    held: int
    order: tuple[OrderKey, ...]
    sources: tuple[Source, ...]
    today: Morning

    def of(self, account: str) -> Listed | None:
        return next((one for one in self.listed if one.facts.account_id == account), None)


def as_logged(ranked: Ranked, person: Person, at: int) -> dict[str, Any]:
    """What the log keeps: facts and ids, never words; the words come back from the same rules and policy version."""
    ranking = ranked.ranking
    return {
        "at": at,
        "person": person.id,
        "zone": person.tz,
        "version": ranked.policy.version,
        "missing": list(ranked.missing),
        "considered": ranking.considered,
        "due": ranking.due,
        "held": len(ranking.held),
        "rows": [
            {"facts": list(one.facts), "total": one.explanation.total, "position": one.position, "back": one.back}
            for one in ranking.listed
        ],
        "ended": {
            account: ranked.marks[account].made_at
            for account in (one.facts.account_id for one in ranking.listed)
            if account in ranked.marks
        },
        "order": [list(key) for key in ranking.order],
        "sources": [
            {"name": s.name, "as_of": s.as_of, "down_since": s.down_since, "effect": s.effect}
            for s in map(as_source, ranked.sources)
        ],
    }


def as_source(age: gather.SourceAge) -> Source:
    """A source's age as the header shows it."""
    effects = {"HubSpot": "accounts and deals may be out of date", "Jira": "tickets may be missing"}
    return Source(age.name, age.synced_at, age.down_since, effects.get(age.name, "") if age.down else "")


def from_log(connection: Connection, session: str, body: Mapping[str, Any], settings: Any) -> Listing:
    """The list that ``as_logged`` kept, explained by the policy version it was made with."""
    policy = policies.of_version(connection, body["version"]) or policies.current(settings)[0]
    missing = Missing(*body["missing"])
    today = morning_for(body["at"], policy, missing, body["zone"])
    listed = []
    for row in body["rows"]:
        facts = AccountFacts(*row["facts"])
        listed.append(Listed(facts, explain(facts, today), row["position"], row["back"]))
    return Listing(
        session=session,
        person=body["person"],
        zone=body["zone"],
        at=body["at"],
        policy=policy,
        missing=missing,
        listed=tuple(listed),
        due=body["due"],
        considered=body["considered"],
        held=body["held"],
        order=tuple((key[0], key[1], key[2]) for key in body["order"]),
        sources=tuple(Source(s["name"], s["as_of"], s["down_since"], s["effect"]) for s in body["sources"]),
        today=today,
    )


def draw(connection: Connection, systems: Systems, workspace: str, listing: Listing) -> MorningList:
    """The list as a rep should see it now: rows they snoozed, dismissed or touched since say so."""
    held = marks.active(connection, workspace, listing.person)
    touches = gather.last_touches(connection, [one.facts.account_id for one in listing.listed])
    rows = []
    for one in listing.listed:
        account = one.facts.account_id
        rows.append(
            Row(f"{listing.session}/{account}", one, _state(listing, one, held.get(account), touches.get(account)))
        )
    return MorningList(
        at=listing.at,
        zone=ZoneInfo(listing.zone),
        rows=tuple(rows),
        due=listing.due,
        sources=listing.sources,
        version=listing.policy.version,
        links=links(connection, systems),
        policy=listing.policy,
        held=listing.held,
    )


def links(connection: Connection, systems: Systems) -> Links:
    """Where the records of this deployment open in a browser."""
    return Links(hubspot=gather.hubspot_address(connection) or "", jira=systems.settings.jira_url or "")


def _state(listing: Listing, one: Listed, mark: Mark | None, touched_at: int | None) -> RowState | None:
    if mark is not None and mark.made_at >= listing.at:
        kind: Literal["snoozed", "dismissed"] = "snoozed" if mark.kind == "snooze" else "dismissed"
        return RowState(kind, mark.made_at, mark)
    # A call before nine that was logged after nine is news to the list too.
    if touched_at is not None and touched_at > (one.facts.last_touch_at or 0):
        return RowState("touched", touched_at)
    return None
