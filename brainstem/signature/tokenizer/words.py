"""Words that stay: copied, looked up, and weighed for cue and polarity; digits in them are masked."""

from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import copy_bytes
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import dashed_end
from brainstem.signature.tokenizer.numbers import has_digit, is_hexadecimal, run_end
from brainstem.signature.tokenizer.state import (
    CLASS,
    CORE,
    CUE,
    DIGIT,
    FOLD,
    GAP,
    HEX_LETTER,
    JOINER,
    KIND,
    LAST,
    LAST_CODE,
    LETTER,
    MASKED_AT,
    NEGATE,
    NONE_OF,
    NUMBER,
    OUT,
    PAST,
    POLARITY,
    SPACE,
    SPLITTER,
    STATE_WORD_TO,
    TIME,
    UUID,
    WORD,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    CHANGES_READING,
    DOWN,
    FREE_UNIT,
    FUNCTION,
    LOOKS_BACK,
    MONTH,
    NEGATION,
    NOUN,
    OUTAGE,
    PROSE_KEY,
    PROTECTED,
    STRONG,
    TIME_UNIT,
    UP,
    WEAK,
    WEEKDAY,
    ZONE,
    code_of,
    word_slot,
)
from brainstem.signature.tokenizer.writer import begin_core, end_core, is_spaced, put_mask, put_mask_token


@compiled_helper
def _says_no(text: Numbers, at: int) -> bool:
    """Return whether `=0`, `: 0`, `=false` or `=no` stands at `at`."""
    if text[at] != 61 and text[at] != 58:
        return False
    at += 1 + (text[at + 1] == SPACE)
    if text[at] == 48:
        return CLASS[text[at + 1]] <= SPLITTER
    first, following = text[at] | 0x20, text[at + 1] | 0x20
    return (first == 102 and following == 97) or (first == 110 and following == 111)


@compiled_helper
def _note_word(text: Numbers, state: Numbers, code: int, after: int) -> None:
    """Let a word that ends at `after` change the cue and the polarity of the message."""
    if code & PROTECTED:
        flipped = (state[NEGATE] > 0) != _says_no(text, after)
        if state[NONE_OF] == 0:
            if not flipped:
                state[CUE] = max(state[CUE], 2 if code & STRONG else (1 if code & WEAK else 0))
            if code & (DOWN | UP):
                polarity = 1 if (code & UP != 0) != flipped else -1
                if flipped and polarity < 0:
                    state[CUE] = max(state[CUE], 1)
                if polarity < 0 and (flipped or code & OUTAGE):
                    polarity = -2
                if state[PAST] == 0 or state[POLARITY] == 0:
                    state[POLARITY] = polarity
                    state[STATE_WORD_TO] = after
    state[NEGATE] = 2 if code & NEGATION else max(state[NEGATE] - 1, 0)
    state[NONE_OF] = max(state[NONE_OF] - 1, 0)
    if code & LOOKS_BACK:
        state[PAST] = 1


