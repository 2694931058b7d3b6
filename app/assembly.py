"""The composition root: a folder to a plan, a plan to a gateway. The one place that knows every part by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from adapters import registry
from adapters.port import Catalog, Kind, Notice, Source, SourceError, Terms
from app.callers import buckets
from app.callers.audit import AuditLog, audit_log
from app.callers.desk import Desk
from app.callers.key_manager import KeyManager
from app.callers.key_text import PREFIX as KEY_PREFIX
from app.callers.key_text import pepper_of
from app.callers.keys import Keyring
from app.callers.limits import Limits
from app.callers.link_manager import LinkManager
from app.callers.links import SECRET as LINKS
from app.callers.links import Links
from app.callers.own_tokens import PREFIX as TOKEN_PREFIX
from app.callers.own_tokens import SECRET as OWN_TOKENS
from app.callers.own_tokens import OwnTokens
from app.callers.tokens import Tokens
from app.contract import quiet
from app.contract.discretion import discretion
from app.contract.load import collector_paused, survey
from app.contract.model import Contract, SecuritySpec, SourceSpec
from app.gateway import Gateway
from app.kept.arena import Arena
from app.kept.opening import open_store
from app.kept.purges import Purges
from app.metrics.history import History
from app.metrics.history_sources import SourceNotes
from app.metrics.layout import Layout
from app.metrics.metrics import Metrics
from app.observations import Observatory, Reader, SourceChanged, Tally
from app.plan.compile import compile_contract
from app.plan.cursor import Cursors
from app.plan.model import Plan
from app.sandbox import Recipe, World
from app.settings import Settings
from app.shapes import Fault, Faults
from app.stages.authenticate import Check, Credentials
from app.stages.cache import Cache
from app.stages.route import LINK
from app.state import Ledger, State
from app.traces.opening import open_traces
from app.traces.traces import Traces
from app.usage.counting import Usage

__all__ = ["Compiled", "Gateway", "compile_folder", "kinds", "open_gateway", "open_source", "read_catalog"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A folder that compiled. `remarks` are what a person should be told, one sentence each; `warnings` have a place.

    With a `recipe`, it is for a gateway that asks no source: everything that it serves is invented.
    """

    contract: Contract
    plan: Plan
    catalogs: Mapping[str, Catalog]
    remarks: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()
    recipe: Recipe | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks, and the warnings in short: what is said at each start."""
        if not self.warnings:
            return self.remarks
        number = len(self.warnings)
        return (*self.remarks, f"{number} warning{'' if number == 1 else 's'} in the contract; run `bascule check`")

    @property
    def basis(self) -> str:
        """The digest of what the sources are held against: the plan, and what the snapshots say of all that it reads.

        The plan's own digest is the same for two snapshots that mean the same to it.
        """
        said = hashlib.sha256(self.plan.digest.encode())
        for name in sorted(self.catalogs):
            used = self.used(name)
            for table in (*used.tables.values(), *used.queries.values()):
                said.update(repr((name, replace(table, rows=None))).encode("utf-8", "surrogatepass"))
        return said.hexdigest()[:16]

    def used(self, source: str) -> Catalog:
        """What the snapshot of a source says of the tables and queries that some resource uses: nothing stands on the others."""
        catalog, queries = self.catalogs[source], self.contract.queries
        resources = [each for version in self.plan.versions.values() for each in version.resources.values()]
        here = [each for each in resources if each.source == source]
        tables = sorted({each.table for each in here if each.table is not None})
        texts = {each.query for each in here if each.query is not None}
        files = sorted(file for file in catalog.queries if queries.get(file) in texts)
        return Catalog({name: catalog.tables[name] for name in tables}, {file: catalog.queries[file] for file in files})


def kinds() -> Mapping[str, Kind]:
    """Every kind of source that there is."""
    return {name: registry.kind(name) for name in registry.kinds()}


def compile_folder(
    folder: Path, environ: Mapping[str, str], *, strict: bool = False, recipe: Recipe | None = None
) -> Compiled:
    """Compile a contract folder. Raises Faults, all of them at once; where it is strict, or `strict`, warnings too.

    A source without a catalog file is read now, over connections that are closed before this returns. With a `recipe` no source is
    asked for anything, and no secret has to be there.
    """
    with collector_paused():
        return _compile_folder(folder, environ, recipe, strict=strict)


def _compile_folder(folder: Path, environ: Mapping[str, str], recipe: Recipe | None, *, strict: bool) -> Compiled:
    known = kinds()
    found = survey(folder, known, environ, secrets=recipe is None)
    if found.contract is None:
        raise Faults(found.faults)
    faults, warnings = list(found.faults), list[Fault]()
    # What is left of a faulty contract has fewer fields than its author wrote: it can be wrong, but not be warned of.
    contract = replace(found.contract, strict=(found.contract.strict or strict) and not faults)
    traits = {name: known[spec.kind].traits for name, spec in contract.sources.items()}
    if recipe is not None:  # what is invented is neither shared with what is real, nor kept on its disk
        contract = replace(contract, cache=replace(contract.cache, shared="", disk=0))
    try:
        read = read_catalog if recipe is None else _unread
        catalogs, remarks = _catalogs(contract, read) if not faults else _catalogs_on_file(contract)
        plan = compile_contract(contract, catalogs, traits, warnings.append)
    except Faults as more:
        raise Faults([*faults, *more]) from None
    if faults:
        raise Faults(faults)
    return Compiled(contract, _placed(plan, contract, known), catalogs, remarks, Faults(warnings).faults, recipe)


def _placed(plan: Plan, contract: Contract, known: Mapping[str, Kind]) -> Plan:
    """The plan, its digest also over where its sources lie: what one database answered is not kept for another.

    Secrets are left out, so that nobody can try a password against it.
    """
    places = {
        name: (
            spec.kind,
            {each.name: spec.options.get(each.name) for each in known[spec.kind].options if not each.secret},
        )
        for name, spec in sorted(contract.sources.items())
    }
    said = f"{plan.digest}\n{places!r}"
    return replace(plan, digest=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16])


def _catalogs_on_file(contract: Contract) -> tuple[Mapping[str, Catalog], tuple[str, ...]]:
    """Those that need no source: a faulty folder opens none."""
    return contract.catalogs, ()


def _unread(contract: Contract, spec: SourceSpec) -> Catalog:
    """No catalog, where no source may be asked for one. Raises SourceError."""
    del contract
    raise SourceError(f"{spec.name}: invented data is made of a catalog on file")


def _catalogs(
    contract: Contract, read: Callable[[Contract, SourceSpec], Catalog]
) -> tuple[Mapping[str, Catalog], tuple[str, ...]]:
    catalogs: dict[str, Catalog] = {}
    notes: list[str] = []
    faults: list[Fault] = []
    if contract.open:
        rules = "; no rule of access holds" if contract.has_rules else ""
        notes.append(f"security: open — everybody who can reach the gateway can read everything that it serves{rules}")
    for name, spec in contract.sources.items():
        if name in contract.catalogs:
            catalogs[name] = contract.catalogs[name]
            continue
        try:
            catalogs[name] = read(contract, spec)
            notes.append(f"{name}: no catalog/{name}.yaml; read from the source, which must be up at every start")
        except SourceError as error:
            text = discretion(contract, kinds())(str(error))
            message = f"there is no catalog/{name}.yaml, and the source does not answer: {text}"
            faults.append(Fault("missing-catalog", spec.node.at(), message, hint="run `bascule catalog` once it does"))
    if faults:
        raise Faults(faults)
    return catalogs, tuple(notes)


def read_catalog(contract: Contract, spec: SourceSpec, tables: tuple[str, ...] | None = None) -> Catalog:
    """Read a source's catalog: `tables`, or those that the contract uses. Raises SourceError."""
    uses = [
        resource
        for version in contract.versions.values()
        for resource in version.resources.values()
        if resource.source == spec.name
    ]
    wanted = tables or tuple(sorted({resource.table for resource in uses if resource.table is not None}))
    queries = {resource.query: contract.queries[resource.query] for resource in uses if resource.query is not None}
    source = open_source(spec, workers=1)
    try:
        return source.catalog(wanted, queries)
    finally:
        source.close()


