"""One account's points: fast for everyone, and again with all the arithmetic for those who are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.explanation import Explanation, Line, Neutral
from rules.facts import DAY, AccountFacts, Missing
from rules.policy import Policy
from rules.priority import RULES
from rules.reason import Morning, Rule
from rules.wording import age, evidence_of, label_of, money, on, when

NEVER_READ = Missing()


def morning(now: int, policy: Policy, missing: Missing = NEVER_READ, utc_offset: int = 0) -> Morning:
    """The fixed points of a run at ``now`` (ms). ``utc_offset`` (ms) only makes "tomorrow" the reader's tomorrow."""
    return Morning(now, policy, missing, RULES, utc_offset)


def scores(accounts: Sequence[AccountFacts], today: Morning) -> list[int]:
    """The total points of each account, in the same order. No words are made; equal to ``explain().total``.

    Rule by rule over whole columns: most accounts are passed over in one comparison, which is what makes a
    morning of 200,000 accounts cheap.
    """
    subtotals = [0] * len(accounts)
    columns: list[tuple[Any, ...]] = list(zip(*accounts, strict=True))
    counted: dict[tuple[int, str], int] = {}
    for column, latest, value_of, cap, weight, subject, most, _ in today.plan if accounts else ():
        instants, named = columns[column], columns[subject]
        # `seen` is an instant in ms, or 0 and 1 for a yes-or-no column; None and 0 both mean "nothing to ask"
        for at in [at for at, seen in enumerate(instants) if seen and seen <= latest]:
            value = value_of(accounts[at], today, (latest - instants[at]) // DAY + 1)
            if value is None or value <= 0:
                continue
            points = (value if value < cap else cap) * weight
            if subject and named[at] is not None:
                already = counted.get((at, named[at]), 0)
                points = min(points, most - already)
                counted[at, named[at]] = already + points
            subtotals[at] += points
    return [
        subtotal * today.tier(facts.revenue_cents).percent // 100 if subtotal > 0 else 0
        for subtotal, facts in zip(subtotals, accounts, strict=True)
    ]


def score(facts: AccountFacts, today: Morning) -> int:
    """The account's total points."""
    return scores((facts,), today)[0]


def explain(facts: AccountFacts, today: Morning) -> Explanation:
    """The same rules with their words, evidence and arithmetic, and what could not be told."""
    row: tuple[Any, ...] = facts
    lines: list[Line] = []
    neutral = list(_sources_never_read(today.missing))
    counted: dict[str, int] = {}
    for column, latest, value_of, cap, weight, subject, most, rule in today.plan:
        seen = row[column]
        if seen is None and _should_be_known(rule, facts, today):
            neutral.append(Neutral(rule.name, rule.title, rule.unknown or ""))
        if not seen or seen > latest:
            continue
        value = value_of(facts, today, (latest - seen) // DAY + 1)
        if value is None and rule.unclear:
            neutral.append(Neutral(rule.name, rule.title, _say(rule.unclear, rule, facts, today, None)))
        if value is None or value <= 0:
            continue
        value = min(value, cap)
        allowed = value * weight
        if subject and (name := row[subject]) is not None:
            already = counted.get(name, 0)
            allowed = min(allowed, most - already)
            counted[name] = already + allowed
        lines.append(_line(rule, facts, today, value, weight, allowed))
    tier = today.tier(facts.revenue_cents)
    if facts.revenue_cents is None and not today.missing.hubspot:
        neutral.append(Neutral("tier", "Revenue tier", "Revenue is not filled in: counted as neither large nor small."))
    subtotal = sum(line.counted for line in lines)
    total = max(0, subtotal) * tier.percent // 100
    return Explanation(
        account_id=facts.account_id,
        total=total,
        subtotal=subtotal,
        tier=tier.name,
        tier_percent=tier.percent,
        lines=tuple(lines),
        neutral=tuple(neutral),
        version=today.policy.version,
    )


def _should_be_known(rule: Rule, facts: AccountFacts, today: Morning) -> bool:
    """Whether an empty column is worth a word: no close date matters only where there is an open deal."""
    if rule.unknown is None or today.missing.hubspot:
        return False
    return rule.unknown_with is None or bool(getattr(facts, rule.unknown_with))


def _line(rule: Rule, facts: AccountFacts, today: Morning, value: int, weight: int, allowed: int) -> Line:
    ident = getattr(facts, rule.about) if rule.about else None
    evidence = evidence_of(rule.about, ident) if rule.about and ident else None
    return Line(
        rule=rule.name,
        title=rule.title,
        group=rule.group,
        value=value,
        counts=_say(rule.counts, rule, facts, today, evidence),
        weight=weight,
        points=value * weight,
        counted=allowed,
        words=_say(rule.says, rule, facts, today, evidence),
        evidence=evidence,
        label=label_of(evidence) if evidence else None,
        note=_note(rule, today, value, value * weight, allowed),
    )


def _note(rule: Rule, today: Morning, value: int, points: int, allowed: int) -> str | None:
    """What kept a value or its points from being larger, if anything did."""
    if allowed < points:
        most = today.caps.one_deal_points if rule.subject == "deal" else today.caps.one_ticket_points
        return f"{allowed} of {points} counted: one {rule.subject} brings at most {most} points"
    if value == getattr(today.caps, rule.name, None):
        return f"at most {value} count"
    return None


def _say(template: str, rule: Rule, facts: AccountFacts, today: Morning, evidence: str | None) -> str:
    """A rule's words with this account's numbers in them. Made only of ids, picklists, dates and amounts."""
    words = template
    instant = getattr(facts, rule.looks_at)
    if "{about}" in words:
        unnamed = {"deal": "deal", "ticket": "(no number)"}.get(rule.subject or "", "follow-up")
        words = words.replace("{about}", label_of(evidence) if evidence else unnamed)
    if "{age}" in words:
        words = words.replace("{age}", age(abs(today.now - instant)))
    if "{when}" in words:
        words = words.replace("{when}", when(instant, today.now, today.utc_offset))
    if "{on}" in words:
        words = words.replace("{on}", on(instant, today.now, today.utc_offset))
    if "{amount}" in words:
        cents = getattr(facts, rule.amount) if rule.amount else None
        # an amount that is not known is left out with the space after it
        words = words.replace("{amount} ", "" if cents is None else money(cents, today.policy.currency) + " ")
    if "{outcome}" in words:
        words = words.replace("{outcome}", today.not_reached.get(facts.last_call_outcome or "", "not known"))
    if "{limit}" in words:
        words = words.replace("{limit}", str(_limit(rule, facts, today)))
    return words


def _limit(rule: Rule, facts: AccountFacts, today: Morning) -> int:
    if rule.limit == "quiet_days":
        return today.tier(facts.revenue_cents).quiet_days
    return int(getattr(today.limits, rule.limit)) if rule.limit else 0


def _sources_never_read(missing: Missing) -> tuple[Neutral, ...]:
    notes = []
    if missing.hubspot:
        notes.append(Neutral("hubspot", "HubSpot", "HubSpot has never been read: nothing from it is counted."))
    if missing.jira:
        notes.append(Neutral("jira", "Jira", "Jira has never been read: its tickets are not counted."))
    return tuple(notes)
