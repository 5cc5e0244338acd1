"""A tenant shard: the tenants of one share of the keys, and the slots that all buckets have sealed.

Takes tenant reports with the progress of their bucket, returns decisions and findings in the order of slot, tenant and
family.

A report covers several slots of one tenant and comes from one bucket. The shard keeps reports until every bucket has
sealed a slot (`state.frontier`, with buckets as inputs). Then it splits off what lies in later slots from the reports
of each tenant, joins what is left of them, and cuts it into one `SlotReport` a slot. Tenants take turns slot by slot, in
order of their names: what one tenant learns from an incident can be weighed at another from the next slot on, and never
in the same one.

Invariants: nothing depends on which bucket reported first, nor on how often. So everything in a slot is sorted by its
content, statements that several buckets report are counted once, and reports in a snapshot are the same whatever is
sealed later.

Traps: there is one shard (`SHARDS`), because precedents need a place that sees all tenants. Snippets are not cut when a
report is split, only their rows are (`snippets_in_slots`). A report that waits is stored, so what `report_to_plain`
writes has a version: `SHARD_STATE_VERSION`, and that of the bucket's side.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, pairwise
from operator import attrgetter, itemgetter
from typing import Any, Final

import numpy as np

from brainstem.aggregate.kernels import BUCKETS
from brainstem.arrays.aliases import Rows
from brainstem.arrays.hashing import name_hash
from brainstem.arrays.rows import concat, gathered, in_order, order_of, picked, without_repeats
from brainstem.arrays.state_version import require_version
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.notice import NOTICE_DTYPE
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import Statement
from brainstem.contracts.tenant_report import (
    HEARD_DTYPE,
    HealCycle,
    Label,
    SlotReport,
    TenantReport,
    report_from_plain,
    report_to_plain,
)
from brainstem.discovery.incident_memory import TenantMemories
from brainstem.discovery.snippet_texts import concat_snippets, snippets_in_slots
from brainstem.discovery.tenant import SlotOutcome, Tenant
from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from brainstem.evidence.incidents.precedent import Precedents
from state.frontier import NOT_YET, Frontier
from state.snapshot_codec import slim, whole

SHARDS: Final = 1
"""Keys of the discovery step. One, because what preceded an incident of one tenant counts at another, and that takes one
place that sees all tenants in the order of slots (docs/decisions/0009). State is stored by key, so another number is another
state format."""

SHARD_STATE_VERSION: Final = 7


def shard_of(tenant: str) -> int:
    """Return the shard of a tenant."""
    return name_hash(tenant) % SHARDS


class Shard:
    """The state of one tenant shard; `consent` says whose precedents may count at other tenants."""

    def __init__(self, consent: Consent = NO_CONSENT, items_a_day: int = ITEMS_A_DAY) -> None:
        self._items_a_day = items_a_day
        self.frontier = Frontier(BUCKETS)
        self.sealed_before = NOT_YET
        self._memories = TenantMemories(Precedents(consent))
        self._tenants: dict[str, Tenant] = {}
        self._waiting: dict[str, list[TenantReport]] = defaultdict(list)

    def add_report(self, report: TenantReport) -> None:
        """Keep a report until its slots are complete."""
        self._waiting[report.tenant].append(report)

    def seal(self) -> SlotOutcome:
        """Discover every slot that all buckets have sealed; return what these slots led to."""
        before = self.frontier.done_before
        outcome = SlotOutcome()
        if before <= self.sealed_before:
            return outcome
        if self._memories.precedents or self._has_statements(before):
            # tenants take turns slot by slot: what one has learned of an incident counts at another from the next slot on
            turns = [
                (report.slot, name, report) for name in sorted(self._waiting) for report in self._take(name, before)
            ]
            for _, name, report in sorted(turns, key=itemgetter(0, 1)):
                outcome.extend(self._tenant(name).discover_all([report]))
        else:
            # the rows of a tenant are cut into slots once those of the one before are judged and forgotten
            for name in sorted(self._waiting):
                outcome.extend(self._tenant(name).discover_all(self._take(name, before)))
        self.sealed_before = before
        outcome.decisions.sort(key=attrgetter("tick_us", "tenant", "family"))
        # findings of a tenant's slot stay in the order of their rank
        outcome.findings.sort(key=attrgetter("tick_us", "tenant"))
        return outcome

    def _take(self, tenant: str, before: int) -> list[SlotReport]:
        """Take what was reported of a tenant's slots below `before`, slot by slot."""
        halves = [split_report(report, before) for report in self._waiting.pop(tenant)]
        rest = [late for _, late in halves if late is not None]
        if rest:
            self._waiting[tenant] = rest
        complete = [early for early, _ in halves if early is not None]
        return by_slot(complete) if complete else []

    def _has_statements(self, before: int) -> bool:
        """Return whether people stated anything in the slots below `before`."""
        return any(
            statement.time_us // SLOT_US < before
            for reports in self._waiting.values()
            for report in reports
            for statement in report.statements
        )

    @property
    def features_waiting(self) -> int:
        """Return how many rows of features wait for their slots to be complete."""
        return sum(len(report.feature_rows) for reports in self._waiting.values() for report in reports)

    @property
    def evicted(self) -> tuple[tuple[str, int], ...]:
        """Return the tenants of which families were evicted, and of how many of each so far."""
        return tuple((name, tenant.evicted) for name, tenant in sorted(self._tenants.items()) if tenant.evicted)

    def _tenant(self, name: str) -> Tenant:
        """Return a tenant by name, a new one where it is heard for the first time."""
        if name not in self._tenants:
            self._tenants[name] = Tenant(name, self._memories, self._items_a_day)
        return self._tenants[name]

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first."""
        waiting = [report for name in sorted(self._waiting) for report in self._waiting[name]]
        return (
            SHARD_STATE_VERSION,
            self.frontier.snapshot(),
            self.sealed_before,
            tuple(slim(self._tenants[name].snapshot()) for name in sorted(self._tenants)),
            tuple(report_to_plain(report) for report in waiting),
            self._memories.precedents.snapshot(),
        )

    @staticmethod
    def judged_before(state: tuple[Any, ...]) -> int:
        """Return the first slot that is not judged in a snapshot."""
        require_version("a shard of tenants", state[0], SHARD_STATE_VERSION)
        return int(state[2])

    @staticmethod
    def has_evicted(state: tuple[Any, ...]) -> bool:
        """Return whether families of a tenant were evicted by the time of a snapshot."""
        require_version("a shard of tenants", state[0], SHARD_STATE_VERSION)
        # the last number of a tenant's counts, which `Tenant.snapshot` puts before what it is acquainted with
        return any(tenant[-2][-1] for tenant in state[3])

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("a shard of tenants", state[0], SHARD_STATE_VERSION)
        _, frontier, self.sealed_before, tenants, waiting, precedents = state
        self.frontier.restore(frontier)
        restored = [Tenant.restored(whole(tenant), self._memories, self._items_a_day) for tenant in tenants]
        self._tenants = {tenant.name: tenant for tenant in restored}
        self._memories.precedents.restore(precedents)
        for plain in waiting:
            self.add_report(report_from_plain(plain))


def split_report(report: TenantReport, before: int) -> tuple[TenantReport | None, TenantReport | None]:
    """Split a report at a slot; return what lies before it and the rest, None where there is nothing of that."""
    rows = (report.feature_rows, report.births, report.notices, report.heard, report.returns, report.evicted)
    is_after = [part["slot"] >= before for part in rows]
    late = [
        *(bool(flags.any()) for flags in is_after),
        any(slot >= before for slot, _ in report.cycles),
        any(each.time_us // SLOT_US >= before for each in report.statements),
    ]
    if not any(late):
        return report, None
    early = [
        *(not flags.all() for flags in is_after),
        any(slot < before for slot, _ in report.cycles),
        any(each.time_us // SLOT_US < before for each in report.statements),
    ]
    if not any(early):
        return None, report
    halves = [
        TenantReport(
            report.tenant,
            picked(report.feature_rows, kept[0]),
            picked(report.births, kept[1]),
            tuple(cycle for cycle in report.cycles if (cycle[0] >= before) == is_late),
            {key: label for key, label in report.labels.items() if (key[1] >= before) == is_late},
            snippets_in_slots(report.snippets, before, is_late),
            picked(report.notices, kept[2]),
            picked(report.heard, kept[3]),
            tuple(each for each in report.statements if (each.time_us // SLOT_US >= before) == is_late),
            picked(report.returns, kept[4]),
            picked(report.evicted, kept[5]),
        )
        for is_late, kept in ((False, [~flags for flags in is_after]), (True, is_after))
    ]
    return halves[0], halves[1]


def _features_of(reports: Sequence[TenantReport]) -> Rows:
    """Return the features of several reports in order of slots; whole families before facets, each in order of families."""
    parts = [report.feature_rows for report in reports]
    slot, facet, family = (np.concatenate([part[name] for part in parts]) for name in ("slot", "facet", "family"))
    return gathered(parts, order_of(slot, facet != 0, family, facet), FEATURES_DTYPE)


def by_slot(reports: Sequence[TenantReport]) -> list[SlotReport]:
    """Join reports of a tenant, one at least, and cut them into slots, each in an order that does not depend on which
    bucket reported first.
    """
    feature_rows = _features_of(reports)
    snippets = concat_snippets([report.snippets for report in reports])
    births: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for slot, member, family in chain.from_iterable(report.births.tolist() for report in reports):
        births[slot].append((member, family))
    cycles: dict[int, list[HealCycle]] = defaultdict(list)
    for slot, cycle in chain.from_iterable(report.cycles for report in reports):
        cycles[slot].append(cycle)
    labels: dict[int, dict[int, Label]] = defaultdict(dict)
    for (family, slot), label in chain.from_iterable(report.labels.items() for report in reports):
        labels[slot][family] = label
    statements: dict[int, list[Statement]] = defaultdict(list)
    # all buckets may report the same statement
    for statement in dict.fromkeys(chain.from_iterable(report.statements for report in reports)):
        statements[statement.time_us // SLOT_US].append(statement)
    returned: dict[int, dict[int, int]] = defaultdict(dict)
    for slot, member, first_slot in chain.from_iterable(report.returns.tolist() for report in reports):
        returned[slot][member] = first_slot
    evicted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for slot, member, family in chain.from_iterable(report.evicted.tolist() for report in reports):
        evicted[slot].append((member, family))
    slots = sorted({*statements, *births, *evicted, *cycles, *np.unique(feature_rows["slot"]).tolist()})
    edges = [*slots, 2**31 - 1]
    cuts = np.searchsorted(feature_rows["slot"], edges)
    wholes = np.concatenate([[0], np.cumsum(feature_rows["facet"] == 0)])[cuts]
    events = np.concatenate([[0], np.cumsum(feature_rows["last_time"] // SLOT_US == feature_rows["slot"])])[cuts]
    all_notices = concat([report.notices for report in reports], NOTICE_DTYPE)
    notices = in_order(all_notices, "slot", "member", "kind", "facet_kind", "facet", "host", "last_milli", "instead_of")
    notice_cuts = np.searchsorted(notices["slot"], edges).tolist()
    heard = without_repeats(
        in_order(concat([report.heard for report in reports], HEARD_DTYPE), "slot", "source", "host")
    )
    heard_cuts = np.searchsorted(heard["slot"], edges).tolist()
    return [
        SlotReport(
            slot,
            sorted(births[slot]) if slot in births else [],
            sorted(cycles[slot], key=attrgetter("down_us", "names", "member")) if slot in cycles else [],
            feature_rows[low:high],
            labels.get(slot, {}),
            snippets,
            notices[notice_low:notice_high],
            heard[heard_low:heard_high],
            statements.get(slot, ()),
            returned.get(slot, {}),
            sorted(evicted[slot]) if slot in evicted else (),
            families,
            has_events > 0,
            feature_rows,
            low,
        )
        for slot, (low, high), (notice_low, notice_high), (heard_low, heard_high), families, has_events in zip(
            slots,
            pairwise(cuts.tolist()),
            pairwise(notice_cuts),
            pairwise(heard_cuts),
            np.diff(wholes).tolist(),
            np.diff(events).tolist(),
            strict=True,
        )
    ]
