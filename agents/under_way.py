"""A change that was begun when its turn was stopped or broke: seen to before anybody is told what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from agents import calls, endings
from agents.agent import Wait
from agents.endings import End
from agents.projection import Block, calls_of
from agents.work import Work
from store import effects
from store.engine import reading
from tools import ledger

log = structlog.get_logger("under_way")


def next_call(work: Work) -> Block | None:
    """The first call of the latest answer that has no result yet."""
    answers = work.bodies("answered")
    asked = calls_of(answers[-1]) if answers else []
    made = {called["call"] for called in work.bodies("called")} if asked else set()
    return next((block for block in asked if block["id"] not in made), None)


def begun(work: Work, block: Mapping[str, Any] | None) -> str | None:
    """What that call would do, when it was allowed or another agent was asked for it; None: nothing was begun.

    Such a call is made also in a turn that is to end. It finds out what became of it, and its result has the receipt.
    """
    if block is None:
        return None
    use = str(block["id"])
    if any(event.kind == "asked" and event.body["call"] == use for event in work.mine):
        return str(block["name"])
    with reading(work.turn.database).connect() as connection:
        books = ledger.of_call(connection, ledger.name_of(work.call_id(use)))
    allowed = next((row for row in books if row["phase"] == ledger.JUDGED and row["verdict"] == "allow"), None)
    return str((allowed["facts"].get("plan") or {}).get("title") or block["name"]) if allowed is not None else None


def see_to(work: Work, end: End) -> Wait | End:
    """``end``, once it is known what became of the call that was begun, or saying that it is not known."""
    call = next_call(work)
    title = begun(work, call)
    if call is not None and title is not None:
        try:
            wait = calls.make(work, call)
        except (effects.Unknown, effects.NotDone):
            raise
        except Exception:
            # What broke the turn may break this too; then the people look themselves.
            log.exception("under_way.not_known")
            return _unsure(end, title)
        if wait is not None:
            return wait
    return told(work, end)


def told(work: Work, end: End) -> End:
    """``end`` with what could not be found out: whether the vendor took a change before it fell silent."""
    for called in work.bodies("called"):
        if called["rule"] == calls.UNSURE:
            end = _unsure(end, begun(work, {"id": called["call"], "name": called["tool"]}) or str(called["tool"]))
    return end


def _unsure(end: End, title: str) -> End:
    return end._replace(text=f"{end.text}\n\n{endings.UNSURE.format(title)}")
