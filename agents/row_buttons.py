"""What a button on a row of the list does: mark the account, then show the list with the mark on it.

Outcome: every press is answered, by a changed row or by a sentence saying why not.
"""

from __future__ import annotations

from agents.agent import Done, Failed, Outcome, Turn
from agents.list_message import redraw
from store.engine import reading
from systems.faults import Rejected
from tools import dismiss_account, restore_account, snooze_account
from tools.listing import from_log
from tools.mark import Denied, Request
from views import escape

TOOLS = {
    "snooze_account": snooze_account.run,
    "dismiss_account": dismiss_account.run,
    "restore_account": restore_account.run,
}


def run(turn: Turn) -> Outcome:
    trigger = turn.trigger
    channel, ts, presser = str(trigger["channel"]), str(trigger["message_ts"]), str(trigger["person"])
    thread = trigger.get("thread_ts")
    logged = next((event.body for event in turn.log if event.kind == "listed"), None)
    try:
        if logged is None or trigger["action"] not in TOOLS:
            raise Denied("This button is from a message Daybook no longer knows. Nothing was changed.")
        done = turn.logged("marked")
        if done is None:
            with reading(turn.database).connect() as connection:
                listing = from_log(connection, turn.session, logged, turn.systems.settings)
            said = TOOLS[str(trigger["action"])](
                Request(
                    database=turn.database,
                    workspace=turn.workspace,
                    listing=listing,
                    presser=presser,
                    account=str(trigger["account"]),
                    choice=trigger["choice"],
                    press=str(trigger["key"]),
                    now=int(trigger["pressed_at"]),
                )
            )
            done = {"said": said, "by": presser, "account": trigger["account"]}
            turn.append("marked", done)
    except Denied as denied:
        turn.append("refused", {"reason": str(denied), "by": presser})
        try:
            turn.systems.chat.whisper(channel, presser, escape.mrkdwn(str(denied), 1_000), thread)
        except Rejected as gone:
            return Failed(f"refused ({denied}), and Slack would not show it: {gone}")
        return Done(f"refused: {denied}")
    try:
        redraw(turn, turn.session, logged or {}, channel, ts)
    except Rejected:
        said = escape.mrkdwn(f"{done['said']} (That message can't be changed any more.)", 1_000)
        turn.systems.chat.whisper(channel, presser, said, thread)
    # Ids only: what ends up in notes and logs holds nobody's names.
    return Done(f"{trigger['action']} {trigger['account']}" + (f": {trigger['choice']}" if trigger["choice"] else ""))
