"""Kinds of evidence: each is one whole definition, and every table that names kinds agrees with the list of them."""

import ast
import inspect
import json
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import brainstem.evidence
from brainstem.attention import state, weigh
from brainstem.attention.blockers import BLOCKERS, Blocker
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_QUARTERS
from brainstem.discovery.enrichment import TENANT_COLUMNS
from brainstem.evidence.definition import EvidenceKind, Factor, Subject
from brainstem.evidence.frequency.acceleration import acceleration_points, strongest_sign
from brainstem.evidence.frequency.burst import RISE_MAX
from brainstem.evidence.kinds import (
    FACTOR_NAMED,
    FACTORS,
    ITEM_KINDS,
    KEYS,
    KIND_NAMED,
    KIND_OF_FACTOR,
    KINDS,
    mask_of,
)
from brainstem.evidence.statistics import own_share
from brainstem.explain.digest import NOT_SHOWN
from brainstem.parameters import declared, parameter
from tests.support.findings import finding

EVIDENCE = Path(brainstem.evidence.__file__).parent
STORED_COLUMNS = (
    *("memory", "recurrence", "rise", "acceleration", "spread", "self_heal", "novelty", "cue", "countdown", "period"),
    *("habituation", "change_event", "concentration", "clock", "crowd", "silence", "drift", "precursor", "precedent"),
    *("feedback", "lineage", "outcome"),
)
"""factors in the order of the columns that snapshots hold; new ones come behind"""
STORED_BITS = (
    *("recurrence", "burst", "acceleration", "spread", "self_heal", "novelty", "cue", "countdown", "concentration"),
    *("silence", "numeric_drift", "precursor", "precedent", "changed_outcome"),
)
"""kinds in the order of the bits that snapshots hold"""
ABOUT_THE_FAMILY = {
    *("family", "facet", "facet_kind", "slot", "first_time", "last_time", "count", "hosts"),
    *("episodes", "episodes_24h", "episodes_72h", "episodes_7d", "dispersion_milli", "tenant_age_slots"),
    *("service_24h_permille", "service_72h_permille"),
}
"""columns that belong to no kind of evidence: what the features are about, and what several kinds are weighed from"""

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
each_factor = pytest.mark.parametrize("factor", FACTOR_NAMED.values(), ids=lambda factor: factor.name)


def file_of(kind: EvidenceKind) -> Path:
    """Return the file that defines a kind."""
    return Path(inspect.getsourcefile(kind.factors[0].because) or "")


