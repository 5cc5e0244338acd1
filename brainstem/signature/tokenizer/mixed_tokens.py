"""Runs of word and joining bytes that are more than letters, token by token."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import skip_port
from brainstem.signature.tokenizer.locators import dotted_end, part_end, shape_end
from brainstem.signature.tokenizer.numbers import has_digit, number_end, run_end
from brainstem.signature.tokenizer.state import (
    BLOB,
    CLASS,
    DELIMITER,
    DIGIT,
    DURATION,
    GAP,
    HEX,
    HEX_LETTER,
    HOST,
    JOINER,
    KIND,
    LAST,
    LAST_CODE,
    LETTER,
    MAX_TOKENS,
    NAME,
    NO_CODE,
    NONE_OF,
    NUMBER,
    NUMBER_AT,
    NUMBERS_AT,
    NUMERIC,
    ONE,
    OUT,
    SEEN_DOT,
    SPACE,
    SPLITTER,
    STREAM_AT,
    TIME,
    TOKENS,
    VALUE,
    WORD,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import MONTH, NUMBERED, THREAD, WEEKDAY, code_of
from brainstem.signature.tokenizer.words import put_name, put_word
from brainstem.signature.tokenizer.writer import begin_core, end_masked_core, is_spaced, put_gap, put_mask_token


@compiled_helper
def _number_mask(text: Numbers, state: Numbers, begin: int, end: int, sign: int) -> int:
    """Return the mask of a number: a time where it is part of a date beside it; keep its value where it stands free."""
    kind = TIME if state[KIND] == DURATION else NUMBER
    out, gap = state[OUT], state[GAP]
    if state[LAST] == TIME and kind == NUMBER and is_spaced(text, state):
        century = text[begin] * 10 + text[begin + 1]
        year = end - begin == 4 and (century == 547 or century == 548)  # "19" and "20"
        offset = end - begin == 4 and (text[begin - 1] == 43 or text[begin - 1] == 45)
        if year or offset or (end - begin <= 2 and state[LAST_CODE] & (MONTH | WEEKDAY)):
            return TIME
    before = text[out - 1] if out - gap > 1 else SPACE
    free = CLASS[before] <= DELIMITER or before == 126
    if before == 58 and state[LAST] == WORD and text[end] != 58:
        at = begin - 2
        while CLASS[text[at]] >= LETTER:
            at -= 1
        free = text[at] != 46  # file.c:12
    if before == 91 and out - gap == 2 and gap > STREAM_AT:
        free = False  # name[pid]
    if free and state[NUMERIC] == 1 and not (text[end] == 47 or text[end] == 64 or text[end] == 92 or text[end] == 35):
        count = state[NUMBERS_AT]
        if count < 3:
            state[NUMBER_AT + count] = sign * state[VALUE]
            state[NUMBERS_AT] = count + 1
        state[NONE_OF] = 2 if state[VALUE] == 0 else 0
    if (before == 60 or before == 126) and text[end] != 62:
        state[OUT] = out - 1  # "<1 s" and "~5 MB" are numbers too
    return kind


@compiled_helper
def _put_shape(text: Numbers, state: Numbers, begin: int, end: int, limit: int, sign: int) -> int:
    """Add the shape of the kind in the state; give where it ended, the port of an address included."""
    kind = state[KIND]
    if kind == NUMBER or kind == DURATION:  # noqa: SIM109  # compiled, a tuple would be walked
        kind = _number_mask(text, state, begin, end, sign)
    elif kind != TIME and kind != BLOB and kind != HEX:
        put_entity(text, state, begin, end)
    put_mask_token(text, state, kind)
    return skip_port(text, end, limit) if kind == HOST else end


@compiled_helper
def _numbered_end(text: Numbers, stop: int, end: int) -> int:
    """Return where the number of `disk/3` ends, whose word ends at `stop`, or `stop`; `HTTP/1.1` and paths have none."""
    if text[stop] != 47 or stop >= end:
        return stop
    at = run_end(text, stop + 1, end, DIGIT)
    ends = CLASS[text[at]] <= SPLITTER and text[at] != 47
    return at if at > stop + 1 and at - stop <= 6 and ends else stop


@compiled_helper
def _names_a_thread(text: Numbers, state: Numbers, begin: int, end: int) -> bool:
    """Return whether a name with numbers in it is what a runtime calls one of its threads, as in `pool-3-thread-2`."""
    at = begin
    while at < end:
        stop = at
        while stop < end and CLASS[text[stop]] >= LETTER and CLASS[text[stop]] != DIGIT:
            stop += 1
        if stop - at >= 4 and code_of(text, state, at, stop) & THREAD:
            return True
        at = max(stop, at + 1)
    return False


@compiled_helper
def _put_part(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the word that begins here; give where it ended (a port or a mail domain goes with it)."""
    stop = part_end(text, begin, end)
    tail = dotted_end(text, state, begin, stop, end) if seen & SEEN_DOT else begin
    if tail == begin and stop - begin >= 8 and run_end(text, begin, stop, HEX_LETTER) == stop:
        tail = stop
        state[KIND] = NUMBER
        state[NUMERIC] = 0
    if tail > begin:
        return _put_shape(text, state, begin, tail, limit, ONE)
    code = code_of(text, state, begin, stop)
    if code & NUMBERED or not has_digit(text, begin, stop):
        named = _numbered_end(text, stop, end)
        if named > stop:
            put_entity(text, state, begin, named)
        put_word(text, state, begin, stop, limit, code, NO_CODE)
        return stop
    if CLASS[text[begin]] != DIGIT and not _names_a_thread(text, state, begin, stop):
        put_entity(text, state, begin, stop)
    begin_core(text, state)
    core = state[OUT]
    put_name(text, state, begin, stop)
    end_masked_core(text, state, core, NAME)
    return stop


@compiled_helper
def put_run(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the tokens of a run of word and joining bytes that is more than letters; give where reading goes on.

    `seen` says what stands in the run, so that shapes that need it are not tried in vain.
    """
    at = begin
    while at < end and state[TOKENS] < MAX_TOKENS:
        sign = ONE
        stop = at
        if (text[at] == 45 or text[at] == 43) and CLASS[text[at + 1]] == DIGIT and CLASS[text[at - 1]] <= SPLITTER:
            stop = number_end(text, state, at + 1, limit)
            if stop == at + 1:
                stop = at
            else:
                sign = 44 - text[at]  # plus is 43, minus is 45
                at += 1
        if stop == at:
            stop = shape_end(text, state, at, end, limit, seen)
        if stop > at:
            at = _put_shape(text, state, at, stop, limit, sign)
        elif CLASS[text[at]] > JOINER or text[at] == 95:
            at = _put_part(text, state, at, end, limit, seen)
        else:
            put_gap(text, state, at)
            at += 1
    return at
