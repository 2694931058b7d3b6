"""The words of the demo plant: names, places, parts, remarks. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country: its car plate (the ERP's code), its currency, and whether letters go there in German."""

    plate: str
    code: str
    name: str
    currency: str
    german: bool
    cities: tuple[tuple[str, str], ...]  # postal code, city
    streets: tuple[str, ...]
    forms: tuple[str, ...]  # legal forms
    vat: str  # digits of a VAT number as `0`


_GERMAN_STREETS = ("Hauptstraße", "Industriestraße", "Bahnhofstraße", "Am Güterbahnhof", "Gewerbering", "Lindenweg")
_ENGLISH_STREETS = (
    "Industrial Pkwy",
    "Mill Road",
    "Lakeshore Drive",
    "Foundry Street",
    "Commerce Court",
    "Airport Blvd",
)

COUNTRIES = (
    Country(
        "USA",
        "US",
        "United States",
        "USD",
        False,
        (
            ("48226", "Detroit MI"),
            ("49503", "Grand Rapids MI"),
            ("43604", "Toledo OH"),
            ("44114", "Cleveland OH"),
            ("46802", "Fort Wayne IN"),
            ("53202", "Milwaukee WI"),
            ("15222", "Pittsburgh PA"),
            ("60607", "Chicago IL"),
        ),
        _ENGLISH_STREETS,
        ("Inc.", "LLC", "Corp.", "Co."),
        "00-0000000",
    ),
    Country(
        "D",
        "DE",
        "Deutschland",
        "EUR",
        True,
        (
            ("70565", "Stuttgart"),
            ("80939", "München"),
            ("90402", "Nürnberg"),
            ("33602", "Bielefeld"),
            ("72072", "Tübingen"),
            ("50667", "Köln"),
            ("89073", "Ulm"),
            ("57072", "Siegen"),
        ),
        _GERMAN_STREETS,
        ("GmbH", "GmbH & Co. KG", "AG", "KG"),
        "DE000000000",
    ),
    Country(
        "A",
        "AT",
        "Österreich",
        "EUR",
        True,
        (("4020", "Linz"), ("8020", "Graz"), ("3100", "St. Pölten"), ("6850", "Dornbirn")),
        _GERMAN_STREETS,
        ("GmbH", "KG", "AG"),
        "ATU00000000",
    ),
    Country(
        "CH",
        "CH",
        "Schweiz",
        "CHF",
        True,
        (("8400", "Winterthur"), ("9000", "St. Gallen"), ("3600", "Thun")),
        _GERMAN_STREETS,
        ("AG", "GmbH"),
        "CHE000000000",
    ),
    Country(
        "CDN",
        "CA",
        "Canada",
        "CAD",
        False,
        (("N9A 1A1", "Windsor ON"), ("L8P 1A1", "Hamilton ON"), ("N2G 1A1", "Kitchener ON")),
        _ENGLISH_STREETS,
        ("Ltd.", "Inc."),
        "000000000RT",
    ),
    Country(
        "MEX",
        "MX",
        "México",
        "USD",
        False,
        (("76120", "Querétaro"), ("64000", "Monterrey"), ("36275", "Silao")),
        ("Calle Niños Héroes", "Av. Industrial", "Calzada del Valle"),
        ("S.A. de C.V.",),
        "XXX000000XX0",
    ),
)
COUNTRY_SHARES = (42, 26, 8, 6, 12, 6)

GERMAN_NAMES = ("Müller", "Huber", "Schröder", "Bäumler", "Weiß", "Köhler", "Jäger", "Vogt", "Öztürk", "Krämer", "Lang")
GERMAN_TRADES = ("Maschinenbau", "Hydraulik", "Stahlbau", "Fördertechnik", "Anlagenbau", "Metallbau", "Präzisionsteile")
ENGLISH_NAMES = (
    "Great Lakes",
    "Ironwood",
    "Superior",
    "Wolverine",
    "Keystone",
    "Huron",
    "Maple Ridge",
    "Riverbend",
    "O'Brien",
    "Blackhawk",
    "Lakeland",
    "Buckeye",
)
ENGLISH_TRADES = ("Tooling", "Hydraulics", "Fabrication", "Conveyors", "Machine Works", "Equipment", "Stamping")

