"""Chromium over its DevTools protocol: just enough to open a page, look at it, and know everything that it asked for.

Needs Debian's `chromium` and the small `websocket-client`; no driver, no browser of its own.
"""

from __future__ import annotations

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
PATIENCE = 60.0  # seconds until a page that does not get ready fails its test


def program() -> str:
    """The browser. Without one the test is skipped, or fails where everything is required."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is not None:
        return found
    if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
        pytest.fail("Chromium is missing, and BASCULE_TEST_REQUIRE=all")
    pytest.skip("Chromium is missing")


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
                assert "error" not in message, f"{method}: {message['error']}"
                return dict(message["result"])
            self.events.append(message)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str) -> Any:
        """The value of the expression as soon as it is a true one."""
        end = monotonic() + PATIENCE
        while not (value := self.evaluate(expression)):
            assert monotonic() < end, f"not so after {PATIENCE:g} s: {expression}"
            sleep(0.1)
        return value

    def open(self, address: str) -> None:
        """Go there and wait until it has loaded."""
        self.send("Page.navigate", url=address)
        self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(address)})")

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
