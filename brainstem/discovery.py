"""Discovery: a tenant's readings become decisions and, rarely, findings.

Takes what all buckets say of one tenant for one slot, adds what only the whole tenant shows (births together, families
active, heal cycles), weighs, judges, and gives decisions and findings. No I/O, no clock: time is the slot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import FACTORS, KINDS, LEARNING_SLOTS, Factor, scores, weigh
from brainstem.bands import BEHAVIOURS, Band, floor_quarters
from brainstem.budget import ITEMS_A_DAY, Budget
from brainstem.decision import Decision
from brainstem.facts import NO_FACTS, Facts
from brainstem.finding import POINT_QUANTUM, PRIOR_DECIBANS, Contribution, Finding, Shown, item_id
from brainstem.healing import Cycle
from brainstem.lineage import Life, predecessor
from brainstem.liveness import HEARD_DTYPE, Liveness
from brainstem.notice import NOTICE_DTYPE, SILENCE
from brainstem.noticing import borne_out, fill
from brainstem.outcomes import Neighbours, Outcomes
from brainstem.pairing import Pairing
from brainstem.reading import ONE_MEMBER, READING_DTYPE, SLOT_US, SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.report import Exhibit, Label
from brainstem.standing import NEVER, STANDING_DTYPE, VERDICT_DTYPE, Blocker, Cause, judge, new_standings, survey
from brainstem.statement import Statement
from brainstem.tables import order_of, picked, put_together
from brainstem.versions import require_version

DISCOVERY_STATE_VERSION: Final = 9
BIRTH_DAYS: Final = 16
HEAL_SLOTS: Final = 7 * SLOTS_PER_DAY
RISEN_SLOTS: Final = 2 * SLOTS_PER_HOUR
HEALED_CYCLES_LEAST: Final = 2
"""heal cycles of an entity from which it is named as one that heals"""
ENTITIES_SHOWN: Final = 5
SURFACINGS_KEPT: Final = 5
CHANGES_SHOWN: Final = 2
OF_THE_TENANT: Final = (
    "active_families",
    "rising_together",
    "spreading_together",
    "born_together",
    "heal_cycles_7d",
    "heal_entities",
    "heal_seconds",
    "heal_outage",
    "heal_learned",
    "heal_counterpart",
    "service_births_2d",
    "service_families",
    "tenant_age_slots",
    *(name for name in READING_DTYPE.names or () if name.startswith(("precursor_", "precedent_", "feedback_"))),
)
"""columns that a facet's reading shares with that of its family"""
COUNTED_DOWN: Final = sum(1 << position for position, kind in enumerate(KINDS) if kind.name == "countdown")

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class SlotReport:
    """What all buckets say of one tenant for one slot: births by member, cycles by time, readings, notices, and which source
    heard which host.

    Readings of whole families come first, then those of facets, both in order of families. They are filled in where they
    are, for copies of them are most of what a slot costs.
    """

    slot: int
    births: list[tuple[int, int]]
    cycles: list[Cycle]
    readings: Rows
    labels: Mapping[int, Label]
    exhibits: Mapping[tuple[int, int, int], Exhibit]
    notices: Rows = field(default_factory=lambda: np.zeros(0, NOTICE_DTYPE))
    heard: Rows = field(default_factory=lambda: np.zeros(0, HEARD_DTYPE))
    statements: Sequence[Statement] = ()
    returned: Mapping[int, int] = field(default_factory=dict)
    """of births, those that had been forgotten: the slot in which each was heard first"""
    forgotten: Sequence[tuple[int, int]] = ()
    """members that are forgotten at the end of the slot, with their families"""


