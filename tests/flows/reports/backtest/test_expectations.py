"""What is expected of items: a file says which must and must not appear, and each fault of it is told."""

import json
from pathlib import Path

import pytest

from connectors.base import ConfigurationError
from flows.reports.backtest.expectations import load_expectations, outcomes
from tests.flows.reports.backtest.test_comparison import shown


def met(folder: Path, text: str, name: str = "expect.toml") -> list[bool]:
    """Return which expectations of a file are met by one item, three hours after the epoch."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return [each.is_met for each in outcomes(load_expectations(path), [shown(3)])]


@pytest.mark.parametrize(
    ("keys", "holds"),
    [
        ('tenant = "acme"', True),
        ('tenant = "bolt"', False),
        ('family = "f1-0000000000000001"', True),
        ('family = "f1-0000000000000002"', False),
        ('signature = "s2-0000000000000001"', True),
        ('signature = "s2-0000000000000009"', False),
        ('kind = "spread"', True),
        ('kind = "burst"', False),
        ('host = "db1"', True),
        ('host = "db"', False),
        ('service = "kernel"', True),
        ('service = "sshd"', False),
        ('words = "SOFT disk"', True),
        ('words = "soft tape"', False),
        ('tenant = "acme"\nhost = "db2"', False),
        ('tenant = "acme"\nbefore = 1970-01-01T03:00:01Z', True),
        ('tenant = "acme"\nbefore = 1970-01-01T03:00:00Z', False),
        ('tenant = "acme"\nafter = "1970-01-01T03:00:00"', True),
        ('tenant = "acme"\nafter = 1970-01-01T05:00:00+01:00', False),
    ],
)
def test_every_key_that_is_given_has_to_hold(tmp_path: Path, keys: str, holds: bool) -> None:
    """Of one item; `must_not` is the opposite of `must`."""
    assert met(tmp_path, f"[[must]]\n{keys}\n[[must_not]]\n{keys}\n") == [holds, not holds]


def test_json_lines_say_the_same_as_toml(tmp_path: Path) -> None:
    """One object a line, blank lines are none."""
    lines = [
        {"expect": "must", "words": "soft sectors"},
        {"expect": "must_not", "tenant": "acme", "before": "1971-01-01"},
    ]
    assert met(tmp_path, "\n\n".join(map(json.dumps, lines)) + "\n", "expect.jsonl") == [True, False]


def test_an_unmet_expectation_says_why(tmp_path: Path) -> None:
    """By its name, or by what it asks for; one that must not appear names the item."""
    path = tmp_path / "expect.toml"
    path.write_text('[[must]]\nhost = "db7"\n[[must_not]]\nname = "disk noise"\nwords = "soft"\n', encoding="utf-8")
    missing, unwanted = outcomes(load_expectations(path), [shown(3)])
    assert (missing.expectation.name, missing.told) == ("host db7", "no item is as expected")
    assert unwanted.expectation.name == "disk noise"
    assert unwanted.told.startswith("there is i1-acme-1-3-0 of acme: New on db1")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("e.toml", "", "expects nothing"),
        ("e.jsonl", "\n\n", "expects nothing"),
        ("e.toml", '[[must]]\nhots = "db1"', "must[1].hots is not a known key. Did you mean host?"),
        ("e.toml", '[[mast]]\nhost = "db1"', "mast is not a known key. Did you mean must?"),
        ("e.toml", "[[must]]\nhost = 3", "must[1].host = 3 cannot be used. Give a text."),
        ("e.toml", '[[must]]\nname = "x"', "must[1] names no item. Give one or more of tenant"),
        ("e.toml", '[[must]]\nhost = "db1"\nbefore = "soon"', "before = 'soon' cannot be used. Give ISO 8601"),
        ("e.toml", "must = [3]", "must[1] = 3 cannot be used"),
        ("e.toml", "[[must]", "is no TOML"),
        ("e.jsonl", "{", "line 1 is no JSON"),
        ("e.jsonl", '{"host": "db1"}', 'line 1: give an object with "expect": "must" or "must_not"'),
        ("e.jsonl", "[]", "line 1: give an object"),
    ],
)
def test_a_fault_of_the_file_is_refused_with_its_fix(tmp_path: Path, name: str, text: str, told: str) -> None:
    """Nothing is replayed for an expectation that nobody can meet."""
    with pytest.raises(ConfigurationError) as refused:
        met(tmp_path, text, name)
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Both forms."""
    for name in ("e.toml", "e.jsonl"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            load_expectations(tmp_path / name)
