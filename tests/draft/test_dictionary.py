"""The dictionary that comes with the gateway, and a folder's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.files import parse
from app.draft import dictionary as module
from app.draft.dictionary import DICTIONARY, FILE, dictionary
from app.shapes import Fault, Faults

SHIPPED = Path(module.__file__).with_name(FILE)


def test_the_shipped_file_is_sound() -> None:
    """It has no fault, and spells out more than three hundred abbreviations in English words."""
    faults: list[Fault] = []
    node = parse(SHIPPED.read_text(encoding="utf-8"), FILE, faults.append)
    assert node is not None
    DICTIONARY.check(node, faults.append)
    assert faults == []
    assert len(dictionary().words) > 300


def test_every_word_of_the_format_is_used() -> None:
    """The shipped file shows each word that a folder's own may have."""
    node = parse(SHIPPED.read_text(encoding="utf-8"), FILE, lambda _: None)
    assert node is not None
    assert set(node.value) == set(DICTIONARY.words)


def test_a_folder_has_its_own_words(tmp_path: Path) -> None:
    """A folder's entries come before those of the gateway, which stay for the rest."""
    (tmp_path / FILE).write_text("words: {no: nothing, qzx: quartz crystal}\npeople: [player]\n", encoding="utf-8")
    found = dictionary(tmp_path)
    assert (found.words["no"], found.words["qzx"], found.words["cus"]) == (
        ("nothing",),
        ("quartz", "crystal"),
        ("customer",),
    )
    assert {"player", "customer"} <= found.people


def test_a_folder_without_one_has_the_gateways(tmp_path: Path) -> None:
    """Nothing has to be there."""
    assert dictionary(tmp_path) == dictionary()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("words: [a]", "wrong-value"),
        ("wrods: {a: b}", "unknown-word"),
        ("words: {A B: b}", "wrong-value"),
        ("a: [", "not-yaml"),
    ],
)
def test_a_fault_of_a_folders_own_has_its_place(tmp_path: Path, text: str, code: str) -> None:
    """What is wrong with dictionary.yaml is a fault like any other."""
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as found:
        dictionary(tmp_path)
    assert [(fault.code, fault.place.file) for fault in found.value] == [(code, FILE)]
