"""The compiled tokenizer: one pass over the bytes of a message gives its canonical stream and its traits.

The canonical stream is the message with every variable part replaced by a mask byte and every token boundary made explicit.
The signature is a hash of the stream and the template is the same stream in readable form, so the two cannot disagree.

Stream grammar: `[gap] core (gap core)* [gap]`. A gap is one byte 0x20 (a single space) or 0x1F, any bytes, 0x1E. A core holds
literal bytes and mask bytes 1 to 15. Bytes below 0x20 of the message are white space, so they never collide with marks.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]

MAX_TOKENS: Final = 64
"""Only so many tokens of a message count."""
MAX_MESSAGE_BYTES: Final = 2048
"""Only so many bytes of a message are looked at."""
STREAM_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""Room for the stream of one message: no byte gives more than one, and a token adds at most three marks."""

GAP_OPEN: Final = 0x1F
GAP_CLOSE: Final = 0x1E
SPACE: Final = 0x20
NUMBER, TIME, HOST, UUID, HEX, PATH, URL, MAC, EMAIL, BLOB, QUOTED, UNIT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
MASK_NAMES: Final = {
    NUMBER: "num",
    TIME: "time",
    HOST: "host",
    UUID: "uuid",
    HEX: "hex",
    PATH: "path",
    URL: "url",
    MAC: "mac",
    EMAIL: "email",
    BLOB: "blob",
    QUOTED: "str",
    UNIT: "unit",
}
"""What a mask byte is called between angle brackets. Host names and addresses share one mask, since the same field holds
one or the other as reverse lookup succeeds or not; so do decimal numbers and short hexadecimal ones, since a hexadecimal
field holds ten digits out of sixteen."""

# byte classes; LETTER and above make up words
_BLANK, _DELIMITER, _SPLITTER, _JOINER, _LETTER, _HEX_LETTER, _DIGIT = 0, 1, 2, 3, 4, 5, 6


def _byte_classes() -> Bytes:
    classes = np.full(256, _LETTER, np.uint8)
    classes[:33] = _BLANK
    classes[127] = _BLANK
    classes[33:127] = _SPLITTER
    for byte in b"()[]{}<>\"',;=|!`^":
        classes[byte] = _DELIMITER
    for byte in b"-._~":
        classes[byte] = _JOINER
    classes[ord("A") : ord("Z") + 1] = _LETTER
    classes[ord("a") : ord("z") + 1] = _LETTER
    classes[ord("a") : ord("f") + 1] = _HEX_LETTER
    classes[ord("A") : ord("F") + 1] = _HEX_LETTER
    classes[ord("0") : ord("9") + 1] = _DIGIT
    return classes


CLASS: Final = _byte_classes()

# fields of the running state of one message
_OUT, _GAP, _TOKENS, _CUE, _POLARITY, _NEGATE, _PAST, _LAST, _LAST_CODE, _MASKED_AT, _KIND, _VALUE, _NUMERIC = range(13)
_ENTITIES, _NUMBERS, _SKIP_NAMES, _STRENGTH_ZERO = 13, 14, 15, 16
_ENTITY_START, _ENTITY_END, _NUMBER = 20, 23, 26
STATE_FIELDS: Final = 32

# bits of `words.WordCode`; compiled code is cached by file, so the values stand here too and a test compares them
_WEAK, _STRONG, _DOWN, _UP, _NEGATION, _LOOKS_BACK, _NOUN, _FUNCTION, _PROSE_KEY = 1, 2, 4, 8, 16, 32, 64, 128, 256
_MONTH, _WEEKDAY, _ZONE, _UNIT, _FREE_UNIT, _NUMBERED = 512, 1024, 2048, 4096, 8192, 16384
_DOMAIN, _COUNTRY, _PACKAGE, _HTTP_METHOD = 32768, 65536, 131072, 262144
_PROTECTED = _WEAK | _STRONG | _DOWN | _UP
_WORD = 100
"""Kind of a token that keeps its letters."""
_NAME = 101
"""Kind of a word whose digits are masked."""

_FOLD: Final = np.uint64(0x100000001B3)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_SHIFT_32: Final = np.uint64(32)
WORD_TABLE_BITS: Final = 12
_TABLE_SHIFT: Final = np.uint64(64 - WORD_TABLE_BITS)
_TABLE_MASK: Final = (1 << WORD_TABLE_BITS) - 1
_NOTHING: Final = np.uint64(0)


@compiled
def _fold(word: np.uint64, byte: int) -> np.uint64:
    """Take one more byte of a word, case folded for ASCII."""
    return word * _FOLD + np.uint64(byte | 0x20)


@compiled
def _code(word: np.uint64, keys: UInt64s, codes: Int64s) -> int:
    """Look a folded word up; 0 when it is on no list."""
    slot = np.int64((word * _GOLDEN) >> _TABLE_SHIFT)
    while keys[slot] != _NOTHING:
        if keys[slot] == word:
            return codes[slot]
        slot = (slot + 1) & _TABLE_MASK
    return 0


@compiled
def _code_of(text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s) -> int:
    word = _NOTHING
    for index in range(begin, end):
        word = _fold(word, text[index])
    return _code(word, keys, codes)


@compiled
def fill_word_table(text: Bytes, start: Int64s, end: Int64s, values: Int64s, keys: UInt64s, codes: Int64s) -> int:
    """Enter the words `text[start[i]:end[i]]` into an empty table of 2**WORD_TABLE_BITS slots; give how many collided."""
    collisions = 0
    for row in range(len(start)):
        word = _NOTHING
        for index in range(start[row], end[row]):
            word = _fold(word, text[index])
        if _code(word, keys, codes) != 0 or word == _NOTHING:
            collisions += 1
        slot = np.int64((word * _GOLDEN) >> _TABLE_SHIFT)
        while keys[slot] != _NOTHING:
            slot = (slot + 1) & _TABLE_MASK
        keys[slot] = word
        codes[slot] = values[row]
    return collisions


