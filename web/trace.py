"""The page behind an answer's footer: whoever has the link, which we signed, sees names and numbers, nobody's words.

There is no signing in: the signature is what admits, and it is looked at before the database is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from agents import catalogue as agents
from agents.agent import Event
from rules import policy_words
from sessions import events
from sessions.store import inbox
from store.engine import reading
from systems import trace_link
from systems.connect import Systems
from systems.model import PRICES
from systems.trace_link import Expired, Linked, NotOurs
from tools import catalogue as tools
from tools import ledger
from views import trace_page
from views.trace import summarise
from views.trace_steps import Known, told

log = structlog.get_logger("web.trace")

INSTEAD = (
    "In Slack, “How was this answered?” in the answer's menu (⋮) shows the same, and whoever runs Daybook "
    "sees all of it with the command daybook trace."
)
NOT_OURS = f"This address is not complete, or it is none of this Daybook's. Open it from the answer itself. {INSTEAD}"
EXPIRED = f"A link in an answer's footer works for thirty days, and these are over. {INSTEAD}"
GONE = f"This Daybook's records know nothing of that answer any more. {INSTEAD}"
DOWN = f"Daybook's records can't be read just now. Load the page again in a minute. {INSTEAD}"


def endpoint(database: Engine, systems: Systems) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. Raises ``SettingsError`` when there is no key to know our own links by."""
    key = trace_link.key_from(ledger.key_of(systems.settings))
    known = Known(agents.all_agents(), PRICES, tools.names(systems), policy_words.sentences())

    async def trace(request: Request) -> Response:
        try:
            linked = trace_link.read(key, request.path_params["token"], systems.clock.now())
        except NotOurs:
            return _sorry(404, "There is nothing here", NOT_OURS)
        except Expired:
            return _sorry(410, "This link has ended", EXPIRED)
        try:
            shown = await asyncio.to_thread(_shown, database, key, known, linked)
        except SQLAlchemyError:
            log.exception("trace.not_read", session=linked.session, turn=linked.turn)
            return _sorry(503, "Not just now", DOWN)
        if shown is None:
            return _sorry(404, "There is nothing here any more", GONE)
        return HTMLResponse(shown, headers=trace_page.HEADERS)

    return trace


def _shown(database: Engine, key: bytes, known: Known, linked: Linked) -> str | None:
    """The page; None when neither the books nor the log have that turn."""
    of_turn = select(inbox).where(inbox.c.session == linked.session, inbox.c.turn == linked.turn)
    with reading(database).connect() as connection:
        row = connection.execute(of_turn).mappings().first()
        log = events.of_turn(connection, linked.session, linked.turn)
        lines = [_with_its_rule(connection, linked, line) for line in log]
    if row is None and not lines:
        return None

    def link(session: str) -> str | None:
        # To the one turn of the agent that was asked; it ends when this one does, or asking on would keep it for ever.
        signed = trace_link.token(key, Linked(session, 1, linked.until))
        return signed if len(signed) <= trace_link.MOST else None

    turn = summarise(linked.turn, dict(row) if row is not None else None, lines)
    return trace_page.page(told(linked.session, turn, lines, known, link), linked.until)


def _with_its_rule(connection: Connection, linked: Linked, line: Event) -> Event:
    """A write that was done with the rule that let it through: of that the log only has that it was done."""
    if line.kind != "called" or line.body.get("rule") != ledger.DONE:
        return line
    call = ledger.name_of(f"{linked.session}:{linked.turn}:{line.body['call']}")
    judged = [row for row in ledger.of_call(connection, call) if row["phase"] == ledger.JUDGED]
    return line._replace(body={**line.body, "rule": judged[-1]["rule"]}) if judged else line


def _sorry(status: int, title: str, words: str) -> Response:
    return HTMLResponse(trace_page.sorry(title, words), status, headers=trace_page.HEADERS)
