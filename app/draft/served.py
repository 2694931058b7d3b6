"""What may be asked of drafted resources: filters and sorts that an index serves, expansions that can be followed.

In charge of asking the plan compiler, which judges a draft as it judges any contract: what it would warn of is left out of the
draft, or marked. It must not judge indexes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from adapters.port import Catalog, Traits
from app.contract import build
from app.contract.document import Document
from app.contract.files import parse
from app.contract.model import Contract, ResourceSpec, VersionSpec
from app.contract.words import ALL, RESOURCE
from app.conversions.base import BadOption, Conversion
from app.draft.model import FieldDraft, ResourceDraft, conversion_of
from app.draft.write import write
from app.plan.compile import compile_contract
from app.shapes import Fault, Faults, Place

Made = TypeVar("Made")

SEARCHED: Final = ("eq", "prefix")  # what an index may serve of a text: `contains` is for a person to accept

_FILTERS: Final = frozenset({"unindexed-filter", "unindexed-search", "unknown-operator"})
_SORTS: Final = frozenset({"unindexed-sort", "no-order"})
_EXPANSIONS: Final = frozenset({"unindexed-expansion", "type-mismatch", "expansion-cycle"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The contract that a draft is for: its version, its source, and what is known of that one's tables."""

    contract: Contract
    version: str
    source: str
    catalog: Catalog
    traits: Mapping[str, Traits]

    @property
    def timezone(self) -> str:
        """The zone of the source's local times."""
        return self.contract.sources[self.source].timezone


def served(
    drafts: Sequence[ResourceDraft], around: Surroundings
) -> tuple[tuple[ResourceDraft, ...], Mapping[str, str]]:
    """The drafts with every filter and sort that an index serves, and without expansions that none does.

    And the tables whose drafts do not compile, such as for a field that the gateway's own conversions refuse, each with the reason:
    they are no hindrance to the others.
    """
    refused: dict[str, str] = {}
    asked = [each for _, each in _sound(drafts, lambda draft: _asked(draft, around.catalog), refused)]
    while True:
        read = list(_sound(asked, lambda draft: _document(draft, around), refused))
        found = list(_judged({draft.name: document for draft, document in read}, around))
        heard = [_heard(draft, document, found) for draft, document in read]
        if heard == asked:
            wrong = {fault.place.file: str(fault) for fault in reversed(found) if fault.severity == "fault"}
            refused |= {draft.table: wrong[document.file] for draft, document in read if document.file in wrong}
            heard = [draft for draft in heard if draft.table not in refused]
        heard = list(_reachable(heard, around))
        if heard == asked:
            return tuple(heard), refused
        asked = heard


def _sound(
    drafts: Iterable[ResourceDraft], made: Callable[[ResourceDraft], Made], refused: dict[str, str]
) -> Iterator[tuple[ResourceDraft, Made]]:
    """The drafts with what is made of them; of those it cannot be made of, the first reason goes to `refused`, by table."""
    for draft in drafts:
        try:
            yield draft, made(draft)
        except Faults as faults:
            refused[draft.table] = str(faults.faults[0])
        except BadOption as bad:
            refused[draft.table] = str(bad)


def _reachable(drafts: Sequence[ResourceDraft], around: Surroundings) -> Iterator[ResourceDraft]:
    """The drafts without expansions to one that was refused, unless the version has had such a resource before."""
    version = around.contract.versions.get(around.version)
    there = {each.name for each in drafts} | (set() if version is None else set(version.resources))
    for draft in drafts:
        lost = [each for each in draft.relations if each.resource not in there]
        notes = tuple(f"An expansion to {each.resource} was left out: there is no draft of it." for each in lost)
        kept = tuple(each for each in draft.relations if each not in lost)
        yield replace(draft, relations=kept, notes=(*draft.notes, *notes))


