"""One tenant's step: its features become decisions and, rarely, findings.

The problem: a bucket sees a share of a tenant's services, so it cannot know what matters only beside the rest of the
tenant. This step takes the report of all buckets for one slot (`SlotReport`), in order of slots, and returns a
`SlotOutcome`. It does no I/O and reads no clock: time is the slot.

Only a whole tenant shows:

- how many families are active, and how many were born, began to rise or began to spread together (`fill_tenant_columns`):
  a deployment or an outage moves many at once, so each of them says less;
- which family a member is part of by now (`FamilyMap`), and thereby the features of its facets;
- heal cycles by family: buckets match "down" and "up" by entity, and both families may be in other buckets (`HealLog`);
- pairs of messages of which one follows the other soon each time (`PairTracker`);
- whether a source and host that fell silent are still heard at all (`Liveness`), which confirms or refutes a silent job;
- incidents, precedents and verdicts of people (`IncidentMemory`), and what was shown before (`Surfacings`);
- the budget of the day, and which families come together so that one item stands for both (`selection`).

The order of a slot's work (`discover`):

1. births and merges: new families get an attention state, members that joined a family give theirs to it; each merge is a
   decision (`joined`);
2. heal cycles are kept by family;
3. `_enrich` fills in the columns above: features of families first, then those of facets, which share columns of their
   family, then copies of features for notices;
4. `weigh` turns each row of features into points of the factors; families that succeed an older one are weighed again
   with that in sight;
5. of each family the row with the highest score remains: the family as a whole, a member, a host or an entity of it;
6. `worth_showing` says which ones a person should see; `select` takes the strongest as far as the budget allows;
7. `judge` moves every family's attention state by one step and writes a verdict; a verdict with a cause becomes a
   decision, one that surfaced also a finding, with its snippet and what happened earlier;
8. what people stated in the slot is learned: it counts from the next slot on, never in its own;
9. evicted families are removed, but for those that were shown.

How a finding comes to be, in short: features -> points -> score -> band with two keys -> worth showing -> selected ->
finding.

Slots in which only features and new families come are worked off many in one compiled call (`discover_all`, `plain_slots`),
with the same outcome: what a slot does is written twice, there for such slots and here for all, and changes in both.

Nothing here may depend on the order of buckets. A slot report is sorted by content (`tenant_shard.by_slot`): families by
key with all whole families before all facets, births by member, cycles by time. Of equal scores the whole
family wins, then the facet that came most often; of families a trouble before its end (`_rank`). What iterates over a set
or a dictionary must sort it, or its order must not matter.

Traps:

- Features are filled in in place, without a copy: afterwards a row of the report is not what the bucket sent.
- `rows`, `members` and `feature_rows` run in parallel; whatever takes a part of one takes the same part of all.
- Rows of the state table are used again after a merge or an eviction: keep a family's key, never a row, beyond a slot.
- `_heard`, `_risen` and `_spread` are rings of counts by slot modulo their length; `_clock` holds the slot they stand at,
  and the slot from which the tenant is known.
- The order of the snapshot's values is its layout: `DISCOVERY_STATE_VERSION`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Flags, Int32s, Row, Rows, UInt64s
from brainstem.arrays.packing import PackedNames, packed_names, unpacked_names
from brainstem.arrays.rows import concat, order_of
from brainstem.arrays.state_version import require_version
from brainstem.attention.daily_budget import ITEMS_A_DAY, Budget
from brainstem.attention.selection import Candidate, Selection, select
from brainstem.attention.state import (
    NEVER,
    VERDICT_DTYPE,
    Cause,
    judge,
    merge_states,
    settle,
)
from brainstem.attention.state_table import StateTable
from brainstem.attention.weigh import scores, weigh, weigh_and_score
from brainstem.contracts.decision import Decision
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import Finding, item_id
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.contracts.tenant_report import Label, SlotReport, Snippet
from brainstem.discovery.acquaintance import Acquaintance
from brainstem.discovery.enrichment import features_of_notices, fill_facets, fill_lineage
from brainstem.discovery.family_columns import COUNTERPART, HEALING, HEARD, fill_family_columns
from brainstem.discovery.family_map import FamilyMap
from brainstem.discovery.incident_memory import IncidentMemory, TenantMemories
from brainstem.discovery.job_endings import confirmed_outcomes
from brainstem.discovery.notice_columns import confirmed_notices
from brainstem.discovery.plain_slots import (
    FOLLOWED,
    HIGH,
    JUDGING,
    NO_SERVICE,
    SPECIAL,
    TOLD,
    WATCH_QUARTERS,
    WEIGHING,
    WHOLE,
    is_one_row_each,
    work_off,
)
from brainstem.discovery.surfacing import Surfacing, Surfacings, decisions_of, joined_decision
from brainstem.evidence.discounts.change_event import BirthLog
from brainstem.evidence.discounts.lineage import SAYS_SO
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.self_heal.by_timing import PairTracker
from brainstem.evidence.self_heal.log import HEAL_SLOTS, HealLog
from brainstem.evidence.self_heal.wording import is_over, state_told
from brainstem.evidence.silence.liveness import Liveness
from brainstem.parameters import STORED_SHAPE, parameter

DISCOVERY_STATE_VERSION: Final = 16
ROWS_AT_ONCE: Final = 16_384
"""features of plain slots that are worked off in one call, so that little memory is held for them"""
RISEN_SLOTS: Final = parameter(
    "tenant.risen_slots",
    2 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "how long a family counts as rising with others",
    fixed=STORED_SHAPE,
)


@dataclass(slots=True)
class SlotOutcome:
    """What a tenant's slot led to."""

    decisions: list[Decision] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    has_evicted: bool = False
    """whether families were evicted"""

    def extend(self, later: "SlotOutcome") -> None:
        """Add what later slots led to."""
        self.decisions += later.decisions
        self.findings += later.findings
        self.has_evicted |= later.has_evicted