@compiled
def hash_stream(stream: Bytes, length: int, seed: np.uint64) -> np.uint64:
    """Hash bytes eight at a time; a multiply and xor-shift per word and a final avalanche.

    The mixing step is the `rrmxmx` style of Pelle Evensen (https://mostlymangling.blogspot.com/2018/07/); the words are put
    together byte by byte, least significant first, so the value does not depend on the machine.
    """
    value = seed ^ (np.uint64(length) * _GOLDEN)
    at = 0
    while at < length:
        word = _NOTHING
        take = min(8, length - at)
        for index in range(take):
            word |= np.uint64(stream[at + index]) << np.uint64(8 * index)
        value = (value ^ word) * _MIX
        value ^= value >> _SHIFT_32
        at += 8
    value *= _GOLDEN
    value ^= value >> _SHIFT_32
    value *= _MIX
    return value ^ (value >> _SHIFT_32)


@compiled
def _put_gap(stream: Bytes, state: Int64s, byte: int) -> None:
    """Add one byte between tokens: blanks collapse to one space, a punctuation run to three of its bytes."""
    out, gap = state[_OUT], state[_GAP]
    if byte == SPACE:
        if (out - gap > 1 and stream[out - 1] == SPACE) or out == 1:
            return
    elif out - gap > 3 and stream[out - 1] == byte and stream[out - 2] == byte and stream[out - 3] == byte:
        return
    stream[out] = byte
    state[_OUT] = out + 1


@compiled
def _begin_core(stream: Bytes, state: Int64s) -> None:
    out, gap = state[_OUT], state[_GAP]
    if out - gap == 2 and stream[gap + 1] == SPACE:
        stream[gap] = SPACE
        state[_OUT] = gap + 1
    elif out == 1:
        state[_OUT] = 0
    else:
        stream[out] = GAP_CLOSE
        state[_OUT] = out + 1
    state[_TOKENS] += 1
    state[_MASKED_AT] = -1


@compiled
def _end_core(stream: Bytes, state: Int64s, kind: int, code: int) -> None:
    out = state[_OUT]
    stream[out] = GAP_OPEN
    state[_GAP] = out
    state[_OUT] = out + 1
    state[_LAST] = kind
    state[_LAST_CODE] = code


@compiled
def _put_mask_token(stream: Bytes, state: Int64s, kind: int) -> None:
    """Add a token that is one mask; times side by side are one time."""
    out, gap = state[_OUT], state[_GAP]
    if kind == TIME and state[_LAST] == TIME and out - gap == 2 and stream[gap + 1] == SPACE:
        state[_OUT] = gap + 1
        return
    _begin_core(stream, state)
    stream[state[_OUT]] = kind
    state[_OUT] += 1
    _end_core(stream, state, kind, 0)


@compiled
def _put_entity(text: Bytes, begin: int, end: int, state: Int64s, entities: UInt64s) -> None:
    """Keep the name `text[begin:end]`, case folded, unless it is known, too short, or inside a name already kept."""
    count = state[_ENTITIES]
    if count == 3 or end - begin < 2 or begin < state[_SKIP_NAMES]:
        return
    value = _GOLDEN
    for index in range(begin, end):
        byte = text[index]
        if 65 <= byte <= 90:
            byte |= 0x20
        value = (value ^ np.uint64(byte)) * _MIX
        value ^= value >> _SHIFT_32
    for index in range(count):
        if entities[index] == value:
            return
    entities[count] = value
    state[_ENTITY_START + count] = begin
    state[_ENTITY_END + count] = end
    state[_ENTITIES] = count + 1


@compiled
def _says_no(text: Bytes, at: int, end: int) -> bool:
    """Tell whether `=0`, `: 0`, `=false` or `=no` stands at `at`."""
    if at >= end or (text[at] != 61 and text[at] != 58):
        return False
    at += 1
    if at < end and text[at] == SPACE:
        at += 1
    if at >= end:
        return False
    first = text[at] | 0x20
    following = text[at + 1] if at + 1 < end else SPACE
    if text[at] == 48:
        return CLASS[following] <= _SPLITTER
    return (first == 102 and (following | 0x20) == 97) or (first == 110 and (following | 0x20) == 111)


@compiled
def _note_word(code: int, text: Bytes, after: int, end: int, state: Int64s) -> None:
    """Let one listed word change the cue and the polarity of the message."""
    if code & _PROTECTED:
        negated = state[_NEGATE] > 0
        none = state[_STRENGTH_ZERO] > 0
        flipped = negated != _says_no(text, after, end)
        if not (flipped or none):
            strength = 2 if code & _STRONG else (1 if code & _WEAK else 0)
            state[_CUE] = max(state[_CUE], strength)
        if code & (_DOWN | _UP) and not none:
            polarity = 1 if code & _UP else -1
            if flipped:
                polarity = -polarity
                if polarity < 0:
                    state[_CUE] = max(state[_CUE], 1)
            if state[_PAST] == 0 or state[_POLARITY] == 0:
                state[_POLARITY] = polarity
    if state[_NEGATE] > 0:
        state[_NEGATE] -= 1
    if state[_STRENGTH_ZERO] > 0:
        state[_STRENGTH_ZERO] -= 1
    if code & _NEGATION:
        state[_NEGATE] = 2
    if code & _LOOKS_BACK:
        state[_PAST] = 1


@compiled
def _put_literal(
    text: Bytes, begin: int, end: int, limit: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s
) -> int:
    """Copy a word, note the listed words in it, and give the code of the word when it is a single one."""
    out = state[_OUT]
    word = _NOTHING
    code = 0
    whole = True
    lower_before = False
    for index in range(begin, end):
        byte = text[index]
        stream[out] = byte
        out += 1
        if CLASS[byte] == _JOINER or (lower_before and 65 <= byte <= 90):
            if word != _NOTHING:
                _note_word(_code(word, keys, codes), text, index, limit, state)
            word = _NOTHING
            whole = False
        if CLASS[byte] >= _LETTER:
            word = _fold(word, byte)
        lower_before = 97 <= byte <= 122
    state[_OUT] = out
    if word != _NOTHING:
        code = _code(word, keys, codes)
        _note_word(code, text, end, limit, state)
    state[_MASKED_AT] = -1
    return code if whole else 0


