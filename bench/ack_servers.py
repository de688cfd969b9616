"""The two servers that ``bench_ack`` compares: Daybook's own, without anything that runs turns, and a bare one."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import signal
from typing import Any

import orjson
import structlog
import uvicorn
from sqlalchemy import func, insert, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.running import settle

SECRET = b"bench-signing-secret"
SESSION = "said:D1:1795424401.000100"
PRESSES = 200


def serve(which: str, database: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_floor() if which == "floor" else _daybook(database))


async def _floor() -> None:
    """Checks the signature, reads the JSON, keeps nothing."""

    async def events(request: Request) -> Response:
        body = await request.body()
        stamp = request.headers["x-slack-request-timestamp"]
        told = hmac.new(SECRET, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={told}", request.headers["x-slack-signature"]):
            return Response(status_code=401)
        orjson.loads(body)
        return Response()

    await _run(Starlette(routes=[Route("/slack/events", events, methods=["POST"])]))


async def _daybook(database: str) -> None:
    from bot import app as bot_app
    from bot import http
    from bot.door import Door
    from bot.errands import errands
    from bot.intake import Intake
    from records import tables
    from sessions.engine import Queue, migrate
    from sessions.store import inbox
    from store import schema
    from store.engine import open_database
    from systems import settings
    from systems.chat import Identity
    from systems.connect import connect
    from tools import ledger
    from tools.cards import Cards
    from web import app as web_app

    engine = open_database(database)
    schema.upgrade(engine)
    migrate(engine)
    systems = connect(
        settings.load(
            {
                "DATABASE_URL": database,
                "SLACK_BOT_TOKEN": "xoxb-bench",
                "SLACK_SIGNING_SECRET": SECRET.decode(),
                "SLACK_API_URL": "http://127.0.0.1:9/",
                "HUBSPOT_ACCESS_TOKEN": "bench",
            }
        )
    )
    systems.chat._identity = Identity("T1", "UBOT", "BBOT", "bench")  # type: ignore[attr-defined]  # no Slack is there
    with engine.begin() as connection:
        connection.execute(insert(tables.people), _person())
        for number in range(PRESSES):
            ledger.append(connection, SECRET * 2, "T1", _done(number))
    intake, queue = Intake(engine), Queue(engine)
    door = Door(engine, queue, systems, "T1", intake, {"assistant": "answers"}, Cards(systems, "T1"))
    await _run(web_app.build(http.endpoint(bot_app.build(door)), list))
    intake.close()
    with engine.connect() as connection:
        turns = connection.scalar(select(func.count()).select_from(inbox))
        asked = connection.scalar(select(func.count()).select_from(errands))
    queue.close()
    print(turns + asked)


def _done(number: int) -> Any:
    """Something that was done, so that a press on its *Undo* means something."""
    from tools.ledger import Entry

    call = f"{SESSION}:1:toolu_{number}"
    return Entry(0, call, "done", "log_call", "log", SESSION, "assistant", "U1", "allow", "done", "", "v")


def _person() -> dict[str, Any]:
    return {
        "slack_id": "U1", "workspace": "T1", "email": None, "real_name": "Ada", "tz": "UTC", "deleted": False,
        "is_admin": True, "is_rep": True, "owner_id": "1",
    }  # fmt: skip


async def _run(app: Any) -> None:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    settle()  # as ``daybook run`` does once everything is loaded
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving
