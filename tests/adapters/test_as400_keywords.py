"""From gateway.yaml's words to the driver's keywords, as golden files."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters import as400
from adapters.as400.keywords import OPTIONS, keywords
from adapters.over_odbc import connection_string, connection_words
from adapters.port import Terms, Unavailable

_GOLDEN = Path(__file__).parents[1] / "golden" / "as400" / "connection_strings.txt"
_RENEW = "BASCULE_TEST_RENEW"

_CASES: dict[str, dict[str, str]] = {
    "the least": {"system": "erp400"},
    "what most need": {"system": "erp400.example.com", "user": "BASCULE", "password": "secret", "libraries": "PRODLIB,QGPL"},
    "a library list": {"system": "erp400", "naming": "system", "libraries": "PRODLIB,*USRLIBL", "untagged": "text"},
    "a password that could be more": {"system": "erp400", "user": "BASCULE", "password": "a;CMT=2}b{c"},
    "everything": {
        "system": "erp400", "user": "BASCULE", "password": "secret", "libraries": "PRODLIB", "naming": "sql",
        "database": "IASP1", "ssl": "on", "untagged": "bytes", "commit": "cursor", "packages": "QGPL", "estimate": "60",
        "driver": "/opt/ibm/iaccess/lib64/libcwbodbc.so", "prepared": "no",
    },
}  # fmt: skip


def test_the_connection_strings_are_the_ones_that_were_reviewed() -> None:
    """Each set of options is the committed string. `BASCULE_TEST_RENEW=1` writes it anew; then read the difference."""
    found = "".join(f"# {name}\n{connection_string(keywords(options))}\n\n" for name, options in _CASES.items())
    if os.environ.get(_RENEW) == "1":
        _GOLDEN.write_text(found, encoding="utf-8")
    assert found == _GOLDEN.read_text(encoding="utf-8")


def test_every_option_is_tried() -> None:
    """The golden file has each word that a source may take."""
    assert {option.name for option in OPTIONS} == set(_CASES["everything"])


@pytest.mark.parametrize("options", _CASES.values(), ids=list(_CASES))
def test_no_value_can_become_a_keyword(options: dict[str, str]) -> None:
    """What a driver manager reads back are the words that were meant: none more, none twice, and read-only."""
    words = {word: value for word, value in keywords(options).items() if value}
    assert connection_words(connection_string(words)) == words
    assert words["CONNTYPE"] == "2"


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.choices and option.name != "prepared"])
def test_every_choice_is_a_keyword_s_value(name: str) -> None:
    """Each word that the contract allows is known to the driver, and each means something else; `prepared` is the gateway's own."""
    [choices] = [option.choices for option in OPTIONS if option.name == name]
    assert len({str(keywords({"system": "erp400", name: choice})) for choice in choices}) == len(choices)


def test_without_its_driver_a_source_is_unavailable() -> None:
    """What the driver manager cannot find is told with its own words, when the source is first used."""
    source = as400.KIND.open("erp", {"system": "127.0.0.1", "driver": "/no/such/libcwbodbc.so"}, Terms(1, 30.0))
    with pytest.raises(Unavailable, match=r"libcwbodbc\.so"):
        source.ping()
    source.close()


@pytest.mark.parametrize("options", [{"estimate": "a minute"}, {"estimate": "-1"}, {"password": "a\0b"}])
def test_a_word_that_cannot_be_meant_is_told_when_the_source_is_opened(options: dict[str, str]) -> None:
    """Nothing is tried with it, and what may be a secret is not repeated."""
    with pytest.raises(Unavailable, match=r"gateway\.yaml") as caught:
        as400.KIND.open("erp", {"system": "erp400", **options}, Terms())
    assert "a\0b" not in str(caught.value)


def test_a_longest_estimate_is_the_query_s_time_limit() -> None:
    """Db2 for i holds ODBC's query timeout against its optimizer's estimate."""
    connection = SimpleNamespace(timeout=0)
    as400._set_up(60, connection)
    assert connection.timeout == 60
