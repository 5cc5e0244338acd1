"""Which family each member of a tenant is part of by now, and how many members a family has.

Takes merges and evictions one by one, returns the family of one member or of many.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Bools, UInt64s

MEMBERS_WORTH_SORTING: Final = 256
"""fewer members are looked up one by one"""


class FamilyMap:
    """Members that have joined a family, and families of several members. A member that is in neither is a family alone."""

    def __init__(self) -> None:
        self.family_of: dict[int, int] = {}
        """of each member that has joined a family, which one; that family may have joined another one since"""
        self._members: dict[int, int] = {}

    def join(self, member: int, family: int) -> None:
        """Make `member`, with all members that have joined it, a part of `family`."""
        self.family_of[member] = family
        self._members[family] = self.count(family) + self._members.pop(member, 1)

    def evict(self, members: Iterable[int], families: Iterable[int]) -> None:
        """Remove evicted members and families."""
        for member in members:
            self.family_of.pop(member, None)
        for family in families:
            self._members.pop(family, None)

    def family(self, member: int) -> int:
        """Return the family that a member belongs to by now."""
        while member in self.family_of:
            member = self.family_of[member]
        return member

    def families(self, members: UInt64s) -> UInt64s:
        """Return the families that members belong to by now."""
        if not self.family_of:
            return members.copy()
        if len(members) < MEMBERS_WORTH_SORTING:
            return np.array([self.family(member) for member in members.tolist()], np.uint64)
        distinct, places = np.unique(members, return_inverse=True)
        return np.array([self.family(member) for member in distinct.tolist()], np.uint64)[places]

    def count(self, family: int) -> int:
        """Count the members of a family, itself included."""
        return self._members.get(family, 1)

    def has_several_members(self, families: UInt64s) -> Bools:
        """Return for each family whether it has several members."""
        return np.array([self.count(family) > 1 for family in families.tolist()], bool)

    def snapshot(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        """Return the state as plain values: families by member, and counts of members by family."""
        return tuple(self.family_of.items()), tuple(self._members.items())

    def restore(self, family_of: Iterable[Any], members: Iterable[Any]) -> None:
        """Restore the state that `snapshot` returned."""
        self.family_of, self._members = dict(family_of), dict(members)
