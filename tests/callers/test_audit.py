"""Events: what a line says, what it never says, and what happens where it cannot be written."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.callers.audit import HIDDEN, MOST_KEYS, AuditFailed, AuditLog, Seals, audit_log, keys_of, moment, redaction
from tests.adapters.guard.fakes import Child
from tests.callers.audited import AT, PLAIN, SECRET, audit, faults, rows, written

CANARY = "k4n4ry5ecret"
ORDERS = redaction(
    ["limit", "cursor", "status", "customer", "customer[prefix]", "born_on[gte]"], ["customer", "born_on"]
)

anything = st.text(st.characters(), max_size=12)  # control characters and lone surrogates too
with_canary = st.builds(lambda before, after: before + CANARY + after, anything, anything)


def test_an_event_is_a_json_object(tmp_path: Path) -> None:
    """Every member stands in the line under its name, times in UTC and in milliseconds."""
    audit(tmp_path / "a").write(PLAIN)
    (found,) = written(tmp_path / "a")
    assert found.pop("process").startswith(f"{os.getpid()}-")
    assert len(found.pop("chain")) == 32
    assert found == {
        "at": "2026-11-01T12:00:00.250Z",
        "request_id": "r1",
        "caller": "key:4f9Zk2Qa",
        "name": "Portal",
        "client": "10.0.0.1",
        "method": "GET",
        "path": "/v1/orders",
        "resource": "orders",
        "parameters": [["status", "open"]],
        "status": 200,
        "decision": "served",
        "reason": "",
        "sources": ["erp"],
        "rows": 2,
        "bytes": 123,
        "took_ms": 12.5,
        "cache": "miss",
        "keys": [4711, 4712],
        "more": False,
        "number": 1,
    }


def test_moments_sort_like_times() -> None:
    """Texts of later times are greater, over seconds and years."""
    times = [0.0, 0.999, 1.0, AT, AT + 0.001, AT + 1, AT + 40_000_000]
    assert [moment(at) for at in times] == sorted(moment(at) for at in times)
    assert moment(0.999) == "1970-01-01T00:00:00.999Z"


def test_keys_are_bounded() -> None:
    """A longer list is cut, and says so; keys of several parts are lists."""
    exact, longer = keys_of([*range(MOST_KEYS)]), keys_of([*range(MOST_KEYS + 1)])
    assert (exact.more, longer.more) == (False, True)
    assert longer.text == exact.text
    assert keys_of([("A/1", 2)]).text == b'[["A/1",2]]'


def test_what_is_classified_stays_out() -> None:
    """Values of classified fields, cursors, and all of unknown parameters are hidden; the rest stands as it was asked."""
    asked = [
        ("status", "open"),
        ("limit", "5"),
        ("cursor", "c"),
        ("customer", "x"),
        ("customer[prefix]", "x"),
        ("who", "x"),
    ]
    shown = [("status", "open"), ("limit", "5"), ("cursor", HIDDEN), ("customer", HIDDEN), ("customer[prefix]", HIDDEN)]
    assert ORDERS.parameters(asked) == (*shown, (HIDDEN, HIDDEN))


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["cursor", "customer", "customer[prefix]", "born_on[gte]"]), with_canary),
            st.tuples(with_canary, anything),
            st.tuples(anything.filter(lambda name: name not in ORDERS.shown), with_canary),
        ),
        max_size=6,
    )
)
def test_no_secret_gets_into_a_line(pairs: list[tuple[str, str]]) -> None:
    """A canary in a cursor, a classified filter, or an unknown parameter's name or value is in none of the bytes written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        audit(path).write(PLAIN._replace(parameters=ORDERS.parameters(pairs)))
        assert CANARY.encode() not in path.read_bytes()
        assert SECRET.encode() not in path.read_bytes()
        assert len(written(path)[0]["parameters"]) == len(pairs)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(anything, min_size=8, max_size=8), key=st.text(max_size=12))