@dataclass(slots=True)
class Outcome:
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
        self._outcomes = Outcomes(name, neighbours)
        self._standings = new_standings(64)
        self._used = 0
        self._free: list[int] = []
        """rows of standings that are free for use"""
        self.forgotten = 0
        """how many families were let go, ever"""
        self._row_of: dict[int, int] = {}
        self._family_of: dict[int, int] = {}
        self._members: dict[int, int] = {}
        self._labels: dict[int, Label] = {}
        self._cycles: dict[int, list[Cycle]] = {}
        self._surfaced: dict[int, list[int]] = {}
        self._shown: dict[int, Shown] = {}
        """how each family stood when it surfaced last"""
        self._newborn: list[tuple[int, int]] = []
        self._services: dict[str, int] = {}
        self._families_in = np.zeros(8, np.int32)
        self._births = np.zeros((8, BIRTH_DAYS), np.int32)
        self._birth_day = np.full((8, BIRTH_DAYS), NEVER, np.int32)
        self._live = Liveness()
        self._pairing = Pairing()
        self._heard = np.zeros(SLOTS_PER_DAY, np.int32)
        self._risen = np.zeros(RISEN_SLOTS, np.int32)
        self._spread = np.zeros(SLOTS_PER_DAY, np.int32)
        self._clock = np.array([NEVER, NEVER], np.int64)

    def discover(self, report: SlotReport) -> Outcome:
        """Take one slot's report, in order of slots."""
        # what people state says nothing of when the logs began
        if self._clock[1] == NEVER and len(report.readings):
            self._clock[1] = report.slot
        self._labels.update(report.labels)
        self._live.note(report.heard)
        self._live.forget(report.slot)
        outcome = Outcome()
        self._outcomes.name(report.labels)
        self._bear(report, outcome)
        self._note_cycles(report)
        if len(report.readings):
            self._judge(report, outcome)
        if report.statements:
            self._outcomes.take(report.statements, report.slot, int(self._clock[1]), self._family_of)
        self._forget(report.forgotten)
        return outcome

    def _forget(self, members: Sequence[tuple[int, int]]) -> None:
        """Let families go that their bucket has forgotten, but for what was shown of those that ever surfaced.

        These are few, for a day has its budget; that they were shown must not be forgotten, or they would be shown again.
        """
        if not members:
            return
        for member, _ in members:
            self._family_of.pop(member, None)
        gone, blank = {family for _, family in members}, new_standings(1)[0]
        for family in gone:
            self._members.pop(family, None)
            self._cycles.pop(family, None)
            row = self._row_of[family]
            self._standings[row]["healing"] = 0
            if self._standings[row]["surfaced_slot"] == NEVER:
                self._standings[row] = blank
                del self._row_of[family], self._labels[family]
                self._free.append(row)
        self._outcomes.forget(gone)
        self._pairing.drop(gone | {member for member, _ in members})
        self._newborn = [(slot, member) for slot, member in self._newborn if member not in gone]
        self.forgotten += len(gone)

    def _bear(self, report: SlotReport, outcome: Outcome) -> None:
        """Give newborn families a standing, let absorbed ones go, and count who was born together."""
        absorbed = {member: family for member, family in report.births if family}
        born = [member for member, family in report.births if not family]
        for member in born:
            if member in absorbed or member in self._row_of:
                continue
            if member in report.returned:
                # its first decision was written when it was new
                self._standings[self._add_row(member, report.returned[member])]["judged"] = 1
            else:
                self._add(member, report.slot)
        # a signature that joins a family at once, or a family found to be part of another one
        for member, family in absorbed.items():
            while family in absorbed:
                family = absorbed[family]
            outcome.decisions.append(self._joining(member, family, report.slot))
            self._absorb(member, family, report.slot)
            if member in report.returned:
                # it was heard before it had been forgotten, and so was the family that it is part of
                standing = self._standings[self._row_of[family]]
                standing["first_slot"] = min(standing["first_slot"], report.returned[member])
            self._outcomes.join(member, family)
        # what had been forgotten is not new
        fresh = [member for member in born if member not in absorbed and member not in report.returned]
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
        for _, member in self._newborn:
            self._standings[self._row_of[member]]["born_together"] += len(fresh)
        for member in fresh:
            self._standings[self._row_of[member]]["born_together"] = len(fresh) - 1 + len(self._newborn)
        self._newborn.extend((report.slot, member) for member in fresh)

    def _add(self, family: int, slot: int) -> int:
        row = self._add_row(family, slot)
        self._count_birth(int(self._standings[row]["service"]), slot)
        return row

    def _add_row(self, family: int, slot: int) -> int:
        """Give a family a standing; `slot` is its first one."""
        if not self._free:
            if self._used == len(self._standings):
                self._standings = np.concatenate([self._standings, new_standings(self._used)])
            self._free.append(self._used)
            self._used += 1
        row = self._free.pop()
        self._standings[row]["family"], self._standings[row]["first_slot"] = family, slot
        self._standings[row]["service"] = self._service_row(self._labels[family].service)
        self._row_of[family] = row
        return row

    def _service_row(self, service: str) -> int:
        row = self._services.setdefault(service, len(self._services))
        if row == len(self._births):
            self._families_in = np.concatenate([self._families_in, np.zeros_like(self._families_in)])
            self._births = np.concatenate([self._births, np.zeros_like(self._births)])
            self._birth_day = np.concatenate([self._birth_day, np.full_like(self._birth_day, NEVER)])
        return row

    def _count_birth(self, row: int, slot: int) -> None:
        """Count a birth in the service of a row."""
        self._families_in[row] += 1
        day = slot // SLOTS_PER_DAY
        if self._birth_day[row, day % BIRTH_DAYS] != day:
            self._birth_day[row, day % BIRTH_DAYS], self._births[row, day % BIRTH_DAYS] = day, 0
        self._births[row, day % BIRTH_DAYS] += 1

    def _fill_births(self, readings: Rows, rows: npt.NDArray[np.int32], slot: int) -> None:
        """Fill in how many families each service has, and how many were born in it within two days, at the most, until each
        family was born itself.

        What a tenant says in its first days is news to us only, so births of these days are not counted.
        """
        today, learned = slot // SLOTS_PER_DAY, (self._clock[1] + LEARNING_SLOTS) // SLOTS_PER_DAY + 1
        since = max(today - BIRTH_DAYS + 2, learned)
        births = np.where(self._birth_day >= since, self._births, 0)
        standings = self._standings[rows]
        born = standings["first_slot"] // SLOTS_PER_DAY
        most = np.zeros(len(rows), np.int32)
        for day in range(since, today + 1):
            pair = births[:, day % BIRTH_DAYS] + births[:, (day - 1) % BIRTH_DAYS] * (day > since)
            # what was there before a change has not come with it
            most = np.where(born >= day - 1, np.maximum(most, pair[standings["service"]]), most)
        readings["service_births_2d"] = np.maximum(0, most - (born >= since))
        readings["service_families"] = self._families_in[standings["service"]]

    def _joining(self, member: int, family: int, slot: int) -> Decision:
        """Record that a signature or a family is part of another one from now on; its score ends with it."""
        label = self._labels.pop(member)
        row = self._row_of.get(member)
        return Decision(
            tenant=self.name,
            tick_us=(slot + 1) * SLOT_US,
            family=member,
            signature=label.signature,
            service=label.service,
            template=label.template,
            from_band=BEHAVIOURS[self._standings[row]["band"] if row is not None else 0].title,
            to_band=BEHAVIOURS[Band.IGNORE_FAST].title,
            cause=Cause.JOINED.name.lower(),
            blocker=Blocker.NONE.name.lower(),
            score=PRIOR_DECIBANS,
            prior=PRIOR_DECIBANS,
            contributions=(),
            facts=NO_FACTS,
            joined_family=family,
        )

    def _absorb(self, member: int, family: int, slot: int) -> None:
        """Let `member` be known as `family` from now on; the higher band and the latest surfacing stay."""
        if family not in self._row_of:
            self._add(family, slot)
        self._family_of[member] = family
        self._pairing.absorb(member)
        self._members[family] = self._members.get(family, 1) + self._members.pop(member, 1)
        row = self._row_of.pop(member, None)
        if row is None:
            return
        into, old = self._standings[self._row_of[family]], self._standings[row]
        self._forget_heard(old)
        self._forget_heard(into)
        for column in (
            "band",
            "judged",
            "last_slot",
            "episodes",
            "healing",
            "returned_slot",
            "counterpart_until_slot",
            "risen_slot",
            "spread_slot",
            "surfaced_slot",
            "surfaced_score",
            "foretold_slot",
        ):
            into[column] = max(into[column], old[column])
        into["surfaced_kinds"] |= old["surfaced_kinds"]
        into["first_slot"] = min(into["first_slot"], old["first_slot"])
        if into["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[into["last_slot"] % SLOTS_PER_DAY] += 1
        self._newborn = [(born, each) for born, each in self._newborn if each != member]
        if member in self._cycles:
            self._cycles[family] = sorted(
                [*self._cycles.get(family, []), *self._cycles.pop(member)],
                key=lambda cycle: (cycle.down_us, cycle.names),
            )
        if member in self._surfaced:
            self._surfaced[family] = sorted([*self._surfaced.get(family, []), *self._surfaced.pop(member)])
            shown = (self._shown.get(family), self._shown.pop(member, None))
            self._shown[family] = max(each for each in shown if each is not None)

    def _resolve(self, member: int) -> int:
        """Give the family that a member belongs to by now."""
        while member in self._family_of:
            member = self._family_of[member]
        return member

    def _forget_heard(self, standing: Any) -> None:
        if standing["last_slot"] > self._clock[0] - SLOTS_PER_DAY:
            self._heard[standing["last_slot"] % SLOTS_PER_DAY] -= 1

    def _note_cycles(self, report: SlotReport) -> None:
        """Keep the heal cycles of the last seven days by family."""
        for cycle in report.cycles:
            family = self._resolve(cycle.member)
            if family not in self._row_of:
                continue
            kept = [
                each for each in self._cycles.get(family, []) if each.down_us > (report.slot - HEAL_SLOTS) * SLOT_US
            ]
            self._cycles[family] = [*kept, cycle]
            self._standings[self._row_of[family]]["healing"] = 1
            self._note_return(self._resolve(cycle.up_member), family, report.slot)

    def _note_return(self, family: int, down: int, slot: int) -> None:
        """Note that a family has said that something is back; one that says so again and again is no news of its own."""
        if family == down or family not in self._row_of:
            return
        standing = self._standings[self._row_of[family]]
        # one return tells a cycle of each name it holds
        if slot - HEAL_SLOTS < standing["returned_slot"] < slot:
            standing["counterpart_until_slot"] = slot + HEAL_SLOTS
        standing["returned_slot"] = slot

    def _judge(self, report: SlotReport, outcome: Outcome) -> None:
        """Weigh the readings of a slot and judge, for each family, the one that scores highest: of all or of a facet."""
        slot = report.slot
        readings, members = self._complete(report)
        quarters = weigh(readings)
        score = scores(quarters)
        succeeding = self._fill_lineage(readings, quarters, score, slot)
        if len(succeeding):
            quarters[succeeding] = weigh(readings[succeeding])
            score = scores(quarters)
        best = best_of_each(readings, score)
        readings, members, quarters, score = readings.take(best), members[best], quarters[best], score[best]
        rows = self._rows_of(readings)
        verdicts = np.zeros(len(rows), VERDICT_DTYPE)
        changes = np.zeros_like(quarters)
        left = self._budget.left(slot)
        self._budget.shown += judge(
            self._standings, rows, slot, np.ascontiguousarray(readings["cue"]), score, quarters, left, verdicts, changes
        )
        for index in np.flatnonzero(verdicts["cause"]).tolist():
            verdict = verdicts[index]
            decision = self._decision(slot, readings[index], verdict, int(score[index]), quarters[index])
            outcome.decisions.append(decision)
            if verdict["cause"] == Cause.SURFACED:
                exhibit = report.exhibits[int(members[index]), int(readings["facet"][index]), slot]
                outcome.findings.append(self._finding(decision, verdict, changes[index], exhibit))

    def _fill_lineage(self, readings: Rows, quarters: Any, score: Any, slot: int) -> npt.NDArray[np.intp]:
        """Fill in which families go on where others left off, of those that would matter; gives their places."""
        news = quarters[:, Factor.NOVELTY] + quarters[:, Factor.SPREAD] + quarters[:, Factor.ACCELERATION]
        places = np.flatnonzero((score >= floor_quarters(Band.WATCH)) & (news > 0))
        found: dict[int, tuple[int, float] | None] = {}
        for place in places.tolist():
            family = int(readings["family"][place])
            if family not in found:
                found[family] = predecessor(self._life(family), map(self._life, self._siblings(family)), slot)
            edge = found[family]
            if edge is not None:
                readings["succeeded_family"][place] = np.uint64(edge[0]).astype(np.int64)
                readings["succeeded_permille"][place] = round(edge[1] * 1000)
        return places[readings["succeeded_permille"][places] > 0]

    def _life(self, family: int) -> Life:
        standing = self._standings[self._row_of[family]]
        first, last, episodes = (int(standing[name]) for name in ("first_slot", "last_slot", "episodes"))
        return Life(family, first, last, episodes, self._labels[family].template)

    def _siblings(self, family: int) -> list[int]:
        """Give the families of the same service."""
        service = self._standings["service"][self._row_of[family]]
        same = self._standings["family"][: self._used][self._standings["service"][: self._used] == service]
        return [each for each in same.tolist() if each in self._row_of]

    def _rows_of(self, readings: Rows) -> npt.NDArray[np.int32]:
        return np.array([self._row_of[family] for family in readings["family"].tolist()], np.int32)

    def _complete(self, report: SlotReport) -> tuple[Rows, npt.NDArray[np.uint64]]:
        """Fill in what only the tenant knows; gives readings by family and the family or member each was made of."""
        slot = report.slot
        families = int(np.count_nonzero(report.readings["facet"] == 0))
        readings, facets = report.readings[:families], report.readings[families:]
        rows = self._rows_of(readings)
        survey(self._standings, rows, slot, readings, self._heard, self._risen, self._spread, self._clock)
        self._fill_births(readings, rows, slot)
        for index in np.flatnonzero(self._standings["healing"][rows]).tolist():
            self._fill_cycles(readings[index], slot)
        readings["heal_counterpart"] = self._standings["counterpart_until_slot"][rows] >= slot
        self._outcomes.fill(readings, slot, int(self._clock[1]))
        placed = self._placed(facets, readings)
        noticed = self._noticed(report, readings)
        members = np.concatenate([readings["family"], placed["family"], noticed["family"]])
        if placed is facets and not len(noticed):
            readings = report.readings
        else:
            readings = put_together([readings, placed, noticed], READING_DTYPE)
        readings["family"][len(rows) :] = self._resolved(members[len(rows) :])
        heard = len(members) - len(noticed)
        services = self._standings["service"][self._rows_of(readings[:heard])]
        self._pairing.follow(readings[:heard], members[:heard], services, slot)
        return readings, members

    def _noticed(self, report: SlotReport, readings: Rows) -> Rows:
        """Give the readings of families once more for each host or entity that notices tell of, by member."""
        told: dict[tuple[int, int, int], Any] = {}
        notices = borne_out(report.notices, self._live)
        for notice in notices:
            member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
            family = self._resolve(member)
            # what has run down is at its end, and nothing more is to be heard of it
            ended = self._standings[self._row_of[family]]["surfaced_kinds"] & COUNTED_DOWN
            if notice["kind"] == SILENCE and ended:
                continue
            if (member, facet, kind) not in told:
                # a family that has been silent for long is not read any more
                reading = readings[readings["family"] == np.uint64(family)].copy()
                if not len(reading):
                    continue
                reading["family"], reading["facet"], reading["facet_kind"] = member, facet, kind
                told[member, facet, kind] = reading
            fill(told[member, facet, kind][0], notice, notices)
        return put_together(list(told.values()), READING_DTYPE)

    def _placed(self, facets: Rows, readings: Rows) -> Rows:
        """Give the readings of facets what is known of their family; members that are a family alone are dropped.

        What is given is `facets` itself where none is.
        """
        families = self._resolved(facets["family"])
        known = readings["family"].take(np.searchsorted(readings["family"], families), mode="clip") == families
        known &= (facets["facet_kind"] != ONE_MEMBER) | (families != facets["family"]) | self._is_several(families)
        if not known.all():
            facets, families = picked(facets, known), families[known]
        whole = np.searchsorted(readings["family"], families)
        for column in OF_THE_TENANT:
            facets[column] = readings[column].take(whole)
        first_slots = facets["first_time"] // SLOT_US
        facets["born_after_slots"] = np.maximum(0, first_slots - self._clock[1])
        members = facets["facet_kind"] == ONE_MEMBER
        for column in ("whole_7d", "whole_episodes"):
            facets[column][members] = readings[column].take(whole[members])
        facets["siblings"][members] = [self._members[family] - 1 for family in families[members].tolist()]
        return facets

    def _is_several(self, families: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        grown = [family for family, members in self._members.items() if members > 1]
        return np.isin(families, np.array(grown, np.uint64))

    def _resolved(self, members: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """Give the families that members belong to by now."""
        each, places = np.unique(members, return_inverse=True)
        return np.array([self._resolve(member) for member in each.tolist()], np.uint64)[places]

    def _fill_cycles(self, reading: Any, slot: int) -> None:
        """Fill in heal cycles: those of the one entity that healed most often, for many that heal once are no flap."""
        by_entity: dict[tuple[str, ...], dict[int, int]] = {}
        outages: set[tuple[str, ...]] = set()
        for cycle in self._recent_cycles(int(reading["family"]), slot):
            by_entity.setdefault(cycle.names, {})[cycle.down_us] = cycle.seconds
            if cycle.is_outage:
                outages.add(cycle.names)
        if not by_entity:
            family = int(reading["family"])
            self._cycles.pop(family, None)
            self._standings[self._row_of[family]]["healing"] = 0
        names, most = max(
            by_entity.items(), key=lambda told: (len(told[1]), sorted(told[1].items()), told[0]), default=((), {})
        )
        reading["heal_outage"] = names in outages
        reading["heal_cycles_7d"] = len(most)
        reading["heal_entities"] = sum(len(cycles) >= HEALED_CYCLES_LEAST for cycles in by_entity.values())
        reading["heal_seconds"] = sorted(most.values())[len(most) // 2] if most else 0

    def _recent_cycles(self, family: int, slot: int) -> list[Cycle]:
        return [each for each in self._cycles.get(family, []) if each.down_us > (slot - HEAL_SLOTS) * SLOT_US]

    def _decision(self, slot: int, reading: Any, verdict: Any, score: int, quarters: Any) -> Decision:
        family = int(reading["family"])
        label = self._labels[family]
        return Decision(
            tenant=self.name,
            tick_us=(slot + 1) * SLOT_US,
            family=family,
            signature=label.signature,
            service=label.service,
            template=label.template,
            from_band=BEHAVIOURS[verdict["from_band"]].title,
            to_band=BEHAVIOURS[verdict["to_band"]].title,
            cause=Cause(verdict["cause"]).name.lower(),
            blocker=Blocker(verdict["blocker"]).name.lower(),
            score=score / POINT_QUANTUM,
            prior=PRIOR_DECIBANS,
            contributions=points_of(quarters),
            facts=Facts.of(reading),
        )

    def _finding(self, decision: Decision, verdict: Any, changes: Any, exhibit: Exhibit) -> Finding:
        earlier = self._surfaced.setdefault(decision.family, [])
        moved = sorted(points_of(changes), key=lambda change: (-change[1], change[0]))
        held = Blocker(verdict["held_before"])
        healed = self._entities(decision.family, decision.tick_us // SLOT_US - 1)
        finding = Finding(
            tenant=self.name,
            service=exhibit.service,
            family=decision.family,
            signatures=exhibit.signatures,
            template=exhibit.template,
            tick_us=decision.tick_us,
            band=decision.to_band,
            score=decision.score,
            prior=decision.prior,
            contributions=tuple(Contribution(factor, points) for factor, points in decision.contributions),
            kinds=self._kinds(int(verdict["kinds"]), dict(decision.contributions)),
            facts=decision.facts,
            hosts=exhibit.hosts,
            entities=(exhibit.entity,) if exhibit.entity else healed,
            changes=tuple(Contribution(factor, points) for factor, points in moved[:CHANGES_SHOWN] if points > 0),
            blocker="" if held is Blocker.NONE else held.name.lower(),
            surfaced_before_us=tuple(earlier),
            evidence=exhibit.evidence,
            shown_before=self._shown.get(decision.family),
            earlier=self._outcomes.earlier(decision.family, earlier),
        )
        self._outcomes.show(item_id(self.name, decision.family, decision.tick_us), decision.family, decision.tick_us)
        self._shown[decision.family] = Shown(decision.tick_us, decision.contributions)
        self._surfaced[decision.family] = [*earlier, decision.tick_us][-SURFACINGS_KEPT:]
        return finding

    def _kinds(self, mask: int, points: dict[str, float]) -> tuple[str, ...]:
        """Give the kinds of a mask, strongest first."""
        held = [kind for bit, kind in enumerate(KINDS) if mask >> bit & 1]
        worth = {kind.name: sum(points.get(FACTORS[factor], 0.0) for factor in kind.factors) for kind in held}
        return tuple(sorted(worth, key=lambda name: (-worth[name], name)))

    def _entities(self, family: int, slot: int) -> tuple[str, ...]:
        """Give the names of the entities that healed, most often first."""
        counts: dict[str, set[int]] = {}
        for cycle in self._recent_cycles(family, slot):
            for name in cycle.names:
                counts.setdefault(name, set()).add(cycle.down_us)
        ranked = sorted(
            (name for name in counts if len(counts[name]) >= HEALED_CYCLES_LEAST),
            key=lambda name: (-len(counts[name]), name),
        )
        return tuple(ranked[:ENTITIES_SHOWN])

    def snapshot(self) -> tuple[object, ...]:
        """Give the state as plain values, version first."""
        return (
            DISCOVERY_STATE_VERSION,
            self.name,
            self._standings[: self._used].tobytes(),
            tuple(self._row_of.items()),
            tuple(self._family_of.items()),
            tuple(self._members.items()),
            tuple((family, label.service, label.template, label.signature) for family, label in self._labels.items()),
            tuple((family, tuple(map(astuple, cycles))) for family, cycles in self._cycles.items()),
            tuple((family, tuple(ticks)) for family, ticks in self._surfaced.items()),
            tuple(self._newborn),
            (
                tuple(self._services),
                self._families_in.tobytes(),
                self._births.tobytes(),
                self._birth_day.tobytes(),
            ),
            self._heard.tobytes(),
            self._risen.tobytes(),
            self._spread.tobytes(),
            self._clock.tobytes(),
            self._live.snapshot(),
            self._outcomes.snapshot(),
            (self._budget.day, self._budget.shown, self.forgotten),
            self._pairing.snapshot(),
            tuple(
                (family, shown.tick_us, tuple((factor, int(POINT_QUANTUM * worth)) for factor, worth in shown.points))
                for family, shown in self._shown.items()
            ),
        )

    @classmethod
    def restored(
        cls, state: tuple[Any, ...], neighbours: Neighbours | None = None, items_a_day: int = ITEMS_A_DAY
    ) -> "Tenant":
        """Give the tenant of a `snapshot`."""
        require_version("a tenant", state[0], DISCOVERY_STATE_VERSION)
        tenant = cls(state[1], neighbours, items_a_day)
        rows = np.frombuffer(state[2], STANDING_DTYPE)
        tenant._used = len(rows)
        tenant._standings = np.concatenate([rows, new_standings(64)])
        tenant._row_of = dict(state[3])
        tenant._family_of = dict(state[4])
        tenant._members = dict(state[5])
        tenant._labels = {family: Label(service, words, signature) for family, service, words, signature in state[6]}
        tenant._cycles = {family: [Cycle(*each) for each in cycles] for family, cycles in state[7]}
        tenant._surfaced = {family: list(ticks) for family, ticks in state[8]}
        tenant._newborn = list(state[9])
        services, families_in, births, days = state[10]
        tenant._families_in = np.frombuffer(families_in, np.int32).copy()
        tenant._services = {service: row for row, service in enumerate(services)}
        tenant._births = np.frombuffer(births, np.int32).reshape(-1, BIRTH_DAYS).copy()
        tenant._birth_day = np.frombuffer(days, np.int32).reshape(-1, BIRTH_DAYS).copy()
        tenant._heard = np.frombuffer(state[11], np.int32).copy()
        tenant._risen = np.frombuffer(state[12], np.int32).copy()
        tenant._spread = np.frombuffer(state[13], np.int32).copy()
        tenant._clock = np.frombuffer(state[14], np.int64).copy()
        tenant._live.restore(state[15])
        tenant._outcomes.restore(state[16])
        tenant._budget.day, tenant._budget.shown, tenant.forgotten = state[17]
        tenant._pairing.restore(state[18])
        tenant._shown = {
            family: Shown(tick_us, tuple((factor, quarters / POINT_QUANTUM) for factor, quarters in points))
            for family, tick_us, points in state[19]
        }
        tenant._free = sorted({*range(tenant._used)} - {*tenant._row_of.values()}, reverse=True)
        tenant._standings[tenant._free] = new_standings(len(tenant._free))
        return tenant


def best_of_each(readings: Rows, score: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Give the places of the highest-scored reading of each family, in order of families; of equals the whole wins."""
    order = order_of(readings["family"], -score, readings["facet"])
    ordered = readings["family"][order]
    return order[np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))]


def points_of(quarters: Any) -> tuple[tuple[str, float], ...]:
    """Give the factors that are not zero with their points in decibans."""
    return tuple(
        (factor, points / POINT_QUANTUM) for factor, points in zip(FACTORS, quarters.tolist(), strict=True) if points
    )
