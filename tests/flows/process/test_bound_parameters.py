"""Parameters of a process are bound once, before what uses them is imported."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from brainstem.parameters import bind, bound
from connectors.base import ConfigurationError
from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.process.bound_parameters import (
    PARAMETERS_ARGUMENT,
    VARIABLE,
    bind_from_environment,
    parameters_argument,
    require_bound,
)
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.runs.replay import replay

ROOT = Path(__file__).resolve().parents[3]


def told_by_a_process(code: str, values: dict[str, float]) -> str:
    """Return what a new process prints, whose environment binds values."""
    environment = {**os.environ, VARIABLE: orjson.dumps(values).decode(), "PYTHONPATH": str(ROOT)}
    bind_first = "from flows.process.bound_parameters import bind_from_environment; bind_from_environment(); "
    ran = subprocess.run(
        [sys.executable, "-c", bind_first + code], capture_output=True, text=True, env=environment, check=True
    )
    return ran.stdout.strip()


def test_a_bound_value_is_what_modules_see_and_what_follows_from_it() -> None:
    """A constant that is worked out from a parameter follows it."""
    code = (
        "from brainstem.attention.bands import SURFACE_AGAIN_DAYS; from brainstem.attention.state import AGAIN_SLOTS;"
        "print(SURFACE_AGAIN_DAYS, AGAIN_SLOTS)"
    )
    assert told_by_a_process(code, {"bands.surface_again_days": 3}) == f"3 {3 * 144}"
    assert told_by_a_process(code, {}) == f"7 {7 * 144}"


def test_what_is_compiled_from_a_bound_value_has_files_of_its_own() -> None:
    """So runs with other parameters do not take turns in compiling."""
    code = (
        "from brainstem.jit.cache import _Rebuilding; from brainstem.evidence.frequency import novelty;"
        "from brainstem.attention import weigh;"
        "names = [_Rebuilding(each.py_func).filename_base for each in (weigh.weigh_all, novelty.novelty_points)];"
        "print(*(('-p-' in each) for each in names), novelty.NOVELTY_POINTS)"
    )
    assert told_by_a_process(code, {"novelty.points": 5.0}) == "True True 5.0"
    assert told_by_a_process(code, {}) == "False False 27.0"


def test_it_is_too_late_to_bind_what_has_been_declared() -> None:
    """Constants have their values by then."""
    with pytest.raises(RuntimeError, match=r"too late to bind novelty\.points"):
        bind({"novelty.points": 5.0})
    assert bound() == {}


def test_an_environment_that_brainstem_did_not_write_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person has --parameters."""
    monkeypatch.setenv(VARIABLE, "many")
    with pytest.raises(ConfigurationError, match="--parameters FILE"):
        bind_from_environment()


def test_a_run_whose_parameters_are_not_those_of_its_process_is_refused(tmp_path: Path) -> None:
    """It would say one thing in its items and compute another."""
    (tmp_path / "a.log").write_text("2026-03-02T10:00:00Z anvil pump: pressure held\n", encoding="utf-8")
    settings = Settings(tmp_path / "out", parameters=(("novelty.points", 5.0),))
    inventory = discover([parse_argument(f"acme={tmp_path}/a.log", "")])
    with pytest.raises(ConfigurationError, match="this process has the parameters default"):
        replay(inventory, settings)
    require_bound({})


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"novelty.points": 5.0}, {}, "begun with the parameters novelty.points = 5.0, and was now given the default"),
        ({}, {"novelty.points": 5.0}, "begun with the default parameters, and was now given the parameters novelty"),
        ({"novelty.points": 5.0}, {"novelty.points": 6.0}, "novelty.points = 5.0, and was now given the parameters"),
    ],
)
def test_a_run_is_not_resumed_with_other_parameters(
    tmp_path: Path, was: dict[str, float], now: dict[str, float], told: str
) -> None:
    """Half of it would have been judged otherwise; with the same ones it goes on."""
    recovery = Recovery(tmp_path / "out")
    begun = {"--tenant": "acme", **parameters_argument(was.items())}
    recovery.create(Plan(begun))
    with pytest.raises(ConfigurationError) as refused:
        recovery.resume({"--tenant": "acme", **parameters_argument(now.items())})
    assert told in str(refused.value)
    with pytest.raises(ConfigurationError, match="Go on with the same parameters"):
        # as another process of a cluster that is started by itself
        recovery.require_parameters(parameters_argument(now.items()))
    recovery.require_parameters(begun)
    assert recovery.resume(begun).arguments.get(PARAMETERS_ARGUMENT, {}) == was
