"""Weights: one member of an `Accept` or `Accept-Encoding`, and how much its sender likes it (RFC 9110, 12.4.2)."""

from __future__ import annotations


def weighed(member: str) -> tuple[str, float]:
    """The name in lower case, and its weight: 1 where nothing is said, 0 where it cannot be read."""
    name, *parameters = (part.strip().lower() for part in member.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return name, 0.0
            return name, weight if 0 <= weight <= 1 else 0.0
    return name, 1.0
