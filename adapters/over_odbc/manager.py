"""The driver manager: pyodbc, and the system's unixODBC beneath it.

In charge of importing pyodbc at the right moment, with its own pooling off, and of what the manager knows. It must not know
a driver.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import Any, Final

from adapters.port import Unavailable

# By the words of ID and ID_LIKE in /etc/os-release; what stands first counts.
_PACKAGES: Final[Mapping[str, str]] = {
    "debian": "apt install unixodbc",
    "ubuntu": "apt install unixodbc",
    "fedora": "dnf install unixODBC",
    "rhel": "dnf install unixODBC",
    "centos": "dnf install unixODBC",
    "suse": "zypper install unixODBC",
    "opensuse": "zypper install unixODBC",
    "alpine": "apk add unixodbc",
    "arch": "pacman -S unixodbc",
}


def load() -> Any:
    """The pyodbc module. Raises Unavailable, with the step that mends it.

    pyodbc's wheels for Linux bring no driver manager: without `libodbc.so.2` the import itself fails
    (https://github.com/mkleehammer/pyodbc/wiki/Install).
    """
    try:
        import pyodbc  # noqa: PLC0415  # see the package's own words
    except ModuleNotFoundError as error:
        raise Unavailable(f"an ODBC source needs pyodbc ({error}); run: pip install 'bascule[odbc]'") from error
    except ImportError as error:
        step = manager_step(sys.platform, _distribution())
        raise Unavailable(f"pyodbc cannot be loaded ({error}): the ODBC driver manager is missing; {step}") from error
    pyodbc.pooling = False  # the guard keeps the connections; two pools would hide dead ones from each other
    return pyodbc


def manager_step(system: str, distribution: str = "") -> str:
    """What installs the driver manager: `system` as in `sys.platform`, `distribution` the words of ID and ID_LIKE."""
    if system == "win32":
        return "it is a part of Windows (odbc32.dll): repair the system's files with `sfc /scannow`"
    if system == "darwin":
        return "run: brew install unixodbc"
    known = next((_PACKAGES[word] for word in distribution.lower().split() if word in _PACKAGES), None)
    if known is not None:
        return f"run: {known}"
    return f"install unixODBC: {_PACKAGES['debian']} (Debian, Ubuntu), {_PACKAGES['rhel']} (Red Hat, Fedora)"


def drivers() -> tuple[str, ...]:
    """The names of the drivers that the driver manager knows, in its order. Raises Unavailable."""
    return tuple(load().drivers())


def data_sources() -> Mapping[str, str]:
    """The driver of each data source (DSN) that the driver manager knows. Raises Unavailable."""
    return dict(load().dataSources())


def _distribution() -> str:
    """The words for this Linux, its own first; empty where there are none."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{release.get('ID', '')} {release.get('ID_LIKE', '')}"
