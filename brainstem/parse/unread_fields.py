"""What could not be read of the records of a batch, counted by field, for the ledger.

Takes a parsed batch, returns counts. Only stored records of logs count: statements have no host, and a reject has its
reason.
"""

from typing import Final

import numpy as np

from brainstem.contracts.event import Kind, TimeOrigin
from brainstem.contracts.ledger import UnreadField
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import MISREAD_HOST, MISREAD_SERVICE, ParsedBatch

_OF_ORIGIN: Final = {
    TimeOrigin.CARRIED: UnreadField.TIME_CARRIED,
    TimeOrigin.RECEIVED: UnreadField.TIME_RECEIVED,
}


def unread_fields(batch: ParsedBatch) -> dict[UnreadField, int]:
    """Return how many stored records did not show a field, by what stands in for it; none that is zero."""
    stored = (batch.reject_reason == RejectReason.ACCEPTED) & (batch.kind == Kind.LOG)
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
