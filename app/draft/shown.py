"""Sentences that show values of a source, and that can do without.

In charge of keeping both forms together, from where a value is put into words to where somebody knows whether it may be shown: the
name of a field, by which it is a person's, is found long after its evidence. It must not know what is a person's.
"""

from __future__ import annotations

from typing import Self


class Shown(str):
    """Words that show values. `bare` is what stands in their place where no value may be shown."""

    __slots__ = ("bare",)

    bare: str

    def __new__(cls, words: str, bare: str = "…") -> Self:
        """The words, and those without a value."""
        made = super().__new__(cls, words)
        made.bare = bare
        return made


def told(*parts: str) -> str:
    """The parts as one sentence, which can do without what they show. Nothing else may join them: it would forget that."""
    return Shown("".join(parts), "".join(map(bare, parts)))


def bare(words: str) -> str:
    """The words without a value."""
    return words.bare if isinstance(words, Shown) else words
