"""What others have shared is told with an item of the same shape, whatever was a name there, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.explain.elsewhere import Elsewhere, SharedShape
from brainstem.explain.redaction.names import PLAIN_WORDS_LEAST, is_same_shape, without_names

WORDS = st.sampled_from(
    ["pump", "stalls", "of", "user", "Anna", "yard7", "<num>", "<ip>", "for", "ERROR", "link", "a=b"]
)


@given(
    words=st.lists(WORDS, min_size=1, max_size=9), names=st.frozensets(st.sampled_from(["anna", "pump", "link", "of"]))
)
def test_a_template_is_of_the_shape_that_was_shared_of_it_whatever_words_were_names_there(
    words: list[str], names: frozenset[str]
) -> None:
    """The one side knows names that the other does not; with too few plain words nothing is said."""
    shared, own = without_names(" ".join(words), names), without_names(" ".join(words))
    is_long = sum(not word.startswith("<") for word in shared.split()) >= PLAIN_WORDS_LEAST
    assert is_same_shape(shared, own) == is_long


@pytest.mark.parametrize(
    ("shared", "own", "is_same"),
    [
        ("link <name> went away", "link port went away", True),
        ("link <name> went away", "link port of hall went away", True),
        ("link <name> went away", "link went away", False),
        ("link <name> went away", "link port went away again", False),
        ("link <num> went away", "link port went away", False),
        ("<name> went away", "link went away", False),
        ("<name> pump ran dry <name>", "the pump ran dry at night", True),
    ],
)
def test_a_name_stands_for_a_word_or_more_and_for_nothing_else(shared: str, own: str, is_same: bool) -> None:
    """Other words, and masks, must be equal."""
    assert is_same_shape(shared, own) is is_same


def test_what_mattered_is_told_first_and_never_to_a_tenant_that_is_kept_apart() -> None:
    """With how often it was shown, and what came of it."""
    shapes = [
        SharedShape("link <name> went away", 9, 5, incident_followed=False, useless=2),
        SharedShape("the link <name> went <name>", 3, 7, incident_followed=True, useful=1),
    ]
    elsewhere = Elsewhere(shapes, {"east"})
    told = elsewhere.earlier("north", "link wan7 went away")
    assert [(each.when_us, each.tenant, each.outcome) for each in told] == [
        (5, "", "the same shape was shown at another customer (9 times; called useless 2 times)"),
    ]
    told = elsewhere.earlier("north", "link wan7 went away today")
    assert told == []
    told = elsewhere.earlier("north", "the link port went home")
    assert [each.outcome for each in told] == [
        "the same shape mattered at another customer (3 times; an incident followed; called useful 1 time)"
    ]
    assert elsewhere.earlier("east", "link wan7 went away") == []
