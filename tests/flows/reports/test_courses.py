"""What came after an item: counted in the evidence, for the message, the host or the name that the item is about."""

from pathlib import Path
from typing import Any

import pytest

from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE_CONFIGURATION
from brainstem.explain.course import Line, OnHost, State
from flows.reports.courses import BACK_US, states_of
from flows.reports.recorded import read_items
from flows.sinks.output_folder import OutputFolder
from state.store.compaction import BY_HAND, compact_store
from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import read_evidence_since
from tests.support.findings import DAY_US, NOON_US, evidence, finding
from tests.support.folders import HOUR_US, LAST_US, decision, folder_of, line


def state_of_the_item(out: OutputFolder, end_us: int = NOON_US) -> State | None:
    """Return the state of the one item of a folder."""
    items = read_items(out)
    return states_of(out, items, {"north": end_us}).get(items[0]["id"])


def later_events_of(out: OutputFolder) -> tuple[int, int] | None:
    """Return the number of events after the one item of a folder, and the latest event; None where it cannot be told."""
    state = state_of_the_item(out)
    return (state.course.after, state.course.last_us) if state else None


def test_what_came_after_the_last_event_of_an_item_is_counted(tmp_path: Path) -> None:
    """Not what the item counts itself, nor what another tenant, service or message says."""
    later = [LAST_US + each * 9 * HOUR_US for each in (1, 2, 3)]
    lines = [line(LAST_US - HOUR_US), line(LAST_US), *map(line, later)]
    others: list[dict[str, Any]] = [{"tenant": "south"}, {"service": "fand"}, {"signature": 0x3333}]
    lines += [line(LAST_US + DAY_US, **other) for other in others]
    assert later_events_of(folder_of(tmp_path, lines, finding())) == (3, later[-1])


def test_an_item_without_later_events_has_a_count_of_none(tmp_path: Path) -> None:
    """It stopped is news as well, and is not the same as unknown."""
    assert later_events_of(folder_of(tmp_path, [line(LAST_US)], finding())) == (0, LAST_US)


@pytest.mark.parametrize(
    ("facts", "names", "expected"),
    [
        ({"facet_kind": WHOLE_CONFIGURATION}, ("wan7",), 5),
        ({"facet_kind": ON_HOST}, ("wan7",), 4),
        ({"facet_kind": ON_ENTITY}, ("wan7",), 3),
        ({"facet_kind": ON_ENTITY}, ("wan[redacted]",), None),
    ],
)
def test_only_what_the_item_is_about_is_counted(
    tmp_path: Path, facts: dict[str, int], names: tuple[str, ...], expected: int | None
) -> None:
    """Of one host only its lines, of one name only those that hold it as a word; nothing where the name is not known."""
    lines = [
        line(LAST_US + HOUR_US),
        line(LAST_US + HOUR_US, "link wan7 went away", "edge5"),
        line(LAST_US + HOUR_US, "link wan71 went away"),
        line(LAST_US + HOUR_US) | {"message_raw": b"link wan71 \xff went away", "position": 1},
        line(LAST_US + HOUR_US) | {"message_raw": b"\xff link wan7 went away \xff", "position": 2},
    ]
    since = later_events_of(folder_of(tmp_path, lines, finding(facts=facts, entities=names, evidence=evidence(3))))
    assert (since and since[0]) == expected


def test_members_that_joined_the_family_later_are_counted_with_it(tmp_path: Path) -> None:
    """Also what joined one that joined it; its signatures are in the decisions."""
    found = finding()
    near = decision(found, family=2, signature=0x22, cause="joined", joined_family=found.family)
    far = decision(found, family=3, signature=0x33, cause="joined", joined_family=2)
    lines = [line(LAST_US + HOUR_US, signature=number) for number in (0x1111, 0x22, 0x33, 0x44)]
    out = folder_of(tmp_path, lines, found, [near, far])
    since = later_events_of(out)
    assert since is not None
    assert since[0] == 3


def test_only_files_of_the_tenant_are_opened(tmp_path: Path) -> None:
    """What lies long before counts for nothing, and what others said is not even looked at."""
    lines = [line(LAST_US - BACK_US - 2 * DAY_US), line(LAST_US + DAY_US), line(LAST_US, tenant="south")]
    out = folder_of(tmp_path, lines, finding(facts={"first_time": LAST_US - 400 * DAY_US}))
    compact_store(out.evidence, EVIDENCE, BY_HAND)
    for path in published_files(out.evidence):
        if path.parts[-2] == "tenant=south":
            path.write_bytes(b"not to be read")
    assert later_events_of(out) == (1, LAST_US + DAY_US)
    assert read_evidence_since(out.root, ["nobody"], 0).collect().is_empty()


