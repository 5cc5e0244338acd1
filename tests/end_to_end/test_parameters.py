"""Other parameters make another outcome, in one process and in several, and all that is written says which they were."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Ran, run
from tests.support.small_town import town, write

FEWER = "[parameters.novelty]\npoints = 12\n"
BAD_CONFIGURATION = 3


def brainstem(*arguments: object) -> Ran:
    """Run the program."""
    return run(None, *arguments)


def items_of(out: Path) -> list[dict[str, Any]]:
    """Return the items of an output folder."""
    return [json.loads(line) for line in (out / "items.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the arguments that name a small town's logs."""
    return write(tmp_path_factory.mktemp("town"), town(7))


@pytest.fixture(scope="module")
def runs(inputs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run by default, one with fewer points of novelty, and that one again with two processes."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "fewer.toml").write_text(FEWER, encoding="utf-8")
    for name, *options in (
        ("default",),
        ("fewer", "--parameters", folder / "fewer.toml"),
        ("two", "--parameters", folder / "fewer.toml", "--processes", "2"),
    ):
        ran = brainstem("replay", *inputs, "--out", folder / name, *options)
        assert ran.status == 0, ran.err
    return folder


def test_a_parameter_that_is_set_changes_the_outcome(runs: Path) -> None:
    """Less novelty surfaces less, or later."""
    by_default, fewer = items_of(runs / "default"), items_of(runs / "fewer")
    assert 0 < len(fewer) < len(by_default)
    (points,) = {
        each["points"]
        for item in fewer
        for each in item["data"]["contributions"]
        if each["factor"] == "novelty" and each["points"] > 12
    } or {None}
    assert points is None, "novelty gives 12 points at the most"


def test_a_repair_judges_with_the_parameters_of_the_run(runs: Path, tmp_path: Path) -> None:
    """What is made anew says with which, as what was lost did."""
    out = tmp_path / "out"
    shutil.copytree(runs / "fewer", out)
    (out / "items.jsonl").unlink()
    ran = brainstem("repair", out)
    assert ran.status == 0, ran.err
    assert (out / "items.jsonl").read_bytes() == (runs / "fewer" / "items.jsonl").read_bytes()
    assert (out / "ledger.json").read_bytes() == (runs / "fewer" / "ledger.json").read_bytes()


def test_every_item_and_the_ledger_say_with_which_parameters(runs: Path) -> None:
    """The ledger has the values that differ."""
    for name, values in (("default", {}), ("fewer", {"novelty.points": 12.0})):
        told = json.loads((runs / name / "ledger.json").read_bytes())["parameters"]
        assert told["values"] == values
        assert {item["data"]["parameters"] for item in items_of(runs / name)} == {told["version"]}
        assert (told["version"] == "default") == (not values)


def test_workers_have_the_same_parameters(runs: Path) -> None:
    """To the byte."""
    assert (runs / "two" / "items.jsonl").read_bytes() == (runs / "fewer" / "items.jsonl").read_bytes()


def test_what_config_prints_changes_nothing(runs: Path, inputs: list[str], tmp_path: Path) -> None:
    """To the byte, version and all."""
    (tmp_path / "all.toml").write_text(brainstem("config").out, encoding="utf-8")
    ran = brainstem("replay", *inputs, "--out", tmp_path / "out", "--parameters", tmp_path / "all.toml")
    assert ran.status == 0, ran.err
    assert (tmp_path / "out" / "items.jsonl").read_bytes() == (runs / "default" / "items.jsonl").read_bytes()


def test_an_explanation_is_of_the_run_that_it_is_about(runs: Path) -> None:
    """Its parts add up to the scores of that run, whatever the defaults are."""
    item = items_of(runs / "fewer")[0]
    ran = brainstem("explain", item["id"], "--out", runs / "fewer")
    assert ran.status == 0, ran.err
    assert f"{item['data']['score']:.2f}" in ran.out


def test_a_fault_in_the_file_ends_with_3_before_anything_is_written(inputs: list[str], tmp_path: Path) -> None:
    """Key, value and fix."""
    (tmp_path / "bad.toml").write_text("[parameters.novelty]\npoint = 12\n", encoding="utf-8")
    ran = brainstem("replay", *inputs, "--out", tmp_path / "out", "--parameters", tmp_path / "bad.toml")
    assert ran.status == BAD_CONFIGURATION
    assert "parameters.novelty.point is not a known key. Did you mean parameters.novelty.points?" in ran.err
    assert not (tmp_path / "out").exists()
