"""The shape of YAML words: one definition that validates a file and publishes itself as JSON Schema.

In charge of places, faults, and the combinators that the contract and the conversions describe their words with.
It must not know what any word means.
"""

from app.shapes.node import Fault, Faults, Node, Place, meant, nearest
from app.shapes.scalars import Anything, Flag, Number, Parsed, Scalar, Text, Whole, Word
from app.shapes.shape import Report, Shape
from app.shapes.words import Choice, Either, Listing, Mapping_, Record

__all__ = [
    "Anything",
    "Choice",
    "Either",
    "Fault",
    "Faults",
    "Flag",
    "Listing",
    "Mapping_",
    "Node",
    "Number",
    "Parsed",
    "Place",
    "Record",
    "Report",
    "Scalar",
    "Shape",
    "Text",
    "Whole",
    "Word",
    "meant",
    "nearest",
]
