"""Facts: the row of a reading, read by name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.decision import FACTS, NO_FACTS, Facts, as_feature_rows
from brainstem.contracts.features import FEATURES_DTYPE

SMALL = st.integers(0, 100)
"""fits in every column"""


def features_of(values: list[int]) -> np.ndarray:
    """Return one row of features whose facts have these values."""
    feature_rows = np.zeros(1, FEATURES_DTYPE)
    feature_rows["family"] = 7
    for name, value in zip(FACTS, values, strict=True):
        feature_rows[name] = value
    return feature_rows


@given(st.lists(SMALL, min_size=len(FACTS), max_size=len(FACTS)))
def test_facts_are_the_columns_of_the_features(values: list[int]) -> None:
    """Each fact has the value of its column, by the name of the column, and nothing else is a fact."""
    facts = Facts.of(features_of(values)[0])
    assert dict(facts) == dict(zip(FACTS, values, strict=True))
    assert len(facts) == len(FACTS)
    for about in ("family", "facet", "slot", "no such thing"):
        assert about not in facts
        with pytest.raises(KeyError):
            facts[about]


@given(st.lists(st.lists(SMALL, min_size=len(FACTS), max_size=len(FACTS)), max_size=5), st.data())
def test_a_table_of_facts_is_the_same_from_rows_and_from_dictionaries(
    rows: list[list[int]], draw: st.DataObject
) -> None:
    """Decisions read back and decisions just made have the same columns."""
    facts = [Facts.of(features_of(values)[0]) for values in rows]
    mixed = [dict(each) if draw.draw(st.booleans()) else each for each in facts]
    table = as_feature_rows(mixed)
    assert [[int(row[name]) for name in FACTS] for row in table] == rows


def test_a_fact_that_is_missing_is_no_zero() -> None:
    """A dictionary that lacks a fact is refused."""
    lacking = dict(NO_FACTS)
    del lacking[FACTS[0]]
    with pytest.raises(KeyError):
        as_feature_rows([lacking])
