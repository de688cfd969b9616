"""Makes the README's pictures: a real morning list, its *Why?* and a conversation, in the sandbox's page, in Chromium.

``make screenshot`` runs it. It starts the stand-ins and the whole bot as ``daybook demo`` does, moves the clock to one
rep's nine o'clock, waits for their list and takes ``docs/morning.png``; then it presses *Why?* on the second account
and takes ``docs/why.png``; then it says two sentences to the bot, as the rep would, and takes
``docs/conversation.png``. ``--rep`` picks another rep of the sample company, by part of the name.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select

from cli import logs
from cli import sandbox as stand_ins
from cli.running import Deployment, serve
from cli.sync import read_all
from records import people
from records.people import Person
from scheduler import sync_records
from scheduler.clock import Ticker
from sessions import schedules
from sessions.session import ENDED
from sessions.store import inbox
from sessions.store import schedules as schedule_rows
from systems import settings as settings_module
from systems.ports import KEYED

DOCS = Path(__file__).resolve().parent
EVE = "2026-11-22T20:00:00+00:00"
"""Sunday evening in London: every rep's Monday 9:00 is still ahead."""
WIDTH, HEIGHT = 1280, 940
SAID = ("I called Acme and left a message", "move Globex to proposal, 40k, closing in March")
PATIENCE_SECONDS = 60
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


class NoPicture(Exception):
    """The picture could not be taken; the message says what is missing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rep", default="Wren", help="part of the name of the rep whose list is shown")
    rep = parser.parse_args().rep
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium on this machine: install chromium and run this again.")
    logs.start("text", level=40)
    with tempfile.TemporaryDirectory(prefix="daybook-picture-") as folder:
        sandbox, environment = stand_ins.start(["--now", EVE], reps=12, accounts=40, seed=1, limits=False)
        try:
            _with_the_bot(environment, Path(folder), lambda bot: _picture(bot, environment, rep, chromium))
        finally:
            sandbox.terminate()
            sandbox.wait(timeout=10)


def _with_the_bot(environment: dict[str, str], folder: Path, work: Callable[[Deployment], None]) -> None:
    """Run web, worker and clock in this process while ``work`` goes on beside them."""
    given = {**environment, "DATABASE_URL": f"sqlite:///{folder}/picture.sqlite", "DAYBOOK_PORT": "0"}
    deployment = Deployment(settings_module.load(given), exclusive=True, migrate=True)
    failure: list[BaseException] = []

    def started(stop: Callable[[], None]) -> None:
        def beside() -> None:
            try:
                work(deployment)
            except BaseException as broken:  # noqa: BLE001 - raised again by the main thread
                failure.append(broken)
            finally:
                stop()

        threading.Thread(target=beside, name="picture", daemon=True).start()

    try:
        read_all(deployment, full=False, quiet=True)
        for kind in KEYED:  # what `daybook doctor` does for a real portal: without its key nothing may be logged
            deployment.systems.crm.ensure_key(kind)
        ticker = Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace)
        ticker.arrange(deployment.systems.clock.now())
        asyncio.run(serve(deployment, "all", started))
    finally:
        deployment.close()
    if failure:
        raise failure[0]


def _picture(deployment: Deployment, environment: dict[str, str], name: str, chromium: str) -> None:
    control = environment["DAYBOOK_SANDBOX_PAGE"].rstrip("/")
    with deployment.database.connect() as connection:
        rep = people.find_one(connection, name)
        row: dict[str, Any] | None = schedules.get(connection, deployment.workspace, "morning_list", rep.id)
    if row is None:
        raise NoPicture(f"{rep.name} has no morning list; choose another with --rep.")
    nine = int(row["next_at"])
    # From one colleague's nine o'clock to the next, so that theirs are delivered too, and not skipped as too late.
    while (due := _soonest(deployment)) is not None and due <= nine:
        for moment in (due - sync_records.BEFORE_LISTS_MS, due):
            _set_clock(control, moment)
            _all_done(deployment, moment)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
            _shoot(page, control, rep)
        finally:
            browser.close()


def _soonest(deployment: Deployment) -> int | None:
    with deployment.database.connect() as connection:
        return schedules.soonest(connection, deployment.workspace, "morning_list", deployment.systems.clock.now())


def _set_clock(control: str, at: int) -> None:
    body = json.dumps({"set": at}).encode()
    asked = urllib.request.Request(f"{control}/_sandbox/clock", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=10).close()


def _all_done(deployment: Deployment, by: int) -> None:
    """Wait until everything due by then has been set off and has ended."""
    behind = select(func.count()).where(schedule_rows.c.next_at <= by)
    unfinished = select(func.count()).where(inbox.c.state.not_in(ENDED))
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        with deployment.database.connect() as connection:
            if not connection.scalar(behind) and not connection.scalar(unfinished):
                return
        time.sleep(0.1)
    raise NoPicture("The lists were not delivered within a minute; `daybook demo --headless` would say more.")


def _shoot(page: Page, address: str, rep: Person) -> None:
    page.goto(f"{address}/?user={rep.id}")
    page.wait_for_selector(".line.live", state="attached")
    page.wait_for_selector(".message")
    newest = page.locator(".conversation > .scroller > div:has(> .message)").last
    newest.evaluate("row => row.scrollIntoView()")
    _take(page, "morning.png")
    newest.get_by_text("Why?", exact=True).nth(1).click()  # the second one's sum is short enough to be seen whole
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.screenshot(path=str(DOCS / "why.png"))
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    _talk(page)
    shown = f"docs/morning.png and docs/why.png show {rep.name}'s list"
    sys.stdout.write(f"{shown}, docs/conversation.png what they said.\n")


def _talk(page: Page) -> None:
    """Say what was done (and see its *Undo*), then what is to change (and see the card), in one thread."""
    box = page.get_by_label("Message Daybook")
    box.fill(SAID[0])
    box.press("Enter")
    page.get_by_role("button", name="Daybook answered in a thread: open it").click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.get_by_role("button", name="Undo").wait_for()
    reply = page.get_by_label("Reply…")
    reply.fill(SAID[1])
    reply.press("Enter")
    thread.get_by_role("button", name="Apply").wait_for()
    thread.get_by_text("nothing changes before Apply").wait_for()
    page.mouse.move(0, 0)
    _take(page, "conversation.png")


def _take(page: Page, name: str) -> None:
    # Bringing a message into view may also have moved the page itself.
    page.evaluate("document.scrollingElement.scrollTop = 0")
    page.screenshot(path=str(DOCS / name))


if __name__ == "__main__":
    main()
