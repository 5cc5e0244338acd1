"""Quotes, brackets and escape sequences, and what they enclose."""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import address_end
from brainstem.signature.tokenizer.locators import is_host, part_end
from brainstem.signature.tokenizer.numbers import number_end, run_end
from brainstem.signature.tokenizer.state import (
    BLANK,
    CLASS,
    DIGIT,
    FOLD,
    GAP,
    HOST,
    JOINER,
    LAST_CODE,
    LAST_KIND,
    LETTER,
    NAMED_END,
    NO_WORD,
    NUMBER,
    OUT,
    QUOTE_BLANKS,
    QUOTE_END,
    QUOTED,
    WORD,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    CODE_KEY,
    FREE_UNIT,
    HTTP_METHOD,
    PROSE_KEY,
    PROTECTED,
    UNIT,
    code_of,
    word_slot,
)
from brainstem.signature.tokenizer.writer import is_spaced, put_gap, put_mask_token
from brainstem.text.ascii import (
    AT_SIGN,
    CLOSE_BRACKET,
    CLOSE_PARENTHESIS,
    COLON,
    DOUBLE_QUOTE,
    EQUALS,
    ESCAPE,
    LOWER_CASE_BIT,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    QUESTION_MARK,
    SINGLE_QUOTE,
    SPACE,
)

MAX_QUOTE_BYTES: Final = 80
"""what is longer between quotes is text, and is read"""


@compiled_helper
def _quote_end(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Return the closing quote of a short value that may be masked, or `begin`.

    How many blanks it has goes to the state, and so does the closing quote, also where the value may not be masked.
    """
    quote = text[begin]
    stop = begin + 1
    blanks = 0
    word = NO_WORD
    codes = 0
    while stop < end and stop - begin < MAX_QUOTE_BYTES and text[stop] != quote:
        kind = CLASS[text[stop]]
        if kind >= LETTER:
            word = word * FOLD + (text[stop] | LOWER_CASE_BIT)
        else:
            codes |= state[word_slot(state, word) + 1]
            word = NO_WORD
            blanks += kind == BLANK
            # a request line ("GET /a HTTP/1.1") is read, so that its path is masked and its method is not
            if codes & HTTP_METHOD and kind == BLANK and blanks == 1:
                return begin
        stop += 1
    codes |= state[word_slot(state, word) + 1]
    # at least two bytes; a letter behind makes it an apostrophe; a colon makes it the key of a JSON object
    if (
        text[stop] != quote
        or stop >= end
        or stop < begin + 3
        or CLASS[text[stop + 1]] >= LETTER
        or text[stop + 1] == COLON
    ):
        return begin
    state[QUOTE_BLANKS] = blanks
    state[QUOTE_END] = stop
    # a value with a cue or a state in it ("carrier lost") is part of what the message reports, so it stays
    return begin if codes & PROTECTED else stop


@compiled_helper
def _put_quote(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Add a quote; return where the next token may begin.

    What it encloses is one value when it belongs to a key or is several words; not when it is prose.
    """
    keyed = text[begin - 1] == EQUALS
    stop = begin
    if begin == state[QUOTE_END]:
        # the closing quote of one whose words were read
        put_gap(text, state, begin)
        return begin + 1
    # a quote behind a letter is an apostrophe, and behind a prose key (`msg=`) stands the message itself
    if CLASS[text[begin - 1]] < LETTER and not (state[LAST_KIND] == WORD and state[LAST_CODE] & (PROSE_KEY | CODE_KEY)):
        stop = _quote_end(text, state, begin, end)
    blanks = state[QUOTE_BLANKS]
    put_gap(text, state, begin)
    if stop == begin:
        return begin + 1
    put_entity(text, state, begin + 1, stop)
    # the words inside are no entities of their own
    state[NAMED_END] = max(state[NAMED_END], stop)
    if blanks == 0 and not keyed:
        # one word in quotes is read as it would be without them: 'eth0', "/var/x"
        return begin + 1
    put_mask_token(text, state, QUOTED)
    put_gap(text, state, stop)
    return stop + 1


@compiled_helper
def _control_sequence_end(text: Numbers, begin: int) -> int:
    """Return the end of an ANSI control sequence (ECMA-48 section 5.4), or of the lone escape byte."""
    at = begin + 1
    if text[at] == OPEN_BRACKET:
        at += 1
        # parameter and intermediate bytes are 0x20 to 0x3F, a final byte is 0x40 or more; no printer pads with spaces
        while SPACE < text[at] <= QUESTION_MARK:
            at += 1
        at += text[at] >= AT_SIGN
    return at


@compiled_helper
def _repetition_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of a bracket that repeats the value before it, or `begin`.

    `10.0.0.1 (name.example.net)`, `name.example.net[10.0.0.1]`, `10.0.0.1 ()` name one peer twice, the second time where
    reverse lookup succeeds; `1190 bytes (1.16 KB)` prints one size twice, the second time where it is large.
    """
    close = CLOSE_PARENTHESIS if text[begin] == OPEN_PARENTHESIS else CLOSE_BRACKET
    at = begin + 1
    if state[LAST_KIND] == HOST:
        stop = address_end(text, at)
        if stop == at:
            stop = part_end(text, at, run_end(text, at, limit, JOINER))
            stop = stop if is_host(text, state, at, stop) else at
        if text[stop] == close:
            put_entity(text, state, at, stop)
            return stop + 1
    # "1190 bytes" leaves a word with a unit behind, "1190 kB" a number that has taken its unit in
    elif (
        close == CLOSE_PARENTHESIS
        and CLASS[text[at]] == DIGIT
        and (state[LAST_KIND] == NUMBER or state[LAST_CODE] & UNIT)
    ):
        stop = number_end(text, state, at, limit)
        if stop > at and text[stop] == SPACE:
            unit = run_end(text, stop + 1, limit, LETTER)
            stop = unit if code_of(text, state, stop + 1, unit) & FREE_UNIT else at
            if stop > at and text[stop] == close:
                return stop + 1
    return begin


@compiled_helper
def put_delimiter(text: Numbers, state: Numbers, at: int, limit: int) -> int:
    """Go past a blank or a delimiter, and the quoted value, colour code or repetition that begins with it.

    Returns where the next token may begin.
    """
    byte = text[at]
    if byte == DOUBLE_QUOTE or byte == SINGLE_QUOTE:
        return _put_quote(text, state, at, limit)
    if byte == ESCAPE:
        # colours are dropped: the same program prints them to a terminal only
        return _control_sequence_end(text, at)
    if (byte == OPEN_PARENTHESIS or byte == OPEN_BRACKET) and (state[OUT] - state[GAP] == 1 or is_spaced(text, state)):
        stop = _repetition_end(text, state, at, limit)
        if stop > at:
            # the space before it goes too
            state[OUT] = state[GAP] + 1
            return stop
    put_gap(text, state, at)
    return at + 1
