"""A bucket: the families of one share of the keys, and the sealing of ticks.

Takes shares of deltas with the progress of their input, gives tenant reports. Slots are sealed in order once every input has
passed them; what a sealed slot says does not depend on how its events were batched.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import (
    CONCENTRATION_POINTS_MAX,
    FEEDBACK_MAX,
    HEAL_POINTS_MAX,
    Factor,
    scores,
    weigh,
)
from brainstem.bands import Band, floor_quarters
from brainstem.delta import Deltas, facet_key, member_key
from brainstem.episodes import SLOT_MINUTES
from brainstem.event import Kind
from brainstem.exhibits import EXHIBIT_DTYPE, LINES_KEPT, NONE, ShownLabel
from brainstem.family import Families
from brainstem.finding import POINT_QUANTUM
from brainstem.folding import SIGHTING_DTYPE
from brainstem.healing import Cycle, Healing
from brainstem.key_table import UNKNOWN, KeyTable
from brainstem.liveness import HEARD_DTYPE, distinct_heard
from brainstem.notice import NOTICE_DTYPE
from brainstem.outcomes import is_rare
from brainstem.pairing import is_followed
from brainstem.reading import ON_HOST, ONE_MEMBER, READING_DTYPE, SLOT_US, SLOTS_PER_DAY, WHOLE
from brainstem.report import (
    BIRTH_DTYPE,
    FORGOTTEN_DTYPE,
    RETURN_DTYPE,
    Label,
    TenantReport,
    statements_from_plain,
    statements_to_plain,
)
from brainstem.signature import template
from brainstem.statement import Statement
from brainstem.tables import in_order, order_of, picked, put_together
from brainstem.versions import require_version
from state.facet_table import FacetTable
from state.family_table import FamilyTable
from state.forgetting import FACETS_WAITING_MOST, FAMILIES_LEFT, FAMILIES_MOST, Traces, to_forget
from state.frontier import NOT_YET, Frontier
from state.gallery import Gallery, by_tenant, looked_up
from state.lines import LineStore, Rings
from state.notice_tables import GaugeTable, ScheduleTable
from state.service_table import ServiceTable
from state.waiting import Ready, Waiting

BUCKET_STATE_VERSION: Final = 5
NEVER_YET: Final = 2**31 - 1
SIGNATURES_SHOWN: Final = 16

Rows = npt.NDArray[Any]
Int32s = npt.NDArray[np.int32]


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
        """Give the group of signatures within which the family can grow."""
        return (self.tenant, self.service, self.tokens)


@dataclass(slots=True)
class Told:
    """The notices of a seal in order of slots; of each the row of its facet (-1 for none), of its family, and its label."""

    rows: Rows
    facet_rows: Int32s = field(init=False)
    owners: Int32s = field(init=False)
    labels: Int32s = field(init=False)

    def __post_init__(self) -> None:
        """Make room for what is to be found of each."""
        self.facet_rows, self.owners, self.labels = (np.full(len(self.rows), UNKNOWN, np.int32) for _ in range(3))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Slots between two changes of the families: their deltas, the first of which is the `low`th, and the row of each."""

    from_slot: int
    to_slot: int
    low: int
    rows: Rows
    row_of: Int32s


@dataclass(slots=True)
class Sealing:
    """What one tenant's share of a seal has gathered so far."""

    births: list[tuple[int, int, int]] = field(default_factory=list)
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    readings: list[Rows] = field(default_factory=list)
    cycles: list[tuple[int, Cycle]] = field(default_factory=list)
    notices: list[Rows] = field(default_factory=list)
    heard: list[Rows] = field(default_factory=list)
    returns: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Seal:
    """What a seal has gathered so far, by tenant; `first_line` is the number of the line of its first delta."""

    first_line: int
    gallery: Gallery = field(default_factory=Gallery)
    shares: dict[int, Sealing] = field(default_factory=lambda: defaultdict(Sealing))


