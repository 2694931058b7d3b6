"""The shape of YAML words: one definition that validates a file and publishes itself as JSON Schema.

In charge of places, faults, and the combinators that the contract and the conversions describe their words with.
It must not know what any word means.
"""

from app.shapes.node import Fault, Faults, Node, Place, nearest
from app.shapes.words import (
    Anything,
    Choice,
    Either,
    Flag,
    Listing,
    Mapping_,
    Number,
    Parsed,
    Record,
    Report,
    Scalar,
    Shape,
    Text,
    Whole,
    Word,
)

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
    "nearest",
]
