"""A tenant shard: the order in which buckets report, and how often, leaves no trace."""

import random
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.kernels import BUCKETS
from brainstem.contracts.event import Kind
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import Stated, Statement
from brainstem.contracts.tenant_report import TenantReport
from brainstem.discovery.tenant import SlotOutcome, Tenant
from brainstem.signature.signing import signature_id
from flows.graph.steps import DiscoveryLogic, Sealed
from flows.sources.batches import Progress
from state.discovery.tenant_shard import SHARD_STATE_VERSION, SHARDS, Shard, by_slot, shard_of, split_report
from state.snapshot_codec import slim
from tests.support.examples import examples
from tests.support.streams import assert_plain, in_pieces, works

JOURNALS = works(4, days=8)


def discovered(sealed: Sequence[Sealed], restart: bool) -> tuple[list[str], list[str]]:
    """Pass on what buckets sealed, in this order; return decisions and findings in an order of their own."""
    shards: dict[int, DiscoveryLogic] = {}
    decisions, findings = [], []
    for each in sealed:
        shard = shards.setdefault(each.shard, DiscoveryLogic(None))
        for outcome in shard.on_batch([each])[0]:
            decisions += list(outcome.decisions)
            findings += list(outcome.findings)
        if restart:
            state = shard.snapshot()
            assert_plain(state)
            assert state[0] == SHARD_STATE_VERSION
            shards[each.shard] = DiscoveryLogic(state)
    decisions.sort(key=lambda decision: (decision.tick_us, decision.tenant, decision.family))
    findings.sort(key=lambda finding: (finding.tick_us, finding.tenant, finding.family))
    return [repr(each) for each in decisions], [repr(each) for each in findings]


@cache
def sealed_in_pieces(seed: int) -> tuple[list[Sealed], tuple[list[str], list[str]]]:
    """Return what buckets seal, and what shards make of it in the order in which it was sealed."""
    sealed = in_pieces(JOURNALS, seed, 3, 0.3).sealed
    return sealed, discovered(sealed, restart=False)


@settings(max_examples=examples(10))
@given(seed=st.integers(0, 3), order=st.randoms(use_true_random=False), restart=st.booleans())
def test_buckets_may_report_in_any_order(seed: int, order: random.Random, restart: bool) -> None:
    """As long as each bucket's own reports come in order, decisions and findings are the same."""
    sealed, in_order = sealed_in_pieces(seed)
    by_bucket: dict[int, list[Sealed]] = defaultdict(list)
    for each in sealed:
        by_bucket[each.progress.partition].append(each)
    turns = [bucket for bucket, spoken in by_bucket.items() for _ in spoken]
    order.shuffle(turns)
    queues = {bucket: iter(spoken) for bucket, spoken in by_bucket.items()}
    assert discovered([next(queues[bucket]) for bucket in turns], restart) == in_order


def test_incidents_and_verdicts_survive_a_restart() -> None:
    """What has been learned is part of the state, wherever the run is interrupted."""
    sealed = in_pieces(JOURNALS, 1, 6, 0.3).sealed
    slots = [slot for each in sealed for report in each.reports for slot in report.feature_rows["slot"].tolist()]
    middle = (min(slots) + max(slots)) // 2
    grind = Stated(int(Kind.INCIDENT), "", "T", "grind", "mill stands", "")
    statements = [
        Statement((middle + 40 * number) * SLOT_US, tenant, "file:/tickets", number, grind._replace(name=f"T{number}"))
        for number, tenant in enumerate(("north", "south", "north", "north"))
    ]
    for number, signature in enumerate(
        {label.signature for each in sealed for r in each.reports for label in r.labels.values()}
    ):
        said = Stated(int(Kind.FEEDBACK), "", signature_id(signature), "", "known", "useless")
        statements.append(Statement(middle * SLOT_US, "north", "file:/verdicts", number, said))
    reports = tuple(
        TenantReport(tenant, statements=tuple(each for each in statements if each.tenant == tenant))
        for tenant in ("north", "south")
    )
    sealed = [Sealed(0, Progress(0, -(2**31), closed=False), reports), *sealed]
    decisions, findings = discovered(sealed, restart=False)
    assert discovered(sealed, restart=True) == (decisions, findings)
    assert any("'feedback_useless': 1" in each for each in decisions)


