"""Reading the audit back: what is found, what damage is borne, and what verification sees."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.callers import audit_search
from app.callers.audit import Event, Seals, keys_of, moment
from app.callers.audit_file import rotated
from app.callers.audit_search import Line, Search, Verification, Wanted, lines, logs
from tests.callers.audited import AT, PLAIN, SECRET, audit, faults

Change = Callable[[list[bytes]], list[bytes]]

SEALS = Seals(SECRET)
EVENTS = (
    PLAIN._replace(request_id="list", keys=keys_of([4711, 4712])),
    PLAIN._replace(request_id="item", path="/v1/orders/4711", at=AT + 1, keys=keys_of([4711]), client="10.0.0.2"),
    PLAIN._replace(request_id="absent", path="/v1/orders/4711", status=404, decision="not-found", keys=keys_of([])),
    PLAIN._replace(request_id="pair", resource="lines", path="/v1/lines", keys=keys_of([("A/1", 2), ("B", 3)])),
    PLAIN._replace(request_id="cut", keys=keys_of([*range(5000, 5600)]), caller="token:plant/alice", client=""),
    PLAIN._replace(
        request_id="sealed",
        resource="people",
        path=f"/v1/people/{SEALS.pseudonym('7.8.1990')}",
        keys=keys_of([SEALS.pseudonym("7.8.1990")]),
        client="2001:db8::1",
        at=AT + 86_400,
    ),
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The events above, in several files."""
    written = audit(tmp_path / "a", 1000)
    for event in EVENTS:
        written.write(event)
    assert len(rotated(tmp_path / "a")) > 1
    return tmp_path / "a"


def _ids(found: list[Line]) -> list[str]:
    return [str(line.event["request_id"]) for line in found if line.event is not None]


def _found(log: Path, **wanted: Any) -> list[str]:
    return _ids(list(Search(Wanted(**wanted), SEALS).run(log)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["list", "item", "absent", "pair", "cut", "sealed"]),
        ({"members": {"caller": frozenset({"token:plant/alice"})}}, ["cut"]),
        ({"members": {"status": frozenset({404})}}, ["absent"]),
        ({"members": {"resource": frozenset({"lines", "people"})}}, ["pair", "sealed"]),
        ({"members": {"status": frozenset({404}), "resource": frozenset({"lines"})}}, []),
        ({"key": "4711"}, ["list", "item", "absent"]),
        ({"key": "47"}, []),
        ({"key": "A%2F1,2"}, ["pair"]),
        ({"key": "A/1,2"}, ["pair"]),
        ({"key": "A/1"}, []),
        ({"key": "7.8.1990"}, ["sealed"]),
        ({"key": "5499"}, ["cut"]),
        ({"networks": (ip_network("10.0.0.2"),)}, ["item"]),
        (
            {"networks": (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))},
            ["list", "item", "absent", "pair", "sealed"],
        ),
        ({"since": moment(AT + 1)}, ["item", "sealed"]),
        ({"until": moment(AT + 1)}, ["list", "absent", "pair", "cut"]),
        ({"since": moment(AT + 1), "until": moment(AT + 2)}, ["item"]),
    ],
)
def test_what_is_wanted_is_found(log: Path, wanted: dict[str, Any], found: list[str]) -> None:
    """Each way to search finds its events, in the order in which they were written, over all files."""
    assert _found(log, **wanted) == found


def test_keys_beyond_those_written_are_owned_up_to(log: Path) -> None:
    """A key that an event may have served without listing it is not found, but the search says that it is not sure."""
    search = Search(Wanted(key="5550"), SEALS)
    assert list(search.run(log)) == []
    assert search.unsure == 1


def test_a_classified_key_is_found_with_the_secret_alone(log: Path) -> None:
    """Without the secret nobody can tell whose row it was."""
    audit(log).write(PLAIN._replace(keys=keys_of([Seals().pseudonym("7.8.1990")])))
    assert _ids(list(Search(Wanted(key="7.8.1990"), Seals()).run(log))) == []


def test_files_that_ended_before_are_not_read(log: Path) -> None:
    """A renamed file whose last line is older than what is wanted is passed over."""
    for _, each in rotated(log):
        os.utime(each, (AT - 10, AT - 10))
    assert _ids(list(lines(log, moment(AT)))) == ["sealed"]