@compiled
def _run_end(text: Bytes, at: int, end: int, lowest: int) -> int:
    """Give where the run of bytes of class `lowest` and above ends."""
    while at < end and CLASS[text[at]] >= lowest:
        at += 1
    return at


@compiled
def _is_edge(text: Bytes, at: int, end: int) -> bool:
    """Tell whether a number or an identifier may end before `at`."""
    if at >= end:
        return True
    kind = CLASS[text[at]]
    if kind <= _SPLITTER:
        return True
    return kind == _JOINER and text[at] != 95 and (at + 1 >= end or CLASS[text[at + 1]] < _LETTER)


@compiled
def _number_end(text: Bytes, begin: int, end: int, limit: int, keys: UInt64s, codes: Int64s, state: Int64s) -> int:
    """Give the end of a decimal number with its glued unit, or `begin`; its value in thousandths goes to the state."""
    at = _run_end(text, begin, end, _DIGIT)
    value = 0
    digits = at - begin
    for index in range(begin, min(at, begin + 15)):
        value = value * 10 + (text[index] - 48)
    if digits <= 3 and text[begin] != 48:
        while at + 3 < limit and text[at] == 44 and _run_end(text, at + 1, limit, _DIGIT) == at + 4 and digits < 15:
            for index in range(at + 1, at + 4):
                value = value * 10 + (text[index] - 48)
            at += 4
            digits += 3
    value *= 1000
    if at + 1 < limit and text[at] == 46 and CLASS[text[at + 1]] == _DIGIT:
        stop = _run_end(text, at + 1, limit, _DIGIT)
        scale = 100
        for index in range(at + 1, min(stop, at + 4)):
            value += (text[index] - 48) * scale
            scale //= 10
        at = stop
    if at + 1 < limit and (text[at] | 0x20) == 101:
        sign = 1 if text[at + 1] == 45 or text[at + 1] == 43 else 0
        stop = _run_end(text, at + 1 + sign, limit, _DIGIT)
        if stop > at + 1 + sign:
            at = stop
            digits = 99
    while True:
        stop = at
        while stop < limit and stop - at < 6 and (CLASS[text[stop]] == _LETTER or CLASS[text[stop]] == _HEX_LETTER):
            stop += 1
        if stop > at and _code_of(text, at, stop, keys, codes) & _UNIT:
            at = stop
        elif stop > at:
            return begin
        following = _run_end(text, at, limit, _DIGIT)
        if following == at or stop == at:
            break
        at = following
    if at < limit and text[at] == 37:
        at += 1
    if not _is_edge(text, at, limit):
        return begin
    state[_VALUE] = value
    state[_NUMERIC] = digits <= 15
    return at


@compiled
def _clock_end(text: Bytes, begin: int, end: int) -> int:
    """Give the end of a time of day (h:mm, hh:mm:ss, fraction, zone offset), or `begin`."""
    at = _run_end(text, begin, end, _DIGIT)
    if at == begin or at - begin > 3:
        return begin
    groups = 0
    while at < end and text[at] == 58 and _run_end(text, at + 1, end, _DIGIT) == at + 3 and groups < 2:
        at += 3
        groups += 1
    if groups == 0:
        return begin
    if at + 1 < end and (text[at] == 46 or text[at] == 44) and CLASS[text[at + 1]] == _DIGIT:
        at = _run_end(text, at + 1, end, _DIGIT)
    if at < end and (text[at] == 90 or text[at] == 122):
        at += 1
    elif at + 4 < end + 0 and (text[at] == 43 or text[at] == 45):
        stop = _run_end(text, at + 1, end, _DIGIT)
        if stop == at + 5 or stop == at + 3:
            at = stop
            if stop - at == 3 and at + 2 < end and text[at] == 58:
                at = _run_end(text, at + 1, end, _DIGIT)
    if at < end and (
        CLASS[text[at]] >= _LETTER or (text[at] == 58 and at + 1 < end and CLASS[text[at + 1]] >= _HEX_LETTER)
    ):
        return begin
    return at


@compiled
def _date_end(text: Bytes, begin: int, end: int, limit: int) -> int:
    """Give the end of a numeric or CLF date with the time of day that hangs on it, or `begin`."""
    first = _run_end(text, begin, end, _DIGIT)
    if first >= end or not (text[first] == 45 or text[first] == 47 or text[first] == 46):
        return begin
    mark = text[first]
    width = first - begin
    second = _run_end(text, first + 1, end, _DIGIT)
    if second == first + 1 and width <= 2:
        second = _run_end(text, first + 1, end, _LETTER)
        if second != first + 4:
            return begin
    elif second - first > 3:
        return begin
    if second >= end or text[second] != mark or second == first + 1:
        return begin
    third = _run_end(text, second + 1, end, _DIGIT)
    year = begin if width == 4 else second + 1
    last = third - second - 1
    if width == 4:
        if last == 0 or last > 2:
            return begin
    elif width > 2 or last != 4:
        return begin
    if not ((text[year] == 49 and text[year + 1] == 57) or (text[year] == 50 and text[year + 1] == 48)):
        return begin
    if third + 1 < limit and CLASS[text[third + 1]] == _DIGIT:
        hang = text[third]
        if hang == 84 or hang == 116 or hang == 58 or hang == 95 or hang == 45:
            clock = _clock_end(text, third + 1, limit)
            if clock > third + 1:
                return clock
    return third if _is_edge(text, third, end) else begin


