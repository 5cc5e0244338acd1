"""Discovery: a tenant's readings become decisions and, rarely, findings.

Takes what all buckets say of one tenant for one slot, adds what only the whole tenant shows (births together, families
active, heal cycles), weighs, judges, and gives decisions and findings. No I/O, no clock: time is the slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Rows
from brainstem.arrays.packing import PackedNames, packed_names, unpacked_names
from brainstem.arrays.rows import concat, order_of
from brainstem.arrays.state_version import require_version
from brainstem.attention.daily_budget import ITEMS_A_DAY, Budget
from brainstem.attention.selection import Candidate, Choice, choose
from brainstem.attention.state import (
    NEVER,
    VERDICT_DTYPE,
    Cause,
    join_states,
    judge,
    survey,
    worth_showing,
)
from brainstem.attention.state_table import StateTable
from brainstem.attention.weigh import scores, weigh
from brainstem.contracts.decision import Decision
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import Finding, item_id
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.contracts.tenant_report import Label, SlotReport, Snippet
from brainstem.discovery.enrichment import fill_lineage, noticed, placed
from brainstem.discovery.family_map import FamilyMap
from brainstem.discovery.incident_memory import IncidentMemory, Neighbours
from brainstem.discovery.notices import borne_out
from brainstem.discovery.surfacing import Surfacing, Surfacings, decision_of, joining_of
from brainstem.evidence.discounts.change_event import BirthLog
from brainstem.evidence.self_heal.by_timing import PairTracker
from brainstem.evidence.self_heal.log import HEAL_SLOTS, HealLog
from brainstem.evidence.silence.liveness import Liveness
from brainstem.parameters import parameter

DISCOVERY_STATE_VERSION: Final = 12
RISEN_SLOTS: Final = parameter(
    "tenant.risen_slots", 2 * SLOTS_PER_HOUR, "slots of ten minutes", "how long a family counts as rising with others"
)


@dataclass(slots=True)
class SlotOutcome:
    """What a tenant's slot led to."""

    decisions: list[Decision] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    has_forgotten: bool = False
    """whether families were let go"""