def test_a_rotation_in_the_midst_of_a_search_hides_nothing(log: Path) -> None:
    """Lines that are moved or written while a search runs are read once each."""
    search = lines(log)
    found = [next(search)]
    log.rename(log.with_name("a.000099"))
    audit(log).write(PLAIN._replace(request_id="new"))
    found += search
    assert _ids(found) == [*(event.request_id for event in EVENTS), "new"]


def test_a_rotation_after_the_files_were_listed_hides_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest file is renamed when it was not seen among the renamed ones: what stood in it is found all the same."""

    def listed(path: Path) -> list[tuple[int, Path]]:
        found = rotated(path)
        if newest.search(path.read_bytes()):
            path.rename(path.with_name("a.000099"))
            audit(path).write(PLAIN._replace(request_id="new"))
        return found

    newest = re.compile(b'"request_id":"sealed"')
    search = lines(log)
    before = [next(search) for _ in range(len(EVENTS) - 1)]
    monkeypatch.setattr(audit_search, "rotated", listed)
    assert _ids([*before, *search])[: len(EVENTS)] == [event.request_id for event in EVENTS]


@pytest.mark.parametrize(
    ("tail", "number"),
    [
        (b'{"at":"2026-11-0', 1),
        (b"\0\0\0\0", 0),
        (b"\n\n", 0),
        (b"\xff" * 3_000_000, 3),
        (b'{"at":"2026", "x": {"at":"2026-1', 1),
    ],
)
def test_a_damaged_end_is_borne(log: Path, tail: bytes, number: int) -> None:
    """What a crash leaves at the end is no event; the lines before it are found, and none counts as changed."""
    with log.open("ab") as file:
        file.write(tail)
    verification = Verification(SEALS)
    assert list(verification.run(log)) == []
    assert (verification.torn, verification.events) == (number, len(EVENTS))
    assert len(_found(log)) == len(EVENTS)


def test_a_line_after_a_torn_one_is_found(tmp_path: Path) -> None:
    """Another process's line on the same row as a piece is an event like any other."""
    (tmp_path / "a").write_bytes(b'{"at":"2026-11-01T12:00:00.250Z","request_id":"{\\"at\\":\\"')
    audit(tmp_path / "a").write(PLAIN)
    (line,) = lines(tmp_path / "a")
    assert line.torn
    assert line.event is not None
    assert line.event["request_id"] == "r1"
    assert faults(tmp_path / "a") == []


def test_the_audits_of_a_folder(log: Path) -> None:
    """They are known by what is in them, whatever they are called; files of other kinds are not."""
    audit(log.parent / "other.log").write(PLAIN)
    (log.parent / "gateway.yaml").write_text("title: x\n", encoding="utf-8")
    (log.parent / "a.d").mkdir()
    assert logs(log.parent) == [log, log.parent / "other.log"]


def _edited(rows: list[bytes]) -> list[bytes]:
    return [*rows[:2], rows[2].replace(b'"Portal"', b'"Nobody"'), *rows[3:]]


def _renumbered(rows: list[bytes]) -> list[bytes]:
    return [*rows[:3], rows[4].replace(b'"number":5', b'"number":4')]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (list, []),
        (_edited, ["line 3 of process P was changed, or the line before it was"]),
        (lambda rows: [*rows[:2], *rows[3:]], ["line 3 of process P is missing"]),
        (lambda rows: [rows[0], rows[4]], ["lines 2 to 4 of process P are missing"]),
        (lambda rows: rows[2:], ["lines 1 to 2 of process P are missing"]),
        (lambda rows: [*rows, rows[1]], ["line 2 of process P stands after line 5"]),
        (_renumbered, ["line 4 of process P was changed, or the line before it was"]),
        (lambda rows: [*rows, b'{"at":"2026-11-01T12:00:00.250Z"}\n'], ["the line has no seal"]),
        (lambda rows: [rows[0].rpartition(b',"chain"')[0] + b"}\n", *rows[1:2]], ["the line has no seal"]),
    ],
)
def test_changes_are_seen(tmp_path: Path, change: Change, expected: list[str]) -> None:
    """A line that was changed, taken out, moved, or put in is named, and the lines after it are not blamed."""
    path = tmp_path / "a"
    written = audit(path)
    for _ in range(5):
        written.write(PLAIN)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    found = [fault.what.replace(written._process, "P") for fault in faults(path)]
    assert found[: len(expected)] == expected
    assert len(found) <= len(expected) + ("no seal" in "".join(expected))


