"""State: the gateway's own memory, over SQLAlchemy: SQLite beside the contract, or PostgreSQL for several hosts.

In charge of what has to outlive a process and be shared by its workers. It must not know a source, a request, or what a key
looks like. It is small: losing it costs open cursors, and every key has to be given out anew.

    state        every question and every order, one method each: read this first
    inquiry      how a copy of some of it is kept up: asked again and again, waited for a short time only
    tables       what is kept
    database     the engine, transactions, and failures as StateError
    keys         API keys
    links        order links
    revocations  what is dead before its time, and the revision that tells workers to look again
    purges       kept answers that are no longer good
    usage        how often who read what, by day
    looks        when sources are looked at for drift, and what was found
    history      what was served, minute by minute; a tree of numbers that all processes add to
    costs        what requests have cost, by hour, caller, route and source
    notes        with what each source failed last, and what last happened to it
    issues       data issues; `ledger` counts them and writes the counts every few seconds

    redis_client connections to Redis, for what several hosts share there; not a part of the state
"""

from app.state.costs import CostRecord, CostTally
from app.state.database import StateError
from app.state.inquiry import Inquiry
from app.state.issues import SAMPLES, SeenIssue
from app.state.keys import KeyRecord
from app.state.ledger import Ledger
from app.state.links import LinkRecord
from app.state.looks import LookRecord
from app.state.notes import ChangeNote, FailureNote
from app.state.purges import PurgeLog, PurgeRecord
from app.state.state import State
from app.state.tables import metadata
from app.state.usage import UsageRecord

__all__ = [
    "SAMPLES",
    "ChangeNote",
    "CostRecord",
    "CostTally",
    "FailureNote",
    "Inquiry",
    "KeyRecord",
    "Ledger",
    "LinkRecord",
    "LookRecord",
    "PurgeLog",
    "PurgeRecord",
    "SeenIssue",
    "State",
    "StateError",
    "UsageRecord",
    "metadata",
]
