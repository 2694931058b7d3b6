"""The files of one version folder: version.yaml, whole resources, lenses.

In charge of telling them apart, and of what must hold among the versions. It must not know gateway.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.contract.document import Document, mapping
from app.contract.files import read
from app.contract.layout import VERSION
from app.contract.words import LENS, RESOURCE
from app.contract.words import VERSION as VERSION_WORDS
from app.shapes import Fault, Node, Place, nearest


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """A version's files, checked. `unread` are the faults of files that could not be read."""

    name: str
    document: Document
    resources: tuple[Document, ...]
    lenses: tuple[Document, ...]
    unread: tuple[Fault, ...] = ()

    @property
    def extends(self) -> str | None:
        """The version that it says to extend, be it there or not."""
        return self.document.text("extends")

    @property
    def usable(self) -> bool:
        """Whether what is sound of it means what it says: a faulty lens would leave its resource as it was."""
        return self.document.sound and all(lens.sound for lens in self.lenses)

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of them."""
        return (self.document, *self.resources, *self.lenses)

    @property
    def names(self) -> set[str]:
        """The resources that are new under their name here, faulty ones included."""
        whole = {resource.text("resource") for resource in self.resources}
        changes = mapping(self.document.node).get("changes")
        steps = changes.value if changes is not None and isinstance(changes.value, list) else ()
        renamed = {new.source for step in steps for new in mapping(step, "rename").values()}
        return {name for name in whole | renamed if name is not None}


def read_version(folder: Path, name: str, files: Iterable[str]) -> VersionFiles:
    """Read and check every file; a version without version.yaml is a current one that extends nothing."""
    unread: list[Fault] = []
    document = Document(name, Node({}, Place(f"{name}/{VERSION}")))
    resources: list[Document] = []
    lenses: list[Document] = []
    for file in files:
        node = read(folder, file, unread.append)
        if node is None:
            continue
        if Path(file).name == VERSION:
            document = Document(file, node).check(VERSION_WORDS)
        elif "changes" in mapping(node):
            lenses.append(Document(file, node).check(LENS))
        else:
            resources.append(Document(file, node).check(RESOURCE))
    return VersionFiles(name, document, tuple(resources), tuple(lenses), tuple(unread))


def check_versions(versions: Mapping[str, VersionFiles]) -> None:
    """Report what must not be among versions: a base that is not there, a circle, changes of nothing, doubled names."""
    for version in versions.values():
        _check_base(version, versions)
        _check_dates(version.document)
        _check_doubles((*version.resources, *version.lenses))


def visible(version: VersionFiles, versions: Mapping[str, VersionFiles]) -> Collection[str] | None:
    """The resources that a version has, inherited ones included; None where a fault leaves them unknown."""
    names: set[str] = set()
    seen: set[str] = set()
    while True:
        names |= version.names
        seen.add(version.name)
        if version.extends is None:
            return None if version.unread else names
        if version.unread or version.extends not in versions or version.extends in seen:
            return None
        version = versions[version.extends]


def _check_base(version: VersionFiles, versions: Mapping[str, VersionFiles]) -> None:
    document, base = version.document, version.extends
    if base is None:
        changed = [document] if "changes" in mapping(document.node) else []
        for each in (*changed, *version.lenses):
            message = f"{version.name} extends no version that 'changes' could change"
            each.report(
                Fault("needs-extends", each.place("changes"), message, f"'extends' in {version.name}/{VERSION}")
            )
    elif base not in versions:
        hint = nearest(base, versions)
        document.report(
            Fault("unknown-version", _value_place(document, "extends"), f"there is no version {base!r}", hint=hint)
        )
    elif _circles(version, versions):
        message = f"{version.name} extends itself, by way of {base}"
        document.report(Fault("version-cycle", _value_place(document, "extends"), message))


def _circles(version: VersionFiles, versions: Mapping[str, VersionFiles]) -> bool:
    """Whether `extends`, followed, comes back here."""
    base = version.extends
    for _ in versions:
        if base is None or base not in versions or base == version.name:
            break
        base = versions[base].extends
    return base == version.name


def _check_dates(document: Document) -> None:
    words = document.words
    deprecated, sunset, released = (words.get(word) for word in ("deprecated_on", "sunset_on", "released_on"))
    if words.get("status") == "deprecated" and "deprecated_on" not in words:
        message = "a deprecated version says since when"
        document.report(Fault("missing-word", _value_place(document, "status"), message, "'deprecated_on': a date"))
    for earlier, later, first, second in (
        (deprecated, sunset, "deprecated_on", "sunset_on"),
        (released, deprecated, "released_on", "deprecated_on"),
    ):
        if earlier is not None and later is not None and later < earlier:
            message = f"{second} is before {first}"
            document.report(Fault("wrong-value", _value_place(document, second), message, f"{earlier} or later"))


def _check_doubles(documents: Iterable[Document]) -> None:
    first: dict[str, Document] = {}
    for document in documents:
        name = document.text("resource")
        if name is not None and name in first:
            message = f"the resource {name!r} stands twice in this version, first in {first[name].file}"
            document.report(Fault("duplicate-resource", _value_place(document, "resource"), message))
        elif name is not None:
            first[name] = document


def _value_place(document: Document, word: str) -> Place:
    node = mapping(document.node).get(word)
    return document.node.place if node is None else node.place