@compiled
def _address_end(text: Bytes, begin: int, end: int) -> int:
    """Give the end of a dotted IPv4 address, or `begin`."""
    at = begin
    for group in range(4):
        stop = _run_end(text, at, end, _DIGIT)
        if stop == at or stop - at > 3:
            return begin
        value = 0
        for index in range(at, stop):
            value = value * 10 + (text[index] - 48)
        if value > 255:
            return begin
        at = stop
        if group < 3:
            if at >= end or text[at] != 46:
                return begin
            at += 1
    return at if _is_edge(text, at, end) else begin


@compiled
def _skip_port(text: Bytes, at: int, end: int) -> int:
    """Go past `:port` or `/prefix` after an address."""
    if at < end and (text[at] == 58 or text[at] == 47):
        stop = _run_end(text, at + 1, end, _DIGIT)
        if at + 1 < stop <= at + 6 and _is_edge(text, stop, end) and (stop >= end or text[stop] != 47):
            return stop
    return at


@compiled
def _colon_groups_end(text: Bytes, begin: int, end: int, state: Int64s) -> int:
    """Give the end of hexadecimal groups with colons (IPv6, MAC, WWN, other), or `begin`; the kind goes to the state."""
    at = begin
    groups = 0
    doubled = False
    pairs = True
    digit = False
    while True:
        stop = at
        while stop < end and CLASS[text[stop]] >= _HEX_LETTER:
            digit = digit or CLASS[text[stop]] == _DIGIT
            stop += 1
        if stop - at > 4:
            return begin
        groups += stop > at
        pairs = pairs and stop - at == 2
        if stop < end and text[stop] == 46 and groups > 1:
            tail = _address_end(text, at, end)
            stop = tail if tail > at else stop
        if stop + 1 >= end or text[stop] != 58:
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
    if not _is_edge(text, at, end) or not digit or (groups < 3 and not doubled):
        return begin
    if doubled or (groups == 8 and not pairs):
        state[_KIND] = HOST
        if at + 1 < end and text[at] == 37:
            at = _run_end(text, at + 1, end, _JOINER)
        return _skip_port(text, at, end) if at < end and text[at] == 47 else at
    state[_KIND] = MAC if pairs and (groups == 6 or groups == 8) else NUMBER
    return at


@compiled
def _dashed_end(text: Bytes, begin: int, end: int, state: Int64s) -> int:
    """Give the end of a UUID (8-4-4-4-12) or of a MAC with dashes or dots, or `begin`; the kind goes to the state."""
    at = begin
    groups = 0
    total = 0
    pairs = True
    quads = True
    mark = 0
    while True:
        stop = _run_end(text, at, end, _HEX_LETTER)
        pairs = pairs and stop - at == 2
        quads = quads and stop - at == 4
        groups += 1
        total += stop - at
        if groups == 1 and stop < end:
            mark = text[stop]
        if stop + 1 >= end or text[stop] != mark or CLASS[text[stop + 1]] < _HEX_LETTER or groups == 6:
            break
        at = stop + 1
    if not _is_edge(text, stop, end):
        return begin
    if groups == 5 and total == 32 and mark == 45 and stop - at == 12:
        state[_KIND] = UUID
        return stop
    if (groups == 6 and pairs and mark == 45) or (groups == 3 and quads and mark == 46):
        state[_KIND] = MAC
        return stop
    return begin


@compiled
def _shape_end(text: Bytes, begin: int, end: int, limit: int, keys: UInt64s, codes: Int64s, state: Int64s) -> int:
    """Give the end of the identifier or number that begins with a hexadecimal digit here, or `begin`; kind to the state."""
    plain = CLASS[text[begin]] == _DIGIT
    if plain and begin + 2 < end and text[begin] == 48 and (text[begin + 1] | 0x20) == 120:
        stop = _run_end(text, begin + 2, end, _HEX_LETTER)
        if stop > begin + 2 and _is_edge(text, stop, end):
            state[_KIND] = HEX
            return stop
    stop = _run_end(text, begin, end, _HEX_LETTER)
    width = stop - begin
    mark = text[stop] if stop < end else SPACE
    if mark == 58 and width <= 4:
        if plain:
            at = _clock_end(text, begin, limit)
            if at > begin:
                state[_KIND] = TIME
                return at
        at = _colon_groups_end(text, begin, end, state)
        if at > begin:
            return at
    if (mark == 45 and (width == 8 or width == 2)) or (mark == 46 and width == 4):
        at = _dashed_end(text, begin, end, state)
        if at > begin:
            return at
    if plain:
        if mark == 46:
            at = _address_end(text, begin, end)
            if at > begin:
                state[_KIND] = HOST
                return at
        at = _date_end(text, begin, end, limit)
        if at > begin:
            state[_KIND] = TIME
            return at
        at = _number_end(text, begin, end, limit, keys, codes, state)
        if at > begin:
            state[_KIND] = NUMBER
            return at
    if width >= 4 and _is_edge(text, stop, end):
        digits = 0
        for index in range(begin, stop):
            digits += CLASS[text[index]] == _DIGIT
        if digits > 0 or width >= 8:
            state[_KIND] = NUMBER if width < 16 else HEX
            state[_NUMERIC] = 0
            return stop
    return begin


@compiled
def _put_mask(stream: Bytes, state: Int64s, kind: int) -> None:
    """Add a mask inside a word; masks with only joiners between them are one."""
    if state[_MASKED_AT] >= 0:
        state[_OUT] = state[_MASKED_AT]
        return
    stream[state[_OUT]] = kind
    state[_OUT] += 1
    state[_MASKED_AT] = state[_OUT]


