"""Master data of the demo plant as facts: customers, items, bills of materials.

In charge of what exists; it must not know how a legacy system keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.demo.dice import Dice
from app.demo.vocabulary import (
    COUNTRIES,
    COUNTRY_SHARES,
    ENGLISH_NAMES,
    ENGLISH_TRADES,
    FAMILIES,
    GERMAN_NAMES,
    GERMAN_TRADES,
    Country,
    Family,
)

ANCHOR = date(2026, 11, 15)  # the plant's today: what lies after it has not happened
CUSTOMERS = 640


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer. The credit limit is in cents of its currency; a negative one stands for a debt to be paid first."""

    number: str
    name: str
    address: tuple[str, str, str]
    country: Country
    email: str | None
    credit_limit: int
    status: str  # active, hold, inactive
    since: date
    vat: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item. `cost` is in 1/10000 USD, `grams` its weight, `stock` in hundredths of its unit (negative: to be counted)."""

    number: str
    description: str
    family: Family
    cost: int
    grams: int
    stock: int
    lead_days: int
    revised: date
    counted: date
    deleted: bool


@dataclass(frozen=True, slots=True)
class Component:
    """One line of a bill of materials; `quantity` in 1/10000 of the component's unit, `scrap` in 1/100 percent."""

    parent: str
    component: str
    sequence: int
    quantity: int
    scrap: int
    operation: int
    valid_from: date
    valid_to: date | None
    deleted: bool


def customers(dice: Dice) -> list[Customer]:
    """All customers, by number."""
    countries = [country for country, share in zip(COUNTRIES, COUNTRY_SHARES, strict=True) for _ in range(share)]
    return [_customer(dice, f"C{1001 + place}", dice.pick(countries)) for place in range(CUSTOMERS)]


def _customer(dice: Dice, number: str, country: Country) -> Customer:
    name = _company(dice, country)
    postal, city = dice.pick(country.cities)
    street = dice.pick(country.streets)
    house = dice.between(1, 240)
    return Customer(
        number,
        name,
        (f"{street} {house}" if country.german else f"{house} {street}", f"{postal} {city}", country.name),
        country,
        None if dice.chance(0.12) else f"{dice.pick(('orders', 'einkauf', 'purchasing'))}.{number.lower()}@example.com",
        dice.between(-3, 250) * 100_000 + dice.below(10) * 10,
        dice.pick(("active",) * 18 + ("hold", "inactive")),
        ANCHOR - timedelta(days=dice.between(200, 9000)),
        "".join(str(dice.below(10)) if sign == "0" else sign for sign in country.vat),
        dice.chance(0.02),
    )


def _company(dice: Dice, country: Country) -> str:
    names, trades = (GERMAN_NAMES, GERMAN_TRADES) if country.german else (ENGLISH_NAMES, ENGLISH_TRADES)
    name, trade, form = dice.pick(names), dice.pick(trades), dice.pick(country.forms)
    if country.german:
        return f"{trade} {name} {form}" if dice.chance(0.7) else f"{name} & Söhne {form}"
    return f"{name} {trade} {form}"


def items(dice: Dice) -> list[Item]:
    """All items, family by family; numbers hold slashes, blanks and `#`, as real ones do."""
    return [_item(dice, family, place) for family in FAMILIES for place in range(family.count)]


def _item(dice: Dice, family: Family, place: int) -> Item:
    repeat, kind = divmod(place, len(family.sizes))
    sizes = (family.sizes[kind], (repeat + 1) * family.step if family.step > 1 else 101 + repeat)
    return Item(
        family.pattern.format(*sizes),
        family.text.format(*sizes),
        family,
        dice.between(family.low, family.high)
        * (-1 if dice.chance(0.004) else 1),  # a credited part has a negative cost
        family.grams * dice.between(70, 160) // 100,
        dice.between(-20, 4000) * dice.few(400),
        dice.between(5, 60),
        ANCHOR - timedelta(days=dice.between(20, 7000)),
        ANCHOR - timedelta(days=dice.between(10, 700)),
        dice.chance(0.02),
    )


def components(dice: Dice, catalogue: list[Item]) -> list[Component]:
    """The bills of materials of everything that is made: an item consists of items of later families, so none of itself."""
    return [line for item in catalogue if item.family.made for line in _bill(dice, item, _parts(item, catalogue))]


def _parts(item: Item, catalogue: list[Item]) -> list[Item]:
    later = FAMILIES[FAMILIES.index(item.family) + 1 :]
    return catalogue[-sum(family.count for family in later) :]


def _bill(dice: Dice, item: Item, parts: list[Item]) -> Iterator[Component]:
    for place, chosen in enumerate(dice.sample(dice.between(3, 8), len(parts))):
        part = parts[chosen]
        whole = part.family.unit in {"EA", "ST"}
        start = ANCHOR - timedelta(days=dice.between(300, 5000))
        yield Component(
            item.number,
            part.number,
            (place + 1) * 10,
            dice.few(12) * 10_000 if whole else dice.between(500, 90_000),
            0 if whole else dice.between(0, 800),
            dice.between(1, len(item.family.route)) * 10,
            start,
            start + timedelta(days=dice.between(100, 4000)) if dice.chance(0.15) else None,
            dice.chance(0.02),
        )
