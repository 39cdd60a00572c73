"""Debian's Chromium, driven by Playwright; nothing is downloaded, and it keeps its mouth shut on the network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1;localhost",
    "--disable-dev-shm-usage",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is missing: `make test` installs it.", pytrace=False)
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


class Complaints:
    """What a page must not do: errors in its console, requests to other places."""

    def __init__(self, page: Page, origin: str) -> None:
        self.origin = origin
        self.found: list[str] = []
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("request", self.asked)

    def heard(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 4xx by design, and Chromium reports every one of those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.found.append(f"console: {message.text}")

    def asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:", "about:")):
            self.found.append(f"outside address: {request.url}")


def options(**given: Any) -> dict[str, Any]:
    """A window as people have it, in Russian and with our time unless said otherwise."""
    return {"locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": {"width": 1440, "height": 900}, **given}
