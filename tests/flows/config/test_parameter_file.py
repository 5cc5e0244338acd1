"""Parameters from a file: every one that is no part of a stored shape can be set, and what cannot be used is refused."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.parameters import DEFAULT_VERSION, Number, Parameter, version_of
from connectors.base import ConfigurationError
from flows.config.parameter_file import IN_ORDER, checked, load_parameters, parameters_from
from flows.config.parameters import parameters
from flows.config.printed import toml, whole_configuration

EVERYTHING = parameters()
KNOWN = {each.key: each for each in EVERYTHING}
SETTABLE = [each for each in EVERYTHING if not each.fixed]


def file_with(folder: Path, text: str) -> Path:
    """Write a file of parameters."""
    path = folder / "parameters.toml"
    path.write_text(text, encoding="utf-8")
    return path


def other_value(each: Parameter) -> Number:
    """Return a value near the default that is another one."""
    if isinstance(each.default, float):
        step = 0.25 if each.unit == "decibans" else abs(each.default) / 64
        return each.default - step if each.default > 0 else each.default + step
    assert isinstance(each.default, int)
    return each.default - 1 if each.default > (each.least or 1) else each.default + 1


def test_what_config_prints_is_a_file_that_changes_nothing(tmp_path: Path) -> None:
    """So it can be copied, and one number in it be changed."""
    assert load_parameters("--parameters", file_with(tmp_path, whole_configuration(None))) == {}


def test_a_number_changed_in_what_config_prints_is_the_only_one_that_differs(tmp_path: Path) -> None:
    """And the version says so."""
    text = whole_configuration(None).replace("\nscale = 30.0", "\nscale = 40", 1)
    values = load_parameters("--parameters", file_with(tmp_path, text))
    assert values == {"novelty.scale": 40.0}
    assert isinstance(values["novelty.scale"], float)
    assert re.fullmatch("p-[0-9a-f]{8}", version_of(values))
    shown = whole_configuration(None, parameter_file=tmp_path / "parameters.toml")
    (line,) = [line for line in shown.splitlines() if line.endswith("(file)")]
    assert line.startswith("scale = 40.0  # ")


@pytest.mark.parametrize("each", SETTABLE, ids=lambda each: each.key)
def test_every_parameter_that_is_not_fixed_can_be_set(each: Parameter) -> None:
    """To a value near its default, which no range forbids."""
    value = other_value(each)
    assert checked(each, value) == value != each.default


def test_most_parameters_can_be_set() -> None:
    """Those that cannot say why, in words."""
    fixed = [each for each in EVERYTHING if each.fixed]
    assert len(fixed) < len(EVERYTHING) / 12
    assert all(len(each.fixed.split()) > 3 for each in fixed)


@pytest.mark.parametrize("each", [each for each in EVERYTHING if each.fixed], ids=lambda each: each.key)
def test_a_fixed_parameter_is_accepted_as_it_is_and_refused_as_another_with_the_reason(each: Parameter) -> None:
    """Its own value stands in what `config` prints."""
    assert checked(each, list(each.default) if isinstance(each.default, tuple) else each.default) == each.default
    other = (
        [1] * len(each.default) if isinstance(each.default, tuple) else each.default + 1 if each.default > 0 else 1.0
    )
    with pytest.raises(ConfigurationError, match=re.escape(each.fixed)):
        checked(each, other)


def test_the_defaults_keep_the_order_that_files_must_keep() -> None:
    """Of each pair the first is less."""
    for keys in IN_ORDER:
        defaults = [KNOWN[key].default for key in keys]
        assert all(low < high for low, high in itertools.pairwise(defaults))  # type: ignore[operator]  # no tuples


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[parameters.novelty]\npoint = 3.0",
            "novelty.point is not a known key. Did you mean parameters.novelty.points?",
        ),
        (
            "[parameters.novelti]\nscale = 3.0",
            "novelti.scale is not a known key. Did you mean parameters.novelty.scale?",
        ),
        ("[parameters.zzz]\nqqq = 1", "zzz.qqq is not a known key"),
        ("[novelty]\npoints = 3.0", "Did you mean [parameters.novelty]?"),
        ("[parameter.novelty]\npoints = 3.0", "parameter is not a known table. Did you mean parameters?"),
        ("[parameters]\nnovelty = 3", "parameters.novelty is not a known key"),
        ("parameters = 3", "parameters = 3 cannot be used. Give a table"),
        ('[parameters.novelty]\npoints = "many"', "novelty.points = 'many' cannot be used. Give a number."),
        ("[parameters.novelty]\npoints = true", "novelty.points = True cannot be used. Give a number."),
        ("[parameters.novelty]\npoints = [1]", "Give a number."),
        ("[parameters.novelty]\npoints = nan", "Give 0 or more, and 1,000 at the most."),
        ("[parameters.novelty]\npoints = inf", "Give 0 or more, and 1,000 at the most."),
        ("[parameters.novelty]\npoints = -1", "Give 0 or more, and 1,000 at the most."),
        ("[parameters.novelty]\nscale = 0", "Give 0.25 or more"),
        ("[parameters.novelty]\nfade_days = 0", "Give more than 0"),
        ("[parameters.bands]\nleave_promote_hours = 1.5", "Give a whole number."),
        ("[parameters.bands]\nleave_promote_hours = 0", "Give 1 or more"),
        ("[parameters.bands]\nkey_decibans = 2.1", "Give a multiple of 0.25"),
        (
            "[parameters.bands]\nwatch_from_decibans = -3.0",
            "must be less than parameters.bands.investigate_from_decibans",
        ),
        ("[parameters.cue]\nerror_severity = 25", "Give 1 or more, and 24 at the most."),
        ("[parameters.precedent]\nexponent = 0.5", "0 at the most"),
        ("[parameters.history.state]\ndays = 30", "It cannot be set: stored state has this shape"),
    ],
)
def test_what_cannot_be_used_is_refused_with_key_value_and_fix(tmp_path: Path, text: str, told: str) -> None:
    """Before anything is read or written."""
    with pytest.raises(ConfigurationError) as refused:
        load_parameters("--parameters", file_with(tmp_path, text))
    assert told in str(refused.value)


def test_tables_of_a_live_run_may_stand_beside(tmp_path: Path) -> None:
    """One file serves a live run and the replay that is held against it."""
    text = '[run]\nout = "x"\n[kafka]\nbrokers = "b"\n[parameters]\nnovelty.points = 3\n'
    assert load_parameters("--parameters", file_with(tmp_path, text)) == {"novelty.points": 3.0}


def test_without_a_file_nothing_differs() -> None:
    """And the version is that of the defaults."""
    assert load_parameters("--parameters", None) == {}
    assert version_of({}) == DEFAULT_VERSION


@given(st.dictionaries(st.sampled_from(SETTABLE), st.booleans(), max_size=8))
def test_the_version_depends_on_what_differs_and_on_nothing_else(chosen: dict[Parameter, bool]) -> None:
    """Not on the order in a file, nor on keys that repeat a default."""
    values = {each.key: other_value(each) if differs else each.default for each, differs in chosen.items()}
    differing = {key: value for key, value in values.items() if value != KNOWN[key].default}
    backwards = dict(reversed(values.items()))
    texts = ["\n".join(f"{key} = {toml(value)}" for key, value in each.items()) for each in (values, backwards)]
    try:
        one, other = (parameters_from(tomllib.loads(text)) for text in texts)
    except ConfigurationError as refused:
        assert "must be less than" in str(refused)  # noqa: PT017 - which pairs meet is up to chance
        return
    assert one == other == differing
    assert list(one) == sorted(one)
    assert version_of(one) == version_of(dict(reversed(one.items())))
    assert (version_of(one) == DEFAULT_VERSION) == (not differing)
