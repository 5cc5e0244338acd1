"""Forgetting: lines go by the band of their family and their age, and what is stored is kept or counted at every moment."""

import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.contracts.decision import NO_FACTS, Decision, decisions_to_arrow
from state.store.background import Background
from state.store.compaction import AT_THE_END, MIXED_FILES, WRITING, compact_store
from state.store.forgetting import forget
from state.store.forgotten_counts import Place, counts_of, joined_places, places_of
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import finish_swaps, published_files
from state.store.parquet_store import PartitionedParquet, read_evidence
from state.store.readers import reading
from tests.state.store.test_parquet_store import batch

WRITER = "ev-p0"
DAYS = 60
STEPS = [
    WRITING,
    "after writing outputs",
    "after beginning the swap",
    "after renaming an output",
    "after removing an input",
    "after ending the swap",
]


class StopHereError(Exception):
    """The process dies here."""


def store(
    out: Path, band: Band = Band.IGNORE_FAST, days: int = DAYS, tenants: tuple[str, ...] = ("acme", "bolt")
) -> None:
    """Write an event an hour of each tenant for some days, and a decision that its family has been in a band."""
    evidence = PartitionedParquet(out / EVIDENCE.folder, EVIDENCE, "p0")
    evidence.recover(0)
    for day in range(days):
        for tenant in tenants:
            places = list(range(day * 24, day * 24 + 24))
            evidence.add(batch([tenant] * 24, [f"kafka:{tenant}/0"] * 24, places, [day] * 24))
        if day % 7 == 6 or day == days - 1:
            evidence.publish(evidence.stage())
    rows = read_evidence(out).select("tenant", "service", "signature").unique().collect()
    decisions = PartitionedParquet(out / DECISIONS.folder, DECISIONS, "p0")
    decisions.recover(0)
    made = [
        decided(tenant, service, signature, BEHAVIOURS[band].title) for tenant, service, signature in rows.iter_rows()
    ]
    decisions.add(decisions_to_arrow(made))
    decisions.publish(decisions.stage())
    compact_store(out / EVIDENCE.folder, EVIDENCE, AT_THE_END)


def decided(tenant: str, service: str, signature: int, band: str) -> Decision:
    """Return a decision that has raised a family to a band."""
    return Decision(
        tenant, 0, signature, signature, service, "x", "ignore-fast", band, "born", "none", 0.0, 0.0, (), NO_FACTS
    )


def stored(out: Path) -> set[tuple[str, int]]:
    """Return tenant and position of the lines that are kept; each once."""
    rows = read_evidence(out).select(pl.col("tenant").cast(pl.String), "position").collect().rows()
    assert len(rows) == len(set(rows))
    return set(rows)


def forgotten(out: Path) -> set[tuple[str, int]]:
    """Return tenant and position of the lines that are forgotten; each once."""
    found = [(place.tenant, position) for place in places_of(out) for position in range(place.begin, place.last + 1)]
    assert len(found) == len(set(found))
    assert int(counts_of(out)["events"].sum()) == len(found)
    return set(found)


def all_lines(days: int = DAYS) -> set[tuple[str, int]]:
    """Return what `store` has written."""
    return {(tenant, position) for tenant in ("acme", "bolt") for position in range(days * 24)}


@pytest.mark.parametrize("band", list(Band))
def test_lines_are_kept_as_long_as_the_band_of_their_family_says(tmp_path: Path, band: Band) -> None:
    """Counted back from the tenant's latest day; the others are counted, in their place."""
    store(tmp_path, band)
    forget(tmp_path, WRITER)
    first_kept = max(0, DAYS - BEHAVIOURS[band].evidence_days)
    assert stored(tmp_path) == {each for each in all_lines() if each[1] >= first_kept * 24}
    assert stored(tmp_path) | forgotten(tmp_path) == all_lines()
    assert not stored(tmp_path) & forgotten(tmp_path)
    assert forget(tmp_path, WRITER).lines == 0


def test_a_line_of_no_family_is_kept(tmp_path: Path) -> None:
    """As tickets and verdicts are, which have no band."""
    store(tmp_path)
    for path in published_files(tmp_path / DECISIONS.folder):
        path.unlink()
    assert forget(tmp_path, WRITER).lines == 0
    assert stored(tmp_path) == all_lines()


