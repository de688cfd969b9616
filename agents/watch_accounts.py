"""The watch over all accounts: judge them by the rules of escalation, and write down whom to tell. No model takes part.

Outcome: share of alerts that are claimed or solved before they go up a level.
"""

from __future__ import annotations

from agents.agent import Done, Outcome, Turn
from agents.escalation_message import redraw
from store import faults
from tools import escalating


def run(turn: Turn) -> Outcome:
    """One look, over the records alone; the messages are sent by turns of their own."""
    now = turn.systems.clock.now()
    looked = turn.logged("looked")
    if looked is None:
        if now > int(turn.trigger["worth_until"]):
            return Done("skipped: a newer look is due")
        looked = escalating.look(turn.database, turn.systems, turn.workspace, now)
        faults.reached("watch.written")
        turn.append("looked", looked)
    drawn = redraw(turn)
    said = ", ".join(f"{name} {count}" for name, count in looked.items() if count) or "nothing changed"
    return Done(f"{said}; {drawn} drawn again" if drawn else said)
