"""Log lines: one line each, whatever they say, for people or for machines."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime
from typing import Any

import pytest

from app.observations import Cost, Observation, Served, SourceFailed, to_log
from app.web.log_lines import formatter


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the gateway's logger writes, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    ours = logging.getLogger("bascule")
    monkeypatch.setattr(ours, "handlers", [handler])
    monkeypatch.setattr(ours, "level", logging.DEBUG)
    ours.manager._clear_cache()  # type: ignore[attr-defined]  # whether a level is enabled is remembered
    return stream


def told(written: io.StringIO, observation: Observation) -> Any:
    """The line of an observation."""
    to_log(observation)
    return json.loads(written.getvalue())


def test_an_observation_is_told_by_its_fields(written: io.StringIO) -> None:
    """By name, beside what every line has."""
    line = told(written, SourceFailed("erp", "Busy", "all eight are taken", "r1", 0.5))
    at = datetime.fromisoformat(line.pop("time"))
    assert at.tzinfo is not None
    assert isinstance(line.pop("process"), int)
    assert line == {
        "level": "warning", "logger": "bascule", "message": "SourceFailed",
        "source": "erp", "error": "Busy", "text": "all eight are taken", "request_id": "r1", "took": 0.5,
    }  # fmt: skip


def test_what_stands_in_a_field_is_told_by_name_too(written: io.StringIO) -> None:
    """A request's costs; its stages stay pairs."""
    line = told(
        written, Served("r1", "GET", "/v1/orders", 200, 0.5, (("query", 0.1),), costs=(Cost("erp", 1, 2, 3.5),))
    )
    assert line["costs"] == [{"source": "erp", "statements": 1, "rows": 2, "milliseconds": 3.5}]
    assert line["stages"] == [["query", 0.1]]
    assert (line["message"], line["status"]) == ("Served", 200)


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_observation_is_one_line(form: str) -> None:
    """Whatever a driver says: a line feed, an escape, a line separator, a lone surrogate."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    text = 'evil\n{"level":"info"}\r\x1b[2J\u2028\x85\ud800'
    observation = SourceFailed("erp", "Unknown", text)
    record = logging.LogRecord("bascule", logging.WARNING, "", 0, "%s", (repr(observation),), None)
    record.observation = observation
    handler.handle(record)
    (line,) = stream.getvalue().splitlines()
    assert "\x1b" not in line
    assert form == "text" or json.loads(line)["text"] == text


def test_any_other_line_is_told_as_well() -> None:
    """gunicorn's, with their arguments; a traceback is one member."""
    try:
        int("no\nnumber")
    except ValueError as failure:
        caught = (ValueError, failure, failure.__traceback__)
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 0, "Worker (pid:%s) was sent %s", (7, "SIG\nKILL"), caught
    )
    text = formatter("json").format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert (line["logger"], line["message"]) == ("gunicorn.error", "Worker (pid:7) was sent SIG\nKILL")
    assert line["exception"].endswith(r"invalid literal for int() with base 10: 'no\nnumber'")
