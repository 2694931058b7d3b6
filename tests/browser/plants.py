"""The demo plant with its example apps, served to a browser: open, or closed; with sources that can be put to sleep.

In charge of a copy of the plant that a test may change, and of counting what its sources are asked.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from adapters.port import Rows, Source, Unavailable
from app.assembly import compile_folder, open_gateway
from app.callers.desk import Desk
from app.callers.key_manager import Grant
from app.callers.link_manager import Wish
from app.demo.links import apps_folder
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from app.web.factory import create_app
from tests.browser.devtools import PATIENCE

FLOOR = ("jobs", "job-operations", "work-centers")  # what the job board reads


class Switched:
    """A source that can be put to sleep, and counts what it is asked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.asleep = False
        self.seconds: float | None = None  # for how long, where it knows
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def run(self, *arguments: Any, **more: Any) -> Rows:
        """Run the statement, or fail as a host does that is not there."""
        if self.asleep:
            failure = Unavailable("the host is asleep")
            failure.retry_after = self.seconds
            raise failure
        self.statements += 1
        return self._source.run(*arguments, **more)


@dataclass(frozen=True)
class Plant:
    """A plant that is served at `origin`."""

    origin: str
    folder: Path
    gateway: Gateway
    sources: dict[str, Switched]

    @property
    def desk(self) -> Desk:
        """What gives out keys and links."""
        assert self.gateway.desk is not None
        return self.gateway.desk

    @property
    def statements(self) -> int:
        """How many statements its sources have been asked."""
        return sum(each.statements for each in self.sources.values())

    def sleep(self, *, asleep: bool = True, seconds: float | None = None) -> None:
        """Put all its sources to sleep, for so many seconds if they know, or wake them."""
        for each in self.sources.values():
            each.asleep, each.seconds = asleep, seconds

    def key(self, *scopes: str) -> str:
        """The text of a new key, once it is known: that takes a second at most."""
        text, _ = self.desk.keys.create(Grant("Board", scopes, {}))
        client = create_app(self.gateway).test_client()
        end = monotonic() + PATIENCE
        while client.get("/v1/orders?limit=1", headers={"X-Api-Key": text}).status_code == 401:
            assert monotonic() < end, "a new key is not known"
            sleep(0.05)
        return text

    def link(self, wish: Wish) -> str:
        """The text of a new link."""
        return self.desk.links.create(self.gateway.plan, wish)[0]

    def write(self, statement: str) -> None:
        """Change something on the shop floor."""
        connection = sqlite3.connect(self.folder / "mes.db")
        with connection:
            connection.execute(statement)
        connection.close()


def _apps(folder: Path) -> Path:
    """A copy of the example apps, as somebody copies them who wants the tracking page to look again each second."""
    shutil.copytree(apps_folder(), folder)
    config = folder / "order-tracking" / "config.js"
    config.write_text(config.read_text(encoding="utf-8").replace("every: 60,", "every: 1,"), encoding="utf-8")
    return folder


class _Quiet(WSGIRequestHandler):
    """Requests are no lines on the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's own name for it
        """Write nothing."""


@contextmanager
def served(plant: Path, folder: Path, *, fresh: str, closed: bool = False, **settings: Any) -> Iterator[Plant]:
    """A copy of the demo plant in `folder`. Answers are fresh for as long as `fresh` says; `closed`: callers need keys."""
    shutil.copytree(plant, folder)
    for file in sorted((folder / "v1").glob("*.yaml")):
        text = re.sub(r"fresh: \w+, stale_while_revalidate: \w+", f"fresh: {fresh}", file.read_text(encoding="utf-8"))
        if closed and file.stem in FLOOR:
            text += "access: {read: floor:read}\n"
        file.write_text(text, encoding="utf-8")
    if closed:
        gateway_file = folder / "gateway.yaml"
        said = gateway_file.read_text(encoding="utf-8").replace("security: open ", "security: closed ")
        gateway_file.write_text(said, encoding="utf-8")
    own = Settings(apps=str(_apps(folder / "apps")), retry_after=1, **settings)
    opened = open_gateway(compile_folder(folder, {}), own, Observatory())
    sources = {name: Switched(source) for name, source in opened.sources.items()}
    gateway = replace(opened, sources=sources)
    server = make_server("127.0.0.1", 0, create_app(gateway), threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Plant(f"http://127.0.0.1:{server.port}", folder, gateway, sources)
    server.shutdown()
    thread.join()
    server.server_close()
    opened.close()
