"""Makes decisions and findings out of the scores that a tenant's step has worked out.

Takes verdicts, contributions and labels, returns the decisions that are written and the findings that people see; remembers
what was shown of each family, to compare with. It never decides whether anything is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.blockers import Blocker
from brainstem.attention.state import Cause
from brainstem.contracts.decision import NO_FACTS, Decision, Facts
from brainstem.contracts.finding import Contribution, Earlier, Finding, Shown
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_DECIBANS
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import Label, Snippet
from brainstem.evidence.kinds import FACTORS, KEYS
from brainstem.parameters import parameter

SURFACINGS_KEPT: Final = parameter(
    "surfacing.surfacings_kept", 5, "number", "earlier surfacings of a family that are remembered"
)
CHANGES_SHOWN: Final = 2

# an enumeration builds the name of a member whenever it is asked for, and there is a decision for each birth
_CAUSES: Final = tuple(cause.name.lower() for cause in Cause)
_BLOCKERS: Final = tuple(blocker.name.lower() for blocker in Blocker)
_TITLES: Final = tuple(behaviour.title for behaviour in BEHAVIOURS)


def decisions_of(
    tenant: str,
    labels: Mapping[int, Label],
    feature_rows: Rows,
    verdicts: Rows,
    score: Int32s,
    quarters: Int32s,
    places: Sequence[int],
) -> list[Decision]:
    """Return the decisions about families at the ends of slots, in the order of `places`, which are those of their features.

    `score` and `quarters`, one a factor, are in quarters of a deciban. All that is read of a table is read at once: a number
    out of a row takes as long as a column of them.
    """
    decisions: list[Decision] = []
    for place, slot, family, (from_band, to_band, cause, blocker, *_), total, points in zip(
        places,
        feature_rows["slot"][places].tolist(),
        feature_rows["family"][places].tolist(),
        verdicts[places].tolist(),
        score.take(places).tolist(),
        quarters.take(places, axis=0).tolist(),
        strict=True,
    ):
        label = labels[family]
        decisions.append(
            Decision(
                tenant=tenant,
                tick_us=(slot + 1) * SLOT_US,
                family=family,
                signature=label.signature,
                service=label.service,
                template=label.template,
                from_band=_TITLES[from_band],
                to_band=_TITLES[to_band],
                cause=_CAUSES[cause],
                blocker=_BLOCKERS[blocker],
                score=total / POINT_QUANTUM,
                prior=PRIOR_DECIBANS,
                contributions=_points_of(points),
                facts=Facts(feature_rows[place].tobytes()),
            )
        )
    return decisions


def joined_decision(tenant: str, label: Label, member: int, family: int, band: int, slot: int) -> Decision:
    """Return the decision that a signature or a family is part of another one from now on; its own score ends there."""
    return Decision(
        tenant=tenant,
        tick_us=(slot + 1) * SLOT_US,
        family=member,
        signature=label.signature,
        service=label.service,
        template=label.template,
        from_band=BEHAVIOURS[band].title,
        to_band=BEHAVIOURS[Band.IGNORE_FAST].title,
        cause=Cause.JOINED.name.lower(),
        blocker=Blocker.NONE.name.lower(),
        score=PRIOR_DECIBANS,
        prior=PRIOR_DECIBANS,
        contributions=(),
        facts=NO_FACTS,
        joined_family=family,
    )


@dataclass(frozen=True, slots=True)
class Surfacing:
    """What is known beside the decision when a family surfaces."""

    verdict: Row
    """as in `VERDICT_DTYPE`"""
    changes: Int32s
    """what each factor moved since the decision before, in quarters of a deciban"""
    snippet: Snippet
    healed: tuple[str, ...]
    """entities of its heal cycles"""


class Surfacings:
    """When the families of a tenant were shown, and the points and hosts of each when it was shown last."""

    def __init__(self) -> None:
        self._ticks: dict[int, list[int]] = {}
        self._shown: dict[int, Shown] = {}
        self._hosts: dict[int, frozenset[str]] = {}

    def ticks(self, family: int) -> list[int]:
        """Return the ticks at which a family was shown, latest last, in microseconds since the epoch, UTC."""
        return self._ticks.get(family, [])

    def hosts(self, family: int) -> frozenset[str]:
        """Return the hosts that a family's latest item named."""
        return self._hosts.get(family, frozenset())

    def show(self, decision: Decision, surfacing: Surfacing, earlier: tuple[Earlier, ...]) -> Finding:
        """Return the finding of a decision, and note that it is shown."""
        ticks = self.ticks(decision.family)
        snippet, verdict = surfacing.snippet, surfacing.verdict
        moved = sorted(points_of(surfacing.changes), key=lambda change: (-change[1], change[0]))
        held_before = Blocker(verdict["held_before"])
        finding = Finding(
            tenant=decision.tenant,
            service=snippet.service,
            family=decision.family,
            signatures=snippet.signatures,
            template=snippet.template,
            tick_us=decision.tick_us,
            band=decision.to_band,
            score=decision.score,
            prior=decision.prior,
            contributions=tuple(Contribution(factor, points) for factor, points in decision.contributions),
            kinds=kinds_of_mask(int(verdict["kinds"]), dict(decision.contributions)),
            facts=decision.facts,
            hosts=snippet.hosts,
            entities=(snippet.entity,) if snippet.entity else surfacing.healed,
            changes=tuple(Contribution(factor, points) for factor, points in moved[:CHANGES_SHOWN] if points > 0),
            blocker="" if held_before is Blocker.NONE else held_before.name.lower(),
            surfaced_before_us=tuple(ticks),
            evidence=snippet.evidence,
            shown_before=self._shown.get(decision.family),
            earlier=earlier,
        )
        self._shown[decision.family] = Shown(decision.tick_us, decision.contributions)
        self._ticks[decision.family] = [*ticks, decision.tick_us][-SURFACINGS_KEPT:]
        self._hosts[decision.family] = frozenset(snippet.hosts)
        return finding

    def absorb(self, member: int, family: int) -> None:
        """Count what was shown of a member as shown of the family that it has joined."""
        if member in self._ticks:
            self._ticks[family] = sorted([*self.ticks(family), *self._ticks.pop(member)])
            shown = (self._shown.get(family), self._shown.pop(member, None))
            self._shown[family] = max(latest for latest in shown if latest is not None)
            self._hosts[family] = self.hosts(family) | self._hosts.pop(member)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        shown = (
            (family, latest.tick_us, tuple((factor, int(POINT_QUANTUM * points)) for factor, points in latest.points))
            for family, latest in self._shown.items()
        )
        hosts = tuple((family, tuple(sorted(named))) for family, named in self._hosts.items())
        return tuple((family, tuple(ticks)) for family, ticks in self._ticks.items()), tuple(shown), hosts

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        ticks, shown, hosts = state
        self._hosts = {family: frozenset(named) for family, named in hosts}
        self._ticks = {family: list(times_us) for family, times_us in ticks}
        self._shown = {
            family: Shown(tick_us, tuple((factor, quarters / POINT_QUANTUM) for factor, quarters in points))
            for family, tick_us, points in shown
        }


def kinds_of_mask(mask: int, points: dict[str, float]) -> tuple[str, ...]:
    """Return the names of the kinds in a mask, strongest first, given the points of each factor."""
    kinds = [kind for kind in KEYS if mask >> kind.number & 1]
    points_of_kind = {kind.name: sum(points.get(factor.name, 0.0) for factor in kind.factors) for kind in kinds}
    return tuple(sorted(points_of_kind, key=lambda name: (-points_of_kind[name], name)))


def points_of(quarters: Int32s) -> tuple[tuple[str, float], ...]:
    """Return the factors that are not zero with their points in decibans; `quarters` holds one number a factor."""
    return _points_of(quarters.tolist())


def _points_of(quarters: list[int]) -> tuple[tuple[str, float], ...]:
    return tuple([(factor, points / POINT_QUANTUM) for factor, points in zip(FACTORS, quarters, strict=True) if points])