PAYMENT_TERMS = ("N30", "N30", "N60", "2T1", "COD", "PRE", "Z45")

GERMAN_REMARKS = (
    "Bitte vor 10 Uhr anliefern",
    "Rückfrage bei Hr. Müller",
    "Ware größer als Gitterbox",
    "Teillieferung möglich",
    "Prüfprotokoll beilegen",
    "Liefersperre bis Zahlungseingang",
    "Fixtermin! Pönale",
    "Maße lt. Zeichnung prüfen",
)
ENGLISH_REMARKS = (
    "Call before delivery",
    "Dock 4, ask for Jim",
    "Certificate of conformance required",
    "Partial shipment OK",
    "Ship complete only",
    "Customer picks up",
    "Do not stack [fragile]",
    "Blanket release - see contract",
)

OPERATORS = (
    "J. Kowalski",
    "M. Çelik",
    "Søren Holm",
    "Renée Dubois",
    "T. Nguyễn",
    "Jürgen Weiß",
    "D. Washington",
    "Ana Peña",
    "K. O'Neill",
    "B. Łuczak",
)
JOB_NOTES = (
    "Maß 12,5 ±0,02 prüfen",
    "🔥 Customer is waiting",
    "Material 3,40 €/kg nachkalkulieren",
    "First article ✔",
    "Werkzeug verschlissen, Ø nachmessen",
    "Waiting for heat treatment",
    "Rework: burr on edge ⚠",
    "Nur mit Kühlung fräsen",
)

# Carriers; the last is not in the contract's list: codes that the floor made up are passed through as they are.
CARRIERS = ("UPS", "UPS", "FEDEX", "DHL", "DHL", "SCHENKER", "DSV", "PICKUP", "EIGEN-LKW")


@dataclass(frozen=True, slots=True)
class Family:
    """A family of items. `pattern` and `text` take two sizes; `low` and `high` bound the cost in 1/10000 USD.

    Items of a family consist of items of the families after it.
    """

    code: str
    pattern: str
    text: str
    unit: str
    count: int
    sizes: tuple[int, ...]  # the first size; the second counts on
    step: int
    low: int
    high: int
    grams: int
    route: tuple[str, ...] = ()  # kinds of work, empty for what is bought

    @property
    def made(self) -> bool:
        """Whether the plant makes it."""
        return bool(self.route)


