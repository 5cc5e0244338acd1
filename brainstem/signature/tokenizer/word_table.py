"""Looks a word of a message up in the table of listed words, which is part of the tokenizer's state: hashes it without
capitals, and returns its listed meaning as bits.

The table is open addressing with linear probing. Its keys are folded words: case is dropped by setting the bit that small
letters have, so a key follows from the bytes alone and needs no string. That no two listed words share a key is checked
when the table is filled; that a word on no list has the key of a listed one has a chance of about 10^-16.
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper, compiled_without_refcounts
from brainstem.signature.lexicon import PROTECTED as _PROTECTED
from brainstem.signature.lexicon import WordCode
from brainstem.signature.tokenizer.state import FOLD, SLOT_MASK, SPREAD, TABLE_AT, Numbers
from brainstem.text.ascii import LOWER_CASE_BIT

WEAK: Final = int(WordCode.WEAK)
STRONG: Final = int(WordCode.STRONG)
DOWN: Final = int(WordCode.DOWN)
UP: Final = int(WordCode.UP)
NEGATION: Final = int(WordCode.NEGATION)
LOOKS_BACK: Final = int(WordCode.LOOKS_BACK)
NOUN: Final = int(WordCode.NOUN)
FUNCTION: Final = int(WordCode.FUNCTION)
PROSE_KEY: Final = int(WordCode.PROSE_KEY)
MONTH: Final = int(WordCode.MONTH)
WEEKDAY: Final = int(WordCode.WEEKDAY)
ZONE: Final = int(WordCode.ZONE)
UNIT: Final = int(WordCode.UNIT)
FREE_UNIT: Final = int(WordCode.FREE_UNIT)
NUMBERED: Final = int(WordCode.NUMBERED)
DOMAIN: Final = int(WordCode.DOMAIN)
COUNTRY: Final = int(WordCode.COUNTRY)
PACKAGE: Final = int(WordCode.PACKAGE)
HTTP_METHOD: Final = int(WordCode.HTTP_METHOD)
TIME_UNIT: Final = int(WordCode.TIME_UNIT)
LINKING: Final = int(WordCode.LINKING)
OUTAGE: Final = int(WordCode.OUTAGE)
THREAD: Final = int(WordCode.THREAD)
CODE_KEY: Final = int(WordCode.CODE_KEY)
COUNTING_KEY: Final = int(WordCode.COUNTING_KEY)
FAILING_KEY: Final = int(WordCode.FAILING_KEY)
PLACE: Final = int(WordCode.PLACE)
LAYER: Final = int(WordCode.LAYER)
BEHIND_KEY: Final = int(WordCode.BEHIND_KEY)
NAMELESS: Final = int(WordCode.NAMELESS)
PROTECTED: Final = int(_PROTECTED)
CHANGES_TRAITS: Final = PROTECTED | NEGATION | LOOKS_BACK
"""words that change the cue or the polarity of a message, or how later words change them"""


@compiled_helper
def word_slot(state: Numbers, word: int) -> int:
    """Return where a folded word stands in the state, or the empty place where it would; its code stands behind it."""
    slot = ((word * SPREAD) >> 40) & SLOT_MASK
    while state[TABLE_AT + 2 * slot] != 0 and state[TABLE_AT + 2 * slot] != word:
        slot = (slot + 1) & SLOT_MASK
    return TABLE_AT + 2 * slot


@compiled_helper
def code_of(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Return the listed meaning of the word `text[begin:end]`, whatever its case, as bits; 0 when it is on no list."""
    word = 0
    for index in range(begin, end):
        word = word * FOLD + (text[index] | LOWER_CASE_BIT)
    return state[word_slot(state, word) + 1]


@compiled_without_refcounts
def enter_words(text: Numbers, ends: Numbers, codes: Numbers, state: Numbers) -> int:
    """Enter words that stand end to end in `text` into the table.

    Word i ends at `ends[i]` and means `codes[i]`. Returns -1, or the number of the first word whose key another one has.
    """
    begin = 0
    for index in range(len(ends)):
        word = 0
        for at in range(begin, ends[index]):
            word = word * FOLD + (text[at] | LOWER_CASE_BIT)
        begin = ends[index]
        slot = word_slot(state, word)
        if state[slot] != 0 or word == 0:
            return index
        state[slot] = word
        state[slot + 1] = codes[index]
    return -1
