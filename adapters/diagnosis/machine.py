"""What this machine has: Python packages, the ODBC driver manager, its drivers and data sources.

In charge of looking for them without connecting to anything. It must not know a kind.
"""

from __future__ import annotations

import configparser
import ctypes
import importlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from adapters.diagnosis.remedies import REMEDIES, install
from adapters.over_odbc import load
from adapters.port import Finding, Unavailable

_BROKEN: Final = ("cannot open shared object file", "image not found", "ELF", "incompatible architecture")
_SECONDS: Final = 5.0  # for the driver manager's own tool, which only reads two files


@dataclass(frozen=True, slots=True)
class Driver:
    """An ODBC driver by the names under which it may be registered; the first is its own. `remedy` is a key of REMEDIES.

    A name with a slash in it is the driver's library itself.
    """

    names: tuple[str, ...]
    remedy: str | None = None


def package(name: str, extra: str) -> Finding:
    """A Python package that an optional feature of the gateway brings, imported to see whether it loads.

    pyodbc is only looked for: that it loads is the driver manager's question.
    """
    if find_spec(name) is None:
        return Finding("package", "missing", f"Python package {name}", install(extra))
    if name != "pyodbc":
        try:
            importlib.import_module(name)
        except ImportError as error:
            return Finding("package", "failed", f"Python package {name} does not load\n{error}", install(extra))
    return Finding("package", "ok", f"{name} {_version(name)}".rstrip())


def driver_manager() -> Finding:
    """The ODBC driver manager beneath pyodbc, which must be installed."""
    try:
        load()
    except Unavailable as failure:
        reason = str(failure.__cause__ or failure)
        if "libodbc" in reason:
            return Finding(
                "driver-manager", "missing", f"unixODBC, the driver manager\n{reason}", REMEDIES["unixodbc"].on()
            )
        return Finding(
            "driver-manager", "failed", f"pyodbc does not load\n{reason}", install("odbc", "--force-reinstall")
        )
    return Finding("driver-manager", "ok", _settings().name)


def odbc_driver(driver: Driver) -> Finding:
    """An ODBC driver: registered with the driver manager, which must be there, and its library in place."""
    own = driver.names[0]
    if "/" in own or "\\" in own:
        if Path(own).is_file():
            return _loads(own, own)
        mend = ("correct `driver` in gateway.yaml, or:", *_remedy(driver, []))
        return Finding("driver", "missing", f"driver {own}: there is no such file", mend)
    registered: list[str] = load().drivers()
    found = next((name for name in driver.names if _in(name, registered)), None)
    if found is not None:
        return _loads(found, _settings().library(found))
    listed = f"registered are: {', '.join(sorted(registered))}" if registered else "no driver is registered at all"
    return Finding(
        "driver", "missing", f'driver "{own}"\n{listed}{_settings().where("drivers")}', _remedy(driver, registered)
    )


def registered_drivers() -> Finding:
    """Which ODBC drivers there are, for a source that has not chosen one."""
    names = sorted(load().drivers())
    if names:
        return Finding("driver", "ok", f"drivers: {', '.join(names)}")
    mend = ("install the database's ODBC driver", "odbcinst -q -d   lists what is registered")
    return Finding("driver", "warning", f"no ODBC driver is registered{_settings().where('drivers')}", mend)


def data_source(name: str) -> Finding:
    """A data source by its name (DSN), as the driver manager lists them for this user."""
    known: dict[str, str] = load().dataSources()
    if _in(name, known):
        return Finding("data-source", "ok", f"data source {name}")
    listed = f"there are: {', '.join(sorted(known))}" if known else "there is none for this user"
    place = _settings().files.get("system data sources", "odbc.ini")
    mend = (f"describe it in {place}: a section [{name}] with Driver = … and what that driver asks for",)
    return Finding("data-source", "missing", f'data source "{name}"\n{listed}', mend)


def _remedy(driver: Driver, registered: list[str]) -> tuple[str, ...]:
    """How to install a driver that is known; how to see and register one that is not."""
    if driver.remedy is not None:
        return REMEDIES[driver.remedy].on()
    named = ("name one of those in the contract, or",) if registered else ()
    return (*named, "install the database's ODBC driver", "odbcinst -q -d   lists what is registered")


def _loads(name: str, library: str) -> Finding:
    """Whether a driver's library loads, with what it needs itself; only a library with a full path can be tried."""
    if Path(library).is_absolute():
        try:
            ctypes.CDLL(library)
        except OSError as error:
            if any(sign in str(error) for sign in _BROKEN):
                mend = (f"ldd {library}   shows what it lacks; install that, or the driver again",)
                return Finding("driver", "failed", f'driver "{name}" is registered and does not load\n{error}', mend)
    return Finding("driver", "ok", f'driver "{name}"')


def _in(name: str, names: Iterable[str]) -> bool:
    """Driver managers take names without regard to case."""
    return name.casefold() in {each.casefold() for each in names}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class _Settings:
    """What the driver manager says of itself: its name and version, and where its files are."""

    name: str
    files: dict[str, str]

    def where(self, what: str) -> str:
        return f" ({self.files[what]})" if what in self.files else ""

    def library(self, driver: str) -> str:
        """The library of a registered driver, as it is written; empty if that cannot be read."""
        found = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
        try:
            found.read(self.files.get("drivers", ""), encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return ""
        section: Any = next((found[name] for name in found.sections() if _in(name, [driver])), {})
        return section.get("driver64") or section.get("driver") or ""


def _settings() -> _Settings:
    """Ask `odbcinst -j`, unixODBC's own tool; where it is not installed, little is known."""
    tool = shutil.which("odbcinst")
    if tool is None:
        return _Settings("Windows' driver manager" if os.name == "nt" else "unixODBC", {})
    done = subprocess.run([tool, "-j"], capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  # a fixed command
    name, *lines = done.stdout.splitlines() or ["unixODBC"]
    parted = [line.partition(":") for line in lines]
    return _Settings(name, {label.rstrip(".").lower(): path.strip() for label, colon, path in parted if colon})