def test_findings_of_a_seal_come_in_order() -> None:
    """Tick, tenant, family."""
    graph = in_pieces(JOURNALS, 1, 2, 0.0)
    shard = Shard()
    for report in graph.reports:
        shard.add_report(report)
    for bucket in range(BUCKETS):
        shard.frontier.advance(bucket, 2**30, closed=True)
    found = shard.seal().findings
    assert found
    assert found == sorted(found, key=lambda each: (each.tick_us, each.tenant, each.family))
    assert shard.seal().findings == []


@cache
def reports_of_north() -> list[TenantReport]:
    """Return what buckets have reported of one tenant."""
    return [report for report in in_pieces(JOURNALS, 2, 2, 0.5).reports if report.tenant == "north"]


@settings(max_examples=examples(20))
@given(cut=st.integers(0, 1200))
def test_a_report_splits_at_a_slot_without_loss(cut: int) -> None:
    """What lies before the slot and the rest are the whole, each on its side."""
    reports = reports_of_north()
    first = min(int(report.feature_rows["slot"].min()) for report in reports if len(report.feature_rows))
    before = first + cut
    halves = [split_report(report, before) for report in reports]
    parts = [part for half in halves for part in half if part is not None]
    for part, late in [(half[late], late) for half in halves for late in (False, True)]:
        if part is None:
            continue
        slots = [*part.feature_rows["slot"].tolist(), *part.births["slot"].tolist(), *(slot for slot, _ in part.cycles)]
        slots += [key[-1] for key in [*part.labels, *part.snippets]]
        assert all((slot >= before) == late for slot in slots)
    for name in ("feature_rows", "births", "evicted"):
        whole = np.concatenate([getattr(report, name) for report in reports])
        assert sum(len(getattr(part, name)) for part in parts) == len(whole)
    assert sum(len(part.snippets) for part in parts) == sum(len(report.snippets) for report in reports)
    sides = [[half[late] for half in halves] for late in (False, True)]
    joined = [[part for part in side if part is not None] for side in sides]
    slots = [report.slot for side in joined if side for report in by_slot(side)]
    assert slots == sorted(set(slots))


@pytest.mark.parametrize("tenant", ["north", "", "../x", "ümläut"])
def test_a_tenant_always_has_the_same_shard(tenant: str) -> None:
    """The shard is a function of the name alone."""
    assert 0 <= shard_of(tenant) < SHARDS
    assert shard_of(tenant) == shard_of("".join(list(tenant)))


@settings(max_examples=examples(6))
@given(seed=st.integers(0, 3), lengths=st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_slots_together_lead_to_what_each_leads_to_alone(seed: int, lengths: list[int]) -> None:
    """Decisions, findings and state are the same, however many slots of a tenant are worked off at once."""
    reports: dict[str, list[TenantReport]] = defaultdict(list)
    for each in sealed_in_pieces(seed)[0]:
        for report in each.reports:
            reports[report.tenant].append(report)
    for name, of_tenant in reports.items():
        alone, together = SlotOutcome(), SlotOutcome()
        one_by_one, many = Tenant(name), Tenant(name)
        for slot_report in by_slot(of_tenant):
            alone.extend(one_by_one.discover(slot_report))
        left = by_slot(of_tenant)
        for length in lengths:
            together.extend(many.discover_all(left[:length]))
            left = left[length:]
        together.extend(many.discover_all(left))
        for outcome in (alone, together):
            outcome.decisions.sort(key=lambda decision: (decision.tick_us, decision.family))
        assert together == alone
        assert many.snapshot() == one_by_one.snapshot()


def test_a_snapshot_says_whether_families_were_evicted() -> None:
    """A run that goes on misses the account of a shard that has evicted."""
    shard = Shard()
    tenant = Tenant("acme")
    shard.restore((*shard.snapshot()[:3], (slim(tenant.snapshot()),), *shard.snapshot()[4:]))
    assert not Shard.has_evicted(shard.snapshot())
    tenant.evicted = 3
    shard.restore((*shard.snapshot()[:3], (slim(tenant.snapshot()),), *shard.snapshot()[4:]))
    assert Shard.has_evicted(shard.snapshot())
    assert shard.evicted == (("acme", 3),)
