"""Log lines: as text for people, or as JSON for machines, one line each: ours and gunicorn's alike.

In charge of their form. It must not know what is told, nor where lines go.

Whatever a line says, it is one line: control characters are escaped, in text by `repr` of what is observed, in JSON all of them. A
traceback is a text of several lines, and one member of a JSON line.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

Format = Literal["text", "json"]

TEXT: Final = "%(asctime)s %(levelname)s %(process)d %(name)s %(message)s"
MOMENT: Final = "%Y-%m-%dT%H:%M:%S%z"


def formatter(form: str) -> logging.Formatter:
    """What writes lines in this form."""
    return JsonLines() if form == "json" else logging.Formatter(TEXT, MOMENT)


class JsonLines(logging.Formatter):
    """One JSON object a line: when (RFC 3339, UTC), how grave, which process, which logger, what; and an observation's fields by name."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
            **_said(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, separators=(",", ":"))


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """What the record says: an observation under its name, with its fields; anything else as a text."""
    observation = getattr(record, "observation", None)
    if observation is None:
        return {"message": record.getMessage()}
    return {"message": type(observation).__name__, **_fields(observation)}


def _fields(observation: Any) -> dict[str, Any]:
    """The fields by name, also those of what stands in them."""
    if is_dataclass(observation) and not isinstance(observation, type):
        return asdict(observation)
    return {name: _plain(value) for name, value in observation._asdict().items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return value._asdict()
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
