"""Writes words into the canonical stream, masks the digits in them, weighs them for cue and polarity, and tells whether one
is the name of a thing: what follows a noun, or the value of a key.

The cue is how strongly the words of a message report trouble, the polarity which way a thing went. Both come from the
printed lists alone (`brainstem.signature.lexicon`).
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import copy_bytes
from brainstem.signature.lexicon import ENDED, NO_CUE, OUT_OF_SERVICE, STRONG_CUE, WEAK_CUE, WORKING
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.identifiers import dashed_end
from brainstem.signature.tokenizer.numbers import has_digit, is_hexadecimal, run_end
from brainstem.signature.tokenizer.state import (
    CLASS,
    CORE,
    CUE,
    DELIMITER,
    DIGIT,
    FOLD,
    GAP,
    HEX_LETTER,
    IN_PAST,
    JOINER,
    KIND,
    LAST_CODE,
    LAST_KIND,
    LETTER,
    MASK_END,
    NEGATED_WORDS,
    NO_CODE,
    NUMBER,
    OUT,
    POLARITY,
    SPLITTER,
    STATE_WORD_END,
    TIME,
    UUID,
    WORD,
    ZERO_WORDS,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    CHANGES_TRAITS,
    CODE_KEY,
    COUNTING_KEY,
    DOWN,
    FAILING_KEY,
    FREE_UNIT,
    FUNCTION,
    LOOKS_BACK,
    MONTH,
    NAMELESS,
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
from brainstem.text.ascii import (
    COLON,
    COMMA,
    DOUBLE_QUOTE,
    EQUALS,
    HYPHEN,
    LOWER_A,
    LOWER_C,
    LOWER_CASE_BIT,
    LOWER_E,
    LOWER_F,
    LOWER_N,
    LOWER_O,
    LOWER_Z,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    SINGLE_QUOTE,
    SLASH,
    SPACE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

KEYS_OF_CODES: Final = CODE_KEY | COUNTING_KEY | FAILING_KEY
CODE_BYTES: Final = 4
REACH_WORDS: Final = 2
"""a negation or a zero reaches so many words, as "not yet ready" and "0 disk errors" show"""


@compiled_helper
def _has_false_value(text: Numbers, at: int, code: int) -> bool:
    """Return whether `=0`, `: 0`, `=false` or `=no` stands at `at`, or ` code: 0`: "errors=0" is no trouble."""
    # "errors 0" and "error code 0"; but "up 0 days" is no denial
    if text[at] == SPACE and code & (STRONG | WEAK):
        # no other noun of four letters that begins and ends so stands before a zero
        if text[at + 1] | LOWER_CASE_BIT == LOWER_C and text[at + 4] | LOWER_CASE_BIT == LOWER_E:
            at += 1 + CODE_BYTES
        if text[at] == SPACE:
            return text[at + 1] == ZERO and CLASS[text[at + 2]] <= DELIMITER
    if text[at] != EQUALS and text[at] != COLON:
        return False
    at += 1 + (text[at + 1] == SPACE)
    if text[at] == ZERO:
        # "0.5", "0x1f" and "0/12" are no zero
        return CLASS[text[at + 1]] <= SPLITTER and text[at + 1] != SLASH and text[at + 1] != COLON
    # two letters decide: no listed word begins a value with "fa" or "no" and means the contrary
    first, following = text[at] | LOWER_CASE_BIT, text[at + 1] | LOWER_CASE_BIT
    return (first == LOWER_F and following == LOWER_A) or (first == LOWER_N and following == LOWER_O)


@compiled_helper
def _update_traits(text: Numbers, state: Numbers, code: int, after: int) -> None:
    """Update the cue and the polarity of the message by a word that ends at `after` and has the listed meaning `code`."""
    if code & PROTECTED:
        # "not" before and "=false" behind undo each other
        flipped = (state[NEGATED_WORDS] > 0) != _has_false_value(text, after, code)
        # of "0 errors" nothing counts; "no errors" may still turn a state round
        if state[ZERO_WORDS] == 0:
            if not flipped:
                state[CUE] = max(state[CUE], STRONG_CUE if code & STRONG else (WEAK_CUE if code & WEAK else NO_CUE))
            if code & (DOWN | UP):
                polarity = WORKING if (code & UP != 0) != flipped else ENDED
                # "not ready" is trouble although neither word is a cue
                if flipped and polarity < 0:
                    state[CUE] = max(state[CUE], WEAK_CUE)
                # what is not up is out of service, as what is "down" is; what has "ended" may have done its work
                if polarity < 0 and (flipped or code & OUTAGE):
                    polarity = OUT_OF_SERVICE
                # the last state decides ("from up to down"), but one of the past only if there is no other
                if state[IN_PAST] == 0 or state[POLARITY] == 0:
                    state[POLARITY] = polarity
                    state[STATE_WORD_END] = after
    state[NEGATED_WORDS] = REACH_WORDS if code & NEGATION else max(state[NEGATED_WORDS] - 1, 0)
    state[ZERO_WORDS] = max(state[ZERO_WORDS] - 1, 0)
    if code & LOOKS_BACK:
        state[IN_PAST] = 1


@compiled_helper
def _put_letters(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Copy a word and note the listed words in it, whole or as parts of CamelCase and snake_case.

    Returns the listed meaning of its last part.
    """
    out = state[OUT]
    word = 0
    code = NO_CODE
    lower_before = False
    for index in range(begin, end + 1):
        byte = text[index]
        kind = CLASS[byte]
        # a part ends at the end, before a joiner, and where a capital follows a small letter (connectionLost)
        if word != 0 and (index == end or kind == JOINER or (lower_before and UPPER_A <= byte <= UPPER_Z)):
            code = state[word_slot(state, word) + 1]
            _update_traits(text, state, code, index)
            word = 0
        if index < end:
            text[out] = byte
            out += 1
            # other bytes, as the apostrophe of "can't", are copied but no part of the key
            if kind >= LETTER:
                word = word * FOLD + (byte | LOWER_CASE_BIT)
        lower_before = LOWER_A <= byte <= LOWER_Z
    state[OUT] = out
    state[MASK_END] = -1
    return code


