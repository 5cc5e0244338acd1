"""Runs that are more than letters, token by token: values, words with digits, and what stands between them. Decides which
reader is asked at each place and which mask a value gets, and remembers the word before it for codes.

A run is bytes without a blank or delimiter between them, as `scan` cuts it. At each place of it a value that is masked as
a whole is tried first, then a word; what is neither is part of the gap.
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import skip_port
from brainstem.signature.tokenizer.locators import dotted_end, part_end, value_end
from brainstem.signature.tokenizer.number_words import STATUS_DIGITS, TELLS_OF_NUMBER, number_word_end
from brainstem.signature.tokenizer.numbers import HEXADECIMAL_BYTES, has_digit, number_end, run_end
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
    IS_DECIMAL,
    JOINER,
    KIND,
    LAST_CODE,
    LAST_KIND,
    LETTER,
    MAX_NUMBERS,
    MAX_TOKENS,
    MAY_HAVE_PARTS,
    NUMBER,
    NUMBER_COUNT,
    NUMBER_VALUES,
    OUT,
    POSITIVE,
    SEEN_DOT,
    SPLITTER,
    STREAM_AT,
    THOUSANDTHS,
    TIME,
    TOKENS,
    WORD,
    WORD_WITH_DIGITS,
    ZERO_WORDS,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    COUNTING_KEY,
    MONTH,
    NAMELESS,
    NUMBERED,
    THREAD,
    WEEKDAY,
    code_of,
)
from brainstem.signature.tokenizer.words import REACH_WORDS, put_word, put_word_with_digits
from brainstem.signature.tokenizer.writer import begin_core, end_masked_core, is_spaced, put_gap, put_mask_token
from brainstem.text.ascii import (
    AT_SIGN,
    BACKSLASH,
    COLON,
    COMMA,
    DOT,
    GREATER_THAN,
    HASH,
    HYPHEN,
    LESS_THAN,
    NINE,
    ONE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    PLUS,
    SLASH,
    SPACE,
    TILDE,
    TWO,
    UNDERSCORE,
    ZERO,
)

NINETEEN: Final = 10 * ONE + NINE
TWENTY: Final = 10 * TWO + ZERO
"""the first two bytes of a year, the first of them times ten"""
LEAST_THREAD_WORD_BYTES: Final = 4
"""no listed part of a thread's name is shorter"""
MAX_UNIT_NUMBER_BYTES: Final = 6
"""a slash and a number behind a word: `disk/3`"""


@compiled_helper
def _number_mask(text: Numbers, state: Numbers, begin: int, end: int, sign: int) -> int:
    """Return the mask of the number `text[begin:end]`, and keep its value where it stands free.

    The mask is a time where the number is part of a date beside it.
    """
    kind = TIME if state[KIND] == DURATION else NUMBER
    out, gap = state[OUT], state[GAP]
    if state[LAST_KIND] == TIME and kind == NUMBER and is_spaced(text, state):
        # behind a time come the year (ctime), the zone (+0100), or the day behind "May" and "Sat"
        century = text[begin] * 10 + text[begin + 1]
        year = end - begin == 4 and (century == NINETEEN or century == TWENTY)
        offset = end - begin == 4 and (text[begin - 1] == PLUS or text[begin - 1] == HYPHEN)
        if year or offset or (end - begin <= 2 and state[LAST_CODE] & (MONTH | WEEKDAY)):
            return TIME
    # a number is a measurement where it stands free: behind a blank or delimiter, or a tilde ("~5 MB")
    before = text[out - 1] if out - gap > 1 else SPACE
    free = CLASS[before] <= DELIMITER or before == TILDE
    if before == COLON and state[LAST_KIND] == WORD and text[end] != COLON:
        at = begin - 2
        while CLASS[text[at]] >= LETTER:
            at -= 1
        free = text[at] != DOT  # count:12, but not file.c:12
    if before == OPEN_BRACKET and out - gap == 2 and gap > STREAM_AT:
        free = False  # name[pid]
    # "3/7", "3@host", "3\\x" and "3#4" are parts of something longer
    if (
        free
        and state[IS_DECIMAL] == 1
        and not (text[end] == SLASH or text[end] == AT_SIGN or text[end] == BACKSLASH or text[end] == HASH)
    ):
        count = state[NUMBER_COUNT]
        if count < MAX_NUMBERS:
            state[NUMBER_VALUES + count] = sign * state[THOUSANDTHS]
            state[NUMBER_COUNT] = count + 1
        # "0 errors" is no trouble, "3 errors" is
        state[ZERO_WORDS] = REACH_WORDS if state[THOUSANDTHS] == 0 else 0
    if (before == LESS_THAN or before == TILDE) and text[end] != GREATER_THAN:
        state[OUT] = out - 1  # "<1 s" and "~5 MB" are numbers too
    return kind


