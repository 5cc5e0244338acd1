"""Verdicts: about what the digest names, dated so that they weigh, and a word where they do not."""

from pathlib import Path

import orjson
import pytest

from brainstem.contracts.finding import family_id, item_id
from brainstem.contracts.ledger import Ledger, SourceDescription
from brainstem.contracts.ledger_json import rfc3339, to_json
from brainstem.signature.signing import signature_id
from connectors.base import ConfigurationError, InputError
from flows.audit.manifest import write_manifest
from flows.reports.feedback import LATER_US, record_feedback
from flows.sinks.output_folder import OutputFolder
from tests.support.findings import DAY_US, NOON_US, finding
from tests.support.folders import HOUR_US, decision, folder_of, line

FOUND = finding()
ITEM, FAMILY, SIGNATURE = item_id("north", FOUND.family, NOON_US), family_id(FOUND.family), signature_id(0x1111)
NOW_US = NOON_US + 200 * DAY_US


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """Return the folder of a finished replay: an item, a day of logs after it, and a ticket of much later."""
    unseen = decision(FOUND, family=9, signature=0x9999, cause="born", tick_us=NOON_US - DAY_US)
    lines = [line(NOON_US - HOUR_US), line(NOON_US + DAY_US), line(NOON_US + 90 * DAY_US, source="file:/tickets")]
    out = folder_of(tmp_path, lines, FOUND, [unseen])
    ledger = Ledger()
    ledger.describe(SourceDescription("file:/a", "north", "/a"))
    ledger.describe(SourceDescription("file:/tickets", "", "/tickets"))
    out.ledger.write_bytes(to_json(ledger))
    out.digest.write_text("# done\n")
    write_manifest(out)
    return out


@pytest.mark.parametrize(
    ("asked", "member", "name", "shown_us"),
    [
        (ITEM, "item", ITEM, NOON_US),
        (FAMILY, "item", ITEM, NOON_US),
        (SIGNATURE, "signature", SIGNATURE, NOON_US),
        (signature_id(0x9999), "signature", signature_id(0x9999), NOON_US - DAY_US),
        (family_id(9), "family", family_id(9), NOON_US - DAY_US),
    ],
)
def test_a_verdict_is_dated_just_after_what_it_is_about(
    folder: OutputFolder, asked: str, member: str, name: str, shown_us: int
) -> None:
    """A family stands for its latest item, one that was never shown for itself, as of when it was first judged."""
    given = record_feedback(folder, asked, "resolved", "greased", None, NOW_US, None)
    said = orjson.loads(given.file.read_bytes())
    assert said == {
        "kind": "feedback",
        "tenant": "north",
        "time": rfc3339(shown_us + LATER_US),
        member: name,
        "verdict": "resolved",
        "note": "greased",
    }
    assert given.about == name
    assert not given.comes_too_late


def test_a_family_stands_for_its_latest_item(folder: OutputFolder) -> None:
    """An earlier item keeps its own name."""
    (item,) = map(orjson.loads, folder.items.read_bytes().splitlines())
    earlier = {**item, "id": "i1-" + "0" * 24, "time": rfc3339(NOON_US - DAY_US)}
    folder.items.write_bytes(folder.items.read_bytes() + orjson.dumps(earlier) + b"\n")
    assert record_feedback(folder, FAMILY, "useful", "", None, NOW_US, None).about == ITEM
    assert (
        record_feedback(folder, earlier["id"], "useful", "", None, NOW_US, None).time_us == NOON_US - DAY_US + LATER_US
    )


def test_what_is_said_before_an_item_was_shown_is_about_its_family(folder: OutputFolder) -> None:
    """Or about an item that had been shown by then: a run knows no item before its time."""
    given = record_feedback(folder, "1", "acknowledged", "", NOON_US - 1, NOW_US, None, "ann")
    assert given.about == FAMILY
    assert orjson.loads(given.file.read_bytes())["family"] == FAMILY


@pytest.mark.parametrize("verdict", ["acknowledged", "snoozed", "resolved"])
def test_what_is_done_about_an_item_is_said_after_all_that_was_read(folder: OutputFolder, verdict: str) -> None:
    """Whoever says it has seen the logs to their end, so nothing in them brings it back."""
    given = record_feedback(folder, ITEM, verdict, "on it", None, NOW_US, None, "ann", after_all=True)
    assert given.time_us == NOON_US + DAY_US + LATER_US
    assert not given.comes_too_late
    said = orjson.loads(given.file.read_bytes())
    assert (said["by"], said["verdict"], said.get("until")) == (
        "ann",
        verdict,
        "escalates" if verdict == "snoozed" else None,
    )


def test_a_snooze_ends_after_it_began(folder: OutputFolder) -> None:
    """Else it would be over at once; nothing is written then."""
    with pytest.raises(ConfigurationError, match="not later than the statement"):
        record_feedback(folder, ITEM, "snoozed", "", NOON_US, NOW_US, None, until_us=NOON_US)
    assert not (folder.root / "feedback.jsonl").exists()
    given = record_feedback(folder, ITEM, "snoozed", "", NOON_US, NOW_US, None, until_us=NOON_US + DAY_US)
    assert orjson.loads(given.file.read_bytes())["until"] == rfc3339(NOON_US + DAY_US)


@pytest.mark.parametrize(("time_us", "late"), [(NOON_US + DAY_US, False), (NOON_US + DAY_US + 1, True), (NOW_US, True)])
def test_a_verdict_after_the_last_line_of_a_replay_is_recognized(
    folder: OutputFolder, time_us: int, late: bool
) -> None:
    """It would have no effect; a ticket of a later time does not make the logs longer."""
    given = record_feedback(folder, ITEM, "useful", "", time_us, NOW_US, None)
    assert given.time_us == time_us
    assert given.comes_too_late is late


def test_in_a_run_that_goes_on_a_verdict_is_of_now(folder: OutputFolder) -> None:
    """Its logs have no end yet."""
    folder.manifest.unlink()
    given = record_feedback(folder, ITEM, "useful", "", None, NOW_US, None)
    assert given.time_us == NOW_US
    assert not given.comes_too_late


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (family_id(8), "is not known in"),
        ("f1-abc", "is no family"),
        ("i1-abc", "no such item or family"),
        (signature_id(8), "is not known there"),
    ],
)
def test_what_a_verdict_cannot_be_about_is_refused(folder: OutputFolder, asked: str, said: str) -> None:
    """The message says why, and nothing is written."""
    with pytest.raises(InputError, match=said):
        record_feedback(folder, asked, "useful", "", None, NOW_US, None)
    assert not (folder.root / "feedback.jsonl").exists()


def test_an_unknown_verdict_is_refused(folder: OutputFolder) -> None:
    """With the words that are known."""
    with pytest.raises(ConfigurationError, match="useful, useless, acknowledged, snoozed or resolved"):
        record_feedback(folder, ITEM, "nice", "", None, NOW_US, None)
