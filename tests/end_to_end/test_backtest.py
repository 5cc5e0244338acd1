"""`brainstem backtest` as an operator meets it: two configurations that differ in one number, over one small town."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from brainstem.contracts.finding import parse_family_id
from brainstem.text.phrases import IN_UTC, clock, microseconds
from connectors.base import InputError
from flows.process.weigher import Weigher
from flows.reports.backtest.what_if import features_of
from flows.reports.explanation import explain
from flows.reports.recorded import decisions_of, scan_decisions, to_decisions
from flows.runs.stored_replay import StoredRun
from flows.sinks.output_folder import OutputFolder
from tests.support.finished_runs import FinishedRun
from tests.support.program import Ran, run
from tests.support.small_town import town, write
from tests.support.works import run as run_works
from tests.support.works import works

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
    for row in told["rows"]:
        for side in ("baseline", "candidate"):
            output = OutputFolder(folder / side)
            if row[side]:
                shown_us = microseconds(row[side]["time"])
                line = f"  {clock(shown_us, IN_UTC.usual)}  "
                explained = explain(output, row[side]["id"], None, IN_UTC).splitlines()
                assert [each for each in explained if each.startswith(line) and each.endswith("shown to a person")]
            else:
                # what the other side has, this one has decided not to show at that time
                other_us = microseconds((row["baseline"] or row["candidate"])["time"])
                decisions = decisions_of(output, [parse_family_id(row["family"])])
                assert not [each for each in decisions if each.cause == "surfaced" and each.tick_us == other_us]
                assert "shown to a person" in explain(output, row["family"], None, IN_UTC) or not [
                    each for each in decisions if each.cause == "surfaced"
                ]


def test_what_a_run_has_stored_gives_the_items_of_a_replay_of_its_inputs(
    kept: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Byte for byte, and the same decisions; the inputs are not needed, and the folder is proved by an audit."""
    folder, told = kept
    again = ("backtest", folder / "baseline", "--candidate", folder / "candidate.toml", "--out", tmp_path / "again")
    ran = brainstem(*again, "--output", "json")
    assert ran.status == FINE, ran.err
    out = tmp_path / "again" / "candidate"
    assert (out / "items.jsonl").read_bytes() == (folder / "candidate" / "items.jsonl").read_bytes()
    made = [to_decisions(scan_decisions(OutputFolder(each))) for each in (out, folder / "candidate")]
    assert made[0] == made[1]
    assert json.loads(ran.out)["rows"] == told["rows"]
    # without a folder to keep nothing is written beside the run
    ran = brainstem(*again[:4], "--output", "json")
    assert json.loads(ran.out)["rows"] == told["rows"]
    audit = brainstem("audit", out)
    assert audit.status == FINE, audit.out
    ledgers = [json.loads((each / "ledger.json").read_bytes()) for each in (out, folder / "candidate")]
    assert ledgers[0] == ledgers[1]


def test_tickets_and_verdicts_of_a_run_are_part_of_what_it_has_stored(
    finished_works: FinishedRun, tmp_path: Path
) -> None:
    """What was learned from them is learned again, and speaks in the same items."""
    about = finished_works.items[0]
    verdict = {
        "tenant": about["data"]["tenant"],
        "time": "2026-03-15T08:00:00Z",
        "item": about["id"],
        "verdict": "useful",
    }
    run_works(tmp_path / "told", works(), [verdict])
    out = tmp_path / "told" / "out"
    ran = brainstem("replay", out, "--out", tmp_path / "again")
    assert ran.status == FINE, ran.err
    assert (tmp_path / "again" / "items.jsonl").read_bytes() == (out / "items.jsonl").read_bytes()
    assert b"incident" in (out / "items.jsonl").read_bytes()