@compiled
def _put_mixed_run(
    text: Bytes, begin: int, end: int, limit: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s
) -> None:
    """Copy a run of letters and digits with the digits masked, all of it when letters and digits alternate as in an id."""
    turns = 0
    hexadecimal = True
    for index in range(begin, end):
        hexadecimal = hexadecimal and CLASS[text[index]] >= _HEX_LETTER
        turns += index > begin and (CLASS[text[index]] == _DIGIT) != (CLASS[text[index - 1]] == _DIGIT)
    if turns >= 3 or (hexadecimal and end - begin >= 6):
        _put_mask(stream, state, NUMBER)
        return
    at = begin
    while at < end:
        stop = _run_end(text, at, end, _DIGIT)
        if stop > at:
            _put_mask(stream, state, NUMBER)
        else:
            stop = at
            while stop < end and CLASS[text[stop]] != _DIGIT:
                stop += 1
            _put_literal(text, at, stop, limit, keys, codes, stream, state)
        at = stop


@compiled
def _put_name(
    text: Bytes, begin: int, end: int, limit: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s
) -> None:
    """Copy a word with digits: `worker-12` to `worker-<num>`, `attempt_15_m_03_1` to `attempt_<num>`."""
    at = begin
    while at < end:
        stop = _run_end(text, at, end, _LETTER)
        if stop == at:
            stream[state[_OUT]] = text[at]
            state[_OUT] += 1
            at += 1
            continue
        digits = 0
        for index in range(at, stop):
            digits += CLASS[text[index]] == _DIGIT
        if digits > 0:
            _put_mixed_run(text, at, stop, limit, keys, codes, stream, state)
        elif (
            state[_MASKED_AT] >= 0
            and stop - at <= 2
            and stop + 1 < end
            and CLASS[text[stop + 1]] == _DIGIT
            and not _code_of(text, at, stop, keys, codes) & _PROTECTED
        ):
            _put_mask(stream, state, NUMBER)
        else:
            _put_literal(text, at, stop, limit, keys, codes, stream, state)
        at = stop


@compiled
def _is_host(text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s) -> bool:
    """Tell whether a dotted word is a host name by its last label, and not a reversed package name by its first."""
    dots = 0
    first = end
    last = begin
    upper = False
    for index in range(begin, end):
        byte = text[index]
        upper = upper or 65 <= byte <= 90
        if byte == 46:
            dots += 1
            first = min(first, index)
            last = index
    if dots == 0 or last + 1 >= end:
        return False
    code = _code_of(text, last + 1, end, keys, codes)
    if not (code & _DOMAIN or (code & _COUNTRY and dots >= 2)):
        return False
    if dots == 1 and upper:
        return False
    return not _code_of(text, begin, first, keys, codes) & _PACKAGE


@compiled
def _locator_end(text: Bytes, at: int, end: int) -> int:
    """Give the end of a URL: before a blank, quote, closing bracket, and without the punctuation of the sentence."""
    begin = at
    while at < end:
        byte = text[at]
        if CLASS[byte] == _BLANK or byte == 34 or byte == 39 or byte == 60 or byte == 62 or byte == 96:
            break
        if byte == 41 or byte == 93 or byte == 125 or byte == 124:
            break
        at += 1
    while at > begin and (text[at - 1] == 46 or text[at - 1] == 44 or text[at - 1] == 58 or text[at - 1] == 59):
        at -= 1
    return at


@compiled
def _path_end(text: Bytes, begin: int, end: int, limit: int) -> int:
    """Give the end of a path that begins here, or `begin`: `/a/b`, `./a`, `~/a`, `C:\\a`, `\\\\server\\share`."""
    at = begin
    byte = text[at]
    following = text[at + 1] if at + 1 < end else SPACE
    if (byte == 46 or byte == 126) and (following == 47 or following == 46):
        at += 1
        if text[at] == 46 and at + 1 < end:
            at += 1
        if text[at] != 47:
            return begin
    elif byte == 92:
        if not (following == 92 or CLASS[following] >= _LETTER):
            return begin
    elif CLASS[byte] >= _LETTER and CLASS[byte] != _DIGIT and following == 58 and at + 2 < end and text[at + 2] == 92:
        at += 2
    elif byte != 47 or following == 47:
        return begin
    letters = 0
    slashes = 0
    query = False
    stop = at
    while stop < end and text[stop] != 58:
        kind = CLASS[text[stop]]
        letters += kind == _LETTER or kind == _HEX_LETTER
        slashes += text[stop] == 47 or text[stop] == 92
        query = query or text[stop] == 63
        stop += 1
    if letters == 0 and slashes < 2:
        return begin
    return _locator_end(text, stop, limit) if query and stop == end else stop


@compiled
def _is_blob(text: Bytes, begin: int, end: int) -> bool:
    """Tell whether a long run looks encoded: upper, lower case and digits that take turns as chance has it."""
    upper = 0
    lower = 0
    digits = 0
    turns = 0
    before = 0
    for index in range(begin, end):
        byte = text[index]
        kind = before
        if 65 <= byte <= 90:
            upper += 1
            kind = 1
        elif 97 <= byte <= 122:
            lower += 1
            kind = 2
        elif 48 <= byte <= 57:
            digits += 1
            kind = 3
        elif not (byte == 43 or byte == 47 or byte == 45 or byte == 95 or byte == 46):
            return False
        turns += kind != before
        before = kind
    return upper > 0 and lower > 0 and digits > 0 and 3 * turns >= end - begin


@compiled
def _next_is_date(text: Bytes, at: int, end: int, keys: UInt64s, codes: Int64s) -> bool:
    """Tell whether a month or a weekday at the left of `at` is followed by a digit or a month."""
    if at < end and text[at] == 44:
        at += 1
    if at >= end or text[at] != SPACE:
        return False
    while at < end and text[at] == SPACE:
        at += 1
    if at >= end:
        return False
    if CLASS[text[at]] == _DIGIT:
        return True
    return bool(_code_of(text, at, _run_end(text, at, end, _LETTER), keys, codes) & _MONTH)


