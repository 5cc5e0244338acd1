"""Forgetting: memory has a bound however many kinds of message come, what comes back is known, no cut decides anything."""

import random
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.graph.steps import AttentionLogic
from state.attention import bucket as bucket_module
from state.attention import eviction
from state.attention.bucket import Bucket
from state.attention.eviction import EvictionTraces, to_evict
from tests.support.examples import examples
from tests.support.streams import START, Graph, Journal, Line, deltas_of, in_one_go, in_pieces, last_slot, works

MOST, LEFT = 40, 25
SYLLABLES = [one + two for one in "bdfgklmnprstvz" for two in "aeiou"]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make buckets hold few families, facets and traces."""
    monkeypatch.setattr(bucket_module, "FAMILIES_MOST", MOST)
    monkeypatch.setattr(bucket_module, "FAMILIES_LEFT", LEFT)
    monkeypatch.setattr(bucket_module, "FACETS_WAITING_MOST", 60)
    monkeypatch.setattr(eviction, "TRACES_AT_ONCE", 64)


def babble(seed: int, days: int, a_day: int, tenant: str = "north", program: str = "babble") -> Journal:
    """Return lines of words that were never heard before, some of which come again on another day."""
    dice = random.Random(seed)
    lines: list[Line] = []
    said: list[str] = []
    for day in range(days):
        for _ in range(a_day):
            at = START + timedelta(days=day, seconds=dice.randrange(86_400))
            words = ["".join(dice.choices(SYLLABLES, k=4)) for _ in range(4)]
            text = dice.choice(said) if said and dice.random() < 0.05 else f"{words[0]} met {words[1]} for {words[2]}"
            said.append(text)
            lines.append((at, f"host{dice.randrange(3)} {program}[4]: {text}"))
    return Journal(tenant, f"file:/{tenant}/{program}.log", tuple(sorted(lines)))


def buckets_of(graph: Graph) -> list[Bucket]:
    """Return the buckets of a graph that seals slot by slot."""
    return [logic._bucket for logic in graph.buckets if isinstance(logic, AttentionLogic)]


def sizes(graph: Graph) -> list[int]:
    """Return how many families each bucket holds."""
    return [len(bucket._membership) for bucket in buckets_of(graph)]


def forgotten(graph: Graph) -> int:
    """Count the families that buckets reported as evicted."""
    return sum(len({row[2] for row in report.evicted.tolist()}) for report in graph.reports)


def test_the_quietest_go_first_and_ties_go_by_key() -> None:
    """Heard in one slot before heard in several, longest ago before lately, then by key."""
    episodes = np.array([1, 5, 1, 1, 2], np.int32)
    last = np.array([9, 1, 3, 3, 2], np.int32)
    families = np.array([1, 2, 4, 3, 5], np.uint64)
    assert to_evict(episodes, last, families, 0).tolist() == [3, 2, 0, 1, 4]
    assert to_evict(episodes, last, families, 3).tolist() == [3, 2]
    assert to_evict(episodes, last, families, 9).tolist() == []


@settings(max_examples=examples(30))
@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 10**6)), max_size=300), st.integers(50, 500))
def test_a_trace_holds_the_first_minute_and_the_oldest_are_dropped(left: list[tuple[int, int]], most: int) -> None:
    """A trace that is kept has its earliest minute; restarts change nothing; there are never too many."""
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        context.setattr(eviction, "TRACES_AT_ONCE", 16)
        context.setattr(eviction, "TRACES_MOST", most)
        traces = EvictionTraces()
        for member, minute in left:
            traces.add([member], [minute])
            restored = EvictionTraces()
            restored.restore(traces.snapshot())
            assert restored.snapshot() == traces.snapshot()
    assert len(traces) <= most + 16
    known = {member: min(minute for each, minute in left if each == member) for member, _ in left}
    for member, minute in known.items():
        assert traces.first_minute_of(member) in (
            {minute} if len(known) <= most - 16 else {minute, None, *dict(left).values()}
        )
    assert traces.first_minute_of(999) is None


def test_a_bucket_holds_no_more_families_than_it_may() -> None:
    """At every seal; and the tenant holds no more attention states than its buckets hold families."""
    graph = Graph()
    shares = [deltas for deltas in deltas_of(babble(1, 4, 200), range(0, 800, 100)) if len(deltas.rows)]
    for deltas in shares:
        graph.take([deltas], int(deltas.rows["slot"].max()))
        assert max(sizes(graph)) <= MOST
    graph.take([], last_slot(shares) + 1, closed=True)
    assert forgotten(graph) > 500
    (tenant,) = graph.shards[0]._shard._tenants.values()
    assert tenant.evicted == forgotten(graph)
    assert len(list(tenant._state_table)) <= MOST
    assert len(tenant._state_table.table) <= 4 * (MOST + 200)
    assert len(tenant._incident_memory._row_of_shape) <= 2 * MOST
    assert len(buckets_of(graph)) == len(graph.buckets)
    for bucket in buckets_of(graph):
        assert len(bucket._membership._row_of) == sum(
            len(profile.signatures) for profile in bucket._membership._profiles.values()
        )
        assert len(bucket._families) <= 4 * MOST
        members = {int(row["member"]) for table in (bucket._schedules._table,) for row in table.rows[: len(table)]}
        assert all(bucket._membership._row_of.rows_of(np.array([member], np.uint64))[0] >= 0 for member in members)


@cache
def babbling(stream: int) -> tuple[list[Journal], Graph]:
    """Return journals with much that is heard once, and what becomes of them where they are not cut."""
    journals = [*works(stream, days=4), babble(stream, 4, 60), babble(stream + 9, 4, 40, "south", "chatter")]
    return journals, in_one_go(journals)


@settings(max_examples=examples(4))
@given(
    seed=st.integers(0, 60), stream=st.integers(0, 2), pieces=st.integers(1, 5), restarts=st.sampled_from([0.0, 0.3])
)
def test_what_is_evicted_does_not_depend_on_the_batches(seed: int, stream: int, pieces: int, restarts: float) -> None:
    """Cut, shuffled, sealed early or late, through restarts: the same decisions and the same findings."""
    journals, whole = babbling(stream)
    assert forgotten(whole) > 50
    again = in_pieces(journals, seed, pieces, 0.4, restarts)
    assert again.said() == whole.said()
    assert forgotten(again) == forgotten(whole)


def test_what_comes_back_is_not_new() -> None:
    """A message that was evicted and is heard again keeps the time of its first line."""
    came = (START + timedelta(hours=1), "host1 babble[4]: the lamp of the long room went dim")
    back = (START + timedelta(days=3), "host1 babble[4]: the lamp of the long room went dim")
    noise = babble(5, 3, 150)
    graph = in_one_go([Journal(noise.tenant, noise.source, tuple(sorted([*noise.lines, came, back])))])
    (family,) = {each.family for each in graph.decisions if each.template.startswith("the lamp")}
    feature_rows = np.concatenate([report.feature_rows for report in graph.reports])
    last = feature_rows[(feature_rows["family"] == np.uint64(family)) & (feature_rows["facet"] == 0)][-1]
    assert last["first_time"] == int(came[0].timestamp()) // 60 * 60_000_000
    assert last["episodes"] == 2
    assert family in {row[1] for report in graph.reports for row in report.returns.tolist()}
    assert [each.cause for each in graph.decisions if each.family == family].count("born") == 1


def test_a_signal_among_babble_surfaces() -> None:
    """A number that falls, reported once a day among ever new words of the same program, is shown."""
    noise = babble(3, 19, 60)
    left = [
        (START + timedelta(days=day, hours=5), f"host1 babble[4]: stock of lamp oil is at {20 - day} barrels")
        for day in range(19)
    ]
    graph = in_one_go([Journal(noise.tenant, noise.source, tuple(sorted([*noise.lines, *left])))])
    assert forgotten(graph) > 500
    assert [found.template for found in graph.findings if "lamp oil" in found.template]