class Tenant:
    """The families of one tenant as its attention sees them."""

    def __init__(self, name: str, neighbours: Neighbours | None = None, items_a_day: int = ITEMS_A_DAY) -> None:
        self.name = name
        self._budget = Budget(items_a_day)
        self._incident_memory = IncidentMemory(name, neighbours)
        self._state_table = StateTable()
        self._births = BirthLog()
        self._cycles = HealLog()
        self._surfacings = Surfacings()
        self.forgotten = 0
        """how many families were let go, ever"""
        self._family_map = FamilyMap()
        self._labels: dict[int, Label] = {}
        self._newborn: list[tuple[int, int]] = []
        self._live = Liveness()
        self._pair_tracker = PairTracker()
        self._heard = np.zeros(SLOTS_PER_DAY, np.int32)
        self._risen = np.zeros(RISEN_SLOTS, np.int32)
        self._spread = np.zeros(SLOTS_PER_DAY, np.int32)
        self._clock = np.array([NEVER, NEVER], np.int64)

    def discover(self, report: SlotReport) -> SlotOutcome:
        """Take one slot's report, in order of slots."""
        # what people state says nothing of when the logs began
        if self._clock[1] == NEVER and len(report.feature_rows):
            self._clock[1] = report.slot
        self._labels.update(report.labels)
        self._live.note(report.heard)
        self._live.forget(report.slot)
        outcome = SlotOutcome()
        self._incident_memory.name(report.labels)
        self._bear(report, outcome)
        self._note_cycles(report)
        if len(report.feature_rows):
            self._judge(report, outcome)
        if report.statements:
            self._incident_memory.take(report.statements, report.slot, int(self._clock[1]), self._family_map.family_of)
        self._forget(report.forgotten)
        return outcome

    def _forget(self, members: Sequence[tuple[int, int]]) -> None:
        """Let families go that their bucket has forgotten, but for what was shown of those that ever surfaced.

        These are few, for a day has its budget; that they were shown must not be forgotten, or they would be shown again.
        """
        if not members:
            return
        gone = {family for _, family in members}
        self._family_map.forget((member for member, _ in members), gone)
        for family in gone:
            attention_state = self._state_table[family]
            attention_state["healing"] = 0
            if attention_state["surfaced_slot"] == NEVER:
                self._state_table.forget(family)
                del self._labels[family]
        self._cycles.drop(gone)
        self._incident_memory.forget(gone)
        self._pair_tracker.drop(gone | {member for member, _ in members})
        self._newborn = [(slot, member) for slot, member in self._newborn if member not in gone]
        self.forgotten += len(gone)

    def _bear(self, report: SlotReport, outcome: SlotOutcome) -> None:
        """Return newborn families a standing, let absorbed ones go, and count who was born together."""
        absorbed = {member: family for member, family in report.births if family}
        born = [member for member, family in report.births if not family]
        for member in born:
            if member in absorbed or member in self._state_table:
                continue
            if member in report.returned:
                # its first decision was written when it was new
                self._add(member, report.returned[member])["judged"] = 1
            else:
                self._add_newborn(member, report.slot)
        # a signature that joins a family at once, or a family found to be part of another one
        for member, family in absorbed.items():
            while family in absorbed:
                family = absorbed[family]
            outcome.decisions.append(self._joining(member, family, report.slot))
            self._absorb(member, family, report.slot)
            if member in report.returned:
                # it was heard before it had been forgotten, and so was the family that it is part of
                attention_state = self._state_table[family]
                attention_state["first_slot"] = min(attention_state["first_slot"], report.returned[member])
            self._incident_memory.join(member, family)
        # what had been forgotten is not new
        fresh = [member for member in born if member not in absorbed and member not in report.returned]
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
        for _, member in self._newborn:
            self._state_table[member]["born_together"] += len(fresh)
        for member in fresh:
            self._state_table[member]["born_together"] = len(fresh) - 1 + len(self._newborn)
        self._newborn.extend((report.slot, member) for member in fresh)

    def _add_newborn(self, family: int, slot: int) -> None:
        attention_state = self._add(family, slot)
        self._births.count(int(attention_state["service"]), slot)

    def _add(self, family: int, slot: int) -> Any:
        """Return a family a standing; `slot` is its first one."""
        return self._state_table.add(family, slot, self._births.row_of(self._labels[family].service))

    def _joining(self, member: int, family: int, slot: int) -> Decision:
        band = int(self._state_table[member]["band"]) if member in self._state_table else 0
        return joining_of(self.name, self._labels.pop(member), member, family, band, slot)

    def _absorb(self, member: int, family: int, slot: int) -> None:
        """Let `member` be known as `family` from now on; the higher band and the latest surfacing stay."""
        if family not in self._state_table:
            self._add_newborn(family, slot)
        self._family_map.join(member, family)
        self._pair_tracker.absorb(member)
        old = self._state_table.remove(member)
        if old is None:
            return
        into = self._state_table[family]
        self._forget_heard(old)
        self._forget_heard(into)
        join_states(into, old)
        if into["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[into["last_slot"] % SLOTS_PER_DAY] += 1
        self._newborn = [(born, each) for born, each in self._newborn if each != member]
        self._cycles.absorb(member, family)
        self._surfacings.absorb(member, family)

    def _forget_heard(self, attention_state: Any) -> None:
        if attention_state["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[attention_state["last_slot"] % SLOTS_PER_DAY] -= 1

    def _note_cycles(self, report: SlotReport) -> None:
        """Keep the heal cycles of the last seven days by family."""
        for cycle in report.cycles:
            family = self._family_map.family(cycle.member)
            if family not in self._state_table:
                continue
            self._cycles.note(family, cycle, report.slot)
            self._state_table[family]["healing"] = 1
            self._note_return(self._family_map.family(cycle.up_member), family, report.slot)

    def _note_return(self, family: int, down: int, slot: int) -> None:
        """Note that a family has said that something is back; one that says so again and again is no news of its own."""
        if family == down or family not in self._state_table:
            return
        attention_state = self._state_table[family]
        # one return tells a cycle of each name it holds
        if slot - HEAL_SLOTS < attention_state["returned_slot"] < slot:
            attention_state["counterpart_until_slot"] = slot + HEAL_SLOTS
        attention_state["returned_slot"] = slot

    def _judge(self, report: SlotReport, outcome: SlotOutcome) -> None:
        """Weigh the readings of a slot and judge, for each family, the one that scores highest: of all or of a facet."""
        slot = report.slot
        feature_rows, members, rows = self._complete(report)
        quarters = weigh(feature_rows)
        score = scores(quarters)
        succeeding = fill_lineage(feature_rows, quarters, score, slot, self._state_table, self._labels)
        if len(succeeding):
            quarters[succeeding] = weigh(feature_rows[succeeding])
            score = scores(quarters)
        best = best_of_each(feature_rows, score)
        feature_rows, members, rows = feature_rows.take(best), members[best], rows[best]
        quarters, score = quarters[best], score[best]
        verdicts = np.zeros(len(rows), VERDICT_DTYPE)
        changes = np.zeros_like(quarters)
        cues = np.ascontiguousarray(feature_rows["cue"])
        worth = worth_showing(self._state_table.table, rows, slot, cues, score, quarters)
        choice = Choice(np.zeros(len(rows), np.uint8))
        if worth.any():
            ranked = sorted(np.flatnonzero(worth).tolist(), key=lambda index: (-score[index], index))
            candidates = [
                Candidate(
                    index, int(rows[index]), quarters[index], self._snippet(report, members, feature_rows, index).hosts
                )
                for index in ranked
            ]
            left = self._budget.left(slot)
            choose(candidates, self._state_table.table, self._surfacings.hosts, slot, left, choice)
            self._budget.shown += choice.shown
        judge(self._state_table.table, rows, slot, cues, score, quarters, choice.fates, verdicts, changes)
        for index in np.flatnonzero(verdicts["cause"]).tolist():
            family, verdict = int(feature_rows["family"][index]), verdicts[index]
            decision = decision_of(
                self.name, self._labels[family], feature_rows[index], verdict, int(score[index]), quarters[index]
            )
            if index in choice.tellers:
                decision = replace(decision, teller_family=choice.tellers[index])
            outcome.decisions.append(decision)
            if verdict["cause"] == Cause.SURFACED:
                snippet = self._snippet(report, members, feature_rows, index)
                surfacing = Surfacing(verdict, changes[index], snippet, self._cycles.entities(family, slot))
                outcome.findings.append(self._finding(decision, surfacing))

    def _snippet(self, report: SlotReport, members: Any, feature_rows: Rows, index: int) -> Snippet:
        return report.snippets[int(members[index]), int(feature_rows["facet"][index]), report.slot]

    def _finding(self, decision: Decision, surfacing: Surfacing) -> Finding:
        family = decision.family
        earlier = self._incident_memory.earlier(family, self._surfacings.ticks(family))
        self._incident_memory.show(item_id(self.name, family, decision.tick_us), family, decision.tick_us)
        return self._surfacings.show(decision, surfacing, earlier)

    def _complete(self, report: SlotReport) -> tuple[Rows, npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
        """Fill in what only the tenant knows; gives readings by family, the family or member that each was made of, and the
        row of its family's standing.
        """
        slot = report.slot
        families = int(np.count_nonzero(report.feature_rows["facet"] == 0))
        feature_rows, facets = report.feature_rows[:families], report.feature_rows[families:]
        rows = self._state_table.rows_of(feature_rows["family"].tolist())
        survey(self._state_table.table, rows, slot, feature_rows, self._heard, self._risen, self._spread, self._clock)
        attention_states = self._state_table.table.take(rows)
        self._births.fill(
            feature_rows, attention_states["service"], attention_states["first_slot"], slot, int(self._clock[1])
        )
        for index in np.flatnonzero(attention_states["healing"]).tolist():
            if not self._cycles.fill(feature_rows[index], slot):
                self._state_table[int(feature_rows["family"][index])]["healing"] = 0
        feature_rows["heal_counterpart"] = attention_states["counterpart_until_slot"] >= slot
        self._incident_memory.fill(feature_rows, slot, int(self._clock[1]))
        of_facets = placed(facets, feature_rows, self._family_map, int(self._clock[1]))
        told = noticed(borne_out(report.notices, self._live), feature_rows, self._family_map, self._state_table)
        members = np.concatenate([feature_rows["family"], of_facets["family"], told["family"]])
        if of_facets is facets and not len(told):
            feature_rows = report.feature_rows
        else:
            feature_rows = concat([feature_rows, of_facets, told], FEATURES_DTYPE)
        others = self._family_map.families(members[families:])
        feature_rows["family"][families:] = others
        rows = np.concatenate([rows, self._state_table.rows_of(others.tolist())])
        heard = len(members) - len(told)
        self._pair_tracker.follow(
            feature_rows[:heard], members[:heard], self._state_table.table["service"].take(rows[:heard]), slot
        )
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
            (self._budget.day, self._budget.shown, self.forgotten),
        )

    def _packed_labels(self) -> tuple[bytes, bytes, PackedNames]:
        """Return the labels as buffers: families, signatures, and names, for there are as many as families."""
        labels, count = self._labels.values(), len(self._labels)
        return (
            np.fromiter(self._labels, np.uint64, count).tobytes(),
            np.fromiter([label.signature for label in labels], np.uint64, count).tobytes(),
            packed_names([label.service for label in labels], [label.template for label in labels]),
        )

    def _unpack_labels(self, families: bytes, signatures: bytes, names: PackedNames) -> None:
        """Take the labels of `_packed_labels`."""
        made = map(Label, *unpacked_names(names), np.frombuffer(signatures, np.uint64).tolist())
        self._labels = dict(zip(np.frombuffer(families, np.uint64).tolist(), made, strict=True))

    @classmethod
    def restored(
        cls, state: tuple[Any, ...], neighbours: Neighbours | None = None, items_a_day: int = ITEMS_A_DAY
    ) -> "Tenant":
        """Return the tenant of a `snapshot`."""
        require_version("a tenant", state[0], DISCOVERY_STATE_VERSION)
        _, name, state_table, births, cycles, surfacings, family_of, members, labels, newborn, rings, *others = state
        tenant = cls(name, neighbours, items_a_day)
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
        live, incident_memory, pairing, (tenant._budget.day, tenant._budget.shown, tenant.forgotten) = others
        tenant._live.restore(live)
        tenant._incident_memory.restore(incident_memory)
        tenant._pair_tracker.restore(pairing)
        return tenant


def best_of_each(feature_rows: Rows, score: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return the places of the highest-scored reading of each family, in order of families; of equals the whole wins."""
    order = order_of(feature_rows["family"], -score, feature_rows["facet"])
    ordered = feature_rows["family"][order]
    return order[np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))]
