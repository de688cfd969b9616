"""Says what the policy is, and which rule said no: the rules in their own words with today's numbers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rules import policy_words
from rules.action import Effect
from tools import standing
from tools.tool import Arguments, Look, Problem, Short, Tool
from tools.world import World


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
        "rules": [{"group": one.group, "says": one.words, "does": list(one.verdicts), "numbers": dict(one.numbers),
                   "answers": list(one.answers)} for one in told],
        "lately_not_done": standing.lately_not_done(world),
    }  # fmt: skip
    if not asked.rule:
        found["records_changed"] = standing.used(world)
    return Look(found)


TOOL = Tool(
    name="explain_policy",
    description=(
        "What Daybook may do and why something was refused or needs a yes: the rules with their numbers, how much of "
        "the limits is used up, and what was lately not done in this conversation. Repeat its words, group by group; "
        "add no rules."
    ),
    arguments=ExplainPolicy,
    effect=Effect.READ,
    look=look,
)
