"""The peer sandman2: the table as sandman2 reflects it, for reading only.

gunicorn calls `wsgi`, from the environment that the benchmark made for sandman2.
"""

from __future__ import annotations

import os
from typing import Any

from sandman2 import get_app  # type: ignore[import-not-found, unused-ignore]  # it is in the peer's environment


def wsgi() -> Any:
    """The application over the file that `PEER_DATABASE` names."""
    return get_app(f"sqlite:///{os.environ['PEER_DATABASE']}", read_only=True)
