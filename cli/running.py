"""Daybook's roles (web, worker, clock) as one process or several: start them, and let them end well."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from agents import catalogue
from agents.definition import check_servers
from sessions.engine import Queue, Worker
from sessions.turn import run as run_turn
from store import schema
from store.engine import DatabaseError, lock_sqlite, open_database, reading
from systems.connect import Systems, connect
from systems.settings import Settings, SettingsError
from tools.ledger import key_of as ledger_key

log = structlog.get_logger("run")
ROLES = ("web", "worker", "clock", "all")


class Deployment:
    """The database, the queue and the systems of one process; what every role and many commands need."""

    def __init__(self, settings: Settings, *, exclusive: bool, migrate: bool = False) -> None:
        from sessions.engine import migrate as migrate_engine

        self.settings = settings
        with contextlib.ExitStack() as undo:
            self.database: Engine = open_database(settings.database_url)
            undo.callback(self.database.dispose)
            catalogue.all_agents()  # a file that can't be used is refused now, not in somebody's conversation
            if exclusive and (lock := lock_sqlite(self.database)) is not None:
                undo.callback(lock.close)
            if migrate:
                schema.upgrade(self.database)
                migrate_engine(self.database)
            wrong = schema.outdated(self.database)
            if wrong:
                raise DatabaseError(wrong)
            self.systems: Systems = connect(settings)
            servers = self.systems.servers
            check_servers(catalogue.written_agents(), servers.all if servers is not None else ())
            self.queue = Queue(self.database)
            undo.callback(self.queue.close)
            self.workspace = self.systems.chat.identity().workspace
            self._undo = undo.pop_all()

    def problems(self) -> list[str]:
        """Why this process isn't ready, in words; empty when it is."""
        try:
            with reading(self.database).connect() as connection:
                connection.execute(text("SELECT 1"))
            wrong = schema.outdated(self.database)
        except SQLAlchemyError as down:
            return [f"the database does not answer: {type(down).__name__}"]
        return [wrong] if wrong else []

    def worker(self) -> Worker:
        """Begin to run turns. Raises ``SettingsError`` when the ledger can not be sealed: nothing may be done then."""
        ledger_key(self.settings)
        return Worker(
            self.database,
            self.queue,
            partial(run_turn, self.database, self.systems, self.queue),
            threads=self.settings.daybook_worker_threads,
            poll_seconds=self.settings.daybook_poll_seconds,
            lease_seconds=self.settings.daybook_lease_seconds,
        )

    def close(self) -> None:
        """Give back the queue, the SQLite lock and the connections; a second time is nothing."""
        self._undo.close()


async def serve(deployment: Deployment, role: str, started: Callable[[Callable[[], None]], None] | None = None) -> None:
    """Run ``role`` until SIGTERM or SIGINT; turns that run are given ten seconds to end.

    ``started`` is called once everything runs, with a function that stops it again, for any thread.
    """
    from scheduler.clock import Clock, Ticker

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if threading.current_thread() is threading.main_thread():  # only there are signals heard
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        if role in ("worker", "all"):
            worker = await asyncio.to_thread(deployment.worker)
            stack.push_async_callback(asyncio.to_thread, worker.close)
        port = await _web(deployment, stack) if role in ("web", "all") else None
        if role in ("clock", "all"):
            ticker = Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace)
            clock = Clock(ticker, seconds=0.25 if deployment.settings.daybook_clock else 1.0)
            stack.push_async_callback(asyncio.to_thread, clock.close)
        settle()
        log.info("running", role=role, port=port, database=deployment.database.dialect.name)
        if started is not None:
            started(partial(_call, loop, stop.set))
        await stop.wait()
        log.info("stopping", role=role)


def settle() -> None:
    """What is loaded by now stays until the end: Python need not go through it for garbage again and again."""
    gc.collect()
    gc.freeze()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(what)


async def _web(deployment: Deployment, stack: contextlib.AsyncExitStack) -> int:
    import uvicorn

    from agents import catalogue
    from bot import app as bot_app
    from bot import http as bot_http
    from bot.door import Door
    from bot.errands import Runner
    from bot.intake import Intake
    from bot.socket import open_socket
    from tools.cards import Cards
    from web import app as web_app
    from web import hubspot_webhook, trace

    settings = deployment.settings
    intake = Intake(deployment.database)
    stack.push_async_callback(asyncio.to_thread, intake.close)
    door = Door(
        deployment.database,
        deployment.queue,
        deployment.systems,
        deployment.workspace,
        intake,
        await asyncio.to_thread(catalogue.askable),
        Cards(deployment.systems, deployment.workspace),
    )
    errands = Runner(door)
    stack.push_async_callback(errands.close)
    app = bot_app.build(replace(door, tell_errands=errands.tell))
    events: Any | None = None
    app_token = settings.value("slack_app_token")
    if app_token is None:
        settings.need("slack_signing_secret")
        events = bot_http.endpoint(app)
    news: Any | None = None
    if settings.hubspot_client_secret is not None:
        settings.need("daybook_public_url")
        news = hubspot_webhook.endpoint(
            door, str(settings.value("hubspot_client_secret")), str(settings.daybook_public_url)
        )
    traces = trace.endpoint(deployment.database, deployment.systems) if settings.daybook_public_url else None
    server = uvicorn.Server(
        uvicorn.Config(
            web_app.build(events, deployment.problems, news, traces),
            host=settings.daybook_host,
            port=settings.daybook_port,
            log_config=None,
            access_log=False,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]  # ours are set already
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            await serving
            raise SettingsError(
                f"DAYBOOK_PORT: {settings.daybook_host}:{settings.daybook_port} can't be listened on. "
                + Settings.where("daybook_port")
            )
        await asyncio.sleep(0.01)

    async def end() -> None:
        server.should_exit = True
        await serving

    stack.push_async_callback(end)
    if app_token is not None:
        stack.push_async_callback(await open_socket(app, app_token))
    return int(server.servers[0].sockets[0].getsockname()[1])
