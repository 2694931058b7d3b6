"""What changed for clients: OpenAPI documents compared, each difference graded, and the log of what was published.

In charge of the question whether somebody who holds the published document can go on as before. It works on documents as
plain values: it must not know how they are made, nor Flask, nor a source.
"""

from app.changes.blame import culprits
from app.changes.compare import compare
from app.changes.kinds import GRADES, Grade, Kind, reaches
from app.changes.model import Comparison, Difference
from app.changes.table import KINDS
from app.changes.weigh import introduced, weigh

__all__ = [
    "GRADES",
    "KINDS",
    "Comparison",
    "Difference",
    "Grade",
    "Kind",
    "compare",
    "culprits",
    "introduced",
    "reaches",
    "weigh",
]
