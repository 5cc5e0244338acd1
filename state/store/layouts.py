"""The stores of an output folder: the folder of each, what its files begin with, and its columns."""

from typing import Final, NamedTuple

import pyarrow as pa

from brainstem.contracts.decision import DECISION_SCHEMA
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.reject import REJECT_SCHEMA

STORE_VERSION: Final = 2
"""of the folders and names of files, and of what a sequence number in a snapshot stands for"""


class StoreLayout(NamedTuple):
    """One store. Its schema has a column `tenant`; the time column (microseconds) says to which UTC day a row belongs."""

    folder: str
    prefix: str
    schema: pa.Schema
    time_column: str


EVIDENCE: Final = StoreLayout("evidence", "ev", EVIDENCE_SCHEMA, "event_time")
DECISIONS: Final = StoreLayout("decisions", "de", DECISION_SCHEMA, "tick")
REJECTS: Final = StoreLayout("rejects", "re", REJECT_SCHEMA, "received_at")
STORES: Final = (EVIDENCE, DECISIONS, REJECTS)
