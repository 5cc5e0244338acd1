"""A bucket: the families of one share of the keys, and the sealing of ticks.

Takes shares of deltas with the progress of their input, gives tenant reports. Slots are sealed in order once every input has
passed them; what a sealed slot says does not depend on how its events were batched.
"""

from collections import defaultdict
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import Deltas, facet_key
from brainstem.aggregate.kernels import SIGHTING_DTYPE
from brainstem.arrays.aliases import Int32s, Rows
from brainstem.arrays.key_index import UNKNOWN
from brainstem.arrays.rows import concat, in_order, order_of
from brainstem.arrays.state_version import require_version
from brainstem.contracts.features import FEATURES_DTYPE, ON_HOST, WHOLE
from brainstem.contracts.notice import NOTICE_DTYPE
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.contracts.statement import Statement
from brainstem.contracts.tenant_report import (
    BIRTH_DTYPE,
    FORGOTTEN_DTYPE,
    HEARD_DTYPE,
    RETURN_DTYPE,
    TenantReport,
    statements_from_plain,
    statements_to_plain,
)
from brainstem.discovery.snippets import LINES_KEPT, NONE, SNIPPET_DTYPE
from brainstem.evidence.self_heal.by_words import HealTracker
from brainstem.evidence.silence.liveness import distinct_heard
from state.attention.bounds import ScoreBounds
from state.attention.eviction import FACETS_WAITING_MOST, FAMILIES_LEFT, FAMILIES_MOST, to_forget
from state.attention.evidence_lines import LineStore, Rings
from state.attention.facet_table import FacetTable
from state.attention.family_table import FamilyTable
from state.attention.membership import Membership
from state.attention.notice_tables import GaugeTable, ScheduleTable
from state.attention.pending import PendingDeltas, Ready
from state.attention.seal import Seal, SealedNotices, SlotRange
from state.attention.service_table import ServiceTable
from state.attention.snippets import by_tenant, looked_up
from state.frontier import NOT_YET, Frontier
from state.snapshot_codec import slim, whole

BUCKET_STATE_VERSION: Final = 7


class Part(Protocol):
    """Something that a bucket remembers in a place of its own."""

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""


