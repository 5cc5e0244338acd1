"""Items of two runs are paired so that each stands in one row, whatever the order in which they come."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.reports.backtest.comparison import Change, Row, Shown, compared, counts
from flows.reports.backtest.measures import Ticket, Verdict, measured

HOUR_US = 3_600_000_000


def shown(
    hours: int, family: int = 1, tenant: str = "acme", signatures: tuple[int, ...] = (), number: int = 0
) -> Shown:
    """Return an item that surfaced at an hour."""
    return Shown(
        id=f"i1-{tenant}-{family}-{hours}-{number}",
        tenant=tenant,
        family=f"f1-{family:016x}",
        time_us=hours * HOUR_US,
        kind="novelty",
        kinds=("novelty", "spread"),
        score=1.0,
        what="New on db1: kernel “disk scan found … soft sectors”",
        template="disk scan found <num> soft sectors on unit <num>",
        hosts=("db1",),
        services=("kernel",),
        signatures=tuple(f"s2-{each:016x}" for each in signatures or (family,)),
    )


ITEMS = st.lists(
    st.builds(
        shown,
        st.integers(0, 6),
        st.integers(1, 4),
        st.sampled_from(("acme", "bolt")),
        st.lists(st.integers(1, 6), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


def told(rows: list[Row]) -> list[tuple[str, int | None, int | None]]:
    """Return change and hours of each row."""
    return [
        (
            str(row.change),
            None if row.baseline is None else row.baseline.time_us // HOUR_US,
            None if row.candidate is None else row.candidate.time_us // HOUR_US,
        )
        for row in rows
    ]


@pytest.mark.parametrize(
    ("baseline", "candidate", "rows"),
    [
        ([shown(3)], [shown(3)], [("same", 3, 3)]),
        ([shown(3)], [shown(5)], [("later", 3, 5)]),
        ([shown(5)], [shown(3)], [("earlier", 5, 3)]),
        ([shown(3)], [], [("lost", 3, None)]),
        ([], [shown(3)], [("gained", None, 3)]),
        ([shown(3)], [shown(3, family=2)], [("lost", 3, None), ("gained", None, 3)]),
        ([shown(3)], [shown(3, tenant="bolt")], [("lost", 3, None), ("gained", None, 3)]),
        ([shown(1), shown(8)], [shown(8)], [("lost", 1, None), ("same", 8, 8)]),
        ([shown(1), shown(8)], [shown(2), shown(9)], [("later", 1, 2), ("later", 8, 9)]),
        ([shown(3, 1, signatures=(7, 8))], [shown(4, 2, signatures=(8, 9))], [("later", 3, 4)]),
        (
            [shown(3, 1, signatures=(7,)), shown(6, 2, signatures=(7,))],
            [shown(6, 3, signatures=(7,))],
            [("later", 3, 6), ("lost", 6, None)],
        ),
    ],
)
def test_rows_are_right(
    baseline: list[Shown], candidate: list[Shown], rows: list[tuple[str, int | None, int | None]]
) -> None:
    """By family first, by a common signature where the family has another name, never across tenants."""
    assert sorted(told(compared(baseline, candidate)), key=str) == sorted(rows, key=str)


@given(ITEMS, ITEMS, st.randoms(use_true_random=False))
def test_each_item_stands_in_one_row_and_order_does_not_matter(
    baseline: list[Shown], candidate: list[Shown], chance: random.Random
) -> None:
    """Nothing is told twice, and nothing is left out."""
    rows = compared(baseline, candidate)
    assert sorted(row.baseline.id for row in rows if row.baseline) == sorted(each.id for each in baseline)
    assert sorted(row.candidate.id for row in rows if row.candidate) == sorted(each.id for each in candidate)
    assert all(
        row.baseline is None or row.candidate is None or row.baseline.tenant == row.candidate.tenant for row in rows
    )
    for items in (baseline, candidate):
        chance.shuffle(items)
    assert compared(baseline, candidate) == rows
    assert sum(counts(rows).values()) == len(rows)


@given(ITEMS)
def test_a_run_held_against_itself_has_only_the_same(items: list[Shown]) -> None:
    """Every item at its own time."""
    assert all(row.change is Change.SAME for row in compared(items, list(items)))


def test_recall_precision_and_lead_time_are_those_of_the_definition() -> None:
    """Of four tickets two are warned of; one item is too early, one at another tenant, one after its ticket."""
    day = 24 * HOUR_US
    items = [shown(10), shown(20), shown(30, tenant="bolt"), shown(90, family=2)]
    tickets = [
        Ticket(24 * HOUR_US, "acme", "kernel", "T1", "disk"),
        Ticket(40 * HOUR_US, "acme", "", "T2", "disk"),
        Ticket(89 * HOUR_US, "acme", "", "T3", "later"),
        Ticket(31 * HOUR_US, "bolt", "sshd", "T4", "of another service"),
    ]
    found = measured(items, tickets, [], items, day)
    assert found.lead_times_us == (14 * HOUR_US, 20 * HOUR_US)
    assert (found.incidents, found.warnings, found.items) == (4, 2, 4)
    assert (found.recall, found.precision) == (0.5, 0.5)
    assert found.median_lead_us == 17 * HOUR_US
    assert found.verdict_precision is None is found.verdict_recall


def test_verdicts_are_about_families_and_signatures_and_the_latest_counts() -> None:
    """A verdict on an item of one run speaks for its family in the other."""
    baseline, candidate = [shown(1), shown(2, family=2)], [shown(5), shown(6, family=3)]
    known = [*baseline, *candidate]
    verdicts = [
        Verdict(1, "acme", baseline[0].id, False),
        Verdict(2, "acme", baseline[0].id, True),
        Verdict(1, "acme", baseline[1].id, True),
        Verdict(1, "acme", candidate[1].signatures[0], False),
        Verdict(1, "acme", "i1-of-no-run", True),
        Verdict(1, "bolt", candidate[1].signatures[0], True),
    ]
    before, after = (measured(items, [], verdicts, known, HOUR_US) for items in (baseline, candidate))
    assert (before.useful, before.useless, before.found, before.wanted) == (2, 0, 2, 3)
    assert (after.useful, after.useless, after.found, after.wanted) == (1, 1, 1, 3)
    assert after.verdict_precision == 0.5
    assert before.recall is None


def test_without_items_and_incidents_nothing_is_divided() -> None:
    """None stands for what cannot be told."""
    found = measured([], [], [], [], HOUR_US)
    assert (found.recall, found.precision, found.median_lead_us) == (None, None, None)
    assert measured([], [Ticket(1, "acme", "", "T1", "x")], [], [], HOUR_US).recall == 0.0