@compiled
def _names_a_thing(code: int, stream: Bytes, state: Int64s) -> bool:
    """Tell whether the word about to be added is a name: the value of a key, or what follows a noun."""
    if code & (_PROTECTED | _FUNCTION | _NEGATION | _LOOKS_BACK) or state[_LAST] != _WORD:
        return False
    out, gap = state[_OUT], state[_GAP]
    before = state[_LAST_CODE]
    if out - gap == 2 and stream[gap + 1] == 61:
        return not before & _PROSE_KEY
    if not before & _NOUN or code & _NOUN or out - gap > 4:
        return False
    for index in range(gap + 1, out):
        byte = stream[index]
        if not (byte == SPACE or byte == 61 or byte == 58 or byte == 34 or byte == 39 or byte == 91 or byte == 40):
            return False
    return True


@compiled
def _put_word(
    text: Bytes,
    begin: int,
    end: int,
    limit: int,
    keys: UInt64s,
    codes: Int64s,
    stream: Bytes,
    state: Int64s,
    entities: UInt64s,
) -> None:
    """Add a word without digits: itself, or a mask where it belongs to a date or is the unit of a number."""
    code = 0
    if end - begin <= 16:
        code = _code_of(text, begin, end, keys, codes)
    last = state[_LAST]
    spaced = state[_OUT] - state[_GAP] == 2 and stream[state[_GAP] + 1] == SPACE
    if code & (_MONTH | _WEEKDAY) and 65 <= text[begin] <= 90 and _next_is_date(text, end, limit, keys, codes):
        _put_mask_token(stream, state, TIME)
        state[_LAST_CODE] = code
        return
    if code & _ZONE and spaced and last == TIME:
        _put_mask_token(stream, state, TIME)
        return
    if code & _FREE_UNIT and spaced and last == NUMBER:
        _put_mask_token(stream, state, UNIT)
        return
    if _names_a_thing(code, stream, state):
        _put_entity(text, begin, end, state, entities)
    _begin_core(stream, state)
    code = _put_literal(text, begin, end, limit, keys, codes, stream, state)
    _end_core(stream, state, _WORD, code)


@compiled
def _put_number(text: Bytes, begin: int, end: int, limit: int, sign: int, stream: Bytes, state: Int64s) -> None:
    """Add a number: part of a date beside one, else a mask and, where it stands free, a value."""
    out, gap = state[_OUT], state[_GAP]
    if state[_LAST] == TIME and out - gap == 2 and stream[gap + 1] == SPACE:
        year = end - begin == 4 and (
            (text[begin] == 49 and text[begin + 1] == 57) or (text[begin] == 50 and text[begin + 1] == 48)
        )
        if year or (end - begin <= 2 and state[_LAST_CODE] & (_MONTH | _WEEKDAY)):
            _put_mask_token(stream, state, TIME)
            return
    before = stream[out - 1] if out - gap > 1 else SPACE
    free = state[_NUMERIC] == 1 and (CLASS[before] <= _DELIMITER or (before == 58 and state[_LAST] == _WORD))
    if before == 91 and out - gap == 2 and gap > 0:
        free = False
    if free and end < limit and (text[end] == 47 or text[end] == 64 or text[end] == 92):
        free = False
    if free:
        if state[_NUMBERS] < 3:
            state[_NUMBER + state[_NUMBERS]] = sign * state[_VALUE]
            state[_NUMBERS] += 1
        state[_STRENGTH_ZERO] = 2 if state[_VALUE] == 0 else 0
    _put_mask_token(stream, state, NUMBER)


@compiled
def _part_end(text: Bytes, begin: int, end: int) -> int:
    """Give where a word ends inside a run; a slash between digits stays in it, as in `ge-0/0/1` and `Serial0/0/0:23`."""
    at = begin
    slashed = False
    while at < end:
        if CLASS[text[at]] >= _JOINER:
            at += 1
        elif (
            (text[at] == 47 or (slashed and text[at] == 58))
            and at > begin
            and at + 1 < end
            and CLASS[text[at - 1]] == _DIGIT
            and CLASS[text[at + 1]] == _DIGIT
            and _address_end(text, at + 1, _run_end(text, at + 1, end, _JOINER)) == at + 1
        ):
            slashed = True
            at += 1
        else:
            break
    while at > begin + 1 and CLASS[text[at - 1]] == _JOINER and text[at - 1] != 95:
        at -= 1
    return at


@compiled
def _put_part(
    text: Bytes,
    begin: int,
    end: int,
    limit: int,
    keys: UInt64s,
    codes: Int64s,
    stream: Bytes,
    state: Int64s,
    entities: UInt64s,
) -> int:
    """Add the word that begins here, by its shape; give where it ended (a port or a mail domain goes with it)."""
    stop = _part_end(text, begin, end)
    digits = 0
    others = 0
    dots = 0
    for index in range(begin, stop):
        kind = CLASS[text[index]]
        digits += kind == _DIGIT
        others += kind == _LETTER or kind <= _JOINER
        dots += text[index] == 46
    if stop + 1 < end and text[stop] == 64:
        tail = _part_end(text, stop + 1, end)
        if _is_host(text, stop + 1, tail, keys, codes):
            _put_entity(text, begin, tail, state, entities)
            _put_mask_token(stream, state, EMAIL)
            return tail
    if dots > 0 and _is_host(text, begin, stop, keys, codes):
        _put_entity(text, begin, stop, state, entities)
        _put_mask_token(stream, state, HOST)
        return _skip_port(text, stop, end)
    if digits == 0:
        if others == 0 and stop - begin >= 8:
            _put_mask_token(stream, state, NUMBER)
        else:
            _put_word(text, begin, stop, limit, keys, codes, stream, state, entities)
        return stop
    if stop - begin <= 8 and _code_of(text, begin, stop, keys, codes) & _NUMBERED:
        _begin_core(stream, state)
        code = _put_literal(text, begin, stop, limit, keys, codes, stream, state)
        _end_core(stream, state, _WORD, code)
        return stop
    if digits < stop - begin - dots:
        _put_entity(text, begin, stop, state, entities)
    _begin_core(stream, state)
    _put_name(text, begin, stop, limit, keys, codes, stream, state)
    _end_core(stream, state, _NAME, 0)
    return stop


