"""What gateway.yaml says of a SQL Server, and the connection string that Microsoft's driver and FreeTDS make of it.

In charge of words: everything here is pure. It must not connect, nor know which drivers a machine has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from adapters.over_odbc import connection_string
from adapters.port import Option, Unavailable

Family = Literal["microsoft", "freetds"]

OPTIONS: Final = (
    Option(
        "server",
        "Where the server is: a host, `host,port`, or `host\\instance`",
        required=True,
        example="sql.example,1433",
    ),
    Option("database", "The database; else the login's own", example="erp"),
    Option(
        "user", "The login; without one, the account that the gateway runs as (Windows, Kerberos)", example="bascule"
    ),
    Option("password", "The login's password", secret=True, example="${MSSQL_PASSWORD}"),
    Option(
        "driver",
        "The ODBC driver, by its name or the path of its library; else the newest of Microsoft's, else FreeTDS",
        example="ODBC Driver 18 for SQL Server",
    ),
    Option(
        "encrypt",
        "Whether all is encrypted (`no`: the log-in alone); `strict` is TDS 8, of SQL Server 2022. Default: yes",
        choices=("yes", "no", "strict"),
        example="yes",
    ),
    Option(
        "trust_certificate",
        "Whether a certificate that nobody vouches for is good enough. Default: no. FreeTDS asks nobody unless its own "
        "freetds.conf has `ca file`",
        choices=("yes", "no"),
        example="no",
    ),
    Option(
        "isolation",
        "What a read sees: what was committed, waiting for writers where the database has no row versions (the default); "
        "what nobody has committed yet; or a snapshot, if the database allows it",
        choices=("read-committed", "read-uncommitted", "snapshot"),
        example="read-committed",
    ),
    Option(
        "prepared",
        "Whether a connection keeps its last 32 statements prepared for a minute: `yes` (the default with Microsoft's driver; "
        "FreeTDS prepares each time) or `no`",
        choices=("yes", "no"),
        example="no",
    ),
)

_MICROSOFT: Final = re.compile(r"ODBC Driver (\d+) for SQL Server")
_SERVER: Final = re.compile(r"(?:tcp:)?(?P<host>[^,\\]+)(?:\\(?P<instance>[^,]+))?(?:,\s*(?P<port>\d{1,5}))?")
_PORT: Final = 1433  # of a default instance
_NAME: Final = "bascule"  # APP_NAME() and program_name show it to the administrator


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens. A named instance's port is known to the SQL Server Browser only (UDP 1434): None."""

    host: str
    instance: str | None
    port: int | None


def address(server: str) -> Address:
    """The address that the option `server` means; a port that is given counts for more than an instance's name."""
    found = _SERVER.fullmatch(server.strip())
    if found is None:
        return Address(server.strip(), None, _PORT)
    port = found["port"] or (None if found["instance"] else _PORT)
    return Address(found["host"].strip(), found["instance"], int(port) if port else None)


def family(driver: str) -> Family:
    """Whose driver it is, by its name or its library's path."""
    return "freetds" if re.search(r"freetds|tdsodbc", driver, re.IGNORECASE) else "microsoft"


def newest(drivers: Iterable[str]) -> str | None:
    """The driver to take where none is named: the newest of Microsoft's, else FreeTDS; None if there is neither."""
    known = list(drivers)
    numbered = [(int(found[1]), name) for name in known if (found := _MICROSOFT.fullmatch(name))]
    return max(numbered)[1] if numbered else next((name for name in known if family(name) == "freetds"), None)


def words(options: Mapping[str, str], driver: str, machine: str) -> dict[str, str]:
    """The words of the connection string for a driver; `machine` is the name that HOST_NAME() gives."""
    where = address(options["server"])
    own = _freetds(options, where) if family(driver) == "freetds" else _microsoft(options, where)
    common = {
        "Database": options.get("database", ""),
        "UID": options.get("user", ""),
        "PWD": options.get("password", ""),
        "Trusted_Connection": "" if options.get("user") else "yes",
        "APP": _NAME,
        "WSID": machine,
        "ApplicationIntent": "ReadOnly",  # a listener's readable secondary, where there is one; it forbids nothing
    }
    return {"Driver": driver, **own, **common}


def text(said: Mapping[str, str], driver: str) -> str:
    """The connection string of these words. Raises Unavailable where FreeTDS has no way to write a value.

    FreeTDS ends a value in braces at the first `};`, and does not know that a doubled brace means one.
    """
    if family(driver) == "microsoft":
        return connection_string(said)
    for word, value in said.items():
        if "};" in value:
            raise Unavailable(f"FreeTDS takes no {word} with `}};` in it: change it, or use Microsoft's driver")
    pairs = {word: value for word, value in said.items() if value}
    return ";".join(
        f"{word}={{{value}}}" if "}" in value else connection_string({word: value}) for word, value in pairs.items()
    )


def _microsoft(options: Mapping[str, str], where: Address) -> dict[str, str]:
    """https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute.

    ConnectRetryCount: a connection that the driver mends in silence would have lost what was set up on it.
    """
    host = f"tcp:{where.host}"
    return {
        "Server": f"{host},{where.port}" if where.port else f"{host}\\{where.instance}",
        "Encrypt": options.get("encrypt", "yes"),
        "TrustServerCertificate": options.get("trust_certificate", "no"),
        "ConnectRetryCount": "0",
    }


def _freetds(options: Mapping[str, str], where: Address) -> dict[str, str]:
    """https://www.freetds.org/userguide/OdbcConnAttr.html.

    TDS 7.4 is asked for since a lower version brings dates as text, and the lowest ones hang; an older server answers with
    its own version. `request` encrypts the log-in alone, as Microsoft's `Encrypt=no` does.
    """
    encryption = {"yes": "require", "no": "request", "strict": "strict"}
    return {
        "Server": where.host if where.port else f"{where.host}\\{where.instance}",
        "Port": str(where.port or ""),
        "TDS_Version": "7.4",
        "ClientCharset": "UTF-8",
        "Encryption": encryption[options.get("encrypt", "yes")],
    }
