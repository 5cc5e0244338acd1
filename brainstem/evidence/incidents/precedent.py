"""Precedents: what was new shortly before an incident, and turns up again at the same tenant or another.

Takes the shapes that were young and active when an incident came; returns the cases of a shape that appears anew. One
memory serves all tenants; it holds hashes and times, and whose a case was is shown to its own tenant only. A case
weighs the more, the less often its shape is seen near no incident. Takes features; returns their points.
"""

import itertools
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted

PRECEDENT: Final = 18
"""column of its points"""

PRECEDENT_EXPONENT: Final = parameter(
    "precedent.exponent", -0.15, "number", "power of the days since a precedent by which it fades"
)
PRECEDENT_MAX: Final = parameter("precedent.max", 20.0, "decibans", "most that a precedent gives")

YOUNG_SLOTS: Final = parameter(
    "precedent.young_slots",
    7 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "what appeared earlier than this before an incident was no news then",
)
ACTIVE_SLOTS: Final = parameter(
    "precedent.active_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "what was last heard earlier than this before an incident had gone by then",
)
EPISODES_LEAST: Final = parameter(
    "precedent.episodes_least", 2, "episodes", "one episode is a coincidence, before the incident and now"
)
SPAN_SLOTS_LEAST: Final = parameter(
    "precedent.span_slots_least",
    3 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "how long these episodes must span: several within one restart are one coincidence",
)
ELSEWHERE_EPISODES_LEAST: Final = parameter(
    "precedent.elsewhere_episodes_least",
    3,
    "episodes",
    "episodes that it takes of a message of another service than the one the incident names",
)
ELSEWHERE_PERMILLE: Final = parameter(
    "precedent.elsewhere_permille",
    400,
    "thousandths",
    "what a message of another service than the one the incident names is worth",
)
SHARE_PERMILLE_LEAST: Final = parameter(
    "precedent.share_permille_least",
    500,
    "thousandths",
    "a shape seen near no incident more often than this allows is no precedent",
)
ELSEWHERE_TIMES: Final = parameter(
    "precedent.elsewhere_times", 2, "number", "appearances near an incident that one near none outweighs"
)
CASES_PER_INCIDENT: Final = parameter("precedent.cases_per_incident", 64, "number", "shapes kept of an incident")
KEPT_SLOTS: Final = parameter(
    "precedent.kept_slots",
    400 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long the shapes of an incident are remembered",
)


class Case(NamedTuple):
    """A shape that was new before an incident. `title` is shown to its own tenant only."""

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
    """The earlier cases of a shape that appears anew, in short."""

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
        """Keep the shapes that were new before an incident: those of its own service first, then the busiest."""
        ranked = sorted(candidates, key=lambda case: (not case.is_own, -case.episodes, case.exact))
        for case in ranked[:CASES_PER_INCIDENT]:
            self._enter(case)

    def _enter(self, case: Case) -> None:
        self._cases.append(case)
        self._exact.setdefault(case.exact, []).append(case)
        for near in case.near:
            self._near.setdefault(near, []).append(case)

    def forget(self, slot: int) -> None:
        """Drop cases that are too old."""
        if self._cases and self._cases[0].slot <= slot - KEPT_SLOTS:
            kept = [case for case in self._cases if case.slot > slot - KEPT_SLOTS]
            self._cases, self._exact, self._near = [], {}, {}
            for case in kept:
                self._enter(case)

    def recall(
        self, tenant: str, exact: int, near: tuple[int, ...], words: int, appeared_slot: int
    ) -> list[tuple[Case, int]]:
        """Return the cases of a shape that appeared in a slot, with their likeness in thousandths, the best first.

        For the incident's own tenant it takes the very same shape, of the service that the incident named, and an
        appearance that began after the incident: a message that goes on, or is always there in other words, has not
        come again.
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
        """Return whether there is any case for a shape; cheaper than `recall`."""
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


@compiled
def precedent_points(features: Row) -> float:
    """Return the points of something the like of which was new before an incident."""
    if features.precedent_days > 0:
        fading = features.precedent_days**PRECEDENT_EXPONENT
        return float(PRECEDENT_MAX * fading * features.precedent_permille / 1000.0)
    return 0.0


def _because(facts: Facts) -> str:
    days, cases = counted(facts.get("precedent_days", 0), "day"), facts.get("precedent_cases", 0)
    where = "here" if facts.get("precedent_here", 0) else "at another tenant"
    more = f", and before {counted(cases - 1, 'more', 'more')}" if cases > 1 else ""
    seldom = "hardly ever" if facts.get("precedent_permille", 0) >= 750 else "not often"
    return f"the like of it was new before an incident {where} {days} ago{more}, and is {seldom} seen otherwise"


def _headline(subject: Subject) -> str:
    count = counted(subject.facts.get("count", 0), "time")
    whose = "an earlier incident here" if subject.facts.get("precedent_here", 0) else "an incident of another tenant"
    return f"{subject.message}{subject.where}, {count} so far; the like of it stood before {whose}"


KIND: Final = EvidenceKind(
    name="precedent",
    number=12,
    factors=(
        Factor(
            "precedent",
            PRECEDENT,
            _because,
            "max · days^exponent · weight; days since the incident, weight the share of its appearances near an"
            " incident, times likeness, times elsewhere_permille where the incident named another service.",
            called="how like it is to what stood before an incident",
        ),
    ),
    meaning="Something very like it was new before an incident, here or at another tenant, and is seldom seen"
    " otherwise.",
    example=example_facts(
        0.5,
        count=4,
        episodes=3,
        episodes_7d=3,
        precedent_days=40,
        precedent_permille=800,
        precedent_cases=1,
        precedent_here=1,
    ),
    columns=("precedent_days", "precedent_permille", "precedent_cases", "precedent_here"),
    headline=_headline,
    why_it_matters="The same may be beginning again.",
)
