"""How to find what stands between a machine and an IBM i: the driver, the host servers' ports, TLS, the profile.

In charge of the steps and of what IBM's messages ask for. It must not log in: a profile is disabled after a few wrong
passwords (QMAXSIGN), so that the source itself does it, once.

The ports are those of IBM i, "Port numbers for host servers and server mapper"; a system may have moved them (WRKSRVTBLE).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from adapters.as400.keywords import DRIVER
from adapters.diagnosis import Driver, driver_manager, odbc_driver, package, port_answers, resolves, speaks_tls
from adapters.port import Examination, Finding

_EXTRA: Final = "as400"
_DRIVERS: Final = (DRIVER, f"{DRIVER} 64-bit")

# Port, port with TLS, what listens there, and the command that starts it.
_SERVERS: Final = (
    (449, 449, "server mapper", "STRHOSTSVR SERVER(*SVRMAP)"),
    (8476, 9476, "sign-on server", "STRHOSTSVR SERVER(*SIGNON)"),
    (8471, 9471, "database server", "STRHOSTSVR SERVER(*DATABASE)"),
)

_SEE: Final = "DSPUSRPRF USRPRF({user})"
ADVICE: Final[Mapping[str, str]] = {
    "CWBSY0001": f"see whether the profile exists: {_SEE}",
    "CWBSY0002": f"correct the password; see how many wrong ones the profile has had: {_SEE}, and the limit: "
    "DSPSYSVAL SYSVAL(QMAXSIGN)",
    "CWBSY0003": "the password has expired: CHGUSRPRF USRPRF({user}) PASSWORD(…) PWDEXP(*NO)",
    "CWBSY0011": "the profile is disabled: CHGUSRPRF USRPRF({user}) STATUS(*ENABLED)",
    "CWBSY": f"look at the profile: {_SEE}, and at the system's history: DSPLOG",
    "CWBCO1003": "see whether the host servers are up: WRKACTJOB SBS(QUSRWRK QSERVER)",
    "CWBCO1048": "see whether the host servers are up: WRKACTJOB SBS(QUSRWRK QSERVER)",
    "CWBCO1049": "start the host servers: STRHOSTSVR SERVER(*ALL)",
    "SQL7008": "say `commit: none` in gateway.yaml: files without a journal cannot be read under commitment control",
    "SQL0551": "have the profile given authority: GRTOBJAUT OBJ(LIBRARY/FILE) OBJTYPE(*FILE) USER({user}) AUT(*USE)",
}


def _machine(options: Mapping[str, str]) -> Iterator[Finding]:
    yield package("sqlalchemy_ibmi", _EXTRA)
    yield package("pyodbc", _EXTRA)
    yield driver_manager()
    named = options.get("driver") or DRIVER
    yield odbc_driver(Driver(_DRIVERS if named == DRIVER else (named,), "ibm-iaccess"))


def _way(options: Mapping[str, str], seconds: float) -> Iterator[Finding]:
    host, secured = options["system"], options.get("ssl") == "on"
    yield resolves(host, seconds)
    for plain, encrypted, what, start in _SERVERS:
        port = encrypted if secured else plain
        yield port_answers(host, port, seconds, what, (f"on the host: {start}",))
    if secured:
        yield speaks_tls(host, _SERVERS[-1][1], seconds)


def _grant(options: Mapping[str, str], table: str) -> str:
    """A file without a library is in the first one of the list; its library must be open to the profile too."""
    library, _, file = table.rpartition(".")
    library = library or options.get("libraries", "").partition(",")[0] or "*LIBL"
    user = options.get("user") or "…"
    return (
        f"GRTOBJAUT OBJ({library}/{file}) OBJTYPE(*FILE) USER({user}) AUT(*USE), with *EXECUTE on the library {library}"
    )


EXAMINATION: Final = Examination(_machine, _way, ADVICE, _grant)
