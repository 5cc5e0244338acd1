"""The compiled tokenizer: one pass over the bytes of a message gives its canonical stream and its traits.

The canonical stream is the message with every variable part replaced by a mask byte and every token boundary made
explicit. The signature is a hash of the stream and the template is the same stream in readable form, so the two cannot
disagree.

Stream grammar: `[gap] core (gap core)* [gap]`. A gap is one byte 0x20 (a single space) or 0x1F, any bytes, 0x1E. A core
holds literal bytes and mask bytes 1 to 15. Bytes below 0x20 of a message are white space and never reach the stream.

Every function here works on the same two arrays, because passing arrays is what calls cost: `text` holds a copy of the
message between blanks (so that looking one byte ahead needs no check) and behind it the stream; `state` holds the running
fields of the message and behind them the table of listed words. One file, because compiled code is cached by file.
"""

from typing import Final, Protocol, cast

import numpy as np
import numpy.typing as npt

from brainstem.compiled import borrowing
from brainstem.lowering import copy_bytes, find_byte


class Numbers(Protocol):
    """An array of small integers, as the type checker sees it: numpy says of an element only that it is anything."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


MAX_TOKENS: Final = 64
"""Only so many tokens of a message count."""
MAX_MESSAGE_BYTES: Final = 2048
"""Only so many bytes of a line are looked at."""


def _plain(value: int) -> int:
    """Give an int that numba does not take for a literal: it would compile a callee anew for each one."""
    return cast("int", np.int64(value))


SPACE: Final = _plain(0x20)
GAP_OPEN: Final = _plain(0x1F)
GAP_CLOSE: Final = _plain(0x1E)
NUMBER, TIME, HOST, UUID, HEX, PATH, URL, MAC, EMAIL, BLOB, QUOTED = (_plain(mask) for mask in range(1, 12))
MASK_NAMES: Final = {
    int(mask): name
    for mask, name in (
        (NUMBER, "num"),
        (TIME, "time"),
        (HOST, "host"),
        (UUID, "uuid"),
        (HEX, "hex"),
        (PATH, "path"),
        (URL, "url"),
        (MAC, "mac"),
        (EMAIL, "email"),
        (BLOB, "blob"),
        (QUOTED, "str"),
    )
}
"""What a mask byte is called between angle brackets. Host names and addresses share one mask, since a field holds one or
the other as reverse lookup succeeds or not; so do decimal and short hexadecimal numbers, since a hexadecimal field holds
ten digits out of sixteen; so do moments and durations, since both are printed as 00:17."""

# byte classes in an order that comparisons use; LETTER and above make up words
_BLANK, _DELIMITER, _SPLITTER, _JOINER, _LETTER, _HEX_LETTER, _DIGIT = (_plain(kind) for kind in range(7))


def _byte_classes() -> Numbers:
    classes = np.full(256, _LETTER, np.uint8)
    classes[:33] = _BLANK
    classes[127] = _BLANK
    classes[33:127] = _SPLITTER
    classes[list(b"()[]{}<>\"',;=|!`^")] = _DELIMITER
    classes[list(b"-._~")] = _JOINER
    classes[list(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")] = _LETTER
    classes[list(b"abcdefABCDEF")] = _HEX_LETTER
    classes[list(b"0123456789")] = _DIGIT
    return classes


CLASS: Final[Numbers] = _byte_classes()

_TRAIT_LOWER, _TRAIT_UPPER, _TRAIT_OTHER, _TRAIT_HEX = 1, 2, 4, 8
_TRAIT_LETTER = _TRAIT_LOWER | _TRAIT_UPPER | _TRAIT_OTHER


def _byte_traits() -> Numbers:
    traits = np.zeros(256, np.int64)
    traits[ord("a") : ord("z") + 1] |= _TRAIT_LOWER
    traits[ord("A") : ord("Z") + 1] |= _TRAIT_UPPER
    traits[128:] |= _TRAIT_OTHER
    traits[list(b"abcdefABCDEF")] |= _TRAIT_HEX
    return traits


TRAIT: Final[Numbers] = _byte_traits()
"""Which bytes are letters, as bits that a loop can gather without branching."""

# bits of `words.WordCode`; they stand here too because compiled code is cached by file, and a test compares them
_WEAK, _STRONG, _DOWN, _UP, _NEGATION, _LOOKS_BACK, _NOUN, _FUNCTION, _PROSE_KEY = (1 << bit for bit in range(9))
_MONTH, _WEEKDAY, _ZONE, _UNIT, _FREE_UNIT, _NUMBERED, _DOMAIN, _COUNTRY = (1 << bit for bit in range(9, 17))
_PACKAGE, _HTTP_METHOD, _TIME_UNIT, _LINKING, _OUTAGE = (1 << bit for bit in range(17, 22))
_PROTECTED = _WEAK | _STRONG | _DOWN | _UP
_CHANGES_READING = _PROTECTED | _NEGATION | _LOOKS_BACK
WORD_BITS: Final = 22

# kinds of tokens beside the masks: a word that keeps its letters, one whose digits are masked, a number with a time unit
_WORD, _NAME, _DURATION = _plain(100), _plain(101), _plain(102)
_NO_CODE, _ONE = _plain(0), _plain(1)
# what stands in a run: a digit, a dot or an at sign, something that can make all of it one shape
_SEEN_DIGIT, _SEEN_DOT, _SEEN_WHOLE = _plain(1), _plain(2), _plain(4)

# where things lie in the two arrays
_MESSAGE_AT, _STREAM_AT = _plain(8), _plain(2064)
TEXT_BYTES: Final = 8192
_OUT, _GAP, _CORE, _TOKENS, _CUE, _POLARITY, _NEGATE, _PAST, _LAST, _LAST_CODE = range(10)
_MASKED_AT, _KIND, _VALUE, _NUMERIC, _NONE_OF, _NAMED_TO, _CLOSES, _BASE = range(10, 18)
ENTITIES_AT, NUMBERS_AT = 18, 19
ENTITY_AT, ENTITY_START_AT, ENTITY_END_AT, NUMBER_AT = 20, 23, 26, 29
_STATE_WORD_TO: Final = 32
_FIELDS: Final = 34
_TABLE_BITS: Final = 11
_SLOT_MASK: Final = (1 << _TABLE_BITS) - 1
TABLE_SLOTS: Final = 1 << _TABLE_BITS
STATE_FIELDS: Final = _FIELDS + 2 * TABLE_SLOTS
"""Two numbers a slot: the folded word, or 0 for none, and its code."""

_FOLD: Final = _plain(0x100000001B3)
"""The 64-bit FNV prime (RFC 9923 section 5)."""
_SPREAD: Final = _plain(0x1E3779B97F4A7C15)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_SHIFT_32: Final = np.uint64(32)


@borrowing
def _slot(state: Numbers, word: int) -> int:
    """Give where a folded word stands in the table, or the empty place where it would."""
    slot = ((word * _SPREAD) >> 40) & _SLOT_MASK
    while state[_FIELDS + 2 * slot] != 0 and state[_FIELDS + 2 * slot] != word:
        slot = (slot + 1) & _SLOT_MASK
    return _FIELDS + 2 * slot


@borrowing
def _code_of(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Look up the word `text[begin:end]`, case folded; 0 when it is on no list."""
    word = 0
    for index in range(begin, end):
        word = word * _FOLD + (text[index] | 0x20)
    return state[_slot(state, word) + 1]


