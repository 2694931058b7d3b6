"""The closed list of what is worth noticing. Logs, counters and reports are readers of it; stages only tell.

In charge of the kinds of observation and of handing them to readers. It must not know who reads.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

log = logging.getLogger("bascule")

ADMIN_PORT: Final = "admin:"  # what stands before the path of a request that came in at the admin port


class Cost(NamedTuple):
    """What one request has cost at one source: statements, the rows that they brought, the milliseconds that they took."""

    source: str
    statements: int
    rows: int
    milliseconds: float


class Served(NamedTuple):
    """A request was answered. Times in seconds by stage, in order; `problem` is the code where it was one.

    `path` begins with ADMIN_PORT where it came in there. `cache` is its Cache-Status, `age` that of its data in seconds. `route` is the path as the document has it (`/v1/orders/{key}`),
    empty where no resource has it; `caller` names the credential; `costs` is what it has cost at each source; `trace` is the
    `traceparent` that it came with, marked where no trusted proxy has said it. A named tuple, since a frozen dataclass takes four times as long to make, and there is one for each request.
    """

    request_id: str
    method: str
    path: str
    status: int
    took: float
    stages: tuple[tuple[str, float], ...] = ()
    problem: str = ""
    cache: str = ""
    age: float = 0.0
    route: str = ""
    caller: str = ""
    costs: tuple[Cost, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class StatementRun:
    """A statement was sent to a source, and it answered. Never holds values. Times in seconds."""

    source: str
    statement: str
    rows: int
    waited: float
    took: float
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """A source did not answer. `error` is the class of failure; `text` is the driver's and stays with the operator.

    `took` are the seconds after which it was known.
    """

    source: str
    error: str
    text: str
    request_id: str = ""
    took: float = field(default=0.0, compare=False)  # two failures are the same whenever they were known


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """Something happened to a source as a whole. `event` is a word of `adapters.port.Notice`; never holds values."""

    source: str
    event: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class DataIssueFound:
    """A stored value did not decode. `key` is the API key of the row, `stored` the value as text, cut to 80 characters.

    A mark stands in place of either where it is classified: this is kept, and written to logs.
    """

    version: str
    resource: str
    field: str
    issue: str
    key: str
    stored: str


@dataclass(frozen=True, slots=True)
class PlanLoaded:
    """A contract was compiled and is served from now on."""

    folder: str
    versions: tuple[str, ...]
    resources: int


@dataclass(frozen=True, slots=True)
class PlanRefused:
    """A contract did not compile; the plan before it, if any, is still served."""

    folder: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftFound:
    """Something at a source is not as the contract says, and was not known before. Never holds values of rows.

    `code` and `grade` are of the table of drift; `place` is the source, its table, its column.
    """

    source: str
    code: str
    grade: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class SourceChecked:
    """A source was looked at for drift: how many findings of each grade there are, and the seconds that it took.

    `failure` names the class of failure, where the source did not answer; the findings are those of the last look then.
    """

    source: str
    breaking: int
    risky: int
    safe: int
    took: float
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The gateway itself failed: a defect. `text` is the traceback."""

    request_id: str
    text: str


Observation = (
    Served
    | StatementRun
    | SourceFailed
    | SourceChanged
    | DataIssueFound
    | DriftFound
    | SourceChecked
    | PlanLoaded
    | PlanRefused
    | Failed
)
Reader = Callable[[Observation], None]

WORDED: Final = frozenset({SourceFailed, SourceChanged, DriftFound, PlanRefused, Failed})
"""Those with texts of a driver, a library or a file."""

LEVELS: dict[type, int] = {
    Served: logging.DEBUG,
    StatementRun: logging.DEBUG,
    SourceFailed: logging.WARNING,
    SourceChanged: logging.WARNING,
    DataIssueFound: logging.DEBUG,
    DriftFound: logging.WARNING,
    SourceChecked: logging.INFO,
    PlanLoaded: logging.INFO,
    PlanRefused: logging.ERROR,
    Failed: logging.ERROR,
}


class Tally:
    """The reader that counts what sources failed with: by source and class of failure, in this process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def __call__(self, observation: Observation) -> None:
        """Read one observation."""
        if isinstance(observation, SourceFailed):
            self._counts[observation.source, observation.error] += 1

    def failures(self) -> dict[str, dict[str, int]]:
        """How often each source failed with what."""
        found: dict[str, dict[str, int]] = {}
        for (source, error), count in sorted(self._counts.items()):
            found.setdefault(source, {})[error] = count
        return found


class Observatory:
    """Hands each observation to every reader. A reader that fails is logged and hurts nobody.

    `discreet` takes out of a text what no reader may be told: whatever somebody else has worded goes through it once.
    """

    def __init__(self, *readers: Reader, discreet: Callable[[str], str] = str) -> None:
        self.readers = list(readers)
        self.discreet = discreet

    def tell(self, observation: Observation) -> None:
        """Tell every reader."""
        if type(observation) in WORDED:
            observation = self._told(observation)
        for reader in self.readers:
            try:
                reader(observation)
            except Exception:  # a reader must not hurt the request it reads about
                log.exception("a reader of observations failed")

    def _told(self, observation: Observation) -> Observation:
        """The observation as readers may have it."""
        if isinstance(observation, PlanRefused):
            return replace(observation, faults=tuple(map(self.discreet, observation.faults)))
        if isinstance(observation, SourceFailed | SourceChanged | DriftFound | Failed):
            return replace(observation, text=self.discreet(observation.text))
        return observation


def to_log(observation: Observation) -> None:
    """The reader that writes log lines; control characters are escaped, so that one observation is one line."""
    level = LEVELS[type(observation)]
    if log.isEnabledFor(level):
        log.log(level, "%s", repr(observation), extra={"observation": observation})
