"""A file that was drafted before, and edited since, takes a new draft in.

In charge of telling what is a person's: three texts are compared piece by piece, the draft of last time, the file, and the draft
of now. A piece is a word of the file, or one field or expansion, with the comments above it. What nobody touched becomes what the
new draft says; what somebody changed, added or took out stays so, and what the draft would say there is told. It must not judge
a draft.

Fields are the same where their columns are, whatever they are called.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.contract.document import mapping
from app.contract.files import parse
from app.conversions.registry import STORED_AS
from app.shapes import Fault, Node

Identity = tuple[str, ...]  # of a field its columns, of everything else its name

_NESTED: Final = ("fields", "expand")
_WORD: Final = re.compile(r"""(?:([A-Za-z_][\w-]*)|"([^"]*)"|'([^']*)')\s*:(?:\s|$)""")


@dataclass(frozen=True, slots=True)
class Merged:
    """The file's new text, and what was left as a person has it, a sentence each."""

    text: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A word with the comments above it and all its lines.

    `inner` are the pieces of its mapping, if it is taken apart; `resource` is where an expansion leads.
    """

    identity: Identity
    name: str
    text: str
    inner: tuple[Piece, ...] = ()
    resource: str = ""

    @property
    def plain(self) -> str:
        """The text as it is compared: without blanks at the ends of its lines, and without empty lines around it."""
        return "\n".join(line.rstrip() for line in self.text.strip("\n").splitlines())


def merge(base: str | None, file: str, new: str) -> Merged:
    """The file with the new draft taken in; `base` is the draft of last time, None where nobody has kept it."""
    theirs, ours = pieces(file), pieces(new)
    if theirs is None or ours is None:
        return Merged(file, ("it cannot be taken apart, and was left as it is",))
    before = None if base is None else pieces(base)
    if before is None:
        missing = [each.name for each in _missing(theirs, ours)]
        told = (f"the draft has besides: {', '.join(missing)}",) if missing else ()
        return Merged(file, ("nobody knows what was drafted before, so it was left as it is", *told))
    said: list[str] = []
    return Merged("".join(_merged(before, theirs, ours, said)), tuple(said))


def carried(base: str | None, new: str, drafted: Collection[str]) -> str:
    """The new draft with those expansions of last time's that lead to no resource `drafted` with it: nobody looked for them."""
    before = _expansions(pieces(base or "") or ())
    known = {each.name for each in _expansions(pieces(new) or ())}
    kept = [each for each in before if each.resource and each.resource not in drafted and each.name not in known]
    if not kept:
        return new
    head = "" if known else "\nexpand:\n"
    return new + head + "".join(each.text if each.text.endswith("\n") else f"{each.text}\n" for each in kept)


def _expansions(found: Sequence[Piece]) -> Sequence[Piece]:
    """The expansions of a draft, whose word is its last."""
    return next((each.inner for each in found if each.name == "expand"), ())


def columns_of(node: Node) -> Identity:
    """The columns of a field, wherever they are named."""
    words = mapping(node)
    if "column" in words:
        return (words["column"].source,)
    if "columns" in words:
        listed = words["columns"].value
        return tuple(each.source for each in listed) if isinstance(listed, list) else (words["columns"].source,)
    named = STORED_AS.columns_in(words.get("stored_as"))
    return () if named is None else tuple(each.source for each in named.value)


def pieces(text: str) -> tuple[Piece, ...] | None:
    """The pieces of a file, whose texts together are the file; None where it is no YAML, or written in another way."""
    faults: list[Fault] = []
    node = parse(text, "draft", faults.append)
    if node is None or faults or not mapping(node):
        return None
    found = []
    for name, part in _cut(text.splitlines(keepends=True), ""):
        inner = _inner(part, mapping(node).get(name)) if name in _NESTED else ()
        if inner is None:
            return None
        found.append(Piece((name,), name, part, inner))
    whole = "".join(each.text for each in found) == text
    return tuple(found) if whole and [each.name for each in found] == list(mapping(node)) else None