@compiled_helper
def _put_value(text: Numbers, state: Numbers, begin: int, end: int, limit: int, sign: int) -> int:
    """Add the value `text[begin:end]`, of the kind in the state; return where it ended, the port of an address included."""
    kind = state[KIND]
    # most numbers stand behind no word that tells of them, and are no status of three digits
    if state[LAST_CODE] & TELLS_OF_NUMBER or (
        end - begin == STATUS_DIGITS
        and kind == NUMBER
        and (text[begin - 1] == SPACE or text[begin - 1] == SLASH or text[begin - 1] == OPEN_PARENTHESIS)
    ):
        stop = number_word_end(text, state, begin, end, limit)
        if stop > begin:
            return stop
    if kind == NUMBER or kind == DURATION:
        kind = _number_mask(text, state, begin, end, sign)
    # times, encoded bytes and memory addresses name nothing that comes again
    elif kind != TIME and kind != BLOB and kind != HEX:
        put_entity(text, state, begin, end)
    put_mask_token(text, state, kind)
    return skip_port(text, end, limit) if kind == HOST else end


@compiled_helper
def _unit_number_end(text: Numbers, stop: int, end: int) -> int:
    """Return where the number of `disk/3` ends, whose word ends at `stop`, or `stop`; `HTTP/1.1` and paths have none."""
    if text[stop] != SLASH or stop >= end:
        return stop
    at = run_end(text, stop + 1, end, DIGIT)
    ends = CLASS[text[at]] <= SPLITTER and text[at] != SLASH
    return at if at > stop + 1 and at - stop <= MAX_UNIT_NUMBER_BYTES and ends else stop


@compiled_helper
def _is_thread(text: Numbers, state: Numbers, begin: int, end: int) -> bool:
    """Return whether a name with numbers in it is what a runtime calls one of its threads, as in `pool-3-thread-2`."""
    at = begin
    while at < end:
        stop = at
        while stop < end and CLASS[text[stop]] >= LETTER and CLASS[text[stop]] != DIGIT:
            stop += 1
        if stop - at >= LEAST_THREAD_WORD_BYTES and code_of(text, state, at, stop) & THREAD:
            return True
        at = max(stop, at + 1)
    return False


@compiled_helper
def _put_part(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the word that begins here; return where it ended (a port or a mail domain goes with it)."""
    stop = part_end(text, begin, end)
    # only here, not among values: `db1.example.net` begins as a word does
    tail = dotted_end(text, state, begin, stop, end) if seen & SEEN_DOT else begin
    if tail == begin and stop - begin >= HEXADECIMAL_BYTES and run_end(text, begin, stop, HEX_LETTER) == stop:
        tail = stop  # `deadbeef`: a hexadecimal number that happens to have no digit
        state[KIND] = NUMBER
        state[IS_DECIMAL] = 0
    if tail > begin:
        return _put_value(text, state, begin, tail, limit, POSITIVE)
    code = code_of(text, state, begin, stop)
    # listed names that merely contain a digit (ipv6, sha256) stay as they are
    if code & NUMBERED or not has_digit(text, begin, stop):
        named = _unit_number_end(text, stop, end)
        # `HTTP/2` is a protocol, `TCP_MISS/200` a result with a status
        is_status = named == stop + 1 + STATUS_DIGITS and find_byte(text, UNDERSCORE, begin, stop) < stop
        if named > stop and not code & COUNTING_KEY and not is_status:
            put_entity(text, state, begin, named)
        put_word(text, state, begin, stop, limit, code, MAY_HAVE_PARTS)
        return stop
    # `eth0`, `worker-12`: a name with a number in it is a thing, `3rd` and `12th` are not
    if CLASS[text[begin]] != DIGIT and not code & NAMELESS and not _is_thread(text, state, begin, stop):
        put_entity(text, state, begin, stop)
    begin_core(text, state)
    core = state[OUT]
    put_word_with_digits(text, state, begin, stop)
    end_masked_core(text, state, core, WORD_WITH_DIGITS)
    return stop


@compiled_helper
def put_run(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the tokens of the run `text[begin:end]`, which is more than letters; return where the next token may begin.

    That may be behind `end`, but not behind `limit`, where the line ends. `seen` has the `SEEN_` bits of the run, so
    that values that need one are not tried in vain.
    """
    at = begin
    while at < end and state[TOKENS] < MAX_TOKENS:
        sign = POSITIVE
        stop = at
        # a sign belongs to a number only where a blank, delimiter or splitter is before it; in `a-5` it joins
        if (
            (text[at] == HYPHEN or text[at] == PLUS)
            and CLASS[text[at + 1]] == DIGIT
            and CLASS[text[at - 1]] <= SPLITTER
        ):
            stop = number_end(text, state, at + 1, limit)
            if stop == at + 1:
                stop = at
            else:
                sign = COMMA - text[at]  # the comma stands between plus and minus: +1 and -1
                at += 1
        if stop == at:
            stop = value_end(text, state, at, end, limit, seen)
        if stop > at:
            at = _put_value(text, state, at, stop, limit, sign)
        elif CLASS[text[at]] > JOINER or text[at] == UNDERSCORE:
            at = _put_part(text, state, at, end, limit, seen)
        else:
            put_gap(text, state, at)
            at += 1
    return at