FAMILIES = (
    Family(
        "PUMP",
        "PMP-{0}/{1}",
        "Hydraulikpumpe {0} cm³ Bf. {1}",
        "EA",
        140,
        (16, 25, 40, 63, 100),
        1,
        3_500_000,
        9_000_000,
        18_000,
        ("ASM", "TEST", "PNT", "PACK"),
    ),
    Family(
        "CYL",
        "HY-{0}/{1}",
        "Hydraulikzylinder Ø{0}x{1}",
        "EA",
        240,
        (32, 40, 50, 63, 80, 100),
        25,
        900_000,
        4_200_000,
        9_500,
        ("SAW", "LAT", "WLD", "ASM", "TEST"),
    ),
    Family(
        "FRAM",
        "FR {0}-{1}",
        "Schweißrahmen {0} Größe {1}",
        "EA",
        160,
        (100, 200, 300, 400),
        1,
        700_000,
        2_600_000,
        42_000,
        ("SAW", "WLD", "PNT"),
    ),
    Family(
        "SHFT",
        "SHAFT {0}X{1}",
        "Shaft Ø{0} x {1} hardened",
        "ST",
        210,
        (12, 16, 20, 25, 30, 40),
        20,
        120_000,
        800_000,
        2_400,
        ("SAW", "LAT", "HT", "GRD"),
    ),
    Family(
        "PLAT",
        "PL#{0}-{1}",
        "Grundplatte {0} mm, Ausführung {1}",
        "EA",
        200,
        (8, 10, 12, 15, 20),
        1,
        90_000,
        640_000,
        5_200,
        ("LSR", "MIL", "PNT"),
    ),
    Family("VALV", "V{1}-{0}", "Valve DN{0} no. {1}", "EA", 150, (6, 10, 16, 25), 1, 180_000, 1_900_000, 1_100),
    Family(
        "SEAL",
        "SK {0}/{1}A",
        "Dichtsatz für Ø{0} Typ {1}",
        "EA",
        140,
        (32, 40, 50, 63, 80, 100),
        1,
        40_000,
        260_000,
        80,
    ),
    Family("BOLT", "M{0}X{1} #8.8", "Bolt M{0}x{1} 8.8 zinc", "ST", 300, (5, 6, 8, 10, 12, 16), 5, 300, 9_000, 30),
    Family(
        "HOSE",
        "HOSE {0}/{1}",
        "Hydraulikschlauch DN{0} {1} bar",
        "MT",
        110,
        (6, 8, 10, 12, 16),
        10,
        35_000,
        240_000,
        410,
    ),
    Family(
        "STEL", "S235#{0} {1}", "Flachstahl {0}x{1} warmgewalzt", "KG", 120, (20, 30, 40, 50), 2, 9_000, 21_000, 1_000
    ),
    Family("PNT", "RAL#{1}/{0}", "Paint RAL {1}, {0} L", "LT", 60, (1, 5, 10), 7, 60_000, 190_000, 1_250),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A work center, and the kind of work it does."""

    work: str
    code: str
    name: str
    hall: str
    rate: int  # USD an hour
    hours: float
    active: bool = True


PLACES = (
    Place("SAW", "SAW-01", "Bandsäge Kasto", "Halle 1", 48, 16.0),
    Place("SAW", "SAW-02", "Kreissäge Behringer", "Halle 1", 46, 8.0),
    Place("LAT", "LAT-01", "Drehzentrum DMG CTX", "Halle 2", 92, 22.5),
    Place("LAT", "LAT-02", "Lathe Mazak QT-250", "Halle 2", 88, 22.5),
    Place("LAT", "LAT-03", "Lathe Weiler, manual", "Halle 2", 61, 7.5),
    Place("MIL", "MIL-01", "5-axis mill Hermle C42", "Halle 2", 118, 22.5),
    Place("MIL", "MIL-02", "Fräszentrum Grob", "Halle 2", 110, 16.0),
    Place("GRD", "GRD-01", "Rundschleifmaschine Studer", "Halle 2", 97, 15.0),
    Place("HT", "HT-01", "Härteofen Ipsen", "Halle 3", 75, 24.0),
    Place("LSR", "LSR-01", "Laser Trumpf 6 kW", "Halle 1", 135, 22.5),
    Place("LSR", "LSR-02", "Laser Bystronic (sold)", "Halle 1", 120, 0.0, active=False),
    Place("WLD", "WLD-01", "Schweißroboter Kuka", "Halle 3", 84, 16.0),
    Place("WLD", "WLD-02", "Schweißkabine 2", "Halle 3", 58, 15.0),
    Place("WLD", "WLD-03", "Schweißkabine 3, Edelstahl", "Halle 3", 62, 7.5),
    Place("PNT", "PNT-01", "Lackiererei Naß", "Halle 4", 55, 15.0),
    Place("PNT", "PNT-02", "Pulverbeschichtung", "Halle 4", 66, 7.5),
    Place("ASM", "ASM-01", "Montage Zylinder", "Halle 5", 49, 15.0),
    Place("ASM", "ASM-02", "Assembly pumps", "Halle 5", 52, 15.0),
    Place("TEST", "TST-01", "Prüfstand 400 bar", "Halle 5", 71, 15.0),
    Place("TEST", "TST-02", "Test bench 250 bar", "Halle 5", 64, 7.5),
    Place("PACK", "PCK-01", "Verpackung & Versand", "Halle 6", 38, 15.0),
)

WORK = {
    "SAW": "Saw to length / Zuschnitt",
    "LAT": "Turn to drawing / Drehen",
    "MIL": "Mill to drawing / Fräsen",
    "GRD": "Grind Ra ≤ 0,4 µm",
    "HT": "Harden 58 HRC / Härten",
    "LSR": "Laser-cut blank",
    "WLD": "Weld / Schweißen MAG 135",
    "PNT": "Paint, 80 µm / Lackieren",
    "ASM": "Assemble / Montieren",
    "TEST": "Pressure test / Prüfen",
    "PACK": "Pack for shipment",
}