def open_source(
    spec: SourceSpec, workers: int, room: int | None = None, notice: Callable[[Notice], None] = lambda _: None
) -> Source:
    """A source on the contract's terms, shared by so many worker processes.

    `room` are the requests of one process that may be there at a time; `notice` is told what happens to the source.
    """
    terms = Terms(
        connections=spec.connections,
        seconds=spec.deadline,
        workers=workers,
        room=room,
        timezone=spec.timezone,
        quiet=spec.quiet,
        rows_per_day=spec.rows_per_day,
        notice=notice,
    )
    return registry.kind(spec.kind).open(spec.name, spec.options, terms)


def open_gateway(
    compiled: Compiled,
    settings: Settings,
    observatory: Observatory,
    workers: int = 1,
    threads: int | None = None,
    arena: Arena | None = None,
    metrics: Metrics | None = None,
) -> Gateway:
    """A gateway over a compiled folder, for `workers` processes of so many threads. Sources connect at the first request.

    `arena` and `metrics` are those of a gateway that this one replaces: what is kept goes on serving while the plan is the same, and what is
    counted goes on while routes and sources are. Raises app.state.StateError where the gateway's own memory cannot be opened.
    """
    contract = compiled.contract
    state = State(contract.state, Path(contract.folder))
    callers = open_callers(contract, settings, state, threads)
    counted = Metrics(Layout.of(compiled.plan, tuple(contract.sources), LINK), workers, metrics)
    book = _book(contract, settings, state, counted)
    told = Observatory(*observatory.readers, *book.readers, discreet=discretion(contract, kinds()))
    purges = Purges(state)
    store, on_close = open_store(contract, settings, purges, workers, arena)
    gateway = Gateway(
        plan=compiled.plan,
        settings=settings,
        observatory=told,
        sources=_sources(compiled, workers, threads, told),
        deadlines={name: spec.deadline for name, spec in contract.sources.items()},
        cursors=Cursors(state.secret("cursor")),
        cache=Cache(store),
        on_close=(*book.on_close, *callers.on_close, *on_close, state.close),
        budgets={name: most for name, spec in contract.sources.items() if (most := spec.rows_per_request) is not None},
        rests={name: quiet.longest(spec.quiet) for name, spec in contract.sources.items()},
        tally=book.tally,
        metrics=counted,
        credentials=callers.credentials,
        limits=callers.limits,
        audit=callers.audit,
        private_documents=contract.security is not None and contract.security.documents == "callers",
        links=callers.links.open,
        desk=callers.desk,
        purges=purges,
        usage=book.usage,
        history=book.history,
        notes=book.notes,
        state=state,
        basis=compiled.basis,
        session_secret=state.secret("sessions"),
    )
    return _with_sandbox(gateway, compiled, Observatory(*observatory.readers, counted, discreet=told.discreet))


