"""What the kinds share when they examine themselves: this machine, its drivers, and the way to a host.

In charge of looking, and of the steps that mend what is missing, for each platform. It must not know any kind, and never
logs in: that is for the source itself to do, once.
"""

from __future__ import annotations

from adapters.diagnosis import libpq
from adapters.diagnosis.machine import Driver, data_source, driver_manager, odbc_driver, package, registered_drivers
from adapters.diagnosis.network import port_answers, resolves, speaks_tls
from adapters.diagnosis.platforms import Platform, here
from adapters.diagnosis.remedies import REMEDIES, Remedy

__all__ = [
    "REMEDIES",
    "Driver",
    "Platform",
    "Remedy",
    "data_source",
    "driver_manager",
    "here",
    "libpq",
    "odbc_driver",
    "package",
    "port_answers",
    "registered_drivers",
    "resolves",
    "speaks_tls",
]
