"""The words that invented texts are made of. Data only; some have letters beyond ASCII, as the world has."""

from __future__ import annotations

from typing import Final

FIRST_NAMES: Final = (
    "Ada", "Bruno", "Carla", "David", "Elif", "Frank", "Grace", "Hanna", "Igor", "Jutta", "Karim", "Lena", "Marco", "Nora",
    "Oskar", "Paula", "Quentin", "Rosa", "Sven", "Tina", "Uwe", "Vera", "Wanda", "Xaver", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adler", "Brandt", "Castillo", "Dietrich", "Eriksen", "Fischer", "Gruber", "Holloway", "Ivanov", "Jensen", "Keller",
    "Lindqvist", "Müller", "Novak", "Okafor", "Petrov", "Quast", "Rossi", "Schäfer", "Tanaka", "Ulrich", "Vogel", "Weiß", "Young",
    "Zimmer",
)  # fmt: skip
CITIES: Final = (
    "Aldershof", "Brook Haven", "Castelmare", "Dunmore", "Eastbridge", "Falkenau", "Grünwalde", "Hartford Hills", "Inverlee",
    "Karlsbrück", "Lakewood", "Millport", "Neustadt", "Oakfield", "Petersborn", "Rosendal", "Silverton", "Tannheim", "Westbury",
)  # fmt: skip
STREETS: Final = (
    "Birch Road", "Canal Street", "Depot Lane", "Foundry Street", "Gartenweg", "Harbor Drive", "Lindenallee", "Mill Road",
    "Ringstraße", "Station Road",
)  # fmt: skip
COMPANIES: Final = (
    "Acorn", "Blue Heron", "Cobalt", "Delta", "Evergreen", "Fjord", "Granite", "Horizon", "Ironwood", "Juniper", "Kestrel", "Lumen",
    "Meridian", "Northgate", "Orbit", "Pioneer", "Quarry", "Redwood", "Summit", "Tidewater", "Union", "Vertex",
)  # fmt: skip
TRADES: Final = (
    "Machines", "Tools", "Logistics", "Metalworks", "Systems", "Supply", "Bearings", "Hydraulics", "Trading", "Foods",
)  # fmt: skip
FORMS: Final = ("Inc.", "Ltd.", "GmbH", "AG", "LLC", "S.A.")
THINGS: Final = (
    "Bearing", "Bolt", "Bracket", "Cable", "Coupling", "Filter", "Flange", "Gasket", "Gear", "Housing", "Lever", "Pump", "Seal",
    "Shaft", "Spring", "Valve", "Washer", "Wheel",
)  # fmt: skip
MANNERS: Final = (
    "black", "brass", "coated", "double", "flat", "heavy", "hollow", "long", "narrow", "round", "short", "slim", "small", "steel",
    "threaded", "wide",
)  # fmt: skip
REMARKS: Final = (
    "call before delivery", "check the label", "deliver before noon", "handle with care", "invented remark", "no hurry",
    "partial delivery is fine", "packed on one pallet", "second attempt", "see the last order", "bitte prüfen", "wait for approval",
)  # fmt: skip
COUNTRIES: Final = ("AT", "CA", "CH", "DE", "DK", "ES", "FR", "GB", "IT", "NL", "PL", "SE", "US")
COUNTRY_NAMES: Final = ("Austria", "Canada", "Denmark", "France", "Germany", "Italy", "Poland", "Spain", "Sweden")
CURRENCIES: Final = ("EUR", "USD", "GBP", "CHF", "SEK")
LANGUAGES: Final = ("de", "en", "es", "fr", "it")
UNITS: Final = ("EA", "PC", "KG", "M", "L", "BOX", "SET")
LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
