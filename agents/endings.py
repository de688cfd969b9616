"""How a turn can end, and the one honest sentence for each end that is not an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.projection import text_of

STOPPED = "(stopped)"
MOST_EMPTY = 2


class End(NamedTuple):
    """The turn is over. ``text`` is for the people, ``note`` for the operator; ``failed`` when somebody must look."""

    text: str
    note: str
    failed: bool = False


REFUSED = "The model declined to answer this, so I have nothing to show. Put it differently, or do it by hand."
EMPTY = "I have no answer to this: the model came back with nothing, twice. Please ask again in other words."
TOO_LONG = "My answer grew too long before it said anything useful. Please ask for a smaller part of it."
CUT_OFF = "(That is as long as one answer may get; ask me to go on.)"
OUTGROWN = "This conversation has grown too long for the model. Ask again: I will go on from its latest part."
ENDED_EARLY = "(The model ended this answer early.)"
UNKNOWN_END = "The model ended its answer in a way that I don't know, and I won't guess. Please ask again."
NO_MODEL = (
    "No language model is set up here, so I can't answer in words. Lists and buttons work. "
    "Whoever runs Daybook can set ANTHROPIC_API_KEY."
)
OVERLOADED = "The language model can't be reached just now. I tried for some minutes; please ask again later."
CLOSED = "The language model refuses Daybook's key, so I can't answer. Whoever runs Daybook has been told in its log."
BROKE = (
    "Something in Daybook broke while I worked on this, several times. What is listed below was done, nothing else. "
    "Whoever runs Daybook finds the reason in its log."
)
NOT_SET_UP = (
    "Daybook is not set up for this: a setting or the policy file is missing something. What is listed below was done, "
    "nothing else. Whoever runs Daybook finds the reason in its log."
)
WRONG = (
    "The language model did not take this question. It is not your fault; “new topic” may help, and the log says more."
)
UNSURE = "Whether this was done is not certain, so please look there: {}."


def stopped(said: str) -> End:
    """Somebody stopped it; what had been said stays."""
    return End(f"{said.strip()} {STOPPED}".strip() if said.strip() else "Stopped.", "stopped")


def of_answer(answer: Mapping[str, Any], empty_before: int) -> End | None:
    """How a turn ends with this answer, which asks for no call that may run. None: ask once more, it was empty."""
    reason, said = str(answer["stop_reason"]), text_of(answer["content"])
    match reason:
        case "end_turn" | "stop_sequence":
            if said:
                return End(said, "answered")
            return End(EMPTY, "empty answers", failed=True) if empty_before + 1 >= MOST_EMPTY else None
        case "refusal":
            return End(REFUSED, "the model refused")
        case "max_tokens":
            return End(f"{said}\n\n{CUT_OFF}", "cut off at max_tokens") if said else End(TOO_LONG, "cut off, empty")
        case "model_context_window_exceeded":
            return End(f"{said}\n\n{OUTGROWN}" if said else OUTGROWN, "the context window is full")
        case "tool_use":
            return End(said, "answered") if said else End(UNKNOWN_END, "tool_use without a call", failed=True)
        case _:
            # pause_turn belongs to tools that the vendor runs, and we use none; the rest is not known to anybody yet.
            if said:
                return End(f"{said}\n\n{ENDED_EARLY}", f"stop reason {reason}")
            return End(UNKNOWN_END, f"stop reason {reason}", failed=True)
