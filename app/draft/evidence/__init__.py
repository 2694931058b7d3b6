"""Evidence: what the columns of a table seem to hold, by what was counted in a sample of its rows.

In charge of the order: facts and hints of each column (`facts`, `hints`), candidate readings (`moments`, `numbers`, `texts`, `codes`), each
tried with the conversion itself (`reading`, `sentinels`), scored against chance and chosen (`chance`, `choice`), then columns that
belong together (`together`). It must not know what a field will be called, nor how a contract is written.
"""

from __future__ import annotations

from app.draft.evidence.choice import propose
from app.draft.evidence.facts import facts
from app.draft.evidence.together import joined
from app.draft.model import Proposal, Sample

__all__ = ["proposals"]


def proposals(sample: Sample) -> tuple[Proposal, ...]:
    """What each column of a sample seems to hold, in the table's order; columns that belong together share a proposal."""
    return joined(sample, [propose(each)[1] for each in facts(sample)])