class Bucket:
    """The state of one bucket.

    It seals `stride_slots` at a time, and at its end the rest: where nobody waits for what a slot says, many at once cost
    less. What is said is the same.
    """

    def __init__(self, inputs: int, stride_slots: int = 1) -> None:
        self._stride_slots = stride_slots
        self.frontier = Frontier(inputs)
        self.sealed_before = NOT_YET
        self._waiting = PendingDeltas()
        self._table = FamilyTable()
        self._facets = FacetTable()
        self._services = ServiceTable()
        self._lines = LineStore()
        self._schedules = ScheduleTable()
        self._gauges = GaugeTable()
        self._heal_tracker = HealTracker()
        self._members = Membership(self._table, self._lines)
        self._reach = ScoreBounds()
        self._active: list[tuple[int, dict[int, int]]] = []
        """families of each tenant that stay active through a stretch, by the stretch's first slot"""
        self._statements: list[Statement] = []
        self._unchanged: tuple[Any, ...] | None = None
        """what the parts said of themselves in the latest snapshot, until one of them changes"""

    def take(self, deltas: Deltas) -> None:
        """Keep a share of deltas until its slots are sealed."""
        self._unchanged = None
        self._waiting.add(deltas, self.sealed_before)
        self._members.names.update(deltas.names)
        self._reach.note(deltas)
        self._statements.extend(deltas.statements)

    def seal(self) -> list[TenantReport]:
        """Seal every slot that all inputs have passed; gives a report per tenant that had anything to say."""
        before = self.frontier.done_before
        if not self.frontier.closed:
            before = before // self._stride_slots * self._stride_slots
        if before <= self.sealed_before:
            return []
        reports: list[TenantReport] = []
        if len(self._members) + len(self._waiting) > FAMILIES_MOST:
            members, slots = self._waiting.before(before)
            unknown = int(np.count_nonzero(self._members.rows_of(members) == UNKNOWN))
            # where there may be too many families, each slot ends before the next begins
            if len(self._members) + unknown > FAMILIES_MOST:
                for slot in slots:
                    if slot + 1 < before:
                        reports += self._seal_before(slot + 1)
        return reports + self._seal_before(before)

    def _seal_before(self, before: int) -> list[TenantReport]:
        """Seal the slots below `before`, and forget what is too much at the end of the last of them."""
        self._unchanged = None
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
        turns = in_order(self._heal_tracker.concerned(ready.transitions), "time", "source", "position", "entity")
        for slot, tenant, cycle in self._heal_tracker.follow(turns, ready.spellings):
            seal.shares[tenant].cycles.append((slot, cycle))
        self._heal_tracker.forget(before * SLOT_US)
        self._note_heard(ready, seal)
        self.sealed_before = before
        stated = self._stated_before(before)
        reports = [self._report(tenant, ready, seal, stated) for tenant in sorted(seal.shares)]
        reports += self._forget(before)
        self._lines.sweep()
        return reports + [TenantReport(tenant, statements=tuple(stated[tenant])) for tenant in sorted(stated)]

    def _forget(self, before: int) -> list[TenantReport]:
        """Let the quietest families go where there are too many; gives a report of them per tenant."""
        if len(self._members) <= FAMILIES_MOST:
            return []
        numbers, families = self._table.alive()
        chosen = to_forget(families["episodes"], families["last_slot"], families["family"], FAMILIES_LEFT)
        told = self._members.forget(numbers[chosen], (families["first_time"][chosen] // 60_000_000).tolist())
        forgotten = [member for each in told.values() for member, _ in each]
        members = np.array(forgotten, np.uint64)
        self._lines.facets.keep(self._facets.drop(members, before - 1, FACETS_WAITING_MOST))
        self._schedules.drop(members)
        self._gauges.drop(members)
        self._heal_tracker.drop(forgotten)
        return [
            TenantReport(
                self._members.names[tenant],
                forgotten=np.array([(before - 1, *each) for each in told[tenant]], FORGOTTEN_DTYPE),
            )
            for tenant in sorted(told)
        ]

    def _stated_before(self, slot: int) -> dict[str, list[Statement]]:
        """Take the statements of slots below `slot`, by tenant; the rest goes on waiting."""
        ready: dict[str, list[Statement]] = defaultdict(list)
        for statement in self._statements:
            if statement.time_us // SLOT_US < slot:
                ready[statement.tenant].append(statement)
        self._statements = [each for each in self._statements if each.time_us // SLOT_US >= slot]
        return ready

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first."""
        if self._unchanged is None:
            self._unchanged = tuple(slim(part.snapshot()) for part in self._parts())
        return (
            BUCKET_STATE_VERSION,
            self.frontier.snapshot(),
            self.sealed_before,
            self._unchanged,
            statements_to_plain(self._statements),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        _, frontier, self.sealed_before, parts, statements = state
        self.frontier.restore(frontier)
        self._unchanged = None
        for part, own in zip(self._parts(), parts, strict=True):
            part.restore(whole(own))
        self._statements = list(statements_from_plain(statements))

    def _parts(self) -> tuple[Part, ...]:
        """Return all that is remembered in places of its own, in the order of snapshots."""
        return (
            self._waiting,
            self._table,
            self._facets,
            self._services,
            self._lines,
            self._schedules,
            self._gauges,
            self._heal_tracker,
            self._members,
            self._reach,
        )

    def _walk(self, ready: Ready, told: SealedNotices, before: int, seal: Seal) -> None:
        """Seal stretches of slots; a stretch begins where an unknown signature appears, for it may change the families."""
        rows = ready.rows
        if not len(rows) and not len(self._table):
            return
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(rows["slot"][0])
        newborn = self._members.newborn(rows)
        edges = sorted({begin, *newborn["slot"].tolist()})
        for low_slot, high_slot in zip(edges, [*edges[1:], before], strict=True):
            low, high = np.searchsorted(rows["slot"], (low_slot, high_slot)).tolist()
            self._members.adopt(newborn[newborn["slot"] == low_slot], ready, seal)
            own = rows[low:high]
            self._step(SlotRange(low_slot, high_slot - 1, low, own, self._members.rows_of(own["member"])), told, seal)

    def _step(self, slot_range: SlotRange, told: SealedNotices, seal: Seal) -> None:
        """Fold a stretch of slots and gather readings and exhibits."""
        self._active.append((slot_range.from_slot, self._table.active_since(slot_range.to_slot - SLOTS_PER_DAY + 1)))
        feature_rows, rows_of_features = self._table.step(
            slot_range.rows, slot_range.row_of, slot_range.from_slot, slot_range.to_slot
        )
        self._gather(feature_rows, rows_of_features, slot_range, told, seal)

    def _follow_facets(self, ready: Ready, deltas: Rows, told: SealedNotices, seal: Seal) -> None:
        """Report the readings of facets, but of what says no more than its family does; show both and notices."""
        asked = deltas["kind"] != WHOLE
        asked[~asked] = self._members.is_several()[self._members.rows_of(deltas["member"][~asked])]
        feature_rows, facet_rows = self._facets.fold(deltas, asked, self._reach.bounds())
        rows = self._members.rows_of(feature_rows["family"])
        tenants = self._table.tenants_of(rows)
        for tenant, own in by_tenant(tenants, feature_rows):
            seal.shares[tenant].feature_rows.append(own)
        stretches = np.searchsorted([begin for begin, _ in self._active], feature_rows["slot"], side="right") - 1
        active = np.zeros(len(feature_rows), np.int32)
        for slot_range in np.unique(stretches).tolist():
            within = stretches == slot_range
            active[within] = looked_up(self._active[slot_range][1], tenants[within], 1)
        shown = self._reach.within(
            feature_rows, tenants, active, feature_rows["first_time"] // SLOT_US, self._table.stateful(rows)
        )
        noticed = np.flatnonzero(told.facet_rows >= 0)
        slots = np.concatenate([feature_rows["slot"][shown], told.rows["slot"][noticed]])
        owners = np.concatenate([facet_rows[shown], told.facet_rows[noticed]])
        self._lines.facets.make_room(len(self._facets))
        lines = self._attach(self._lines.facets, deltas["row"], deltas["line"], deltas["slot"], owners, slots, seal)
        snippets = _blank(feature_rows[shown], told.rows[noticed])
        snippets["lines"] = lines
        snippets["label"][: len(shown)] = seal.sealed_snippets.labels_of(rows[shown], self._members.shown_label)
        snippets["label"][len(shown) :] = told.labels[noticed]
        latest = lines[np.arange(len(lines)), (lines >= 0).sum(axis=1) - 1]
        fresh = self._lines.slots_of(latest) == slots
        self._speak(ready, snippets, fresh, latest - seal.first_line)
        stale = np.flatnonzero(~fresh)
        snippets["hosts"][stale, 0] = told.rows["host"][noticed][stale - len(shown)]
        seal.sealed_snippets.attach(
            np.concatenate([tenants[shown], self._table.tenants_of(told.owners[noticed])]), snippets
        )

    def _speak(self, ready: Ready, snippets: Rows, fresh: npt.NDArray[np.bool_], lines: Int32s) -> None:
        """Let facets be called by the latest of their lines, a delta or sighting of this seal, where it is fresh."""
        snippets["hosts"][:, 0] = np.where(snippets["facet_kind"] == ON_HOST, snippets["facet"], 0)
        for rows, first in ((ready.rows, 0), (ready.sightings, len(ready.rows))):
            told = np.flatnonzero(fresh & (lines >= first) & (lines < first + len(rows)))
            speaking = rows.take(lines[told] - first)
            snippets["message"][told], snippets["signature"][told] = speaking["text"], speaking["signature"]
            if rows.dtype == SIGHTING_DTYPE:
                snippets["name_start"][told], snippets["name_end"][told] = speaking["name_start"], speaking["name_end"]

    def _told(self, ready: Ready, before: int) -> SealedNotices:
        """Gather notices of silent jobs and moving numbers, in order of slots."""
        if self.sealed_before == NOT_YET and not len(ready.rows):
            return SealedNotices(np.zeros(0, NOTICE_DTYPE))
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(ready.rows["slot"][0])
        parts = (
            self._schedules.step(ready.rows, ready.sightings, begin, before - 1),
            self._gauges.step(ready.numbers, begin, before - 1),
        )
        told = SealedNotices(in_order(concat(parts, NOTICE_DTYPE), "slot"))
        for index, notice in enumerate(told.rows):
            member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
            told.facet_rows[index] = self._facets.row_of(facet_key(member, kind, facet))
        return told

    def _gather(
        self, feature_rows: Rows, rows_of_features: Int32s, slot_range: SlotRange, told: SealedNotices, seal: Seal
    ) -> None:
        """Sort the readings of a stretch by tenant, and show families that may surface or that notices are about."""
        tenants = self._table.tenants_of(rows_of_features)
        for tenant, own in by_tenant(tenants, feature_rows):
            seal.shares[tenant].feature_rows.append(own)
        active = looked_up(self._active[-1][1], tenants, 1)
        shown = self._reach.within(
            feature_rows, tenants, active, self._table.first_slots_of(rows_of_features), feature_rows["stateful"]
        )
        first, end = np.searchsorted(told.rows["slot"], (slot_range.from_slot, slot_range.to_slot + 1)).tolist()
        own = np.arange(first, end)
        told.owners[own] = self._members.rows_of(told.rows["member"][own])
        told.labels[own] = seal.sealed_snippets.labels_of(told.owners[own], self._members.shown_label)
        noticed = own[told.facet_rows[own] < 0]
        slots = np.concatenate([feature_rows["slot"][shown], told.rows["slot"][noticed]])
        owners = np.concatenate([rows_of_features[shown], told.owners[noticed]])
        self._lines.families.make_room(len(self._table))
        order = slot_range.low + _by_time(slot_range.rows)
        lines = self._attach(
            self._lines.families,
            slot_range.row_of[order - slot_range.low],
            order,
            slot_range.rows["slot"][order - slot_range.low],
            owners,
            slots,
            seal,
        )
        snippets = _blank(feature_rows[shown], told.rows[noticed])
        snippets["lines"] = lines
        snippets["label"] = seal.sealed_snippets.labels_of(owners, self._members.shown_label)
        snippets["hosts"][: len(shown)] = self._table.hosts_of(rows_of_features[shown], feature_rows["slot"][shown])
        snippets["hosts"][len(shown) :, 0] = told.rows["host"][noticed]
        seal.sealed_snippets.attach(self._table.tenants_of(owners), snippets)

    def _attach(
        self, rings: Rings, owners: Int32s, lines: Rows, slots: Rows, askers: Int32s, asked_slots: Int32s, seal: Seal
    ) -> Int32s:
        """Hang the lines of deltas and sightings of this seal; gives what the askers show at their slots."""
        order = np.argsort(asked_slots, kind="stable")
        shown = np.empty((len(askers), LINES_KEPT + 1), np.int32)
        shown[order] = rings.attach(
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
            self._members.names[tenant],
            concat(sealing.feature_rows, FEATURES_DTYPE),
            np.array(sealing.births, BIRTH_DTYPE),
            tuple(sealing.cycles),
            sealing.labels,
            seal.sealed_snippets.of(tenant, self._lines, ready.texts.messages, self._members.names),
            concat(sealing.notices, NOTICE_DTYPE),
            concat(sealing.heard, HEARD_DTYPE),
            tuple(stated.pop(self._members.names[tenant], ())),
            np.array(sealing.returns, RETURN_DTYPE),
        )


def _by_time(rows: Rows) -> npt.NDArray[np.intp]:
    """Return the order of deltas by slot, and event time, source and position of the line that speaks for each."""
    return order_of(*(rows[name] for name in ("slot", "event_time", "source", "position")))


def _blank(feature_rows: Rows, notices: Rows) -> Rows:
    """Return exhibits of readings, then of notices, that show nothing yet."""
    rows = np.zeros(len(feature_rows) + len(notices), SNIPPET_DTYPE)
    rows["message"] = NONE
    for own, of, member in (
        (rows[: len(feature_rows)], feature_rows, "family"),
        (rows[len(feature_rows) :], notices, "member"),
    ):
        own["family"], own["facet"] = of[member], of["facet"]
        own["facet_kind"], own["slot"] = of["facet_kind"], of["slot"]
    return rows
