"""Quotes, brackets and escape sequences, and what they enclose."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import address_end
from brainstem.signature.tokenizer.locators import is_host, part_end
from brainstem.signature.tokenizer.numbers import number_end, run_end
from brainstem.signature.tokenizer.state import (
    BLANK,
    CLASS,
    CLOSES,
    DIGIT,
    FOLD,
    GAP,
    HOST,
    JOINER,
    KIND,
    LAST,
    LAST_CODE,
    LETTER,
    NAMED_TO,
    NO_CODE,
    NUMBER,
    OUT,
    QUOTED,
    SPACE,
    WORD,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    FREE_UNIT,
    HTTP_METHOD,
    PROSE_KEY,
    PROTECTED,
    UNIT,
    code_of,
    word_slot,
)
from brainstem.signature.tokenizer.writer import is_spaced, put_gap, put_mask_token


@compiled_helper
def _quote_end(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Return the closing quote of a short value that may be masked, or `begin`; how many blanks it has goes to the state."""
    quote = text[begin]
    stop = begin + 1
    blanks = 0
    word = NO_CODE
    union = 0
    while stop < end and stop - begin < 80 and text[stop] != quote:
        kind = CLASS[text[stop]]
        if kind >= LETTER:
            word = word * FOLD + (text[stop] | 0x20)
        else:
            union |= state[word_slot(state, word) + 1]
            word = NO_CODE
            blanks += kind == BLANK
            if union & HTTP_METHOD and kind == BLANK and blanks == 1:
                return begin
        stop += 1
    union |= state[word_slot(state, word) + 1]
    if (
        text[stop] != quote
        or stop >= end
        or stop < begin + 3
        or CLASS[text[stop + 1]] >= LETTER
        or text[stop + 1] == 58
    ):
        return begin
    state[KIND] = blanks
    state[CLOSES] = stop
    return begin if union & PROTECTED else stop


@compiled_helper
def _put_quote(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Add a quote. What it encloses is one value when it belongs to a key or is several words; not when it is prose."""
    keyed = text[begin - 1] == 61
    stop = begin
    if begin == state[CLOSES]:
        put_gap(text, state, begin)
        return begin + 1
    if CLASS[text[begin - 1]] < LETTER and not (state[LAST] == WORD and state[LAST_CODE] & PROSE_KEY):
        stop = _quote_end(text, state, begin, end)
    blanks = state[KIND]
    put_gap(text, state, begin)
    if stop == begin:
        return begin + 1
    put_entity(text, state, begin + 1, stop)
    state[NAMED_TO] = max(state[NAMED_TO], stop)
    if blanks == 0 and not keyed:
        return begin + 1
    put_mask_token(text, state, QUOTED)
    put_gap(text, state, stop)
    return stop + 1


@compiled_helper
def _escape_end(text: Numbers, begin: int) -> int:
    """Return the end of an ANSI control sequence (ECMA-48 section 5.4), or of the lone escape byte."""
    at = begin + 1
    if text[at] == 91:
        at += 1
        while 0x20 < text[at] <= 0x3F:
            at += 1
        at += text[at] >= 0x40
    return at


@compiled_helper
def _aside_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of an aside that repeats what stands before it, or `begin`.

    `10.0.0.1 (name.example.net)`, `name.example.net[10.0.0.1]`, `10.0.0.1 ()` name one peer twice, the second time where
    reverse lookup succeeds; `1190 bytes (1.16 KB)` says one size twice, the second time where it is large.
    """
    close = 41 if text[begin] == 40 else 93
    at = begin + 1
    if state[LAST] == HOST:
        stop = address_end(text, at)
        if stop == at:
            stop = part_end(text, at, run_end(text, at, limit, JOINER))
            stop = stop if is_host(text, state, at, stop) else at
        if text[stop] == close:
            put_entity(text, state, at, stop)
            return stop + 1
    elif close == 41 and CLASS[text[at]] == DIGIT and (state[LAST] == NUMBER or state[LAST_CODE] & UNIT):
        stop = number_end(text, state, at, limit)
        if stop > at and text[stop] == SPACE:
            unit = run_end(text, stop + 1, limit, LETTER)
            stop = unit if code_of(text, state, stop + 1, unit) & FREE_UNIT else at
            if stop > at and text[stop] == close:
                return stop + 1
    return begin


@compiled_helper
def put_delimiter(text: Numbers, state: Numbers, at: int, limit: int) -> int:
    """Go past a blank or a delimiter, and the quoted value, colour code or aside that begins with it."""
    byte = text[at]
    if byte == 34 or byte == 39:
        return _put_quote(text, state, at, limit)
    if byte == 27:
        return _escape_end(text, at)
    if (byte == 40 or byte == 91) and (state[OUT] - state[GAP] == 1 or is_spaced(text, state)):
        stop = _aside_end(text, state, at, limit)
        if stop > at:
            state[OUT] = state[GAP] + 1
            return stop
    put_gap(text, state, at)
    return at + 1
