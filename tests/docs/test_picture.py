"""The picture of the benchmarks is drawn from the figures, and the figures are those of benchmarks that exist."""

from __future__ import annotations

from importlib.util import find_spec
from xml.etree import ElementTree as ET

import pytest

from bench import picture
from bench.picture import FIGURES, PICTURE, Figure

MACHINE, SAID = picture.read(FIGURES.read_text(encoding="utf-8"))


def test_the_picture_is_fresh() -> None:
    """`python -m bench.picture` would write what is there."""
    assert PICTURE.read_text(encoding="utf-8") == picture.draw(MACHINE, SAID)


def test_each_command_is_a_benchmark() -> None:
    """Whoever doubts a bar can run its command."""
    assert all(find_spec(figure.command.removeprefix("python -m ")) for figure in SAID)


def test_bars_begin_at_one() -> None:
    """A ratio above one goes to the right, one below to the left, in the colour of what was asked."""
    drawn = ET.fromstring(
        picture.draw("", [Figure("a", "b", 2, 4, ""), Figure("a", "b", 0.5, 0.4, "")])
    )  # our own text
    faster, slower = drawn.iter("{http://www.w3.org/2000/svg}rect")
    assert (faster.get("class"), slower.get("class")) == ("missed", "met")
    assert float(faster.get("x", "")) == picture.place(1)
    assert float(slower.get("x", "")) == picture.place(0.5)
    assert float(slower.get("x", "")) + float(slower.get("width", "")) == pytest.approx(picture.place(1))
