"""Which items of two runs are the same: rows of items gained, lost, earlier, later and the same.

Takes the items of two runs over the same logs, returns one row for each pair and for each item without a partner.

Items are about one thing when they are of one tenant and one family. A family may have another name in the other run, where
its messages merged otherwise, so items that have no partner by family are paired by a signature that both have. Within a
family, items of the same moment are one pair, the others are paired in order of time, and what is left is gained or lost.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from brainstem.explain.item import Item
from brainstem.text.phrases import microseconds


class Change(StrEnum):
    """What became of an item of the baseline, or that the candidate alone has it."""

    LOST = "lost"
    GAINED = "gained"
    LATER = "later"
    EARLIER = "earlier"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is compared of an item; `time_us` is when it surfaced, in microseconds since the epoch, UTC."""

    id: str
    tenant: str
    family: str
    time_us: int
    kind: str
    kinds: tuple[str, ...]
    score: float
    what: str
    template: str
    hosts: tuple[str, ...]
    services: tuple[str, ...]
    signatures: tuple[str, ...]

    @classmethod
    def of(cls, item: Item) -> "Shown":
        """Return what is compared of an item as it was published."""
        about = item["data"]
        return cls(
            item["id"],
            about["tenant"],
            item["subject"],
            microseconds(item["time"]),
            about["kind"],
            tuple(about["kinds"]),
            about["score"],
            about["what"],
            about["template"],
            tuple(about["hosts"]),
            tuple(about["services"]),
            tuple(about["signatures"]),
        )

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Return by what items are put in order: time, tenant, family, id."""
        return self.time_us, self.tenant, self.family, self.id


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the baseline and the one of the candidate that is about the same; one of them may be missing."""

    baseline: Shown | None
    candidate: Shown | None

    @property
    def change(self) -> Change:
        """Return what became of the item."""
        if self.baseline is None:
            return Change.GAINED
        if self.candidate is None:
            return Change.LOST
        if self.by_us == 0:
            return Change.SAME
        return Change.LATER if self.by_us > 0 else Change.EARLIER

    @property
    def by_us(self) -> int:
        """Return by how many microseconds the candidate is later; 0 where one is missing."""
        if self.baseline is None or self.candidate is None:
            return 0
        return self.candidate.time_us - self.baseline.time_us

    @property
    def either(self) -> Shown:
        """Return the item of the candidate, or of the baseline where the candidate has none."""
        shown = self.candidate or self.baseline
        if shown is None:
            raise ValueError("a row without any item")
        return shown


def compared(baseline: Iterable[Shown], candidate: Iterable[Shown]) -> list[Row]:
    """Return a row for each pair of items and each item without a partner, in order of the earlier time of each row.

    The order of the items that come in does not matter; each stands in one row.
    """
    before, after = sorted(baseline, key=_order), sorted(candidate, key=_order)
    rows, before, after = _paired(before, after, lambda shown: (shown.tenant, shown.family, shown.time_us))
    more, before, after = _paired(before, after, lambda shown: (shown.tenant, shown.family))
    rows += more
    more, before, after = _paired_by_signature(before, after)
    rows += more
    rows += [Row(shown, None) for shown in before] + [Row(None, shown) for shown in after]
    return sorted(rows, key=_row_order)


def counts(rows: Sequence[Row]) -> dict[Change, int]:
    """Return how many rows there are of each change, those of none too."""
    return {change: sum(row.change is change for row in rows) for change in Change}


def _paired(
    before: Sequence[Shown], after: Sequence[Shown], key: Callable[[Shown], Hashable]
) -> tuple[list[Row], list[Shown], list[Shown]]:
    """Pair items of equal keys in order, and return the pairs and what is left of both."""
    groups: dict[Hashable, tuple[list[Shown], list[Shown]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((before, after)):
        for shown in items:
            groups[key(shown)][side].append(shown)
    rows: list[Row] = []
    left: tuple[list[Shown], list[Shown]] = ([], [])
    for pair in groups.values():
        for one, other in zip_longest(*pair):
            if one is not None and other is not None:
                rows.append(Row(one, other))
            elif one is not None:
                left[0].append(one)
            elif other is not None:
                left[1].append(other)
    return rows, sorted(left[0], key=_order), sorted(left[1], key=_order)


def _paired_by_signature(before: Sequence[Shown], after: Sequence[Shown]) -> tuple[list[Row], list[Shown], list[Shown]]:
    """Pair each item with the nearest in time of the same tenant that has a signature of its own, once."""
    rows: list[Row] = []
    left: list[Shown] = []
    free = list(after)
    for one in before:
        fitting = [
            each for each in free if each.tenant == one.tenant and not set(one.signatures).isdisjoint(each.signatures)
        ]
        if not fitting:
            left.append(one)
            continue
        nearest = min(fitting, key=lambda each: (abs(each.time_us - one.time_us), each.order))
        free.remove(nearest)
        rows.append(Row(one, nearest))
    return rows, left, free


def _order(shown: Shown) -> tuple[int, str, str, str]:
    return shown.order


def _row_order(row: Row) -> tuple[int, tuple[int, str, str, str]]:
    times = [shown.time_us for shown in (row.baseline, row.candidate) if shown is not None]
    return min(times), row.either.order
