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

_ONCE: Final = "one attempt was made, and no other will be: hosts disable a user after a few wrong ones"

# What a failure of the log-in or of a read means, for what is known by then: the machine is well and the port answers.
_MEANINGS: Final[Mapping[type[SourceError], tuple[str, tuple[str, ...]]]] = {
    Refused: (
        f"the host refuses the user or the password; {_ONCE}",
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
    yield Finding("python", "ok", f"{own}Python {platform.python_version()}, {platform.platform(terse=True)}")


def examine_kind(kind: Kind) -> Iterator[Finding]:
    """What a kind needs of this machine, up to the first thing that is wrong."""
    yield from _until_wrong(kind.examine.machine({}))


def examine_contract(found: Survey) -> Iterator[Finding]:
    """Whether the folder says enough to examine its sources: faults of gateway.yaml, and the number of all others."""
    own = [fault for fault in found.faults if fault.place.file == "gateway.yaml"]
    for fault in own:
        yield Finding("contract", "failed", str(replace(fault, hint="")), (fault.hint,) if fault.hint else ())
    others = len(found.faults) - len(own)
    if others:
        text = f"{others} more in other files; tables of faulty resources are not looked at"
        yield Finding("contract", "warning", text, ("bascule check FOLDER",))
    if found.contract is not None and not own:
        yield Finding("contract", "ok", f"gateway.yaml: {', '.join(found.contract.sources) or 'no source'}")


def examine_source(contract: Contract, spec: SourceSpec, kind: Kind, seconds: float) -> Iterator[Finding]:
    """One source, from this machine to its tables; a probe of the network takes so many seconds at most."""
    secrets = [spec.options[option.name] for option in kind.options if option.secret and spec.options.get(option.name)]
    for finding in _examine(contract, spec, kind, seconds):
        yield replace(
            finding, text=_without(secrets, finding.text), mend=tuple(_without(secrets, step) for step in finding.mend)
        )


def _examine(contract: Contract, spec: SourceSpec, kind: Kind, seconds: float) -> Iterator[Finding]:
    for steps in (kind.examine.machine(spec.options), kind.examine.way(spec.options, seconds)):
        for finding in _until_wrong(steps):
            yield finding
            if finding.wrong:
                yield Finding("login", "skipped", "log-in and tables: first mend what is above")
                return
    source = open_source(spec, workers=1)
    try:
        yield from _logged_in(source, uses(contract, spec.name), _Advisor(spec, kind))
    finally:
        source.close()


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


@dataclass(frozen=True, slots=True)
class _Advisor:
    """What to say of a source's failure."""

    spec: SourceSpec
    kind: Kind

    def failed(self, step: str, failure: SourceError, about: str = "") -> Finding:
        """The failure, the driver's own words, and what mends it: the kind's own advice, else the general one."""
        text, general = next(_MEANINGS[each] for each in type(failure).__mro__ if each in _MEANINGS)
        state: Any = "warning" if isinstance(failure, Quiet) else "failed"
        known = next((step for mark, step in self.kind.examine.advice.items() if mark in str(failure)), None)
        mend = general if known is None else (self._filled(known),)
        return Finding(step, state, f"{about}{text}\n{failure}".strip(), mend)

    def denied(self, table: str, failure: SourceError | None = None) -> Finding:
        """A table that the user may not read, or that is not there, which many systems do not tell apart."""
        grant = self.kind.examine.grant
        asked = (f"have the host's administrator run: {grant(self.spec.options, table)}",) if grant else ()
        if failure is not None:
            return Finding("table", "failed", f"table {table}: the user may not read it\n{failure}", asked)
        text = f"table {table}: not there, or not for this user to see"
        return Finding("table", "missing", text, ("correct its name in the contract, if it has another", *asked))

    def _filled(self, step: str) -> str:
        """The options' values in their places, `…` for those that the source does not have."""
        secret = {option.name for option in self.kind.options if option.secret}
        known = {name: value for name, value in self.spec.options.items() if name not in secret}
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
        yield Finding(
            "table", "ok", f"{readable} of {len(names)} {'table' if len(names) == 1 else 'tables'} can be read"
        )


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


def _without(secrets: Sequence[str], text: str) -> str:
    """A driver may repeat what it was given."""
    for secret in secrets:
        text = text.replace(secret, "•••")
    return text
