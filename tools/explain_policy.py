"""Says what the policy is, and which rule said no: the rules in their own words with today's numbers."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy import select

from rules import policy_words
from rules.action import Effect
from tools import ledger
from tools.ledger import JUDGED
from tools.tool import Arguments, Look, Problem, Short, Tool
from tools.world import World

LATELY = 10


class ExplainPolicy(Arguments):
    rule: Short | None = Field(None, description="One rule by its name, such as amount.change; leave out for all.")


def look(world: World, asked: ExplainPolicy) -> Look:
    """The rules, what of the asking person's limits is used up, and what was lately refused to them here or waits."""
    try:
        told = policy_words.explain(asked.rule, world.policy) if asked.rule else policy_words.rules(world.policy)
    except policy_words.NoSuchRule as unknown:
        raise Problem(str(unknown), "policy.unknown") from None
    found: dict[str, Any] = {
        "policy_version": world.policy.version,
        "how": "Refusing beats asking, asking beats allowing, and what no rule allows is refused. No model takes part.",
        "rules": [{"answers": list(one.answers), "says": one.words, "does": list(one.verdicts),
                   "numbers": dict(one.numbers)} for one in told],
        "lately_not_done": _lately(world),
    }  # fmt: skip
    if not asked.rule:
        with world.reading() as connection:
            context = world.context
            held = ledger.reserved(
                connection, context.workspace, context.session, context.person, world.midnight()
            )
        limits = world.policy.authority
        found["records_changed"] = {
            "in_this_conversation": {"so_far": held.session, "most": limits.session_records},
            "by_this_person_today": {"so_far": held.person, "most": limits.person_day_records},
        }
    return Look(found)


def _lately(world: World) -> list[dict[str, Any]]:
    """What the rules said no to, or asked somebody about, to this person in this conversation; newest first."""
    c = ledger.ledger.c
    query = (
        select(c.at, c.tool, c.verdict, c.rule, c.reason, c.policy)
        .where(
            c.session == world.context.session,
            c.phase == JUDGED,
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


TOOL = Tool(
    name="explain_policy",
    description=(
        "What Daybook may do and why something was refused or needs a yes: the rules with their numbers, how much of "
        "the limits is used up, and what was lately not done in this conversation. Repeat its words; add no rules."
    ),
    arguments=ExplainPolicy,
    effect=Effect.READ,
    look=look,
)
