"""Parameters from a TOML file, and what is told of a wrong one: every key is known, every value has the type and the range
of its parameter.

Takes the tables of a file and returns the values that differ from the defaults. The file has a table `parameters` with a
table for each section, as `brainstem config` prints it, so its output is a valid file:

    [parameters.novelty]
    points = 30.0

Other tables are those of a live run (`flows.config.live_run`), and nothing here reads them.
"""

import difflib
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brainstem.parameters import Number, Parameter
from connectors.base import ConfigurationError
from flows.config.parameters import parameters
from flows.config.toml_table import Table, read_toml

TABLE: Final = "parameters"
OTHER_TABLES: Final = ("run", "spool", "kafka", "cluster", "listen", "status", "shadow")
"""tables of a live run and an intake, which may stand in the same file"""
INTEGER_MOST: Final = 2**31 - 1
MICROSECONDS_MOST: Final = 2**53
FLOAT_MOST: Final = 1e9
DECIBANS_MOST: Final = 1000.0
QUARTERS: Final = ("bands", "points")
"""sections whose decibans are compared with sums of contributions, which are whole quarters"""
IN_ORDER: Final = (
    (
        "bands.background_from_decibans",
        "bands.watch_from_decibans",
        "bands.investigate_from_decibans",
        "bands.promote_from_decibans",
    ),
    ("bands.leave_promote_decibans", "bands.promote_from_decibans"),
    ("eviction.families_left", "eviction.families_most"),
    ("self_heal.by_timing.pairs_left", "self_heal.by_timing.pairs_most"),
    ("shared.known_from_slots", "shared.learning_slots"),
    ("cue.warning_severity", "cue.error_severity"),
    ("history.rates.sustained_least", "history.rates.sustained_most"),
    ("numeric_drift.drift_days_least", "numeric_drift.drift_days_most"),
    ("numeric_drift.base_windows_least", "numeric_drift.base_windows_most"),
    ("silence.overdue.wait_least", "silence.overdue.wait_most"),
    ("silence.schedule.tolerance_least", "silence.schedule.tolerance_most"),
    ("silence.job_runs.join_minutes", "silence.job_runs.join_most"),
)
"""parameters of which each is less than the next one"""


@dataclass(frozen=True, slots=True)
class ShadowSettings:
    """The shadow of a live run: parameters under which its stored records are judged too, for nobody but who asks.

    `parameters` are pairs of key and value that differ from the defaults, in order of keys, as the file `config` had them
    at the start of the run.
    """

    config: Path
    parameters: tuple[tuple[str, Number], ...]


def load_parameters(option: str, path: Path | None) -> dict[str, Number]:
    """Return the values in a file that differ from the defaults, by key in order of keys; none without a file.

    Raises `ConfigurationError` with key, value and fix.
    """
    if path is None:
        return {}
    values = read_toml(option, path)
    for name in values:
        if name not in (TABLE, *OTHER_TABLES):
            raise _unknown_table(option, path, name)
    return parameters_from(values.get(TABLE, {}))


def read_shadow(table: Table) -> ShadowSettings | None:
    """Return the shadow that the table `shadow` of a file asks for; None where it names no file. Raises `ConfigurationError`
    with key, value and fix, also for what the file that it names holds.
    """
    named = table.take("config", str, "")
    table.finish()
    if not named:
        return None
    return ShadowSettings(Path(named), tuple(load_parameters("shadow.config", Path(named)).items()))


def parameters_toml(values: Mapping[str, Number]) -> str:
    """Return values by key as a file that `load_parameters` reads."""
    lines: list[str] = []
    section = None
    for key, value in sorted(values.items(), key=lambda each: each[0].rpartition(".")):
        table, _, name = key.rpartition(".")
        if table != section:
            lines += [*([""] if lines else []), f"[{TABLE}.{table}]"]
            section = table
        lines.append(f"{name} = {list(value) if isinstance(value, tuple) else value}")
    return "".join(f"{line}\n" for line in lines)


def parameters_from(table: Any) -> dict[str, Number]:
    """Return the values of a table `parameters` that differ from the defaults, by key in order of keys.

    Raises `ConfigurationError` with key, value and fix for a key that is not known, for a value of another type or out of
    range, for one that cannot be set, and for values that contradict each other.
    """
    if not isinstance(table, dict):
        raise ConfigurationError(f"{TABLE} = {table!r} cannot be used. Give a table, such as [parameters.novelty].")
    known = {each.key: each for each in parameters()}
    differing: dict[str, Number] = {}
    for key, value in _leaves(table, ""):
        if key not in known:
            raise _unknown_key(key, known)
        chosen = checked(known[key], value)
        if chosen != known[key].default:
            differing[key] = chosen
    _require_order(differing, known)
    return dict(sorted(differing.items()))


