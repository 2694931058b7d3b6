"""Access: what one caller sees of a version. The field mask, the row scope and the hash of both are made here, together.

In charge of the rule that nothing tells a caller of what it may not see. A view is a version like any other: the resources of
it have fewer fields, filters, sorts and expansions, and predicates that no request can override, so that whatever reads a
plan (queries, expansions, counts, cursors, later exports) obeys it without knowing of it. It must not know credentials.

    field mask   a field with a `scope` is absent without it; so is what would tell of it: its filters, its sort, and every
                 expansion that joins on it
    row scope    each field of `rows` must equal one of the caller's values of its claim
    hash         of both, in `Resource.sight`: a part of every cursor, and of the key of every kept answer
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.port import Predicate
from app.contract.model import ResourceSpec
from app.conversions.base import BadValue
from app.exchange import Caller
from app.plan import filters
from app.plan.model import Access, Field, Resource, Version
from app.problems import ProblemError
from app.shapes import Fault, nearest

Report = Callable[[Fault], None]
Scopes = frozenset[str]
Claims = Mapping[str, tuple[str, ...]]

VIEWS: Final = 2048  # kept views: callers with the same rights share one


class Views:
    """What callers see of the versions of a plan. Safe for threads."""

    def __init__(self) -> None:
        self._kept: dict[Any, View] = {}

    def view(self, version: Version, caller: Caller) -> View:
        """The view of a caller; the one that is kept, if another with the same rights has come before."""
        if caller.unrestricted:
            return View(version, caller)
        scopes, claims = version.named
        key = (id(version), caller.scopes & scopes, tuple([caller.claims.get(name) for name in claims]))
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= VIEWS:
                self._kept.clear()  # an order of use would cost each request more than a new view costs a few
            kept = self._kept[key] = View(version, caller)
        return kept


class View:
    """What one caller sees of a version. `refusals` are the problems of the resources that it may not read."""

    def __init__(self, version: Version, caller: Caller) -> None:
        self.refusals: dict[str, str] = {}
        self.whole = version  # lives as long as its views do: they are kept by its identity
        if caller.unrestricted:
            self.version = version
            return
        seen: dict[str, Resource] = {}
        for name, resource in version.resources.items():
            refusal = _refusal(resource.access, caller)
            if refusal:
                self.refusals[name] = refusal
            else:
                seen[name] = _seen(resource, caller)
        self.version = replace(version, resources=_led(seen))

    def resource(self, name: str) -> Resource:
        """The resource as the caller sees it. Raises ProblemError `insufficient-scope` or `claim-required`."""
        code = self.refusals.get(name)
        if code is not None:
            raise ProblemError(code, headers=_challenge(self.whole.resources[name].access, code))
        return self.version.resources[name]


def _challenge(access: Access, code: str) -> tuple[tuple[str, str], ...]:
    """Which scope it takes (RFC 6750, 3.1). Which claim it takes is between the operator and whoever gives out credentials."""
    asked = f', scope="{access.read}"' if code == "insufficient-scope" else ""
    return (("WWW-Authenticate", f'Bearer realm="bascule", error="insufficient_scope"{asked}'),)


def named(resources: Iterable[Resource]) -> tuple[Scopes, tuple[str, ...]]:
    """The scopes and the claims that the rules of resources name: nothing else of a caller decides what it sees."""
    scopes: set[str] = set()
    claims: dict[str, None] = {}
    for resource in resources:
        access = resource.access
        scopes.update((access.read, access.exempt), (field.scope for field in resource.fields.values()))
        claims.update(dict.fromkeys(claim for _, claim in access.rows))
    return frozenset(scopes - {""}), tuple(claims)


def _refusal(access: Access, caller: Caller) -> str:
    """The code of the problem with which the resource is refused; empty where it is not."""
    if access.read and access.read not in caller.scopes:
        return "insufficient-scope"
    if _exempt(access, caller):
        return ""
    return "" if all(_held(field, claim, caller) for field, claim in access.rows) else "claim-required"


def _exempt(access: Access, caller: Caller) -> bool:
    return bool(access.exempt) and access.exempt in caller.scopes


def _held(field: Field, claim: str, caller: Caller) -> list[Any]:
    """The caller's values of a claim that the field can have. A blank one is none: columns are full of blanks."""
    found = []
    for text in filter(str.strip, caller.claims.get(claim, ())):
        try:
            value = field.conversion.parse(text)
            if field.conversion.spellings(value):
                found.append(value)
        except BadValue:
            continue  # no row has it
    return found


