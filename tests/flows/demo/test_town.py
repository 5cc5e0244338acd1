"""The demo's town: the same for everybody, mostly noise, and its troubles out of sight for others."""

import hashlib
import json
from datetime import UTC
from pathlib import Path

import pytest

from brainstem.contracts.finding import EvidenceLine
from brainstem.explain.item import compose
from flows.demo.baselines import Record, count_threshold, error_words, masked
from flows.demo.calendar import END_US, START_US
from flows.demo.journal import Line
from flows.demo.report import comparison, judge_items, where_next
from flows.demo.town import SEED, Town, build, write
from tests.support.findings import evidence, finding

FINGERPRINT = "9899bb3402ca75325f1dd01df37f23c12a2f7dc4f7f502a5ad3a81e26996e96f"
"""SHA-256 over paths and bytes: the same on every Python version and machine, until the town is changed on purpose."""


@pytest.fixture(scope="module")
def town() -> Town:
    """Build the town once."""
    return build()


@pytest.fixture(scope="module")
def records(town: Town) -> tuple[Record, Record]:
    """Watch the town as others do."""
    lines = town.lines()
    return count_threshold(lines), error_words(lines)


def test_the_town_is_the_same_everywhere(town: Town) -> None:
    """The seed alone decides every byte."""
    whole = hashlib.sha256()
    for path, body in sorted(town.files.items()):
        whole.update(path.encode() + b"\0" + body)
    assert whole.hexdigest() == FINGERPRINT


def test_another_seed_is_another_town(town: Town) -> None:
    """Nothing is fixed but the story."""
    assert build(SEED + 1).files != town.files


def test_the_town_is_large_enough_and_mostly_noise(town: Town) -> None:
    """Four tenants, 150,000 to 250,000 lines, at most 0.3 % of them planted."""
    truth = town.truth()
    planted = sum(len(trouble["planted"]) for trouble in truth["troubles"])
    assert len(town.tenants) == 4
    assert 150_000 <= truth["lines"] <= 250_000
    assert 0 < planted / truth["lines"] < 0.003


def test_lines_are_in_order_of_time_and_within_the_three_weeks(town: Town) -> None:
    """Each file reads as if it had been written line by line."""
    for journal in town.journals:
        times = [line.time_us for line in journal.lines]
        assert times == sorted(times)
        assert times[0] >= START_US
        assert times[-1] < END_US
        assert all(line.raw.endswith(b"\n") and line.raw.count(b"\n") == 1 for line in journal.lines)


def test_the_truth_points_at_the_planted_lines(town: Town) -> None:
    """Each position is the first byte of a line of its trouble."""
    files = town.files
    words = {"tunnel": b"Tunnel12", "media": b"Recovered data", "certificate": b"more days"}
    for trouble in town.truth()["troubles"]:
        for place in trouble["planted"]:
            body, position = files[place["file"]], place["position"]
            assert position == 0 or body[position - 1 : position] == b"\n"
            assert words[trouble["name"]] in body[position : body.index(b"\n", position)]


def test_the_tunnel_heals_fourteen_times_within_a_minute(town: Town) -> None:
    """The story that the demo tells is the one in its files."""
    times = [line.time_us for journal in town.journals for line in journal.lines if line.trouble == "tunnel"]
    gaps = [(up - down) // 1_000_000 for down, up in zip(times[::2], times[1::2], strict=True)]
    assert len(gaps) == 14
    assert all(0 < gap < 60 for gap in gaps)
    assert 5 <= (times[-1] - times[0]) / 86_400_000_000 <= 7


def test_the_files_on_disk_are_those_of_the_town(town: Town, tmp_path: Path) -> None:
    """Writing adds the truth and sets the time from which a reader infers the year."""
    write(town, tmp_path)
    assert {path: (tmp_path / path).read_bytes() for path in town.files} == town.files
    assert all((tmp_path / path).stat().st_mtime_ns == END_US * 1000 for path in town.files)
    assert json.loads((tmp_path / "truth.json").read_text()) == town.truth()


def test_others_show_much_and_none_of_the_troubles(records: tuple[Record, Record]) -> None:
    """The count threshold sees only storms, the error words hundreds of lines, and neither a planted trouble."""
    counts, words = records
    assert 0 < len(counts.alerts) < 50
    assert len(words.alerts) > 300
    assert counts.useful() == words.useful() == 0


def test_a_count_threshold_fires_once_an_hour() -> None:
    """The rule is as stated: more than 100 in five minutes, then an hour of silence."""
    second = 1_000_000
    lines = [("a", Line(number * second, b"door %d open\n" % number, "door")) for number in range(100)]
    assert count_threshold(lines).alerts == []
    lines = [("a", Line(number * second, b"door %d open\n" % number, "door")) for number in range(7200)]
    alerts = count_threshold(lines).about("door")
    assert [alert.time_us // second for alert in alerts] == [100, 3700]


def test_an_error_word_is_shown_once_a_day() -> None:
    """One alert a message and day, and it concerns what most of its lines concern."""
    day = 86_400_000_000
    lines = [
        ("a", Line(day * number // 4, b"pump %d failed\n" % number, "pump" if number % 4 else ""))
        for number in range(8)
    ]
    lines.append(("a", Line(2 * day, b"pump 9 fine\n", "pump")))
    record = error_words(lines)
    assert [alert.trouble for alert in record.alerts] == ["pump", "pump"]


def test_masking_hides_what_varies() -> None:
    """Words with digits go, whatever stands around them."""
    assert masked(b"Mar  2 08:00:01 h1 d[33]: took 4ms for x") == b"Mar  # # # # took # for x"


def test_items_are_judged_by_their_evidence(town: Town, records: tuple[Record, Record]) -> None:
    """An item counts for a trouble when most of its lines were planted for it."""
    truth = town.truth()
    places = truth["troubles"][0]["planted"][:4]
    lines = tuple(
        EvidenceLine(f"file:/anywhere/{place['file']}", place["position"], place["event_time_us"], "h", b"x")
        for place in places
    )
    right = compose(finding(evidence=lines, tick_us=places[-1]["event_time_us"]), UTC)
    wrong = compose(finding(evidence=(*lines[:2], *evidence(3)), family=5), UTC)
    record = judge_items([right, wrong], truth)
    assert [alert.trouble for alert in record.alerts] == ["tunnel", ""]
    text = comparison(town, [record, *records])
    assert "1 of 3" in text
    assert text.count("never") == 8
    assert "brainstem explain" in where_next([right, wrong], "out")
    assert "explain" not in where_next([], "out")