def test_evidence_that_is_not_whole_is_refused(kept: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """A file that is gone or cut, and one that is gone of a folder without a manifest entry for it."""
    folder, _ = kept
    out = tmp_path / "out"
    shutil.copytree(folder / "baseline", out)
    (path, *_) = sorted((out / "evidence").rglob("*.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(InputError, match="not whole"):
        StoredRun.of(out)
    path.unlink()
    ran = brainstem("backtest", out, "--candidate", folder / "candidate.toml")
    assert (ran.status, ran.out) == (UNREADABLE, "")
    assert "missing" in ran.err
    assert "Traceback" not in ran.err
    (out / "manifest.json").unlink()
    with pytest.raises(InputError, match="no run that has ended"):
        StoredRun.of(out)


def test_recorded_decisions_weigh_what_they_weighed_without_a_compiler(kept: tuple[Path, dict[str, Any]]) -> None:
    """The search of what-if rests on that, under the default parameters and others, one after the other and back."""
    folder, _ = kept
    by_default, fewer = (
        [each for each in to_decisions(scan_decisions(OutputFolder(folder / side))) if each.joined_family is None]
        for side in ("baseline", "candidate")
    )
    both = [*by_default, *fewer]
    with Weigher([features_of(each) for each in both]) as weigher:
        assert {"novelty.points", "bands.promote_from_decibans", "points.prior_decibans"} <= {*weigher.keys}
        for values, chosen in (({}, by_default), ({"novelty.points": 12.0}, fewer), ({}, by_default)):
            scores = [each.quarters / 4 for each in weigher.weigh(values)]
            part = scores[: len(by_default)] if chosen is by_default else scores[len(by_default) :]
            assert part == [each.score for each in chosen]
        assert len({each.score for each in both}) > 3


@pytest.mark.long
def test_what_if_names_one_number_and_its_run_can_be_repeated(
    kept: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Of a family that fewer points of novelty have lost: what the change moves is what a backtest with that file tells."""
    folder, told = kept
    shown = {row["family"] for row in told["rows"] if row["candidate"]}
    lost = next(row for row in told["rows"] if row["change"] == "lost" and row["family"] not in shown)
    candidate, out = folder / "candidate", tmp_path / "what-if"
    ran = brainstem("backtest", candidate, "--what-if", lost["family"], "--out", out, "--output", "json")
    assert ran.status == FINE, ran.err
    found = json.loads(ran.out)
    assert (found["what_if"]["asked"], found["what_if"]["family"]) == ("surface", lost["family"])
    answer = found["what_if"]["runs"][-1]
    assert answer["confirmed"]
    assert {key: answer[key] for key in found["what_if"]["answer"]} == found["what_if"]["answer"]
    own = [row["candidate"]["time"] for row in found["rows"] if row["family"] == lost["family"] and row["candidate"]]
    assert answer["surfaced_first"] == min(own)
    assert found["candidate"]["parameters"]["values"][answer["parameter"]] == answer["to"]
    changes = [each["change"] for each in (answer, *found["what_if"]["not_run"])]
    assert changes == sorted(changes)
    again = brainstem("backtest", candidate, "--candidate", out / "candidate.toml", "--output", "json")
    assert json.loads(again.out)["rows"] == found["rows"]


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
        (("RUN", "LOGS"), BAD_CONFIGURATION, "is the folder of a run"),
        (("acme=RUN",), BAD_CONFIGURATION, "Give its folder without a tenant"),
        (("RUN", "--reference-date", "2026-03-20"), BAD_CONFIGURATION, "--reference-date cannot be given"),
        (("RUN", "--what-if", "tunnel"), BAD_CONFIGURATION, "is no family, item or signature"),
        (("RUN", "--what-if", "f1-0123456789abcdef"), UNREADABLE, "nothing in"),
        (("RUN", "--what-if", "f1-0123456789abcdef", "--candidate", "RUN"), BAD_CONFIGURATION, "--what-if searches"),
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
    ran = brainstem("backtest", *(places.get(each, each.replace("=RUN", f"={places['RUN']}")) for each in arguments))
    assert (ran.status, ran.out) == (status, ""), ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