def test_the_hosts_of_an_item_come_in_the_order_in_which_it_reached_them(tmp_path: Path) -> None:
    """Each with its events and its first one, so that a reader sees how something spreads."""
    lines = [line(LAST_US - 3 * HOUR_US, host="edge9"), line(LAST_US - HOUR_US), line(LAST_US + HOUR_US)]
    state = state_of_the_item(folder_of(tmp_path, lines, finding()))
    assert state is not None
    assert state.course.hosts == [OnHost("edge9", 1, LAST_US - 3 * HOUR_US), OnHost("edge4", 2, LAST_US - HOUR_US)]


def test_what_heals_by_itself_is_told_with_the_lines_of_both_sides(tmp_path: Path) -> None:
    """The pairs of seven days, counted anew at the end; what names another thing, or comes too late, is no pair."""
    downs = [LAST_US - 9 * DAY_US, LAST_US - 2 * DAY_US, LAST_US, LAST_US + 2 * DAY_US]
    lines = [line(each) for each in downs]
    lines += [line(each + 38_000_000, "link wan7 is back", signature=0x77) for each in downs]
    lines += [line(each + 9_000_000, "link wan71 is back", signature=0x77) for each in downs]
    lines += [line(each + 20_000_000, "checked wan7 once", signature=0x78) for each in downs[:2]]
    lines += [line(LAST_US + 3 * DAY_US), line(LAST_US + 3 * DAY_US + 2 * HOUR_US, "link wan7 is back", signature=0x77)]
    state = state_of_the_item(folder_of(tmp_path, lines, finding(facts={"count": 2})), LAST_US + 3 * DAY_US)
    assert state is not None
    assert [(pair.down, pair.up) for pair in state.course.pairs] == [
        (Line(each, "link wan7 went away"), Line(each + 38_000_000, "link wan7 is back")) for each in downs[1:]
    ]
    assert (state.facts["heal_cycles_7d"], state.facts["heal_seconds"]) == (3, 38)
    assert state.facts["count"] == 2 + 2


@pytest.mark.parametrize(("gap_days", "ended"), [(2, True), (0, False)])
def test_a_silence_says_when_it_was_over(tmp_path: Path, gap_days: int, ended: bool) -> None:
    """The first event after it ends it; without one it lasts until the log ends."""
    made = finding(kinds=("silence",), facts={"silence_runs": 20, "silence_seconds": 90_000, "last_time": LAST_US})
    lines = [line(LAST_US)] + ([line(LAST_US + gap_days * DAY_US), line(LAST_US + 3 * DAY_US)] if ended else [])
    state = state_of_the_item(folder_of(tmp_path, lines, made), LAST_US + 5 * DAY_US)
    assert state is not None
    assert state.ended_us == (LAST_US + gap_days * DAY_US if ended else 0)
    assert state.facts["silence_seconds"] == (gap_days if ended else 5) * DAY_US // 1_000_000


@pytest.mark.parametrize(
    ("later", "value", "falls", "rose"), [((4, 3), 3, 8, False), ((4, 90), 90, 7, True), ((), 5, 6, False)]
)
def test_a_countdown_is_told_as_it_stands(
    tmp_path: Path, later: tuple[int, ...], value: int, falls: int, rose: bool
) -> None:
    """The latest number, how often it has fallen by then, and when it rose again."""
    shown = tuple(
        each._replace(event_time_us=LAST_US - (3 - number) * DAY_US, raw=f"lots left: {8 - number}".encode())
        for number, each in enumerate(evidence(4, ""))
    )
    facts = {"countdown_milli": 5000, "countdown_falls": 6, "last_time": LAST_US}
    made = finding(kinds=("countdown",), facts=facts, evidence=shown, template="lots left: <num>")
    lines = [line(LAST_US + (number + 1) * DAY_US, f"lots left: {left}") for number, left in enumerate(later)]
    state = state_of_the_item(folder_of(tmp_path, [line(LAST_US, "lots left: 5"), *lines], made))
    assert state is not None
    assert (state.facts["countdown_milli"], state.facts["countdown_falls"]) == (1000 * value, falls)
    assert bool(state.ended_us) is rose
