"""`brainstem config`: nothing that steers judgement is left out, nothing is written twice, and it is TOML."""

import ast
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import brainstem
from brainstem.attention.bands import BEHAVIOURS
from brainstem.attention.daily_budget import ITEMS_A_DAY
from connectors.base import ConfigurationError
from flows.config.live_run import from_values
from flows.config.parameters import parameters
from flows.config.printed import EXAMPLE, SETTINGS, toml, whole_configuration
from flows.config.toml_table import Table
from tests.support.configuration import WHOLE_CONFIGURATION

STEERING = (
    "SLOTS",
    "DAYS",
    "HOURS",
    "MINUTES",
    "SECONDS",
    "DECIBANS",
    "POINTS",
    "SHARE",
    "PERMILLE",
    "LEAST",
    "MOST",
    "MAX",
)
"""ends of the names of numbers that steer what surfaces"""
NO_PARAMETERS = {
    "SLOT_MINUTES": "follows from the length of a slot",
    "JOBS_MOST": "bounds work, and is far above the jobs of a message",
    "STATES_MOST": "bounds memory, and what is read anew is the same",
    "SCATTERED_PERMILLE": "saves work, and changes no points",
    "WORDS_LEAST": "says what names a shape",
}
"""constants with such an end that steer nothing"""


def constants_of(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Return the public constants of a module with the expressions that they are set to."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
                yield target.id, node.value


def is_declaration(value: ast.expr) -> bool:
    """Return whether a constant is declared as a parameter."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "parameter"


def modules_that_judge() -> list[Path]:
    """Return the files of the packages whose numbers steer what surfaces."""
    root = Path(brainstem.__file__).parent
    return [
        path for package in ("evidence", "attention", "discovery") for path in sorted((root / package).rglob("*.py"))
    ]


def test_every_parameter_has_a_unit_and_a_meaning() -> None:
    """One line of words, and a key of its own."""
    everything = parameters()
    assert len({each.key for each in everything}) == len(everything) > 300
    for each in everything:
        assert each.unit.strip(), each.key
        assert len(each.meaning.split()) > 1, each.key
        assert "\n" not in each.meaning, each.key


def test_a_constant_has_the_value_and_the_name_that_is_declared() -> None:
    """The key ends in the constant's name, or in what is left of it where it begins with its table's."""
    known = {each.key: each for each in parameters()}
    for path in modules_that_judge():
        for name, value in constants_of(path):
            if is_declaration(value):
                assert isinstance(value, ast.Call)
                key = ast.literal_eval(value.args[0])
                module = ".".join(path.relative_to(Path(brainstem.__file__).parents[1]).with_suffix("").parts)
                assert getattr(importlib.import_module(module), name) == known[key].value
                assert name.lower().endswith(known[key].name), key


def test_one_module_declares_all_of_a_table() -> None:
    """So its parameters are printed in the order in which they stand there."""
    declaring: dict[str, set[Path]] = {}
    for path in modules_that_judge():
        for _, value in constants_of(path):
            if is_declaration(value):
                assert isinstance(value, ast.Call)
                declaring.setdefault(ast.literal_eval(value.args[0]).rpartition(".")[0], set()).add(path)
    assert not {section: paths for section, paths in declaring.items() if len(paths) > 1}


def test_no_number_that_steers_is_left_undeclared() -> None:
    """A decimal number, or a number whose name ends like a threshold, is a parameter, or listed as none."""
    found = {
        name
        for path in modules_that_judge()
        for name, value in constants_of(path)
        if isinstance(value, ast.Constant | ast.BinOp)
        and (
            (isinstance(value, ast.Constant) and isinstance(value.value, float))
            or (name.rsplit("_", 1)[-1] in STEERING and any(isinstance(each, ast.Constant) for each in ast.walk(value)))
        )
    }
    assert found == set(NO_PARAMETERS)


def test_without_a_file_all_are_defaults() -> None:
    """It is TOML, and holds the bands and the budget."""
    text = whole_configuration(None)
    values = tomllib.loads(text)
    assert values["run"]["items_a_day"] == ITEMS_A_DAY
    assert values["parameters"]["bands"]["watch_from_decibans"] == BEHAVIOURS[2].from_decibans
    assert values["parameters"]["points"]["prior_decibans"] == -20.0
    assert "(file)" not in text
    assert "out" not in values["run"], "what must be named is a comment"
    assert all(line.count("#") for line in text.splitlines() if "=" in line)


def test_a_file_and_the_command_line_are_merged_and_said(tmp_path: Path) -> None:
    """Each value says where it comes from, and the later one wins; secrets stay where they are."""
    file = tmp_path / "run.toml"
    file.write_text(WHOLE_CONFIGURATION, encoding="utf-8")
    text = whole_configuration(file, items_a_day=9)
    values = tomllib.loads(text)
    lines = {line.split(" = ")[0]: line for line in text.split("# [replay]")[0].splitlines() if " = " in line}
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
    kafka = {**EXAMPLE["kafka"], "output": {"brokers": "127.0.0.1:9092"}}
    from_values(EXAMPLE | {"kafka": kafka, "spool": {"folder": "/var/lib/brainstem/spool"}})
    tables = {
        "run",
        "spool",
        "status",
        "shadow",
        "kafka",
        "kafka.output",
        "cluster",
        "listen",
        "files",
        "journal",
        "parameters",
    }
    assert taken - tables == {f"{each.table}.{each.key}" for each in SETTINGS}


@pytest.mark.parametrize("value", [1, -2.5, 0.1, True, 'a "b" \\ \x01 ü', ["x", 2], {"a.b": "c"}, 600.0])
def test_a_value_comes_back_from_its_toml(value: object) -> None:
    """Texts with quotes, numbers, lists and tables."""
    assert tomllib.loads(f"value = {toml(value)}") == {"value": value}
