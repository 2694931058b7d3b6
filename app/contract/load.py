"""A contract folder becomes a Contract, or all that is wrong with it.

Read this first: the files are found, read and checked one by one; then what must hold among them; then the sound ones are
built. In charge of that order. It must not know the catalog's part in the meaning of a contract: that is the plan
compiler's.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.port import Catalog, Kind
from app.contract import build, catalog_file, security_words
from app.contract.document import mapping
from app.contract.files import read_any, read_text
from app.contract.gateway import Gateway, read_gateway
from app.contract.layout import Layout, layout
from app.contract.model import Contract, VersionSpec
from app.contract.rules import Known, check_lens, check_resource, check_version_file
from app.contract.secrets import Vault
from app.contract.sound import sound_part, sound_words
from app.contract.version_files import VersionFiles, check_versions, read_version, visible
from app.shapes import Fault, Faults, Place, Report, nearest


@dataclass(frozen=True, slots=True)
class Survey:
    """What a folder says, and what is wrong with it.

    `contract` holds the parts without a fault that depend on no faulty part, so that the plan compiler can find its own
    faults in the same run; None where gateway.yaml cannot be read.
    """

    contract: Contract | None
    faults: tuple[Fault, ...]


def load(folder: Path, kinds: Mapping[str, Kind], environ: Mapping[str, str]) -> Contract:
    """The contract of `folder`. Raises app.shapes.Faults with every fault of every file."""
    found = survey(folder, kinds, environ)
    if found.faults or found.contract is None:
        raise Faults(found.faults)
    return found.contract


def survey(folder: Path, kinds: Mapping[str, Kind], environ: Mapping[str, str], *, secrets: bool = True) -> Survey:
    """The sound part of `folder`, and every fault, in the order of their places; `secrets` that are missing are one."""
    with collector_paused():
        return _survey(folder, kinds, Vault(folder, environ, secrets))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Nodes hold no cycles, and Python's collector would walk all of them again and again: half the time of a large folder."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _survey(folder: Path, kinds: Mapping[str, Kind], vault: Vault) -> Survey:
    faults: list[Fault] = []
    files = layout(folder, faults.append)
    gateway = read_gateway(vault, kinds)
    versions = {name: read_version(folder, name, names) for name, names in files.versions.items()}
    _check(versions, gateway, files)
    queries = _queries(folder, files, faults.append)
    catalogs = _catalogs(folder, files, gateway, _used(versions), faults.append)
    faults += gateway.faults
    for version in versions.values():
        faults += (*version.unread, *(fault for document in version.documents for fault in document.faults))
    contract = _contract(folder, files, gateway, versions, queries, catalogs)
    return Survey(sound_part(contract) if contract and faults else contract, Faults(faults).faults)


def _check(versions: Mapping[str, VersionFiles], gateway: Gateway, files: Layout) -> None:
    check_versions(versions)
    for version in versions.values():
        check_version_file(version.document)
        known = Known(gateway.names, files.queries, visible(version, versions))
        for resource in version.resources:
            check_resource(resource, known)
        for lens in version.lenses:
            check_lens(lens)


def _queries(folder: Path, files: Layout, report: Report) -> dict[str, str]:
    texts = {name: read_text(folder, file, report) for name, file in files.queries.items()}
    return {name: text for name, text in texts.items() if text is not None}


def _used(versions: Mapping[str, VersionFiles]) -> Mapping[str, set[str]]:
    """The tables that resources name, by source."""
    used: dict[str, set[str]] = defaultdict(set)
    for document in (resource for version in versions.values() for resource in version.resources):
        source, table = document.words.get("source"), document.words.get("table")
        if source is not None and table is not None:
            used[source].add(table)
    return used


def _catalogs(
    folder: Path, files: Layout, gateway: Gateway, used: Mapping[str, set[str]], report: Report
) -> dict[str, Catalog]:
    catalogs = {}
    for name, file in files.catalogs.items():
        if gateway.names is not None and name not in gateway.names:
            message = f"there is no source {name!r} that this catalog could be of"
            report(Fault("unknown-source", Place(file), message, hint=nearest(name, gateway.names)))
        text = read_any(folder, file, report, catalog_file.MOST_BYTES)
        catalog = None if text is None else catalog_file.read(text, file, report, sorted(used.get(name, ())))
        if catalog is not None:
            catalogs[name] = catalog
    return catalogs


def _contract(
    folder: Path,
    files: Layout,
    gateway: Gateway,
    versions: Mapping[str, VersionFiles],
    queries: Mapping[str, str],
    catalogs: Mapping[str, Catalog],
) -> Contract | None:
    if gateway.document is None:
        return None
    words = gateway.document.words
    unread = set(files.catalogs).difference(catalogs)
    return Contract(
        title=words.get("title") or "",
        folder=str(folder.absolute()),
        sources={name: source for name, source in gateway.sources.items() if name not in unread},
        versions={name: _version(version) for name, version in versions.items() if version.usable},
        description=words.get("description") or "",
        queries=queries,
        catalogs=catalogs,
        cache=gateway.cache,
        state=gateway.state,
        open=words.get("security") == "open",
        security=security_words.security(words.get("security"), mapping(gateway.document.node).get("security")),
        limits=security_words.limits(words.get("limits")),
        strict=bool(words.get("strict")),
        node=gateway.document.node,
    )


def _version(files: VersionFiles) -> VersionSpec:
    sound = [(words, document.node) for document in files.resources if (words := sound_words(document)) is not None]
    resources = [build.resource(words, node) for words, node in sound]
    lenses = [build.lens(document) for document in files.lenses if document.sound]
    return build.version(
        files.name,
        files.document,
        {resource.name: resource for resource in resources},
        {lens.resource: lens for lens in lenses},
    )
