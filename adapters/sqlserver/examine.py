"""How to find what stands between a machine and a SQL Server: the driver, the name, the port, the login.

In charge of the steps and of what the server's messages ask for. It must not log in.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Final

from adapters.diagnosis import Driver, driver_manager, odbc_driver, package, port_answers, resolves
from adapters.over_odbc import drivers
from adapters.port import Examination, Finding
from adapters.sqlserver.options import address, family, newest

_EXTRA: Final = "odbc"
_MICROSOFT: Final = "ODBC Driver 18 for SQL Server"
_BROWSER: Final = 1434
_MOST_BYTES: Final = 4096
_START: Final = (
    "on the host: start the service of the instance (MSSQLSERVER), and enable TCP/IP in SQL Server Configuration Manager",
)

ADVICE: Final[Mapping[str, str]] = {
    "certificate verify failed": "have the server given a certificate that this machine trusts, or say "
    "`trust_certificate: yes` in gateway.yaml",
    "SSL Provider": "the server and this machine share no version of TLS: update the server, or say `encrypt: no`",
    "(18486)": "the login is locked: ALTER LOGIN [{user}] WITH PASSWORD = '…' UNLOCK",
    "(18487)": "the password has expired: ALTER LOGIN [{user}] WITH PASSWORD = '…'",
    "(18488)": "the password must be changed at the first log-in: ALTER LOGIN [{user}] WITH PASSWORD = '…'",
    "(18470)": "the login is disabled: ALTER LOGIN [{user}] ENABLE",
    "(18452)": "the server takes Windows accounts only: allow SQL Server authentication, or run the gateway as one",
    "(4060)": "make the database known to the login: CREATE USER [{user}] FOR LOGIN [{user}]",
    "(916)": "make the database known to the login: CREATE USER [{user}] FOR LOGIN [{user}]",
    "(18456)": "correct the user or the password; the server's error log says which, in its State",
    "(40615)": "let this machine's address through the server's firewall, in the Azure portal",
}


def _machine(options: Mapping[str, str]) -> Iterator[Finding]:
    yield package("pyodbc", _EXTRA)
    yield driver_manager()
    chosen = options.get("driver") or newest(drivers()) or _MICROSOFT
    yield odbc_driver(Driver((chosen,), "freetds" if family(chosen) == "freetds" else "msodbcsql18"))


def _way(options: Mapping[str, str], seconds: float) -> Iterator[Finding]:
    where = address(options["server"])
    yield resolves(where.host, seconds)
    port = where.port
    if port is None:
        port = _port_of(where.host, where.instance or "", seconds)
        yield _told(where.host, where.instance or "", port)
    if port is not None:
        yield port_answers(where.host, port, seconds, "SQL Server", _START)


def _told(host: str, instance: str, port: int | None) -> Finding:
    if port is not None:
        return Finding("instance", "ok", f"instance {instance} listens at port {port}, says the SQL Server Browser")
    mend = (
        "name the instance's port in gateway.yaml: server: host,port",
        "or on the host: start the service SQL Server Browser, and have the firewalls let UDP 1434 through",
    )
    return Finding("instance", "failed", f"the SQL Server Browser of {host} does not tell the port of {instance}", mend)


def _port_of(host: str, instance: str, seconds: float) -> int | None:
    """The TCP port of a named instance, as the SQL Server Browser tells it; None if it does not answer.

    [MC-SQLR], 2.2.3 CLNT_UCAST_INST and 2.2.5 SVR_RESP: 0x04 and the name; 0x05, a length, and `name;value;…`.
    """
    request = b"\x04" + instance.encode("ascii", "replace") + b"\0"
    try:
        family_, kind, protocol, _, place = socket.getaddrinfo(host, _BROWSER, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family_, kind, protocol) as asked:
            asked.settimeout(seconds)
            asked.connect(place)
            asked.send(request)
            words = asked.recv(_MOST_BYTES)[3:].decode("ascii", "replace").split(";")
    except OSError:
        return None
    told = dict(zip(words[::2], words[1::2], strict=False)).get("tcp", "")
    return int(told) if told.isdigit() else None


def _grant(options: Mapping[str, str], table: str) -> str:
    schema, _, name = table.rpartition(".")
    user = options.get("user") or "…"
    return f"GRANT SELECT ON [{schema or 'dbo'}].[{name}] TO [{user}]"


EXAMINATION: Final = Examination(_machine, _way, ADVICE, _grant)