def _inner(text: str, node: Node | None) -> tuple[Piece, ...] | None:
    """The pieces of a mapping, the line with its name first; None where it is not written in lines of its own."""
    lines = text.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if _WORD.match(line)) + 1
    indent = next((line[: len(line) - len(line.lstrip())] for line in lines[first:] if _is_word(line.lstrip())), "")
    children = mapping(node)
    if not indent or not children:
        return None
    cut = list(_cut(lines[first:], indent))
    if [name for name, _ in cut] != list(children):
        return None
    head = Piece((), "", "".join(lines[:first]))
    identities = [columns_of(children[name]) or (name,) for name, _ in cut]
    leading = [mapping(children[name]).get("resource") for name, _ in cut]
    return (
        head,
        *(
            Piece(identity, name, part, resource="" if to is None else to.source)
            for identity, (name, part), to in zip(identities, cut, leading, strict=True)
        ),
    )


def _cut(lines: Sequence[str], indent: str) -> Iterator[tuple[str, str]]:
    """The words at an indentation, each with the comments and empty lines above it and the lines below it."""
    name, held, above = "", list[str](), list[str]()
    for line in lines:
        rest = line[len(indent) :] if line.startswith(indent) else ""
        found = _WORD.match(rest)
        if found:
            if name:
                yield name, "".join(held)
            name, held, above = next(filter(None, found.groups()), ""), [*above, line], []
        elif not line.strip() or line.lstrip().startswith("#"):
            above.append(line)
        else:
            held, above = [*held, *above, line], []
    if name:
        yield name, "".join([*held, *above])


def _is_word(line: str) -> bool:
    return _WORD.match(line) is not None


def _missing(theirs: Sequence[Piece], ours: Sequence[Piece]) -> Iterator[Piece]:
    """What the new draft has and the file has not: words, then fields and expansions."""
    there = {each.identity: each for each in theirs}
    for each in ours:
        if each.identity not in there:
            yield each
        elif each.inner:
            yield from _missing(there[each.identity].inner, each.inner)


def _merged(before: Sequence[Piece], theirs: Sequence[Piece], ours: Sequence[Piece], said: list[str]) -> list[str]:
    """The texts of the pieces of one mapping, in the file's order, new ones after those that they follow in the draft."""
    old, new = _by_identity(before), _by_identity(ours)
    kept: list[tuple[Identity, str]] = []
    for piece in theirs:
        text = _settled(old.get(piece.identity), piece, new.get(piece.identity), new, said)
        if text is not None:
            kept.append((piece.identity, text))
    covered = {part for identity, _ in kept for part in identity}
    for at, piece in enumerate(ours):
        if piece.identity in old or piece.identity in {identity for identity, _ in kept}:
            continue  # it stands there, or a person took it out
        if covered.isdisjoint(piece.identity):
            kept.insert(_behind([each.identity for each in ours[:at]], kept), (piece.identity, piece.text))
        else:
            said.append(f"{piece.name}: not added, since its columns stand in another field")
    return [text if text.endswith("\n") else f"{text}\n" for _, text in kept]


def _settled(
    old: Piece | None, theirs: Piece, new: Piece | None, all_new: Mapping[Identity, Piece], said: list[str]
) -> str | None:
    """What becomes of a piece of the file; None where the new draft has its columns in another field."""
    touched = old is None or old.plain != theirs.plain
    if new is None:
        joined = any(set(theirs.identity) < set(identity) for identity in all_new)
        if old is not None and not touched and joined:
            return None
        if old is not None:
            said.append(f"{theirs.name}: the draft has it no longer; the file keeps it")
        return theirs.text
    if old is not None and old.inner and theirs.inner and new.inner:
        return "".join(_merged(old.inner, theirs.inner, new.inner, said))
    if not touched:
        return new.text
    if new.plain != theirs.plain and (old is None or old.plain != new.plain):
        said.append(f"{theirs.name}: edited, so it was left as it is; the draft says otherwise now")
    return theirs.text


def _behind(earlier: Sequence[Identity], kept: Sequence[tuple[Identity, str]]) -> int:
    """Where a new piece goes: after the last of those that come before it in the draft."""
    places = [at for at, (identity, _) in enumerate(kept) if identity in set(earlier)]
    return max(places) + 1 if places else 0


def _by_identity(pieces_: Sequence[Piece]) -> dict[Identity, Piece]:
    return {each.identity: each for each in pieces_}
