"""A bucket: what it reports depends on the events alone, and agrees with a recomputation from them."""

import pickle
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.hashing import name_hash
from brainstem.attention.bounds import MAY_SURFACE, NEVER_YET, may_surface
from brainstem.contracts.features import FEATURES_DTYPE, ONE_MEMBER
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import TenantReport, report_from_plain, report_to_plain
from brainstem.discovery.snippet_texts import LINES_KEPT
from state.attention.bucket import Bucket
from state.attention.membership import SIGNATURES_SHOWN
from tests.support.examples import examples
from tests.support.oracles import Happening, ServiceStory, Story, features_of
from tests.support.streams import (
    Graph,
    Journal,
    assert_plain,
    deltas_of,
    events_of,
    in_one_go,
    in_pieces,
    last_slot,
    works,
)

OF_BUCKETS = tuple(
    name
    for name in FEATURES_DTYPE.names or ()
    if name
    not in (
        *("heal_cycles_7d", "heal_entities", "heal_seconds", "active_families"),
        *("rising_together", "spreading_together", "born_together", "born_after_slots", "tenant_age_slots"),
        *("service_births_2d", "service_families", "facet", "facet_kind", "siblings"),
    )
)


def joined(reports: list[TenantReport]) -> dict[str, tuple[object, ...]]:
    """Join the reports of all buckets and seals by tenant, in an order that does not depend on how they came.

    Left out is what is said of single members: a bucket says it of those that are several by the end of a seal, and the
    tenant takes it up from the slot on in which they are.
    """
    shares: dict[str, list[TenantReport]] = defaultdict(list)
    for report in reports:
        shares[report.tenant].append(report)
    said: dict[str, tuple[object, ...]] = {}
    for tenant, parts in shares.items():
        feature_rows = np.concatenate([part.feature_rows for part in parts])
        births = np.concatenate([part.births for part in parts])
        of_all = feature_rows[feature_rows["facet_kind"] != ONE_MEMBER]
        said[tenant] = (
            of_all[np.lexsort((of_all["facet"], of_all["family"], of_all["slot"]))].tobytes(),
            np.sort(births).tobytes(),
            sorted(
                (slot, cycle.down_us, cycle.names, cycle.member, cycle.seconds)
                for part in parts
                for slot, cycle in part.cycles
            ),
            {key: label for part in parts for key, label in part.labels.items()},
            {key: each for part in parts for key, each in part.snippets.items() if key[0] != key[1]},
            np.sort(np.concatenate([part.notices for part in parts])).tobytes(),
            np.unique(np.concatenate([part.heard for part in parts])).tobytes(),
        )
    return said


@settings(max_examples=examples(15))
@given(
    seed=st.integers(0, 8),
    shuffle=st.integers(0, 2**32),
    pieces=st.integers(1, 12),
    seals=st.sampled_from([0.0, 0.2, 1.0]),
    restarts=st.sampled_from([0.0, 0.3]),
    stride_slots=st.sampled_from([1, 1, 7, 24]),
)
def test_reports_do_not_depend_on_how_the_stream_was_batched(
    seed: int, shuffle: int, pieces: int, seals: float, restarts: float, stride_slots: int
) -> None:
    """Any batches, any order of shares, any seals, restarted or not: reports, decisions and findings are the same."""
    journals = works(seed, days=8)
    whole = in_one_go(journals)
    cut = in_pieces(journals, shuffle, pieces, seals, restarts, stride_slots=stride_slots)
    assert joined(cut.reports) == joined(whole.reports)
    assert cut.said() == whole.said()


@pytest.mark.parametrize("seed", range(2))
def test_the_features_of_a_stream_are_those_of_its_events(seed: int) -> None:
    """Each family's features, with all the merging of families on the way, agree with the union of its events so far."""
    journals = works(seed, tenants=("north",))
    graph = in_one_go(journals)
    events = [event for journal in journals for event in events_of(journal)]
    births = sorted(birth for report in graph.reports for birth in report.births.tolist())
    services: dict[int, ServiceStory] = defaultdict(ServiceStory)
    for event in events:
        services[event["service"]].spoke.add((event["slot"], event["member"], event["host"]))
    feature_rows = np.concatenate([report.feature_rows for report in graph.reports])
    feature_rows = feature_rows[feature_rows["facet"] == 0]
    checked = 0
    for features in feature_rows[::3]:
        slot, family = int(features["slot"]), int(features["family"])
        absorbed_by = {member: into for born, member, into in births if into and born <= slot}
        members = {event["member"] for event in events if root_of(event["member"], absorbed_by) == family}
        story = Story(
            [
                Happening(
                    event["time"],
                    event["host"],
                    event["severity"],
                    event["cue"],
                    event["polarity"] < 0,
                    event["member"],
                )
                for event in events
                if event["member"] in members and event["slot"] <= slot
            ],
            service=next(services[event["service"]] for event in events if event["member"] == family),
        )
        expected = features_of(story, slot)
        for name in OF_BUCKETS:
            # numbers have an oracle of their own
            if name in expected:
                rounded = name.endswith("_milli") or name == "clock_permille"
                assert abs(int(features[name]) - expected[name]) <= rounded, (name, slot)
        checked += len(members) > 1
    assert checked, "no family of several members was read"


