"""What is missing between this machine and the sources of a contract, found step by step.

In charge of the order: the contract's words, what this machine must have, the way to the host, the log-in, the tables. What
depends on a step that failed is not tried; a log-in is tried once. It must not know a kind, or how findings are printed.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from adapters.port import (
    Busy,
    Catalog,
    Denied,
    Finding,
    Kind,
    Missing,
    Quiet,
    Refused,
    Shape,
    Source,
    SourceError,
    TimedOut,
    Unavailable,
)
from app.assembly import open_source
from app.contract.load import Survey
from app.contract.model import Contract, SourceSpec

_ONCE: Final = "one attempt was made, and no other will be: hosts disable a user after a few wrong passwords"

# What a failure of the log-in or of a read means, for what is known by then: the machine is well and the port answers.
_MEANINGS: Final[Mapping[type[SourceError], tuple[str, tuple[str, ...]]]] = {
    Refused: (
        f"the host refuses the user or the password\n{_ONCE}",
        (
            "correct the source's user and password: look at the variable or file that gateway.yaml names",
            "have the host's administrator see whether the user exists, is enabled, and its password has not expired",
        ),
    ),
    Denied: (
        "the host knows the user, who lacks an authority",
        ("have the host's administrator give it; the driver's words say for what",),
    ),
    Missing: (
        "the host knows no such database or table",
        ("correct its name in the contract, or have it made",),
    ),
    Quiet: ("the source is in a quiet window of the contract: nothing was asked of it", ()),
    Busy: (
        "the host takes no more connections",
        ("lower `connections` of its clients, or have the host take more",),
    ),
    TimedOut: (
        "the host took the connection and did not answer in time",
        (
            "have the host's administrator see whether it is busy, or its database server hangs",
            "try a longer `deadline`",
        ),
    ),
    Unavailable: (
        "no session came about",
        ("the driver's words say why; have the host's administrator look at the server's own log",),
    ),
    SourceError: (
        "the driver fails in a way that this gateway does not know",
        ("look its words up in the vendor's documentation",),
    ),
}

# Faults of gateway.yaml that are mended elsewhere than in it.
_FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "unset-variable": (
        "set it here, and where the gateway runs: a service and a container have variables of their own",
    ),
    "unreadable-secret": ("let the user who runs the gateway read it",),
}


@dataclass(frozen=True, slots=True)
class Uses:
    """What the contract reads of one source: tables by name, and the text of each named query."""

    tables: tuple[str, ...] = ()
    queries: Mapping[str, str] = field(default_factory=dict)


def examine_machine() -> Iterator[Finding]:
    """This machine, whatever the contract."""
    try:
        own = f"Bascule {version('bascule')}, "
    except PackageNotFoundError:  # run from a folder of sources
        own = ""
    yield Finding("python", "ok", f"{own}Python {platform.python_version()}, {_system()}")


def _system() -> str:
    """`Debian GNU/Linux 12 (bookworm)`, or what comes nearest."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def examine_kind(kind: Kind) -> Iterator[Finding]:
    """What a kind needs of this machine, up to the first thing that is wrong."""
    yield from _until_wrong(kind.examine.machine({}))


def examine_contract(found: Survey) -> Iterator[Finding]:
    """Whether the folder says enough to examine its sources: faults of gateway.yaml, and the number of all others."""
    own = [fault for fault in found.faults if fault.place.file == "gateway.yaml"]
    for fault in own:
        mend = (*filter(None, (fault.hint,)), *_FAULTS.get(fault.code, ()))
        yield Finding("contract", "failed", str(replace(fault, hint="")), mend)
    others = len(found.faults) - len(own)
    if others:
        text = f"{others} more in other files; tables of faulty resources are not looked at"
        yield Finding("contract", "warning", text, ("bascule check FOLDER",))
    if found.contract is not None and not own:
        yield Finding("contract", "ok", f"gateway.yaml: {', '.join(found.contract.sources) or 'no source'}")


def examine_source(found: Survey, name: str, kinds: Mapping[str, Kind], seconds: float) -> Iterator[Finding]:
    """One source of the contract, from this machine to its tables; a probe of the network takes so many seconds at most.

    A source with a fault in its own words is examined up to the log-in: without its password, say, that would be a wrong one.
    """
    contract = found.contract
    spec = contract.sources.get(name) if contract is not None else None
    if contract is None or spec is None:
        yield Finding("contract", "skipped", "everything: first mend its words in the contract")
        return
    kind = kinds[spec.kind]
    advisor = _Advisor(spec, kind)
    for finding in _before(spec, kind, seconds):
        yield advisor.discreet(finding)
        if finding.wrong:
            yield Finding("login", "skipped", "log-in and tables: first mend what is above")
            return
    if _faulty(found, contract, name):
        yield Finding("login", "skipped", "log-in and tables: first mend its words in the contract")
        return
    for finding in _after(spec, uses(contract, name), advisor):
        yield advisor.discreet(finding)


def _before(spec: SourceSpec, kind: Kind, seconds: float) -> Iterator[Finding]:
    """What comes before a connection."""
    yield from _until_wrong(kind.examine.machine(spec.options))
    yield from _until_wrong(kind.examine.way(spec.options, seconds))


def _after(spec: SourceSpec, used: Uses, advisor: _Advisor) -> Iterator[Finding]:
    """The log-in and what comes after it."""
    try:
        source = open_source(spec, workers=1)
    except SourceError as failure:
        yield advisor.failed("login", failure)
        return
    try:
        yield from _logged_in(source, used, advisor)
    finally:
        source.close()


