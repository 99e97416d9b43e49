"""Pages in a real browser, and what they say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from support.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
REUTERS = "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL"
OTHER_SITE = "http://news.example"

# A page that a test makes up has no address; the browser would take the server's for one of a network nearer than its.
_ARGUMENTS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = f"there is no browser: none of {', '.join(_NAMES)} is installed"


def find_chromium() -> str | None:
    """Where the system's browser is."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """Run the browser without a window."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield running
        running.close()


def explorer(server: Server, **state: object) -> str:
    """The explorer's address with an article and settings."""
    return f"{server.url}/?{urlencode(state)}"


class Watched:
    """What a page said: faults are script errors, dialogs and what its policy forbade."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.warnings: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", self._dialog)
        page.on("console", self._console)

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)
        elif message.type == "warning":
            self.warnings.append(message.text)
