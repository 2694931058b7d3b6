"""What gateway.yaml says of an AS/400, and the keywords that its ODBC driver takes.

In charge of one pure function from options to keywords, and of the options' words. It must not connect.

The keywords are those of the IBM i Access ODBC driver: "Connection string keywords" in IBM i, Programming for ODBC. Most stand
there because a default of the driver would hurt: it would run reads under commitment control (CMT), keep SQL packages in
QGPL (XDYNAMIC), or write dates as the server's job happens to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.port import Option

DRIVER: Final = "IBM i Access ODBC Driver"

_COMMIT: Final = {"none": "0", "changes": "2", "cursor": "1", "all": "3"}
_NAMING: Final = {"sql": "0", "system": "1"}
_SECURITY: Final = {"off": "0", "on": "1"}
_UNTAGGED: Final = {"bytes": "0", "text": "1"}

OPTIONS: Final = (
    Option("system", "The system's name or address", required=True, example="erp400.example.com"),
    Option("user", "The user profile; one that can only read", example="BASCULE"),
    Option("password", "The profile's password", secret=True, example="${AS400_PASSWORD}"),
    Option(
        "libraries",
        "The libraries of tables that are named without one. With `naming: sql` the first one counts; with `naming: system` "
        "all do, and `*USRLIBL` stands for those of the profile's job description",
        many=True,
        example="PRODLIB",
    ),
    Option(
        "naming",
        "Where a table without a library is looked for: in one library, or along the library list",
        choices=tuple(_NAMING),
        example="system",
    ),
    Option(
        "database", "The relational database, for an independent ASP; `*SYSBAS` for the system's own", example="IASP1"
    ),
    Option(
        "ssl",
        "Encrypts the connection; the driver must trust the system's certificate",
        choices=tuple(_SECURITY),
        example="on",
    ),
    Option(
        "untagged",
        "How columns of CCSID 65535 arrive: as bytes, to be read with a code page that a conversion names, or as text, "
        "which the driver translates as if it were in the job's own code page",
        choices=tuple(_UNTAGGED),
        example="text",
    ),
    Option(
        "commit",
        "Commitment control of the session. Reads ask for no locks in any case; `none` also serves files without a journal",
        choices=tuple(_COMMIT),
        example="none",
    ),
    Option(
        "packages",
        "The library for the driver's SQL packages, which speed up the preparing of statements; without it there are none",
        example="QGPL",
    ),
    Option(
        "estimate",
        "The longest estimate, in seconds, that a statement may have; the optimizer's estimate is not its time. "
        "Without it any statement is tried",
        example="60",
    ),
    Option(
        "prepared",
        "Whether a connection keeps its last 32 statements prepared for a minute, which spares the host the preparing: "
        "`yes` (default), or `no` where jobs need files for themselves and do not get them",
        choices=("yes", "no"),
        example="no",
    ),
    Option("driver", f"The ODBC driver, by its name or file; `{DRIVER}` if it is not said", example=DRIVER),
)


def keywords(options: Mapping[str, str]) -> Mapping[str, str]:
    """The connection string's words, in order; the first one of a name counts, so nothing can come before these.

    QUERYTIMEOUT lets a time limit through, which Db2 holds against its estimate (SQL0666). CCSID=1208 has the driver give
    text as UTF-8, whatever the process's locale. ALLOWUNSCHAR sends text with letters that the column cannot hold, where the
    driver would refuse it: it finds nothing. TFT and DFT write times and dates as ISO 8601 does.
    """
    packages, commit = options.get("packages", ""), options.get("commit", "none")
    return {
        "DRIVER": options.get("driver") or DRIVER,
        "SYSTEM": options["system"],
        "UID": options.get("user", ""),
        "PWD": options.get("password", ""),
        "DATABASE": options.get("database", ""),
        "DBQ": options.get("libraries", ""),
        "NAM": _NAMING[options.get("naming", "sql")],
        "SSL": _SECURITY[options.get("ssl", "off")],
        "CMT": _COMMIT[commit],
        "CONNTYPE": "2",
        "TRUEAUTOCOMMIT": "0" if commit == "none" else "1",
        "XDYNAMIC": "1" if packages else "0",
        "DFTPKGLIB": packages,
        "TRANSLATE": _UNTAGGED[options.get("untagged", "bytes")],
        "CCSID": "1208",
        "UNICODESQL": "1",
        "ALLOWUNSCHAR": "1",
        "DFT": "5",
        "TFT": "4",
        "BLOCKFETCH": "1",
        "BLOCKSIZE": "256",
        "QUERYTIMEOUT": "1",
        "CLIENTAPPLNAME": "bascule",
    }
