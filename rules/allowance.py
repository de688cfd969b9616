"""What an unattended run may do without asking: what was granted when its routine was made, and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rules.action import Action, Circumstances, Effect
from rules.verdict import Refuse
from rules.wording import plural

GRANTABLE: Mapping[str, str] = {
    "log_note": "notes",
    "create_task": "tasks",
    "comment_ticket": "internal notes on tickets",
}
"""The tools that can be granted beforehand, with what they add. A call is what a person did, so it can't be granted."""
LATER = "Answer in its thread, and it can be done then."


def beyond(action: Action, at: Circumstances, records: int, spread: bool) -> Refuse | None:
    """Why this write of an unattended run is not covered by its grant; None when it is.

    ``records`` is how many it touches; ``spread`` says that it could carry strangers' words away from the record they
    came from, which a person would be asked about. A grant covers nothing that a person could not do at once.
    """
    mine = at.allowance if at.allowance is not None and at.allowance.run == at.run else None
    if mine is None:
        return Refuse("run.unattended", "Nobody is watching this run, so it may look, but not change anything.")
    if action.effect is not Effect.LOG or action.tool not in GRANTABLE:
        what = action.tool.replace("_", " ")
        return Refuse("grant.never", f"Nobody is watching this run, and to {what} always needs somebody. {LATER}")
    if action.tool not in mine.tools:
        what = GRANTABLE[action.tool]
        return Refuse("grant.tool", f"This routine may not add {what} by itself: it was made without that. {LATER}")
    if at.records_this_run + records > mine.records:
        most = plural(mine.records, "record")
        return Refuse("grant.records", f"This routine may write to {most} in one run at most. {LATER}")
    if spread:
        return Refuse(
            "grant.taint",
            "This run has read what customers wrote, so a note elsewhere, or one with a link, needs somebody's yes, "
            f"and nobody is watching. {LATER}",
        )
    return None


def grantable(wanted: Collection[str], agent_tools: Collection[str]) -> tuple[str, ...]:
    """Those of ``wanted`` that can be granted to an agent with these tools, in the order they are shown in."""
    return tuple(name for name in GRANTABLE if name in wanted and name in agent_tools)


def in_words(tools: Collection[str], records: int) -> str:
    """The grant as it is shown beside its routine."""
    added = [what for name, what in GRANTABLE.items() if name in tools]
    if not added:
        return "looks and reports only"
    listed = added[0] if len(added) == 1 else f"{', '.join(added[:-1])} and {added[-1]}"
    return f"may add {listed} on your accounts without asking, on {plural(records, 'record')} at most a run"