@compiled_helper
def _put_literal(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy a word and note the listed words in it, whole or as parts of CamelCase and snake_case."""
    out = state[OUT]
    word = 0
    lower_before = False
    for index in range(begin, end + 1):
        byte = text[index]
        kind = CLASS[byte]
        if word != 0 and (index == end or kind == JOINER or (lower_before and 65 <= byte <= 90)):
            _note_word(text, state, state[word_slot(state, word) + 1], index)
            word = 0
        if index < end:
            text[out] = byte
            out += 1
            if kind >= LETTER:
                word = word * FOLD + (byte | 0x20)
        lower_before = 97 <= byte <= 122
    state[OUT] = out
    state[MASKED_AT] = -1


@compiled_helper
def _put_mixed_run(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy letters and digits with the digits masked, or mask all when the two take turns as in an id."""
    turns = 0
    for index in range(begin + 1, end):
        turns += (CLASS[text[index]] == DIGIT) != (CLASS[text[index - 1]] == DIGIT)
    hexadecimal = run_end(text, begin, end, HEX_LETTER) == end
    if turns >= 3 or (hexadecimal and (state[MASKED_AT] >= 0 or is_hexadecimal(text, begin, end))):
        put_mask(text, state)
        return
    at = begin
    while at < end:
        stop = run_end(text, at, end, DIGIT)
        if stop > at:
            put_mask(text, state)
        else:
            while stop < end and CLASS[text[stop]] != DIGIT:
                stop += 1
            _put_literal(text, state, at, stop)
        at = stop


@compiled_helper
def put_name(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy a word with digits: `worker-12` to `worker-<num>`, `try_15_m_03_1` to `try_<num>`, `id_-7` to `id_<num>`."""
    at = begin
    while at < end:
        stop = run_end(text, at, end, LETTER)
        if stop == at:
            minus = text[at] == 45 and at > begin and CLASS[text[at - 1]] == JOINER
            if not (minus and CLASS[text[at + 1]] == DIGIT):
                text[state[OUT]] = text[at]
                state[OUT] += 1
            at += 1
            continue
        identifier = dashed_end(text, state, at, end)
        if identifier > at and state[KIND] == UUID:
            put_mask(text, state)
            at = identifier
            continue
        short = state[MASKED_AT] >= 0 and stop - at <= 2 and stop + 1 < end and CLASS[text[stop + 1]] == DIGIT
        if has_digit(text, at, stop):
            _put_mixed_run(text, state, at, stop)
        elif short and not code_of(text, state, at, stop) & PROTECTED:
            put_mask(text, state)
        else:
            _put_literal(text, state, at, stop)
        at = stop


@compiled_helper
def _next_is_date(text: Numbers, state: Numbers, at: int, limit: int) -> bool:
    """Return whether a month or a weekday that ends at `at` is followed by a digit or a month."""
    at += text[at] == 44
    if text[at] != SPACE:
        return False
    while at < limit and text[at] == SPACE:
        at += 1
    if CLASS[text[at]] == DIGIT:
        return True
    return code_of(text, state, at, run_end(text, at, limit, LETTER)) & MONTH != 0


@compiled_helper
def _names_a_thing(text: Numbers, state: Numbers, code: int) -> bool:
    """Return whether the word about to be added is a name: the value of a key, or what follows a noun."""
    before = state[LAST_CODE]
    if code & (CHANGES_READING | FUNCTION) or state[LAST] != WORD:
        return False
    out, gap = state[OUT], state[GAP]
    if out - gap == 2 and text[gap + 1] == 61:
        return not before & PROSE_KEY
    if not before & NOUN or code & NOUN or out - gap > 4:
        return False
    for index in range(gap + 1, out):
        byte = text[index]
        if not (byte == SPACE or byte == 61 or byte == 58 or byte == 34 or byte == 39 or byte == 91 or byte == 40):
            return False
    return True


@compiled_helper
def put_word(text: Numbers, state: Numbers, begin: int, end: int, limit: int, code: int, simple: int) -> None:
    """Add a word without digits: itself, or a mask where it belongs to a date or is the unit of a number.

    `code` is what the lists say of the whole word; `simple` says that it has no parts to look up.
    """
    if code & (MONTH | WEEKDAY | ZONE | FREE_UNIT):
        if code & (MONTH | WEEKDAY) and 65 <= text[begin] <= 90 and _next_is_date(text, state, end, limit):
            put_mask_token(text, state, TIME)
            state[LAST_CODE] = code
            return
        if is_spaced(text, state):
            if code & ZONE and state[LAST] == TIME:
                state[OUT] = state[GAP] + 1
                return
            if code & FREE_UNIT and state[LAST] == NUMBER:
                state[OUT] = state[GAP] + 1
                if code & TIME_UNIT and state[GAP] - state[CORE] == 1:
                    text[state[CORE]] = TIME
                    state[LAST] = TIME
                return
    if (state[LAST_CODE] & NOUN or text[state[OUT] - 1] == 61) and _names_a_thing(text, state, code):
        put_entity(text, state, begin, end)
    begin_core(text, state)
    core = state[OUT]
    if simple:
        copy_bytes(text, core, text, begin, end - begin)
        state[OUT] = core + end - begin
        if code & CHANGES_READING or state[NEGATE] | state[NONE_OF]:
            _note_word(text, state, code, end)
    else:
        _put_literal(text, state, begin, end)
    end_core(text, state, core, WORD, code)
