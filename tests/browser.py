"""A real browser for the tests of the explorer: Debian's Chromium, driven by Playwright, and a server of the page.

Whatever a page asks of another server is refused by the browser and told, and fails the test, as does anything that a
page complains of on its console.  Without a browser such tests are skipped, but where `.ci/run` runs them they fail.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    # no name, and no address but this machine's own, is ever looked up
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]
PHONE, LAPTOP, WALL = (390, 844), (1280, 800), (2560, 1440)
"""Sizes of windows: width and height."""

PATIENCE = 30_000
"""Milliseconds until something that should happen counts as not happening: machines may be busy."""


def no_browser() -> str | None:
    """Return why there is no browser, or None."""
    return None if CHROMIUM.is_file() else f"there is no {CHROMIUM}"


def needed(missing: str | None) -> None:
    """Skip a test for want of what it needs, or fail it where `.ci/run` has promised it."""
    if missing is None:
        return
    if os.environ.get("TORUSYNC_BROWSER") == "required":
        pytest.fail(f"{missing}, but TORUSYNC_BROWSER says that it is required")
    pytest.skip(missing)


@dataclass
class Visit:
    """One page in a window of its own, and what it asked for and complained of."""

    page: Any
    origin: str
    asked: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    refusals: bool = False
    """Whether answers with status 400 are what the test is about: browsers write them on the console."""

    def listen(self) -> None:
        """Note what the page asks for and what it complains of."""
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("crash", lambda _: self.complaints.append("the page crashed"))

    def _asked(self, url: str) -> None:
        self.asked.append(url)
        if not url.startswith((self.origin, "data:", "blob:", "about:")):
            self.foreign.append(url)

    def _said(self, message: Any) -> None:
        if message.type not in {"error", "warning"} or "GPU stall due to ReadPixels" in message.text:
            return
        if self.refusals and re.search(r"status of 4(00|13|22)", message.text):
            return
        self.complaints.append(f"{message.type}: {message.text}")

    def open(self, query: str = "") -> "Visit":
        """Open the page at a state and wait until it shows it."""
        self.page.goto(self.origin + query)
        return self.settled()

    def settled(self, patience: int = PATIENCE) -> "Visit":
        """Wait until nothing is asked and nothing waits to be drawn."""
        # not by a condition in JavaScript, which Playwright evaluates as text, and the page allows no such thing
        self.page.wait_for_selector("html[data-settled='true']", state="attached", timeout=patience)
        return self

    def number(self, name: str) -> float:
        """Return a number that the page shows, with all the digits that it has of it."""
        return float(self.page.locator(f"[data-name='{name}']").first.get_attribute("data-value"))

    def field(self, name: str) -> Any:
        """Return the field of a parameter."""
        return self.page.locator(f"[data-parameter='{name}'] input[type=text]")

    def slider(self, name: str) -> Any:
        """Return the slider of a parameter."""
        return self.page.locator(f"[data-parameter='{name}'] input[type=range]")

    def type(self, name: str, value: object) -> "Visit":
        """Type a value, as a finished gesture."""
        self.field(name).fill(str(value))
        self.field(name).press("Enter")
        return self.settled()

    @property
    def query(self) -> str:
        """What the address says of the state."""
        return self.page.evaluate("location.search")

    def frames(self, count: int = 2) -> None:
        """Wait until so many frames were drawn."""
        self.page.evaluate(
            "count => new Promise(done => { const next = left => left ? "
            "requestAnimationFrame(() => next(left - 1)) : done(); next(count); })",
            count,
        )

    def nothing_amiss(self) -> None:
        """Assert that the page complained of nothing and asked nobody else."""
        assert not self.complaints
        assert not self.foreign


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    needed(no_browser())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Any, origin: str, **settings: Any) -> Iterator[Visit]:
    """Return a page in a window of its own; what is amiss with it fails when it is left."""
    width, height = settings.pop("size", LAPTOP)
    refusals = settings.pop("refusals", False)
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=settings.pop("theme", "light"),
        reduced_motion="reduce" if settings.pop("calm", True) else "no-preference",
        accept_downloads=True,
        **settings,
    )
    with closing(context):
        context.set_default_timeout(PATIENCE)
        visit = Visit(context.new_page(), origin, refusals=refusals)
        visit.listen()
        yield visit
        visit.nothing_amiss()


@contextmanager
def explorer(*options: str) -> Iterator[str]:
    """The command ``torusync explore`` on a free port; its address."""
    command = [sys.executable, "-m", "torusync", "explore", "--no-browser", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                yield found[0]
                break
        else:
            pytest.fail(f"torusync explore ended: {''.join(said)}")
    finally:
        process.terminate()
        process.communicate(timeout=10)


Visitor = Callable[..., Visit]


@contextmanager
def visitor(browser: Any, origin: str) -> Iterator[Visitor]:
    """What opens the page at a state, in a window of its own."""
    with ExitStack() as stack:
        yield lambda query="", **settings: stack.enter_context(visiting(browser, origin, **settings)).open(query)
