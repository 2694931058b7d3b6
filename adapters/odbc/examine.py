"""How to find what stands between a machine and an ODBC source: the data source or the driver, and what its words tell of a host.

In charge of the steps. It must not log in, nor know a driver: what a driver's own keywords mean is only guessed where several
drivers agree on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from adapters.diagnosis import (
    Driver,
    data_source,
    driver_manager,
    libpq,
    odbc_driver,
    package,
    port_answers,
    registered_drivers,
    resolves,
)
from adapters.over_odbc import connection_words, data_sources
from adapters.port import Examination, Finding

_EXTRA: Final = "odbc"
_HOSTS: Final = frozenset({"server", "servername", "host", "hostname", "system"})


def _machine(options: Mapping[str, str]) -> Iterator[Finding]:
    yield package("pyodbc", _EXTRA)
    yield driver_manager()
    dsn, driver = options.get("dsn", ""), options.get("driver", "")
    if dsn:
        yield data_source(dsn)
        driver = next((used for name, used in data_sources().items() if name.casefold() == dsn.casefold()), "")
    if driver:
        yield odbc_driver(Driver((driver,)))
    elif not dsn:
        yield registered_drivers()


def _way(options: Mapping[str, str], seconds: float) -> Iterator[Finding]:
    """To the host and port that `connection` names, if it names any; many drivers read files."""
    try:
        words = {name.lower(): value for name, value in connection_words(options.get("connection", "")).items()}
    except ValueError as error:
        yield Finding("connection", "failed", f"`connection` cannot be read: {error}", ("correct it in gateway.yaml",))
        return
    host = next((value for name, value in words.items() if name in _HOSTS), "")
    if host and not set(host) & set("\\/,;:(@ "):  # an instance, a socket, a path: in the driver's own spelling
        yield resolves(host, seconds)
        if words.get("port", "").isdigit():
            yield port_answers(host, int(words["port"]), seconds, "the database")


def _grant(options: Mapping[str, str], table: str) -> str:
    return f"GRANT SELECT ON {table} TO {options.get('user') or '…'}"


EXAMINATION: Final = Examination(_machine, _way, libpq.ADVICE, _grant)
