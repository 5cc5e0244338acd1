"""The demo as a whole: what it promises is what it does."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import ConfigurationError
from flows.audit.proof import audit
from flows.config.settings import Settings
from flows.demo.report import judge_items
from flows.demo.show import show
from flows.reports.recorded import read_items, scan_decisions, to_decisions
from flows.sinks.output_folder import OutputFolder

WEEK_SECONDS = 7 * 86_400


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the printed text of a demo run."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return folder, "\n".join(show(folder, Settings(folder / "run")))


@pytest.fixture(scope="module")
def truth(demo: tuple[Path, str]) -> dict[str, Any]:
    """Return where the demo's troubles were planted."""
    planted: dict[str, Any] = json.loads((demo[0] / "input" / "truth.json").read_text(encoding="utf-8"))
    return planted


def test_a_demo_with_verdicts_is_not_overwritten(tmp_path: Path) -> None:
    """What people said is theirs; nothing of the earlier demo is removed."""
    kept = [tmp_path / "input" / "truth.json", tmp_path / "run" / "feedback.jsonl"]
    for file in kept:
        file.parent.mkdir()
        file.write_text("{}\n")
    with pytest.raises(ConfigurationError, match=r"verdicts in .*feedback.jsonl"):
        show(tmp_path, Settings(tmp_path / "run"))
    assert all(file.is_file() for file in kept)


def test_the_tunnel_surfaces_before_its_twelfth_drop(demo: tuple[Path, str], truth: dict[str, Any]) -> None:
    """The killer demo: a tunnel that heals under a minute is shown while it still only annoys."""
    record = judge_items(read_items(OutputFolder(demo[0] / "run")), truth)
    tunnel = next(trouble for trouble in truth["troubles"] if trouble["name"] == "tunnel")
    drops = [place["event_time_us"] for place in tunnel["planted"]][::2]
    assert len(drops) > 12
    assert record.about("tunnel")[0].time_us < drops[11]


def test_every_planted_trouble_surfaces(demo: tuple[Path, str], truth: dict[str, Any]) -> None:
    """Three quiet troubles, none of them with an error word, are all shown."""
    record = judge_items(read_items(OutputFolder(demo[0] / "run")), truth)
    assert all(record.about(trouble["name"]) for trouble in truth["troubles"])


def test_a_tenant_reads_at_most_five_items_a_week(demo: tuple[Path, str]) -> None:
    """A digest that nobody finishes is no digest."""
    items = read_items(OutputFolder(demo[0] / "run"))
    weeks = Counter(
        (
            item["data"]["tenant"],
            int((datetime.fromisoformat(item["time"]) - datetime(2026, 3, 2, tzinfo=UTC)).total_seconds())
            // WEEK_SECONDS,
        )
        for item in items
    )
    assert items
    assert max(weeks.values()) <= 5


def test_the_demo_accounts_for_every_byte(demo: tuple[Path, str]) -> None:
    """The audit proves the demo's output from its files."""
    report = audit(demo[0] / "run")
    assert report.ok, report.to_text()
    assert report.records.records > 200_000


def test_contributions_and_prior_are_the_score_in_every_item_and_decision(demo: tuple[Path, str]) -> None:
    """Exactly, as floats: points are quarters of a deciban."""
    folder = OutputFolder(demo[0] / "run")
    for item in read_items(folder):
        about = item["data"]
        assert about["prior"] + sum(each["points"] for each in about["contributions"]) == about["score"]
    decisions = to_decisions(scan_decisions(folder))
    assert len({decision.family for decision in decisions}) > 100
    for decision in decisions:
        assert decision.prior + sum(points for _, points in decision.contributions) == decision.score


def test_the_demo_says_what_others_would_have_shown_and_where_to_look_next(demo: tuple[Path, str]) -> None:
    """The last page compares three ways on the same lines and ends in commands."""
    text = demo[1]
    assert "error words" in text
    assert "count threshold" in text
    assert "brainstem explain f1-" in text
    assert "evidence/" in text