def test_what_joined_a_family_that_was_shown_is_kept_as_long(tmp_path: Path) -> None:
    """Its lines are evidence of that family now."""
    store(tmp_path, tenants=("acme",))
    rows = read_evidence(tmp_path).select("service", "signature").unique().collect().rows()
    more = PartitionedParquet(tmp_path / DECISIONS.folder, DECISIONS, "p1")
    more.recover(0)
    joins = [
        replace(decided("acme", service, signature, "background"), cause="joined", joined_family=99)
        for service, signature in rows
    ]
    shown = replace(decided("acme", "porter", 99, "promote"), cause="surfaced")
    more.add(decisions_to_arrow([*joins, shown]))
    more.publish(more.stage())
    assert forget(tmp_path, WRITER).lines == 0


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_stop_after_any_step_leaves_every_line_kept_or_forgotten(tmp_path: Path, step: str, times: int) -> None:
    """For readers at once and after the next start, and forgetting is taken up again where it was."""
    store(tmp_path)
    reached = Counter[str]()

    def reach(now: str) -> None:
        reached[now] += 1
        if now == step and reached[now] == times:
            raise StopHereError

    stopped = False
    try:
        forget(tmp_path, WRITER, reach=reach)
    except StopHereError:
        stopped = True
    assert stopped or reached[step] < times
    assert stored(tmp_path) | forgotten(tmp_path) == all_lines()
    assert not stored(tmp_path) & forgotten(tmp_path)
    PartitionedParquet(tmp_path / EVIDENCE.folder, EVIDENCE, "p0").recover(9)
    assert stored(tmp_path) | forgotten(tmp_path) == all_lines()
    forget(tmp_path, WRITER)
    finish_swaps(tmp_path / EVIDENCE.folder)
    assert len(stored(tmp_path)) == 2 * 7 * 24
    assert stored(tmp_path) | forgotten(tmp_path) == all_lines()


def test_nothing_is_forgotten_while_somebody_reads(tmp_path: Path) -> None:
    """It is left for the next time."""
    store(tmp_path)
    with reading(tmp_path / EVIDENCE.folder), reading(tmp_path / EVIDENCE.folder):
        forgot = forget(tmp_path, WRITER)
        assert (forgot.lines, forgot.busy) == (0, 2)
    assert forget(tmp_path, WRITER).lines == 2 * (DAYS - 7) * 24


def test_counts_outlive_lines_and_become_coarser(tmp_path: Path) -> None:
    """By service, host and day first; later by source and day; the number of events is the same."""
    store(tmp_path)
    forget(tmp_path, WRITER)
    fine = counts_of(tmp_path)
    assert "" not in fine["service"].to_list()
    rows = fine.group_by("tenant").agg(pl.col("events").sum()).rows()
    assert sorted(rows) == [("acme", (DAYS - 7) * 24), ("bolt", (DAYS - 7) * 24)]
    object.__setattr__(BEHAVIOURS[0], "rollup_days", 20)
    try:
        more = PartitionedParquet(tmp_path / EVIDENCE.folder, EVIDENCE, "p0", own_file_rows=1)
        more.recover(9)
        more.add(batch(["acme"] * 24, ["kafka:acme/0"] * 24, list(range(DAYS * 24, DAYS * 24 + 24)), [DAYS] * 24))
        more.publish(more.stage())
        forget(tmp_path, WRITER)
    finally:
        object.__setattr__(BEHAVIOURS[0], "rollup_days", 400)
    coarse = counts_of(tmp_path, ["acme"])
    assert int(coarse["events"].sum()) == (DAYS + 1 - 7) * 24
    assert set(coarse.filter(pl.col("service") == "")["day"]) == set(range(DAYS + 1 - 20))


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=12), st.randoms())
def test_places_that_meet_have_the_checksum_of_all_their_bytes(records: list[bytes], dice: object) -> None:
    """In whatever order they are joined."""
    places, begin = [], 0
    for raw in records:
        end = begin + len(raw)
        places.append(Place("acme", "file:/a", begin, begin, end, 1, len(raw), zlib.crc32(raw)))
        begin = end
    dice.shuffle(places)  # type: ignore[attr-defined]  # hypothesis gives a `random.Random`
    (one,) = joined_places([*joined_places(places[: len(places) // 2]), *places[len(places) // 2 :]])
    whole = b"".join(records)
    assert (one.begin, one.end, one.records, one.bytes, one.crc32) == (0, begin, len(records), begin, zlib.crc32(whole))


def test_a_live_run_forgets_by_itself_as_it_joins_files(tmp_path: Path) -> None:
    """Only what is a good part of a file, and each tenant once for each of its days."""
    store(tmp_path)
    evidence = PartitionedParquet(tmp_path / EVIDENCE.folder, EVIDENCE, "p0")
    evidence.recover(9)
    with Background() as background:
        background.note(evidence, MIXED_FILES)
        background.wait()
        assert stored(tmp_path) | forgotten(tmp_path) == all_lines()
        gone = forgotten(tmp_path)
        assert len(gone) > len(all_lines()) // 2
        background.note(evidence, MIXED_FILES)
        background.wait()
    assert forgotten(tmp_path) == gone
