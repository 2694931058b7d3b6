"""The peer Datasette: the SQLite file as Datasette serves it, without the extras that a client of its JSON does not need.

uvicorn calls `asgi`, from the environment that the benchmark made for Datasette.
"""

from __future__ import annotations

import os
from typing import Any

from datasette.app import Datasette  # type: ignore[import-not-found, unused-ignore]  # it is in the peer's environment


def asgi() -> Any:
    """The application over the file that `PEER_DATABASE` names."""
    settings = {"suggest_facets": False, "max_returned_rows": 1000}
    return Datasette([os.environ["PEER_DATABASE"]], settings=settings, secret="bench").app()
