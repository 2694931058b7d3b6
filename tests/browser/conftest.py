"""A gateway on a free port, and a browser in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from app.web.factory import create_app
from tests.browser.devtools import Page, browser
from tests.http import plans


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a gateway that is being served."""
    server = make_server("127.0.0.1", 0, create_app(plans.gateway()), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """An empty page in a browser of its own."""
    with browser(tmp_path) as found:
        yield found
