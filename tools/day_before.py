"""What a deal was worth before Daybook's changes of the last day: a large change in small steps is a large change."""

from __future__ import annotations

from sqlalchemy import select

from rules.facts import DAY
from tools import ledger
from tools.alike import same
from tools.world import World


def amount(world: World, deal: str, now: str | None) -> str | None:
    """The amount, as HubSpot has it, from which today's steps of people without a manager's yes began.

    ``now`` is what the deal is worth at this moment; that is the answer when nobody changed it through Daybook, or
    somebody did since in HubSpot itself, or a yes of somebody else than the asking person covered it.
    """
    t = ledger.ledger.c
    with world.reading() as connection:
        rows = connection.execute(
            select(t.call, t.phase, t.person, t.facts)
            .where(
                t.workspace == world.context.workspace,
                t.at >= world.now - DAY,
                t.tool == "update_deal",
                t.phase.in_((ledger.JUDGED, ledger.DONE)),
            )
            .order_by(t.seq)
        ).all()
    agreed = {row.call for row in rows if row.facts.get("confirmed_by") not in (None, row.person)}
    began: str | None = None
    last: tuple[str | None] | None = None
    for row in (row for row in rows if row.phase == ledger.DONE):
        for write in row.facts["plan"]["writes"]:
            if write["id"] == deal and "amount" in write["after"]:
                before, after = write["before"].get("amount"), write["after"]["amount"]
                if last is None or not same(last[0], before):
                    began = before
                last = (after,)
                began = after if row.call in agreed else began
    return began if last is not None and same(last[0], now) else now