def _with_sandbox(gateway: Gateway, compiled: Compiled, told: Observatory) -> Gateway:
    """The gateway with its sandbox beside it; the sandbox alone, which `told` hears of, where everything is to be invented."""
    world = World(compiled.plan, compiled.catalogs, compiled.contract.queries, compiled.recipe)
    sources = compiled.contract.sources.items()
    traits = {name: registry.kind(spec.kind).traits for name, spec in sources}
    sandbox = gateway.over(world, {name: world.source(name, spec.kind, traits[name]) for name, spec in sources})
    return replace(gateway, sandbox=sandbox) if compiled.recipe is None else replace(sandbox, observatory=told)


def _sources(compiled: Compiled, workers: int, threads: int | None, told: Observatory) -> Mapping[str, Source]:
    """The sources, each with what the contract knows of it; nothing connects. None, where everything is to be invented."""
    if compiled.recipe is not None:
        return {}
    contract, sources = compiled.contract, dict[str, Source]()
    room = _room(threads, len(contract.sources))
    for name, spec in contract.sources.items():
        sources[name] = open_source(spec, workers, room, partial(_noticed, told))
        sources[name].learn(compiled.catalogs[name], contract.queries)
    return sources


@dataclass(frozen=True, slots=True)
class Book:
    """What is written of what was served, most of it to the state. `usage` None: nobody counts who reads what."""

    ledger: Ledger
    history: History
    notes: SourceNotes
    usage: Usage | None
    traces: Traces | None
    tally: Tally = field(default_factory=Tally)

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Those of observations."""
        told = (self.ledger, self.tally, self.history, self.notes)
        return told if self.traces is None else (*told, self.traces)

    @property
    def on_close(self) -> tuple[Callable[[], None], ...]:
        """Writes what is left."""
        writers = (self.ledger, self.history, self.notes, self.usage, self.traces)
        return tuple(each.close for each in writers if each is not None)


def _book(contract: Contract, settings: Settings, state: State, counted: Metrics) -> Book:
    days = settings.usage_days
    usage = Usage(state.add_usage, days) if days else None
    traces = open_traces(settings, {name: spec.kind for name, spec in contract.sources.items()})
    notes = SourceNotes(state.note_sources)
    return Book(Ledger(state), History(counted, state.add_history, days), notes, usage, traces)


@dataclass(frozen=True, slots=True)
class Callers:
    """How a gateway knows its callers, what they may ask, where it is written down, and who gives out credentials."""

    credentials: Credentials
    links: Links
    desk: Desk
    limits: Limits | None = None
    audit: AuditLog | None = None
    on_close: tuple[Callable[[], None], ...] = ()


def open_callers(contract: Contract, settings: Settings, state: State, threads: int | None) -> Callers:
    """What a contract and the settings say of callers.

    An open gateway asks nobody for a credential, and limits nobody but strangers: its admin port and its links take one.
    """
    audit = audit_log(settings.audit, settings.audit_bytes, settings.audit_files, settings.pepper)
    said = contract.security or SecuritySpec()
    pepper, sealing = pepper_of(settings.pepper, state), state.secret(LINKS)
    keyring = Keyring(state, pepper)
    links = Links(sealing, state, keyring.watch)
    tokens = None if said.tokens is None else OwnTokens(state.secret(OWN_TOKENS), said.tokens, keyring, state)
    return Callers(
        _credentials(contract, said, keyring, tokens),
        links,
        Desk(contract, KeyManager(state, pepper), LinkManager(sealing, state), tokens),
        Limits(contract.limits if contract.closed else {}, _counted(settings, threads)),
        audit,
        (keyring.close, links.close, *(() if audit is None else (audit.close,))),
    )


def _credentials(contract: Contract, said: SecuritySpec, keyring: Keyring, tokens: OwnTokens | None) -> Credentials:
    """How credentials are checked; also those of an open contract, whose admin port asks for one."""
    kinds: list[tuple[str, Check]] = [] if tokens is None else [(TOKEN_PREFIX, tokens.caller)]
    kinds.append((KEY_PREFIX, keyring.caller))
    others = Tokens(said.issuers) if said.issuers else None
    check = None if others is None else lambda text, _: others.caller(text)
    return Credentials(contract.closed, tuple(kinds), check, keyring.watch.settled)


def _counted(settings: Settings, threads: int | None) -> buckets.Store:
    """Where limits are counted."""
    own = buckets.Buckets()
    if not settings.limits:
        return own
    from app.callers.redis_limits import RedisBuckets  # noqa: PLC0415  # only who counts in Redis needs its library

    return RedisBuckets(settings.limits, own, threads or 1)


def _room(threads: int | None, sources: int) -> int | None:
    """How many of a process's threads one source may keep waiting: not all, where others live beside it."""
    return None if threads is None or sources < 2 else max(1, threads // 2)


def _noticed(observatory: Observatory, notice: Notice) -> None:
    observatory.tell(SourceChanged(notice.source, notice.event, notice.text))