@borrowing
def enter_words(text: Numbers, ends: Numbers, codes: Numbers, state: Numbers) -> int:
    """Enter words that stand end to end in `text` into the table; give the first whose hash another one has, or -1."""
    begin = 0
    for index in range(len(ends)):
        word = 0
        for at in range(begin, ends[index]):
            word = word * _FOLD + (text[at] | 0x20)
        begin = ends[index]
        slot = _slot(state, word)
        if state[slot] != 0 or word == 0:
            return index
        state[slot] = word
        state[slot + 1] = codes[index]
    return -1


@borrowing
def _hash_stream(text: Numbers, end: int, seed: np.uint64) -> np.uint64:
    """Hash the stream eight bytes at a time: a multiply and a xor-shift a word, and a final avalanche.

    The steps are those of the rrmxmx family of mixers (https://mostlymangling.blogspot.com/2018/07/). Words are put
    together least significant byte first, so the value is the same on every machine.
    """
    for index in range(end, end + 8):
        text[index] = 0
    value = seed ^ (np.uint64(end - _STREAM_AT) * _GOLDEN)
    at = _STREAM_AT
    while at < end:
        word = np.uint64(0)
        for index in range(8):
            word |= np.uint64(text[at + index]) << np.uint64(8 * index)
        value = (value ^ word) * _MIX
        value ^= value >> _SHIFT_32
        at += 8
    value *= _GOLDEN
    value ^= value >> _SHIFT_32
    value *= _MIX
    return value ^ (value >> _SHIFT_32)


@borrowing
def _put_gap(text: Numbers, state: Numbers, at: int) -> None:
    """Add the byte at `at` between tokens: blanks collapse to one space, a punctuation run to three of its bytes."""
    out, gap = state[_OUT], state[_GAP]
    byte = text[at]
    if byte <= SPACE or byte == 127:
        if text[out - 1] != SPACE and out != _STREAM_AT + 1:
            text[out] = SPACE
            state[_OUT] = out + 1
    elif out - gap <= 3 or text[out - 1] != byte or text[out - 2] != byte or text[out - 3] != byte:
        text[out] = byte
        state[_OUT] = out + 1


@borrowing
def _is_spaced(text: Numbers, state: Numbers) -> bool:
    """Tell whether nothing but a space stands between the last token and the next."""
    return state[_OUT] - state[_GAP] == 2 and text[state[_GAP] + 1] == SPACE


@borrowing
def _begin_core(text: Numbers, state: Numbers) -> None:
    out, gap = state[_OUT], state[_GAP]
    if out - gap == 2 and text[gap + 1] == SPACE:
        text[gap] = SPACE
        out = gap + 1
    elif out == _STREAM_AT + 1:
        out = _STREAM_AT
    else:
        text[out] = GAP_CLOSE
        out += 1
    state[_OUT] = out
    state[_MASKED_AT] = -1
    state[_TOKENS] += 1


@borrowing
def _end_core(text: Numbers, state: Numbers, core: int, kind: int, code: int) -> None:
    out = state[_OUT]
    text[out] = GAP_OPEN
    state[_CORE] = core
    state[_GAP] = out
    state[_OUT] = out + 1
    state[_LAST] = kind
    state[_LAST_CODE] = code


@borrowing
def _end_masked_core(text: Numbers, state: Numbers, core: int, kind: int) -> None:
    """Close a token with a mask; a list of equal ones (`<num>, <num>`, `dn<num> dn<num>`) counts as one."""
    gap, before, out = state[_GAP], state[_CORE], state[_OUT]
    equal = state[_LAST] == kind and state[_TOKENS] > 1 and gap - before == out - core
    if text[gap] == GAP_OPEN:
        blank_after_comma = core - gap == 4 and text[gap + 2] == SPACE
        equal = equal and (core - gap == 3 or blank_after_comma) and text[gap + 1] == 44
    index = 0
    while equal and core + index < out:
        equal = text[before + index] == text[core + index]
        index += 1
    if equal:
        state[_OUT] = gap
        state[_TOKENS] -= 1
        core = before
    _end_core(text, state, core, kind, _NO_CODE)


@borrowing
def _put_mask_token(text: Numbers, state: Numbers, kind: int) -> None:
    _begin_core(text, state)
    core = state[_OUT]
    text[core] = kind
    state[_OUT] = core + 1
    _end_masked_core(text, state, core, kind)


