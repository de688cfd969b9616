"""What may be done, by whom, and who must say yes first: small rules, each with a name and a reason in plain words.

Every rule looks at one action and answers nothing (it has no opinion), Allow, Ask or Refuse. A Refuse beats an Ask, an
Ask beats an Allow, and what no rule allows is refused. The order of the rules never matters. Numbers: policy.toml.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rules.action import Action, Circumstances, Effect, Principal, Role, Target
from rules.policy import Policy
from rules.verdict import Allow, Ask, Refuse, Ruling, Verdict

WRITES = frozenset({Effect.LOG, Effect.CHANGE, Effect.EXTERNAL})
NOT_FOUND = "There is no such record among the ones you work with."
"""The same words for "not yours" and "does not exist": a refusal must not tell what others have."""
NOT_HERE = "Not everybody in this channel may see that account. Ask me in a direct message instead."


class Case(NamedTuple):
    """One action to be judged, with everything a rule may look at."""

    action: Action
    by: Principal
    at: Circumstances
    policy: Policy

    @property
    def records(self) -> int:
        return len({target.ref for target in self.action.targets})


Rule = Callable[[Case], Verdict | None]
RULES: list[Rule] = []


def rule(judge: Rule) -> Rule:
    RULES.append(judge)
    return judge


def decide(action: Action, by: Principal, at: Circumstances, policy: Policy) -> Ruling:
    """The verdict on ``action``, with everything the rules said, refusals first."""
    case = Case(action, by, at, policy)
    said = tuple(verdict for judge in RULES if (verdict := judge(case)) is not None)
    ordered = tuple(sorted(said, key=_severity))
    strongest = ordered[0] if ordered else None
    if strongest is None:
        nothing = Refuse("default.deny", f"No rule allows {action.tool} here. Nothing was done.")
        return Ruling(nothing, (nothing,))
    return Ruling(strongest, ordered)


def _severity(verdict: Verdict) -> tuple[int, str]:
    """Refusals first, then what the manager must say yes to (which covers the person's own yes), then the rest."""
    match verdict:
        case Refuse():
            return 0, verdict.rule
        case Ask():
            return (1 if verdict.of == "manager" else 2), verdict.rule
        case Allow():
            return 3, verdict.rule


def decide_early(action: Action, by: Principal, at: Circumstances, policy: Policy) -> Ruling | None:
    """A refusal that needs no look at any record, before anything is read for somebody who may nothing."""
    case = Case(action, by, at, policy)
    early = (agent_granted, person_known, services_only_look, unattended_runs_only_look, calls_per_message)
    said = [verdict for judge in early if isinstance(verdict := judge(case), Refuse)]
    return Ruling(said[0], tuple(said)) if said else None


# -- who ---------------------------------------------------------------------------------------------------------------


@rule
def agent_granted(case: Case) -> Verdict | None:
    if case.action.tool in case.at.granted:
        return None
    return Refuse("agent.not_granted", f"This agent may not use {case.action.tool}. Ask another agent.")


@rule
def person_known(case: Case) -> Verdict | None:
    if case.by.role is not Role.NOBODY:
        return None
    return Refuse(
        "person.unknown",
        "Daybook works for the team's own members who are active in HubSpot. Ask whoever runs Daybook to add you.",
    )


@rule
def services_only_look(case: Case) -> Verdict | None:
    if case.by.role is not Role.SERVICE or case.action.effect is Effect.READ:
        return None
    return Refuse("person.service", "Nobody is behind this run, so it may look and notify, but not change anything.")


@rule
def unattended_runs_only_look(case: Case) -> Verdict | None:
    if not case.at.unattended or case.action.effect is Effect.READ:
        return None
    return Refuse("run.unattended", "Nobody is watching this run, so it may look, but not change anything.")


# -- which records -----------------------------------------------------------------------------------------------------


@rule
def only_own_records(case: Case) -> Verdict | None:
    if all(case.by.may_see(target.owner) for target in case.action.targets):
        return None
    return Refuse("scope.not_yours", NOT_FOUND)


@rule
def everyone_here_may_see(case: Case) -> Verdict | None:
    if all(reader.may_see(target.owner) for reader in case.at.readers for target in case.action.targets):
        return None
    return Refuse("scope.readers", NOT_HERE)


@rule
def writes_name_a_record(case: Case) -> Verdict | None:
    if case.action.effect not in WRITES or case.action.targets:
        return None
    return Refuse("scope.no_record", "It isn't clear which record this is about. Name the account.")


# -- how much ----------------------------------------------------------------------------------------------------------


@rule
def calls_per_message(case: Case) -> Verdict | None:
    most = case.policy.authority.calls_per_message
    if case.at.calls_this_message < most:
        return None
    return Refuse("cap.calls", f"One message may lead to {most} steps at most. Ask again for the rest.")


@rule
def records_per_session(case: Case) -> Verdict | None:
    most = case.policy.authority.session_records
    if case.action.effect not in WRITES or case.at.records_this_session + case.records <= most:
        return None
    return Refuse("cap.session", f"One conversation may change {most} records at most. Start a new topic for more.")


@rule
def records_per_person(case: Case) -> Verdict | None:
    most = case.policy.authority.person_day_records
    if case.action.effect not in WRITES or case.at.records_today + case.records <= most:
        return None
    return Refuse("cap.person", f"Daybook changes {most} records a day for one person at most. Go on tomorrow.")


@rule
def records_per_workspace(case: Case) -> Verdict | None:
    most = case.policy.authority.workspace_day_records
    if case.action.effect not in WRITES or case.at.records_workspace_today + case.records <= most:
        return None
    return Refuse("cap.workspace", f"Daybook changes {most} records a day at most. Go on tomorrow.")


@rule
def bulk(case: Case) -> Verdict | None:
    most = case.policy.authority.bulk_records
    if case.action.effect not in WRITES or case.records <= most:
        return None
    return Refuse("bulk.refused", f"That would change {case.records} records; {most} at once is the most. Do fewer.")


# -- what --------------------------------------------------------------------------------------------------------------


@rule
def reads(case: Case) -> Verdict | None:
    return Allow("read.own", "Looking at one's own records.") if case.action.effect is Effect.READ else None


@rule
def own_list(case: Case) -> Verdict | None:
    return Allow("own.list", "One's own list is one's own business.") if case.action.effect is Effect.OWN else None


@rule
def logging(case: Case) -> Verdict | None:
    if case.action.effect is not Effect.LOG:
        return None
    if _spread_by_strangers(case) and case.at.confirmed_by is None:
        return Ask(
            "taint.log",
            "This conversation has read what customers wrote, so a note elsewhere, or one with a link, needs your yes.",
            "requester",
        )
    return Allow("log.own", "Logging what was done on one's own account; it can be undone.")


def _spread_by_strangers(case: Case) -> bool:
    """Whether words from outside might travel: onto another record than all of them came from, or as a link."""
    if not case.at.tainted_by:
        return False
    return case.action.has_links or any(case.at.tainted_by != {_home(target)} for target in case.action.targets)


def _home(target: Target) -> str:
    return f"companies:{target.account}" if target.account else target.ref


@rule
def changes_are_confirmed(case: Case) -> Verdict | None:
    if case.action.effect is not Effect.CHANGE:
        return None
    if case.at.confirmed_by is None:
        return Ask("change.confirm", "A change of what a record says needs your yes.", "requester")
    return Allow("change.confirmed", "Confirmed by the person who may.")


@rule
def fields_on_the_list(case: Case) -> Verdict | None:
    wrong = [name for kind, name in case.action.fields if name not in case.policy.authority.fields.get(kind, ())]
    if not wrong:
        return None
    return Refuse("field.not_listed", f"Daybook may not change {', '.join(sorted(wrong))}. Change it in HubSpot.")


@rule
def stages_of_one_pipeline(case: Case) -> Verdict | None:
    if all(move.same_pipeline for move in case.action.stages):
        return None
    return Refuse("stage.pipeline", "That stage is in another pipeline. Move the deal to another pipeline in HubSpot.")


@rule
def stages_go_forward(case: Case) -> Verdict | None:
    if not any(move.to_position < move.from_position for move in case.action.stages):
        return None
    return _manager(case, "stage.back", "Moving a deal back in its pipeline needs the manager's yes.")


@rule
def closing_and_reopening(case: Case) -> Verdict | None:
    if not any(move.from_closed or move.to_closed for move in case.action.stages):
        return None
    return _manager(case, "stage.closed", "Closing or reopening a deal needs the manager's yes.")


@rule
def amounts_in_bounds(case: Case) -> Verdict | None:
    most = case.policy.authority.amount_most
    if all(new is not None and 0 <= new <= most * 100 for _old, new in case.action.amounts):
        return None
    return Refuse("amount.bounds", f"An amount must be between 0 and {most:,}. Give another one, or set it in HubSpot.")


@rule
def amounts_change_little(case: Case) -> Verdict | None:
    percent = case.policy.authority.amount_change_percent
    if not any(old and new is not None and abs(new - old) * 100 > percent * old for old, new in case.action.amounts):
        return None
    return _manager(case, "amount.change", f"Changing an amount by more than {percent} % needs the manager's yes.")


def _manager(case: Case, name: str, reason: str) -> Verdict | None:
    """Ask the manager; who leads the team, or administers Daybook, has the say themselves."""
    asked = case.at.confirmed_by
    if asked is not None and asked.role in (Role.MANAGER, Role.ADMIN):
        return None
    if case.by.role in (Role.MANAGER, Role.ADMIN):
        return None
    if not case.at.has_manager:
        return Refuse(name, f"{reason} Daybook knows no manager of yours; do it in HubSpot.")
    return Ask(name, reason, "manager")


@rule
def nothing_reaches_customers(case: Case) -> Verdict | None:
    if case.action.effect is not Effect.EXTERNAL:
        return None
    return Refuse("external.refused", "Daybook does not write to customers yet. I can draft the words for you to send.")