def checked(parameter: Parameter, value: Any) -> Number:
    """Return a value of a file as the parameter has it. Raises `ConfigurationError` for one that it cannot have."""
    default = parameter.default
    if isinstance(default, tuple):
        fits = isinstance(value, list) and len(value) == len(default) and all(type(each) is int for each in value)
        chosen: Number = tuple(value) if fits else default
        words = f"a list of {len(default)} whole numbers"
    elif isinstance(default, float):
        fits = type(value) in (int, float)
        chosen = float(value) if fits else default
        words = "a number"
    else:
        fits = type(value) is int
        chosen = value if fits else default
        words = "a whole number"
    if not fits:
        raise _fault(parameter, value, f"Give {words}.")
    if chosen == default:
        return default
    if parameter.fixed:
        raise _fault(parameter, value, f"It cannot be set: {parameter.fixed}. Leave it out.")
    if not isinstance(chosen, tuple) and not isinstance(default, tuple):
        _require_range(parameter, chosen, default, value)
    return chosen


def _require_range(parameter: Parameter, chosen: float, default: float, value: Any) -> None:
    """Raise `ConfigurationError` for a number outside of what the unit and the bounds of the parameter allow."""
    least, most, is_open = _range_of(parameter, default)
    if not math.isfinite(chosen) or not (least < chosen if is_open else least <= chosen) or chosen > most:
        from_least = f"more than {least:,.15g}" if is_open else f"{least:,.15g} or more"
        raise _fault(parameter, value, f"Give {from_least}, and {most:,.15g} at the most.")
    if parameter.unit == "decibans" and parameter.section in QUARTERS and chosen * 4 != int(chosen * 4):
        raise _fault(parameter, value, "Give a multiple of 0.25: scores are whole quarters of a point.")


def _range_of(parameter: Parameter, default: float) -> tuple[float, float, bool]:
    """Return the least and the most that a parameter may be, and whether the least itself is excluded.

    Points that something gives may be none at all; other numbers are divisors and bounds, which work above 0 only, and
    points that something is divided by declare their least themselves. What is below 0 by default is a level or a power.
    """
    least, most, is_open = 0.0, FLOAT_MOST, True
    if isinstance(default, int):
        least, most, is_open = 1, MICROSECONDS_MOST if parameter.unit == "microseconds" else INTEGER_MOST, False
    elif parameter.unit == "decibans":
        least, most, is_open = -DECIBANS_MOST if parameter.section in QUARTERS else 0.0, DECIBANS_MOST, False
    elif parameter.unit == "share":
        least, most, is_open = 0.0, 1.0, False
    elif default < 0:
        least, most, is_open = -FLOAT_MOST, 0.0, False
    return (
        least if parameter.least is None else parameter.least,
        most if parameter.most is None else parameter.most,
        is_open and parameter.least is None,
    )


def _require_order(differing: Mapping[str, Number], known: Mapping[str, Parameter]) -> None:
    """Raise `ConfigurationError` where one parameter must be less than another and, with the values given, is not."""
    for keys in IN_ORDER:
        for lower, upper in itertools.pairwise(keys):
            low, high = (differing.get(key, known[key].default) for key in (lower, upper))
            if (lower in differing or upper in differing) and not low < high:  # type: ignore[operator]  # no tuples here
                raise ConfigurationError(
                    f"{TABLE}.{lower} = {low!r} must be less than {TABLE}.{upper} = {high!r}. Set both."
                )


def _leaves(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of a table with their values, those of the tables inside it too."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value


def _fault(parameter: Parameter, value: Any, fix: str) -> ConfigurationError:
    unit = parameter.unit.replace("decibans", "points")
    return ConfigurationError(
        f"{TABLE}.{parameter.key} = {value!r} cannot be used. {fix} Its default is {parameter.default!r} ({unit})."
    )


def _unknown_key(key: str, known: Mapping[str, Parameter]) -> ConfigurationError:
    """Return the error for a key that no parameter has, with the one that is nearest to it."""
    section, _, name = key.rpartition(".")
    of_section = [each.key for each in known.values() if each.section == section]
    named_so = [each.key for each in known.values() if each.name == name]
    near = (
        difflib.get_close_matches(key, of_section, 1)
        or difflib.get_close_matches(key, named_so, 1)
        or difflib.get_close_matches(key, list(known), 1)
    )
    fix = f"Did you mean {TABLE}.{near[0]}?" if near else "`brainstem config` prints all of them."
    return ConfigurationError(f"{TABLE}.{key} is not a known key. {fix}")


def _unknown_table(option: str, path: Path, name: str) -> ConfigurationError:
    sections = {each.section.partition(".")[0] for each in parameters()}
    near = difflib.get_close_matches(name, [TABLE, *OTHER_TABLES, *sorted(sections)], 1)
    if name in sections:
        fix = f"Did you mean [{TABLE}.{name}]?"
    elif near:
        fix = f"Did you mean {near[0] if near[0] not in sections else f'{TABLE}.{near[0]}'}?"
    else:
        fix = f"Parameters stand in tables such as [{TABLE}.novelty]."
    return ConfigurationError(f"{option} {path}: {name} is not a known table. {fix}")
