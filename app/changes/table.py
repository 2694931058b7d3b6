"""The whole table of changes, by code, in the order in which the reference shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.changes.kinds import Kind
from app.changes.kinds_of_answers import ANSWERS, FIELDS, TEXTS
from app.changes.kinds_of_requests import PARAMETERS
from app.changes.kinds_of_versions import ACCESS, PATHS, VERSIONS

KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind for rows in (VERSIONS, PATHS, PARAMETERS, ANSWERS, FIELDS, ACCESS, TEXTS) for kind in rows
}