class Bucket:
    """The state of one bucket.

    It seals `stride_slots` at a time, and at its end the rest: where nobody waits for what a slot says, many at once cost
    less. What is said is the same.
    """

    def __init__(self, inputs: int, stride_slots: int = 1) -> None:
        self._stride_slots = stride_slots
        self.frontier = Frontier(inputs)
        self.sealed_before = NOT_YET
        self._waiting = Waiting()
        self._table = FamilyTable()
        self._facets = FacetTable()
        self._services = ServiceTable()
        self._lines = LineStore()
        self._schedules = ScheduleTable()
        self._gauges = GaugeTable()
        self._aliases = Families()
        self._healing = Healing()
        self._row_of = KeyTable()
        self._traces = Traces()
        self._profiles: dict[int, Profile] = {}
        self._grown: set[int] = set()
        """rows of families of several signatures"""
        self._names: dict[int, str] = {}
        self._active: list[tuple[int, dict[int, int]]] = []
        """families of each tenant that stay active through a stretch, by the stretch's first slot"""
        self._statements: list[Statement] = []
        self._first_slots: dict[int, int] = {}
        """of each tenant, by hash"""
        # the slots of the earliest incident and verdict: from the next one on, families may surface because of them
        self._incident_slot = NEVER_YET
        self._feedback_slot = NEVER_YET

    def take(self, deltas: Deltas) -> None:
        """Keep a share of deltas until its slots are sealed."""
        self._waiting.add(deltas, self.sealed_before)
        self._names.update(deltas.names)
        for tenant, slot in deltas.first_slots:
            self._first_slots[tenant] = min(self._first_slots.get(tenant, slot), slot)
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
        if not self.frontier.closed:
            before = before // self._stride_slots * self._stride_slots
        if before <= self.sealed_before:
            return []
        reports: list[TenantReport] = []
        if len(self._profiles) + len(self._waiting) > FAMILIES_MOST:
            members, slots = self._waiting.before(before)
            unknown = int(np.count_nonzero(self._row_of.rows_of(members) == UNKNOWN))
            # where there may be too many families, each slot ends before the next begins
            if len(self._profiles) + unknown > FAMILIES_MOST:
                for slot in slots:
                    if slot + 1 < before:
                        reports += self._seal_before(slot + 1)
        return reports + self._seal_before(before)

    def _seal_before(self, before: int) -> list[TenantReport]:
        """Seal the slots below `before`, and forget what is too much at the end of the last of them."""
        ready = self._waiting.take_before(before)
        self._services.date(ready.rows)
        seal = Seal(self._take_lines(ready))
        facets = self._facets.enter(ready.rows, ready.sightings)
        told = self._told(ready, before)
        self._active = []
        self._walk(ready, told, before, seal)
        self._follow_facets(ready, facets, told, seal)
        for tenant, own in by_tenant(self._table.tenants_of(told.owners), told.rows):
            seal.shares[tenant].notices.append(own)
        turns = in_order(self._healing.concerned(ready.transitions), "time", "source", "position", "entity")
        for slot, tenant, cycle in self._healing.follow(turns, ready.spellings):
            seal.shares[tenant].cycles.append((slot, cycle))
        self._healing.forget(before * SLOT_US)
        self._note_heard(ready, seal)
        self.sealed_before = before
        stated = self._stated_before(before)
        reports = [self._report(tenant, ready, seal, stated) for tenant in sorted(seal.shares)]
        reports += self._forget(before)
        self._lines.sweep()
        return reports + [TenantReport(tenant, statements=tuple(stated[tenant])) for tenant in sorted(stated)]

    def _forget(self, before: int) -> list[TenantReport]:
        """Let the quietest families go where there are too many; gives a report of them per tenant."""
        if len(self._profiles) <= FAMILIES_MOST:
            return []
        numbers, families = self._table.alive()
        chosen = to_forget(families["episodes"], families["last_slot"], families["family"], FAMILIES_LEFT)
        groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        told: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for row, first_time in zip(numbers[chosen].tolist(), families["first_time"][chosen].tolist(), strict=True):
            family, profile = self._key_of(row), self._profiles.pop(row)
            groups[profile.group] += profile.signatures
            members = [member_of(profile.group, signature) for signature in profile.signatures]
            told[profile.tenant] += [(before - 1, member, family) for member in members]
            self._traces.leave(members, [first_time // 60_000_000] * len(members))
        for group, signatures in groups.items():
            self._aliases.forget(group, signatures)
        self._drop([member for each in told.values() for _, member, _ in each], before)
        return [
            TenantReport(self._names[tenant], forgotten=np.array(told[tenant], FORGOTTEN_DTYPE))
            for tenant in sorted(told)
        ]

    def _drop(self, forgotten: list[int], before: int) -> None:
        """Drop the rows of members that are forgotten, and number those of the others anew."""
        members = np.array(forgotten, np.uint64)
        kept = np.zeros(len(self._table), bool)
        kept[list(self._profiles)] = True
        numbers = self._table.keep(kept)
        self._lines.families.keep(kept)
        self._row_of.renumber(numbers)
        self._profiles = {int(numbers[row]): profile for row, profile in self._profiles.items()}
        self._grown = {row for row, profile in self._profiles.items() if len(profile.signatures) > 1}
        self._lines.facets.keep(self._facets.drop(members, before - 1, FACETS_WAITING_MOST))
        self._schedules.drop(members)
        self._gauges.drop(members)
        self._healing.drop(forgotten)

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
            (row, each.tenant, each.service, each.tokens, each.family, tuple(each.signatures))
            for row, each in self._profiles.items()
        )
        return (
            BUCKET_STATE_VERSION,
            self.frontier.snapshot(),
            self.sealed_before,
            self._waiting.snapshot(),
            self._table.snapshot(),
            self._facets.snapshot(),
            self._services.snapshot(),
            self._lines.snapshot(),
            self._schedules.snapshot(),
            self._gauges.snapshot(),
            self._aliases.snapshot(),
            self._healing.snapshot(),
            tuple(self._row_of.items()),
            profiles,
            tuple(self._names.items()),
            (self._incident_slot, self._feedback_slot, statements_to_plain(self._statements)),
            self._traces.snapshot(),
            tuple(self._first_slots.items()),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        (
            _,
            frontier,
            self.sealed_before,
            waiting,
            table,
            facets,
            services,
            lines,
            schedules,
            gauges,
            aliases,
            healing,
            row_of,
            profiles,
            names,
            stated,
            traces,
            first_slots,
        ) = state
        self._first_slots = dict(first_slots)
        self._traces.restore(traces)
        self.frontier.restore(frontier)
        self._waiting.restore(waiting)
        self._table.restore(table)
        self._facets.restore(facets)
        self._services.restore(services)
        self._lines.restore(lines)
        self._schedules.restore(schedules)
        self._gauges.restore(gauges)
        self._aliases = Families.restore(aliases)
        self._healing.restore(healing)
        for member, row in row_of:
            self._row_of[member] = row
        self._names = dict(names)
        self._incident_slot, self._feedback_slot, statements = stated
        self._statements = list(statements_from_plain(statements))
        for row, tenant, service, tokens, family, signatures in profiles:
            self._profiles[row] = Profile(tenant, service, tokens, family, list(signatures))
        self._grown = {row for row, profile in self._profiles.items() if len(profile.signatures) > 1}

    def _walk(self, ready: Ready, told: Told, before: int, seal: Seal) -> None:
        """Seal stretches of slots; a stretch begins where an unknown signature appears, for it may change the families."""
        rows = ready.rows
        if not len(rows) and not len(self._table):
            return
        unknown = self._row_of.rows_of(rows["member"]) == UNKNOWN
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(rows["slot"][0])
        newborn = picked(rows, unknown)
        newborn = newborn.take(np.sort(np.unique(newborn["member"], return_index=True)[1]))
        edges = sorted({begin, *newborn["slot"].tolist()})
        for low_slot, high_slot in zip(edges, [*edges[1:], before], strict=True):
            low, high = np.searchsorted(rows["slot"], (low_slot, high_slot)).tolist()
            self._adopt(newborn[newborn["slot"] == low_slot], ready, seal)
            own = rows[low:high]
            self._step(Stretch(low_slot, high_slot - 1, low, own, self._row_of.rows_of(own["member"])), told, seal)

    def _adopt(self, newborn: Rows, ready: Ready, seal: Seal) -> None:
        """Give each unknown signature of a slot a family of its own or the one it belongs to."""
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
            tenant.labels[member, slot] = Label(self._names.get(service, ""), words.text, signature)
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
        return Label(self._names.get(profile.service, ""), words, profile.family)

    def _shown_label(self, row: int) -> ShownLabel:
        label = self._label(row)
        return ShownLabel(label.service, label.template, tuple(self._profiles[row].signatures[:SIGNATURES_SHOWN]))

    def _step(self, stretch: Stretch, told: Told, seal: Seal) -> None:
        """Fold a stretch of slots and gather readings and exhibits."""
        self._active.append((stretch.from_slot, self._table.active_since(stretch.to_slot - SLOTS_PER_DAY + 1)))
        readings, reading_rows = self._table.step(stretch.rows, stretch.row_of, stretch.from_slot, stretch.to_slot)
        self._gather(readings, reading_rows, stretch, told, seal)

    def _follow_facets(self, ready: Ready, deltas: Rows, told: Told, seal: Seal) -> None:
        """Report the readings of facets, but of what says no more than its family does; show both and notices."""
        is_several = np.zeros(len(self._table), bool)
        is_several[list(self._grown)] = True
        asked = deltas["kind"] != WHOLE
        asked[~asked] = is_several[self._row_of.rows_of(deltas["member"][~asked])]
        readings, facet_rows = self._facets.fold(deltas, asked)
        rows = self._row_of.rows_of(readings["family"])
        readings["facet_kind"][readings["facet"] == 0] = ONE_MEMBER
        readings["facet"] = np.where(readings["facet"] == 0, readings["family"], readings["facet"])
        tenants = self._table.tenants_of(rows)
        for tenant, own in by_tenant(tenants, readings):
            seal.shares[tenant].readings.append(own)
        stretches = np.searchsorted([begin for begin, _ in self._active], readings["slot"], side="right") - 1
        active = np.zeros(len(readings), np.int32)
        for stretch in np.unique(stretches).tolist():
            within = stretches == stretch
            active[within] = looked_up(self._active[stretch][1], tenants[within], 1)
        shown = self._shown(readings, tenants, active, readings["first_time"] // SLOT_US, self._table.stateful(rows))
        noticed = np.flatnonzero(told.facet_rows >= 0)
        slots = np.concatenate([readings["slot"][shown], told.rows["slot"][noticed]])
        owners = np.concatenate([facet_rows[shown], told.facet_rows[noticed]])
        self._lines.facets.make_room(len(self._facets))
        lines = self._hang(self._lines.facets, deltas["row"], deltas["line"], deltas["slot"], owners, slots, seal)
        exhibits = _blank(readings[shown], told.rows[noticed])
        exhibits["lines"] = lines
        exhibits["label"][: len(shown)] = seal.gallery.labels_of(rows[shown], self._shown_label)
        exhibits["label"][len(shown) :] = told.labels[noticed]
        latest = lines[np.arange(len(lines)), (lines >= 0).sum(axis=1) - 1]
        fresh = self._lines.slots_of(latest) == slots
        self._speak(ready, exhibits, fresh, latest - seal.first_line)
        stale = np.flatnonzero(~fresh)
        exhibits["hosts"][stale, 0] = told.rows["host"][noticed][stale - len(shown)]
        seal.gallery.hang(np.concatenate([tenants[shown], self._table.tenants_of(told.owners[noticed])]), exhibits)

    def _shown(
        self, readings: Rows, tenants: npt.NDArray[np.uint64], active: Int32s, first_slots: Rows, stateful: Rows
    ) -> npt.NDArray[np.intp]:
        """Give the places of the readings that may surface.

        What only their tenant knows is filled in with its bounds while they are weighed: how many of its families are
        active at least, how old it is at the most, and how old it was when what a reading is about was first heard.
        """
        since = looked_up(self._first_slots, tenants, 0)
        readings["active_families"] = active
        readings["born_after_slots"] = np.maximum(0, first_slots - since)
        readings["tenant_age_slots"] = readings["slot"] - since
        may = may_surface(readings, self._incident_slot, self._feedback_slot, stateful)
        for column in ("active_families", "born_after_slots", "tenant_age_slots"):
            readings[column] = 0
        return np.flatnonzero(may)

    def _speak(self, ready: Ready, exhibits: Rows, fresh: npt.NDArray[np.bool_], lines: Int32s) -> None:
        """Let facets be called by the latest of their lines, a delta or sighting of this seal, where it is fresh."""
        exhibits["hosts"][:, 0] = np.where(exhibits["facet_kind"] == ON_HOST, exhibits["facet"], 0)
        for rows, first in ((ready.rows, 0), (ready.sightings, len(ready.rows))):
            told = np.flatnonzero(fresh & (lines >= first) & (lines < first + len(rows)))
            speaking = rows.take(lines[told] - first)
            exhibits["message"][told], exhibits["signature"][told] = speaking["text"], speaking["signature"]
            if rows.dtype == SIGHTING_DTYPE:
                exhibits["name_start"][told], exhibits["name_end"][told] = speaking["name_start"], speaking["name_end"]

    def _told(self, ready: Ready, before: int) -> Told:
        """Gather notices of silent jobs and moving numbers, in order of slots."""
        if self.sealed_before == NOT_YET and not len(ready.rows):
            return Told(np.zeros(0, NOTICE_DTYPE))
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(ready.rows["slot"][0])
        parts = (
            self._schedules.step(ready.rows, ready.sightings, begin, before - 1),
            self._gauges.step(ready.numbers, begin, before - 1),
        )
        told = Told(in_order(put_together(parts, NOTICE_DTYPE), "slot"))
        for index, notice in enumerate(told.rows):
            member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
            told.facet_rows[index] = self._facets.row_of(facet_key(member, kind, facet))
        return told

    def _gather(self, readings: Rows, reading_rows: Int32s, stretch: Stretch, told: Told, seal: Seal) -> None:
        """Sort the readings of a stretch by tenant, and show families that may surface or that notices are about."""
        tenants = self._table.tenants_of(reading_rows)
        for tenant, own in by_tenant(tenants, readings):
            seal.shares[tenant].readings.append(own)
        active = looked_up(self._active[-1][1], tenants, 1)
        shown = self._shown(readings, tenants, active, self._table.first_slots_of(reading_rows), readings["stateful"])
        first, end = np.searchsorted(told.rows["slot"], (stretch.from_slot, stretch.to_slot + 1)).tolist()
        own = np.arange(first, end)
        told.owners[own] = self._row_of.rows_of(told.rows["member"][own])
        told.labels[own] = seal.gallery.labels_of(told.owners[own], self._shown_label)
        noticed = own[told.facet_rows[own] < 0]
        slots = np.concatenate([readings["slot"][shown], told.rows["slot"][noticed]])
        owners = np.concatenate([reading_rows[shown], told.owners[noticed]])
        self._lines.families.make_room(len(self._table))
        order = stretch.low + _by_time(stretch.rows)
        lines = self._hang(
            self._lines.families,
            stretch.row_of[order - stretch.low],
            order,
            stretch.rows["slot"][order - stretch.low],
            owners,
            slots,
            seal,
        )
        exhibits = _blank(readings[shown], told.rows[noticed])
        exhibits["lines"] = lines
        exhibits["label"] = seal.gallery.labels_of(owners, self._shown_label)
        exhibits["hosts"][: len(shown)] = self._table.hosts_of(reading_rows[shown], readings["slot"][shown])
        exhibits["hosts"][len(shown) :, 0] = told.rows["host"][noticed]
        seal.gallery.hang(self._table.tenants_of(owners), exhibits)

    def _hang(
        self, rings: Rings, owners: Int32s, lines: Rows, slots: Rows, askers: Int32s, asked_slots: Int32s, seal: Seal
    ) -> Int32s:
        """Hang the lines of deltas and sightings of this seal; gives what the askers show at their slots."""
        order = np.argsort(asked_slots, kind="stable")
        shown = np.empty((len(askers), LINES_KEPT + 1), np.int32)
        shown[order] = rings.hang(
            np.ascontiguousarray(owners),
            (seal.first_line + lines).astype(np.int32),
            np.ascontiguousarray(slots, np.int32),
            askers[order].astype(np.int32),
            asked_slots[order].astype(np.int32),
        )
        return shown

    def _take_lines(self, ready: Ready) -> int:
        """Keep the lines of this seal; gives the number of the first one. Those of sightings follow those of deltas."""
        if not len(ready.rows):
            return 0
        chunk = self._lines.add_chunk(ready.texts.raws)
        first = self._lines.add(ready.rows, chunk)
        self._lines.add(ready.sightings, chunk)
        return first

    def _note_heard(self, ready: Ready, seal: Seal) -> None:
        """Tell each tenant which source heard which host in which slot."""
        tenants, heard = distinct_heard(ready.rows)
        for tenant, own in by_tenant(tenants, heard):
            seal.shares[tenant].heard.append(own)

    def _report(self, tenant: int, ready: Ready, seal: Seal, stated: dict[str, list[Statement]]) -> TenantReport:
        """Put together what this bucket has to say of a tenant."""
        sealing = seal.shares[tenant]
        return TenantReport(
            self._names[tenant],
            put_together(sealing.readings, READING_DTYPE),
            np.array(sealing.births, BIRTH_DTYPE),
            tuple(sealing.cycles),
            sealing.labels,
            seal.gallery.of(tenant, self._lines, ready.texts.messages, self._names),
            put_together(sealing.notices, NOTICE_DTYPE),
            put_together(sealing.heard, HEARD_DTYPE),
            tuple(stated.pop(self._names[tenant], ())),
            np.array(sealing.returns, RETURN_DTYPE),
        )


def _by_time(rows: Rows) -> npt.NDArray[np.intp]:
    """Give the order of deltas by slot, and event time, source and position of the line that speaks for each."""
    return order_of(*(rows[name] for name in ("slot", "event_time", "source", "position")))


def _blank(readings: Rows, notices: Rows) -> Rows:
    """Give exhibits of readings, then of notices, that show nothing yet."""
    rows = np.zeros(len(readings) + len(notices), EXHIBIT_DTYPE)
    rows["message"] = NONE
    for own, of, member in ((rows[: len(readings)], readings, "family"), (rows[len(readings) :], notices, "member")):
        own["family"], own["facet"] = of[member], of["facet"]
        own["facet_kind"], own["slot"] = of["facet_kind"], of["slot"]
    return rows


def member_of(group: tuple[int, int, int], signature: int) -> int:
    """Give the key of a signature within its group's tenant and service."""
    return member_key(group[0], group[1], signature)


def may_surface(
    readings: Rows, incident_slot: int, feedback_slot: int, stateful: npt.NDArray[np.uint8]
) -> npt.NDArray[np.bool_]:
    """Tell which readings could reach promotion with the best that the tenant's step can add to them.

    `active_families` holds how many there are at least, `born_after_slots` and `tenant_age_slots` how many there are at the
    most. The slots are those of the first incident and the first verdict of all. `stateful` tells of each reading whether
    its family says that something went down.
    """
    quarters = weigh(readings)
    # how many members its family has, and how often they come, only the tenant knows
    quarters[readings["facet_kind"] == ONE_MEMBER, Factor.CONCENTRATION] = int(CONCENTRATION_POINTS_MAX * POINT_QUANTUM)
    # what heals is told by words or by a counterpart
    heals = (stateful > 0) | is_followed(readings)
    healed = heals.astype(np.int32) * int(HEAL_POINTS_MAX * POINT_QUANTUM)
    after_incident = readings["slot"] > incident_slot
    # a precursor outweighs the prior by itself, a precedent together with little else
    foretells = after_incident & (readings["last_time"] // SLOT_US == readings["slot"]) & is_rare(readings)
    praised = (readings["slot"] > feedback_slot).astype(np.int32) * int(FEEDBACK_MAX * POINT_QUANTUM)
    reach = scores(quarters) + healed + praised >= floor_quarters(Band.PROMOTE)
    return np.asarray(reach | foretells, bool)
