"""What may be done, by whom, and who must say yes first: small rules, each with a name and a reason in plain words.

Every rule looks at one action and answers nothing (it has no opinion), Allow, Ask or Refuse. A Refuse beats an Ask, an
Ask beats an Allow, and what no rule allows is refused. The order of the rules never matters. Numbers: policy.toml.
What customers would see has rules of its own, reaching.py; what servers outside are asked too, outside.py.
"""

from __future__ import annotations

from rules import allowance, outside, reaching
from rules.action import Action, Circumstances, Effect, Principal, Role, Target
from rules.case import RULES, Case, ask_manager, rule, severity
from rules.policy import Policy
from rules.verdict import Allow, Ask, Refuse, Ruling, Verdict

__all__ = ["NOT_FOUND", "NOT_HERE", "RULES", "decide", "decide_early", "outside", "reaching"]

NOT_FOUND = "There is no such record among the ones you work with."
"""The same words for "not yours" and "does not exist": a refusal must not tell what others have."""
NOT_HERE = "Not everybody in this channel may see that account. Ask me in a direct message instead."


def decide(action: Action, by: Principal, at: Circumstances, policy: Policy) -> Ruling:
    """The verdict on ``action``, with everything the rules said, refusals first."""
    case = Case(action, by, at, policy)
    said = tuple(verdict for judge in RULES if (verdict := judge(case)) is not None)
    ordered = tuple(sorted(said, key=severity))
    strongest = ordered[0] if ordered else None
    if strongest is None:
        nothing = Refuse("default.deny", f"No rule allows {action.tool} here. Nothing was done.")
        return Ruling(nothing, (nothing,))
    return Ruling(strongest, ordered)


def decide_early(action: Action, by: Principal, at: Circumstances, policy: Policy) -> Ruling | None:
    """A refusal that needs no look at any record, before anything is read for somebody who may nothing."""
    case = Case(action, by, at, policy)
    early = (agent_granted, person_known, services_only_look, unattended_runs_only_look, calls_per_message)
    said = [verdict for judge in early if isinstance(verdict := judge(case), Refuse)]
    return Ruling(said[0], tuple(said)) if said else None


# -- who ---------------------------------------------------------------------------------------------------------------


@rule
def agent_granted(case: Case) -> Verdict | None:
    """An agent uses only the tools its own file grants it."""
    if case.action.tool in case.at.granted:
        return None
    return Refuse("agent.not_granted", f"This agent may not use {case.action.tool}. Ask another agent.")


@rule
def person_known(case: Case) -> Verdict | None:
    """Only the team's own members who are active in HubSpot may do anything; guests, strangers and bots may not."""
    if case.by.role is not Role.NOBODY:
        return None
    return Refuse(
        "person.unknown",
        "Daybook works for the team's own members who are active in HubSpot. Ask whoever runs Daybook to add you.",
    )


@rule
def services_only_look(case: Case) -> Verdict | None:
    """A run that nobody is behind, like a webhook, may look and notify, and changes nothing."""
    if case.by.role is not Role.SERVICE or case.action.effect is Effect.READ:
        return None
    return Refuse("person.service", "Nobody is behind this run, so it may look and notify, but not change anything.")


@rule
def unattended_runs_only_look(case: Case) -> Verdict | None:
    """A run that nobody watches may look, and do what its routine was granted when it was made; else nothing."""
    if not case.at.unattended or case.action.effect is Effect.READ:
        return None
    return allowance.beyond(case.action, case.at, case.records, _spread_by_strangers(case))


# -- which records -----------------------------------------------------------------------------------------------------


@rule
def only_own_records(case: Case) -> Verdict | None:
    """A rep reaches the accounts they own, a manager the team's, an administrator all of them."""
    free = case.action.claims and case.by.role is not Role.NOBODY
    if all(case.by.may_see(target.owner) or (free and target.unowned) for target in case.action.targets):
        return None
    return Refuse("scope.not_yours", NOT_FOUND)


@rule
def only_what_nobody_owns_is_claimed(case: Case) -> Verdict | None:
    """An account changes its owner only from nobody to the person who asks."""
    if not case.action.claims:
        return None
    if case.action.targets and all(target.unowned and target.owner is None for target in case.action.targets):
        return ask_manager(case, "claim.manager", "Taking over an account that nobody owns needs the manager's yes.")
    return Refuse("claim.owned", NOT_FOUND)


@rule
def everyone_here_may_see(case: Case) -> Verdict | None:
    """In a channel only accounts are told of that everybody in it may see."""
    if all(reader.may_see(target.owner) for reader in case.at.readers for target in case.action.targets):
        return None
    return Refuse("scope.readers", NOT_HERE)


@rule
def writes_name_a_record(case: Case) -> Verdict | None:
    """A write says which record it is about."""
    if not case.writes or case.action.targets:
        return None
    return Refuse("scope.no_record", "It isn't clear which record this is about. Name the account.")


# -- how much ----------------------------------------------------------------------------------------------------------


@rule
def calls_per_message(case: Case) -> Verdict | None:
    """One message leads to a limited number of steps."""
    most = case.policy.authority.calls_per_message
    if case.at.calls_this_message < most:
        return None
    return Refuse("cap.calls", f"One message may lead to {most} steps at most. Ask again for the rest.")


@rule
def records_per_session(case: Case) -> Verdict | None:
    """One conversation writes to a limited number of records."""
    most = case.policy.authority.session_records
    if not case.writes or case.at.records_this_session + case.records <= most:
        return None
    return Refuse("cap.session", f"One conversation may change {most} records at most. Start a new topic for more.")