def _seen(resource: Resource, caller: Caller) -> Resource:
    """The resource with its mask and its scope; the resource itself where all of it is seen."""
    masked = {name for name, field in resource.fields.items() if field.scope and field.scope not in caller.scopes}
    terms, values = _rows(resource, caller)
    if not masked and not terms:
        return resource
    said = repr((resource.path, sorted(masked), terms, values))
    return replace(
        resource,
        fields={name: field for name, field in resource.fields.items() if name not in masked},
        filters={name: each for name, each in resource.filters.items() if each.field.name not in masked},
        sorts=tuple(name for name in resource.sorts if name not in masked),
        expansions={
            name: each for name, each in resource.expansions.items() if masked.isdisjoint(each.local)
        },
        active=(*resource.active, *terms),
        active_values=(*resource.active_values, *values),
        sight=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        whole=resource.whole or resource,
    )  # fmt: skip


def _rows(resource: Resource, caller: Caller) -> tuple[tuple[Predicate, ...], tuple[Any, ...]]:
    """The predicates of the row scope, and their values."""
    access = resource.access
    if _exempt(access, caller):
        return (), ()
    bound = [filters.equal(field, _held(field, claim, caller)) for field, claim in access.rows]
    return tuple(term for term, _ in bound), tuple(value for _, values in bound for value in values)


def _led(seen: Mapping[str, Resource]) -> dict[str, Resource]:
    """The resources without the expansions that lead to what is not seen, or join on a field of it that is not."""
    found = {}
    for name, resource in seen.items():
        kept = {
            key: each
            for key, each in resource.expansions.items()
            if each.resource in seen and all(remote in seen[each.resource].fields for remote in each.remote)
        }
        whole = len(kept) == len(resource.expansions)
        found[name] = resource if whole else replace(resource, expansions=kept, whole=resource.whole or resource)
    return found


def sights(version: Version, resource: Resource, expand: Mapping[str, Any]) -> str:
    """The hashes of all that an answer shows: of the resource, and of what it is expanded by."""
    found = [resource.sight]
    for name, below in expand.items():
        found.append(sights(version, version.resources[resource.expansions[name].resource], below))
    return "+".join(found) if len(found) > 1 else found[0]


# Compiling.


def compile_access(spec: ResourceSpec, fields: Mapping[str, Field], report: Report) -> Access:
    """The rules of a resource. What cannot work, and what would tell of a masked field, is reported."""
    said = spec.access
    for name in said.rows:
        place = said.node.at("rows", name)
        if name not in spec.fields:
            message = f"{spec.name} has no field {name!r} that rows could be told apart by"
            report(Fault("unknown-field", place, message, hint=nearest(name, spec.fields)))
        elif name in fields and not fields[name].conversion.filterable:
            message = f"{name!r} cannot scope rows: what is stored cannot be found by its value"
            report(Fault("conversion-misfit", place, message))
    if said.rows_exempt and not said.rows:
        message = "rows_exempt without rows: there is nothing to be exempt from"
        report(Fault("wrong-value", said.node.at("rows_exempt"), message, "rows beside it"))
    for fault in (*_told_by_key(spec), *_told_by_column(spec)):
        report(fault)
    rows = tuple((fields[name], claim) for name, claim in said.rows.items() if name in fields)
    return Access(said.read, rows, said.rows_exempt, said.audited)


def _told_by_key(spec: ResourceSpec) -> Iterator[Fault]:
    """A key stands in addresses: whoever may read the resource sees it."""
    for name in spec.key:
        if name in spec.fields and spec.fields[name].scope:
            message = f"{name!r} is part of the key of {spec.name}, so that it cannot be hidden behind a scope"
            yield Fault("revealed-field", spec.fields[name].node.at("scope"), message)


def _told_by_column(spec: ResourceSpec) -> Iterator[Fault]:
    """Two fields over one column need one scope: through the other, the masked one could be read, filtered and sorted by."""
    for field in spec.fields.values():
        if not field.scope:
            continue
        others = (each for each in spec.fields.values() if each.scope != field.scope)
        other = next((each for each in others if _shares(each.columns, field.columns)), None)
        if other is not None:
            columns = ", ".join(sorted(set(other.columns) & set(field.columns)))
            message = f"{other.name!r} reveals {field.name!r}: both are stored in {columns}"
            yield Fault("revealed-field", other.node.at(), message, f"the scope {field.scope} at both")


def _shares(first: Collection[str], second: Collection[str]) -> bool:
    return not set(first).isdisjoint(second)