def tables_in(text: str) -> str:
    """Return a module's code without what it imports: what it does itself."""
    body = [node for node in ast.parse(text).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(ast.unparse(node) for node in body)


def example_points(kind: EvidenceKind) -> dict[str, float]:
    """Return the points of a kind's example, by factor."""
    feature_rows = np.zeros(1, FEATURES_DTYPE)
    for name, value in kind.example.items():
        feature_rows[name] = value
    return dict(zip(FACTORS, (weigh.weigh(feature_rows)[0] / POINT_QUANTUM).tolist(), strict=True))


def test_the_columns_of_the_factors_are_those_of_the_snapshots() -> None:
    """A permutation without a gap, and the stored ones where they were."""
    assert sorted(factor.column for factor in FACTOR_NAMED.values()) == list(range(len(FACTOR_NAMED)))
    assert FACTORS[: len(STORED_COLUMNS)] == STORED_COLUMNS
    assert len(FACTORS) == sum(len(kind.factors) for kind in KINDS)


def test_the_numbers_of_the_kinds_are_their_places_and_the_bits_of_the_snapshots() -> None:
    """The keys come first, so that their masks have no gap; names differ."""
    assert [kind.number for kind in KINDS] == list(range(len(KINDS)))
    assert tuple(kind.name for kind in KEYS)[: len(STORED_BITS)] == STORED_BITS
    assert KINDS[: len(KEYS)] == KEYS
    assert len(KIND_NAMED) == len(KINDS)
    assert len(KEYS) <= 32, "a mask is 32 bits wide"


@each_kind
def test_a_kind_has_a_file_and_a_test_can_find_its_weight_there(kind: EvidenceKind) -> None:
    """Definition, columns and the compiled function that weighs stand in one file, and `weigh` names them once."""
    path = file_of(kind)
    assert path.is_relative_to(EVIDENCE)
    defined = vars(sys.modules[kind.factors[0].because.__module__])
    assert defined["KIND"] is kind
    weighing = tables_in(inspect.getsource(weigh))
    for factor in kind.factors:
        name = factor.name.upper()
        assert defined[name] == factor.column
        assert weighing.count(f"points[{name}] = {factor.name}_points(") == 1
        assert f"{factor.name}_points" in defined


def test_every_definition_under_evidence_is_in_the_list() -> None:
    """A file with a definition that KINDS does not name is found."""
    defining = {path for path in EVIDENCE.rglob("*.py") if "KIND: Final = EvidenceKind(" in path.read_text("utf-8")}
    assert defining == {file_of(kind) for kind in KINDS}


@each_kind
def test_a_definition_is_complete(kind: EvidenceKind) -> None:
    """What it means, an example, and, of a kind that makes items, a headline and why it matters."""
    assert kind.meaning.endswith(".")
    assert kind.factors
    assert kind.makes_items == bool(kind.why_it_matters)
    assert kind.is_key or not (kind.makes_items or kind.stands_alone or kind.says_what_is_going_on)
    assert kind.parameters or kind.name == "lineage", "a kind is weighed by numbers of its own"
    assert set(kind.example) <= set(FEATURES_DTYPE.names or ())


@each_factor
def test_a_factor_says_why_it_has_points(factor: Factor) -> None:
    """In one clause, from the example and from nothing, without a word of scores; and what can be negative has a name."""
    for facts in (KIND_OF_FACTOR[factor.name].example, {}):
        sentence = factor.because(facts)
        assert sentence
        assert not sentence.endswith(".")
        assert not any(word in sentence for word in ("score", "decibans", "None"))
    assert factor.formula.endswith(".")
    assert bool(factor.held_down_by) == (not KIND_OF_FACTOR[factor.name].is_key)


@each_kind
def test_a_headline_is_made_of_the_example(kind: EvidenceKind) -> None:
    """Of each kind that makes items: it names the message."""
    subject = Subject(kind.example, "keyd “lock is stuck”", "keyd “lock is stuck”", " on anvil", "anvil")
    assert kind.headline is None or "keyd “lock is stuck”" in kind.headline(subject)


@each_kind
def test_the_example_of_a_kind_shows_it(kind: EvidenceKind) -> None:
    """Each of its factors has points, and a key has those of a key."""
    points = example_points(kind)
    own = [points[factor.name] for factor in kind.factors]
    assert all(own)
    assert not kind.is_key or sum(own) * POINT_QUANTUM >= state.KEY_QUARTERS


def test_a_column_of_features_belongs_to_one_kind_or_to_the_family() -> None:
    """No column is left out or owned twice, and what a kind owns is read in its file or counts for another there."""
    owned = [column for kind in KINDS for column in kind.columns]
    assert len(owned) == len(set(owned))
    assert not set(owned) & ABOUT_THE_FAMILY
    assert set(owned) | ABOUT_THE_FAMILY == set(FEATURES_DTYPE.names or ())


def test_what_only_a_tenant_knows_is_shared_with_facets_by_its_owner() -> None:
    """Of incidents and feedback, all columns of their kinds."""
    for name in ("precursor", "precedent", "feedback"):
        assert set(KIND_NAMED[name].columns) <= set(TENANT_COLUMNS)


def test_the_masks_of_the_rules_follow_from_the_definitions() -> None:
    """Which kinds stand alone, are news unheard or each time, or follow by themselves."""
    named = {
        "STANDS_ALONE": ("countdown", "silence", "numeric_drift", "precursor", "changed_outcome"),
        "FORETELLS": ("precursor",),
        "NEWS_WHEN_SILENT": ("silence",),
        "NO_NEWS_AGAIN": ("recurrence", "burst", "spread"),
    }
    for mask, kinds in named.items():
        assert int(getattr(state, mask)) == mask_of(*(KIND_NAMED[name] for name in kinds))
    assert state.KIND_OF.shape == (len(KEYS), len(FACTORS))
    assert {(kind.number, factor.column) for kind in KEYS for factor in kind.factors} == set(
        zip(*map(np.ndarray.tolist, np.nonzero(state.KIND_OF)), strict=True)
    )


def test_the_schema_of_items_has_the_kinds_that_make_items() -> None:
    """In both of its lists, in order; `make docs` writes them."""
    schema = json.loads(files("brainstem.contracts").joinpath("item.schema.json").read_text("utf-8"))
    about = schema["properties"]["data"]["properties"]
    assert about["kind"]["enum"] == about["kinds"]["items"]["enum"] == list(ITEM_KINDS)


def test_the_table_of_advice_has_a_step_for_each_kind_that_makes_items() -> None:
    """And for no other."""
    advice = tomllib.loads(files("brainstem.explain").joinpath("advice.toml").read_text("utf-8"))
    assert sorted(advice["kinds"]) == sorted(ITEM_KINDS)


def test_the_digest_counts_under_names_of_blockers_and_factors() -> None:
    """What holds a family back, then what speaks against it; the rest has been seen too little."""
    assert set(NOT_SHOWN) - {"little"} <= set(BLOCKERS) | set(FACTORS)
    assert list(NOT_SHOWN) == [*BLOCKERS, "period", "change_event", "habituation", "little"]


def test_every_blocker_has_its_wordings() -> None:
    """One record for each code but none, none of its texts empty."""
    assert list(BLOCKERS) == [blocker.name.lower() for blocker in Blocker if blocker is not Blocker.NONE]
    for wording in BLOCKERS.values():
        texts = [getattr(wording, name) for name in wording.__dataclass_fields__]
        assert all(texts)
        assert wording.held_before.endswith(".")
        assert not wording.explained.endswith(".")


def test_the_sign_that_is_told_is_the_one_that_weighs() -> None:
    """Of each sign of acceleration the example that only it shows."""
    for columns, sign in (
        ({"trend_milli": 2500}, "trend"),
        ({"sustained_milli": 40_000, "sustained_days": 4}, "sustained"),
        ({"shrinking_z_milli": 3400}, "shrinking"),
        ({"growth_z_milli": 3600, "growth_permille": 4200}, "growth"),
    ):
        facts = {**KIND_NAMED["acceleration"].example, "growth_z_milli": 0, "growth_permille": 0, **columns}
        row = np.zeros(1, FEATURES_DTYPE)
        for name, value in facts.items():
            row[name] = value
        own = own_share(float(facts.get("rising_together", 0)), float(facts["daily_windows"]))
        assert acceleration_points(row[0], own) > 0
        assert strongest_sign(facts) == sign


def test_an_item_keeps_the_points_of_every_kind() -> None:
    """A factor of a kind that makes items counts for that kind, and for no other."""
    for kind in KINDS:
        for factor in kind.factors:
            assert KIND_OF_FACTOR[factor.name] is kind
    assert finding().prior * POINT_QUANTUM == PRIOR_QUARTERS


def test_a_parameter_is_declared_once_and_returned_as_it_is() -> None:
    """The same declaration may be met again; another value, unit or meaning under its key is refused."""
    known = {each.key: each for each in declared("burst")}["burst.rise_max"]
    assert parameter(known.key, RISE_MAX, known.unit, known.meaning) == known.value == RISE_MAX
    with pytest.raises(ValueError, match=r"the parameter burst\.rise_max is declared twice"):
        parameter(known.key, RISE_MAX + 1.0, known.unit, known.meaning)
