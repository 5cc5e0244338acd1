"""How far event time is complete: never back, never past an input that is still open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.graph.steps import Composed, OrderLogic
from flows.sources.batches import Progress
from state.discovery.tenant_shard import SHARDS
from state.frontier import NOT_YET, Frontier
from tests.support.streams import assert_plain

MOVES = st.lists(st.tuples(st.integers(0, 2), st.integers(-5, 60), st.booleans()), max_size=30)


@given(MOVES)
def test_the_frontier_is_what_all_open_inputs_have_passed(moves: list[tuple[int, int, bool]]) -> None:
    """It is the least of the open inputs, of all inputs' ends once all are closed the last; and it never goes back."""
    frontier, done, closed = Frontier(3), [NOT_YET] * 3, [False] * 3
    before = NOT_YET
    for index, slot, ends in moves:
        if closed[index]:
            continue
        frontier.advance(index, slot, ends)
        done[index], closed[index] = max(done[index], slot), ends
        still_open = [each for each, ended in zip(done, closed, strict=True) if not ended]
        assert frontier.done_before == (min(still_open) if still_open else max(done))
        assert frontier.closed == all(closed)
        assert frontier.done_before >= before
        before = frontier.done_before
        restored = Frontier(3)
        restored.restore(frontier.snapshot())
        assert restored.snapshot() == frontier.snapshot()
        assert_plain(frontier.snapshot())
    assert NOT_YET < 0


def test_an_input_that_reports_less_than_before_changes_nothing() -> None:
    """Progress is a promise and is not taken back."""
    frontier = Frontier(1)
    frontier.advance(0, 10, closed=False)
    frontier.advance(0, 4, closed=False)
    assert frontier.done_before == 10


ITEMS = st.lists(st.tuples(st.integers(0, SHARDS - 1), st.integers(0, 40), st.integers(0, 3)), max_size=40)


@pytest.mark.parametrize("restarts", [False, True])
@given(found=ITEMS, moves=st.lists(st.tuples(st.integers(0, SHARDS - 1), st.integers(0, 45)), max_size=40))
def test_items_of_all_tenants_come_in_one_order(
    restarts: bool, found: list[tuple[int, int, int]], moves: list[tuple[int, int]]
) -> None:
    """Whatever order the shards finish in, items come out once, ordered by tick, tenant and family."""
    slot_us = 600_000_000
    made = sorted(
        {
            ((slot + 1) * slot_us, f"tenant{shard}", family, b"%d/%d/%d" % (slot, shard, family))
            for shard, slot, family in found
        }
    )
    logic, said, told = OrderLogic(None), [0] * SHARDS, []
    ends = [(shard, 100, True) for shard in range(SHARDS)]
    for shard, slot, closed in [*((shard, slot, False) for shard, slot in moves), *ends]:
        low, high = said[shard] * slot_us, slot * slot_us
        items = tuple(item for item in made if item[1] == f"tenant{shard}" and low < item[0] <= high)
        said[shard] = max(said[shard], slot)
        given_now, _ = logic.on_batch([Composed(Progress(shard, said[shard], closed), items)])
        told += list(given_now)
        assert_plain(logic.snapshot())
        assert logic.snapshot()[0] == OrderLogic.VERSION
        if restarts:
            logic = OrderLogic(logic.snapshot())
    assert told == [line for *_, line in made]