def root_of(member: int, absorbed_by: dict[int, int]) -> int:
    """Follow a member to the family that it belongs to."""
    while member in absorbed_by:
        member = absorbed_by[member]
    return member


def test_snippets_show_what_was_known_by_then() -> None:
    """A snippet is made wherever a family may surface, with lines up to its slot, the first one always among them."""
    graph = in_one_go(works(0))
    shown = 0
    begun: dict[str, int] = {}
    for report in graph.reports:
        begun[report.tenant] = min([begun.get(report.tenant, 2**31), *report.feature_rows["slot"].tolist()])
    for report in graph.reports:
        best = report.feature_rows.copy()
        best["tenant_age_slots"] = best["slot"] - begun[report.tenant]
        best["born_after_slots"] = best["first_time"] // SLOT_US - begun[report.tenant]
        may = report.feature_rows[may_surface(best, NEVER_YET, NEVER_YET, best["stateful"]) == MAY_SURFACE]
        assert {tuple(row) for row in may[["family", "facet", "slot"]].tolist()} <= report.snippets.keys()
        firsts = {tuple(row[:2]): row[2] for row in report.feature_rows[["family", "facet", "first_time"]].tolist()}
        for (family, facet, slot), snippet in report.snippets.items():
            times = [line.event_time_us for line in snippet.evidence]
            assert times
            assert max(times) < (slot + 1) * 600_000_000
            # a facet is kept from its second slot on; what only a notice tells of may have no reading
            if (family, facet) in firsts:
                assert min(times) == firsts[family, facet] if facet == 0 else min(times) > firsts[family, facet]
            assert len(times) <= LINES_KEPT + 1
            assert len(set(snippet.evidence)) == len(snippet.evidence)
            assert 1 <= len(snippet.signatures) <= SIGNATURES_SHOWN
            tenant, service = name_hash(report.tenant), name_hash(snippet.service)
            assert member_key(tenant, service, snippet.signatures[0]) == family
            if snippet.entity:
                assert all(snippet.entity.encode() in line.raw for line in snippet.evidence)
            assert {line.host for line in snippet.evidence} <= set(snippet.hosts)
            shown += 1
    assert shown


def test_snippets_go_to_other_processes_with_their_own_texts_only() -> None:
    """Pickled and back they are the same, without the names and texts of what they do not show."""
    reports = [report for report in in_one_go(works(3)).reports if report.snippets]
    assert reports
    for report in reports:
        byte_count = pickle.dumps(report.snippets)
        moved = pickle.loads(byte_count)  # noqa: S301 - our own bytes
        assert dict(moved) == dict(report.snippets)
        lines = {line for snippet in moved.values() for line in snippet.evidence}
        assert len(byte_count) < 4000 + 500 * len(moved) + 300 * len(lines)
        with pytest.raises(KeyError):
            moved[1, 2, 3]


def test_reports_go_through_a_snapshot_whole() -> None:
    """Plain values and back: nothing is lost."""
    for report in in_one_go(works(3)).reports:
        plain = report_to_plain(report)
        assert_plain(plain)
        assert joined([report_from_plain(plain)]) == joined([report])


def test_sealing_again_reports_nothing_new() -> None:
    """Without progress there is nothing to seal; a bucket without deltas reports nothing."""
    graph = Graph()
    graph.take([], 100)
    graph.take([], 100)
    assert graph.reports == []
    assert graph.said() == ([], [])
    graph.take([], 100, closed=True)
    assert graph.said() == ([], [])


def spelled_twice() -> list[Journal]:
    """Return an entity that two hosts' programs spell differently."""
    (gates, mills) = works(0, tenants=("north",))
    other = tuple((at, line.replace("steam4", "STEAM4")) if at.day % 2 else (at, line) for at, line in mills.lines)
    return [gates, Journal(mills.tenant, mills.source, other)]


def test_an_entity_is_shown_as_its_own_event_spells_it() -> None:
    """Which of several spellings is shown does not depend on the batches."""
    journals = spelled_twice()
    whole = in_one_go(journals)
    for shuffle in range(6):
        assert joined(in_pieces(journals, shuffle, 8, 0.5).reports) == joined(whole.reports)


def test_a_bucket_that_has_heard_nothing_since_gives_the_same_bytes_and_one_that_has_gives_others() -> None:
    """What is kept from one snapshot to the next holds for as long as nothing has changed, and no longer."""
    shares = deltas_of(works(3, days=3)[0])
    bucket = Bucket(1)
    for share in shares:
        bucket.add_deltas(share)
    before = bucket.snapshot()
    assert all(one is other for one, other in zip(before[3], bucket.snapshot()[3], strict=True))
    bucket.frontier.advance(0, last_slot(shares) + 1, closed=True)
    bucket.seal()
    after = bucket.snapshot()
    assert after[3] != before[3]
    restored = Bucket(1)
    restored.restore(after)
    assert restored.snapshot() == after
    bucket.add_deltas(shares[0])
    assert bucket.snapshot()[3] != after[3]
