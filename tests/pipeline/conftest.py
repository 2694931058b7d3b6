"""The depot of the plan's tests, for requests from end to end."""

from __future__ import annotations

from tests.plan.conftest import stock

__all__ = ["stock"]
