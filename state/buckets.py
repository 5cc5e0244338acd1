"""A bucket: the families of one share of the keys, and the sealing of ticks.

Takes shares of deltas with the progress of their input, gives tenant reports. Slots are sealed in order once every input has
passed them; what a sealed slot says does not depend on how its events were batched.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import FEEDBACK_MAX, HEAL_POINTS_MAX, LEARNING_SLOTS, SPREAD_WINDOW_SLOTS, scores, weigh
from brainstem.bands import Band, floor_quarters
from brainstem.delta import Deltas, member_key
from brainstem.event import Kind
from brainstem.family import Families
from brainstem.finding import POINT_QUANTUM, EvidenceLine
from brainstem.healing import Cycle, Healing
from brainstem.key_table import UNKNOWN, KeyTable
from brainstem.outcomes import is_rare
from brainstem.reading import READING_DTYPE, SLOT_US
from brainstem.report import (
    BIRTH_DTYPE,
    Exhibit,
    Label,
    TenantReport,
    statements_from_plain,
    statements_to_plain,
)
from brainstem.signature import template
from brainstem.statement import Statement
from brainstem.versions import require_version
from state.family_table import FamilyTable
from state.frontier import NOT_YET, Frontier
from state.waiting import Ready, Waiting, in_order

BUCKET_STATE_VERSION: Final = 2
NEVER_YET: Final = 2**31 - 1
LINES_KEPT: Final = 8
"""latest evidence lines kept of a family, beside its first one"""
SIGNATURES_SHOWN: Final = 16

Rows = npt.NDArray[Any]
Line = tuple[int, int, int, int, int, bytes]
"""slot, event time, hash of the source, position, hash of the host, record; in the order of lines"""


@dataclass(slots=True)
class Profile:
    """The names and lines of a family row."""

    tenant: int
    service: int
    tokens: int
    family: int
    """the signature that the family goes by"""
    signatures: list[int]
    first: Line | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def group(self) -> tuple[int, int, int]:
        """Give the group of signatures within which the family can grow."""
        return (self.tenant, self.service, self.tokens)

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """Give the first line and the latest ones."""
        return (self.first, *self.lines) if self.first else ()


@dataclass(slots=True)
class Sealing:
    """What one tenant's share of a seal has gathered so far."""

    births: list[tuple[int, int, int]] = field(default_factory=list)
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    readings: list[Rows] = field(default_factory=list)
    exhibits: dict[tuple[int, int], Exhibit] = field(default_factory=dict)
    cycles: list[tuple[int, Cycle]] = field(default_factory=list)


