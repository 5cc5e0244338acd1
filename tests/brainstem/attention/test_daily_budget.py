"""The budget of a tenant's day: never more than so many items, the strongest of a tick first, the others held back."""

from collections import Counter
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.attention.daily_budget import Budget
from brainstem.contracts.decision import Decision
from brainstem.contracts.slots import SLOT_US
from brainstem.discovery.tenant import SlotOutcome, Tenant
from brainstem.explain.item import compose
from tests.support.examples import examples
from tests.support.streams import Graph, in_one_go, in_pieces, works
from tests.support.tenants import DAY, STRONG, features, heard_before, tell

FIRST = 20_600 * DAY
"""the first slot of a UTC day; its tick is the second of that day"""
DAY_US = DAY * SLOT_US


def items_by_day(graph: Graph) -> Counter[tuple[str, int]]:
    """Count findings by tenant and UTC day of the tick."""
    return Counter((found.tenant, found.tick_us // DAY_US) for found in graph.findings)


def blockers(outcome: SlotOutcome) -> dict[int, str]:
    """Return the blocker of each decision by family."""
    return {decision.family: decision.blocker for decision in outcome.decisions}


def of(families: list[int], slot: int, tenant: Tenant, newborn: bool = False) -> SlotOutcome:
    """Report families of growing strength that were heard in a slot to a tenant."""
    rows = [features(each, slot, **STRONG | {"silence_runs": 0, "episodes_7d": 0, "severity": 0}) for each in families]
    for row, each in zip(rows, families, strict=True):
        # a longer memory is worth up to two decibans
        row["memory_milli"] = 500 * each
        # what always came at one moment would be told of by one item
        row["last_time"] = slot * SLOT_US + 125_000_000 * (each % 5)
    return tell(tenant, slot, *rows, births=[(each, 0) for each in families] if newborn else None)


def test_what_is_left_of_a_day_begins_anew_with_the_first_tick_of_the_next() -> None:
    """A tick is the end of its slot, so the tick at midnight is of the new day, as in the folders of decisions."""
    budget = Budget(2)
    assert budget.left(FIRST) == 2
    budget.shown = 2
    assert budget.left(FIRST + DAY - 2) == 0
    assert budget.left(FIRST + DAY - 1) == 2


def test_within_a_tick_the_strongest_pass_and_the_others_are_held_back() -> None:
    """Of five at once two are shown; the decisions of the others name what held them back."""
    tenant = heard_before(items_a_day=2)
    outcome = of([1, 2, 3, 4], FIRST + 10, tenant, newborn=True)
    assert {found.family for found in outcome.findings} == {3, 4}
    assert blockers(outcome) == {1: "budget", 2: "budget", 3: "none", 4: "none"}
    assert of([1, 2, 3, 4], FIRST + 11, tenant).decisions == [], "held back is said once"


def test_what_was_held_back_may_be_shown_the_next_day_and_says_so() -> None:
    """At the first tick of the next day the strongest of them are shown; why now names the day before."""
    tenant = heard_before(items_a_day=2)
    of([1, 2, 3, 4, 5], FIRST + 10, tenant, newborn=True)
    outcome = of([1, 2, 3], FIRST + DAY - 1, tenant)
    assert {found.family for found in outcome.findings} == {2, 3}
    assert {found.blocker for found in outcome.findings} == {"budget"}
    assert "had all its items already" in compose(outcome.findings[0], UTC)["data"]["why_now"]
    assert {found.family for found in of([1], FIRST + 2 * DAY - 1, tenant).findings} == {1}


def test_the_budget_survives_a_restart_and_may_be_another_one_then() -> None:
    """How many were shown is state, how many may be shown is a setting of the run."""
    tenant = heard_before(items_a_day=2)
    of([1, 2, 3, 4], FIRST + 10, tenant, newborn=True)
    state = tenant.snapshot()
    assert of([1, 2], FIRST + 12, Tenant.restored(state, items_a_day=2)).findings == []
    assert [found.family for found in of([1, 2], FIRST + 12, Tenant.restored(state, items_a_day=3)).findings] == [2]


@pytest.mark.parametrize("seed", range(3))
def test_no_tenant_has_more_items_a_day_than_it_may(seed: int) -> None:
    """Whatever the stream; and the budget decides, for without it some day would have more."""
    free, bound = in_one_go(works(seed), items_a_day=1000), in_one_go(works(seed), items_a_day=1)
    assert max(items_by_day(free).values()) > 1
    assert max(items_by_day(bound).values()) == 1
    assert any(decision.blocker == "budget" for decision in bound.decisions)
    assert not any(decision.blocker == "budget" for decision in free.decisions)
    assert len(bound.findings) <= len(free.findings)


def first_surfacings(decisions: list[Decision]) -> dict[int, int]:
    """Return the tick at which each family was shown first."""
    found: dict[int, int] = {}
    for decision in sorted(decisions, key=lambda each: each.tick_us):
        if decision.cause == "surfaced":
            found.setdefault(decision.family, decision.tick_us)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_shown_earlier_because_others_are_held_back(seed: int) -> None:
    """The budget delays or withholds; it never hurries."""
    free = first_surfacings(in_one_go(works(seed), items_a_day=1000).decisions)
    bound = first_surfacings(in_one_go(works(seed), items_a_day=1).decisions)
    assert all(free[family] <= tick for family, tick in bound.items())


@settings(max_examples=examples(8))
@given(seed=st.integers(0, 50), journals=st.integers(0, 2), pieces=st.integers(1, 4), items_a_day=st.integers(1, 2))
def test_the_budget_is_the_same_however_the_input_is_cut(
    seed: int, journals: int, pieces: int, items_a_day: int
) -> None:
    """Cut, shuffled, sealed early or late, through restarts: the same decisions and the same findings."""
    stream = works(journals, days=8)
    whole = in_one_go(stream, items_a_day).said()
    assert in_pieces(stream, seed, pieces, 0.4, restarts=0.2, items_a_day=items_a_day).said() == whole
