"""A turn of conversation: ask the model, make the calls it asks for, ask again, until there is an answer.

The log is the checkpoint. Each answer is kept with its cost before any of its calls is made, and each call with its
result before the next step, so a turn that was killed goes on where it was: no answer is paid for twice, and nothing is
done twice. Every way out is one of ``agents.endings``, and ends in one message to the person.
"""

from __future__ import annotations

from agents import calls, endings, reply, under_way
from agents.agent import Outcome, Turn, Wait
from agents.definition import Definition
from agents.endings import End
from agents.opening import open_turn
from agents.projection import calls_of
from agents.streaming import Stream
from agents.thinking import Purse, think
from agents.work import Work
from rules.policy import PolicyError
from store import effects
from systems.faults import SystemFault
from systems.settings import SettingsError
from views.doing import HELD_UP, THINKING

MOST_BREAKS = 3
"""After so many faults of our own in one turn the person is told, instead of being left to wait for the next try."""


def converse(turn: Turn, agent: Definition) -> Outcome:
    """One message, one question of another agent, or one due time, answered."""
    work, end = open_turn(turn, agent)
    if turn.logged("ending") is not None:
        return reply.finish(work, end)
    if end is not None:
        return reply.finish(work, end)
    step: Wait | End
    if len(work.bodies("broke")) >= MOST_BREAKS:
        step = under_way.see_to(work, End(endings.BROKE, "broke too often; the log of this turn says how", failed=True))
        return step if isinstance(step, Wait) else reply.finish(work, step)
    try:
        step = _work_on(work)
    except (PolicyError, SettingsError) as wrong:
        # Somebody may be editing the file, so it is tried again, but not for longer than a person would wait.
        if work.tries() < MOST_BREAKS:
            raise
        step = under_way.see_to(work, End(endings.NOT_SET_UP, str(wrong), failed=True))
    except (effects.Unknown, effects.NotDone, SystemFault):
        # The turn goes on by itself once the other side answers; whoever waits for it should know why it takes so long.
        work.signals.doing(HELD_UP)
        raise
    return step if isinstance(step, Wait) else reply.finish(work, step)


def _work_on(work: Work) -> Wait | End:
    purse, stream = Purse(work), Stream(work, lambda: reply.links(work))
    while True:
        answers = work.bodies("answered")
        next_call = under_way.next_call(work)
        if answers and not calls_of(answers[-1]):
            empty = sum(endings.of_answer(answer, 0) is None for answer in answers[:-1] if not calls_of(answer))
            end = endings.of_answer(answers[-1], empty)
            if end is not None:
                return end
        if work.turn.stopped() and under_way.begun(work, next_call) is None:
            return under_way.told(work, endings.stopped(stream.said))
        if next_call is not None:
            wait = calls.make(work, next_call, purse)
            if wait is not None:
                return wait
            continue
        work.signals.doing(THINKING)
        step = think(work, purse, stream)
        if step is not None:
            return step
