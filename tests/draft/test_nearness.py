"""What may refer to a key is found by index: nothing is lost by not holding each table against each other."""

from __future__ import annotations

import pytest

from app.draft import relations as module
from app.draft.dictionary import dictionary
from app.draft.model import FieldDraft, Proposal
from app.draft.nearness import Near, Nearness
from app.draft.relations import Found, adopted, relations
from app.draft.side import Side
from tests.draft.tables import sample, table

WORDS = dictionary()
KEYS = [f"K{number:03}" for number in range(60)]
OTHERS = [f"L{number:03}" for number in range(60)]


class Everything(Nearness):
    """Each field of each table, held against each other table."""

    def __init__(self, sides: list[Side]) -> None:
        super().__init__(sides)
        self.sides = sides

    def named(self, holder: Side) -> Near:
        """All."""
        return [(side, holder.fields) for side in self.sides]

    near = named


def side(name: str, entity: str, *fields: str, values: list[str], key: int = 1) -> Side:
    """A resource of 60 rows whose fields all hold the same values, each over a column of its own; the first are its key."""
    columns = [field.upper().replace("_", "") for field in fields]
    of = sample(
        table(name, *(f"{column} char(4)" for column in columns), key=columns[:key]),
        [(v,) * len(fields) for v in values],
    )
    drafts = tuple(
        FieldDraft(field, Proposal((column,), "string")) for field, column in zip(fields, columns, strict=True)
    )
    return Side(f"{entity}s", tuple(entity.split("-")), of, drafts, fields[:key])


PLANT = [
    side("CUSMAS", "customer", "number", "name", values=KEYS),
    side("ORDHDR", "order", "order_number", "customer_number", "ship_to_customer", values=KEYS),
    side("ORDLIN", "order-line", "order_number", "line_number", "customer_rating", values=KEYS, key=2),
    side("WHSMAS", "warehouse", "plant", "site_code", values=OTHERS),
    side("STOCK", "stock", "item_code", "plant", "elsewhere", values=OTHERS),
    side("ITMMAS", "item", "item_code", "buyer_item", values=OTHERS),
]


def found(sides: list[Side]) -> Found:
    """What lies between them."""
    return relations(adopted(sides), set(), WORDS)


def test_the_index_finds_what_each_against_each_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """By columns, by names of every likeness, and by values alone; in the same order."""
    indexed = found(PLANT)
    monkeypatch.setattr(module, "Nearness", Everything)
    assert indexed == found(PLANT)
    assert {name: [each.resource for each in leads] for name, leads in indexed.relations.items()}.keys() >= {"orders"}
    told = [doubt for leads in indexed.relations.values() for each in leads for doubt in each.doubts]
    assert any("no name does" in doubt for doubt in told)


def test_a_table_far_from_all_others_is_compared_with_none() -> None:
    """Neither a column nor a word nor a value of it is a key's."""
    alone = side("LOG", "entry", "stamp", "message", values=[f"M{number:03}" for number in range(60)])
    assert [each.name for each, _ in Nearness([*PLANT, alone]).near(alone) if each is not alone] == []
