"""Healing: what went down and came up again by itself, per entity.

Takes who went down or came up, in order of time; gives cycles. An entity is a tunnel, an interface, a pool: what a message
names beside its words. A cycle belongs to the family that said "down".
"""

from dataclasses import dataclass
from typing import Final

from brainstem.delta import Rows

CYCLE_MAX_SECONDS: Final = 900
"""what stays down longer has not healed by itself before anybody could notice"""
FORGET_US: Final = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Cycle:
    """Down and up again: entity key and name hash, the member that said "down", when, and how long it took."""

    entity: int
    name: int
    member: int
    down_us: int
    seconds: int


class Healing:
    """Open outages by entity."""

    VERSION: Final = 1

    def __init__(self) -> None:
        self._down: dict[int, tuple[int, int]] = {}

    def follow(self, transitions: Rows) -> list[tuple[int, int, Cycle]]:
        """Follow transitions sorted by time, source and position; gives slot, tenant hash and cycle of each return."""
        cycles: list[tuple[int, int, Cycle]] = []
        columns = ("slot", "tenant", "entity", "name", "member", "polarity", "time")
        for slot, tenant, entity, name, member, polarity, time in zip(
            *(transitions[column].tolist() for column in columns),
            strict=True,
        ):
            down = self._down.get(entity)
            if polarity < 0:
                # a second "down" within one outage belongs to it; after a long silence it opens a new one
                if down is None or time - down[0] > CYCLE_MAX_SECONDS * 1_000_000:
                    self._down[entity] = (time, member)
            elif down is not None:
                del self._down[entity]
                seconds = (time - down[0]) // 1_000_000
                if seconds <= CYCLE_MAX_SECONDS:
                    cycles.append((slot, tenant, Cycle(entity, name, down[1], down[0], seconds)))
        return cycles

    def forget(self, now_us: int) -> None:
        """Drop outages that have been open for a day: they are no short ones."""
        self._down = {entity: down for entity, down in self._down.items() if now_us - down[0] <= FORGET_US}

    def snapshot(self) -> tuple[int, tuple[tuple[int, int, int], ...]]:
        """Give the state as plain values, version first."""
        return self.VERSION, tuple((entity, time, member) for entity, (time, member) in sorted(self._down.items()))

    def restore(self, state: tuple[int, tuple[tuple[int, int, int], ...]]) -> None:
        """Take the state of `snapshot`."""
        self._down = {entity: (time, member) for entity, time, member in state[1]}
