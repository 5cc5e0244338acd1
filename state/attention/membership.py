"""Which family each signature of a bucket belongs to, and what families are called.

Takes unknown signatures slot by slot and assigns each to a family of its own or to an existing one; a signature between
two families merges them. It merges rows and lines of families as well, and evicts families. What facets, schedules and
gauges hold of a member is not touched by a merge, for they are kept by member.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.key_index import UNKNOWN, KeyTable
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.snippet_texts import SnippetLabel
from brainstem.evidence.history.episodes import SLOT_MINUTES
from brainstem.evidence.self_heal.wording import state_told
from brainstem.signature.families import Families
from brainstem.signature.lexicon import OUT_OF_SERVICE
from brainstem.signature.signing import template
from state.attention.eviction import EvictionTraces
from state.attention.evidence_lines import LineStore
from state.attention.family_table import FamilyTable
from state.attention.pending import SealedDeltas
from state.attention.seal import Seal, TenantSeal

SIGNATURES_SHOWN: Final = 16

Group = tuple[int, int, int]
"""the signatures among which a family can grow: hash of the tenant, hash of the service, number of tokens"""


@dataclass(slots=True)
class FamilyProfile:
    """What is known of a family by row, apart from its counts."""

    tenant: int
    service: int
    tokens: int
    family: int
    """the signature that names the family"""
    signatures: list[int]

    @property
    def group(self) -> Group:
        """Return the group of signatures within which the family can grow."""
        return (self.tenant, self.service, self.tokens)


class OwnFamilies:
    """Unknown signatures with a family of their own that are not entered in the tables yet: many are entered at once, in
    a fraction of the time that one by one takes.
    """

    def __init__(self, families: FamilyTable, row_of: KeyTable) -> None:
        self._families = families
        self._row_of = row_of
        self._members: list[int] = []
        self._tenants: list[int] = []
        self._slots: list[int] = []

    def add(self, member: int, tenant: int, slot: int) -> int:
        """Add a member; return the row that its family will have once it is entered."""
        self._members.append(member)
        self._tenants.append(tenant)
        self._slots.append(slot)
        return len(self._families) + len(self._members) - 1

    def enter(self) -> None:
        """Enter what was added. Before anything reads the tables, this has to be called."""
        if not self._members:
            return
        members = np.array(self._members, np.uint64)
        first = self._families.add_all(members, self._tenants, np.array(self._slots, np.int32))
        self._row_of.set_all(members, np.arange(first, first + len(members), dtype=np.int32))
        self._members, self._tenants, self._slots = [], [], []


class Membership:
    """The families of a bucket by row of `families`."""

    def __init__(self, families: FamilyTable, lines: LineStore) -> None:
        self._families = families
        self._lines = lines
        self._signature_families = Families()
        self._row_of = KeyTable()
        self._traces = EvictionTraces()
        self._profiles: dict[int, FamilyProfile] = {}
        self._merged: set[int] = set()
        """rows of families of several signatures"""
        self._outages: dict[int, bool] = {}
        """of rows that were asked about, whether their words call something out of service, until words change"""
        self.names: dict[int, str] = {}
        """of tenants, sources, hosts and services, by hash"""

    def __len__(self) -> int:
        """Count the families."""
        return len(self._profiles)

    def rows_of(self, members: UInt64s) -> Int32s:
        """Return the row of each member's family, `UNKNOWN` for those that have none."""
        return self._row_of.rows_of(members)

    def has_several_members(self) -> npt.NDArray[np.bool_]:
        """Return for each row whether its family has several members."""
        several = np.zeros(len(self._families), bool)
        several[list(self._merged)] = True
        return several

    def newborn(self, rows: Rows) -> Rows:
        """Return the first delta of each member that has no family yet, in the order of `rows`."""
        unknown = rows.take(np.flatnonzero(self.rows_of(rows["member"]) == UNKNOWN))
        return unknown.take(np.sort(np.unique(unknown["member"], return_index=True)[1]))

    def assign(self, newborn: Rows, sealed: SealedDeltas, seal: Seal, before_change: Callable[[int], None]) -> None:
        """Assign each unknown signature of some slots to a family of its own or to the one that it belongs to.

        `newborn` holds the first delta of each, in order of slots. Births, returns, merges and labels are gathered in
        `seal`. A family of its own changes nothing for others; before anything that does, `before_change` is called with its
        slot: all slots before it have to be worked off by then.
        """
        own = OwnFamilies(self._families, self._row_of)
        columns = ("member", "signature", "slot", "tenant", "service", "tokens", "text")
        for member, signature, slot, tenant_hash, service, tokens, text in zip(
            *(newborn[name].tolist() for name in columns), strict=True
        ):
            profile = FamilyProfile(tenant_hash, service, tokens, signature, [signature])
            tenant = seal.tenants[tenant_hash]
            first_minute = self._traces.first_minute_of(member)
            if first_minute is None:
                index = own.add(member, tenant_hash, slot)
            else:
                own.enter()
                before_change(slot)
                index = self._families.add_returned(member, tenant_hash, first_minute)
                self._row_of[member] = index
                tenant.returns.append((slot, member, first_minute // SLOT_MINUTES))
            self._profiles[index] = profile
            tenant.births.append((slot, member, 0))
            words = template(sealed.texts[text].message)
            tenant.labels[member, slot] = Label(self.names.get(service, ""), words.text, signature)
            if self._signature_families.may_merge(profile.group, signature, words.tokens):
                own.enter()
                before_change(slot)
                self._outages.clear()
            merges = self._signature_families.add(profile.group, signature, words.tokens, slot)
            for merge in merges:
                self._merge(profile.group, merge.kept, merge.absorbed, slot, tenant)
            if merges:
                final = self._row_of[member]
                tenant.labels[self._key_of(final), slot] = self._label(final)
        own.enter()

    def _merge(self, group: Group, kept: int, absorbed: int, slot: int, tenant: TenantSeal) -> None:
        """Make the families of two signatures one, which the signature `kept` names."""
        kept_row = self._row_of[member_of(group, kept)]
        absorbed_row = self._row_of[member_of(group, absorbed)]
        if kept_row == absorbed_row:
            return
        family = member_of(group, kept)
        self._families.merge(kept_row, absorbed_row, family)
        absorbed_profile = self._profiles.pop(absorbed_row)
        profile = self._profiles[kept_row]
        for signature in absorbed_profile.signatures:
            self._row_of[member_of(group, signature)] = kept_row
        self._merged.discard(absorbed_row)
        self._merged.add(kept_row)
        signatures = {*profile.signatures, *absorbed_profile.signatures}
        profile.signatures = sorted(signatures, key=lambda signature: (signature != kept, signature))
        self._lines.families.make_room(max(kept_row, absorbed_row) + 1)
        self._lines.merge(kept_row, absorbed_row)
        tenant.births.append((slot, member_of(group, absorbed), family))

    def _key_of(self, row: int) -> int:
        profile = self._profiles[row]
        return member_of(profile.group, profile.family)

    def _label(self, row: int) -> Label:
        profile = self._profiles[row]
        return Label(self.names.get(profile.service, ""), self.template_of(row), profile.family)

    def template_of(self, row: int) -> str:
        """Return the template of the family of a row as it is now."""
        profile = self._profiles[row]
        return self._signature_families.template_of(profile.group, profile.family)

    def tells_outage(self, row: int) -> bool:
        """Return whether the words of the family of a row call something out of service, as they are now."""
        told = self._outages.get(row)
        if told is None:
            told = self._outages[row] = state_told(self.template_of(row)) == OUT_OF_SERVICE
        return told

    def snippet_label(self, row: int) -> SnippetLabel:
        """Return what the family of a row is called now, with the signatures that it consists of."""
        label = self._label(row)
        return SnippetLabel(label.service, label.template, tuple(self._profiles[row].signatures[:SIGNATURES_SHOWN]))

    def evict(self, rows: Int32s, first_minutes: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
        """Remove families but for a trace of when each was heard first; return by tenant pairs of a member and its family.

        All other rows of families are numbered anew.
        """
        groups: dict[Group, list[int]] = defaultdict(list)
        evicted: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, minute in zip(rows.tolist(), first_minutes, strict=True):
            family, profile = self._key_of(row), self._profiles.pop(row)
            groups[profile.group] += profile.signatures
            members = [member_of(profile.group, signature) for signature in profile.signatures]
            evicted[profile.tenant] += [(member, family) for member in members]
            self._traces.add(members, [minute] * len(members))
        for group, signatures in groups.items():
            self._signature_families.forget(group, signatures)
        kept = np.zeros(len(self._families), bool)
        kept[list(self._profiles)] = True
        numbers = self._families.keep(kept)
        self._lines.families.keep(kept)
        self._row_of.renumber(numbers)
        self._set_profiles({int(numbers[row]): profile for row, profile in self._profiles.items()})
        return evicted

    def _set_profiles(self, profiles: Mapping[int, FamilyProfile]) -> None:
        self._profiles = dict(profiles)
        self._outages.clear()
        self._merged = {row for row, profile in profiles.items() if len(profile.signatures) > 1}

    def _packed_profiles(self) -> tuple[bytes, ...]:
        """Return the profiles as buffers, for there are as many as families: rows, columns, and all signatures end to
        end.
        """
        profiles = [*self._profiles.values()]
        columns = (
            ([*self._profiles], np.int32),
            ([profile.tenant for profile in profiles], np.uint64),
            ([profile.service for profile in profiles], np.uint64),
            ([profile.tokens for profile in profiles], np.int32),
            ([profile.family for profile in profiles], np.uint64),
            ([len(profile.signatures) for profile in profiles], np.int32),
            ([signature for profile in profiles for signature in profile.signatures], np.uint64),
        )
        return tuple(np.array(values, kind).tobytes() for values, kind in columns)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return (
            self._signature_families.snapshot(),
            self._row_of.snapshot(),
            self._packed_profiles(),
            tuple(self.names.items()),
            self._traces.snapshot(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        signature_families, row_of, profiles, names, traces = state
        self._signature_families = Families.restore(signature_families)
        self._row_of.restore(row_of)
        self._set_profiles(_unpacked_profiles(profiles))
        self.names = dict(names)
        self._traces.restore(traces)


def _unpacked_profiles(state: tuple[bytes, ...]) -> dict[int, FamilyProfile]:
    """Return the profiles of `Membership._packed_profiles` by row."""
    kinds = (np.int32, np.uint64, np.uint64, np.int32, np.uint64, np.int32, np.uint64)
    *columns, counts, flat = (np.frombuffer(each, of).tolist() for each, of in zip(state, kinds, strict=True))
    signatures = iter(flat)
    return {
        row: FamilyProfile(tenant, service, tokens, family, list(islice(signatures, count)))
        for row, tenant, service, tokens, family, count in zip(*columns, counts, strict=True)
    }


def member_of(group: Group, signature: int) -> int:
    """Return the key of a signature within its group's tenant and service."""
    return member_key(group[0], group[1], signature)
