"""Makes the README's picture: a real morning list and its *Why?*, in the sandbox's page, in a headless Chromium.

``make screenshot`` runs it. It starts the stand-ins and the whole bot as ``daybook demo`` does, moves the clock to one
rep's nine o'clock, waits for their list and takes ``docs/morning.png``; then it presses *Why?* on the first account
and takes ``docs/why.png``. ``--rep`` picks another rep of the sample company, by part of the name.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from cli import demo, logs
from cli import sandbox as stand_ins
from cli.running import Deployment, serve
from cli.sync import read_all
from records import people
from records.people import Person
from scheduler import sync_records
from scheduler.clock import Ticker
from sessions import schedules
from systems import settings as settings_module

DOCS = Path(__file__).resolve().parent
WIDTH, HEIGHT = 1280, 900
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


class NoPicture(Exception):
    """The picture could not be taken; the message says what is missing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rep", default="Matilda", help="part of the name of the rep whose list is shown")
    rep = parser.parse_args().rep
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium on this machine: install chromium and run this again.")
    logs.start("text", level=40)
    with tempfile.TemporaryDirectory(prefix="daybook-picture-") as folder:
        sandbox, environment = stand_ins.start(["--now", demo.EVE], reps=12, accounts=40, seed=1)
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
    demo._set_clock(control, nine - sync_records.BEFORE_LISTS_MS)
    demo._ended(deployment, "sync_records", nine - sync_records.BEFORE_LISTS_MS)
    demo._set_clock(control, nine)
    demo._ended(deployment, "morning_list", nine)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
            _shoot(page, control, rep)
        finally:
            browser.close()


def _shoot(page: Page, address: str, rep: Person) -> None:
    page.goto(f"{address}/?user={rep.id}")
    page.wait_for_selector(".line.live", state="attached")
    page.wait_for_selector(".message")
    newest = page.locator(".conversation > .scroller > div:has(> .message)").last
    newest.evaluate("row => row.scrollIntoView()")
    page.screenshot(path=str(DOCS / "morning.png"))
    newest.get_by_role("button", name="Why?").first.click()
    page.wait_for_selector("[role=dialog]")
    page.screenshot(path=str(DOCS / "why.png"))
    print(f"docs/morning.png and docs/why.png show {rep.name}'s list.")


if __name__ == "__main__":
    main()