@compiled
def _put_whole_run(
    text: Bytes,
    begin: int,
    end: int,
    limit: int,
    keys: UInt64s,
    codes: Int64s,
    stream: Bytes,
    state: Int64s,
    entities: UInt64s,
) -> int:
    """Add a run that is a URL, a path or a blob as a whole, or a dated log prefix; give its end, or `begin`."""
    first = text[begin]
    if end - begin == 5 and end + 2 < limit and text[end] == SPACE and _run_end(text, begin + 1, end, _DIGIT) == end:
        known = first == 73 or first == 87 or first == 69 or first == 70
        if known and _clock_end(text, end + 1, limit) > end + 1:  # klog: I0102 15:04:05.678901
            _begin_core(stream, state)
            stream[state[_OUT]] = first
            stream[state[_OUT] + 1] = TIME
            state[_OUT] += 2
            _end_core(stream, state, TIME, 0)
            return end
    stop = begin
    while stop < end and CLASS[text[stop]] >= _JOINER:
        stop += 1
    if stop > begin and stop + 2 < end and text[stop] == 58 and text[stop + 1] == 47 and text[stop + 2] == 47:
        stop = _locator_end(text, stop + 3, limit)
        _put_entity(text, begin, stop, state, entities)
        _put_mask_token(stream, state, URL)
        return stop
    stop = _path_end(text, begin, end, limit)
    if stop > begin:
        if first == 47:
            host = _address_end(text, begin + 1, _run_end(text, begin + 1, end, _JOINER))
            if host > begin + 1:
                return begin
        _put_entity(text, begin, stop, state, entities)
        _put_mask_token(stream, state, PATH)
        return stop
    if end - begin >= 24 and _is_blob(text, begin, end):
        kind = state[_KIND]
        if _dashed_end(text, begin, end, state) == begin and not _is_host(text, begin, end, keys, codes):
            _put_mask_token(stream, state, BLOB)
            return end
        state[_KIND] = kind
    if CLASS[first] >= _LETTER and CLASS[first] != _DIGIT:
        slashes = 0
        marks = 0
        stop = begin
        while stop < end and text[stop] != 58:
            slashes += text[stop] == 47
            marks += CLASS[text[stop]] == _JOINER or CLASS[text[stop]] == _DIGIT
            stop += 1
        if slashes >= 2 and marks > 0 and _part_end(text, begin, end) < stop:
            _put_entity(text, begin, stop, state, entities)
            _put_mask_token(stream, state, PATH)
            return stop
    return begin


@compiled
def _put_run(
    text: Bytes,
    begin: int,
    end: int,
    limit: int,
    keys: UInt64s,
    codes: Int64s,
    stream: Bytes,
    state: Int64s,
    entities: UInt64s,
) -> int:
    """Add the tokens of a run of non-blank, non-delimiter bytes that is more than letters; give where reading goes on."""
    at = _put_whole_run(text, begin, end, limit, keys, codes, stream, state, entities)
    while at < end and state[_TOKENS] < MAX_TOKENS:
        byte = text[at]
        kind = CLASS[byte]
        sign = 1
        if (byte == 45 or byte == 43) and at == begin and at + 1 < end and CLASS[text[at + 1]] == _DIGIT:
            if _number_end(text, at + 1, end, limit, keys, codes, state) > at + 1:
                sign = -1 if byte == 45 else 1
                at += 1
                kind = _DIGIT
        if kind <= _JOINER and byte != 95:
            if byte == 58 and at + 2 < end and text[at + 1] == 58 and CLASS[text[at + 2]] >= _HEX_LETTER:
                stop = _colon_groups_end(text, at, end, state)
                if stop > at:
                    _put_entity(text, at, stop, state, entities)
                    _put_mask_token(stream, state, HOST)
                    at = stop
                    continue
            if (byte == 47 or byte == 92) and at > begin and text[at - 1] == 58:
                stop = _path_end(text, at, end, limit)
                if stop > at:
                    _put_entity(text, at, stop, state, entities)
                    _put_mask_token(stream, state, PATH)
                    at = stop
                    continue
            _put_gap(stream, state, byte)
            at += 1
            continue
        stop = at
        if kind >= _HEX_LETTER:
            stop = _shape_end(text, at, end, limit, keys, codes, state)
        if stop == at:
            at = _put_part(text, at, end, limit, keys, codes, stream, state, entities)
        else:
            shape = state[_KIND]
            if shape == NUMBER:
                _put_number(text, at, stop, limit, sign, stream, state)
            else:
                if shape == HOST or shape == UUID or shape == MAC:
                    _put_entity(text, at, stop, state, entities)
                    if shape == HOST:
                        stop = _skip_port(text, stop, end)
                _put_mask_token(stream, state, shape)
            at = stop
    return at


@compiled
def _quote_end(text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s, state: Int64s) -> int:
    """Give the closing quote of a value of several words that may be masked, or `begin`.

    The kind in the state is QUOTED for such a value, `_NAME` for one of a single word, else 0.
    """
    state[_KIND] = 0
    quote = text[begin]
    if begin > 0 and CLASS[text[begin - 1]] >= _LETTER:
        return begin
    stop = begin + 1
    blanks = 0
    word = _NOTHING
    union = 0
    while stop < end and stop - begin < 80 and text[stop] != quote:
        if CLASS[text[stop]] >= _LETTER:
            word = _fold(word, text[stop])
        else:
            if word != _NOTHING:
                union |= _code(word, keys, codes)
                word = _NOTHING
            if CLASS[text[stop]] == _BLANK:
                blanks += 1
                if union & _HTTP_METHOD and blanks == 1:
                    return begin
        stop += 1
    if word != _NOTHING:
        union |= _code(word, keys, codes)
    if stop >= end or text[stop] != quote or (stop + 1 < end and CLASS[text[stop + 1]] >= _LETTER) or stop < begin + 3:
        return begin
    keyed = stop + 1 < end and text[stop + 1] == 58
    if union & _PROTECTED or keyed or (state[_LAST] == _WORD and state[_LAST_CODE] & _PROSE_KEY):
        return begin
    state[_KIND] = QUOTED if blanks > 0 else _NAME
    return stop