def _faulty(found: Survey, contract: Contract, name: str) -> bool:
    """Whether a fault lies in the words of a source: between its name and the next one in the file."""
    top = contract.node.keys
    names = contract.node.value["sources"].keys
    starts = sorted([*top.values(), *names.values()])
    end = next((place for place in starts if place > names[name]), None)
    own = [fault.place for fault in found.faults if fault.place.file == names[name].file]
    return any(names[name] <= place and (end is None or place < end) for place in own)


def uses(contract: Contract, source: str) -> Uses:
    """What the sound resources of a contract read of a source."""
    resources = [each for version in contract.versions.values() for each in version.resources.values()]
    own = [resource for resource in resources if resource.source == source]
    queries = {resource.query: contract.queries[resource.query] for resource in own if resource.query is not None}
    return Uses(tuple(sorted({resource.table for resource in own if resource.table is not None})), queries)


def _until_wrong(steps: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of a walk, up to the first that is wrong: the later steps depend on it."""
    for finding in steps:
        yield finding
        if finding.wrong:
            return


def known_step(spec: SourceSpec, kind: Kind, text: str) -> str | None:
    """What a kind knows of mending a failure whose text has these words, the source's options filled in; None: nothing."""
    return _Advisor(spec, kind).known(text)


@dataclass(frozen=True, slots=True)
class _Advisor:
    """What to say of a source's failure."""

    spec: SourceSpec
    kind: Kind

    def failed(self, step: str, failure: SourceError, about: str = "") -> Finding:
        """The failure, the driver's own words, and what mends it: the kind's own advice, else the general one."""
        text, general = next(_MEANINGS[each] for each in type(failure).__mro__ if each in _MEANINGS)
        state: Any = "warning" if isinstance(failure, Quiet) else "failed"
        known = self.known(str(failure))
        mend = general if known is None else (known,)
        return Finding(step, state, f"{about}{text}\n{failure}".strip(), mend)

    def known(self, text: str) -> str | None:
        """What the kind itself knows of mending a failure of that text; None: nothing."""
        step = next((step for mark, step in self.kind.examine.advice.items() if mark in text), None)
        return None if step is None else self._filled(step)

    def denied(self, table: str, failure: SourceError | None = None) -> Finding:
        """A table that the user may not read, or that is not there, which many systems do not tell apart."""
        grant = self.kind.examine.grant
        asked = (f"have the host's administrator run: {grant(self.spec.options, table)}",) if grant else ()
        if failure is not None:
            return Finding("table", "failed", f"table {table}: the user may not read it\n{failure}", asked)
        text = f"table {table}: not there, or not for this user to see"
        return Finding("table", "missing", text, ("correct its name in the contract, if it has another", *asked))

    def discreet(self, finding: Finding) -> Finding:
        """The finding without the secrets of the source: a driver may repeat what it was given."""
        secrets = [value for name, value in self.spec.options.items() if name in self._secret and value]

        def without(text: str) -> str:
            for secret in secrets:
                text = text.replace(secret, "•••")
            return text

        return replace(finding, text=without(finding.text), mend=tuple(map(without, finding.mend)))

    @property
    def _secret(self) -> set[str]:
        return {option.name for option in self.kind.options if option.secret}

    def _filled(self, step: str) -> str:
        """The options' values in their places, `…` for those that the source does not have."""
        known = {name: value for name, value in self.spec.options.items() if name not in self._secret}
        return re.sub(r"\{(\w+)\}", lambda place: known.get(place[1], "…"), step)


def _logged_in(source: Source, used: Uses, advisor: _Advisor) -> Iterator[Finding]:
    """Log in, once; then read the catalog and a row of each table over the same connection."""
    try:
        source.ping()
    except SourceError as failure:
        yield advisor.failed("login", failure)
        yield Finding("table", "skipped", "tables: first mend what is above")
        return
    yield Finding("login", "ok", "logged in")
    try:
        catalog = source.catalog(used.tables) if used.tables else Catalog({})
    except SourceError as failure:
        yield advisor.failed("catalog", failure, "the catalog cannot be read: ")
        return
    yield from _tables(source, catalog, used.tables, advisor)
    yield from _queries(source, used.queries, advisor)


def _tables(source: Source, catalog: Catalog, names: Sequence[str], advisor: _Advisor) -> Iterator[Finding]:
    """Each table that cannot be read, then the number of those that can."""
    source.learn(catalog)
    readable = 0
    for name in names:
        if name not in catalog.tables:
            yield advisor.denied(name)
            continue
        try:
            _read_one_row(source, catalog, name)
        except Denied as failure:
            yield advisor.denied(name, failure)
        except SourceError as failure:
            yield advisor.failed("table", failure, f"table {name}: ")
            if isinstance(failure, Unavailable):
                return
        else:
            readable += 1
    if readable:
        share = str(readable) if readable == len(names) else f"{readable} of {len(names)}"
        yield Finding("table", "ok", f"{share} {'table' if len(names) == 1 else 'tables'} can be read")


def _read_one_row(source: Source, catalog: Catalog, name: str) -> None:
    """A catalog may show what its user cannot read: only a read proves that. Raises SourceError."""
    known = [column.name for column in catalog.tables[name].columns if column.type.base != "other"]
    if known:
        source.run(Shape((known[0],), table=name, limited=True), (1,))


def _queries(source: Source, queries: Mapping[str, str], advisor: _Advisor) -> Iterator[Finding]:
    """Each named query, as far as describing it takes: running one may be long."""
    for name, text in queries.items():
        try:
            source.catalog((), {name: text})
        except SourceError as failure:
            yield advisor.failed("query", failure, f"query {name}: ")
        else:
            yield Finding("query", "ok", f"query {name} is understood")
