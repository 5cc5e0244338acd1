"""Which family each signature of a bucket belongs to, and what families are called.

Signatures are adopted as they appear: a new one has a family of its own or joins one, and may make two families one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.key_index import UNKNOWN, KeyTable
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.snippets import ShownLabel
from brainstem.evidence.history.episodes import SLOT_MINUTES
from brainstem.signature.families import Families
from brainstem.signature.signing import template
from state.attention.eviction import EvictionTraces
from state.attention.evidence_lines import LineStore
from state.attention.family_table import FamilyTable
from state.attention.pending import Ready
from state.attention.seal import Seal, Sealing

SIGNATURES_SHOWN: Final = 16

Group = tuple[int, int, int]


@dataclass(slots=True)
class Profile:
    """The names and lines of a family row."""

    tenant: int
    service: int
    tokens: int
    family: int
    """the signature that the family goes by"""
    signatures: list[int]

    @property
    def group(self) -> tuple[int, int, int]:
        """Return the group of signatures within which the family can grow."""
        return (self.tenant, self.service, self.tokens)


class Membership:
    """The families of a bucket by row of `table`, whose rows and lines it merges when families merge."""

    def __init__(self, table: FamilyTable, lines: LineStore) -> None:
        self._table = table
        self._lines = lines
        self._aliases = Families()
        self._row_of = KeyTable()
        self._traces = EvictionTraces()
        self._profiles: dict[int, Profile] = {}
        self._grown: set[int] = set()
        """rows of families of several signatures"""
        self.names: dict[int, str] = {}
        """of tenants, sources, hosts and services, by hash"""

    def __len__(self) -> int:
        """Count the families."""
        return len(self._profiles)

    def rows_of(self, members: UInt64s) -> Int32s:
        """Return the row of each member's family, `UNKNOWN` for those that have none."""
        return self._row_of.rows_of(members)

    def is_several(self) -> npt.NDArray[np.bool_]:
        """Tell of each row whether its family has several members."""
        several = np.zeros(len(self._table), bool)
        several[list(self._grown)] = True
        return several

    def newborn(self, rows: Rows) -> Rows:
        """Return the first row of each member that has no family yet, in the order of `rows`."""
        unknown = rows.take(np.flatnonzero(self.rows_of(rows["member"]) == UNKNOWN))
        return unknown.take(np.sort(np.unique(unknown["member"], return_index=True)[1]))

    def adopt(self, newborn: Rows, ready: Ready, seal: Seal) -> None:
        """Return each unknown signature of a slot a family of its own or the one it belongs to."""
        columns = ("member", "signature", "slot", "tenant", "service", "tokens", "text")
        for member, signature, slot, tenant_hash, service, tokens, text in zip(
            *(newborn[name].tolist() for name in columns), strict=True
        ):
            profile = Profile(tenant_hash, service, tokens, signature, [signature])
            tenant = seal.shares[tenant_hash]
            since = self._traces.of(member)
            if since is None:
                index = self._table.add(member, tenant_hash, slot)
            else:
                index = self._table.add_again(member, tenant_hash, since)
                tenant.returns.append((slot, member, since // SLOT_MINUTES))
            self._row_of[member] = index
            self._profiles[index] = profile
            tenant.births.append((slot, member, 0))
            words = template(ready.texts[text].message)
            tenant.labels[member, slot] = Label(self.names.get(service, ""), words.text, signature)
            merges = self._aliases.add(profile.group, signature, words.tokens, slot)
            for merge in merges:
                self._merge(profile.group, merge.kept, merge.absorbed, slot, tenant)
            if merges:
                final = self._row_of[member]
                tenant.labels[self._key_of(final), slot] = self._label(final)

    def _merge(self, group: tuple[int, int, int], kept: int, absorbed: int, slot: int, tenant: Sealing) -> None:
        """Make two families one."""
        keep = self._row_of[member_of(group, kept)]
        gone = self._row_of[member_of(group, absorbed)]
        if keep == gone:
            return
        family = member_of(group, kept)
        self._table.merge(keep, gone, family)
        old = self._profiles.pop(gone)
        profile = self._profiles[keep]
        for signature in old.signatures:
            self._row_of[member_of(group, signature)] = keep
        self._grown.discard(gone)
        self._grown.add(keep)
        profile.signatures = sorted({*profile.signatures, *old.signatures}, key=lambda each: (each != kept, each))
        self._lines.families.make_room(max(keep, gone) + 1)
        self._lines.merge(keep, gone)
        tenant.births.append((slot, member_of(group, absorbed), family))

    def _key_of(self, row: int) -> int:
        profile = self._profiles[row]
        return member_of(profile.group, profile.family)

    def _label(self, row: int) -> Label:
        profile = self._profiles[row]
        words = self._aliases.template_of(profile.group, profile.family)
        return Label(self.names.get(profile.service, ""), words, profile.family)

    def shown_label(self, row: int) -> ShownLabel:
        """Return what the family of a row is called now, with the signatures that it consists of."""
        label = self._label(row)
        return ShownLabel(label.service, label.template, tuple(self._profiles[row].signatures[:SIGNATURES_SHOWN]))

    def forget(self, rows: Int32s, first_minutes: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
        """Let families go, but for a trace of when each was heard first; gives their members and families by tenant."""
        groups: dict[Group, list[int]] = defaultdict(list)
        told: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, minute in zip(rows.tolist(), first_minutes, strict=True):
            family, profile = self._key_of(row), self._profiles.pop(row)
            groups[profile.group] += profile.signatures
            members = [member_of(profile.group, signature) for signature in profile.signatures]
            told[profile.tenant] += [(member, family) for member in members]
            self._traces.leave(members, [minute] * len(members))
        for group, signatures in groups.items():
            self._aliases.forget(group, signatures)
        kept = np.zeros(len(self._table), bool)
        kept[list(self._profiles)] = True
        numbers = self._table.keep(kept)
        self._lines.families.keep(kept)
        self._row_of.renumber(numbers)
        self._set_profiles({int(numbers[row]): profile for row, profile in self._profiles.items()})
        return told

    def _set_profiles(self, profiles: Mapping[int, Profile]) -> None:
        self._profiles = dict(profiles)
        self._grown = {row for row, profile in profiles.items() if len(profile.signatures) > 1}

    def _packed_profiles(self) -> tuple[bytes, ...]:
        """Return the profiles as buffers, for there are as many as families: rows, columns, and all signatures end to
        end.
        """
        profiles = [*self._profiles.values()]
        columns = (
            ([*self._profiles], np.int32),
            ([each.tenant for each in profiles], np.uint64),
            ([each.service for each in profiles], np.uint64),
            ([each.tokens for each in profiles], np.int32),
            ([each.family for each in profiles], np.uint64),
            ([len(each.signatures) for each in profiles], np.int32),
            ([signature for each in profiles for signature in each.signatures], np.uint64),
        )
        return tuple(np.array(values, kind).tobytes() for values, kind in columns)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return (
            self._aliases.snapshot(),
            self._row_of.snapshot(),
            self._packed_profiles(),
            tuple(self.names.items()),
            self._traces.snapshot(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        aliases, row_of, profiles, names, traces = state
        self._aliases = Families.restore(aliases)
        self._row_of.restore(row_of)
        self._set_profiles(_unpacked_profiles(profiles))
        self.names = dict(names)
        self._traces.restore(traces)


def _unpacked_profiles(state: tuple[bytes, ...]) -> dict[int, Profile]:
    """Return the profiles of `Membership._packed_profiles` by row."""
    kinds = (np.int32, np.uint64, np.uint64, np.int32, np.uint64, np.int32, np.uint64)
    *columns, counts, flat = (np.frombuffer(each, of).tolist() for each, of in zip(state, kinds, strict=True))
    signatures = iter(flat)
    return {
        row: Profile(tenant, service, tokens, family, list(islice(signatures, count)))
        for row, tenant, service, tokens, family, count in zip(*columns, counts, strict=True)
    }


def member_of(group: tuple[int, int, int], signature: int) -> int:
    """Return the key of a signature within its group's tenant and service."""
    return member_key(group[0], group[1], signature)
