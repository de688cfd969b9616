"""How somebody stands in the books: how much of their limits is used up, and what was lately not done for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tools import ledger
from tools.world import World

LATELY = 10


def used(world: World) -> dict[str, dict[str, int]]:
    """Records changed so far, and the most there may be, in this conversation and by this person today."""
    context, limits = world.context, world.policy.authority
    with world.reading() as connection:
        held = ledger.reserved(connection, context.workspace, context.session, context.person, world.midnight())
    return {
        "in_this_conversation": {"so_far": held.session, "most": limits.session_records},
        "by_this_person_today": {"so_far": held.person, "most": limits.person_day_records},
    }


def lately_not_done(world: World) -> list[dict[str, Any]]:
    """What the rules said no to, or asked somebody about, to this person in this conversation; newest first."""
    c = ledger.ledger.c
    query = (
        select(c.at, c.tool, c.verdict, c.rule, c.reason, c.policy)
        .where(
            c.session == world.context.session,
            c.phase == ledger.JUDGED,
            c.person == world.context.person,
            c.verdict.in_(("refuse", "ask")),
        )
        .order_by(c.seq.desc())
        .limit(LATELY)
    )
    with world.reading() as connection:
        rows = connection.execute(query).all()
    return [
        {"at": world.shown(row.at), "tool": row.tool, "verdict": row.verdict, "rule": row.rule, "reason": row.reason,
         "policy_version": row.policy}
        for row in rows
    ]  # fmt: skip