@borrowing
def _put_entity(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Keep the name `text[begin:end]`, case folded, unless it is known, too short, or inside a name already kept."""
    count = state[ENTITIES_AT]
    if count == 3 or end - begin < 2 or begin < state[_NAMED_TO]:
        return
    if text[begin - 1] == 37:
        # what follows "%" is the kind of message of a network device (%LINK-3-UPDOWN), not a thing
        return
    value = _SPREAD
    for index in range(begin, end):
        byte = text[index]
        value = (value ^ (byte | 0x20 if 65 <= byte <= 90 else byte)) * _FOLD
        value ^= (value >> 29) & 0x7FFFFFFF
    for index in range(count):
        if state[ENTITY_AT + index] == value:
            return
    state[ENTITY_AT + count] = value
    state[ENTITY_START_AT + count] = begin + state[_BASE]
    state[ENTITY_END_AT + count] = end + state[_BASE]
    state[ENTITIES_AT] = count + 1


@borrowing
def _put_subject(text: Numbers, state: Numbers) -> None:
    """Where a state is told of nothing that is a name by its form, keep what the sentence says it of: the words of its
    clause before "is" ("Price feed is down"), six at the most."""
    end = state[_STATE_WORD_TO]
    while CLASS[text[end - 1]] >= _LETTER:
        end -= 1
    links = 0
    begin = end
    while True:
        # back over "is", "is now", "has gone"
        while text[begin - 1] == SPACE and begin > _MESSAGE_AT:
            begin -= 1
        end = begin
        while CLASS[text[begin - 1]] >= _JOINER:
            begin -= 1
        code = _code_of(text, state, begin, end)
        if end == begin or not code & (_LINKING | _NEGATION):
            break
        links += 1
    if links == 0 or end == begin or code & (_FUNCTION | _PROTECTED):
        return
    # a number of one or two digits may end a name ("pump 3"); others are counts, process ids and keys of records
    numbered = end - begin <= 2 and CLASS[text[begin]] == _DIGIT and CLASS[text[end - 1]] == _DIGIT
    if not numbered and not _is_plain_word(text, begin, end):
        return
    words = 1
    named = begin
    while words < 7 and text[begin - 1] == SPACE and begin > _MESSAGE_AT:
        first = begin - 1
        while CLASS[text[first - 1]] >= _JOINER:
            first -= 1
        if not _is_plain_word(text, first, begin - 1):
            if _has_digit(text, first, begin - 1):
                return
            # a sign, a bullet or punctuation opens the clause
            break
        if not _code_of(text, state, first, begin - 1) & _FUNCTION:
            named = first
        begin = first
        words += 1
    if words < 7 and (named < end - 2 or not numbered):
        _put_entity(text, state, named, end)


@borrowing
def _is_plain_word(text: Numbers, begin: int, end: int) -> bool:
    """Tell whether a word has an ASCII letter and no digit."""
    letters = 0
    for index in range(begin, end):
        if CLASS[text[index]] == _DIGIT:
            return False
        letters += text[index] < 128 and CLASS[text[index]] >= _LETTER
    return letters > 0


@borrowing
def _says_no(text: Numbers, at: int) -> bool:
    """Tell whether `=0`, `: 0`, `=false` or `=no` stands at `at`."""
    if text[at] != 61 and text[at] != 58:
        return False
    at += 1 + (text[at + 1] == SPACE)
    if text[at] == 48:
        return CLASS[text[at + 1]] <= _SPLITTER
    first, following = text[at] | 0x20, text[at + 1] | 0x20
    return (first == 102 and following == 97) or (first == 110 and following == 111)


@borrowing
def _note_word(text: Numbers, state: Numbers, code: int, after: int) -> None:
    """Let a word that ends at `after` change the cue and the polarity of the message."""
    if code & _PROTECTED:
        flipped = (state[_NEGATE] > 0) != _says_no(text, after)
        if state[_NONE_OF] == 0:
            if not flipped:
                state[_CUE] = max(state[_CUE], 2 if code & _STRONG else (1 if code & _WEAK else 0))
            if code & (_DOWN | _UP):
                polarity = 1 if (code & _UP != 0) != flipped else -1
                if flipped and polarity < 0:
                    state[_CUE] = max(state[_CUE], 1)
                if polarity < 0 and (flipped or code & _OUTAGE):
                    polarity = -2
                if state[_PAST] == 0 or state[_POLARITY] == 0:
                    state[_POLARITY] = polarity
                    state[_STATE_WORD_TO] = after
    state[_NEGATE] = 2 if code & _NEGATION else max(state[_NEGATE] - 1, 0)
    state[_NONE_OF] = max(state[_NONE_OF] - 1, 0)
    if code & _LOOKS_BACK:
        state[_PAST] = 1


@borrowing
def _put_literal(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy a word and note the listed words in it, whole or as parts of CamelCase and snake_case."""
    out = state[_OUT]
    word = 0
    lower_before = False
    for index in range(begin, end + 1):
        byte = text[index]
        kind = CLASS[byte]
        if word != 0 and (index == end or kind == _JOINER or (lower_before and 65 <= byte <= 90)):
            _note_word(text, state, state[_slot(state, word) + 1], index)
            word = 0
        if index < end:
            text[out] = byte
            out += 1
            if kind >= _LETTER:
                word = word * _FOLD + (byte | 0x20)
        lower_before = 97 <= byte <= 122
    state[_OUT] = out
    state[_MASKED_AT] = -1


@borrowing
def _run_end(text: Numbers, at: int, end: int, lowest: int) -> int:
    """Give where the run of bytes of class `lowest` and above ends."""
    while at < end and CLASS[text[at]] >= lowest:
        at += 1
    return at


@borrowing
def _has_digit(text: Numbers, at: int, end: int) -> bool:
    while at < end and CLASS[text[at]] != _DIGIT:
        at += 1
    return at < end


@borrowing
def _is_hexadecimal(text: Numbers, begin: int, end: int) -> bool:
    """Tell whether hexadecimal digits are a number rather than a word (`added`) or a numbered name (`db01`)."""
    if end - begin >= 8:
        return True
    letters = begin
    while letters < end and CLASS[text[letters]] == _HEX_LETTER:
        letters += 1
    digits = _run_end(text, letters, end, _DIGIT)
    return end - begin >= 4 and digits > letters and (letters == begin or digits < end)


@borrowing
def _is_edge(text: Numbers, at: int) -> bool:
    """Tell whether a number or an identifier may end before `at`."""
    kind = CLASS[text[at]]
    return kind <= _SPLITTER or (kind == _JOINER and text[at] != 95 and CLASS[text[at + 1]] < _LETTER)


@borrowing
def _number_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Give the end of a decimal number with its glued units (`1,234.5`, `97%`, `1h2m`, `3e-5`), or `begin`.

    The kind, NUMBER or a duration, goes to the state; so does the value in thousandths.
    """
    at = _run_end(text, begin, limit, _DIGIT)
    value = 0
    digits = at - begin
    for index in range(begin, min(at, begin + 15)):
        value = value * 10 + (text[index] - 48)
    grouped = digits <= 3 and text[begin] != 48
    while grouped and digits < 15 and text[at] == 44 and _run_end(text, at + 1, limit, _DIGIT) == at + 4:
        for index in range(at + 1, at + 4):
            value = value * 10 + (text[index] - 48)
        at += 4
        digits += 3
    value *= 1000
    if text[at] == 46 and CLASS[text[at + 1]] == _DIGIT:
        stop = _run_end(text, at + 1, limit, _DIGIT)
        scale = 100
        for index in range(at + 1, min(stop, at + 4)):
            value += (text[index] - 48) * scale
            scale //= 10
        at = stop
    if text[at] | 0x20 == 101:
        sign = 1 if text[at + 1] == 45 or text[at + 1] == 43 else 0
        stop = _run_end(text, at + 1 + sign, limit, _DIGIT)
        if stop > at + 1 + sign:
            at = stop
            digits = 99
    union = 0
    stop = at
    while CLASS[text[at]] >= _LETTER:
        stop = at
        while stop < at + 6 and (CLASS[text[stop]] == _LETTER or CLASS[text[stop]] == _HEX_LETTER):
            stop += 1
        code = _code_of(text, state, at, stop)
        goes_on = CLASS[text[stop]] == _DIGIT
        day_or_minute = stop == at + 1 and (text[at] | 0x20 == 100 or text[at] | 0x20 == 109)
        if not code & _UNIT or (goes_on and not (code & _TIME_UNIT or day_or_minute)):
            return begin  # only durations go on: 1h2m3s
        union |= code
        at = _run_end(text, stop, limit, _DIGIT)
        if text[at] == 46 and at > stop:
            at = _run_end(text, at + 1, limit, _DIGIT)
    if at > stop:
        return begin
    at += text[at] == 37
    if not _is_edge(text, at):
        return begin
    state[_VALUE] = value
    state[_NUMERIC] = digits <= 15
    state[_KIND] = _DURATION if union & _TIME_UNIT else NUMBER
    return at


@borrowing
def _clock_end(text: Numbers, begin: int, limit: int) -> int:
    """Give the end of a time of day (h:mm, hh:mm:ss, fraction, zone offset), or `begin`."""
    at = _run_end(text, begin, limit, _DIGIT)
    groups = 0
    if at == begin or at > begin + 3:
        return begin
    while groups < 2 and text[at] == 58 and _run_end(text, at + 1, limit, _DIGIT) == at + 3:
        at += 3
        groups += 1
    if groups == 0:
        return begin
    if (text[at] == 46 or text[at] == 44) and CLASS[text[at + 1]] == _DIGIT:
        at = _run_end(text, at + 1, limit, _DIGIT)
    if text[at] | 0x20 == 122:
        at += 1
    elif text[at] == 43 or text[at] == 45:
        stop = _run_end(text, at + 1, limit, _DIGIT)
        if stop == at + 3 and text[stop] == 58:
            stop = _run_end(text, stop + 1, limit, _DIGIT)
        if stop == at + 5 or stop == at + 3 or stop == at + 6:
            at = stop
    if CLASS[text[at]] >= _LETTER or (text[at] == 58 and CLASS[text[at + 1]] >= _HEX_LETTER):
        return begin
    return at


@borrowing
def _date_end(text: Numbers, begin: int, limit: int) -> int:
    """Give the end of a date (2001-02-03, 3/2/2001, 03/Feb/2001) with the time of day that hangs on it, or `begin`."""
    first = _run_end(text, begin, limit, _DIGIT)
    mark = text[first]
    width = first - begin
    if not (mark == 45 or mark == 47 or mark == 46) or not (width == 4 or width <= 2):
        return begin
    second = _run_end(text, first + 1, limit, _DIGIT)
    if second == first + 1 and width <= 2:
        second = _run_end(text, first + 1, limit, _LETTER)
        if second != first + 4:
            return begin
    elif second - first > 3:
        return begin
    third = _run_end(text, second + 1, limit, _DIGIT)
    last = third - second - 1
    year = begin if width == 4 else second + 1
    if text[second] != mark or second == first + 1 or last == 0 or (last > 2 if width == 4 else last != 4):
        return begin
    if not ((text[year] == 49 and text[year + 1] == 57) or (text[year] == 50 and text[year + 1] == 48)):
        return begin
    hang = text[third]
    if hang | 0x20 == 116 or hang == 58 or hang == 95 or hang == 45:
        clock = _clock_end(text, third + 1, limit)
        if clock > third + 1:
            return clock
    return third if _is_edge(text, third) else begin


@borrowing
def _address_end(text: Numbers, begin: int) -> int:
    """Give the end of a dotted IPv4 address, or `begin`."""
    at = begin
    dots = 0
    digits = 0
    value = 0
    while digits < 4:
        byte = text[at]
        if 48 <= byte <= 57:
            value = value * 10 + byte - 48
            digits += 1
        elif byte == 46 and dots < 3 and digits > 0 and value < 256:
            dots += 1
            digits = 0
            value = 0
        else:
            break
        at += 1
    return at if dots == 3 and 0 < digits < 4 and value < 256 and _is_edge(text, at) else begin


@borrowing
def _skip_port(text: Numbers, at: int, limit: int) -> int:
    """Go past `:port` or `/prefix` after an address."""
    if text[at] == 58 or text[at] == 47:
        stop = _run_end(text, at + 1, limit, _DIGIT)
        if at + 1 < stop <= at + 6 and _is_edge(text, stop) and text[stop] != 47:
            return stop
    return at


@borrowing
def _colon_groups_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Give the end of hexadecimal groups with colons, or `begin`; the kind (IPv6, MAC or WWN, other) goes to the state."""
    at = begin
    groups = 0
    doubled = False
    pairs = True
    digit = False
    while True:
        stop = at
        while CLASS[text[stop]] >= _HEX_LETTER:
            digit = digit or CLASS[text[stop]] == _DIGIT
            stop += 1
        if stop - at > 4:
            return begin
        groups += stop > at
        pairs = pairs and stop - at == 2
        if text[stop] == 46 and groups > 1:
            tail = _address_end(text, at)
            stop = tail if tail > at else _run_end(text, stop + 1, limit, _HEX_LETTER)
        if text[stop] != 58:
            at = stop
            break
        if text[stop + 1] == 58 and not doubled:
            doubled = True
            at = stop + 2
        elif CLASS[text[stop + 1]] >= _HEX_LETTER:
            at = stop + 1
        else:
            at = stop
            break
    if not digit or (groups < 3 and not doubled):
        return begin
    if doubled or (groups == 8 and not pairs):
        state[_KIND] = HOST
        if text[at] == 37:
            at = _run_end(text, at + 1, limit, _JOINER)
        if text[at] == 47:
            at = _skip_port(text, at, limit)
    else:
        state[_KIND] = MAC if pairs and (groups == 6 or groups == 8) else NUMBER
        state[_NUMERIC] = 0
    return at if _is_edge(text, at) else begin


@borrowing
def _dashed_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Give the end of a UUID (8-4-4-4-12) or of a MAC with dashes or dots, or `begin`; the kind goes to the state."""
    at = begin
    groups = 0
    total = 0
    pairs = True
    quads = True
    stop = _run_end(text, at, limit, _HEX_LETTER)
    mark = text[stop]
    while True:
        pairs = pairs and stop - at == 2
        quads = quads and stop - at == 4
        groups += 1
        total += stop - at
        if text[stop] != mark or CLASS[text[stop + 1]] < _HEX_LETTER or groups == 6:
            break
        at = stop + 1
        stop = _run_end(text, at, limit, _HEX_LETTER)
    if _is_edge(text, stop):
        if groups == 5 and total == 32 and mark == 45 and stop - at == 12:
            state[_KIND] = UUID
            return stop
        if (groups == 6 and pairs and mark == 45) or (groups == 3 and quads and mark == 46):
            state[_KIND] = MAC
            return stop
    return begin


@borrowing
def _digits_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Give the end of the identifier or number that begins here with a hexadecimal digit, or `begin`; kind to the state."""
    plain = CLASS[text[begin]] == _DIGIT
    stop = _run_end(text, begin, limit, _HEX_LETTER)
    width = stop - begin
    mark = text[stop]
    at = begin
    if mark == 58 and width <= 4:
        at = _clock_end(text, begin, limit) if plain else begin
        state[_KIND] = TIME
        if at == begin:
            at = _colon_groups_end(text, state, begin, limit)
    elif (mark == 45 and (width == 8 or width == 2)) or (mark == 46 and width == 4):
        at = _dashed_end(text, state, begin, limit)
    elif width == 1 and text[begin] == 48 and mark | 0x20 == 120:
        at = _run_end(text, begin + 2, limit, _HEX_LETTER)
        while text[at] == 45 and text[at + 1] == 48 and text[at + 2] | 0x20 == 120:
            at = _run_end(text, at + 3, limit, _HEX_LETTER)  # a range
        state[_KIND] = HEX
        if at == begin + 2 or not _is_edge(text, at):
            at = begin
    if at == begin and plain:
        if mark == 46:
            at = _address_end(text, begin)
            state[_KIND] = HOST
        if at == begin and (mark == 45 or mark == 46 or mark == 47):
            at = _date_end(text, begin, limit)
            state[_KIND] = TIME
        if at == begin:
            at = _number_end(text, state, begin, limit)
    if at == begin and _is_edge(text, stop) and _is_hexadecimal(text, begin, stop):
        state[_KIND] = NUMBER if width < 16 else HEX
        state[_NUMERIC] = 0
        return stop
    return at


@borrowing
def _put_mask(text: Numbers, state: Numbers) -> None:
    """Add a number mask inside a word; masks with only joiners between them are one."""
    if state[_MASKED_AT] >= 0:
        state[_OUT] = state[_MASKED_AT]
        return
    text[state[_OUT]] = NUMBER
    state[_OUT] += 1
    state[_MASKED_AT] = state[_OUT]


@borrowing
def _put_mixed_run(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy letters and digits with the digits masked, or mask all when the two take turns as in an id."""
    turns = 0
    for index in range(begin + 1, end):
        turns += (CLASS[text[index]] == _DIGIT) != (CLASS[text[index - 1]] == _DIGIT)
    hexadecimal = _run_end(text, begin, end, _HEX_LETTER) == end
    if turns >= 3 or (hexadecimal and (state[_MASKED_AT] >= 0 or _is_hexadecimal(text, begin, end))):
        _put_mask(text, state)
        return
    at = begin
    while at < end:
        stop = _run_end(text, at, end, _DIGIT)
        if stop > at:
            _put_mask(text, state)
        else:
            while stop < end and CLASS[text[stop]] != _DIGIT:
                stop += 1
            _put_literal(text, state, at, stop)
        at = stop


@borrowing
def _put_name(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy a word with digits: `worker-12` to `worker-<num>`, `try_15_m_03_1` to `try_<num>`, `id_-7` to `id_<num>`."""
    at = begin
    while at < end:
        stop = _run_end(text, at, end, _LETTER)
        if stop == at:
            minus = text[at] == 45 and at > begin and CLASS[text[at - 1]] == _JOINER
            if not (minus and CLASS[text[at + 1]] == _DIGIT):
                text[state[_OUT]] = text[at]
                state[_OUT] += 1
            at += 1
            continue
        identifier = _dashed_end(text, state, at, end)
        if identifier > at and state[_KIND] == UUID:
            _put_mask(text, state)
            at = identifier
            continue
        short = state[_MASKED_AT] >= 0 and stop - at <= 2 and stop + 1 < end and CLASS[text[stop + 1]] == _DIGIT
        if _has_digit(text, at, stop):
            _put_mixed_run(text, state, at, stop)
        elif short and not _code_of(text, state, at, stop) & _PROTECTED:
            _put_mask(text, state)
        else:
            _put_literal(text, state, at, stop)
        at = stop


@borrowing
def _is_host(text: Numbers, state: Numbers, begin: int, end: int) -> bool:
    """Tell whether a dotted word is a host name by its last label, and not a reversed package name by its first."""
    dots = 0
    first = end
    last = begin
    upper = False
    for index in range(begin, end):
        upper = upper or 65 <= text[index] <= 90
        if text[index] == 46:
            dots += 1
            first = min(first, index)
            last = index
    if dots == 0 or last + 1 >= end:
        return False
    code = _code_of(text, state, last + 1, end)
    believed = code & _DOMAIN or (
        code & _COUNTRY and (dots >= 2 or (text[end] == 58 and CLASS[text[end + 1]] == _DIGIT))
    )
    if not believed or (dots == 1 and upper):
        return False
    return not _code_of(text, state, begin, first) & _PACKAGE


@borrowing
def _locator_end(text: Numbers, at: int, end: int) -> int:
    """Give the end of a URL: before a blank, quote or closing bracket, without the punctuation of the sentence."""
    begin = at
    while at < end:
        byte = text[at]
        if byte <= 0x20 or byte == 34 or byte == 39 or byte == 60 or byte == 62 or byte == 96:
            break
        if byte == 41 or byte == 93 or byte == 125 or byte == 124:
            break
        at += 1
    while at > begin and (text[at - 1] == 46 or text[at - 1] == 44 or text[at - 1] == 58 or text[at - 1] == 59):
        at -= 1
    return at


@borrowing
def _path_end(text: Numbers, begin: int, end: int, limit: int) -> int:
    """Give the end of a path that begins here, or `begin`: `/a/b`, `./a`, `~/a`, `C:\\a`, `\\\\server\\share`."""
    at = begin
    byte, following = text[begin], text[begin + 1]
    if byte == 46 or byte == 126:
        at += 1 + (following == 46)
        if text[at] != 47:
            return begin
    elif byte == 92:
        if following != 92 and CLASS[following] < _LETTER:
            return begin
    elif following == 58 and text[begin + 2] == 92 and CLASS[byte] >= _LETTER:
        at += 2
    elif byte != 47 or following == 47 or _address_end(text, begin + 1) > begin + 1:
        return begin
    letters = 0
    slashes = 0
    query = False
    while at < end and text[at] != 58:
        kind = CLASS[text[at]]
        letters += _LETTER <= kind <= _HEX_LETTER
        slashes += text[at] == 47 or text[at] == 92
        query = query or text[at] == 63
        at += 1
    if letters == 0 and slashes < 2:
        return begin
    return _locator_end(text, at, limit) if query and at == end else at


@borrowing
def _relative_path_end(text: Numbers, begin: int, end: int) -> int:
    """Give the end of a path like `a/b/c.txt`, or `begin`: two slashes, and a digit or a joiner somewhere."""
    slashes = 0
    marks = 0
    at = begin
    while at < end and text[at] != 58:
        slashes += text[at] == 47 and CLASS[text[at + 1]] != _DIGIT
        marks += CLASS[text[at]] == _JOINER or CLASS[text[at]] == _DIGIT
        at += 1
    return at if slashes >= 2 and marks > 0 else begin


@borrowing
def _is_blob(text: Numbers, begin: int, end: int) -> bool:
    """Tell whether a long run looks encoded: upper, lower case and digits that take turns as chance has it."""
    counts_upper = 0
    counts_lower = 0
    counts_digit = 0
    turns = 0
    before = 0
    for index in range(begin, end):
        byte = text[index]
        kind = before
        if 65 <= byte <= 90:
            counts_upper += 1
            kind = 1
        elif 97 <= byte <= 122:
            counts_lower += 1
            kind = 2
        elif 48 <= byte <= 57:
            counts_digit += 1
            kind = 3
        elif not (byte == 43 or byte == 47 or byte == 45 or byte == 95 or byte == 46):
            return False
        turns += kind != before
        before = kind
    # of 64 symbols 26 are upper, 26 lower, 10 digits: two of three neighbours differ, one of six is a digit
    width = end - begin
    return counts_upper > 0 and counts_lower > 0 and 12 * counts_digit >= width and 5 * turns >= 2 * width


@borrowing
def _next_is_date(text: Numbers, state: Numbers, at: int, limit: int) -> bool:
    """Tell whether a month or a weekday that ends at `at` is followed by a digit or a month."""
    at += text[at] == 44
    if text[at] != SPACE:
        return False
    while at < limit and text[at] == SPACE:
        at += 1
    if CLASS[text[at]] == _DIGIT:
        return True
    return _code_of(text, state, at, _run_end(text, at, limit, _LETTER)) & _MONTH != 0


@borrowing
def _names_a_thing(text: Numbers, state: Numbers, code: int) -> bool:
    """Tell whether the word about to be added is a name: the value of a key, or what follows a noun."""
    before = state[_LAST_CODE]
    if code & (_CHANGES_READING | _FUNCTION) or state[_LAST] != _WORD:
        return False
    out, gap = state[_OUT], state[_GAP]
    if out - gap == 2 and text[gap + 1] == 61:
        return not before & _PROSE_KEY
    if not before & _NOUN or code & _NOUN or out - gap > 4:
        return False
    for index in range(gap + 1, out):
        byte = text[index]
        if not (byte == SPACE or byte == 61 or byte == 58 or byte == 34 or byte == 39 or byte == 91 or byte == 40):
            return False
    return True


@borrowing
def _put_word(text: Numbers, state: Numbers, begin: int, end: int, limit: int, code: int, simple: int) -> None:
    """Add a word without digits: itself, or a mask where it belongs to a date or is the unit of a number.

    `code` is what the lists say of the whole word; `simple` says that it has no parts to look up.
    """
    if code & (_MONTH | _WEEKDAY | _ZONE | _FREE_UNIT):
        if code & (_MONTH | _WEEKDAY) and 65 <= text[begin] <= 90 and _next_is_date(text, state, end, limit):
            _put_mask_token(text, state, TIME)
            state[_LAST_CODE] = code
            return
        if _is_spaced(text, state):
            if code & _ZONE and state[_LAST] == TIME:
                state[_OUT] = state[_GAP] + 1
                return
            if code & _FREE_UNIT and state[_LAST] == NUMBER:
                state[_OUT] = state[_GAP] + 1
                if code & _TIME_UNIT and state[_GAP] - state[_CORE] == 1:
                    text[state[_CORE]] = TIME
                    state[_LAST] = TIME
                return
    if (state[_LAST_CODE] & _NOUN or text[state[_OUT] - 1] == 61) and _names_a_thing(text, state, code):
        _put_entity(text, state, begin, end)
    _begin_core(text, state)
    core = state[_OUT]
    if simple:
        copy_bytes(text, core, text, begin, end - begin)
        state[_OUT] = core + end - begin
        if code & _CHANGES_READING or state[_NEGATE] | state[_NONE_OF]:
            _note_word(text, state, code, end)
    else:
        _put_literal(text, state, begin, end)
    _end_core(text, state, core, _WORD, code)


@borrowing
def _number_mask(text: Numbers, state: Numbers, begin: int, end: int, sign: int) -> int:
    """Give the mask of a number: a time where it is part of a date beside it; keep its value where it stands free."""
    kind = TIME if state[_KIND] == _DURATION else NUMBER
    out, gap = state[_OUT], state[_GAP]
    if state[_LAST] == TIME and kind == NUMBER and _is_spaced(text, state):
        century = text[begin] * 10 + text[begin + 1]
        year = end - begin == 4 and (century == 547 or century == 548)  # "19" and "20"
        offset = end - begin == 4 and (text[begin - 1] == 43 or text[begin - 1] == 45)
        if year or offset or (end - begin <= 2 and state[_LAST_CODE] & (_MONTH | _WEEKDAY)):
            return TIME
    before = text[out - 1] if out - gap > 1 else SPACE
    free = CLASS[before] <= _DELIMITER or before == 126
    if before == 58 and state[_LAST] == _WORD and text[end] != 58:
        at = begin - 2
        while CLASS[text[at]] >= _LETTER:
            at -= 1
        free = text[at] != 46  # file.c:12
    if before == 91 and out - gap == 2 and gap > _STREAM_AT:
        free = False  # name[pid]
    if free and state[_NUMERIC] == 1 and not (text[end] == 47 or text[end] == 64 or text[end] == 92):
        count = state[NUMBERS_AT]
        if count < 3:
            state[NUMBER_AT + count] = sign * state[_VALUE]
            state[NUMBERS_AT] = count + 1
        state[_NONE_OF] = 2 if state[_VALUE] == 0 else 0
    if (before == 60 or before == 126) and text[end] != 62:
        state[_OUT] = out - 1  # "<1 s" and "~5 MB" are numbers too
    return kind


@borrowing
def _put_shape(text: Numbers, state: Numbers, begin: int, end: int, limit: int, sign: int) -> int:
    """Add the shape of the kind in the state; give where it ended, the port of an address included."""
    kind = state[_KIND]
    if kind == NUMBER or kind == _DURATION:  # noqa: SIM109  # compiled, a tuple would be walked
        kind = _number_mask(text, state, begin, end, sign)
    elif kind != TIME and kind != BLOB and kind != HEX:
        _put_entity(text, state, begin, end)
    _put_mask_token(text, state, kind)
    return _skip_port(text, end, limit) if kind == HOST else end


@borrowing
def _part_end(text: Numbers, begin: int, end: int) -> int:
    """Give where a word ends inside a run; a slash between digits stays in it, as in `ge-0/0/1`, `Serial0/0/0:23`."""
    at = begin
    slashed = False
    while at < end:
        if CLASS[text[at]] >= _JOINER:
            at += 1
            continue
        inside = CLASS[text[at + 1]] == _DIGIT and at > begin and CLASS[text[at - 1]] == _DIGIT
        if not (inside and (text[at] == 47 or (slashed and text[at] == 58))) or _address_end(text, at + 1) > at + 1:
            break
        slashed = True
        at += 1
    while at > begin + 1 and CLASS[text[at - 1]] == _JOINER and text[at - 1] != 95:
        at -= 1
    return at


@borrowing
def _dotted_end(text: Numbers, state: Numbers, begin: int, stop: int, end: int) -> int:
    """Give the end of a host name or mail address whose first word is `text[begin:stop]`, or `begin`."""
    state[_KIND] = HOST
    at = begin
    if text[stop] == 64:
        state[_KIND] = EMAIL
        at = stop + 1
        stop = _part_end(text, at, end)
    return stop if _is_host(text, state, at, stop) else begin


@borrowing
def _run_shape_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int) -> int:
    """Give the end of the URL, blob, path or klog date that begins here, or `begin`; the kind goes to the state."""
    first = text[begin]
    stop = _run_end(text, begin, end, _JOINER)
    if text[stop] == 58 and text[stop + 1] == 47 and text[stop + 2] == 47 and stop > begin:
        state[_KIND] = URL
        return _locator_end(text, stop + 3, limit)
    if end - begin == 5 and text[end] == SPACE and (first == 73 or first == 87 or first == 69 or first == 70):
        dated = _run_end(text, begin + 1, end, _DIGIT) == end
        if dated and _clock_end(text, end + 1, limit) > end + 1:
            state[_KIND] = TIME  # I0102 15:04:05.678901
            return end
    if end - begin >= 24 and first != 47 and _is_blob(text, begin, end) and not _is_host(text, state, begin, end):
        stop = _dashed_end(text, state, begin, limit)
        if stop > begin:
            return stop
        state[_KIND] = BLOB
        return end
    state[_KIND] = PATH
    stop = _path_end(text, begin, end, limit)
    if stop == begin and (CLASS[first] == _LETTER or CLASS[first] == _HEX_LETTER):
        stop = _relative_path_end(text, begin, end)
    return stop


@borrowing
def _shape_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Give the end of what is masked as a whole and begins here, or `begin`; the kind goes to the state."""
    byte = text[begin]
    kind = CLASS[byte]
    stop = begin
    fresh = CLASS[text[begin - 1]] <= _DELIMITER or ((byte == 47 or byte == 92) and text[begin - 1] == 58)
    if fresh and seen & _SEEN_WHOLE:
        stop = _run_shape_end(text, state, begin, end, limit)
    if stop == begin and kind >= _HEX_LETTER and seen & _SEEN_DIGIT:
        stop = _digits_end(text, state, begin, limit)
    elif stop == begin and byte == 58 and text[begin + 1] == 58 and CLASS[text[begin + 2]] >= _HEX_LETTER:
        stop = _colon_groups_end(text, state, begin, limit)
    return stop


@borrowing
def _numbered_end(text: Numbers, stop: int, end: int) -> int:
    """Give where the number of `disk/3` ends, whose word ends at `stop`, or `stop`; `HTTP/1.1` and paths have none."""
    if text[stop] != 47 or stop >= end:
        return stop
    at = _run_end(text, stop + 1, end, _DIGIT)
    ends = CLASS[text[at]] <= _SPLITTER and text[at] != 47
    return at if at > stop + 1 and at - stop <= 6 and ends else stop


@borrowing
def _put_part(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the word that begins here; give where it ended (a port or a mail domain goes with it)."""
    stop = _part_end(text, begin, end)
    tail = _dotted_end(text, state, begin, stop, end) if seen & _SEEN_DOT else begin
    if tail == begin and stop - begin >= 8 and _run_end(text, begin, stop, _HEX_LETTER) == stop:
        tail = stop
        state[_KIND] = NUMBER
        state[_NUMERIC] = 0
    if tail > begin:
        return _put_shape(text, state, begin, tail, limit, _ONE)
    code = _code_of(text, state, begin, stop)
    if code & _NUMBERED or not _has_digit(text, begin, stop):
        named = _numbered_end(text, stop, end)
        if named > stop:
            _put_entity(text, state, begin, named)
        _put_word(text, state, begin, stop, limit, code, _NO_CODE)
        return stop
    if CLASS[text[begin]] != _DIGIT:
        _put_entity(text, state, begin, stop)
    _begin_core(text, state)
    core = state[_OUT]
    _put_name(text, state, begin, stop)
    _end_masked_core(text, state, core, _NAME)
    return stop


@borrowing
def _put_run(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Add the tokens of a run of word and joining bytes that is more than letters; give where reading goes on.

    `seen` says what stands in the run, so that shapes that need it are not tried in vain.
    """
    at = begin
    while at < end and state[_TOKENS] < MAX_TOKENS:
        sign = _ONE
        stop = at
        if (text[at] == 45 or text[at] == 43) and CLASS[text[at + 1]] == _DIGIT and CLASS[text[at - 1]] <= _SPLITTER:
            stop = _number_end(text, state, at + 1, limit)
            if stop == at + 1:
                stop = at
            else:
                sign = 44 - text[at]  # plus is 43, minus is 45
                at += 1
        if stop == at:
            stop = _shape_end(text, state, at, end, limit, seen)
        if stop > at:
            at = _put_shape(text, state, at, stop, limit, sign)
        elif CLASS[text[at]] > _JOINER or text[at] == 95:
            at = _put_part(text, state, at, end, limit, seen)
        else:
            _put_gap(text, state, at)
            at += 1
    return at


@borrowing
def _quote_end(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Give the closing quote of a short value that may be masked, or `begin`; how many blanks it has goes to the state."""
    quote = text[begin]
    stop = begin + 1
    blanks = 0
    word = _NO_CODE
    union = 0
    while stop < end and stop - begin < 80 and text[stop] != quote:
        kind = CLASS[text[stop]]
        if kind >= _LETTER:
            word = word * _FOLD + (text[stop] | 0x20)
        else:
            union |= state[_slot(state, word) + 1]
            word = _NO_CODE
            blanks += kind == _BLANK
            if union & _HTTP_METHOD and kind == _BLANK and blanks == 1:
                return begin
        stop += 1
    union |= state[_slot(state, word) + 1]
    if (
        text[stop] != quote
        or stop >= end
        or stop < begin + 3
        or CLASS[text[stop + 1]] >= _LETTER
        or text[stop + 1] == 58
    ):
        return begin
    state[_KIND] = blanks
    state[_CLOSES] = stop
    return begin if union & _PROTECTED else stop


@borrowing
def _put_quote(text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Add a quote. What it encloses is one value when it belongs to a key or is several words; not when it is prose."""
    keyed = text[begin - 1] == 61
    stop = begin
    if begin == state[_CLOSES]:
        _put_gap(text, state, begin)
        return begin + 1
    if CLASS[text[begin - 1]] < _LETTER and not (state[_LAST] == _WORD and state[_LAST_CODE] & _PROSE_KEY):
        stop = _quote_end(text, state, begin, end)
    blanks = state[_KIND]
    _put_gap(text, state, begin)
    if stop == begin:
        return begin + 1
    _put_entity(text, state, begin + 1, stop)
    state[_NAMED_TO] = max(state[_NAMED_TO], stop)
    if blanks == 0 and not keyed:
        return begin + 1
    _put_mask_token(text, state, QUOTED)
    _put_gap(text, state, stop)
    return stop + 1


@borrowing
def _escape_end(text: Numbers, begin: int) -> int:
    """Give the end of an ANSI control sequence (ECMA-48 section 5.4), or of the lone escape byte."""
    at = begin + 1
    if text[at] == 91:
        at += 1
        while 0x20 < text[at] <= 0x3F:
            at += 1
        at += text[at] >= 0x40
    return at


@borrowing
def _aside_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Give the end of an aside that repeats what stands before it, or `begin`.

    `10.0.0.1 (name.example.net)`, `name.example.net[10.0.0.1]`, `10.0.0.1 ()` name one peer twice, the second time where
    reverse lookup succeeds; `1190 bytes (1.16 KB)` says one size twice, the second time where it is large.
    """
    close = 41 if text[begin] == 40 else 93
    at = begin + 1
    if state[_LAST] == HOST:
        stop = _address_end(text, at)
        if stop == at:
            stop = _part_end(text, at, _run_end(text, at, limit, _JOINER))
            stop = stop if _is_host(text, state, at, stop) else at
        if text[stop] == close:
            _put_entity(text, state, at, stop)
            return stop + 1
    elif close == 41 and CLASS[text[at]] == _DIGIT and (state[_LAST] == NUMBER or state[_LAST_CODE] & _UNIT):
        stop = _number_end(text, state, at, limit)
        if stop > at and text[stop] == SPACE:
            unit = _run_end(text, stop + 1, limit, _LETTER)
            stop = unit if _code_of(text, state, stop + 1, unit) & _FREE_UNIT else at
            if stop > at and text[stop] == close:
                return stop + 1
    return begin


@borrowing
def _put_delimiter(text: Numbers, state: Numbers, at: int, limit: int) -> int:
    """Go past a blank or a delimiter, and the quoted value, colour code or aside that begins with it."""
    byte = text[at]
    if byte == 34 or byte == 39:
        return _put_quote(text, state, at, limit)
    if byte == 27:
        return _escape_end(text, at)
    if (byte == 40 or byte == 91) and (state[_OUT] - state[_GAP] == 1 or _is_spaced(text, state)):
        stop = _aside_end(text, state, at, limit)
        if stop > at:
            state[_OUT] = state[_GAP] + 1
            return stop
    _put_gap(text, state, at)
    return at + 1


@borrowing
def _tokenize(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Add the tokens of one line. Plain words, the most frequent case, are folded and looked up while they are read."""
    at = begin
    while at < end and state[_TOKENS] < MAX_TOKENS:
        if text[at] == SPACE:
            _put_gap(text, state, at)
            at += 1
            continue
        if CLASS[text[at]] <= _DELIMITER:
            at = _put_delimiter(text, state, at, end)
            continue
        stop = at
        word = _NO_CODE
        trait = TRAIT[text[at]]
        common = trait
        camel = 0
        lower_before = 0
        while trait & _TRAIT_LETTER:
            word = word * _FOLD + (text[stop] | 0x20)
            camel |= lower_before & trait
            lower_before = (trait & _TRAIT_LOWER) << 1
            common &= trait
            stop += 1
            trait = TRAIT[text[stop]]
        letters = stop
        plain = stop > at
        joined = False
        seen = _NO_CODE
        while stop < end:
            byte = text[stop]
            kind = CLASS[byte]
            if kind >= _LETTER:
                if kind == _DIGIT:
                    seen |= _SEEN_DIGIT
                plain = plain and kind != _DIGIT and not joined
                common &= TRAIT[byte]
                word = word * _FOLD + (byte | 0x20)
                letters = stop + 1
            elif kind > _DELIMITER:
                joined = True
                plain = plain and byte != 95
                if byte == 46 or byte == 64:
                    seen |= _SEEN_DOT
                elif byte == 47 or byte == 92:
                    seen |= _SEEN_WHOLE
            elif byte != 39 or CLASS[text[stop - 1]] < _LETTER or CLASS[text[stop + 1]] < _LETTER:
                break
            stop += 1
        if plain and (letters - at < 8 or not common & _TRAIT_HEX):
            _put_word(text, state, at, letters, end, state[_slot(state, word) + 1], camel == 0)
            at = letters
        if at < letters:
            while stop > letters and text[stop - 1] != 47 and text[stop - 1] != 95:
                stop -= 1
            if stop - at >= 24 or (stop - at == 5 and 69 <= text[at] <= 87):
                seen |= _SEEN_WHOLE
            at = _put_run(text, state, at, stop, end, seen)
        while at < end and _SPLITTER <= CLASS[text[at]] <= _JOINER and state[_TOKENS] < MAX_TOKENS:
            _put_gap(text, state, at)
            at += 1


@borrowing
def _read_line(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy one line between blanks and add its tokens."""
    width = min(end - begin, MAX_MESSAGE_BYTES)
    copy_bytes(text, _MESSAGE_AT, source, begin, width)
    for index in range(8):
        text[index] = SPACE
        text[_MESSAGE_AT + width + index] = SPACE
    state[_BASE] = begin - _MESSAGE_AT
    state[_NAMED_TO] = 0
    state[_CLOSES] = 0
    _tokenize(text, state, _MESSAGE_AT, _MESSAGE_AT + width)


@borrowing
def scan(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Write the stream of the message `source[begin:end]`, fill the state, and give where the stream ends in `text`.

    `text` uint8[TEXT_BYTES] and `state` int64[STATE_FIELDS] with the word table entered are overwritten. Of several lines
    the first counts, and the last one when it is not indented (the class line of a Python traceback).
    """
    for index in range(_FIELDS):
        state[index] = 0
    state[_MASKED_AT] = -1
    state[_GAP] = _STREAM_AT
    state[_OUT] = _STREAM_AT + 1
    text[_STREAM_AT] = GAP_OPEN
    while end > begin and CLASS[source[end - 1]] == _BLANK:
        end -= 1
    while begin < end and CLASS[source[begin]] == _BLANK and source[begin] != 27:
        begin += 1
    line = find_byte(source, 10, begin, end)
    _read_line(source, text, state, begin, line)
    if state[_POLARITY] != 0 and state[ENTITIES_AT] == 0:
        _put_subject(text, state)
    if line < end:
        last = end
        while source[last - 1] != 10:
            last -= 1
        if CLASS[source[last]] > _BLANK:
            _put_gap(text, state, _NO_CODE)
            _read_line(source, text, state, last, end)
    out, gap = state[_OUT], state[_GAP]
    if out - gap > 1 and text[out - 1] == SPACE:
        out -= 1
    if out - gap == 1:
        return gap
    state[_TOKENS] += 1
    return out


@borrowing
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
    """Sign every message `source[start[i]:end[i]]`; `text` and `state` are as for `scan`.

    Fills columns of n rows, one value a row; `entity`, `entity_start`, `entity_end` and `number` have three, end to end.
    """
    for row in range(len(start)):
        stop = scan(source, text, state, start[row], end[row])
        signature[row] = _hash_stream(text, stop, seed)
        token_count[row] = state[_TOKENS]
        cue[row] = state[_CUE]
        polarity[row] = state[_POLARITY]
        entity_count[row] = state[ENTITIES_AT]
        number_count[row] = state[NUMBERS_AT]
        for index in range(3):
            entity[3 * row + index] = np.uint64(state[ENTITY_AT + index])
            entity_start[3 * row + index] = state[ENTITY_START_AT + index]
            entity_end[3 * row + index] = state[ENTITY_END_AT + index]
            number[3 * row + index] = state[NUMBER_AT + index]


def stream_of(message: bytes, table: npt.NDArray[np.int64]) -> bytes:
    """Give the canonical stream of one message; `table` is a state with the word table entered."""
    text = np.zeros(TEXT_BYTES, np.uint8)
    source = np.frombuffer(message, np.uint8)
    stop = scan(source, text, table.copy(), 0, len(message))
    return text[int(_STREAM_AT) : int(stop)].tobytes()
