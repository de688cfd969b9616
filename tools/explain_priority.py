"""Answers "why is this on my list?" with the rules' arithmetic: a list's as it stood then, a question's as of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Connection

from records import gather, people
from rules.action import Effect
from rules.explanation import Explanation
from rules.facts import AccountFacts
from rules.marks import Back, Held, Mark, Over, holds
from rules.policy import Caps, Policy
from rules.presses import may_press
from rules.priority import RULES
from rules.ranking import place, rank, what_if
from rules.reason import Morning
from rules.scoring import explain
from rules.verdict import Refuse
from systems.connect import Systems
from tools import listing as listings
from tools import marks
from tools.rank_accounts import missing_of, morning_for
from tools.tool import Arguments, Id, Look, Tool
from tools.world import World, target_of
from views import escape, words
from views.why import Why

NOT_LISTED = "That account is not on this list (any more)."


def run(
    connection: Connection,
    systems: Systems,
    workspace: str,
    presser: str,
    session: str,
    logged: Mapping[str, Any],
    account: str,
    now: int,
) -> Why | str:
    """The arithmetic for ``account`` of the list kept as ``logged``, or the reason why ``presser`` may not see it."""
    listing = listings.from_log(connection, session, logged, systems.settings)
    who = people.by_slack_id(connection, presser)
    verdict = may_press(
        "explain_priority",
        presser,
        listing.person,
        people.managers_of(connection, listing.person),
        bool(who and who.is_admin),
    )
    if isinstance(verdict, Refuse):
        return verdict.reason
    listed = listing.of(account)
    if listed is None:
        return NOT_LISTED
    fresh = gather.one(connection, account, now)
    then = listed.explanation
    mark = marks.active(connection, workspace, listing.person).get(account)
    now_total, held = None, None
    if fresh is not None:
        today = morning_for(now, listing.policy, missing_of(connection), listing.zone)
        current = explain(fresh, today)
        now_total = current.total
        held = holds(mark, fresh, today, current) if mark is not None else None
    return Why(
        facts=listed.facts,
        explanation=then,
        position=listed.position,
        due=listing.due,
        what_if=what_if(listed.facts, listing.today, listing.order),
        zone=ZoneInfo(listing.zone),
        links=listings.links(connection, systems),
        policy=listing.policy,
        now=listing.at,
        listed=True,
        now_total=now_total,
        mark=mark,
        verdict=held,
        mark_by="by you" if mark is not None and mark.by == presser else "",
    )


# -- asked in a conversation -------------------------------------------------------------------------------------------


class ExplainPriority(Arguments):
    account: Id | None = Field(None, description="The account in question; leave out to hear how the list works.")
    than: Id | None = Field(None, description="Another account to compare it with.")


def look(world: World, asked: ExplainPriority) -> Look:
    """The rules' own sum, as of now: of one account, of two side by side, or of the list as such."""
    if asked.account is None:
        return Look(how_it_works(world.policy))
    accounts = [world.account(one) for one in (asked.account, asked.than) if one]
    told = [_sum_of(world, facts) for facts in accounts]
    targets = tuple(target_of(facts) for facts in accounts)
    if len(told) == 1:
        return Look(told[0], targets)
    ahead, behind = sorted(told, key=lambda one: (-one["points"], one["position"] or 10**9))
    verdict = f"{ahead['name']} is above {behind['name']}: {ahead['points']} points against {behind['points']}"
    if ahead["points"] == behind["points"]:
        verdict += "; ties go to more revenue, then to the account's id"
    return Look({"accounts": told, "verdict": verdict}, targets)


def _sum_of(world: World, facts: AccountFacts) -> dict[str, Any]:
    """One account's arithmetic and its place among its owner's, as plain values."""
    zone = str(world.zone)
    with world.reading() as connection:
        today = morning_for(world.now, world.policy, missing_of(connection), zone)
        others = gather.for_owner(connection, facts.owner_id, world.now)
        mark = marks.active(connection, world.context.workspace, world.context.person or "").get(facts.account_id)
    explained = explain(facts, today)
    order = rank(others, today, {}).order
    return {
        "account": facts.account_id,
        "name": escape.name(facts.name),
        **_arithmetic(explained),
        "position": place(facts, explained.total, order, today),
        "due_accounts": len(order),
        "snoozed_or_dismissed": _mark_of(mark, facts, today, explained, world),
        "rules_version": explained.version,
    }


def _mark_of(
    mark: Mark | None, facts: AccountFacts, today: Morning, explained: Explanation, world: World
) -> str | None:
    """How the person has put it aside and until when, or why it is back."""
    verdict = holds(mark, facts, today, explained) if mark is not None else None
    if mark is not None and isinstance(verdict, Held):
        return words.marked(mark, world.zone)
    return verdict.words if isinstance(verdict, Back | Over) else None


def _arithmetic(explained: Explanation) -> dict[str, Any]:
    return {
        "points": explained.total,
        "sum": explained.subtotal,
        "tier": explained.tier,
        "tier_percent": explained.tier_percent,
        "reasons": [
            {"rule": line.rule, "words": line.words, "value": line.value, "weight": line.weight, "points": line.counted}
            for line in explained.lines
        ],
        "could_not_be_told": [one.words for one in explained.neutral],
    }


def how_it_works(policy: Policy) -> dict[str, Any]:
    """The rules in words with their numbers: what moves an account, and that nothing else does."""
    caps = {field.name: getattr(policy.caps, field.name) for field in fields(Caps)}
    return {
        "how": (
            "Each rule that applies gives value x weight points. Reasons to wait are taken off. The sum is multiplied "
            "by the account's revenue tier. Ties go to more revenue, then to the account's id. No model takes part."
        ),
        "rules": [
            {
                "rule": rule.name,
                "title": rule.title,
                "group": rule.group.heading,
                "weight": getattr(policy.weights, rule.name),
                "at_most": caps.get(rule.name),
            }
            for rule in RULES
        ],
        "tiers": [
            {"tier": one.name, "from": (one.from_cents or 0) // 100, "percent": one.percent} for one in policy.tiers
        ],
        "shown_at_most": policy.length,
        "shown_from_points": policy.minimum_points,
        "rules_version": policy.version,
    }


TOOL = Tool(
    name="explain_priority",
    description=(
        "The ranking's own arithmetic, as of now: why an account is where it is, why one is above another (give both), "
        "or, without an account, how the list works. Repeat these numbers and words; never add reasons of your own."
    ),
    arguments=ExplainPriority,
    effect=Effect.READ,
    look=look,
)