def _asked(draft: ResourceDraft, catalog: Catalog) -> ResourceDraft:
    """All that could be asked, as far as the conversions go. Raises BadOption."""
    table = catalog.tables[draft.table]
    bound = {each.name: conversion_of(each.proposal, table) for each in draft.fields}
    chosen = [each for each in draft.fields if each.name in (draft.filters or bound)]
    filters = tuple(entry for each in chosen for entry in _entries(each, bound[each.name]))
    sorts = tuple(
        name for name, conversion in bound.items() if conversion.keeps_order and name in (draft.sorts or bound)
    )
    return replace(draft, filters=filters, sorts=sorts)


def _entries(field: FieldDraft, conversion: Conversion) -> Iterator[str]:
    """The entries of `filter` for a field: the field, or one for each operator where `contains` would come with it."""
    if not conversion.filterable or field.proposal.type == "binary":
        return
    if conversion.searchable:
        yield from (f"{field.name}[{operator}]" for operator in SEARCHED)
    else:
        yield field.name


def _document(draft: ResourceDraft, around: Surroundings) -> Document:
    """The draft as its file will be read. Raises Faults."""
    file, faults = f"{around.version}/{draft.name}.yaml", list[Fault]()
    node = parse(write(draft), file, faults.append)
    document = None if node is None else Document(file, node).check(RESOURCE)
    if document is None or document.faults:
        raise Faults([*faults, *(document.faults if document else ())])
    return document


def _judged(documents: Mapping[str, Document], around: Surroundings) -> Iterator[Fault]:
    """What the compiler says of the drafts, faults and warnings; of the rest of the contract, others tell."""
    said: list[Fault] = []
    version = around.contract.versions.get(around.version, VersionSpec(around.version, "draft"))
    specs: dict[str, ResourceSpec] = {name: build.resource(each.words, each.node) for name, each in documents.items()}
    contract = replace(
        around.contract,
        versions={
            **around.contract.versions,
            around.version: replace(version, resources={**version.resources, **specs}),
        },
        strict=False,
    )
    try:
        compile_contract(contract, {**contract.catalogs, around.source: around.catalog}, around.traits, said.append)
    except Faults as faults:
        said += faults
    files = {document.file for document in documents.values()}
    return (fault for fault in said if fault.place.file in files)


def _heard(draft: ResourceDraft, document: Document, found: Sequence[Fault]) -> ResourceDraft:
    """The draft without what was objected to, or with the word that accepts it and the question why."""
    own = {(fault.code, fault.place): fault for fault in found if fault.place.file == document.file}

    def objected(codes: frozenset[str], *path: str | int) -> bool:
        return any((code, document.place(*path)) in own for code in codes)

    left = replace(
        draft,
        filters=tuple(each for at, each in enumerate(draft.filters) if not objected(_FILTERS, "filter", at)),
        sorts=tuple(each for at, each in enumerate(draft.sorts) if not objected(_SORTS, "sort", at)),
        relations=tuple(each for each in draft.relations if not _lost(each.name, document, own)),
    )
    lost = [each for each in draft.relations if each not in left.relations]
    notes = tuple(f"An expansion to {each.resource} was left out: no index leads to its rows." for each in lost)
    return _accepted(replace(left, notes=(*draft.notes, *notes)), {code for code, _ in own})


def _lost(name: str, document: Document, own: Mapping[tuple[str, Place], Fault]) -> bool:
    """Whether an expansion, or a part of it, was objected to."""
    node = document.node.value["expand"].value[name]
    places = [document.place("expand", name), node.place, node.at("resource"), *node.value["on"].keys.values()]
    places += [each.place for each in node.value["on"].value.values()]
    return any((code, place) in own for code in _EXPANSIONS for place in places)


def _accepted(draft: ResourceDraft, codes: set[str]) -> ResourceDraft:
    """A key or a table that no index serves is accepted, with a question: without a key there is no resource."""
    if "unknown-indexes" in codes:
        question = f"is {draft.table} fast? Nothing is known of its indexes: a request may read all of it"
        return replace(draft, filters=(), sorts=(), unindexed=(ALL,), unserved=question)
    if "unindexed-key" in codes:
        question = f"no index has the key: each page sorts all of {draft.table}. Is it small, or can it have one?"
        return replace(draft, unindexed=draft.key, unserved=question)
    return draft