class Bucket:
    """The state of one bucket."""

    def __init__(self, inputs: int) -> None:
        self.frontier = Frontier(inputs)
        self.sealed_before = NOT_YET
        self._waiting = Waiting()
        self._table = FamilyTable()
        self._aliases = Families()
        self._healing = Healing()
        self._row_of = KeyTable()
        self._profiles: dict[int, Profile] = {}
        self._names: dict[int, str] = {}
        self._statements: list[Statement] = []
        # the slots of the earliest incident and verdict: from the next one on, families may surface because of them
        self._incident_slot = NEVER_YET
        self._feedback_slot = NEVER_YET

    def take(self, deltas: Deltas) -> None:
        """Keep a share of deltas until its slots are sealed."""
        self._waiting.add(deltas, self.sealed_before)
        self._names.update(deltas.names)
        self._statements.extend(deltas.statements)
        for statement in deltas.statements:
            slot = statement.time_us // SLOT_US
            if statement.stated.kind == Kind.INCIDENT:
                self._incident_slot = min(self._incident_slot, slot)
            else:
                self._feedback_slot = min(self._feedback_slot, slot)

    def seal(self) -> list[TenantReport]:
        """Seal every slot that all inputs have passed; gives a report per tenant that had anything to say."""
        before = self.frontier.done_before
        if before <= self.sealed_before:
            return []
        ready = self._waiting.take_before(before)
        sealing: dict[int, Sealing] = defaultdict(Sealing)
        self._walk(ready, before, sealing)
        turns = in_order(self._healing.concerned(ready.transitions), "time", "source", "position", "entity")
        for slot, tenant, cycle in self._healing.follow(turns, ready.spellings):
            sealing[tenant].cycles.append((slot, cycle))
        self._healing.forget(before * SLOT_US)
        self.sealed_before = before
        stated = self._stated_before(before)
        reports = [self._report(tenant, sealing[tenant], stated) for tenant in sorted(sealing)]
        return reports + [TenantReport(tenant, statements=tuple(stated[tenant])) for tenant in sorted(stated)]

    def _stated_before(self, slot: int) -> dict[str, list[Statement]]:
        """Take the statements of slots below `slot`, by tenant; the rest goes on waiting."""
        ready: dict[str, list[Statement]] = defaultdict(list)
        for statement in self._statements:
            if statement.time_us // SLOT_US < slot:
                ready[statement.tenant].append(statement)
        self._statements = [each for each in self._statements if each.time_us // SLOT_US >= slot]
        return ready

    def snapshot(self) -> tuple[Any, ...]:
        """Give the state as plain values, version first."""
        profiles = tuple(
            (row, each.tenant, each.service, each.tokens, each.family, tuple(each.signatures), each.all_lines)
            for row, each in self._profiles.items()
        )
        return (
            BUCKET_STATE_VERSION,
            self.frontier.snapshot(),
            self.sealed_before,
            self._waiting.snapshot(),
            self._table.snapshot(),
            self._aliases.snapshot(),
            self._healing.snapshot(),
            tuple(self._row_of.items()),
            profiles,
            tuple(self._names.items()),
            (self._incident_slot, self._feedback_slot, statements_to_plain(self._statements)),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        _, frontier, self.sealed_before, waiting, table, aliases, healing, row_of, profiles, names, stated = state
        self.frontier.restore(frontier)
        self._waiting.restore(waiting)
        self._table.restore(table)
        self._aliases = Families.restore(aliases)
        self._healing.restore(healing)
        for member, row in row_of:
            self._row_of[member] = row
        self._names = dict(names)
        self._incident_slot, self._feedback_slot, statements = stated
        self._statements = list(statements_from_plain(statements))
        for row, tenant, service, tokens, family, signatures, lines in profiles:
            shown = list(lines)
            self._profiles[row] = Profile(
                tenant, service, tokens, family, list(signatures), shown[0] if shown else None, shown[1:]
            )

    def _walk(self, ready: Ready, before: int, sealing: dict[int, Sealing]) -> None:
        """Seal stretches of slots; a stretch begins where an unknown signature appears, for it may change the families."""
        rows = ready.rows
        if not len(rows) and not len(self._table):
            return
        unknown = self._row_of.rows_of(ready.lines["member"]) == UNKNOWN
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(rows["slot"][0])
        newborn = ready.lines[unknown]
        newborn = newborn[np.sort(np.unique(newborn["member"], return_index=True)[1])]
        edges = sorted({begin, *newborn["slot"].tolist()})
        for low_slot, high_slot in zip(edges, [*edges[1:], before], strict=True):
            low, high = np.searchsorted(rows["slot"], (low_slot, high_slot)).tolist()
            self._adopt(newborn[newborn["slot"] == low_slot], ready, sealing)
            number_low, number_high = np.searchsorted(ready.numbers["slot"], (low_slot, high_slot)).tolist()
            self._step(rows[low:high], ready, ready.numbers[number_low:number_high], low_slot, high_slot - 1, sealing)

    def _adopt(self, newborn: Rows, ready: Ready, sealing: dict[int, Sealing]) -> None:
        """Give each unknown signature of a slot a family of its own or the one it belongs to."""
        for row in newborn:
            member, signature, slot = int(row["member"]), int(row["signature"]), int(row["slot"])
            profile = Profile(int(row["tenant"]), int(row["service"]), int(row["tokens"]), signature, [signature])
            index = self._table.add(member, profile.tenant, slot)
            self._row_of[member] = index
            self._profiles[index] = profile
            tenant = sealing[profile.tenant]
            tenant.births.append((slot, member, 0))
            words = template(ready.texts[int(row["text"])].message)
            tenant.labels[member, slot] = Label(self._names.get(profile.service, ""), words.text, signature)
            for merge in self._aliases.add(profile.group, signature, words.tokens, slot):
                self._merge(profile.group, merge.kept, merge.absorbed, slot, tenant)
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
        profile.signatures = sorted({*profile.signatures, *old.signatures}, key=lambda each: (each != kept, each))
        profile.first = min(filter(None, (profile.first, old.first)), default=None)
        profile.lines = sorted([*profile.lines, *old.lines])[-LINES_KEPT:]
        tenant.births.append((slot, member_of(group, absorbed), family))

    def _key_of(self, row: int) -> int:
        profile = self._profiles[row]
        return member_of(profile.group, profile.family)

    def _label(self, row: int) -> Label:
        profile = self._profiles[row]
        words = self._aliases.template_of(profile.group, profile.family)
        return Label(self._names.get(profile.service, ""), words, profile.family)

    def _step(
        self, rows: Rows, ready: Ready, numbers: Rows, from_slot: int, to_slot: int, sealing: dict[int, Sealing]
    ) -> None:
        """Fold a stretch of slots and gather readings and exhibits."""
        row_of = self._row_of.rows_of(rows["member"])
        number_rows = self._row_of.rows_of(numbers["member"])
        readings, reading_rows = self._table.step(rows, row_of, numbers, number_rows, from_slot, to_slot)
        lines = self._lines(ready, from_slot, to_slot)
        if len(readings):
            self._gather(readings, reading_rows, lines, sealing)
        for row, fresh in lines.items():
            profile = self._profiles[row]
            profile.first = profile.first or fresh[0]
            profile.lines = [*profile.lines, *fresh][-LINES_KEPT:]

    def _lines(self, ready: Ready, from_slot: int, to_slot: int) -> dict[int, list[Line]]:
        """Give the evidence lines of a stretch by family row, in order of time."""
        low, high = np.searchsorted(ready.lines["slot"], (from_slot, to_slot + 1)).tolist()
        share = in_order(ready.lines[low:high], "slot", "time", "source", "position")
        columns = ("slot", "event_time", "source", "position", "host")
        told = zip(*(share[column].tolist() for column in columns), ready.texts.raws.slices(share["text"]), strict=True)
        lines: dict[int, list[Line]] = defaultdict(list)
        for row, line in zip(self._row_of.rows_of(share["member"]).tolist(), told, strict=True):
            lines[row].append(line)
        return lines

    def _gather(
        self,
        readings: Rows,
        reading_rows: npt.NDArray[np.int32],
        lines: dict[int, list[Line]],
        sealing: dict[int, Sealing],
    ) -> None:
        """Sort readings by tenant and build exhibits for the families that may surface."""
        tenants = np.array([self._profiles[row].tenant for row in reading_rows.tolist()], np.uint64)
        for tenant in np.unique(tenants).tolist():
            sealing[tenant].readings.append(readings[tenants == np.uint64(tenant)])
        for index in np.flatnonzero(may_surface(readings, self._incident_slot, self._feedback_slot)).tolist():
            row, slot = int(reading_rows[index]), int(readings["slot"][index])
            key = (int(readings["family"][index]), slot)
            sealing[int(tenants[index])].exhibits[key] = self._exhibit(row, slot, lines.get(row, []))

    def _exhibit(self, row: int, slot: int, fresh: list[Line]) -> Exhibit:
        """Show a family as it was known at the end of `slot`."""
        profile = self._profiles[row]
        heard = bisect_right(fresh, slot, key=itemgetter(0))
        known = [*profile.lines, *fresh[max(0, heard - LINES_KEPT) : heard]][-LINES_KEPT:]
        first = profile.first or fresh[0]
        shown = known if first in known else [first, *known]
        label = self._label(row)
        return Exhibit(
            label.service,
            label.template,
            tuple(profile.signatures[:SIGNATURES_SHOWN]),
            tuple(self._names[host] for host in self._table.hosts_of(row, slot)),
            tuple(self._shown(line) for line in shown),
        )

    def _shown(self, line: Line) -> EvidenceLine:
        """Give a line with names in place of hashes."""
        _, event_time, source, position, host, raw = line
        return EvidenceLine(self._names[source], position, event_time, self._names[host] if host else "", raw)

    def _report(self, tenant: int, sealing: Sealing, stated: dict[str, list[Statement]]) -> TenantReport:
        """Put together what this bucket has to say of a tenant."""
        readings = np.concatenate(sealing.readings) if sealing.readings else np.zeros(0, READING_DTYPE)
        return TenantReport(
            self._names[tenant],
            readings[np.lexsort((readings["family"], readings["slot"]))],
            np.array(sealing.births, BIRTH_DTYPE),
            tuple(sealing.cycles),
            sealing.labels,
            sealing.exhibits,
            tuple(stated.pop(self._names[tenant], ())),
        )


def member_of(group: tuple[int, int, int], signature: int) -> int:
    """Give the key of a signature within its group's tenant and service."""
    return member_key(group[0], group[1], signature)


def may_surface(
    readings: Rows, incident_slot: int = NEVER_YET, feedback_slot: int = NEVER_YET
) -> npt.NDArray[np.bool_]:
    """Tell which readings could reach promotion with the best that the tenant's step can add to them.

    The slots are those of the first incident and the first verdict of all.
    """
    best = readings.copy()
    best["born_after_slots"] = LEARNING_SLOTS
    best["tenant_age_slots"] = LEARNING_SLOTS + SPREAD_WINDOW_SLOTS
    healed = best["stateful"].astype(np.int32) * int(HEAL_POINTS_MAX * POINT_QUANTUM)
    after_incident = readings["slot"] > incident_slot
    # a precursor outweighs the prior by itself, a precedent together with little else
    foretells = after_incident & (readings["last_time"] // SLOT_US == readings["slot"]) & is_rare(readings)
    praised = (readings["slot"] > feedback_slot).astype(np.int32) * int(FEEDBACK_MAX * POINT_QUANTUM)
    reach = scores(weigh(best)) + healed + praised >= floor_quarters(Band.PROMOTE)
    return np.asarray(reach | foretells, bool)
