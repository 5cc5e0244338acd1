"""What came after an item: counted in the evidence, for the message, the host or the name that the item is about."""

from pathlib import Path
from typing import Any

import pytest

from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE_CONFIGURATION
from brainstem.explain.digest import Since
from flows.reports.later_events import count_later_events
from flows.reports.recorded import read_items
from flows.sinks.output_folder import OutputFolder
from state.store.compaction import BY_HAND, compact_store
from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import read_evidence_since
from tests.support.findings import DAY_US, evidence, finding
from tests.support.folders import HOUR_US, LAST_US, decision, folder_of, line


def later_events_of(out: OutputFolder) -> Since | None:
    """Return what came after the one item of a folder."""
    items = read_items(out)
    return count_later_events(out, items).get(items[0]["id"])


def test_what_came_after_the_last_event_of_an_item_is_counted(tmp_path: Path) -> None:
    """Not what the item counts itself, nor what another tenant, service or message says."""
    later = [LAST_US + each * 9 * HOUR_US for each in (1, 2, 3)]
    lines = [line(LAST_US - HOUR_US), line(LAST_US), *map(line, later)]
    others: list[dict[str, Any]] = [{"tenant": "south"}, {"service": "fand"}, {"signature": 0x3333}]
    lines += [line(LAST_US + DAY_US, **other) for other in others]
    assert later_events_of(folder_of(tmp_path, lines, finding())) == Since(3, later[-1])


def test_an_item_without_later_events_has_a_count_of_none(tmp_path: Path) -> None:
    """It stopped is news as well, and is not the same as unknown."""
    assert later_events_of(folder_of(tmp_path, [line(LAST_US)], finding())) == Since(0, 0)


@pytest.mark.parametrize(
    ("facts", "names", "expected"),
    [
        ({"facet_kind": WHOLE_CONFIGURATION}, ("wan7",), 4),
        ({"facet_kind": ON_HOST}, ("wan7",), 3),
        ({"facet_kind": ON_ENTITY}, ("wan7",), 2),
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
        line(LAST_US + HOUR_US, b"link wan71 \xff went away".decode("latin-1")),
    ]
    since = later_events_of(folder_of(tmp_path, lines, finding(facts=facts, entities=names, evidence=evidence(3))))
    assert (since and since.events) == expected


def test_members_that_joined_the_family_later_are_counted_with_it(tmp_path: Path) -> None:
    """Also what joined one that joined it; its signatures are in the decisions."""
    found = finding()
    near = decision(found, family=2, signature=0x22, cause="joined", joined_family=found.family)
    far = decision(found, family=3, signature=0x33, cause="joined", joined_family=2)
    lines = [line(LAST_US + HOUR_US, signature=number) for number in (0x1111, 0x22, 0x33, 0x44)]
    out = folder_of(tmp_path, lines, found, [near, far])
    since = later_events_of(out)
    assert since is not None
    assert since.events == 3


def test_only_files_of_the_tenant_and_of_its_days_are_opened(tmp_path: Path) -> None:
    """What lies before is not even looked at: a run may hold years."""
    lines = [line(LAST_US - 3 * DAY_US), line(LAST_US + DAY_US), line(LAST_US, tenant="south")]
    out = folder_of(tmp_path, lines, finding())
    compact_store(out.evidence, EVIDENCE, BY_HAND)
    for path in published_files(out.evidence):
        if path.parts[-2] == "tenant=south":
            path.write_bytes(b"not to be read")
    assert later_events_of(out) == Since(1, LAST_US + DAY_US)
    assert read_evidence_since(out.root, ["nobody"], 0).collect().is_empty()
