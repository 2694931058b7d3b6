"""The dirt of the demo plant: what decades of programs leave in a table, planted in a known share of the rows.

In charge of what is planted and where: one table that the generator, the tests and the reference page read. A planted
value never occurs in clean rows, so `column IN (values)` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.demo.dice import Dice
from app.demo.tables import Table

SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Dirt:
    """One kind of dirt: the values that stand where none of their kind belongs."""

    table: str
    column: str
    kind: str
    values: tuple[Any, ...]


DIRT = (
    Dirt("ORDHDR", "ORDDT", "impossible date", (1260230, 1251301, 1240431, 1260900, 1230229)),
    Dirt("ORDHDR", "ORDST", "unknown code", ("77", "2O", "E0")),
    Dirt("ORDHDR", "ORDWT", "blanks in a packed field", (b"\x40\x40\x40\x40",)),
    Dirt("ORDHDR", "PRMTM", "impossible time", (250000, 96100, 126099)),
    Dirt("ORDHDR", "RUSHF", "unknown flag", ("?", "3")),
    Dirt("ORDLIN", "LNDUE", "impossible date", (1260631, 1261131, 1240000, 1250230)),
    Dirt("ORDLIN", "LNSTS", "unknown code", ("7X", "99")),
    Dirt("ORDLIN", "LNUOM", "unknown code", ("XX", "E?")),
    Dirt("ORDLIN", "LNWEEK", "impossible week", (2554, 2599)),
    Dirt("CUSMAS", "CRLIM", "text in a zoned field", ("UNLIMITED  ", "SEE MEMO   ")),
    Dirt("CUSMAS", "SINCE", "impossible date", (130599, 23101)),
    Dirt("CUSMAS", "CSTAT", "unknown code", ("?", "Z")),
    Dirt("ITMMAS", "ITCST", "text in a zoned field", ("NOT SET    ", "0000 12345A")),
    Dirt("ITMMAS", "ITREVD", "impossible date", (124000, 119800)),
    Dirt("ITMMAS", "ITLCT", "impossible month", (202613, 202500)),
    Dirt("BOMSTR", "BEFFD", "impossible date", (1190229, 1201301, 1210431)),
    Dirt("BOMSTR", "BDISD", "impossible date", (1270229, 1280631)),
    Dirt("JobOrder", "State", "unknown code", (7, 77)),
    Dirt("JobOperation", "State", "unknown code", (5, 8)),
)


def plant(dice: Dice, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Spoil `SHARE` of the rows of `table` in place, each in one column, the kinds in turn."""
    kinds = [dirt for dirt in DIRT if dirt.table == table.name]
    if not kinds:
        return
    for turn, place in enumerate(dice.sample(round(SHARE * len(rows)), len(rows))):
        dirt, spoiled = kinds[turn % len(kinds)], list(rows[place])
        spoiled[table.position(dirt.column)] = dice.pick(dirt.values)
        rows[place] = tuple(spoiled)


def rows_of_reference() -> list[str]:
    """The rows of the table in `docs/reference/demo-plant.md`, in Markdown."""
    return [
        f"| `{dirt.table}` | `{dirt.column}` | {dirt.kind} | {', '.join(map(_literal, dirt.values))} |" for dirt in DIRT
    ]


def _literal(value: Any) -> str:
    """A value as SQL writes it."""
    if isinstance(value, bytes):
        return f"`X'{value.hex().upper()}'`"
    return f"`'{value}'`" if isinstance(value, str) else f"`{value}`"
