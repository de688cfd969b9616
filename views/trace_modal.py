"""How an answer came about, for whoever reads it: which agent and model, what it cost, each tool's verdict and rule."""

from __future__ import annotations

from views import blocks as b
from views import escape
from views.trace import TurnSummary, dollars, told_call, told_model

MOST_STEPS = 40


def modal(session: str, turn: TurnSummary | None) -> b.Block:
    """A Slack view; ``turn`` is None when the message belongs to no turn of that session."""
    if turn is None:
        blocks = [b.rich(b.section(b.text("This message is no answer of Daybook's, so there is nothing to trace.")))]
    else:
        steps = [told_model(one) for one in turn.model_calls] + [told_call(one) for one in turn.tool_calls]
        head = escape.unlinked(f"{turn.agent} · {turn.state} · {dollars(turn.cost_micros)}", 300)
        blocks = [b.rich(b.section(b.text(head, bold=True)))]
        if steps:
            lines = [b.section(b.text(escape.unlinked(step, 500))) for step in steps[:MOST_STEPS]]
            blocks.append(b.rich(b.bullets(*lines)))
        if len(steps) > MOST_STEPS:
            blocks.append(b.context(f"and {len(steps) - MOST_STEPS} more steps"))
        blocks.append(b.context(f"The whole of it: daybook trace {session} (turn {turn.number})"))
    title, close = b.plain("How it was answered", 24), b.plain("Close", 24)
    return {"type": "modal", "title": title, "close": close, "blocks": blocks}
