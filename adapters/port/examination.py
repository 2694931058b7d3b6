"""How a kind examines what stands between a machine and a source.

In charge of these values: what was found at each step, and what a kind knows of mending it. It must not know any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal[
    "ok",
    "warning",  # works, and somebody should know
    "missing",  # is not there: install it, or write it
    "failed",  # is there, and says no
    "skipped",  # was not tried, since an earlier step failed
]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at one step. `text` is for a person: one line, or more where a driver speaks. Never holds a secret.

    `step` is a stable word for programs: `package`, `driver`, `port`, `login`, `table` and the like. `mend` are the exact
    steps that mend it, in order: commands where there are any, else sentences. One step may have several lines.
    """

    step: str
    state: State
    text: str
    mend: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether what depends on this step cannot work."""
        return self.state in {"missing", "failed"}


def _nothing_to_need(_options: Mapping[str, str]) -> Iterator[Finding]:
    """A kind that needs nothing of the machine, or does not say what."""
    return iter(())


def _nothing_on_the_way(_options: Mapping[str, str], _seconds: float) -> Iterator[Finding]:
    """A kind that has no way to examine before a connection is tried."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Examination:
    """What a kind can examine before a connection is tried, and what it knows when one fails.

    Both walks find one thing after the other, and each step depends on those before it: the caller stops at the first that
    is wrong. They log in nowhere. `machine` is about this machine; it is given a source's options, or none, for what the
    kind needs in general. `way` leads to the host; each of its steps takes so many seconds at most.

    `advice` maps what a failure's text may hold (the most telling first) to the step that mends it; `{user}` and the other
    options that are no secrets are filled in. `grant` gives what lets the user of these options read a table.
    """

    machine: Callable[[Mapping[str, str]], Iterator[Finding]] = _nothing_to_need
    way: Callable[[Mapping[str, str], float], Iterator[Finding]] = _nothing_on_the_way
    advice: Mapping[str, str] = field(default_factory=dict)
    grant: Callable[[Mapping[str, str], str], str] | None = None
