"""The rules' word on a write, with all that they are told: who asks, what was read, and what is used up by now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.action import Action, Circumstances, Principal
from rules.authority import decide
from rules.verdict import Allow, Ruling
from tools import approvers, ledger, outreach, routines
from tools.tool import Context
from tools.world import World


def judge(
    world: World,
    connection: Any,
    action: Action,
    at: Circumstances,
    call_id: str,
    confirmed_by: Principal | None = None,
) -> Ruling:
    """The rules' word on a write, with what is reserved; the ledger must be locked until the verdict is in it.

    A yes takes what may be had only once: whoever is written to unasked is so for this quarter.
    """
    context = world.context
    action = replace(
        action, recipients=outreach.looked_up(connection, context.workspace, action.recipients, call_id)
    )
    held = ledger.reserved(connection, context.workspace, context.session, context.person, world.midnight())
    if at.allowance is not None and not routines.holds(connection, context.workspace, context.routine or ""):
        at = replace(at, allowance=None)  # whoever ends a routine ends what it may do, also while it runs
    owners = approvers.owners_of(action)
    at = replace(
        at,
        records_this_run=ledger.of_run(connection, context.session, run_of(context)) if at.allowance else 0,
        records_this_session=held.session,
        records_today=held.person,
        records_workspace_today=held.workspace,
        confirmed_by=confirmed_by,
        readers=world.readers,
        has_manager=approvers.manager_of(connection, world.person, owners) is not None,
        has_second=approvers.second_of(connection, world.person, owners) is not None,
    )
    ruling = decide(action, world.principal, at, world.policy)
    if isinstance(ruling.verdict, Allow):
        outreach.take(connection, context.workspace, action.recipients, call_id, world.now)
    return ruling


def circumstances(world: World) -> Circumstances:
    """How things stand for this call, without what is counted (``judge`` adds that)."""
    context = world.context
    return Circumstances(
        granted=context.grant,
        calls_this_message=context.calls,
        tainted_by=frozenset(context.tainted_by),
        read_records=context.read_records,
        unattended=context.unattended,
        run=run_of(context),
        allowance=context.allowance,
    )


def run_of(context: Context) -> str:
    """The turn that a person or a clock set off, with everything that came of it."""
    return f"{context.session}:{context.turn}"
