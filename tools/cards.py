"""What is asked of approvals and of the ledger outside a turn: for Home, the edit dialog, the session of a press.

It only reads. What a press then does is decided in its own turn, by the guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from records import people, policies
from rules.approving import OUTDATED
from systems.connect import Systems
from tools import approvals, deciding, ledger
from tools.approvals import CONTENT, OPEN
from tools.showing import deciders, drawn, field_of
from views.card import Card
from views.card_edit import Correction
from views.home import Did

DID_BACK_MS = 7 * 24 * 3_600_000
MOST_DID = 20
NOT_KNOWN = "Daybook no longer knows this change. Nothing was changed."


@dataclass(frozen=True)
class Cards:
    """The cards and the done things of one workspace."""

    systems: Systems
    workspace: str

    def session_of(self, connection: Connection, subject: str) -> str | None:
        """The session that asked for an approval, or made a call; None when there is none."""
        found: str | None = connection.scalar(
            select(approvals.approvals.c.session).where(approvals.approvals.c.id == subject)
        )
        if found is None:
            found = connection.scalar(select(ledger.ledger.c.session).where(ledger.ledger.c.call == subject).limit(1))
        return found

    def correction(self, connection: Connection, approval: str, person: str, seen: str | None) -> Correction | str:
        """The fields of the edit dialog, or why this person can't edit it (any more). ``seen`` stood on the card."""
        found = approvals.load(connection, approval)
        if found is None or found.workspace != self.workspace:
            return NOT_KNOWN
        if found.state != OPEN or found.expires_at <= self.systems.clock.now():
            return "It is not open any more. Ask me again to get a new one."
        if person not in deciders(connection, found, self.systems.clock.now()):
            return "Only the person it was asked of can edit it."
        if seen is not None and not found.digest.startswith(seen):
            return OUTDATED
        fields = [(row.label, row.old, field) for row in found.plan.rows if (field := field_of(row)) is not None]
        return Correction(found.id, found.plan.title, fields, found.digest[:CONTENT])

    def wrong_values(
        self, connection: Connection, approval: str, person: str, values: Mapping[str, str]
    ) -> dict[str, str]:
        """Field -> what is wrong with the value this person typed into the edit dialog; empty when nothing is.

        Asks no vendor, so that the window can say so while it is still open.
        """
        found = approvals.load(connection, approval)
        if found is None or found.workspace != self.workspace:
            return {}
        known = people.by_slack_id(connection, person)
        zone = ZoneInfo(known.tz) if known else UTC
        today = datetime.fromtimestamp(self.systems.clock.now() / 1000, zone).date()
        return deciding.wrong_values(found, values, today, policies.current(self.systems.settings)[0].currency)

    def pending(self, connection: Connection, person: str, now: int) -> Sequence[Card]:
        """What waits for this person's yes, the soonest to expire first."""
        waiting = approvals.waiting_for(connection, self.workspace, person, now)
        waiting.sort(key=lambda one: one.expires_at)
        return [drawn(connection, self.systems, one, person, now) for one in waiting]

    def did(self, connection: Connection, person: str, now: int) -> Sequence[Did]:
        """What was done for this person lately, the newest first."""
        t = ledger.ledger.c
        rows = connection.execute(
            select(t.call, t.at, t.reason, t.phase)
            .where(
                t.workspace == self.workspace,
                t.person == person,
                t.at >= now - DID_BACK_MS,
                t.phase.in_((ledger.DONE, ledger.UNDONE)),
            )
            .order_by(t.seq.desc())
            .limit(2 * MOST_DID)
        ).all()
        undone = {row.call for row in rows if row.phase == ledger.UNDONE}
        done = [row for row in rows if row.phase == ledger.DONE][:MOST_DID]
        return [
            Did(row.call, row.reason, row.at, row.call not in undone, "undone" if row.call in undone else None)
            for row in done
        ]
