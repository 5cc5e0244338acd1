"""A guard against names that are none: what is read as the services or hosts of a source must not grow with its records.

Takes the names of a batch in the order of its records, returns from which record on they are not to be believed. A source
of ten thousand records with ten thousand services is misread: a number, an identifier or a sentence was taken for a name,
and nothing of it would ever be counted together. Then the name of the source itself stands in, for good.

The records that print a name are counted in windows of a fixed number; a window with too many distinct names decides, at the
very record that brings one too many. So the outcome depends on the records and their order alone, not on batches. A
collector with thousands of hosts stays below the bound of hosts: each of them speaks again within a window.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s
from brainstem.arrays.hashing import name_hash
from brainstem.parameters import STORED_SHAPE, parameter

SERVICE_WINDOW: Final = parameter(
    "name_guard.service_window",
    256,
    "records",
    "records with a service among which its distinct names are counted",
    fixed=STORED_SHAPE,
)
SERVICES_MOST: Final = parameter(
    "name_guard.services_most", 192, "names", "most distinct services of such a window; with more they are misread"
)
HOST_WINDOW: Final = parameter(
    "name_guard.host_window",
    4096,
    "records",
    "records with a host among which its distinct names are counted",
    fixed=STORED_SHAPE,
)
HOSTS_MOST: Final = parameter(
    "name_guard.hosts_most", 3072, "names", "most distinct hosts of such a window; with more they are misread"
)

GuardSnapshot = tuple[bool, int, tuple[int, ...]]
"""whether names are misread, records of the window so far, and hashes of its distinct names in ascending order"""


@dataclass(slots=True)
class NameGuard:
    """The names of one sort that a source has printed in the window that is not full yet."""

    window: int
    most: int
    misread: bool = False
    """more than `most` distinct names stood in one window; never taken back"""
    records: int = 0
    hashes: set[int] = field(default_factory=set)

    def believed(self, names: list[str], codes: Int32s) -> int:
        """Return how many of the next records print names to be believed; the others come after the decision.

        `codes` are the places in `names` of what the records print, in their order.
        """
        if self.misread:
            return 0
        # most sources have few names, and then only the window that is still open at the end of the batch matters
        if len(self.hashes) + len(names) > self.most:
            found = self._first_too_many(names, codes)
            if found < len(codes):
                self.misread, self.records, self.hashes = True, 0, set()
                return found
        ended = self.records + len(codes)
        self.records = ended % self.window
        if ended >= self.window:
            self.hashes = set()
        self.hashes |= _hashes(names, codes[max(0, len(codes) - self.records) :])
        return len(codes)

    def _first_too_many(self, names: list[str], codes: Int32s) -> int:
        """Return the place of the first record whose window has too many names with it, the number of records for none."""
        begin, records, known = 0, self.records, self.hashes
        while begin < len(codes):
            window = codes[begin : begin + self.window - records]
            distinct, first = np.unique(window, return_index=True)
            fresh = np.sort(_fresh(names, distinct, first, known))
            if len(fresh) > self.most - len(known):
                return begin + int(fresh[self.most - len(known)])
            begin, records, known = begin + len(window), 0, set()
        return len(codes)

    def snapshot(self) -> GuardSnapshot:
        """Return all that is remembered as plain values."""
        return self.misread, self.records, tuple(sorted(self.hashes))

    def restore(self, snapshot: GuardSnapshot) -> None:
        """Take over what another guard of the same source has remembered."""
        self.misread, self.records, hashes = snapshot
        self.hashes = set(hashes)


def _hashes(names: list[str], codes: Int32s) -> set[int]:
    return {name_hash(names[code]) for code in np.unique(codes).tolist()}


def _fresh(names: list[str], distinct: Int32s, first: Int64s, known: set[int]) -> Int64s:
    """Return the places at which names that are not known yet stand first."""
    if not known:
        return first
    return first[[name_hash(names[code]) not in known for code in distinct.tolist()]]
