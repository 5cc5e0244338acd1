"""`brainstem backtest` as an operator meets it: two configurations that differ in one number, over one small town."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Ran, run
from tests.support.small_town import town, write

FINE, FINDINGS, UNREADABLE, BAD_CONFIGURATION = 0, 1, 2, 3


def brainstem(*arguments: object) -> Ran:
    """Run the program."""
    return run(None, *arguments)


def items_of(out: Path) -> dict[str, dict[str, Any]]:
    """Return the items of an output folder by id."""
    items = [json.loads(line) for line in (out / "items.jsonl").read_bytes().splitlines()]
    return {item["id"]: item for item in items}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the arguments that name a small town's logs."""
    return write(tmp_path_factory.mktemp("town"), town(7))


@pytest.fixture(scope="module")
def kept(inputs: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the folder of both runs and what a backtest has told of them as JSON."""
    folder = tmp_path_factory.mktemp("backtest")
    (folder / "fewer.toml").write_text("[parameters.novelty]\npoints = 12\n", encoding="utf-8")
    ran = brainstem(
        "backtest", *inputs, "--candidate", folder / "fewer.toml", "--out", folder / "kept", "--output", "json"
    )
    assert ran.status == FINE, ran.err
    return folder / "kept", json.loads(ran.out)


def test_every_row_is_what_both_runs_have_and_what_explain_confirms(kept: tuple[Path, dict[str, Any]]) -> None:
    """Each item of either run stands in one row at its time; `explain` knows each item in its run."""
    folder, told = kept
    assert {row["change"] for row in told["rows"]} >= {"later", "lost"}
    for side in ("baseline", "candidate"):
        items = items_of(folder / side)
        rows = {row[side]["id"]: row for row in told["rows"] if row[side]}
        assert rows.keys() == items.keys()
        for each, row in rows.items():
            assert (row[side]["time"], row["family"]) == (items[each]["time"], items[each]["subject"])
    assert told["changes"] == {
        change: sum(row["change"] == change for row in told["rows"])
        for change in ("lost", "gained", "later", "earlier", "same")
    }
    lost = next(row for row in told["rows"] if row["change"] == "lost")
    for side, surfaced in (("baseline", True), ("candidate", False)):
        explained = brainstem("explain", lost["family"], "--out", folder / side)
        assert explained.status == FINE, explained.err
        assert (lost["baseline"]["id"] in explained.out or "Band promote" in explained.out) == surfaced


def test_runs_that_are_there_are_compared_without_reading_logs(kept: tuple[Path, dict[str, Any]]) -> None:
    """With the same rows; the table shows those that changed."""
    folder, told = kept
    sides = ("--baseline", folder / "baseline", "--candidate", folder / "candidate")
    again = json.loads(brainstem("backtest", *sides, "--output", "json").out)
    assert again["rows"] == told["rows"]
    assert again["candidate"]["parameters"]["values"] == {"novelty.points": 12.0}
    table = brainstem("backtest", *sides).out
    lines = [line for line in table.splitlines() if line.startswith(("lost ", "gained ", "later ", "earlier "))]
    assert len(lines) == sum(row["change"] != "same" for row in told["rows"])
    assert "novelty.points = 12.0" in table


def test_incidents_and_verdicts_measure_both_sides(kept: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Recall, precision and lead time follow from the items' own times."""
    folder, told = kept
    first = min(items_of(folder / "baseline").values(), key=lambda item: item["time"])
    tickets, verdicts = tmp_path / "tickets.jsonl", tmp_path / "verdicts.jsonl"
    ticket = {"id": "T1", "tenant": first["data"]["tenant"], "time": "2026-03-14T00:00:00Z", "title": "down"}
    tickets.write_text(json.dumps(ticket) + "\n", encoding="utf-8")
    verdict = {"tenant": ticket["tenant"], "time": "2026-03-14T00:00:00Z", "item": first["id"], "verdict": "useful"}
    verdicts.write_text(json.dumps(verdict) + "\n", encoding="utf-8")
    sides = ("--baseline", folder / "baseline", "--candidate", folder / "candidate")
    given = ("--incidents", tickets, "--feedback", verdicts)
    ran = brainstem("backtest", *sides, *given, "--output", "json")
    assert ran.status == FINE, ran.err
    found = json.loads(ran.out)["baseline"]
    assert (found["incidents"]["all"], found["incidents"]["recall"]) == (1, 1.0)
    assert (found["verdicts"]["wanted"], found["verdicts"]["found"]) == (1, 1)
    table = brainstem("backtest", *sides, *given).out
    assert "incidents warned of within 14 d, recall" in table
    assert "1 of 1 (1.00)" in table
    del told


def test_expect_ends_with_1_where_it_is_not_met(kept: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """In every form of output; JUnit has a failure for each."""
    folder, _ = kept
    sides = ("--baseline", folder / "baseline", "--candidate", folder / "candidate")
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[[must]]\nwords = "branch-acme-7"\n[[must_not]]\nwords = "soft sectors"\n', encoding="utf-8")
    bad.write_text('[[must]]\nwords = "soft sectors"\n', encoding="utf-8")
    for form in ("table", "json", "junit"):
        assert brainstem("backtest", *sides, "--expect", good, "--output", form).status == FINE
        ran = brainstem("backtest", *sides, "--expect", bad, "--output", form)
        assert ran.status == FINDINGS
    suites = ElementTree.fromstring(ran.out)  # noqa: S314 - of our own making
    assert [each.get("failures") for each in suites] == ["1", "0"]
    assert len(suites.findall(".//failure")) == 1
    assert "1 expectation, 1 not met" in brainstem("backtest", *sides, "--expect", bad).out


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ((), BAD_CONFIGURATION, "there is nothing to replay"),
        (("-",), BAD_CONFIGURATION, "a pipe can be read once"),
        (("LOGS", "--output", "xml"), BAD_CONFIGURATION, "--output = 'xml' is unknown"),
        (("LOGS", "--window-days", "0"), BAD_CONFIGURATION, "--window-days = 0 cannot be used"),
        (("LOGS", "--candidate", "no.toml"), BAD_CONFIGURATION, "--candidate no.toml cannot be read"),
        (("LOGS", "--expect", "no.toml"), BAD_CONFIGURATION, "--expect no.toml cannot be read"),
        (("LOGS", "--baseline", "RUN", "--candidate", "RUN"), BAD_CONFIGURATION, "Leave the inputs out"),
        (("RUN",), BAD_CONFIGURATION, "is the folder of a run"),
        (("--baseline", "EMPTY", "--candidate", "RUN"), UNREADABLE, "holds no finished run"),
        (("NOWHERE",), BAD_CONFIGURATION, "no such file or folder"),
        (("LOGS", "--out", "RUN"), BAD_CONFIGURATION, "--out"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_read(
    kept: tuple[Path, dict[str, Any]],
    inputs: list[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    status: int,
    told: str,
) -> None:
    """Key, value and fix, and nothing is written."""
    (tmp_path / "EMPTY").mkdir()
    places = {"LOGS": inputs[0], "RUN": str(kept[0] / "baseline"), "EMPTY": str(tmp_path / "EMPTY")}
    ran = brainstem("backtest", *(places.get(each, each) for each in arguments))
    assert (ran.status, ran.out) == (status, ""), ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