@rule
def records_per_person(case: Case) -> Verdict | None:
    """One person has a limited number of records written to in a day."""
    most = case.policy.authority.person_day_records
    if not case.writes or case.at.records_today + case.records <= most:
        return None
    return Refuse("cap.person", f"Daybook changes {most} records a day for one person at most. Go on tomorrow.")


@rule
def records_per_workspace(case: Case) -> Verdict | None:
    """Everybody together has a limited number of records written to in a day."""
    most = case.policy.authority.workspace_day_records
    if not case.writes or case.at.records_workspace_today + case.records <= most:
        return None
    return Refuse("cap.workspace", f"Daybook changes {most} records a day at most. Go on tomorrow.")


@rule
def bulk_shows_its_list(case: Case) -> Verdict | None:
    """Many records at once need a yes to the whole list; a conversation that has read customers' words may not."""
    most = case.policy.authority.bulk_records
    if not case.writes or case.records <= most:
        return None
    if case.at.tainted_by:
        reason = f"This conversation has read what customers wrote, so it may change {most} records at once at most."
        return Refuse("bulk.tainted", f"{reason} Do fewer, or start a new topic.")
    if case.at.confirmed_by is None:
        return Ask("bulk.confirm", f"More than {most} records at once need your yes to the whole list.", "requester")
    return None


# -- who says yes ------------------------------------------------------------------------------------------------------


@rule
def approvers_may_see(case: Case) -> Verdict | None:
    """Whoever says yes must be somebody who may see every record it is about, at the moment they say it."""
    yes = case.at.confirmed_by
    free = case.action.claims
    if yes is None or all(yes.may_see(target.owner) or (free and target.unowned) for target in case.action.targets):
        return None
    return Refuse("approver.scope", "Whoever decides this must be able to see the records it is about.")


# -- what --------------------------------------------------------------------------------------------------------------


@rule
def reads(case: Case) -> Verdict | None:
    """Looking at one's own records is allowed."""
    return Allow("read.own", "Looking at one's own records.") if case.action.effect is Effect.READ else None


@rule
def own_list(case: Case) -> Verdict | None:
    """One's own list (a snooze, say) is one's own business."""
    return Allow("own.list", "One's own list is one's own business.") if case.action.effect is Effect.OWN else None


@rule
def logging(case: Case) -> Verdict | None:
    """What a person did is logged at once on their account; in a conversation that has read customers' words, a note
    on another account, or one with a link, needs the person's yes."""
    if case.action.effect is not Effect.LOG:
        return None
    if _spread_by_strangers(case) and case.at.confirmed_by is None:
        return Ask(
            "taint.log",
            "This conversation has read what customers wrote, so what it logs elsewhere, or with a link, needs your "
            "yes. After “new topic”, written outside of a thread, things are logged at once again.",
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
    """A change of what a record says needs the yes of the person who asked for it."""
    if case.action.effect is not Effect.CHANGE:
        return None
    if case.at.confirmed_by is None:
        return Ask("change.confirm", "A change of what a record says needs your yes.", "requester")
    return Allow("change.confirmed", "Confirmed by the person who may.")


@rule
def fields_on_the_list(case: Case) -> Verdict | None:
    """Only the listed properties of each kind of record may be changed."""
    listed = {**case.policy.authority.fields, **({"companies": ("hubspot_owner_id",)} if case.action.claims else {})}
    wrong = [name for kind, name in case.action.fields if name not in listed.get(kind, ())]
    if not wrong:
        return None
    return Refuse("field.not_listed", f"Daybook may not change {', '.join(sorted(wrong))}. Change it in HubSpot.")


@rule
def stages_of_one_pipeline(case: Case) -> Verdict | None:
    """A deal stays in its pipeline."""
    if all(move.same_pipeline for move in case.action.stages):
        return None
    return Refuse("stage.pipeline", "That stage is in another pipeline. Move the deal to another pipeline in HubSpot.")


@rule
def stages_go_forward(case: Case) -> Verdict | None:
    """Moving a deal back in its pipeline needs the manager's yes."""
    if not any(move.to_position < move.from_position for move in case.action.stages):
        return None
    return ask_manager(case, "stage.back", "Moving a deal back in its pipeline needs the manager's yes.")


@rule
def closing_and_reopening(case: Case) -> Verdict | None:
    """Closing or reopening a deal needs the manager's yes."""
    if not any(move.from_closed or move.to_closed for move in case.action.stages):
        return None
    return ask_manager(case, "stage.closed", "Closing or reopening a deal needs the manager's yes.")


@rule
def amounts_in_bounds(case: Case) -> Verdict | None:
    """An amount is neither negative, nor absurdly high, nor taken away."""
    most = case.policy.authority.amount_most
    if all(new is not None and 0 <= new <= most * 100 for _old, new in case.action.amounts):
        return None
    return Refuse("amount.bounds", f"An amount must be between 0 and {most:,}. Give another one, or set it in HubSpot.")


@rule
def amounts_change_little(case: Case) -> Verdict | None:
    """A large change of an amount needs the manager's yes."""
    percent = case.policy.authority.amount_change_percent
    if not any(old and new is not None and abs(new - old) * 100 > percent * old for old, new in case.action.amounts):
        return None
    return ask_manager(case, "amount.change", f"Changing an amount by more than {percent} % needs the manager's yes.")


@rule
def first_amounts_are_modest(case: Case) -> Verdict | None:
    """A high amount on a deal that had none needs the manager's yes."""
    most = case.policy.authority.amount_first_most
    if not any(not old and new is not None and new > most * 100 for old, new in case.action.amounts):
        return None
    return ask_manager(case, "amount.first", f"A first amount above {most:,} needs the manager's yes.")
