"""One bucket of the attention step: takes deltas, keeps the rows of its families, seals slots that all inputs have passed,
and returns a report for each tenant with the features and notices of the slots it may show.

The problem: families of messages must be followed one by one, yet they merge, are compared with their service, and come
in millions. So keyed state is not one entry for each family. The key space is cut into `BUCKETS` buckets by a hash of
tenant and service. All that can become one family, and all that a family is compared with, is in one bucket, and compiled
loops run over its tables. Only transitions (down, up) go by tenant, host and entity, for "down" and "up" of one entity
may come from two services.

The number of buckets is fixed. A snapshot is stored under the key of its bucket, so any number of processes can resume it
and the result does not depend on how many there are. Another number of buckets would be another state format.

The life of a delta (one row for a member, host and slot):

1. `add_deltas` keeps a share of a batch in `PendingDeltas`. What is too late for its own slot counts in the earliest open
   one.
2. `seal` looks at the frontier. When every input has passed a slot, its deltas leave `PendingDeltas`, sorted and added
   up.
3. `ServiceTable` writes into each delta how busy its service is; `LineStore` keeps the line that each delta shows.
4. `FacetTable.admit` opens rows for hosts and entities that came twice; schedules and gauges give notices.
5. `Membership.assign` puts unknown signatures into families. It may merge families, so slots are worked off in ranges,
   and a new range begins with each slot in which families merge, or one returns that had been evicted.
6. `FamilyTable.advance` folds the deltas of a range into the rows of families and gives the features of those worth
   weighing; `FacetTable.advance` does so for facets, once for all ranges.
7. `ScoreBounds` picks the few features that could surface with the best that their tenant can add. For these, and for
   those with notices, a row of `SealedSnippets` says which lines, hosts and label can be shown.
8. All of it goes out as one `TenantReport` for each tenant, with births, heal cycles, and which source heard which host.
9. Where too many families are left, `Membership.evict` removes those heard least, and their rows in every other table.

Invariants:

- Reports follow from the events alone. Batches, the order of their arrival, restarts and `stride_slots` leave no trace:
  deltas are sorted by slot, member and host; lines by slot, event time, source and position; tenants by hash.
- Eviction belongs to the end of a slot. Where there may be too many families, slots are sealed one at a time.
- A sealed slot is never opened again, and a slot is sealed only while nothing of it can still come in time.

Traps:

- The order of `_parts` is the layout of the snapshot. A part that joins, leaves or moves raises `BUCKET_STATE_VERSION`.
- `_unchanged` keeps the plain values of all parts between snapshots. Whatever changes a part must set it to None.
- Compiled loops cannot enlarge an array. Room is made before each call, and arrays taken out of a table before that are
  stale.
- Numbers of lines run on: those of deltas first, then those of sightings (`Seal.first_line`).
- Pending text keeps whole batches in memory; `PendingDeltas` copies what is left of a batch once some of it is sealed.
"""

from collections import defaultdict
from functools import partial
from itertools import pairwise
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import Deltas, facet_key
from brainstem.aggregate.kernels import SIGHTING_DTYPE
from brainstem.arrays.aliases import Bools, Int32s, Rows
from brainstem.arrays.key_index import UNKNOWN
from brainstem.arrays.rows import concat, in_order, order_of
from brainstem.arrays.state_version import require_version
from brainstem.contracts.features import FEATURES_DTYPE, ON_HOST, WHOLE_CONFIGURATION
from brainstem.contracts.notice import NOTICE_DTYPE
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.contracts.statement import Statement
from brainstem.contracts.tenant_report import (
    BIRTH_DTYPE,
    EVICTED_DTYPE,
    HEARD_DTYPE,
    RETURN_DTYPE,
    TenantReport,
    statements_from_plain,
    statements_to_plain,
)
from brainstem.discovery.snippet_texts import LINES_KEPT, NONE, SNIPPET_DTYPE
from brainstem.evidence.self_heal.by_words import HealTracker
from brainstem.evidence.silence.liveness import distinct_heard
from state.attention.eviction import FACETS_WAITING_MOST, FAMILIES_LEFT, FAMILIES_MOST, to_evict
from state.attention.evidence_lines import LineRings, LineStore
from state.attention.facet_table import FacetTable
from state.attention.family_table import FamilyTable
from state.attention.membership import Membership
from state.attention.notice_tables import GaugeTable, ScheduleTable
from state.attention.pending import PendingDeltas, SealedDeltas
from state.attention.reported_features import ScoreBounds
from state.attention.seal import Seal, SealedNotices, SlotRange
from state.attention.service_table import ServiceTable
from state.attention.snippet_rows import parts_by_tenant, split_by_tenant
from state.frontier import NOT_YET, Frontier
from state.snapshot_codec import slim, whole