def test_a_seal_holds_the_one_before(tmp_path: Path) -> None:
    """A seal that was changed is seen at its line, and at the next one, which was sealed after another."""
    path = tmp_path / "a"
    written = audit(path)
    for _ in range(4):
        written.write(PLAIN)
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    text, chain, seal = second.rpartition(b',"chain":"')
    path.write_bytes(b"".join([first, text, chain, b"0" * 32, seal[32:], *rest]))
    assert [fault.number for fault in faults(path)] == [2, 3]


def test_another_secret_does_not_verify(log: Path) -> None:
    """Whoever lacks the secret cannot have written the lines."""
    assert len(faults(log, "guessed")) == len(EVENTS)
    assert len(faults(log, "")) == len(EVENTS)


def test_lines_that_went_with_old_files_are_not_missed(log: Path) -> None:
    """After a deletion by age a chain begins in its middle; a file taken from between is seen."""
    (_, first), (_, second), *_ = rotated(log)
    first.unlink()
    assert faults(log) == []
    third = rotated(log)[1][1]
    kept = second.read_bytes(), third.read_bytes()
    third.unlink()
    assert "missing" in str(faults(log)[0])
    third.write_bytes(kept[1])
    assert faults(log) == []
    assert [fault.what for fault in faults(third)] == []


def test_a_fault_names_its_place(tmp_path: Path) -> None:
    """File and line, as editors read it."""
    path = tmp_path / "a"
    path.write_bytes(b'{"at":"x"}\n')
    assert [str(fault) for fault in faults(path)] == [f"{path}:1: the line has no seal"]


def test_chains_of_several_processes_are_followed(tmp_path: Path) -> None:
    """Lines of several writers may stand in any mixture."""
    writers = [audit(tmp_path / "a") for _ in range(3)]
    for writer in [*writers, *reversed(writers), writers[0]]:
        writer.write(PLAIN)
    verification = Verification(SEALS)
    assert list(verification.run(tmp_path / "a")) == []
    assert (verification.chains, verification.events) == (3, 7)


def test_every_member_of_an_event_is_searched_by_its_name(log: Path) -> None:
    """The members of a line are those of the event: a search by any of them finds the line."""
    (first, *_) = lines(log)
    assert first.event is not None
    assert set(Event._fields) - {"took"} <= set(first.event)


@pytest.mark.parametrize(
    "member",
    [
        b'"keys":5',
        b'"keys":[{}]',
        b'"keys":[[{}]]',
        b'"caller":[]',
        b'"status":{}',
        b'"rows":"x"',
        b'"sources":"erp"',
        b'"sources":[1]',
        b'"parameters":7',
        b'"parameters":["a"]',
        b'"parameters":[["a"]]',
    ],
)
def test_a_line_that_is_no_event_stops_no_search(log: Path, member: bytes) -> None:
    """Who can write the file can put any JSON into it: the search goes on behind it, and verification names it."""
    good = log.read_bytes()
    log.write_bytes(b'{"at":"2026-11-01T12:00:00.250Z",' + member + b"}\n" + good)
    assert _found(log) == [event.request_id for event in EVENTS]
    members = {"caller": frozenset({"token:plant/alice"}), "status": frozenset({200})}
    assert _found(log, members=members, key="5499") == ["cut"]
    assert [fault.what for fault in faults(log)] == ["the line has no seal"]


def test_a_file_that_is_renamed_just_now_hides_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two files there is none of that name for a moment: what was written stands among the renamed ones."""

    opened = Path.open

    def renamed(path: Path, mode: str) -> Any:
        if path == log and path.exists():
            path.rename(path.with_name("a.000099"))
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", renamed)
    assert _found(log) == [event.request_id for event in EVENTS]
    assert logs(log.parent) == [log]


def test_a_key_that_does_not_decode_is_found_as_it_stands_in_paths(log: Path) -> None:
    """A part of a key may be null, true or a fraction."""
    audit(log).write(PLAIN._replace(request_id="odd", keys=keys_of([(None, 2), (True, 1.5)])))
    assert _found(log, key="true,1.5") == ["odd"]


def test_a_client_is_in_an_ipv4_network_however_it_is_written(log: Path) -> None:
    """An IPv4 client of an IPv6 socket is that IPv4 client, as it is for the networks of keys."""
    audit(log).write(PLAIN._replace(request_id="mapped", client="::ffff:198.51.100.7"))
    assert _found(log, networks=(ip_network("198.51.100.0/24"),)) == ["mapped"]
