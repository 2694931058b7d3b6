"""What installs what is missing, for each platform: one table that the doctor, the page about it, and a test read.

In charge of these steps. It must not know how anything is found to be missing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.diagnosis.platforms import Family, Platform, here

_MICROSOFT: Final = "https://packages.microsoft.com/config/{repository}"
_MICROSOFT_PAGE: Final = "https://learn.microsoft.com/sql/connect/odbc/download-odbc-driver-for-sql-server"
_IBM: Final = "https://public.dhe.ibm.com/software/ibmi/products/odbc"
_IBM_LIST: Final = f"{_IBM}/debs/dists/1.1.0/ibmi-acs-1.1.0.list"
_IBM_PAGE: Final = "https://www.ibm.com/support/pages/ibm-i-access-client-solutions"
_REGISTER_FREETDS: Final = "printf '[FreeTDS]\\nDriver = libtdsodbc.so.0\\n' | sudo odbcinst -i -d -r"
_UPDATED: Final = "apt-get update"
_GET: Final = "apt-get install -y --no-install-recommends"
_INSTALL: Final = f"RUN {_UPDATED} && {_GET}"


@dataclass(frozen=True, slots=True)
class Remedy:
    """How one thing is installed. `steps` are commands, or sentences where there is no command; `note` is worth knowing."""

    name: str
    steps: Mapping[Family, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""

    def on(self, platform: Platform | None = None) -> tuple[str, ...]:
        """The steps on a platform, this one if none is given, and the note."""
        return (*self.steps_on(platform or here()), *filter(None, (self.note,)))

    def steps_on(self, platform: Platform) -> tuple[str, ...]:
        """The steps on a platform."""
        steps = tuple(step.replace("{repository}", platform.repository) for step in self.steps[platform.family])
        return _in_an_image(platform, steps)


def _in_an_image(platform: Platform, steps: tuple[str, ...]) -> tuple[str, ...]:
    """A container forgets what is installed in it: its steps belong into an image of one's own."""
    if platform.family != "container":
        return steps
    return (
        "\n".join(("in the Dockerfile of an image of your own:", "FROM bascule", "USER root", *steps, "USER 10001")),
    )


def install(extra: str, option: str = "", platform: Platform | None = None) -> tuple[str, ...]:
    """What installs the packages of an optional feature into this very Python, on this platform if none is given."""
    where = platform or here()
    python, package = (sys.executable or "python"), f'"bascule[{extra}]"'
    words = ("RUN python" if where.family == "container" else python, "-m pip install", option, package)
    return _in_an_image(where, (" ".join(word for word in words if word),))


REMEDIES: Final[Mapping[str, Remedy]] = {
    "unixodbc": Remedy(
        "unixODBC, the driver manager",
        {
            "debian": ("sudo apt-get install unixodbc",),
            "redhat": ("sudo dnf install unixODBC",),
            "suse": ("sudo zypper install unixODBC",),
            "container": (f"{_INSTALL} unixodbc",),
            "macos": ("brew install unixodbc",),
            "windows": ("Windows has a driver manager: reinstall pyodbc",),
            "other": ("install unixODBC 2.3 or later, from the system's packages or https://www.unixodbc.org",),
        },
    ),
    # https://ibmi-oss-docs.readthedocs.io/en/latest/odbc/installation.html
    "ibm-iaccess": Remedy(
        "IBM i Access ODBC Driver",
        {
            "debian": (
                f"curl -sSf {_IBM_LIST} | sudo tee /etc/apt/sources.list.d/ibmi-acs.list",
                "sudo apt-get update",
                "sudo apt-get install ibm-iaccess",
            ),
            "redhat": (
                f"curl -sSf {_IBM}/rpms/ibmi-acs.repo | sudo tee /etc/yum.repos.d/ibmi-acs.repo",
                "sudo dnf install --refresh ibm-iaccess",
            ),
            "suse": (
                f"curl -sSf {_IBM}/rpms/ibmi-acs.repo | sudo tee /etc/zypp/repos.d/ibmi-acs.repo",
                "sudo zypper refresh",
                "sudo zypper install ibm-iaccess",
            ),
            "container": (f"ADD {_IBM_LIST} /etc/apt/sources.list.d/ibmi-acs.list", f"{_INSTALL} ibm-iaccess"),
            "macos": (f"install the package `Mac App Pkg` of IBM i Access Client Solutions: {_IBM_PAGE}",),
            "windows": (f"install the package `Windows App Pkg` of IBM i Access Client Solutions: {_IBM_PAGE}",),
            "other": (f"install the package `Linux App Pkg` of IBM i Access Client Solutions: {_IBM_PAGE}",),
        },
        "IBM's own, of IBM i Access Client Solutions (5733-XJ1), is in no distribution; IBM's licence applies",
    ),
    # https://learn.microsoft.com/sql/connect/odbc/linux-mac/installing-the-microsoft-odbc-driver-for-sql-server
    "msodbcsql18": Remedy(
        "ODBC Driver 18 for SQL Server",
        {
            "debian": (
                f"curl -sSfO {_MICROSOFT}/packages-microsoft-prod.deb",
                "sudo dpkg -i packages-microsoft-prod.deb",
                "sudo apt-get update",
                "sudo ACCEPT_EULA=Y apt-get install msodbcsql18",
            ),
            "redhat": (
                f"curl -sSf {_MICROSOFT}/prod.repo | sudo tee /etc/yum.repos.d/mssql-release.repo",
                "sudo ACCEPT_EULA=Y dnf install msodbcsql18",
            ),
            "suse": (
                f"sudo zypper addrepo {_MICROSOFT}/prod.repo",
                "sudo ACCEPT_EULA=Y zypper install msodbcsql18",
            ),
            "container": (
                f"ADD {_MICROSOFT}/packages-microsoft-prod.deb /tmp/",
                f"RUN dpkg -i /tmp/packages-microsoft-prod.deb && {_UPDATED} && ACCEPT_EULA=Y {_GET} msodbcsql18",
            ),
            "macos": (
                "brew tap microsoft/mssql-release https://github.com/Microsoft/homebrew-mssql-release",
                "HOMEBREW_ACCEPT_EULA=Y brew install msodbcsql18",
            ),
            "windows": (f"install ODBC Driver 18 for SQL Server: {_MICROSOFT_PAGE}",),
            "other": (f"install ODBC Driver 18 for SQL Server: {_MICROSOFT_PAGE}",),
        },
        "ACCEPT_EULA=Y accepts Microsoft's licence",
    ),
    "freetds": Remedy(
        "FreeTDS, a free driver for SQL Server",
        {
            "debian": ("sudo apt-get install tdsodbc",),
            "redhat": ("sudo dnf install epel-release", "sudo dnf install freetds", _REGISTER_FREETDS),
            "suse": ("sudo zypper install libtdsodbc0", _REGISTER_FREETDS),
            "container": (f"{_INSTALL} tdsodbc",),
            "macos": (
                "brew install freetds",
                'printf "[FreeTDS]\\nDriver = $(brew --prefix)/lib/libtdsodbc.so\\n" | odbcinst -i -d -r',
            ),
            "windows": ("use Microsoft's driver: FreeTDS brings no installer for Windows",),
            "other": ("install FreeTDS with its ODBC driver: https://www.freetds.org", _REGISTER_FREETDS),
        },
    ),
}