BUCKET_STATE_VERSION: Final = 8
RANGE_SLOTS: Final = SLOTS_PER_DAY // 2
RANGE_ROWS: Final = 512
"""fewer deltas are not worth a range of their own"""
NOTHING: Final = np.zeros(0, np.int32)
"""no rows, where some may be asked for"""


class SnapshotPart(Protocol):
    """A part of a bucket that takes and restores its own snapshot."""

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""


class Bucket:
    """The state of one bucket.

    It seals `stride_slots` slots at a time, and what is left once all inputs are closed: where nobody waits for the outcome
    of a single slot, many at once cost less. The reports are the same.
    """

    def __init__(self, inputs: int, stride_slots: int = 1) -> None:
        self._stride_slots = stride_slots
        self.frontier = Frontier(inputs)
        self.sealed_before = NOT_YET
        self._pending = PendingDeltas()
        self._families = FamilyTable()
        self._facets = FacetTable()
        self._services = ServiceTable()
        self._lines = LineStore()
        self._schedules = ScheduleTable()
        self._gauges = GaugeTable()
        self._heal_tracker = HealTracker()
        self._membership = Membership(self._families, self._lines)
        self._score_bounds = ScoreBounds()
        self._active: list[tuple[int, Int32s]] = []
        """of each range of the present seal its first slot, and how many families of each tenant, by its number, stay active
        through it"""
        self._since_slots = np.zeros(0, np.int32)
        """the first slot of each tenant, by its number"""
        self._statements: list[Statement] = []
        self._unchanged: tuple[Any, ...] | None = None
        """the parts as they were in the latest snapshot, until one of them changes"""

    def add_deltas(self, deltas: Deltas) -> None:
        """Keep a share of deltas until its slots are sealed."""
        self._unchanged = None
        self._pending.add(deltas, self.sealed_before)
        self._membership.names.update(deltas.names)
        self._score_bounds.note(deltas)
        self._statements.extend(deltas.statements)

    def seal(self) -> list[TenantReport]:
        """Seal every slot that all inputs have passed; return a report for each tenant of which there is anything."""
        before = self.frontier.done_before
        if not self.frontier.closed:
            before = before // self._stride_slots * self._stride_slots
        if before <= self.sealed_before:
            return []
        reports: list[TenantReport] = []
        if len(self._membership) + len(self._pending) > FAMILIES_MOST:
            members, slots = self._pending.before(before)
            unknown = int(np.count_nonzero(self._membership.rows_of(members) == UNKNOWN))
            # where there may be too many families, each slot ends before the next begins
            if len(self._membership) + unknown > FAMILIES_MOST:
                for slot in slots:
                    if slot + 1 < before:
                        reports += self._seal_before(slot + 1)
        return reports + self._seal_before(before)

    def _seal_before(self, before: int) -> list[TenantReport]:
        """Seal the slots below `before`, and evict what is too much at the end of the last of them."""
        self._unchanged = None
        sealed = self._pending.take_before(before)
        self._services.fill_activity(sealed.rows)
        seal = Seal(self._keep_lines(sealed))
        facet_deltas = self._facets.admit(sealed.rows, sealed.sightings)
        notices = self._advance_notices(sealed, before)
        self._active, self._since_slots = [], np.zeros(0, np.int32)
        self._advance_families(sealed, notices, before, seal)
        self._advance_facets(sealed, facet_deltas, notices, seal)
        for tenant, tenant_features in parts_by_tenant(seal.tenants_of_features, seal.feature_rows, FEATURES_DTYPE):
            seal.tenants[tenant].feature_rows = tenant_features
        seal.feature_rows, seal.tenants_of_features = [], []
        for tenant, tenant_notices in split_by_tenant(self._families.tenants_of(notices.family_rows), notices.rows):
            seal.tenants[tenant].notices.append(tenant_notices)
        transitions = in_order(self._heal_tracker.concerned(sealed.transitions), "time", "source", "position", "entity")
        for slot, tenant, cycle in self._heal_tracker.follow(transitions, sealed.spellings):
            seal.tenants[tenant].cycles.append((slot, cycle))
        self._heal_tracker.forget(before * SLOT_US)
        self._note_heard(sealed, seal)
        self.sealed_before = before
        statements = self._take_statements_before(before)
        reports = [self._report(tenant, sealed, seal, statements) for tenant in sorted(seal.tenants)]
        reports += self._evict(before)
        self._lines.sweep()
        return reports + [TenantReport(tenant, statements=tuple(statements[tenant])) for tenant in sorted(statements)]

    def _evict(self, before: int) -> list[TenantReport]:
        """Evict the families heard least where there are too many; return a report of them for each tenant."""
        if len(self._membership) <= FAMILIES_MOST:
            return []
        numbers, families = self._families.alive()
        chosen = to_evict(families["episodes"], families["last_slot"], families["family"], FAMILIES_LEFT)
        first_minutes = (families["first_time"][chosen] // 60_000_000).tolist()
        by_tenant = self._membership.evict(numbers[chosen], first_minutes)
        evicted = [member for pairs in by_tenant.values() for member, _ in pairs]
        members = np.array(evicted, np.uint64)
        self._lines.facets.keep(self._facets.drop(members, before - 1, FACETS_WAITING_MOST))
        self._schedules.drop(members)
        self._gauges.drop(members)
        self._heal_tracker.drop(evicted)
        return [
            TenantReport(
                self._membership.names[tenant],
                evicted=np.array([(before - 1, *pair) for pair in by_tenant[tenant]], EVICTED_DTYPE),
            )
            for tenant in sorted(by_tenant)
        ]

    def _take_statements_before(self, slot: int) -> dict[str, list[Statement]]:
        """Take the statements of slots below `slot` out of those that wait; return them by tenant."""
        taken: dict[str, list[Statement]] = defaultdict(list)
        for statement in self._statements:
            if statement.time_us // SLOT_US < slot:
                taken[statement.tenant].append(statement)
        self._statements = [each for each in self._statements if each.time_us // SLOT_US >= slot]
        return taken

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

    @staticmethod
    def judged_of(state: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]]:
        """Return the first slot that is not sealed in a snapshot, and the snapshot without deltas of slots from there on.

        Statements that wait stay, for they count once however often they are read.
        """
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        version, frontier, sealed_before, part_states, statements = state
        nothing = slim(PendingDeltas().snapshot())
        return sealed_before, (version, frontier, sealed_before, (nothing, *part_states[1:]), statements)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        _, frontier, self.sealed_before, part_states, statements = state
        self.frontier.restore(frontier)
        self._unchanged = None
        for part, part_state in zip(self._parts(), part_states, strict=True):
            part.restore(whole(part_state))
        self._statements = list(statements_from_plain(statements))

    def _parts(self) -> tuple[SnapshotPart, ...]:
        """Return all parts with a snapshot of their own, in the order in which the bucket's snapshot holds them."""
        return (
            self._pending,
            self._families,
            self._facets,
            self._services,
            self._lines,
            self._schedules,
            self._gauges,
            self._heal_tracker,
            self._membership,
            self._score_bounds,
        )

    def _advance_families(self, sealed: SealedDeltas, notices: SealedNotices, before: int, seal: Seal) -> None:
        """Work off ranges of slots; a range begins where a signature that was unknown changes other families."""
        rows = sealed.rows
        if not len(rows) and not len(self._families):
            return
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(rows["slot"][0])
        newborn = self._membership.newborn(rows)
        edges = [*_edges(begin, before, rows), before]
        cuts = np.searchsorted(newborn["slot"], edges).tolist()
        seal.begun_slot, seal.families_begun = begin, len(self._families)
        before_change = partial(self._work_off_before, rows, notices, seal)
        for (first, end), high_slot in zip(pairwise(cuts), edges[1:], strict=True):
            self._membership.assign(newborn[first:end], sealed, seal, before_change)
            self._work_off_before(rows, notices, seal, high_slot)

    def _work_off_before(self, rows: Rows, notices: SealedNotices, seal: Seal, slot: int) -> None:
        """Fold what is left of the slots below `slot` into the families; gather their features and snippets."""
        low_slot = seal.begun_slot
        if slot <= low_slot:
            return
        if len(self._since_slots) < len(self._families.tenants):
            self._since_slots = self._score_bounds.since_slots(self._families.tenants)
        low, high = np.searchsorted(rows["slot"], (low_slot, slot)).tolist()
        within = rows[low:high]
        slot_range = SlotRange(low_slot, slot - 1, low, within, self._membership.rows_of(within["member"]))
        self._active.append((low_slot, self._families.active_since(slot - SLOTS_PER_DAY, seal.families_begun)))
        feature_rows, rows_of_features = self._families.advance(within, slot_range.family_rows, low_slot, slot - 1)
        self._report_families(rows, feature_rows, rows_of_features, slot_range, notices, seal)
        # whoever changes families from here on finds the lines of these slots attached
        if seal.attached < high:
            self._attach_families(rows, high, seal)
        seal.begun_slot, seal.families_begun = slot, len(self._families)

    def _attach_families(
        self, rows: Rows, end: int, seal: Seal, queried: Int32s = NOTHING, queried_slots: Int32s = NOTHING
    ) -> Int32s:
        """Attach the lines of the first `end` deltas of a seal to their families; return what each of `queried` shows at its
        slot.
        """
        within = rows[seal.attached : end]
        order = _line_order(within)
        family_rows = self._membership.rows_of(within["member"])
        self._lines.families.make_room(len(self._families))
        lines = order + seal.attached
        seal.attached = end
        slots = within["slot"][order]
        return self._attach(self._lines.families, family_rows[order], lines, slots, queried, queried_slots, seal)

    def _advance_facets(self, sealed: SealedDeltas, deltas: Rows, notices: SealedNotices, seal: Seal) -> None:
        """Fold a seal into the facets; gather their features, and snippets of those that may surface or have a notice.

        A member that is all of its family says no more than the family does, so it is left out.
        """
        wanted = deltas["kind"] != WHOLE_CONFIGURATION
        several = self._membership.has_several_members()
        wanted[~wanted] = several[self._membership.rows_of(deltas["member"][~wanted])]
        feature_rows, facet_rows = self._facets.advance(deltas, wanted, self._score_bounds.bounds())
        rows = self._membership.rows_of(feature_rows["family"])
        tenants = self._families.tenants_of(rows)
        seal.feature_rows.append(feature_rows)
        seal.tenants_of_features.append(tenants)
        ranges = np.searchsorted([begin for begin, _ in self._active], feature_rows["slot"], side="right") - 1
        numbers = self._families.tenant_numbers_of(rows)
        active = np.ones(len(feature_rows), np.int32)
        for number in np.unique(ranges).tolist():
            within = np.flatnonzero(ranges == number)
            counts = self._active[number][1]
            # a tenant that came in a later range had none active in this one
            known = within[numbers[within] < len(counts)]
            active[known] = counts[numbers[known]]
        shown = self._score_bounds.may_surface(
            feature_rows,
            self._since_slots[numbers],
            active,
            feature_rows["first_time"] // SLOT_US,
            self._families.stateful(rows),
        )
        noticed = np.flatnonzero(notices.facet_rows >= 0)
        slots = np.concatenate([feature_rows["slot"][shown], notices.rows["slot"][noticed]])
        owners = np.concatenate([facet_rows[shown], notices.facet_rows[noticed]])
        self._lines.facets.make_room(len(self._facets))
        lines = self._attach(self._lines.facets, deltas["row"], deltas["line"], deltas["slot"], owners, slots, seal)
        snippets = _blank_snippets(feature_rows[shown], notices.rows[noticed])
        snippets["lines"] = lines
        snippets["label"][: len(shown)] = seal.sealed_snippets.labels_of(rows[shown], self._membership.snippet_label)
        snippets["label"][len(shown) :] = notices.labels[noticed]
        latest = lines[np.arange(len(lines)), (lines >= 0).sum(axis=1) - 1]
        fresh = self._lines.slots_of(latest) == slots
        self._fill_messages(sealed, snippets, fresh, latest - seal.first_line)
        stale = np.flatnonzero(~fresh)
        snippets["hosts"][stale, 0] = notices.rows["host"][noticed][stale - len(shown)]
        seal.sealed_snippets.add(
            np.concatenate([tenants[shown], self._families.tenants_of(notices.family_rows[noticed])]), snippets
        )

    def _fill_messages(self, sealed: SealedDeltas, snippets: Rows, fresh: Bools, lines: Int32s) -> None:
        """Fill in the message that each facet shows: that of its latest line, where the line is of the snippet's slot.

        `lines` are places among the deltas of this seal, or, behind them, among its sightings.
        """
        snippets["hosts"][:, 0] = np.where(snippets["facet_kind"] == ON_HOST, snippets["facet"], 0)
        for rows, first in ((sealed.rows, 0), (sealed.sightings, len(sealed.rows))):
            places = np.flatnonzero(fresh & (lines >= first) & (lines < first + len(rows)))
            latest = rows.take(lines[places] - first)
            snippets["message"][places], snippets["signature"][places] = latest["text"], latest["signature"]
            if rows.dtype == SIGHTING_DTYPE:
                snippets["name_start"][places], snippets["name_end"][places] = latest["name_start"], latest["name_end"]

    def _advance_notices(self, sealed: SealedDeltas, before: int) -> SealedNotices:
        """Advance schedules and gauges; return their notices of silent jobs and moving numbers in order of slots."""
        if self.sealed_before == NOT_YET and not len(sealed.rows):
            return SealedNotices(np.zeros(0, NOTICE_DTYPE))
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(sealed.rows["slot"][0])
        parts = (
            self._schedules.advance(sealed.rows, sealed.sightings, begin, before - 1),
            self._gauges.advance(sealed.numbers, begin, before - 1),
        )
        notices = SealedNotices(in_order(concat(parts, NOTICE_DTYPE), "slot"))
        for index, notice in enumerate(notices.rows):
            member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
            notices.facet_rows[index] = self._facets.row_of(facet_key(member, kind, facet))
        return notices

    def _report_families(
        self,
        rows: Rows,
        feature_rows: Rows,
        rows_of_features: Int32s,
        slot_range: SlotRange,
        notices: SealedNotices,
        seal: Seal,
    ) -> None:
        """Keep the features of a range; gather snippets of families that may surface or have a notice."""
        seal.feature_rows.append(feature_rows)
        seal.tenants_of_features.append(self._families.tenants_of(rows_of_features))
        tenants = self._families.tenant_numbers_of(rows_of_features)
        known, active = self._active[-1][1], np.ones(len(tenants), np.int32)
        is_known = tenants < len(known)
        active[is_known] = known[tenants[is_known]]
        shown = self._score_bounds.may_surface(
            feature_rows,
            self._since_slots[tenants],
            active,
            self._families.first_slots_of(rows_of_features),
            feature_rows["stateful"],
            lambda place: self._membership.tells_outage(int(rows_of_features[place])),
        )
        first, end = np.searchsorted(notices.rows["slot"], (slot_range.from_slot, slot_range.to_slot + 1)).tolist()
        if not len(shown) and first == end:
            return
        within = np.arange(first, end)
        notices.family_rows[within] = self._membership.rows_of(notices.rows["member"][within])
        notices.labels[within] = seal.sealed_snippets.labels_of(
            notices.family_rows[within], self._membership.snippet_label
        )
        noticed = within[notices.facet_rows[within] < 0]
        slots = np.concatenate([feature_rows["slot"][shown], notices.rows["slot"][noticed]])
        owners = np.concatenate([rows_of_features[shown], notices.family_rows[noticed]])
        end = slot_range.low + len(slot_range.rows)
        lines = self._attach_families(rows, end, seal, owners, slots)
        snippets = _blank_snippets(feature_rows[shown], notices.rows[noticed])
        snippets["lines"] = lines
        snippets["label"] = seal.sealed_snippets.labels_of(owners, self._membership.snippet_label)
        snippets["hosts"][: len(shown)] = self._families.hosts_of(rows_of_features[shown], feature_rows["slot"][shown])
        snippets["hosts"][len(shown) :, 0] = notices.rows["host"][noticed]
        seal.sealed_snippets.add(self._families.tenants_of(owners), snippets)

    def _attach(
        self,
        rings: LineRings,
        owners: Int32s,
        lines: Rows,
        slots: Rows,
        queried: Int32s,
        queried_slots: Int32s,
        seal: Seal,
    ) -> Int32s:
        """Attach lines of this seal to their owners; return the lines that each queried owner shows at its slot.

        `lines` are places among the deltas and sightings of the seal, in order of `slots`.
        """
        order = np.argsort(queried_slots, kind="stable")
        shown = np.empty((len(queried), LINES_KEPT + 1), np.int32)
        shown[order] = rings.attach(
            np.ascontiguousarray(owners),
            (seal.first_line + lines).astype(np.int32),
            np.ascontiguousarray(slots, np.int32),
            queried[order].astype(np.int32),
            queried_slots[order].astype(np.int32),
        )
        return shown

    def _keep_lines(self, sealed: SealedDeltas) -> int:
        """Keep the lines of this seal; return the number of the first one. Those of sightings follow those of deltas."""
        if not len(sealed.rows):
            return 0
        chunk = self._lines.add_chunk(sealed.texts.raws)
        first = self._lines.add(sealed.rows, chunk)
        self._lines.add(sealed.sightings, chunk)
        return first

    def _note_heard(self, sealed: SealedDeltas, seal: Seal) -> None:
        """Gather for each tenant which source heard which host in which slot."""
        tenants, heard = distinct_heard(sealed.rows)
        for tenant, tenant_heard in split_by_tenant(tenants, heard):
            seal.tenants[tenant].heard.append(tenant_heard)

    def _report(
        self, tenant: int, sealed: SealedDeltas, seal: Seal, statements: dict[str, list[Statement]]
    ) -> TenantReport:
        """Return the report of a tenant; its statements are taken out of `statements`."""
        gathered = seal.tenants[tenant]
        return TenantReport(
            self._membership.names[tenant],
            gathered.feature_rows,
            np.array(gathered.births, BIRTH_DTYPE),
            tuple(gathered.cycles),
            gathered.labels,
            seal.sealed_snippets.of_tenant(tenant, self._lines, sealed.texts.messages, self._membership.names),
            concat(gathered.notices, NOTICE_DTYPE),
            concat(gathered.heard, HEARD_DTYPE),
            tuple(statements.pop(self._membership.names[tenant], ())),
            np.array(gathered.returns, RETURN_DTYPE),
        )


def _edges(begin: int, before: int, rows: Rows) -> list[int]:
    """Return the slots at which ranges begin in any case: the first one, and each half day before which `RANGE_ROWS` or more
    came since the one before.

    How many families of a tenant are active at least is known for the end of a range from what was heard before it.
    """
    edges, low = [begin], 0
    while low + RANGE_ROWS < len(rows):
        edge = (int(rows["slot"][low + RANGE_ROWS]) // RANGE_SLOTS + 1) * RANGE_SLOTS
        if edge >= before:
            break
        if edge > begin:
            edges.append(edge)
        low = int(np.searchsorted(rows["slot"], edge))
    return edges


def _line_order(rows: Rows) -> npt.NDArray[np.intp]:
    """Return the order of deltas by slot, and event time, source and position of the line that each shows."""
    return order_of(*(rows[name] for name in ("slot", "event_time", "source", "position")))


def _blank_snippets(feature_rows: Rows, notices: Rows) -> Rows:
    """Return snippets of features, then of notices, that show nothing yet."""
    rows = np.zeros(len(feature_rows) + len(notices), SNIPPET_DTYPE)
    rows["message"] = NONE
    for snippets, subjects, member in (
        (rows[: len(feature_rows)], feature_rows, "family"),
        (rows[len(feature_rows) :], notices, "member"),
    ):
        snippets["family"], snippets["facet"] = subjects[member], subjects["facet"]
        snippets["facet_kind"], snippets["slot"] = subjects["facet_kind"], subjects["slot"]
    return rows
