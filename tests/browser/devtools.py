"""Chromium over its DevTools protocol: just enough to open a page, use it by keyboard, look at it, and know everything that it asked for.

Needs Debian's `chromium` and the small `websocket-client`; no driver, no browser of its own. Whether a page can be used by
everybody is judged by axe-core, which npm brings (tests/clients/package.json).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=1400,1000",
)
AXE = Path(__file__).parent.parent / "clients" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = (390, 844)  # CSS pixels
DESKTOP = (1280, 900)
KEYS = {
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    " ": 32,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "/": 191,
}
LEFT = (
    "context was destroyed",
    "Cannot find default execution context",
    "navigated or closed",
    "Promise was collected",
)
PATIENCE = 60.0  # seconds until a page that does not get ready fails its test


def program() -> str:
    """The browser. Without one the test is skipped, or fails where everything is required."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is not None:
        return found
    if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
        pytest.fail("Chromium is missing, and BASCULE_TEST_REQUIRE=all")
    pytest.skip("Chromium is missing")


class Left(Exception):
    """A page was left while it was asked something: another one is on its way."""


class Page:
    """One page. `events` holds everything that the browser told of it, in order."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(address, timeout=PATIENCE)
        self.events: list[dict[str, Any]] = []
        self.sent = 0
        for domain in ("Page", "Network", "Runtime", "Log", "Audits"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command; its result."""
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv())
            if message.get("id") == self.sent:
                if "error" in message and any(said in message["error"]["message"] for said in LEFT):
                    raise Left(f"{method}: {message['error']}")
                assert "error" not in message, f"{method}: {message['error']}"
                return dict(message["result"])
            self.events.append(message)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str) -> Any:
        """The value of the expression as soon as it is a true one, on whatever page that is."""
        end = monotonic() + PATIENCE
        while not (value := self._there(expression)):
            assert monotonic() < end, f"not so after {PATIENCE:g} s: {expression}"
            sleep(0.1)
        return value

    def _there(self, expression: str) -> Any:
        """The value of the expression; None between two pages."""
        try:
            return self.evaluate(expression)
        except Left:
            return None

    def open(self, address: str) -> None:
        """Go there and wait until it has loaded."""
        self.send("Page.navigate", url=address)
        self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(address)})")

    def appear(self, width: int, height: int, *, dark: bool = False) -> None:
        """Show the page in a window of that size, in light or dark; below 600 pixels as a phone does."""
        mobile = width < 600
        scale = 2 if mobile else 1
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.send("Emulation.setEmulatedMedia", features=[scheme, still])

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        """Write what is shown, as PNG or, by the file's suffix, as WebP; `whole`: the page down to its end."""
        form: dict[str, Any] = {"format": "webp", "quality": 82} if file.suffix == ".webp" else {"format": "png"}
        taken = self.send("Page.captureScreenshot", captureBeyondViewport=whole, **form)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(taken["data"]))

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key, as DOM names it (`Tab`, `Enter`, `a`), and let it go."""
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        code = KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0)
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Write a text where the focus is."""
        self.send("Input.insertText", text=text)

    def focused(self) -> str:
        """What has the focus: its accessible name as far as its text or labels tell, for tests that go by keyboard alone."""
        found: str = self.evaluate(
            "(e => e ? (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.id || e.tagName).trim() : '')"
            "(document.activeElement)"
        )
        return found

    def tab_to(self, name: str, most: int = 80) -> None:
        """Press Tab until what has the focus is called `name`."""
        for _ in range(most):
            self.press("Tab")
            if self.focused() == name:
                return
        raise AssertionError(f"{most} times Tab do not lead to {name!r}")

    def overflow(self) -> int:
        """How many pixels the page is wider than its window: 0 where nothing has to be scrolled sideways."""
        return int(self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page when no colour changes any more, one line each: rule, why, where."""
        if not AXE.exists():
            if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
                pytest.fail("axe-core is missing, and BASCULE_TEST_REQUIRE=all")
            pytest.skip("axe-core is missing: npm ci --prefix tests/clients")
        self.until("document.getAnimations().every(each => !(each instanceof CSSTransition))")
        self.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
        found = self.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        return [
            f"{each['id']}: {each['help']}: {node['html'][:200]} — {node.get('failureSummary', '')}"
            for each in found
            for node in each["nodes"]
        ]

    def told(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every event of one kind so far."""
        self.evaluate("1")  # whatever came in between stands before the answer
        return [event["params"] for event in self.events if event.get("method") == method]

    def requests(self) -> list[str]:
        """Every address that the page, or a script of it, asked for."""
        return [event["request"]["url"] for event in self.told("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Errors on the console, exceptions, and violations of the Content-Security-Policy."""
        logged = [event["entry"] for event in self.told("Log.entryAdded")]
        issues = [event["issue"] for event in self.told("Audits.issueAdded")]
        return [
            *(f"{entry['source']}: {entry['text']}" for entry in logged if entry["level"] == "error"),
            *(str(event["exceptionDetails"]) for event in self.told("Runtime.exceptionThrown")),
            *(str(issue) for issue in issues if issue["code"] == "ContentSecurityPolicyIssue"),
        ]


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A browser with one empty page, its profile in the folder given."""
    command = [program(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            page = Page(_page_address(profile, process))
            yield page
            page.socket.close()
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _page_address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """The address of the page's socket: Chromium writes the browser's into its profile."""
    written = profile / "DevToolsActivePort"
    end = monotonic() + PATIENCE
    while not written.exists() or written.read_text().count("\n") < 1:
        assert process.poll() is None, "Chromium ended at once"
        assert monotonic() < end, "Chromium did not start"
        sleep(0.05)
    port, path = written.read_text().split("\n")[:2]
    control = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=PATIENCE)
    control.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
    target = json.loads(control.recv())["result"]["targetId"]
    control.close()
    return f"ws://127.0.0.1:{port}/devtools/page/{target}"
