"""Pictures of the sandbox's page, taken by a headless Chromium that talks to this machine only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str:
    """Where Chromium is. Without one the calling test is skipped, or fails when DAYBOOK_REQUIRE_BROWSER is 1."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium on this machine: install chromium to try the page"
        if os.environ.get("DAYBOOK_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium, closed afterwards."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            yield running
        finally:
            running.close()


def settled(page: Page) -> None:
    """Wait until the page is live and shows what there is to see."""
    page.wait_for_selector(".line.live", state="attached")
    page.wait_for_selector(".message, .empty, .home .block")


def screenshot(
    page_url: str,
    user: str,
    path: str | Path,
    width: int = 1280,
    height: int = 860,
    *,
    tab: str = "messages",
    top: bool = False,
) -> None:
    """A PNG of that person's DM with the app (or its Home tab, `tab="home"`), in CSS pixels at twice their density.

    `top` scrolls to the beginning of the newest message instead of its end.
    """
    with browser() as running:
        page = running.new_page(viewport={"width": width, "height": height}, device_scale_factor=2)
        page.goto(f"{page_url.rstrip('/')}/?user={user}" + ("&tab=home" if tab == "home" else ""))
        settled(page)
        if top:
            newest = page.locator(".conversation > .scroller > div:has(> .message)").last
            newest.evaluate("row => row.scrollIntoView()")
        page.screenshot(path=str(path))
