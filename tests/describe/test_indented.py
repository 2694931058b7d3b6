"""JSON that people read: one notation, whoever writes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.describe.indented import indented


@pytest.mark.parametrize(
    "value",
    [
        {"a": [], "b": {}, "c": [1, [True, None]], "d": {"e": 12.5}},
        {"text": 'Größe \u2028 \x7f \t "quoted" \\ 😀'},
        {"maximum": 10**30},
    ],
)
def test_it_is_the_notation_of_the_standard_library(value: Any) -> None:
    """Byte for byte, whole numbers of any size among it: what is published does not change with the library that writes it."""
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
