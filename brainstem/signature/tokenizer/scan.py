"""The compiled tokenizer: one pass over the bytes of a message gives its canonical stream and its traits."""

import numpy as np
import numpy.typing as npt

from brainstem.jit.decorators import compiled_helper, compiled_without_refcounts
from brainstem.jit.intrinsics import begin_of, copy_bytes, find_byte
from brainstem.signature.tokenizer.enclosures import put_delimiter
from brainstem.signature.tokenizer.entities import put_subject
from brainstem.signature.tokenizer.mixed_tokens import put_run
from brainstem.signature.tokenizer.state import (
    BASE,
    BLANK,
    CLASS,
    CLOSES,
    CUE,
    DELIMITER,
    DIGIT,
    ENTITIES_AT,
    ENTITY_AT,
    ENTITY_END_AT,
    ENTITY_START_AT,
    FIELDS,
    FOLD,
    GAP,
    GAP_OPEN,
    JOINER,
    LETTER,
    MASKED_AT,
    MAX_MESSAGE_BYTES,
    MAX_TOKENS,
    MESSAGE_AT,
    NAMED_TO,
    NO_CODE,
    NUMBER_AT,
    NUMBERS_AT,
    OUT,
    POLARITY,
    SEEN_DIGIT,
    SEEN_DOT,
    SEEN_WHOLE,
    SPACE,
    SPLITTER,
    STREAM_AT,
    TEXT_BYTES,
    TOKENS,
    TRAIT,
    TRAIT_HEX,
    TRAIT_LETTER,
    TRAIT_LOWER,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import word_slot
from brainstem.signature.tokenizer.words import put_word
from brainstem.signature.tokenizer.writer import hash_stream, put_gap


@compiled_helper
def _tokenize(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Add the tokens of one line. Plain words, the most frequent case, are folded and looked up while they are read."""
    at = begin
    while at < end and state[TOKENS] < MAX_TOKENS:
        if text[at] == SPACE:
            put_gap(text, state, at)
            at += 1
            continue
        if CLASS[text[at]] <= DELIMITER:
            at = put_delimiter(text, state, at, end)
            continue
        stop = at
        word = NO_CODE
        trait = TRAIT[text[at]]
        common = trait
        camel = 0
        lower_before = 0
        while trait & TRAIT_LETTER:
            word = word * FOLD + (text[stop] | 0x20)
            camel |= lower_before & trait
            lower_before = (trait & TRAIT_LOWER) << 1
            common &= trait
            stop += 1
            trait = TRAIT[text[stop]]
        letters = stop
        plain = stop > at
        joined = False
        seen = NO_CODE
        while stop < end:
            byte = text[stop]
            kind = CLASS[byte]
            if kind >= LETTER:
                if kind == DIGIT:
                    seen |= SEEN_DIGIT
                plain = plain and kind != DIGIT and not joined
                common &= TRAIT[byte]
                word = word * FOLD + (byte | 0x20)
                letters = stop + 1
            elif kind > DELIMITER:
                joined = True
                plain = plain and byte != 95
                if byte == 46 or byte == 64:
                    seen |= SEEN_DOT
                elif byte == 47 or byte == 92:
                    seen |= SEEN_WHOLE
            elif byte != 39 or CLASS[text[stop - 1]] < LETTER or CLASS[text[stop + 1]] < LETTER:
                break
            stop += 1
        if plain and (letters - at < 8 or not common & TRAIT_HEX):
            put_word(text, state, at, letters, end, state[word_slot(state, word) + 1], camel == 0)
            at = letters
        if at < letters:
            while stop > letters and text[stop - 1] != 47 and text[stop - 1] != 95:
                stop -= 1
            if stop - at >= 24 or (stop - at == 5 and 69 <= text[at] <= 87):
                seen |= SEEN_WHOLE
            at = put_run(text, state, at, stop, end, seen)
        while at < end and SPLITTER <= CLASS[text[at]] <= JOINER and state[TOKENS] < MAX_TOKENS:
            put_gap(text, state, at)
            at += 1


@compiled_helper
def _read_line(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy one line between blanks and add its tokens."""
    width = min(end - begin, MAX_MESSAGE_BYTES)
    copy_bytes(text, MESSAGE_AT, source, begin, width)
    for index in range(8):
        text[index] = SPACE
        text[MESSAGE_AT + width + index] = SPACE
    state[BASE] = begin - MESSAGE_AT
    state[NAMED_TO] = 0
    state[CLOSES] = 0
    _tokenize(text, state, MESSAGE_AT, MESSAGE_AT + width)


@compiled_helper
def _scan(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Write the stream of the message `source[begin:end]`, fill the state, and give where the stream ends in `text`.

    `text` uint8[TEXT_BYTES] and `state` int64[STATE_FIELDS] with the word table entered are overwritten. Of several lines
    the first counts, and the last one when it is not indented (the class line of a Python traceback).
    """
    for index in range(FIELDS):
        state[index] = 0
    state[MASKED_AT] = -1
    state[GAP] = STREAM_AT
    state[OUT] = STREAM_AT + 1
    text[STREAM_AT] = GAP_OPEN
    while end > begin and CLASS[source[end - 1]] == BLANK:
        end -= 1
    while begin < end and CLASS[source[begin]] == BLANK and source[begin] != 27:
        begin += 1
    line = find_byte(source, 10, begin, end)
    _read_line(source, text, state, begin, line)
    if state[POLARITY] != 0 and state[ENTITIES_AT] == 0:
        put_subject(text, state)
    if line < end:
        last = end
        while source[last - 1] != 10:
            last -= 1
        if CLASS[source[last]] > BLANK:
            put_gap(text, state, NO_CODE)
            _read_line(source, text, state, last, end)
    out, gap = state[OUT], state[GAP]
    if out - gap > 1 and text[out - 1] == SPACE:
        out -= 1
    if out - gap == 1:
        return gap
    state[TOKENS] += 1
    return out


@compiled_without_refcounts
def _scan_one(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Do what `_scan` does, for Python."""
    return _scan(begin_of(source), begin_of(text), begin_of(state), begin, end)


@compiled_without_refcounts
def sign_rows(
    source: Numbers,
    start: Numbers,
    end: Numbers,
    text: Numbers,
    state: Numbers,
    seed: np.uint64,
    signature: npt.NDArray[np.uint64],
    token_count: npt.NDArray[np.int32],
    cue: npt.NDArray[np.uint8],
    polarity: npt.NDArray[np.int8],
    entity: npt.NDArray[np.uint64],
    entity_count: npt.NDArray[np.uint8],
    entity_start: Numbers,
    entity_end: Numbers,
    number: Numbers,
    number_count: npt.NDArray[np.uint8],
) -> None:
    """Sign every message `source[start[i]:end[i]]`; `text` and `state` are as for `_scan`.

    Fills columns of n rows, one value a row; `entity`, `entity_start`, `entity_end` and `number` have three, end to end.
    """
    source, text, state = begin_of(source), begin_of(text), begin_of(state)
    for row in range(len(start)):
        stop = _scan(source, text, state, start[row], end[row])
        signature[row] = hash_stream(text, stop, seed)
        token_count[row] = state[TOKENS]
        cue[row] = state[CUE]
        polarity[row] = state[POLARITY]
        entity_count[row] = state[ENTITIES_AT]
        number_count[row] = state[NUMBERS_AT]
        for index in range(3):
            entity[3 * row + index] = np.uint64(state[ENTITY_AT + index])
            entity_start[3 * row + index] = state[ENTITY_START_AT + index]
            entity_end[3 * row + index] = state[ENTITY_END_AT + index]
            number[3 * row + index] = state[NUMBER_AT + index]


def stream_of(message: bytes, table: npt.NDArray[np.int64]) -> bytes:
    """Return the canonical stream of one message; `table` is a state with the word table entered."""
    text = np.zeros(TEXT_BYTES, np.uint8)
    source = np.frombuffer(message, np.uint8)
    stop = _scan_one(source, text, table.copy(), 0, len(message))
    return text[int(STREAM_AT) : int(stop)].tobytes()
