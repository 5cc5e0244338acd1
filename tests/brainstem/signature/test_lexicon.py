"""The printed word lists, and their twins in the compiled tokenizer."""

from brainstem.signature.lexicon import (
    CUE_WORDS,
    FUNCTION_WORDS,
    NEGATIONS,
    NOUNS,
    STATE_WORDS,
    WORD_CODES,
    is_protected,
)
from brainstem.signature.tokenizer.state import TABLE_SLOTS


def test_lists_are_sorted_and_lower_case() -> None:
    """A printed list is read by people: sorted, lower case, no blanks."""
    for listed in (CUE_WORDS, STATE_WORDS, WORD_CODES):
        assert list(listed) == sorted(listed)
        assert all(word == word.lower() and word.split() == [word] for word in listed)


def test_strengths_and_polarities_have_their_published_values() -> None:
    """Cue words are weak (1) or strong (2), state words down (-1) or up (+1), and both kinds exist."""
    assert set(CUE_WORDS.values()) == {1, 2}
    assert set(STATE_WORDS.values()) == {-2, -1, 1}


def test_no_word_names_a_thing_and_says_a_state() -> None:
    """What follows a noun may be a name, so a noun, a state and a word too common to name anything are three things."""
    assert not NOUNS & set(STATE_WORDS)
    assert not NOUNS & FUNCTION_WORDS
    assert not NEGATIONS & set(STATE_WORDS)


def test_every_word_is_found_in_the_compiled_table() -> None:
    """No two listed words share a hash, and the table has room."""
    assert len(WORD_CODES) * 2 < TABLE_SLOTS


def test_protected_words_are_seen_inside_names() -> None:
    """A part of a CamelCase or snake_case name counts; a word that merely contains a listed one does not."""
    assert is_protected("connectionLost")
    assert is_protected("link_down")
    assert is_protected("TimeoutException")
    assert is_protected("DOWN")
    assert not is_protected("downtown")
    assert not is_protected("eth")
