"""The log of heal cycles: how often the entities of a tenant's families went down and came back in the last seven days.

Takes cycles by family; fills the columns of features that self-heal is weighed by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.contracts.tenant_report import HealCycle
from brainstem.parameters import parameter

HEAL_SLOTS: Final = parameter(
    "self_heal.log.heal_slots", 7 * SLOTS_PER_DAY, "slots of ten minutes", "how long heal cycles count"
)
ENTITIES_SHOWN: Final = 5
CYCLES_OF_A_FLAP: Final = parameter(
    "self_heal.log.cycles_of_a_flap", 2, "number", "cycles of one thing from which it is named"
)
OTHERS_LEAST: Final = parameter(
    "self_heal.log.others_least", 4, "number", "other things that heal too from which one is held against them"
)
STANDS_OUT_TIMES: Final = parameter(
    "self_heal.log.stands_out_times",
    3.0,
    "number",
    "times the cycles of the usual other one that make one of many stand out",
)
SAME_CAUSE_SECONDS: Final = parameter(
    "self_heal.log.same_cause_seconds", 120, "seconds", "what goes down no further from it has gone down with it"
)


class HealLog:
    """The heal cycles of a tenant's families."""

    def __init__(self) -> None:
        self._of: dict[int, list[HealCycle]] = {}

    def note(self, family: int, cycle: HealCycle, slot: int) -> None:
        """Keep a cycle of a family, and drop its cycles that are older than seven days."""
        self._of[family] = [*self._recent(family, slot), cycle]

    def absorb(self, member: int, family: int) -> None:
        """Move the cycles of a member to a family that it has joined."""
        if member in self._of:
            told = [*self._of.get(family, []), *self._of.pop(member)]
            self._of[family] = sorted(told, key=lambda cycle: (cycle.down_us, cycle.names))

    def drop(self, families: Iterable[int]) -> None:
        """Drop the cycles of families that are forgotten."""
        for family in families:
            self._of.pop(family, None)

    def fill(self, features: Row, slot: int) -> bool:
        """Fill in the heal cycles of the one entity that healed most often: many entities that heal once are no flap.

        Returns whether there are any.
        """
        by_entity: dict[tuple[str, ...], dict[int, int]] = {}
        outages: set[tuple[str, ...]] = set()
        family = int(features["family"])
        for cycle in self._recent(family, slot):
            by_entity.setdefault(cycle.names, {})[cycle.down_us] = cycle.seconds
            if cycle.is_outage:
                outages.add(cycle.names)
        if not by_entity:
            self._of.pop(family, None)
        names, most = max(
            by_entity.items(), key=lambda told: (len(told[1]), sorted(told[1].items()), told[0]), default=((), {})
        )
        # of many that go down and come back, as what people switch off and on does, one has to stand out
        features["heal_outage"] = names in outages and _stands_out(
            most, [by_entity[other] for other in by_entity if other != names]
        )
        features["heal_cycles_7d"] = len(most)
        features["heal_entities"] = sum(len(cycles) >= CYCLES_OF_A_FLAP for cycles in by_entity.values())
        features["heal_seconds"] = sorted(most.values())[len(most) // 2] if most else 0
        return bool(by_entity)

    def entities(self, family: int, slot: int) -> tuple[str, ...]:
        """Return the names of the entities that healed, most often first."""
        counts: dict[str, set[int]] = {}
        for cycle in self._recent(family, slot):
            for name in cycle.names:
                counts.setdefault(name, set()).add(cycle.down_us)
        ranked = sorted(
            (name for name in counts if len(counts[name]) >= CYCLES_OF_A_FLAP),
            key=lambda name: (-len(counts[name]), name),
        )
        return tuple(ranked[:ENTITIES_SHOWN])

    def _recent(self, family: int, slot: int) -> list[HealCycle]:
        return [each for each in self._of.get(family, []) if each.down_us > (slot - HEAL_SLOTS) * SLOT_US]

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        return tuple((family, tuple(map(astuple, cycles))) for family, cycles in self._of.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        self._of = {family: [HealCycle(*each) for each in cycles] for family, cycles in state}


def _stands_out(most: Mapping[int, int], others: Sequence[Mapping[int, int]]) -> bool:
    """Return whether a thing heals much oftener than the others do; cycles map times of going down, in microseconds, to
    seconds. Cycles at the same time have one cause and do not make it usual.
    """
    if len(others) < OTHERS_LEAST:
        return True
    downs = np.array(sorted(most), np.int64)
    apart = 0
    for cycles in others:
        gone = np.fromiter(cycles, np.int64, len(cycles))
        nearest = np.abs(gone[:, None] - downs[None, :]).min(axis=1)
        apart += int((nearest > SAME_CAUSE_SECONDS * 1_000_000).sum())
    return len(most) * len(others) >= STANDS_OUT_TIMES * apart
