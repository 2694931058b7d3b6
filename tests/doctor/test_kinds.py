"""What each kind looks at on the way to its host, and what it asks for: ports, instances, data sources, authority."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import pytest

import adapters.as400.examine
import adapters.odbc.examine
import adapters.sqlserver.examine
from adapters import registry
from adapters.as400.faults import FAULTS as AS400_FAULTS
from adapters.port import Finding

HOST = "127.0.0.1"


def _way(kind: str, options: Mapping[str, str], seconds: float = 30.0) -> list[Finding]:
    return list(registry.kind(kind).examine.way(options, seconds))


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that a kind asks for, all of which answer."""
    asked: list[int] = []

    def answers(host: str, port: int, _seconds: float, what: str, _start: Sequence[str] = ()) -> Finding:
        asked.append(port)
        return Finding("port", "ok", f"{host} {port} {what}")

    for module in (adapters.as400.examine, adapters.sqlserver.examine, adapters.odbc.examine):
        monkeypatch.setattr(module, "port_answers", answers)
    monkeypatch.setattr(
        adapters.as400.examine, "speaks_tls", lambda _host, port, _seconds: Finding("tls", "ok", str(port))
    )
    return asked


@pytest.mark.parametrize(
    ("options", "expected", "steps"),
    [
        ({}, [449, 8476, 8471], ["name", "port", "port", "port"]),
        ({"ssl": "off"}, [449, 8476, 8471], ["name", "port", "port", "port"]),
        ({"ssl": "on"}, [449, 9476, 9471], ["name", "port", "port", "port", "tls"]),
    ],
)
def test_the_ports_of_an_as400(
    ports: list[int], options: Mapping[str, str], expected: list[int], steps: list[str]
) -> None:
    """The mapper, the sign-on server, the database server; with TLS the other ports, and the handshake."""
    found = _way("as400", {"system": HOST, **options})
    assert (ports, [each.step for each in found]) == (expected, steps)


def test_an_as400_whose_host_servers_are_down() -> None:
    """The command that starts a server is told with its port."""
    steps = registry.kind("as400").examine.way({"system": HOST}, 30.0)
    refused = [each for each in steps if each.wrong]
    assert refused[0].mend == ("on the host: STRHOSTSVR SERVER(*SVRMAP)",)


@pytest.mark.parametrize("code", [mark for mark in registry.kind("as400").examine.advice if len(mark) > 5])
def test_advice_is_about_known_codes(code: str) -> None:
    """Each code that there is advice for is one that the kind's table of faults knows."""
    assert any(code.startswith(known) or known == code for known in AS400_FAULTS.meanings)


@pytest.mark.parametrize(
    ("kind", "options", "table", "asked"),
    [
        ("as400", {"user": "R"}, "PRODLIB.F4211", "OBJ(PRODLIB/F4211) OBJTYPE(*FILE) USER(R) AUT(*USE)"),
        ("as400", {"user": "R", "libraries": "A,B"}, "F4211", "OBJ(A/F4211)"),
        ("as400", {}, "F4211", "OBJ(*LIBL/F4211) OBJTYPE(*FILE) USER(…)"),
        ("sqlserver", {"user": "r"}, "sales.orders", "GRANT SELECT ON [sales].[orders] TO [r]"),
        ("sqlserver", {"user": "r"}, "orders", "GRANT SELECT ON [dbo].[orders] TO [r]"),
        ("odbc", {"user": "r"}, "orders", "GRANT SELECT ON orders TO r"),
        ("postgresql", {"user": "r", "url": "postgresql://h/d"}, "orders", "GRANT SELECT ON orders TO r"),
        ("postgresql", {"url": "postgresql://u@h/d"}, "orders", "GRANT SELECT ON orders TO u"),
    ],
)
def test_what_to_ask_for(kind: str, options: Mapping[str, str], table: str, asked: str) -> None:
    """The command that lets the source's user read a table, in the host's own words."""
    grant = registry.kind(kind).examine.grant
    assert grant is not None
    assert asked in grant(options, table)


@pytest.mark.parametrize(
    ("server", "expected"), [(HOST, [1433]), (f"{HOST},1500", [1500]), (f"tcp:{HOST}\\PROD,1501", [1501])]
)
def test_the_port_of_a_sql_server(ports: list[int], server: str, expected: list[int]) -> None:
    """The default instance's, or the one that is named, even beside an instance."""
    _way("sqlserver", {"server": server})
    assert ports == expected


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket of a SQL Server Browser, at a port of its own."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as found:
        found.bind((HOST, 0))
        found.settimeout(30)
        monkeypatch.setattr(adapters.sqlserver.examine, "_BROWSER", found.getsockname()[1])
        yield found


def _tell(browser: socket.socket, words: str) -> list[bytes]:
    """Answer one request; what was asked."""
    asked: list[bytes] = []

    def answer() -> None:
        request, place = browser.recvfrom(1024)
        asked.append(request)
        body = words.encode()
        browser.sendto(b"\x05" + len(body).to_bytes(2, "little") + body, place)

    threading.Thread(target=answer, daemon=True).start()
    return asked


def test_a_named_instance_of_a_sql_server(browser: socket.socket, ports: list[int]) -> None:
    """The Browser is asked for the instance as MC-SQLR has it, and the port that it tells is tried."""
    asked = _tell(browser, "ServerName;SQL;InstanceName;PROD;IsClustered;No;Version;15.0.2000.5;tcp;49172;;")
    found = _way("sqlserver", {"server": f"{HOST}\\PROD"})
    assert asked == [b"\x04PROD\0"]
    assert ports == [49172]
    assert [each.step for each in found] == ["name", "instance", "port"]


def test_an_instance_without_tcp(browser: socket.socket, ports: list[int]) -> None:
    """An instance that listens at named pipes alone has no port."""
    _tell(browser, "ServerName;SQL;InstanceName;PROD;np;\\\\SQL\\pipe\\sql\\query;;")
    found = _way("sqlserver", {"server": f"{HOST}\\PROD"})
    assert (found[-1].step, found[-1].state, ports) == ("instance", "failed", [])


def test_a_browser_that_is_silent(browser: socket.socket, ports: list[int]) -> None:
    """UDP 1434 is often closed: the step is to name the port."""
    found = _way("sqlserver", {"server": f"{HOST}\\PROD"}, 0.05)
    assert found[-1].wrong
    assert "server: host,port" in found[-1].mend[0]
    assert ports == []
    assert browser.fileno() >= 0


@pytest.mark.parametrize(
    ("connection", "expected", "steps"),
    [
        (f"Server={HOST};Port=5433;Database=erp", [5433], ["name", "port"]),
        (f"HOST={HOST}", [], ["name"]),
        ("Database=/data/works.db", [], []),
        ("Server=erp\\works;Port=1", [], []),
        ("Server={unclosed", [], ["connection"]),
    ],
)
def test_the_way_of_an_odbc_source(ports: list[int], connection: str, expected: list[int], steps: list[str]) -> None:
    """Words that many drivers share are understood; a path or an instance is left to the driver."""
    found = _way("odbc", {"driver": "x", "connection": connection})
    assert (ports, [each.step for each in found]) == (expected, steps)


@pytest.mark.parametrize("kind", registry.kinds())
def test_every_kind_can_be_examined_without_a_source(kind: str) -> None:
    """What the kind needs of a machine is found without options: something, and in words."""
    found = list(registry.kind(kind).examine.machine({}))
    assert found
    assert [each for each in found if each.wrong and not each.mend] == []
