"""`brainstem config`: nothing that steers judgement is left out, nothing is written twice, and it is TOML."""

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

import brainstem
from brainstem.attention.bands import BEHAVIOURS
from brainstem.attention.daily_budget import ITEMS_A_DAY
from connectors.base import ConfigurationError
from flows.config.live_run import from_values
from flows.config.meanings import MEANINGS
from flows.config.parameters import MODULES, NO_PARAMETERS, constants_of, parameters
from flows.config.printed import EXAMPLE, SETTINGS, toml, whole_configuration
from flows.config.toml_table import Table
from tests.support.configuration import WHOLE_CONFIGURATION

NOT_OF_JUDGEMENT = {
    "attention.daily_budget": "set by items_a_day",
    "discovery.enrichment": "a code",
    "discovery.snippets": "how much is shown",
    "evidence.incidents.message_shape": "what names a shape",
}
"""Modules from evidence to discovery whose numbers steer nothing, or are listed as settings."""


def test_every_number_of_the_judging_modules_is_listed_with_a_meaning() -> None:
    """A new constant needs a sentence below it, a line in MEANINGS, or a place in NO_PARAMETERS."""
    told = {(each.module, each.name): each for each in parameters()}
    for module in MODULES:
        for name, value, _ in constants_of(module):
            if name in NO_PARAMETERS.get(module, "").split():
                assert (module, name.lower()) not in told
                continue
            assert told[module, name.lower()].value == value
            assert told[module, name.lower()].meaning, f"brainstem/{module}.py: {name} says nothing of itself"


def test_no_judging_module_is_left_out() -> None:
    """Every module of evidence, attention and discovery that defines a number is looked through."""
    root = Path(brainstem.__file__).parent
    judging = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for package in ("evidence", "attention", "discovery")
        for path in (root / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert {each for each in judging if any(constants_of(each))} - set(MODULES) == set(NOT_OF_JUDGEMENT)


def test_what_is_said_of_constants_is_said_of_some_that_exist() -> None:
    """A constant that goes takes its line with it."""
    for table in (MEANINGS, {module: dict.fromkeys(names.split(), "") for module, names in NO_PARAMETERS.items()}):
        for module, names in table.items():
            assert module in MODULES
            assert not set(names) - {name for name, *_ in constants_of(module)}, module


def test_values_are_read_and_not_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another value of a constant is another value in the list; no number stands in the tables."""
    monkeypatch.setattr(importlib.import_module("brainstem.attention.weigh"), "NOVELTY_POINTS", 27.25)
    assert {each.name: each.value for each in parameters()}["novelty_points"] == 27.25
    for table in ("parameters.py", "meanings.py"):
        source = ast.parse((Path(__file__).parents[3] / "flows" / "config" / table).read_text(encoding="utf-8"))
        numbers = [each for each in ast.walk(source) if isinstance(each, ast.Constant) and type(each.value) is float]
        assert not numbers, table


def test_without_a_file_all_are_defaults() -> None:
    """It is TOML, and holds the bands and the budget."""
    text = whole_configuration(None)
    values = tomllib.loads(text)
    assert values["run"]["items_a_day"] == values["replay"]["items_a_day"] == ITEMS_A_DAY
    assert values["fixed"]["bands"]["watch_from_decibans"] == BEHAVIOURS[2].from_decibans
    assert values["fixed"]["finding"]["prior_decibans"] == -20.0
    assert "(file)" not in text
    assert "out" not in values["run"], "what must be named is a comment"
    assert all(line.count("#") for line in text.splitlines() if "=" in line)


def test_a_file_and_the_command_line_are_merged_and_said(tmp_path: Path) -> None:
    """Each value says where it comes from, and the later one wins; secrets stay where they are."""
    file = tmp_path / "run.toml"
    file.write_text(WHOLE_CONFIGURATION, encoding="utf-8")
    text = whole_configuration(file, items_a_day=9)
    values = tomllib.loads(text)
    lines = {line.split(" = ")[0]: line for line in text.split("[replay]")[0].splitlines() if " = " in line}
    assert lines["zone"].endswith("(file)")
    assert values["run"]["zone"] == "Europe/Berlin"
    assert lines["items_a_day"].endswith("(command line)")
    assert values["run"]["items_a_day"] == 9
    assert lines["group"].endswith("(default)")
    assert values["kafka"]["client"]["sasl.password"] == {"env": "BRAINSTEM_TEST_SECRET"}
    # what it says of a run is a file for a run
    again = {name: values[name] for name in ("run", "kafka", "cluster")}
    assert from_values(again).settings.items_a_day == 9


def test_a_file_with_a_fault_is_refused_as_by_a_run(tmp_path: Path) -> None:
    """The same words."""
    file = tmp_path / "run.toml"
    file.write_text(WHOLE_CONFIGURATION.replace("zone =", "zome ="), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"run\.zome"):
        whole_configuration(file)


def test_every_key_that_a_file_may_have_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of the file is asked, so that a new key cannot be forgotten."""
    taken: set[str] = set()
    full, take = Table.full, Table.take

    def noting(self: Table, key: str, kind: type, default: object) -> object:
        taken.add(full(self, key))
        return take(self, key, kind, default)

    monkeypatch.setattr(Table, "take", noting)
    from_values(EXAMPLE | {"kafka": {**EXAMPLE["kafka"], "output": {"brokers": "127.0.0.1:9092"}}})
    tables = {"run", "kafka", "kafka.output", "cluster"}
    assert taken - tables == {f"{each.table}.{each.key}" for each in SETTINGS}


@pytest.mark.parametrize("value", [1, -2.5, 0.1, True, 'a "b" \\ \x01 ü', ["x", 2], {"a.b": "c"}, 600.0])
def test_a_value_comes_back_from_its_toml(value: object) -> None:
    """Texts with quotes, numbers, lists and tables."""
    assert tomllib.loads(f"value = {toml(value)}") == {"value": value}
