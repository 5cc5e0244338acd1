"""Numbers that are words: codes (hexadecimal ones too), which say in which state something is, and the numbers of ports,
disks and slots. Decides it from the key or word before a number, and writes the number's value into the word.

"exit code 1" and "exit code 0", or 502 and 200 behind a request, are two kinds of message, so a code stays as it stands
and is never a measurement. What tells a code from a count is the key before it ("status", "rc=", "[Errno 13]"), or the form
of a line of a web server. A number behind "port" or "fan" is a name: it is masked, and names a thing.
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.lexicon import STRONG_CUE, WEAK_CUE
from brainstem.signature.tokenizer.entities import put_entity
from brainstem.signature.tokenizer.numbers import run_end
from brainstem.signature.tokenizer.state import (
    BLANK,
    CLASS,
    CODE,
    CUE,
    DELIMITER,
    DIGIT,
    GAP,
    GAP_OPEN,
    HEX,
    IS_DECIMAL,
    IS_LOWER,
    KIND,
    LAST_CODE,
    LAST_KIND,
    LETTER,
    LETTER_BITS,
    MESSAGE_AT,
    NO_CODE,
    NUMBER,
    OUT,
    PATH,
    Numbers,
    plain_int,
)
from brainstem.signature.tokenizer.word_table import (
    BEHIND_KEY,
    CODE_KEY,
    COUNTING_KEY,
    DOWN,
    FAILING_KEY,
    FUNCTION,
    HTTP_METHOD,
    LAYER,
    LINKING,
    NEGATION,
    PLACE,
    PROTECTED,
    UNIT,
    UP,
    code_of,
)
from brainstem.signature.tokenizer.writer import begin_core, end_core, put_mask_token
from brainstem.text.ascii import (
    COLON,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    HASH,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_F,
    LOWER_I,
    LOWER_O,
    LOWER_P,
    LOWER_X,
    LOWER_Y,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    PERCENT,
    SINGLE_QUOTE,
    SLASH,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

MAX_CODE_DIGITS: Final = 5
"""identifiers of events and errors of Windows and MySQL have up to five digits"""
MAX_HEX_CODE_BYTES: Final = 10
"""`0x` and 32 bits (HRESULT, NTSTATUS); longer ones are addresses"""
MAX_KEY_GAP_BYTES: Final = 4
EVENT_BYTES: Final = 5
MAX_NAMED_WORDS: Final = 4
"""words before a key that may say what it is a code of: "exited with failure status 1" """
SUPPLY_BYTES: Final = 7
"""the length of "supply" and a blank"""
MAX_PLACE_DIGITS: Final = 3
MAX_PORT_DIGITS: Final = 2
"""longer ones are ports of TCP, speeds and counts"""
TIMER_SLASHES: Final = 4
"""HAProxy prints five timers before the status: `10/0/30/69/109 200`"""
LEAST_CACHE_RESULT_BYTES: Final = 4
"""Squid prints its result before the status: `TCP_MISS/200`"""

STATUS_DIGITS: Final = 3
BEFORE_CODE: Final = BEHIND_KEY | CODE_KEY | COUNTING_KEY | LAYER
TELLS_OF_NUMBER: Final = BEFORE_CODE | DOWN | PLACE | UP
"""words behind which a number may be a code or name a place"""
LEAST_STATUS, LEAST_CLIENT_ERROR, LEAST_SERVER_ERROR, END_OF_STATUSES = 100, 400, 500, 600
"""status codes of HTTP (RFC 9110 section 15), which mail and SIP follow"""
IS_MEASURE, IS_MASKED, IS_CLASS, IS_WORD = plain_int(0), plain_int(1), plain_int(2), plain_int(3)
"""a number is no code, one that is masked, one of which the class is written (`4xx`), or one that stays"""


@compiled_helper
def _word_begin(text: Numbers, end: int) -> int:
    """Return where the letters and digits begin that end at `end`."""
    while end > MESSAGE_AT and CLASS[text[end - 1]] >= LETTER:
        end -= 1
    return end


@compiled_helper
def _behind_request(text: Numbers, state: Numbers, begin: int) -> bool:
    """Return whether a number stands where a line of a web server or proxy has the status of a request.

    `"GET / HTTP/1.1" 502` (Common Log Format), `HTTP/2 502`, `GET /path 502`, `10/0/30/69/109 502` (HAProxy),
    `TCP_MISS/502` (Squid). So does a reply of mail before its enhanced code: `550 5.1.1` (RFC 3463).
    """
    end = begin + STATUS_DIGITS
    if text[end + 1] == text[begin] and text[end] == SPACE and text[end + 2] == DOT and CLASS[text[end + 3]] == DIGIT:
        return True
    before = text[begin - 1]
    at = begin - 1
    if before == SLASH:
        # capitals with an underscore
        underscores = 0
        while UPPER_A <= text[at - 1] <= UPPER_Z or text[at - 1] == UNDERSCORE:
            at -= 1
            underscores += text[at] == UNDERSCORE
        return underscores > 0 and begin - 1 - at >= LEAST_CACHE_RESULT_BYTES
    if before != SPACE:
        return False
    if state[LAST_KIND] == PATH:
        while CLASS[text[at - 1]] != BLANK:
            at -= 1
        if text[at - 1] == SPACE and at > MESSAGE_AT:
            first = _word_begin(text, at - 1)
            return code_of(text, state, first, at - 1) & HTTP_METHOD != 0
        return False
    at -= text[at - 1] == DOUBLE_QUOTE
    if CLASS[text[at - 1]] != DIGIT:
        return False
    slashes = 0
    last = at
    while CLASS[text[at - 1]] == DIGIT or text[at - 1] == SLASH or text[at - 1] == DOT:
        at -= 1
        slashes += text[at] == SLASH
        if text[at] == SLASH and slashes == 1:
            last = at
    # "HTTP/1.1", "HTTP/2"
    return slashes >= TIMER_SLASHES or (slashes == 1 and last == at and text[at - 1] | LOWER_CASE_BIT == LOWER_P)


@compiled_helper
def _is_count(text: Numbers, state: Numbers, end: int) -> bool:
    """Return whether what follows a number says what it counts: "3 rows", "3 of 5", "3/5"."""
    if text[end] == SLASH:
        return CLASS[text[end + 1]] == DIGIT
    if text[end] != SPACE or not LETTER_BITS[text[end + 1]] & IS_LOWER:
        return False
    stop = end + 1
    while CLASS[text[stop]] >= LETTER:
        stop += 1
    of = stop == end + 3 and text[end + 1] == LOWER_O and text[end + 2] == LOWER_F
    code = code_of(text, state, end + 1, stop)
    return of or not code & (FUNCTION | NEGATION | LINKING | PROTECTED)


@compiled_helper
def _names_failure(text: Numbers, state: Numbers, end: int) -> bool:
    """Return whether one of the few words that end at `end` says that a code other than 0 means trouble."""
    for _ in range(MAX_NAMED_WORDS):
        # over the punctuation of `code=exited, status=1`
        at = end
        while at > MESSAGE_AT and end - at < MAX_KEY_GAP_BYTES and CLASS[text[at - 1]] < LETTER:
            at -= 1
        begin = _word_begin(text, at)
        if begin == at:
            return False
        if code_of(text, state, begin, at) & FAILING_KEY:
            return True
        end = begin
    return False


@compiled_helper
def _key_code(text: Numbers, state: Numbers, begin: int) -> int:
    """Return the listed meaning of the key of the number at `begin`, 0 if it has none.

    Between them may stand `=`, `: `, `(` and their like, and the words "is", "was" and "of". The end of the key goes to the
    state as KIND.
    """
    gap = state[GAP] + (text[state[GAP]] == GAP_OPEN)
    if state[OUT] - gap > MAX_KEY_GAP_BYTES or state[OUT] == gap:
        return NO_CODE
    for index in range(gap, state[OUT]):
        byte = text[index]
        if not (
            byte == SPACE
            or byte == EQUALS
            or byte == COLON
            or byte == DOUBLE_QUOTE
            or byte == SINGLE_QUOTE
            or byte == OPEN_PARENTHESIS
            or byte == OPEN_BRACKET
            or byte == HASH
        ):
            return NO_CODE
    at = begin
    while at > MESSAGE_AT and CLASS[text[at - 1]] < LETTER:
        at -= 1
    state[KIND] = at
    code = state[LAST_CODE]
    if code & (CODE_KEY | COUNTING_KEY):
        return code
    # the words of which one may stand between them are "is", "was" and their like, "of", and "id" behind "event"
    first = _word_begin(text, at)
    if not code & BEHIND_KEY or text[first - 1] != SPACE or first <= MESSAGE_AT:
        return NO_CODE
    before = _word_begin(text, first - 1)
    state[KIND] = first - 1
    key = code_of(text, state, before, first - 1)
    if at - first == 2 and text[first] | LOWER_CASE_BIT == LOWER_I and text[first + 1] | LOWER_CASE_BIT == LOWER_D:
        # no other function word of five letters begins with "e"
        is_event = first - 1 - before == EVENT_BYTES and text[before] | LOWER_CASE_BIT == LOWER_E and key & FUNCTION
        return CODE_KEY if is_event else NO_CODE
    return key


@compiled_helper
def _code_kind(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Return whether the number `text[begin:end]` is a code, as one of the four kinds above, and note the trouble it means.

    Statuses are told apart only where they mean something else: those below 400 are one, from 400 on they are a class, and
    each from 500 on is a fault of its own. In the line of a request those below 500 stay numbers: what strangers ask for
    and do not get is no news, and the size of the answer stays the second number.
    """
    width = end - begin
    is_hex = text[begin] == ZERO and text[begin + 1] | LOWER_CASE_BIT == LOWER_X
    value = 0
    for index in range(begin, end):
        if is_hex:
            value |= text[index] - ZERO if index != begin + 1 else 0
        elif CLASS[text[index]] != DIGIT:
            return IS_MEASURE  # with a unit, a fraction or a percent sign
        else:
            value = value * 10 + text[index] - ZERO
    is_status = not is_hex and width == STATUS_DIGITS and LEAST_STATUS <= value < END_OF_STATUSES
    fails = False
    answers = is_status and _behind_request(text, state, begin)
    if not answers:
        if not state[LAST_CODE] & BEFORE_CODE:
            return IS_MEASURE
        if state[LAST_CODE] & LAYER:
            return IS_WORD if width == 1 and text[begin - 1] == SPACE else IS_MEASURE
        key = _key_code(text, state, begin)
        if not key & CODE_KEY and not (is_status and key & COUNTING_KEY):
            return IS_MEASURE
        # "error: 3 disks" and "returned 3 rows" count; "error=3" and "status 3" do not
        if (
            (key & COUNTING_KEY or text[begin - 2] == COLON)
            and text[begin - 1] != EQUALS
            and _is_count(text, state, end)
        ):
            return IS_MEASURE
        fails = key & FAILING_KEY != 0
        if not fails and not key & COUNTING_KEY:
            fails = _names_failure(text, state, state[KIND])
    if fails or not is_status:
        if fails and value != 0:
            state[CUE] = STRONG_CUE
        # longer ones differ too much to stay, and measure nothing either
        return IS_WORD if width <= (MAX_HEX_CODE_BYTES if is_hex else MAX_CODE_DIGITS) else IS_MASKED
    if answers and value < LEAST_SERVER_ERROR:
        return IS_MEASURE
    if value < LEAST_CLIENT_ERROR:
        return IS_MASKED
    if value < LEAST_SERVER_ERROR:
        return IS_CLASS
    state[CUE] = max(state[CUE], WEAK_CUE)
    return IS_WORD


