"""Services: since when, and how busy, as deltas are told of it, against a count over all of them."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.deltas import compact
from brainstem.aggregate.kernels import DELTA_DTYPE
from brainstem.arrays.aliases import Rows
from state.attention.service_table import ServiceTable
from tests.support.examples import examples
from tests.support.oracles import ServiceStory
from tests.support.streams import assert_plain

BIRTH = 2_950_013
DAY = 144
GAPS = (0, 0, 1, 2, 5, 6, 30, DAY, 3 * DAY, 17 * DAY, 40 * DAY)


@st.composite
def spoken(draw: st.DrawFn) -> Rows:
    """Draw deltas of two tenants' services on a few hosts, in order."""
    slot, told = BIRTH, []
    for _ in range(draw(st.integers(1, 12))):
        slot += draw(st.sampled_from(GAPS))
        every = draw(st.sampled_from([1, 3, 7, 36]))
        for number in range(draw(st.integers(1, 60))):
            told.append((slot, draw(st.integers(1, 2)), draw(st.integers(1, 3)), 1 + number % 4, 1 + number % 3))
            slot += every
    rows = np.zeros(len(told), DELTA_DTYPE)
    for row, (at, tenant, service, member, host) in zip(rows, told, strict=True):
        row["slot"], row["tenant"], row["service"], row["host"] = at, tenant, service, host
        row["member"] = 100 * tenant + 10 * service + member
    return compact(rows)


@settings(max_examples=examples(50))
@given(rows=spoken(), cuts=st.lists(st.integers(0, 700), max_size=4), restarts=st.booleans())
def test_deltas_are_told_of_their_service(rows: Rows, cuts: list[int], restarts: bool) -> None:
    """First slot, first slot on the host, and activity of a day and of three against two weeks before, however cut."""
    table = ServiceTable()
    slots = np.unique(rows["slot"])
    edges = sorted({0, len(slots), *(cut for cut in cuts if cut < len(slots))})
    for low, high in pairwise(edges):
        part = rows[np.isin(rows["slot"], slots[low:high])]
        table.fill_activity(part)
        rows[np.isin(rows["slot"], slots[low:high])] = part
        if restarts:
            state = table.snapshot()
            assert_plain(state)
            table = ServiceTable()
            table.restore(state)
            assert table.snapshot() == state
    stories: dict[tuple[int, int], ServiceStory] = {}
    for row in rows:
        story = stories.setdefault((int(row["tenant"]), int(row["service"])), ServiceStory())
        story.spoke.add((int(row["slot"]), int(row["member"]), int(row["host"])))
    for row in rows[:: max(1, len(rows) // 60)]:
        slot = int(row["slot"])
        spoke = stories[int(row["tenant"]), int(row["service"])].spoke
        story = ServiceStory({each for each in spoke if each[0] <= slot})
        assert row["service_slot"] == story.first_slot
        assert row["service_host_slot"] == story.came_to(int(row["host"]))
        assert (row["service_24h"], row["service_before_24h_milli"]) == story.activity(slot, 1)
        assert (row["service_72h"], row["service_before_72h_milli"]) == story.activity(slot, 3)


def test_many_tenants_of_one_service_have_room() -> None:
    """A thousand tenants with the same service on a host of the same name are a thousand services."""
    rows = np.zeros(1000, DELTA_DTYPE)
    rows["slot"], rows["service"], rows["host"] = BIRTH, 7, 9
    rows["tenant"] = np.arange(1, 1001, dtype=np.uint64)
    table = ServiceTable()
    table.fill_activity(rows)
    rows["slot"] += 5
    table.fill_activity(rows)
    assert (rows["service_slot"] == BIRTH).all()
    assert (rows["service_host_slot"] == BIRTH).all()


def test_no_deltas_are_told_nothing() -> None:
    """An empty seal leaves the table as it was."""
    table = ServiceTable()
    before = table.snapshot()
    table.fill_activity(np.zeros(0, DELTA_DTYPE))
    assert table.snapshot() == before