@dataclass(slots=True)
class Gathered:
    """Plain slots of a tenant in order, whose births are known and whose families wait to be judged."""

    all_rows: Rows
    """features of these slots and of others, as in their reports"""
    reports: list[SlotReport] = field(default_factory=list)
    since_slots: list[int] = field(default_factory=list)
    """of each slot: the one from which on the tenant is known"""
    births: list[tuple[int, int, int, int]] = field(default_factory=list)
    """as `plain_slots.note_births` takes them"""


class Tenant:
    """The state of one tenant: its families with their attention, and what is remembered of the tenant as a whole."""

    def __init__(self, name: str, memories: TenantMemories | None = None, items_a_day: int = ITEMS_A_DAY) -> None:
        self.name = name
        self._budget = Budget(items_a_day)
        self._incident_memory = IncidentMemory(name, memories)
        self._state_table = StateTable()
        self._births = BirthLog()
        self._cycles = HealLog()
        self._surfacings = Surfacings()
        self.evicted = 0
        """families evicted so far"""
        self._family_map = FamilyMap()
        self._labels: dict[int, Label] = {}
        self._newborn: list[tuple[int, int]] = []
        """slot and family of the births of this slot and the one before"""
        self._live = Liveness()
        self._pair_tracker = PairTracker(self._template_of)
        self._heard = np.zeros(SLOTS_PER_DAY, np.int32)
        self._risen = np.zeros(RISEN_SLOTS, np.int32)
        self._spread = np.zeros(SLOTS_PER_DAY, np.int32)
        self._acquaintance = Acquaintance()
        self._clock = np.array([NEVER, NEVER], np.int64)

    def discover(self, report: SlotReport) -> SlotOutcome:
        """Work through one slot's report; slots must come in order."""
        # a statement may be older than all logs, so only events tell since when a tenant is known
        if report.has_events:
            self._acquaintance.hear(report.slot)
        self._live.note(report.heard)
        self._live.forget(report.slot)
        outcome = SlotOutcome(has_evicted=bool(report.evicted))
        if report.labels:
            self._add_labels(report)
        self._register_births(report, outcome)
        self._clock[1] = self._acquaintance.since_slot
        if report.cycles:
            self._note_cycles(report)
        if len(report.feature_rows):
            self._judge(report, outcome)
        if report.statements:
            self._incident_memory.learn(report.statements, report.slot, int(self._clock[1]), self._family_map.family_of)
        if report.evicted:
            self._evict(report.evicted)
        return outcome

    def discover_all(self, reports: Sequence[SlotReport]) -> SlotOutcome:
        """Work through the reports of slots in order, as `discover` does one by one.

        Slots that need nothing but compiled code are worked off together, and their decisions come after those of others.
        """
        outcome = SlotOutcome()
        place = 0
        while place < len(reports):
            gathered = self._gather(reports, place) if len(reports) > 1 and self._incident_memory.is_blank else None
            if gathered is None:
                outcome.extend(self.discover(reports[place]))
                place += 1
            else:
                self._work_off(gathered, outcome)
                place += len(gathered.reports)
        return outcome

    def _gather(self, reports: Sequence[SlotReport], place: int) -> Gathered | None:
        """Take what is known before its judgement of each slot from the one at `place` on, up to one in which more comes
        than features and births; return these slots, None where the first is such a one.
        """
        all_rows, rows = reports[place].all_rows, 0
        if all_rows is None:
            return None
        gathered = Gathered(all_rows)
        for index in range(place, len(reports)):
            report = reports[index]
            rows += len(report.feature_rows)
            if report.all_rows is not all_rows or not self._is_plain(report):
                break
            if rows > ROWS_AT_ONCE and gathered.reports:
                break
            if report.has_events:
                self._acquaintance.hear(report.slot)
            self._live.note(report.heard)
            self._live.forget(report.slot)
            if report.births:
                self._add_labels(report)
                self._gather_births(report, gathered)
            self._acquaintance.meet(report.slot, self._births.services)
            gathered.since_slots.append(self._acquaintance.since_slot)
            gathered.reports.append(report)
        if not gathered.reports:
            return None
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= gathered.reports[-1].slot - 1]
        return gathered

    def _is_plain(self, report: SlotReport) -> bool:
        """Return whether nothing comes in a slot but features, and births of families that were never heard before."""
        if report.cycles or report.statements or report.evicted or report.returned or len(report.notices):
            return False
        if not report.births:
            return not report.labels
        members = {member for member, family in report.births if not family and member not in self._state_table}
        return len(members) == len(report.births) and self._labels.keys().isdisjoint(report.labels)

    def _add_labels(self, report: SlotReport) -> None:
        """Take what families are called from now on."""
        self._labels.update(report.labels)
        self._incident_memory.add_labels(report.labels)
        self._pair_tracker.reword(report.labels)

    def _gather_births(self, report: SlotReport, gathered: Gathered) -> None:
        """Add attention states for the newborn families of a slot; what is counted of them is left to the slot's turn."""
        index, number = len(gathered.reports), len(report.births)
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
        for _, member in self._newborn:
            gathered.births.append((index, NO_SERVICE, self._state_table.row_of(member), number))
        beside = number - 1 + len(self._newborn)
        for member, _ in report.births:
            service = int(self._add(member, report.slot)["service"])
            gathered.births.append((index, service, self._state_table.row_of(member), beside))
            self._newborn.append((report.slot, member))

    def _work_off(self, gathered: Gathered, outcome: SlotOutcome) -> None:
        """Judge the families of plain slots: many slots in one compiled call, and one by one those that need more."""
        reports = gathered.reports
        number, first_row = len(reports), reports[0].first_row
        lengths = np.array([len(report.feature_rows) for report in reports], np.int32)
        count = int(lengths.sum())
        feature_rows = gathered.all_rows[first_row : first_row + count]
        starts = np.array([report.first_row - first_row for report in reports], np.int64)
        families = np.array([report.families for report in reports], np.int32)
        # of 64 bits, as Python passes a slot: loops that are called from both sides are compiled once
        slots = np.array([report.slot for report in reports], np.int64)
        since_slots = np.array(gathered.since_slots, np.int32)
        is_special = families < lengths
        rows = self._rows_of_whole(feature_rows)
        table = self._state_table.table
        ages = table["first_slot"][rows] - np.repeat(since_slots, lengths).astype(np.int64)
        feature_rows["born_after_slots"] = np.maximum(0, ages.astype(np.int32))
        members, services = feature_rows["family"].copy(), table["service"][rows]
        followed = self._pair_tracker.followed(feature_rows)
        occurrence_rows = self._incident_memory.rows_of_heard(feature_rows)
        marks, worth, told = np.empty(count, np.uint8), np.empty(count, np.bool_), np.empty(count, np.int32)
        quarters, score = np.empty((count, len(FACTORS)), np.int32), np.empty(count, np.int32)
        verdicts, changes = np.empty(count, VERDICT_DTYPE), np.empty((count, len(FACTORS)), np.int32)
        births = np.array(gathered.births, np.int32).reshape(-1, 4)
        ends, progress = starts + families, np.zeros(5, np.int64)
        followed_starts, followed_ends = np.searchsorted(followed, starts), np.searchsorted(followed, ends)
        begin, begin_with = 0, WHOLE
        while True:
            index = work_off(
                begin,
                begin_with,
                slots,
                starts,
                ends,
                since_slots,
                is_special,
                births,
                table,
                rows,
                feature_rows,
                members,
                services,
                followed,
                followed_starts,
                followed_ends,
                self._pair_tracker.tables,
                self._heard,
                self._risen,
                self._spread,
                self._clock,
                *self._births.tables,
                marks,
                self._incident_memory.table,
                occurrence_rows,
                quarters,
                score,
                worth,
                verdicts,
                changes,
                told,
                progress,
            )
            if index == number:
                break
            report, low, high = reports[index], int(starts[index]), int(ends[index])
            part = slice(low, high)
            _, _, found, why, ended = progress.tolist()
            begin = index
            if why == FOLLOWED:
                places = followed[followed_starts[index] : followed_ends[index]]
                has_counterparts = self._pair_tracker.follow_on(
                    ended, report.slot, places, feature_rows, members, services, low, high
                )
                begin_with = WEIGHING
                if not has_counterparts:
                    continue
                found |= COUNTERPART
            elif why == HIGH:
                self._weigh_successors(feature_rows[part], quarters[part], score[part], report.slot)
                begin_with = JUDGING
                continue
            self._judge_filled(report, rows[part], marks[part], found, why != SPECIAL, outcome)
            begin, begin_with = index + 1, WHOLE
        places = told[: progress[TOLD]].tolist()
        outcome.decisions += decisions_of(self.name, self._labels, feature_rows, verdicts, score, quarters, places)

    def _rows_of_whole(self, feature_rows: Rows) -> Int32s:
        """Return the row of the attention state of each whole family in features, 0 for facets."""
        is_whole = feature_rows["facet"] == 0
        if is_whole.all():
            return self._state_table.rows_of(feature_rows["family"])
        rows = np.zeros(len(feature_rows), np.int32)
        rows[is_whole] = self._state_table.rows_of(feature_rows["family"][is_whole])
        return rows

    def _evict(self, members: Sequence[tuple[int, int]]) -> None:
        """Remove families that their bucket has evicted, but keep the attention state of those that ever surfaced.

        These are few, for a day has its budget, and without their state they would be shown again as if for the first time.
        """
        families = {family for _, family in members}
        self._family_map.evict((member for member, _ in members), families)
        for family in families:
            attention_state = self._state_table[family]
            attention_state["healing"] = 0
            if attention_state["surfaced_slot"] == NEVER:
                self._state_table.evict(family)
                del self._labels[family]
        self._cycles.drop(families)
        self._incident_memory.evict(families)
        self._pair_tracker.drop(families | {member for member, _ in members})
        self._newborn = [(slot, member) for slot, member in self._newborn if member not in families]
        self.evicted += len(families)

    def _register_births(self, report: SlotReport, outcome: SlotOutcome) -> None:
        """Add attention states for newborn families, merge absorbed ones, and count the families born together."""
        if not report.births:
            self._acquaintance.meet(report.slot, self._births.services)
            self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
            return
        absorbed = {member: family for member, family in report.births if family}
        born = [member for member, family in report.births if not family]
        for member in born:
            if member in absorbed or member in self._state_table:
                continue
            if member in report.returned:
                # it was judged before it was evicted: its first decision is written already
                self._add(member, report.returned[member])["judged"] = 1
            else:
                self._add_newborn(member, report.slot)
        # a signature that joins a family at once, or a family found to be part of another one
        for member, family in absorbed.items():
            while family in absorbed:
                family = absorbed[family]
            outcome.decisions.append(self._joined_decision(member, family, report.slot))
            self._absorb(member, family, report.slot)
            if member in report.returned:
                # it was heard before it was evicted, and so was the family that it is part of
                attention_state = self._state_table[family]
                attention_state["first_slot"] = min(attention_state["first_slot"], report.returned[member])
            self._incident_memory.join(member, family)
        # a member that returns after an eviction is not new
        first_heard = [member for member in born if member not in absorbed and member not in report.returned]
        self._acquaintance.meet(report.slot, self._births.services)
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
        for _, member in self._newborn:
            self._state_table[member]["born_together"] += len(first_heard)
        for member in first_heard:
            self._state_table[member]["born_together"] = len(first_heard) - 1 + len(self._newborn)
        self._newborn.extend((report.slot, member) for member in first_heard)

    def _add_newborn(self, family: int, slot: int) -> None:
        """Add an attention state for a family born in `slot`, and count the birth for its service."""
        attention_state = self._add(family, slot)
        self._births.count(int(attention_state["service"]), slot)

    def _add(self, family: int, slot: int) -> Row:
        """Add an attention state for a family and return it; `slot` is the family's first one."""
        return self._state_table.add(family, slot, self._births.row_of(self._labels[family].service))

    def _joined_decision(self, member: int, family: int, slot: int) -> Decision:
        """Return the decision that a member is part of a family from now on; its label is dropped."""
        band = int(self._state_table[member]["band"]) if member in self._state_table else 0
        return joined_decision(self.name, self._labels.pop(member), member, family, band, slot)

    def _absorb(self, member: int, family: int, slot: int) -> None:
        """Merge what is known of `member` into `family`; the higher band and the latest surfacing stay."""
        if family not in self._state_table:
            self._add_newborn(family, slot)
        self._family_map.join(member, family)
        self._pair_tracker.absorb(member)
        absorbed = self._state_table.remove(member)
        if absorbed is None:
            return
        kept = self._state_table[family]
        # both leave the count of active families, and the merged one enters it
        self._uncount_heard(absorbed)
        self._uncount_heard(kept)
        merge_states(kept, absorbed)
        if kept["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[kept["last_slot"] % SLOTS_PER_DAY] += 1
        self._newborn = [(born, newborn) for born, newborn in self._newborn if newborn != member]
        self._cycles.absorb(member, family)
        self._surfacings.absorb(member, family)

    def _uncount_heard(self, attention_state: Row) -> None:
        """Take a family out of the count of active families, where its latest event is in it."""
        if attention_state["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[attention_state["last_slot"] % SLOTS_PER_DAY] -= 1

    def _template_of(self, family: int) -> str:
        """Return the template of a family, nothing where it is not known any more."""
        label = self._labels.get(family)
        return label.template if label else ""

    def _note_cycles(self, report: SlotReport) -> None:
        """Keep the heal cycles of a slot by family; `HealLog` holds those of the last seven days."""
        for cycle in report.cycles:
            family = self._family_map.family(cycle.member)
            if family not in self._state_table:
                continue
            self._cycles.note(family, cycle, report.slot)
            self._state_table[family]["healing"] = 1
            self._note_return(self._family_map.family(cycle.up_member), family, report.slot)

    def _note_return(self, family: int, down: int, slot: int) -> None:
        """Note a message of `family` that something is back; when it comes repeatedly, it is the counterpart of `down`."""
        if family == down or family not in self._state_table:
            return
        attention_state = self._state_table[family]
        # one message that something is back ends a cycle for each name in it: those of one slot count once
        if slot - HEAL_SLOTS < attention_state["returned_slot"] < slot:
            attention_state["counterpart_until_slot"] = slot + HEAL_SLOTS
        attention_state["returned_slot"] = slot

    def _judge(self, report: SlotReport, outcome: SlotOutcome) -> None:
        """Weigh the features of a slot and judge each family by its highest-scored row: of the whole or of a facet."""
        wholes = report.feature_rows[: report.families]
        rows = self._state_table.rows_of(wholes["family"])
        marks = np.empty(report.families, np.uint8)
        found = fill_family_columns(
            self._state_table.table,
            rows,
            report.slot,
            wholes,
            self._heard,
            self._risen,
            self._spread,
            self._clock,
            *self._births.tables,
            marks,
        )
        self._judge_filled(report, rows, marks, found, False, outcome)

    def _judge_filled(
        self, report: SlotReport, rows: Int32s, marks: Flags, found: int, is_followed: bool, outcome: SlotOutcome
    ) -> None:
        """Weigh and judge where the columns of whole families are filled in, with these marks; `rows` are those of their
        attention states, and `is_followed` says that no pairs are left to follow.
        """
        slot = report.slot
        feature_rows, members, rows = self._enrich(report, rows, marks, found, is_followed)
        count = len(rows)
        # all that is read of these tables is written before
        quarters, score = np.empty((count, len(FACTORS)), np.int32), np.empty(count, np.int32)
        highest = weigh_and_score(feature_rows, quarters, score)
        if highest >= WATCH_QUARTERS:
            self._weigh_successors(feature_rows, quarters, score, slot)
        if not is_one_row_each(feature_rows):
            best = best_of_each(feature_rows, score)
            feature_rows, members, rows = feature_rows.take(best), members[best], rows[best]
            quarters, score = quarters[best], score[best]
            count = len(rows)
        verdicts, changes = np.empty(count, VERDICT_DTYPE), np.empty((count, len(FACTORS)), np.int32)
        worth = np.empty(count, np.bool_)
        causes = settle(self._state_table.table, rows, slot, feature_rows, score, quarters, worth, verdicts, changes)
        if not causes:
            return
        selection = None
        if causes < 0:
            selection = Selection(np.zeros(count, np.uint8))
            candidates = [
                Candidate(
                    index,
                    int(rows[index]),
                    quarters[index],
                    self._snippet(report, members, feature_rows, index).hosts,
                    self._told_by(int(feature_rows["family"][index])),
                )
                for index in sorted(
                    np.flatnonzero(worth).tolist(), key=lambda index: self._rank(feature_rows[index], int(score[index]))
                )
            ]
            left = self._budget.left(slot)
            select(candidates, self._state_table.table, self._surfacings.hosts, self._told_by, slot, left, selection)
            self._budget.shown += selection.shown
            cues = np.ascontiguousarray(feature_rows["cue"])
            judge(self._state_table.table, rows, slot, cues, score, quarters, selection.dispositions, verdicts, changes)
        told = verdicts["cause"].nonzero()[0].tolist()
        if selection is not None and selection.shown > 1:
            told.sort(key=lambda index: self._rank(feature_rows[index], int(score[index])))
        decisions = decisions_of(self.name, self._labels, feature_rows, verdicts, score, quarters, told)
        if selection is None:
            outcome.decisions += decisions
            return
        for index, plain in zip(told, decisions, strict=True):
            decision = plain
            if index in selection.covered_by:
                decision = replace(plain, teller_family=selection.covered_by[index])
            outcome.decisions.append(decision)
            if verdicts["cause"][index] == Cause.SURFACED:
                snippet = self._snippet(report, members, feature_rows, index)
                surfacing = Surfacing(
                    verdicts[index], changes[index], snippet, self._cycles.entities(decision.family, slot)
                )
                outcome.findings.append(self._finding(decision, surfacing))

    def _weigh_successors(self, feature_rows: Rows, quarters: Int32s, score: Int32s, slot: int) -> None:
        """Weigh families again that succeed another one, where one scores so high that it matters."""
        successors = fill_lineage(feature_rows, quarters, score, slot, self._state_table, self._labels)
        if len(successors):
            quarters[successors] = weigh(feature_rows[successors])
            score[:] = scores(quarters)

    def _told_by(self, family: int) -> int:
        """Return the state that the words of a family tell."""
        return state_told(self._template_of(family))

    def _rank(self, features: Row, score: int) -> tuple[object, ...]:
        """Return what orders families of a slot: the score; of equals a trouble before its end, what began first, and then
        their words. Keys of families are hashes that hold the tenant's name, so they decide nothing that is seen.
        """
        family = int(features["family"])
        label = self._labels[family]
        first_time, count = int(features["first_time"]), int(features["count"])
        return -score, state_told(label.template), first_time, -count, label.service, label.template, family

    def _snippet(self, report: SlotReport, members: UInt64s, feature_rows: Rows, index: int) -> Snippet:
        """Return what can be shown of the family or facet at a place of the slot's features."""
        return report.snippets[int(members[index]), int(feature_rows["facet"][index]), report.slot]

    def _finding(self, decision: Decision, surfacing: Surfacing) -> Finding:
        """Return the finding of a decision to show a family, and remember that its item was shown."""
        family = decision.family
        earlier = self._incident_memory.earlier(family, self._surfacings.ticks(family))
        self._incident_memory.add_item(item_id(self.name, family, decision.tick_us), family, decision.tick_us)
        return self._surfacings.show(decision, surfacing, earlier)

    def _enrich(
        self, report: SlotReport, rows: Int32s, marks: Flags, found: int, is_followed: bool
    ) -> tuple[Rows, UInt64s, Int32s]:
        """Fill in what only the tenant knows.

        Returns the features of families, of facets and of notices, each under the key of its family by now; for each the key
        that it came under, by which its snippet is known; and the row of its family's attention state.
        """
        slot, families = report.slot, report.families
        feature_rows, facets = report.feature_rows[:families], report.feature_rows[families:]
        members = feature_rows["family"]
        if found & HEALING:
            for index in np.flatnonzero(marks & HEALING).tolist():
                if not self._cycles.fill(feature_rows[index], slot):
                    self._state_table[int(members[index])]["healing"] = 0
        heard = [place for place, mark in enumerate(marks.tolist()) if mark & HEARD] if found & HEARD else []
        began_slot = int(self._clock[1])
        self._incident_memory.fill(feature_rows, heard, slot, began_slot)
        of_facets = fill_facets(facets, feature_rows, self._family_map, began_slot)
        notices = report.notices
        if len(notices):
            notices = confirmed_notices(notices, self._live)
            notices = confirmed_outcomes(notices, self._family_map, self._labels)
            of_notices = features_of_notices(notices, feature_rows, self._family_map, self._state_table)
            members = np.concatenate([members, of_facets["family"], of_notices["family"]])
            feature_rows = concat([feature_rows, of_facets, of_notices], FEATURES_DTYPE)
        elif of_facets is facets:
            # nothing was dropped or added, so the report's own rows are all of them, filled in already
            feature_rows = report.feature_rows
            members = feature_rows["family"].copy()
        else:
            members = np.concatenate([members, of_facets["family"]])
            feature_rows = concat([feature_rows, of_facets], FEATURES_DTYPE)
        # a notice is no event, so it is no part of a pair
        heard_rows = families + len(of_facets)
        if len(feature_rows) > families:
            families_of_others = self._family_map.families(members[families:])
            feature_rows["family"][families:] = families_of_others
            rows = np.concatenate([rows, self._state_table.rows_of(families_of_others)])
        has_counterparts = not is_followed and self._pair_tracker.follow(
            feature_rows[:heard_rows],
            members[:heard_rows],
            self._state_table.table["service"][rows[:heard_rows]],
            slot,
        )
        if found & COUNTERPART or has_counterparts:
            for place in feature_rows["heal_counterpart"].nonzero()[0].tolist():
                says_so = is_over(self._template_of(int(feature_rows["family"][place])))
                feature_rows["heal_counterpart"][place] = SAYS_SO if says_so else 1
        return feature_rows, members, rows

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        return (
            DISCOVERY_STATE_VERSION,
            self.name,
            self._state_table.snapshot(),
            self._births.snapshot(),
            self._cycles.snapshot(),
            self._surfacings.snapshot(),
            *self._family_map.snapshot(),
            self._packed_labels(),
            tuple(self._newborn),
            tuple(ring.tobytes() for ring in (self._heard, self._risen, self._spread, self._clock)),
            self._live.snapshot(),
            self._incident_memory.snapshot(),
            self._pair_tracker.snapshot(),
            (self._budget.day, self._budget.shown, self.evicted),
            self._acquaintance.snapshot().tobytes(),
        )

    def _packed_labels(self) -> tuple[bytes, bytes, PackedNames]:
        """Return the labels as buffers, for there are as many as families: families, signatures, and names."""
        labels, count = self._labels.values(), len(self._labels)
        return (
            np.fromiter(self._labels, np.uint64, count).tobytes(),
            np.fromiter([label.signature for label in labels], np.uint64, count).tobytes(),
            packed_names([label.service for label in labels], [label.template for label in labels]),
        )

    def _unpack_labels(self, families: bytes, signatures: bytes, names: PackedNames) -> None:
        """Take the labels of `_packed_labels`."""
        unpacked = map(Label, *unpacked_names(names), np.frombuffer(signatures, np.uint64).tolist())
        self._labels = dict(zip(np.frombuffer(families, np.uint64).tolist(), unpacked, strict=True))

    @classmethod
    def restored(
        cls, state: tuple[Any, ...], memories: TenantMemories | None = None, items_a_day: int = ITEMS_A_DAY
    ) -> "Tenant":
        """Return the tenant of a `snapshot`."""
        require_version("a tenant", state[0], DISCOVERY_STATE_VERSION)
        _, name, state_table, births, cycles, surfacings, family_of, members, labels, newborn, rings, *later = state
        tenant = cls(name, memories, items_a_day)
        tenant._state_table.restore(state_table)
        tenant._births.restore(births)
        tenant._cycles.restore(cycles)
        tenant._surfacings.restore(surfacings)
        tenant._family_map.restore(family_of, members)
        tenant._newborn = list(newborn)
        tenant._unpack_labels(*labels)
        heard, risen, spread, clock = rings
        tenant._heard, tenant._risen, tenant._spread = (
            np.frombuffer(ring, np.int32).copy() for ring in (heard, risen, spread)
        )
        tenant._clock = np.frombuffer(clock, np.int64).copy()
        live, incident_memory, pairs, (tenant._budget.day, tenant._budget.shown, tenant.evicted), known = later
        tenant._acquaintance.restore(np.frombuffer(known, np.int64))
        tenant._live.restore(live)
        tenant._incident_memory.restore(incident_memory)
        tenant._pair_tracker.restore(pairs)
        return tenant


def best_of_each(feature_rows: Rows, score: Int32s) -> npt.NDArray[np.intp]:
    """Return the places of each family's highest-scored features, in order of families; of equals the whole wins, then the
    facet that came most often, then the one that began first.
    """
    order = order_of(
        feature_rows["family"],
        -score,
        feature_rows["facet"] != 0,
        -feature_rows["episodes_7d"],
        feature_rows["first_time"],
        feature_rows["facet"],
    )
    ordered = feature_rows["family"][order]
    return order[np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))]