@compiled_helper
def _put_letters_and_digits(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy letters and digits with the digits masked, or mask all when the two take turns as in an id."""
    turns = 0
    for index in range(begin + 1, end):
        turns += (CLASS[text[index]] == DIGIT) != (CLASS[text[index - 1]] == DIGIT)
    hexadecimal = run_end(text, begin, end, HEX_LETTER) == end
    # `a1b2c` is an id, `eth0` and `node12a` are names; behind another mask (`req-12-ab3`) hexadecimal goes on
    if turns >= 3 or (hexadecimal and (state[MASK_END] >= 0 or is_hexadecimal(text, begin, end))):
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
            _put_letters(text, state, at, stop)
        at = stop


@compiled_helper
def put_word_with_digits(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy a word with digits: `worker-12` to `worker-<num>`, `try_15_m_03_1` to `try_<num>`, `id_-7` to `id_<num>`."""
    at = begin
    while at < end:
        stop = run_end(text, at, end, LETTER)
        if stop == at:
            # the minus of a negative number behind another joiner is dropped, so that `id_-7` and `id_7` are one
            minus = text[at] == HYPHEN and at > begin and CLASS[text[at - 1]] == JOINER
            if not (minus and CLASS[text[at + 1]] == DIGIT):
                text[state[OUT]] = text[at]
                state[OUT] += 1
            at += 1
            continue
        # `req-6ba7b810-9dad-11d1-80b4-00c04fd430c8`
        identifier = dashed_end(text, state, at, end)
        if identifier > at and state[KIND] == UUID:
            put_mask(text, state)
            at = identifier
            continue
        # one or two letters between numbers are a mark of MapReduce and its like (`_m_`, `_r_`); state words stay
        short = state[MASK_END] >= 0 and stop - at <= 2 and stop + 1 < end and CLASS[text[stop + 1]] == DIGIT
        if has_digit(text, at, stop):
            _put_letters_and_digits(text, state, at, stop)
        elif short and not code_of(text, state, at, stop) & PROTECTED:
            put_mask(text, state)
        else:
            _put_letters(text, state, at, stop)
        at = stop


@compiled_helper
def _next_is_date(text: Numbers, state: Numbers, at: int, limit: int) -> bool:
    """Return whether a month or a weekday that ends at `at` is followed by a digit or a month."""
    at += text[at] == COMMA
    if text[at] != SPACE:
        return False
    # C's ctime pads days with a second space
    while at < limit and text[at] == SPACE:
        at += 1
    if CLASS[text[at]] == DIGIT:
        return True
    return code_of(text, state, at, run_end(text, at, limit, LETTER)) & MONTH != 0


@compiled_helper
def _names_a_thing(text: Numbers, state: Numbers, code: int) -> bool:
    """Return whether the word about to be added is a name: the value of a key (`user=ann`), or what follows a noun."""
    before = state[LAST_CODE]
    if code & (CHANGES_TRAITS | FUNCTION) or state[LAST_KIND] != WORD:
        return False
    out, gap = state[OUT], state[GAP]
    if out - gap == 2 and text[gap + 1] == EQUALS:
        # `reason=` and its like take a word of the message, not a name
        return not before & PROSE_KEY
    # "service entered the stopped state" names no service
    if not before & NOUN or code & (NOUN | NAMELESS) or out - gap > 4:
        return False
    # between "user" and the name may stand `: `, ` "`, ` [`, `('`; after a comma or a full stop something else begins
    for index in range(gap + 1, out):
        byte = text[index]
        if not (
            byte == SPACE
            or byte == EQUALS
            or byte == COLON
            or byte == DOUBLE_QUOTE
            or byte == SINGLE_QUOTE
            or byte == OPEN_BRACKET
            or byte == OPEN_PARENTHESIS
        ):
            return False
    return True


@compiled_helper
def put_word(text: Numbers, state: Numbers, begin: int, end: int, limit: int, code: int, simple: int) -> None:
    """Add a word without digits: itself, or a mask where it belongs to a date or is the unit of a number.

    `code` is the listed meaning of the whole word; `simple` is true when it has no parts to look up.
    """
    if code & (MONTH | WEEKDAY | ZONE | FREE_UNIT):
        # "May 5" and "Sat, 5 May": capitals, since "may" and "sat" are words too
        if code & (MONTH | WEEKDAY) and UPPER_A <= text[begin] <= UPPER_Z and _next_is_date(text, state, end, limit):
            put_mask_token(text, state, TIME)
            state[LAST_CODE] = code
            return
        if is_spaced(text, state):
            # "05:06:07 CET" and "5:06 pm" are one time
            if code & ZONE and state[LAST_KIND] == TIME:
                state[OUT] = state[GAP] + 1
                return
            # "850 ms" is one value as 850ms is, and a duration reads <time>
            if code & FREE_UNIT and state[LAST_KIND] == NUMBER:
                state[OUT] = state[GAP] + 1
                if code & TIME_UNIT and state[GAP] - state[CORE] == 1:
                    text[state[CORE]] = TIME
                    state[LAST_KIND] = TIME
                return
    if (state[LAST_CODE] & NOUN or text[state[OUT] - 1] == EQUALS) and _names_a_thing(text, state, code):
        put_entity(text, state, begin, end)
    begin_core(text, state)
    core = state[OUT]
    if simple or code & CHANGES_TRAITS:
        # most words: one copy, and traits only where the word or one before it can change them
        copy_bytes(text, core, text, begin, end - begin)
        state[OUT] = core + end - begin
        if code & CHANGES_TRAITS or state[NEGATED_WORDS] | state[ZERO_WORDS]:
            _update_traits(text, state, code, end)
    else:
        # "http_status" and "upstreamCode" are keys of codes as their last parts are
        code |= _put_letters(text, state, begin, end) & KEYS_OF_CODES
    end_core(text, state, core, WORD, code)
