"""What seems to be about a person."""

from __future__ import annotations

import pytest

from app.draft.dictionary import dictionary
from app.draft.personal import reasons

WORDS = dictionary()


@pytest.mark.parametrize(
    ("name", "entity", "personal"),
    [
        ("email", ("order",), True),
        ("contact_name", ("order",), True),
        ("billing_address", ("invoice",), True),
        ("born_on", ("policy",), True),
        ("iban", ("account",), True),
        ("salesperson_name", ("order",), True),
        ("name", ("customer",), True),
        ("name", ("item",), False),
        ("status", ("customer",), False),
        ("city", ("customer",), True),
        ("city", ("plant",), False),
        ("user_count", ("report",), True),
    ],
)
def test_names_say_it(name: str, entity: tuple[str, ...], personal: bool) -> None:  # noqa: FBT001  # a table's column
    """Words that mean a person anywhere, and words that do in a table of people."""
    found = reasons({name: ()}, entity, WORDS)[name]
    assert found.startswith("the name says ") is personal


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["a@example.com", "b.c@example.org", None, "  "], "an e-mail address"),
        (["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"], "a bank account"),
        (["DE00370400440532013000", "GB00WEST12345698765432"], ""),
        (["+49 711 123456", "(0711) 12 34 56", "001-313-555-0100"], "a telephone number"),
        (["0711123456", "0711123457"], ""),
        (["a@example.com", "no", "none", "nil"], ""),
        ([1, 2, None], ""),
        ([], ""),
    ],
)
def test_values_say_it(values: list[object], what: str) -> None:
    """A form that nearly all values have; numbers alone, and account numbers that do not add up, are none."""
    found = reasons({"remark_1": values}, ("item",), WORDS)["remark_1"]
    assert (what in found) if what else found == ""


def test_what_stands_beside_an_address() -> None:
    """The city of a billing address is a part of it, in whatever table."""
    found = reasons({"billing_address": (), "billing_city": (), "total": ()}, ("invoice",), WORDS)
    assert [name for name, reason in found.items() if reason] == ["billing_address", "billing_city"]
