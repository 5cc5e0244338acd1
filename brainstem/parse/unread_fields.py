"""What could not be read of the records of a batch, counted by field, for the ledger.

Takes a parsed batch, returns counts. Only stored records of logs count: statements have no host, and a reject has its
reason.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Indices
from brainstem.contracts.event import Kind, TimeOrigin
from brainstem.contracts.ledger import UnreadField
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import MISREAD_HOST, MISREAD_SERVICE, ParsedBatch

_OF_ORIGIN: Final = {
    TimeOrigin.CARRIED: UnreadField.TIME_CARRIED,
    TimeOrigin.RECEIVED: UnreadField.TIME_RECEIVED,
}


def unread_fields(batch: ParsedBatch, rows: Indices | None = None) -> dict[UnreadField, int]:
    """Return how many stored records did not show a field, by what stands in for it; none that is zero.

    Of `rows` only where they are given.
    """
    stored = (batch.reject_reason == RejectReason.ACCEPTED) & (batch.kind == Kind.LOG)
    if rows is not None:
        among = np.zeros(len(batch), np.bool_)
        among[rows] = True
        stored &= among
    origins = np.bincount(batch.origin[stored], minlength=len(TimeOrigin))
    counts = {unread: int(origins[origin]) for origin, unread in _OF_ORIGIN.items()}
    counts[UnreadField.TIME_AHEAD] = int(np.count_nonzero(batch.event_time[stored] > batch.tick_time[stored]))
    if "" in batch.hosts:
        counts[UnreadField.HOST] = int(np.count_nonzero(batch.host[stored] == batch.hosts.index("")))
    if batch.misread.any():
        for mark, unread in (
            (MISREAD_SERVICE, UnreadField.SERVICES_MISREAD),
            (MISREAD_HOST, UnreadField.HOSTS_MISREAD),
        ):
            counts[unread] = int(np.count_nonzero(batch.misread[stored] & mark))
    return {unread: records for unread, records in counts.items() if records}
