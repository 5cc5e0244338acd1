"""Precedents: what was new shortly before an incident, and turns up again at the same tenant or another.

Takes the shapes that were young and active when an incident came, gives what is remembered of a shape that appears anew. One
memory serves all tenants; it holds hashes and times, and whose a case was is told to its own tenant only. Weight comes from
how seldom the shape is seen near no incident.
"""

import itertools
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR

YOUNG_SLOTS: Final = 7 * SLOTS_PER_DAY
"""What appeared earlier than this before an incident was no news then."""
ACTIVE_SLOTS: Final = SLOTS_PER_DAY
"""What was last heard earlier than this before an incident had gone by then."""
EPISODES_LEAST: Final = 2
"""One episode is a coincidence, before the incident and now ..."""
SPAN_SLOTS_LEAST: Final = 3 * SLOTS_PER_HOUR
"""... and so are several within one restart."""
ELSEWHERE_EPISODES_LEAST: Final = 3
"""of a message of another service than the one the incident names"""
ELSEWHERE_PERMILLE: Final = 400
"""what such a message is worth"""
SHARE_PERMILLE_LEAST: Final = 500
"""A shape seen near no incident more often than this allows is no precedent."""
ELSEWHERE_TIMES: Final = 2
"""appearances near an incident that one near none outweighs"""
CASES_PER_INCIDENT: Final = 64
KEPT_SLOTS: Final = 400 * SLOTS_PER_DAY


class Consent(NamedTuple):
    """Which tenants give and take precedents: all or none, and those that are kept apart."""

    share: bool
    apart: frozenset[str]

    def given_by(self, tenant: str) -> bool:
        """Return whether a tenant takes part."""
        return self.share and tenant not in self.apart


NO_CONSENT: Final = Consent(False, frozenset())


class Case(NamedTuple):
    """A shape that stood before an incident. `title` is for the tenant's own eyes."""

    tenant: str
    slot: int
    """of the incident"""
    time_us: int
    appeared_slot: int
    episodes: int
    exact: int
    near: tuple[int, ...]
    is_own: bool
    """whether it was a message of the service that the incident names"""
    title: str


class Recalled(NamedTuple):
    """What is remembered of a shape that appears anew."""

    case: Case
    """the latest one that is most like it"""
    cases: int
    permille: int
    """its weight: the share of appearances near an incident, less for another service or for likeness alone"""
    similarity_permille: int


class Precedents:
    """The cases of all tenants, oldest first, and how to find them."""

    def __init__(self, consent: Consent = NO_CONSENT) -> None:
        self.consent = consent
        self._cases: list[Case] = []
        self._exact: dict[int, list[Case]] = {}
        self._near: dict[int, list[Case]] = {}

    def take(self, candidates: Iterable[Case]) -> None:
        """Remember the shapes that stood before an incident: those of its own service first, then the busiest."""
        ranked = sorted(candidates, key=lambda case: (not case.is_own, -case.episodes, case.exact))
        for case in ranked[:CASES_PER_INCIDENT]:
            self._enter(case)

    def _enter(self, case: Case) -> None:
        self._cases.append(case)
        self._exact.setdefault(case.exact, []).append(case)
        for near in case.near:
            self._near.setdefault(near, []).append(case)

    def forget(self, slot: int) -> None:
        """Let cases go that are too old."""
        if self._cases and self._cases[0].slot <= slot - KEPT_SLOTS:
            kept = [case for case in self._cases if case.slot > slot - KEPT_SLOTS]
            self._cases, self._exact, self._near = [], {}, {}
            for case in kept:
                self._enter(case)

    def recall(
        self, tenant: str, exact: int, near: tuple[int, ...], words: int, appeared_slot: int
    ) -> list[tuple[Case, int]]:
        """Return the cases of a shape that appeared in a slot, with their likeness in thousandths, the best first.

        Here it takes the very same shape, of the service that the incident named, and an appearance that began after the
        incident: what goes on, and what a tenant says at all times in other words, is no second coming.
        """
        found = dict.fromkeys(self._exact.get(exact, ()), 1000)
        likeness = 1000 * (words - 1) // max(words, 1)
        others = [self._near.get(exact, ())]
        for key in near:
            others += [self._near.get(key, ()), self._exact.get(key, ())]
        for case in itertools.chain.from_iterable(others):
            found.setdefault(case, likeness)
        usable = [pair for pair in found.items() if self._speaks(*pair, tenant, appeared_slot)]
        return sorted(
            usable, key=lambda pair: (-pair[1], not pair[0].is_own, -pair[0].slot, pair[0].tenant, pair[0].exact)
        )

    def _speaks(self, case: Case, likeness: int, tenant: str, appeared_slot: int) -> bool:
        if case.tenant == tenant:
            return case.is_own and likeness == 1000 and case.slot < appeared_slot
        return self.consent.given_by(tenant) and self.consent.given_by(case.tenant)

    def __len__(self) -> int:
        """Count the cases."""
        return len(self._cases)

    def knows(self, exact: int, near: tuple[int, ...]) -> bool:
        """Tell at once whether there is any case for a shape."""
        return (
            exact in self._exact or exact in self._near or any(key in self._near or key in self._exact for key in near)
        )

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return tuple(tuple(case) for case in self._cases)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        for plain in state:
            self._enter(Case(*plain))


def weight(cases: list[tuple[Case, int]], elsewhere: int) -> Recalled | None:
    """Weigh cases against so many appearances near no incident; None where these are too many."""
    if not cases:
        return None
    case, likeness = cases[0]
    apart = {(each.tenant, each.appeared_slot) for each, _ in cases}
    share = 1000 * len(apart) // (len(apart) + ELSEWHERE_TIMES * elsewhere)
    if share < SHARE_PERMILLE_LEAST:
        return None
    worth = share * likeness // 1000 * (1000 if case.is_own else ELSEWHERE_PERMILLE) // 1000
    return Recalled(case, len(apart), worth, likeness)