@compiled
def _open_quote(
    text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s, entities: UInt64s
) -> int:
    """Add a quote; what it encloses is one value when it is several words and none of them a cue or a state."""
    stop = _quote_end(text, begin, end, keys, codes, state)
    _put_gap(stream, state, text[begin])
    if state[_KIND] == 0 or stop == begin:
        return begin + 1
    _put_entity(text, begin + 1, stop, state, entities)
    state[_SKIP_NAMES] = max(state[_SKIP_NAMES], stop)
    if state[_KIND] == QUOTED:
        _put_mask_token(stream, state, QUOTED)
        return stop
    return begin + 1


@compiled
def _escape_end(text: Bytes, begin: int, end: int) -> int:
    """Give the end of an ANSI control sequence (ECMA-48 5.4), or of the lone escape byte."""
    at = begin + 1
    if at < end and text[at] == 91:
        at += 1
        while at < end and 0x20 <= text[at] <= 0x3F:
            at += 1
        return min(at + 1, end)
    return at


@compiled
def _tokenize(
    text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s, entities: UInt64s
) -> None:
    """Add the tokens of one line."""
    at = begin
    while at < end and state[_TOKENS] < MAX_TOKENS:
        kind = CLASS[text[at]]
        if kind <= _DELIMITER:
            byte = text[at]
            if byte == 34 or byte == 39:
                at = _open_quote(text, at, end, keys, codes, stream, state, entities)
            elif byte == 27:
                at = _escape_end(text, at, end)
            else:
                _put_gap(stream, state, SPACE if kind == _BLANK else byte)
                at += 1
            continue
        stop = at
        plain = True
        while stop < end:
            kind = CLASS[text[stop]]
            if kind <= _DELIMITER:
                inside = text[stop] == 39 and stop > at and CLASS[text[stop - 1]] >= _LETTER
                if not (inside and stop + 1 < end and CLASS[text[stop + 1]] >= _LETTER):
                    break
            plain = plain and (kind == _LETTER or kind == _HEX_LETTER)
            stop += 1
        stretch = stop
        while stop > at + 1 and CLASS[text[stop - 1]] <= _JOINER and text[stop - 1] != 95 and text[stop - 1] != 47:
            stop -= 1
        if plain and (stop - at < 8 or _run_end(text, at, stop, _HEX_LETTER) < stop):
            _put_word(text, at, stop, end, keys, codes, stream, state, entities)
            at = stop
        else:
            at = _put_run(text, at, stop, end, keys, codes, stream, state, entities)
        while at < stretch and state[_TOKENS] < MAX_TOKENS:
            _put_gap(stream, state, text[at])
            at += 1


@compiled
def scan(
    text: Bytes, begin: int, end: int, keys: UInt64s, codes: Int64s, stream: Bytes, state: Int64s, entities: UInt64s
) -> int:
    """Write the canonical stream of `text[begin:end]`, fill the state, and give the length of the stream.

    Of several lines the first counts, and the last one when it is not indented (the class line of a Python traceback).
    """
    state[:] = 0
    state[_MASKED_AT] = -1
    stream[0] = GAP_OPEN
    state[_OUT] = 1
    end = min(end, begin + MAX_MESSAGE_BYTES)
    while end > begin and CLASS[text[end - 1]] == _BLANK:
        end -= 1
    while begin < end and CLASS[text[begin]] == _BLANK and text[begin] != 27:
        begin += 1
    line = begin
    while line < end and text[line] != 10:
        line += 1
    _tokenize(text, begin, line, keys, codes, stream, state, entities)
    if line < end:
        last = end
        while text[last - 1] != 10:
            last -= 1
        if CLASS[text[last]] > _BLANK:
            _put_gap(stream, state, SPACE)
            _tokenize(text, last, end, keys, codes, stream, state, entities)
    out, gap = state[_OUT], state[_GAP]
    if out - gap > 1 and stream[out - 1] == SPACE:
        out -= 1
    if out - gap == 1:
        return gap
    state[_TOKENS] += 1
    return out


@compiled
def sign_rows(
    text: Bytes,
    start: Int64s,
    end: Int64s,
    keys: UInt64s,
    codes: Int64s,
    seed: np.uint64,
    signature: UInt64s,
    token_count: npt.NDArray[np.int32],
    cue: Bytes,
    polarity: npt.NDArray[np.int8],
    entities: npt.NDArray[np.uint64],
    entity_count: Bytes,
    entity_start: npt.NDArray[np.int64],
    entity_end: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    number_count: Bytes,
) -> None:
    """Fill the columns of `signature.Signed` for every message `text[start[i]:end[i]]`."""
    stream = np.empty(STREAM_BYTES, np.uint8)
    state = np.zeros(STATE_FIELDS, np.int64)
    for row in range(len(start)):
        length = scan(text, start[row], end[row], keys, codes, stream, state, entities[row])
        signature[row] = hash_stream(stream, length, seed)
        token_count[row] = state[_TOKENS]
        cue[row] = state[_CUE]
        polarity[row] = state[_POLARITY]
        entity_count[row] = state[_ENTITIES]
        number_count[row] = state[_NUMBERS]
        for index in range(3):
            entity_start[row, index] = state[_ENTITY_START + index]
            entity_end[row, index] = state[_ENTITY_END + index]
            numbers[row, index] = state[_NUMBER + index]
