"""How likely it is that values of no such meaning would fit a reading all the same.

In charge of that number alone. Half of all numbers of one or two digits are times of day, and one in 400 of those with eight digits is
a date of our century: only what is unlikely by chance is evidence. Two models of chance are asked, and their geometric mean is
taken: other digits in the same places, and other whole numbers between the lowest and the highest. The first alone would take the
serial numbers 2001 to 2050 for weeks, the second alone would find nothing in the dates of a single month.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

PROBES: Final = 256
_GOLDEN: Final = (math.sqrt(5) - 1) / 2  # its multiples, without their whole part, spread evenly: no dice are needed
_SERIES: Final = 30  # values, and
_DENSE: Final = 0.9  # of the numbers between the lowest and the highest, make a series
_SHAPES: Final = 8  # the most frequent shapes stand for all
_KEPT: Final = 4096  # answers that are kept: many columns of a plant have values of one shape
_DIGIT: Final = re.compile(r"\d")

Test = Callable[[Any], bool]


def chance(fitting: Sequence[Any], test: Test) -> float:
    """The share of other values that would fit as well as these do, between 1/512 and 1."""
    found = [share for share in (_by_shape(fitting, test), _by_range(fitting, test)) if share is not None]
    if not found:
        return 1.0
    return max(math.prod(found) ** (1 / len(found)), 1 / (2 * PROBES))


def is_series(values: Sequence[Any]) -> bool:
    """Whether values are whole numbers one after the other, as serial numbers are: moments skip what no calendar has."""
    if len(values) < _SERIES or not all(map(_is_digits, values)):
        return False
    numbers = [int(value) for value in values]
    return len(set(numbers)) > _DENSE * (max(numbers) - min(numbers) + 1)


def _by_shape(fitting: Sequence[Any], test: Test) -> float | None:
    """The share among values with other digits in the same places; None where there are no digits."""
    shapes = Counter(_shape(value) for value in fitting)
    common = [(shape, count) for shape, count in shapes.most_common(_SHAPES) if "9" in shape[1]]
    total = sum(count for _, count in common)
    shares = [(_share_of_shape(shape, max(16, PROBES * count // total), test), count) for shape, count in common]
    return sum(share * count for share, count in shares) / total if total else None


@lru_cache(_KEPT)
def _share_of_shape(shape: tuple[type, str], number: int, test: Test) -> float:
    return _share(_probes(shape)[:number], test)


def _shape(value: Any) -> tuple[type, str]:
    """The kind of a value, and its text with a 9 for each digit."""
    if isinstance(value, str):
        return str, _DIGIT.sub("9", value)
    return int, "9" * len(str(int(value))) if _is_whole(value) and value >= 0 else ""


@lru_cache(_KEPT)
def _probes(shape: tuple[type, str]) -> Sequence[Any]:
    """As many values of a shape as are ever asked for, spread evenly; so are the first of them."""
    kind, form = shape
    width = form.count("9")
    lowest = 10 ** (width - 1) if kind is int and width > 1 else 0
    return [_filled(kind, form, lowest + int(_fraction(turn) * (10**width - lowest)), width) for turn in range(PROBES)]


def _filled(kind: type, form: str, number: int, width: int) -> Any:
    """A value of that shape with the digits of a number."""
    if kind is int:
        return number
    digits: Iterator[str] = iter(str(number).zfill(width))
    return re.sub("9", lambda _: next(digits), form)


def _by_range(fitting: Sequence[Any], test: Test) -> float | None:
    """The share among the whole numbers between the lowest and the highest; None where the values are none."""
    if not fitting or not all(map(_is_digits, fitting)):
        return None
    numbers = [int(value) for value in fitting]
    low, high = min(numbers), max(numbers)
    size = high - low + 1
    turns = range(size) if size <= PROBES else [int(_fraction(turn) * size) for turn in range(PROBES)]
    width = max(len(value.strip()) for value in fitting) if isinstance(fitting[0], str) else 0
    return _share([str(low + turn).zfill(width) if width else low + turn for turn in turns], test)


def _share(values: Sequence[Any], test: Test) -> float:
    return sum(map(test, values)) / len(values)


def _fraction(turn: int) -> float:
    return (turn + 1) * _GOLDEN % 1


def _is_whole(value: Any) -> bool:
    try:
        return bool(value == int(value))
    except (TypeError, ValueError, ArithmeticError):
        return False


def _is_digits(value: Any) -> bool:
    return value.strip().isdecimal() and value.isascii() if isinstance(value, str) else _is_whole(value)
