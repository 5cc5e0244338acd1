"""Discovery: a tenant's readings become decisions and, rarely, findings.

Takes what all buckets say of one tenant for one slot, adds what only the whole tenant shows (births together, families
active, heal cycles), weighs, judges, and gives decisions and findings. No I/O, no clock: time is the slot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import FACTORS, KINDS, scores, weigh
from brainstem.bands import BEHAVIOURS, Band
from brainstem.decision import FACTS, Decision
from brainstem.finding import POINT_QUANTUM, PRIOR_DECIBANS, Contribution, Finding, item_id
from brainstem.healing import Cycle
from brainstem.outcomes import Neighbours, Outcomes
from brainstem.reading import SLOT_US, SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.report import Exhibit, Label
from brainstem.standing import NEVER, STANDING_DTYPE, VERDICT_DTYPE, Blocker, Cause, judge, new_standings, survey
from brainstem.statement import Statement
from brainstem.versions import require_version

DISCOVERY_STATE_VERSION: Final = 2
HEAL_SLOTS: Final = 7 * SLOTS_PER_DAY
RISEN_SLOTS: Final = 2 * SLOTS_PER_HOUR
ENTITIES_SHOWN: Final = 5
SURFACINGS_KEPT: Final = 5
CHANGES_SHOWN: Final = 2

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class SlotReport:
    """What all buckets say of one tenant for one slot: births by member, cycles by time, readings by family."""

    slot: int
    births: list[tuple[int, int]]
    cycles: list[Cycle]
    readings: Rows
    labels: Mapping[int, Label]
    exhibits: Mapping[tuple[int, int], Exhibit]
    statements: Sequence[Statement] = ()


@dataclass(slots=True)
class Outcome:
    """What a tenant's slot led to."""

    decisions: list[Decision] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Tenant:
    """The families of one tenant as its attention sees them."""

    def __init__(self, name: str, neighbours: Neighbours | None = None) -> None:
        self.name = name
        self._outcomes = Outcomes(name, neighbours)
        self._standings = new_standings(64)
        self._used = 0
        self._row_of: dict[int, int] = {}
        self._family_of: dict[int, int] = {}
        self._labels: dict[int, Label] = {}
        self._cycles: dict[int, list[Cycle]] = {}
        self._surfaced: dict[int, list[int]] = {}
        self._newborn: list[tuple[int, int]] = []
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
        outcome = Outcome()
        self._outcomes.name(report.labels)
        self._bear(report, outcome)
        self._note_cycles(report)
        if len(report.readings):
            self._judge(report, outcome)
        if report.statements:
            self._outcomes.take(report.statements, report.slot, int(self._clock[1]), self._family_of)
        return outcome

    def _bear(self, report: SlotReport, outcome: Outcome) -> None:
        """Give newborn families a standing, let absorbed ones go, and count who was born together."""
        absorbed = {member: family for member, family in report.births if family}
        born = [member for member, family in report.births if not family]
        for member in born:
            if member not in absorbed:
                self._add(member, report.slot)
        # a signature that joins a family at once, or a family found to be part of another one
        for member, family in absorbed.items():
            while family in absorbed:
                family = absorbed[family]
            outcome.decisions.append(self._joining(member, family, report.slot))
            self._absorb(member, family, report.slot)
            self._outcomes.join(member, family)
        fresh = [member for member in born if member not in absorbed]
        self._newborn = [(slot, member) for slot, member in self._newborn if slot >= report.slot - 1]
        for _, member in self._newborn:
            self._standings[self._row_of[member]]["born_together"] += len(fresh)
        for member in fresh:
            self._standings[self._row_of[member]]["born_together"] = len(fresh) - 1 + len(self._newborn)
        self._newborn.extend((report.slot, member) for member in fresh)

    def _add(self, family: int, slot: int) -> int:
        if self._used == len(self._standings):
            self._standings = np.concatenate([self._standings, new_standings(self._used)])
        row = self._used
        self._used += 1
        self._standings[row]["family"], self._standings[row]["first_slot"] = family, slot
        self._row_of[family] = row
        return row

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
            facts=dict.fromkeys(FACTS, 0),
            joined_family=family,
        )

    def _absorb(self, member: int, family: int, slot: int) -> None:
        """Let `member` be known as `family` from now on; the higher band and the latest surfacing stay."""
        if family not in self._row_of:
            self._add(family, slot)
        self._family_of[member] = family
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
            "healing",
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
            kept = [
                each for each in self._cycles.get(family, []) if each.down_us > (report.slot - HEAL_SLOTS) * SLOT_US
            ]
            self._cycles[family] = [*kept, cycle]
            self._standings[self._row_of[family]]["healing"] = 1

    def _judge(self, report: SlotReport, outcome: Outcome) -> None:
        """Weigh and judge the readings of a slot."""
        readings, slot = report.readings, report.slot
        rows = np.array([self._row_of[family] for family in readings["family"].tolist()], np.int32)
        survey(self._standings, rows, slot, readings, self._heard, self._risen, self._spread, self._clock)
        for index in np.flatnonzero(self._standings["healing"][rows]).tolist():
            self._fill_cycles(readings[index], slot)
        self._outcomes.fill(readings, slot, int(self._clock[1]))
        quarters = weigh(readings)
        score = scores(quarters)
        verdicts = np.zeros(len(rows), VERDICT_DTYPE)
        changes = np.zeros_like(quarters)
        judge(self._standings, rows, slot, readings["cue"], score, quarters, verdicts, changes)
        for index in np.flatnonzero(verdicts["cause"]).tolist():
            verdict = verdicts[index]
            decision = self._decision(slot, readings[index], verdict, int(score[index]), quarters[index])
            outcome.decisions.append(decision)
            if verdict["cause"] == Cause.SURFACED:
                exhibit = report.exhibits[(decision.family, slot)]
                outcome.findings.append(self._finding(decision, verdict, changes[index], exhibit))

    def _fill_cycles(self, reading: Any, slot: int) -> None:
        """Fill in heal cycles: those of the one entity that healed most often, for many that heal once are no flap."""
        by_entity: dict[tuple[str, ...], dict[int, int]] = {}
        for cycle in self._recent_cycles(int(reading["family"]), slot):
            by_entity.setdefault(cycle.names, {})[cycle.down_us] = cycle.seconds
        if not by_entity:
            family = int(reading["family"])
            self._cycles.pop(family, None)
            self._standings[self._row_of[family]]["healing"] = 0
        most = max(by_entity.values(), key=lambda cycles: (len(cycles), sorted(cycles.items())), default={})
        reading["heal_cycles_7d"] = len(most)
        reading["heal_entities"] = sum(len(cycles) >= 2 for cycles in by_entity.values())
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
            facts={name: int(reading[name]) for name in FACTS},
        )

    def _finding(self, decision: Decision, verdict: Any, changes: Any, exhibit: Exhibit) -> Finding:
        earlier = self._surfaced.setdefault(decision.family, [])
        moved = sorted(points_of(changes), key=lambda change: (-change[1], change[0]))
        held = Blocker(verdict["held_before"])
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
            entities=self._entities(decision.family, decision.tick_us // SLOT_US - 1),
            changes=tuple(Contribution(factor, points) for factor, points in moved[:CHANGES_SHOWN] if points > 0),
            blocker="" if held is Blocker.NONE else held.name.lower(),
            surfaced_before_us=tuple(earlier),
            evidence=exhibit.evidence,
            earlier=self._outcomes.earlier(decision.family, earlier),
        )
        self._outcomes.show(item_id(self.name, decision.family, decision.tick_us), decision.family, decision.tick_us)
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
            (name for name in counts if len(counts[name]) >= 2),
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
            tuple((family, label.service, label.template, label.signature) for family, label in self._labels.items()),
            tuple(
                (family, tuple((each.names, each.member, each.down_us, each.seconds) for each in cycles))
                for family, cycles in self._cycles.items()
            ),
            tuple((family, tuple(ticks)) for family, ticks in self._surfaced.items()),
            tuple(self._newborn),
            self._heard.tobytes(),
            self._risen.tobytes(),
            self._spread.tobytes(),
            self._clock.tobytes(),
            self._outcomes.snapshot(),
        )

    @classmethod
    def restored(cls, state: tuple[Any, ...], neighbours: Neighbours | None = None) -> "Tenant":
        """Give the tenant of a `snapshot`."""
        require_version("a tenant", state[0], DISCOVERY_STATE_VERSION)
        tenant = cls(state[1], neighbours)
        rows = np.frombuffer(state[2], STANDING_DTYPE)
        tenant._used = len(rows)
        tenant._standings = np.concatenate([rows, new_standings(64)])
        tenant._row_of = dict(state[3])
        tenant._family_of = dict(state[4])
        tenant._labels = {family: Label(service, words, signature) for family, service, words, signature in state[5]}
        tenant._cycles = {family: [Cycle(*each) for each in cycles] for family, cycles in state[6]}
        tenant._surfaced = {family: list(ticks) for family, ticks in state[7]}
        tenant._newborn = list(state[8])
        tenant._heard = np.frombuffer(state[9], np.int32).copy()
        tenant._risen = np.frombuffer(state[10], np.int32).copy()
        tenant._spread = np.frombuffer(state[11], np.int32).copy()
        tenant._clock = np.frombuffer(state[12], np.int64).copy()
        tenant._outcomes.restore(state[13])
        return tenant


def points_of(quarters: Any) -> tuple[tuple[str, float], ...]:
    """Give the factors that are not zero with their points in decibans."""
    return tuple(
        (factor, points / POINT_QUANTUM) for factor, points in zip(FACTORS, quarters.tolist(), strict=True) if points
    )
