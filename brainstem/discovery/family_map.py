"""Belonging: which family each member of a tenant is part of by now, and how many members a family has.

Takes joinings and forgettings one by one; gives the family of one member or of many.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


class FamilyMap:
    """Members that have joined a family, and families of several members; whoever is not named is a family alone."""

    def __init__(self) -> None:
        self.family_of: dict[int, int] = {}
        """of members that have joined a family, which one"""
        self._members: dict[int, int] = {}

    def join(self, member: int, family: int) -> None:
        """Let `member`, with all that belongs to it, be part of a family from now on."""
        self.family_of[member] = family
        self._members[family] = self.count(family) + self._members.pop(member, 1)

    def forget(self, members: Iterable[int], families: Iterable[int]) -> None:
        """Let go of members, and of families as wholes."""
        for member in members:
            self.family_of.pop(member, None)
        for family in families:
            self._members.pop(family, None)

    def family(self, member: int) -> int:
        """Return the family that a member belongs to by now."""
        while member in self.family_of:
            member = self.family_of[member]
        return member

    def families(self, members: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """Return the families that members belong to by now."""
        each, places = np.unique(members, return_inverse=True)
        return np.array([self.family(member) for member in each.tolist()], np.uint64)[places]

    def count(self, family: int) -> int:
        """Count the members of a family, itself included."""
        return self._members.get(family, 1)

    def has_several_members(self, families: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell of each family whether it has several members."""
        grown = [family for family, members in self._members.items() if members > 1]
        return np.isin(families, np.array(grown, np.uint64))

    def snapshot(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        """Return the state as plain values: families by member, and counts of members by family."""
        return tuple(self.family_of.items()), tuple(self._members.items())

    def restore(self, family_of: Iterable[Any], members: Iterable[Any]) -> None:
        """Take the state of `snapshot`."""
        self.family_of, self._members = dict(family_of), dict(members)
