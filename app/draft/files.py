"""Where drafts lie: a resource's file in its version's folder, and the draft as it was made, in FOLDER/.drafts.

In charge of finding the file of a table, whatever a person has called it since, and of writing it with what they changed kept. The
copy in .drafts belongs in version control beside the file: without it, nobody can tell what is a person's. A file that nobody can
read is left alone, and so is its copy. It must not know how texts are merged, or drafts made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from app.contract.document import mapping
from app.contract.files import parse, read
from app.contract.layout import VERSION
from app.draft.draft import Given
from app.draft.merge import Identity, Piece, carried, columns_of, merge, pieces
from app.draft.model import ResourceDraft
from app.draft.names import UNEXPLAINED
from app.draft.write import write
from app.shapes import Fault, Node

KEPT: Final = ".drafts"
_OVER: Final = ("source", "table")  # the words that say what a resource is over
_WITHHELD: Final = frozenset({"confidential", "personal"})
_NEW_VERSION: Final = "# A draft may still change: say `status: current` once callers may rely on it.\nstatus: draft\n"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a draft was written to: whether it was there before, and what of it was left as a person has it."""

    path: Path
    existed: bool
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A file of a version's folder.

    `over` are the source and the table that it names; none where it does not name both. Where it cannot be read, `fault` says why,
    and `over` is what single lines of it say.
    """

    path: Path
    over: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The place of one source's drafts in one version of a contract folder, with the files that stood there when it was read."""

    folder: Path
    version: str
    source: str
    standing: tuple[Standing, ...]

    @classmethod
    def read(cls, folder: Path, version: str, source: str) -> Home:
        """The place as it is now: each file is read once, whatever number of tables is asked for. Raises OSError."""
        paths = sorted((folder / version).glob("*.yaml"))
        return cls(folder, version, source, tuple(_standing(folder, path) for path in paths))

    def given(self, table: str) -> Given:
        """The names that a table's resource and fields have; nothing where it has no file, or one that cannot be read.

        Names stay, whatever the dictionary has learnt since, but for those that a draft has asked about and nobody has touched.
        """
        file = self.file(table)
        if file is None or file.fault is not None:
            return Given()
        text = file.path.read_text(encoding="utf-8")
        before = self._before(table) or ""
        node = _parsed(text)
        drafted, standing = _names(_parsed(before)), _names(node)
        asked = _asked(before, text)
        free = {columns: name for columns, name in drafted.items() if name not in standing.values()}
        given = {columns: name for columns, name in (free | standing).items() if columns not in asked}
        dropped = frozenset(drafted.keys() - standing.keys())
        resource = mapping(node).get("resource")
        return Given("" if resource is None else resource.source, given, dropped, _withheld(node))

    def file(self, table: str) -> Standing | None:
        """The file of the table's resource; where it has several, the first that was drafted, else the first.

        A file that does not say what it is over is the table's if that was drafted to it.
        """
        before = mapping(_parsed(self._before(table) or "")).get("resource")
        drafted = "" if before is None else before.source
        found = [each for each in self.standing if each.over == (self.source, table)]
        named = [each for each in (*found, *self._unsaid()) if each.path.stem == drafted]
        return next(iter([*named, *found]), None)

    def write(self, draft: ResourceDraft, drafted: Collection[str] = ()) -> Written:
        """Write a draft to its file, what a person changed there kept; `drafted` are the resources of the same run. Raises OSError.

        A file that cannot be read or taken apart stays as it is, and so does the copy.
        """
        before = self._before(draft.table)
        text = carried(before, write(draft), drafted)
        file = self.file(draft.table)
        if file is None:
            path = self._free(draft.name)
            self._put(path, text)
            self._put(self._copy(draft.table), text)
            return Written(path, existed=False)
        if file.fault is not None:
            return Written(file.path, existed=True, said=(str(file.fault),))
        merged = merge(before, file.path.read_text(encoding="utf-8"), text)
        if before is not None and pieces(merged.text) is not None:
            self._put(file.path, merged.text)
            self._put(self._copy(draft.table), text)
        return Written(file.path, existed=True, said=merged.said)

    def begin(self) -> bool:
        """Make the version's folder, a draft of a version, where there is none; whether it was made. Raises OSError."""
        if (self.folder / self.version).exists():
            return False
        self._put(self.folder / self.version / VERSION, _NEW_VERSION)
        return True

    def _unsaid(self) -> Iterator[Standing]:
        return (each for each in self.standing if not each.over)

    def _free(self, name: str) -> Path:
        """The file of that name, or the first with a number that is not there: a file is never written over."""
        names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
        paths = (self.folder / self.version / f"{each}.yaml" for each in names)
        return next(path for path in paths if not path.exists())

    def _copy(self, table: str) -> Path:
        return self.folder / KEPT / self.version / f"{quote(f'{self.source}.{table}', safe=' ')}.yaml"

    def _before(self, table: str) -> str | None:
        copy = self._copy(table)
        return copy.read_text(encoding="utf-8") if copy.exists() else None

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _standing(folder: Path, path: Path) -> Standing:
    """A file as far as it can be read."""
    faults: list[Fault] = []
    node = read(folder, path.relative_to(folder).as_posix(), faults.append)
    if not faults:
        return Standing(path, _over(mapping(node)))
    lines = path.read_bytes().decode(errors="replace").splitlines()
    words = [mapping(_parsed(line)) for line in lines if line.startswith(_OVER)]
    return Standing(path, _over({name: word for each in words for name, word in each.items()}), faults[0])


def _over(words: Mapping[str, Node]) -> tuple[str, ...]:
    return tuple(words[word].source for word in _OVER) if words.keys() >= set(_OVER) else ()


def _parsed(text: str) -> Node | None:
    """The file's words; None where it holds none that can be read."""
    faults: list[Fault] = []
    node = parse(text, "draft", faults.append) if text else None
    return None if faults else node


def _asked(before: str, text: str) -> set[Identity]:
    """The fields of a draft whose names it asked about, and that stand in the file as they were drafted."""
    standing = {each.identity: each.plain for each in _fields(text)}
    return {
        each.identity
        for each in _fields(before)
        if UNEXPLAINED in each.text and standing.get(each.identity) == each.plain
    }


def _fields(text: str) -> Sequence[Piece]:
    """The fields of a file as pieces of it."""
    return next((each.inner for each in pieces(text) or () if each.name == "fields"), ())


def _withheld(node: Node | None) -> frozenset[Identity]:
    """The columns of the fields that are classified such that their values are not for everybody."""
    classified = ((field, mapping(field).get("classification")) for field in mapping(node, "fields").values())
    return frozenset(columns_of(field) for field, word in classified if word is not None and word.source in _WITHHELD)


def _names(node: Node | None) -> dict[Identity, str]:
    """The names of a file's fields by their columns."""
    return {columns_of(field): name for name, field in mapping(node, "fields").items()}