def test_nothing_breaks_a_line(texts: list[str], key: str) -> None:
    """Whatever texts an event holds, it is one line for every reader of lines, and valid JSON with nothing that rules a terminal."""
    request_id, caller, name, client, path_text, reason, parameter, value = texts
    event = PLAIN._replace(
        request_id=request_id, caller=caller, name=name, client=client, path=path_text, reason=reason
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        log = audit(path)
        for each in (event._replace(parameters=((parameter, value),), keys=keys_of([key])), PLAIN):
            log.write(each)
        lines = path.read_bytes().decode("utf-8").splitlines()
        assert len(lines) == 2
        assert not any("\x7f" <= character <= "\x9f" or character < " " for line in lines for character in line)
        assert orjson.loads(lines[0])["keys"] == [key]
        assert faults(path) == []


def test_a_delete_is_escaped(tmp_path: Path) -> None:
    """The one control character that is neither below a blank nor beyond ASCII does not stand in a line either."""
    audit(tmp_path / "a").write(PLAIN._replace(name="a\x7fb"))
    assert b"\x7f" not in (tmp_path / "a").read_bytes()
    assert written(tmp_path / "a")[0]["name"] == "a\x7fb"


def test_lone_surrogates_become_question_marks(tmp_path: Path) -> None:
    """The rest of the text stands, whatever else is in the event."""
    audit(tmp_path / "a").write(PLAIN._replace(name="a\udc80b\u2028ü"))
    assert written(tmp_path / "a")[0]["name"] == "a?b\u2028ü"
    assert b"\\u2028" in (tmp_path / "a").read_bytes()


def test_what_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    """Each event is refused and counted; the operator hears once that it began and once that it is over."""
    told: list[str] = []
    log = audit(tmp_path / "later" / "a", told=told)
    for _ in range(3):
        with pytest.raises(AuditFailed, match="No such file"):
            log.write(PLAIN)
    assert len(told) == 1
    (tmp_path / "later").mkdir()
    log.write(PLAIN)
    log.write(PLAIN)
    assert told[1:] == [f"the audit is written to {tmp_path / 'later' / 'a'} again; 3 events are not in it"]
    assert log.lost == 3
    assert faults(tmp_path / "later" / "a") == []


def test_threads_keep_the_chain(tmp_path: Path) -> None:
    """Events of several threads stand one after the other, each sealed after the one before."""
    log = audit(tmp_path / "a")
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda _: log.write(PLAIN), range(200)))
    assert [event["number"] for event in written(tmp_path / "a")] == list(range(1, 201))
    assert faults(tmp_path / "a") == []


def test_a_child_has_a_chain_of_its_own(tmp_path: Path) -> None:
    """After a fork, even out of the midst of a line, the child writes as another process and the parent goes on."""
    log = audit(tmp_path / "a")
    log.write(PLAIN)
    with log._lock:
        child = Child(lambda: log.write(PLAIN))
    assert child.good()
    log.write(PLAIN)
    found = written(tmp_path / "a")
    assert [event["number"] for event in found] == [1, 1, 2]
    assert found[0]["process"] == found[2]["process"] != found[1]["process"]
    assert faults(tmp_path / "a") == []


def test_a_closed_audit_opens_again(tmp_path: Path) -> None:
    """Closing gives the descriptor back and ends no chain."""
    log = audit(tmp_path / "a")
    log.write(PLAIN)
    log.close()
    log.write(PLAIN)
    assert [event["number"] for event in written(tmp_path / "a")] == [1, 2]


def test_standard_output_can_be_the_record(capfd: pytest.CaptureFixture[str]) -> None:
    """`-` writes the same lines there, and nowhere else; an empty setting writes nothing."""
    log = audit_log("-", 0, 1)
    assert log is not None
    log.write(PLAIN)
    log.close()
    log.write(PLAIN)
    numbers = [orjson.loads(line)["number"] for line in capfd.readouterr().out.splitlines()]
    assert numbers == [1, 2]
    assert audit_log("", 0, 1) is None
    with pytest.raises(ValueError, match="a file"):
        AuditLog("", 0, 1)


def test_standard_output_can_have_a_copy(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The copy is the same line; where it fails, that is told and the event still counts as written."""
    told: list[str] = []
    log = AuditLog(str(tmp_path / "a"), 0, 1, stdout=True, tell=told.append)
    log.write(PLAIN)
    assert capfd.readouterr().out.encode() == (tmp_path / "a").read_bytes()
    log._copies[0].sink._descriptor = -1  # type: ignore[attr-defined]  # a stream's, closed by whoever held it
    log.write(PLAIN)
    log.write(PLAIN)
    assert len(rows(tmp_path / "a")) == 3
    assert (len(told), log.lost) == (1, 0)


def test_a_file_and_standard_output_can_be_asked_for_together(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`a,-` writes each line to both; a comma elsewhere belongs to the file's name."""
    for setting, copied in ((f"{tmp_path / 'a'},-", True), (f"{tmp_path / 'a,-b'}", False)):
        log = audit_log(setting, 0, 1)
        assert log is not None
        log.write(PLAIN)
        log.close()
        (line,) = rows(Path(setting.removesuffix(",-")))
        assert capfd.readouterr().out.encode() == (line + b"\n" if copied else b"")


def test_a_secret_may_be_of_any_bytes() -> None:
    """A setting that is no UTF-8 keys the seals as any other does."""
    first, second = (Seals(f"caf{byte}") for byte in "\udce9\udcea")
    assert first.pseudonym("a") != second.pseudonym("a")
    assert first.pseudonym("a") == Seals("caf\udce9").pseudonym("a")


def test_a_pseudonym_needs_the_secret() -> None:
    """The same key has the same name under one secret, another under another; without a secret there is only the mark."""
    one, other = Seals("one"), Seals("other")
    assert one.pseudonym("4711") == Seals("one").pseudonym("4711") != one.pseudonym("4712")
    assert one.pseudonym("4711") != other.pseudonym("4711")
    assert "4711" not in one.pseudonym("4711")
    assert Seals().pseudonym("4711") == HIDDEN