@compiled_helper
def _put_code(text: Numbers, state: Numbers, begin: int, end: int, kind: int) -> None:
    """Add a code as it stands, or the class of a status (`4xx`)."""
    begin_core(text, state)
    core = state[OUT]
    for index in range(begin, end):
        # in the class of a status only the first digit counts
        text[core + index - begin] = LOWER_X if kind == IS_CLASS and index > begin else text[index]
    state[OUT] = core + end - begin
    end_core(text, state, core, CODE, NO_CODE)


@compiled_helper
def _place_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of the short number at `begin` where it names a place, or `begin`; what it names becomes an entity.

    "port 12", "slot 0/12", "Port 1:12", and "Link Down: 0/12", where only the state stands before it.
    """
    gap = state[GAP] + (text[state[GAP]] == GAP_OPEN)
    width = state[OUT] - gap
    if not state[LAST_CODE] & PLACE:
        if width != 2 or text[gap] != COLON or text[gap + 1] != SPACE:
            return begin
        named = begin
    elif text[begin - 1] == SPACE or (text[begin - 1] == HASH and text[begin - 2] == SPACE):
        # blanks that were collapsed lie between them
        named = begin - (text[begin - 1] == HASH)
        while text[named - 1] == SPACE and named > MESSAGE_AT:
            named -= 1
        if CLASS[text[named - 1]] < LETTER:
            return begin  # "port: 12" is as often a value as a name
        named = _word_begin(text, named)
        # "192.0.2.7 port 22" is a port of TCP
        at = _word_begin(text, named - 1)
        if at < named - 1 and (text[at - 1] == DOT or text[at - 1] == COLON):
            return begin
        if named == begin - SUPPLY_BYTES and text[begin - 2] | LOWER_CASE_BIT == LOWER_Y:
            named = _word_begin(text, named - 1)  # the only one of two words is "power supply"
    else:
        return begin
    at = begin
    groups = 0
    while True:
        stop = run_end(text, at, limit, DIGIT)
        if stop == at or stop - at > MAX_PLACE_DIGITS:
            return begin
        groups += 1
        at = stop
        if not (text[at] == SLASH or text[at] == COLON) or CLASS[text[at + 1]] != DIGIT:
            break
        at += 1
    # punctuation of the sentence may follow, but no unit, and no count ("disk 80 %", "fan 900 rpm", "port 3 of 24")
    if CLASS[text[at]] > DELIMITER and not (
        (text[at] == COLON or text[at] == DOT) and CLASS[text[at + 1]] <= DELIMITER
    ):
        return begin
    if groups == 1 and (named == begin or (at - begin > MAX_PORT_DIGITS and text[named] | LOWER_CASE_BIT == LOWER_P)):
        return begin
    if text[at] == SPACE:
        stop = at + 1
        while CLASS[text[stop]] >= LETTER:
            stop += 1
        of = stop == at + 3 and text[at + 1] == LOWER_O and text[at + 2] == LOWER_F
        if of or text[at + 1] == PERCENT or code_of(text, state, at + 1, stop) & UNIT:
            return begin
    put_entity(text, state, named, at)
    return at


@compiled_helper
def number_word_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int) -> int:
    """Add the value `text[begin:end]`, of the kind in the state, if it is a word; return where it ended, or `begin`."""
    kind = state[KIND]
    if state[LAST_CODE] & (PLACE | UP | DOWN):
        stop = _place_end(text, state, begin, limit)
        if stop > begin:
            put_mask_token(text, state, NUMBER)
            return stop
    if kind == HEX or (kind == NUMBER and state[IS_DECIMAL]):
        code = _code_kind(text, state, begin, end)
        if code == IS_MASKED:
            put_mask_token(text, state, kind)
            return end
        if code != IS_MEASURE:
            _put_code(text, state, begin, end, code)
            return end
    state[KIND] = kind
    return begin
