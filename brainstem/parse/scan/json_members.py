"""The members of JSON objects (RFC 8259) without decoding them: names, values, and the parts of an event that are taken from
values as they stand.

`scan_members` finds the members of objects, and says whether a copy of their bytes, but for blanks between their parts, is
what `orjson` would write of their values. What it cannot vouch for (surrogates, numbers of very many digits, deep objects,
names with escapes, what is no JSON) is left to the decoder. Objects with the same names
and sorts of values in the same order have the same *outline*; what their members mean is for `parse.plain_objects` to say,
which numbers the members to take. `value_keys` and `take_members` then read them.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of, copy_bytes
from brainstem.text.ascii import (
    BACKSLASH,
    CARRIAGE_RETURN,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    FIRST_NON_ASCII,
    HYPHEN,
    LINE_FEED,
    LOWER_CASE_BIT,
    LOWER_E,
    LOWER_U,
    NINE,
    ONE,
    OPEN_BRACE,
    OPEN_BRACKET,
    PLUS,
    SLASH,
    SPACE,
    ZERO,
)

MEMBERS_MOST: Final = 128
"""of one object, those of the objects inside it included"""
_DEPTH_MOST: Final = 12

STRING, INTEGER, FLOAT, TRUE, FALSE, NULL, OBJECT, ARRAY = range(1, 9)
"""sorts of values; in an outline one stands behind each name, which no byte below a space can be part of"""
_END_OF_OBJECT, _OBJECT_ELEMENT, _ARRAY_ELEMENT, _END_OF_ARRAY = range(11, 15)

NOT_PLAIN: Final = 0
PLAIN, BEYOND_ASCII, WRITTEN_OTHERWISE = 1, 2, 4
"""marks of an object: the members are found; some byte is none of ASCII, and whether all are UTF-8 is still to be verified;
a value would be written otherwise again, such as `1.50` or an escape of a letter"""
ESCAPED: Final = 1
"""mark of a string, beside `BEYOND_ASCII`"""

TOP_LEVEL: Final = -1
NOT_NAMED: Final = -2
"""in place of the member that holds another one: it stands in an element of an array"""

OF_TIME, OF_MESSAGE, OF_HOST, OF_SERVICE, OF_PROCESS = range(5)
ROLES: Final = 5

_KEY, _NEXT_KEY, _VALUE, _ELEMENT, _SEPARATOR = range(5)

_BLANK = np.zeros(256, np.bool_)
_BLANK[list(b" \t\r\n")] = True
# bytes of a string at which its reader has to look: its end, an escape, and controls, which JSON forbids there
_STOPS = np.zeros(256, np.bool_)
_STOPS[:SPACE] = True
_STOPS[[DOUBLE_QUOTE, BACKSLASH]] = True
# what the second byte of a short escape stands for, 0 for none
_ESCAPES = np.zeros(256, np.uint8)
for _letter, _byte in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _ESCAPES[_letter] = _byte
# the values of hexadecimal digits, 16 for other bytes
_HEXADECIMAL = np.full(256, 16, np.uint8)
for _value in range(16):
    _HEXADECIMAL[[ord(f"{_value:x}"), ord(f"{_value:X}")]] = _value
_WORDS: Final = np.frombuffer(b"truefalsenull", np.uint8)
_WORD_BEGIN: Final = np.array([0, 4, 9], np.int64)
_WORD_END: Final = np.array([4, 9, 13], np.int64)

_DIGITS_EXACT: Final = 15
"""a decimal fraction of so many digits is what is printed again of the binary number next to it"""
_SECONDS_DIGITS: Final = 10
_MICROSECOND_DIGITS: Final = 6
"""so is one below two thousand million with so many digits behind the point: doubles lie closer there"""
_INTEGER_DIGITS: Final = 19
"""of a number of 63 bits, below nine million million million"""
_DIGITS_MOST: Final = 40
_EXPONENT_DIGITS: Final = 2
"""with more a number may be beyond all doubles"""
_WITH_ESCAPE, _REWRITTEN = 256, 512
"""bits beside those of the bytes of a string"""
_TIME_BYTES_LEAST: Final = 8
_DIGIT_WITHIN: Final = 12
_NUMBER_DIGITS_LEAST: Final = 9
_CALENDAR_DIGITS: Final = 14
"""a text of so many digits is a date and a time of day"""
_PROCESS_DIGITS: Final = 9


@compiled
def scan_members(
    buffer: Bytes, begin: Int64s, end: Int64s, size: int
) -> tuple[Flags, Int64s, Int64s, Int64s, Int64s, Int64s, Flags, Flags, Int32s, Bytes, Int64s]:
    """Return of each object whether it is plain, and where its members and its outline begin; of each member the bounds of
    name and value, sort, marks and the member it stands in; and all outlines.

    `size` is the number of bytes of all objects. Where members or outlines begin has one more entry, the end of the last.
    Bounds of a string are those of its text; of anything else those of what is written.
    """
    count = len(begin)
    nature = np.zeros(count, np.uint8)
    first = np.zeros(count + 1, np.int64)
    outline_begin = np.zeros(count + 1, np.int64)
    # the shortest member is `"":{`, of an object that may be cut off behind it; and one name may stand without its value
    capacity = size // 4 + count
    key_start, key_end = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    value_start, value_end = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    sort, marks = np.empty(capacity, np.uint8), np.empty(capacity, np.uint8)
    holder = np.empty(capacity, np.int32)
    outline = np.empty(size + count, np.uint8)
    # of each open bracket: the member whose value it is, whether it is an object's, and what holds the members inside
    opened, inner = np.empty(_DEPTH_MOST, np.int64), np.empty(_DEPTH_MOST, np.int32)
    is_object = np.empty(_DEPTH_MOST, np.bool_)
    buffer = begin_of(buffer)
    members, written = 0, 0
    for row in range(count):
        at, stop = begin[row], end[row]
        base, outline_base = members, written
        depth, expected, seen = 0, _VALUE, 0
        done, broken = False, False
        while at < stop and not broken:
            byte = buffer[at]
            if _BLANK[byte]:
                at += 1
                continue
            if done or (depth == 0 and byte != OPEN_BRACE):
                broken = True
            elif byte == DOUBLE_QUOTE:
                text = at + 1
                at = text
                mark = 0
                while at < stop:
                    byte = buffer[at]
                    if not _STOPS[byte]:
                        mark |= byte
                        at += 1
                    elif byte == BACKSLASH and at + 1 < stop and _ESCAPES[buffer[at + 1]]:
                        mark |= _WITH_ESCAPE
                        if buffer[at + 1] == SLASH:
                            mark |= _REWRITTEN
                        at += 2
                    elif (
                        byte == BACKSLASH
                        and at + 5 < stop
                        and buffer[at + 1] == LOWER_U
                        and _code_point(buffer, at) >= 0
                    ):
                        mark |= _WITH_ESCAPE | _REWRITTEN
                        at += 6
                    else:
                        break
                if at >= stop or buffer[at] != DOUBLE_QUOTE:
                    broken = True
                    break
                seen |= mark
                if expected == _KEY or expected == _NEXT_KEY:
                    colon = at + 1
                    while colon < stop and _BLANK[buffer[colon]]:
                        colon += 1
                    if mark & _WITH_ESCAPE or members - base == MEMBERS_MOST or colon >= stop or buffer[colon] != COLON:
                        broken = True
                        break
                    key_start[members], key_end[members] = text, at
                    holder[members] = inner[depth - 1]
                    marks[members] = 0
                    copy_bytes(outline, written, buffer, text, at - text)
                    written += at - text
                    at = colon
                    expected = _VALUE
                elif expected == _VALUE or expected == _ELEMENT:
                    if is_object[depth - 1]:
                        value_start[members], value_end[members] = text, at
                        sort[members] = STRING
                        marks[members] = (ESCAPED if mark & _WITH_ESCAPE else 0) | (
                            BEYOND_ASCII if mark & FIRST_NON_ASCII else 0
                        )
                        outline[written] = STRING
                        written += 1
                        members += 1
                    expected = _SEPARATOR
                else:
                    broken = True
                at += 1
            elif byte == COMMA:
                broken = expected != _SEPARATOR
                expected = _NEXT_KEY if is_object[depth - 1] else _VALUE
                at += 1
            elif byte == OPEN_BRACE or byte == OPEN_BRACKET:
                if (expected != _VALUE and expected != _ELEMENT) or depth == _DEPTH_MOST:
                    broken = True
                    break
                opened[depth] = -1
                inner[depth] = TOP_LEVEL if depth == 0 else NOT_NAMED
                if depth > 0 and is_object[depth - 1]:
                    value_start[members] = at
                    sort[members] = OBJECT if byte == OPEN_BRACE else ARRAY
                    outline[written] = sort[members]
                    written += 1
                    opened[depth] = members
                    if byte == OPEN_BRACE:
                        inner[depth] = members - base
                    members += 1
                elif depth > 0:
                    outline[written] = _OBJECT_ELEMENT if byte == OPEN_BRACE else _ARRAY_ELEMENT
                    written += 1
                is_object[depth] = byte == OPEN_BRACE
                expected = _KEY if byte == OPEN_BRACE else _ELEMENT
                depth += 1
                at += 1
            elif byte == CLOSE_BRACE or byte == CLOSE_BRACKET:
                wanted = _KEY if byte == CLOSE_BRACE else _ELEMENT
                if is_object[depth - 1] != (byte == CLOSE_BRACE) or (expected != _SEPARATOR and expected != wanted):
                    broken = True
                    break
                depth -= 1
                at += 1
                expected = _SEPARATOR
                done = depth == 0
                if not done:
                    if opened[depth] >= 0:
                        value_end[opened[depth]] = at
                    outline[written] = _END_OF_OBJECT if byte == CLOSE_BRACE else _END_OF_ARRAY
                    written += 1
            else:
                if expected != _VALUE and expected != _ELEMENT:
                    broken = True
                    break
                value = at
                found = 0
                if byte == HYPHEN or ZERO <= byte <= NINE:
                    at += byte == HYPHEN
                    digits = at
                    while at < stop and ZERO <= buffer[at] <= NINE:
                        at += 1
                    whole = at - digits
                    leads = whole > 0 and buffer[digits] == ZERO
                    if whole == 0 or (leads and whole > 1):
                        found = 0
                    elif at < stop and buffer[at] == DOT:
                        at += 1
                        point = at
                        while at < stop and ZERO <= buffer[at] <= NINE:
                            at += 1
                        part = at - point
                        found = FLOAT if part > 0 and whole + part <= _DIGITS_MOST else 0
                        if (
                            (part > 1 and buffer[at - 1] == ZERO)
                            # small numbers may be printed with an exponent
                            or (leads and part > 3 and _are_zeros(buffer, point, point + 3))
                            or (
                                whole + part > _DIGITS_EXACT
                                and (
                                    whole > _SECONDS_DIGITS
                                    or (whole == _SECONDS_DIGITS and buffer[digits] != ONE)
                                    or part > _MICROSECOND_DIGITS
                                )
                            )
                        ):
                            seen |= _REWRITTEN
                    elif not (leads and byte == HYPHEN) and (
                        whole < _INTEGER_DIGITS or (whole == _INTEGER_DIGITS and buffer[digits] < NINE)
                    ):
                        found = INTEGER
                    if found and at < stop and (buffer[at] | LOWER_CASE_BIT) == LOWER_E:
                        at += 1
                        if at < stop and (buffer[at] == HYPHEN or buffer[at] == PLUS):
                            at += 1
                        digits = at
                        while at < stop and ZERO <= buffer[at] <= NINE:
                            at += 1
                        found = FLOAT if 0 < at - digits <= _EXPONENT_DIGITS else 0
                        seen |= _REWRITTEN
                else:
                    for word in range(3):
                        length = _WORD_END[word] - _WORD_BEGIN[word]
                        same = at + length <= stop
                        index = 0
                        while same and index < length:
                            same = buffer[at + index] == _WORDS[_WORD_BEGIN[word] + index]
                            index += 1
                        if same:
                            found = TRUE + word
                            at += length
                            break
                if found == 0:
                    broken = True
                    break
                # what stands behind it has to end it
                if at < stop and not (
                    _BLANK[buffer[at]]
                    or buffer[at] == COMMA
                    or buffer[at] == CLOSE_BRACE
                    or buffer[at] == CLOSE_BRACKET
                ):
                    broken = True
                    break
                if is_object[depth - 1]:
                    value_start[members], value_end[members] = value, at
                    sort[members] = found
                    outline[written] = found
                    written += 1
                    members += 1
                expected = _SEPARATOR
        if broken or not done:
            members, written = base, outline_base
        else:
            nature[row] = (
                PLAIN
                | (BEYOND_ASCII if seen & FIRST_NON_ASCII else 0)
                | (WRITTEN_OTHERWISE if seen & _REWRITTEN else 0)
            )
        first[row + 1], outline_begin[row + 1] = members, written
    return (
        nature,
        first,
        key_start[:members],
        key_end[:members],
        value_start[:members],
        value_end[:members],
        sort[:members],
        marks[:members],
        holder[:members],
        outline[:written],
        outline_begin,
    )


@compiled_helper
def _code_point(buffer: Bytes, at: int) -> int:
    """Return the code point of an escape with four digits, -1 for a surrogate and where other bytes stand."""
    value = 0
    for index in range(at + 2, at + 6):
        digit = _HEXADECIMAL[buffer[index]]
        if digit > 15:
            return -1
        value = value * 16 + digit
    return -1 if 0xD800 <= value < 0xE000 else value


@compiled_helper
def _are_zeros(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether all bytes are zeros."""
    for at in range(begin, end):  # noqa: SIM110  # compiled code has no generator expressions
        if buffer[at] != ZERO:
            return False
    return True


@compiled_helper
def _put_code_point(texts: Bytes, at: int, value: int) -> int:
    """Write a code point below 2**16 as UTF-8 (RFC 3629); return where it ends."""
    if value < 0x80:
        texts[at] = value
        return at + 1
    if value < 0x800:
        texts[at] = 0xC0 | (value >> 6)
    else:
        texts[at] = 0xE0 | (value >> 12)
        at += 1
        texts[at] = 0x80 | ((value >> 6) & 0x3F)
    texts[at + 1] = 0x80 | (value & 0x3F)
    return at + 2


@compiled
def value_keys(
    buffer: Bytes,
    code: Int32s,
    first: Int64s,
    value_start: Int64s,
    value_end: Int64s,
    keyed_begin: Int64s,
    keyed: Int32s,
    size: int,
) -> tuple[Bytes, Int64s, Int64s]:
    """Return for each object its code, and behind it the values of some of its members, with the bounds of both.

    Those of the object with code `c` (-1: none, of no length) are the members `keyed[keyed_begin[c]:keyed_begin[c + 1]]`.
    `size` is the number of bytes of all objects.
    """
    count = len(code)
    start, end = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    # a value may stand inside another one
    keys = np.empty(3 * size + 4 * count, np.uint8)
    buffer = begin_of(buffer)
    written = 0
    for row in range(count):
        own = code[row]
        if own < 0:
            continue
        start[row] = written
        for index in range(4):
            keys[written] = (own >> (8 * index)) & 255
            written += 1
        for index in range(keyed_begin[own], keyed_begin[own + 1]):
            member = first[row] + keyed[index]
            length = value_end[member] - value_start[member]
            copy_bytes(keys, written, buffer, value_start[member], length)
            written += length
            # NUL stands in no value
            keys[written] = 0
            written += 1
        end[row] = written
    return keys[:written], start, end


@compiled
def take_members(
    buffer: Bytes,
    code: Int32s,
    first: Int64s,
    key_start: Int64s,
    key_end: Int64s,
    value_start: Int64s,
    value_end: Int64s,
    sort: Flags,
    marks: Flags,
    holder: Int32s,
    roles: Int32s,
    kept: Bools,
    may_nest: bool,
    size: int,
) -> tuple[Bools, Bools, Int64s, Int64s, Int64s, Int32s, Bytes, Bytes, Int64s]:
    """Return which objects could be taken, and of which the message may be an object itself; bounds of their texts, numbers,
    and the bytes of texts and of what is left over.

    `roles[c * ROLES:]` are the members of an object with code `c` (-1: none) that hold its time, message, host, service and
    process id, each -1 for none; `kept[c * MEMBERS_MOST:]` says which of its members are left over. An object whose members
    hold something else than what is looked for is not taken. With `may_nest` a message that begins with a brace is marked.

    There are `ROLES` bounds an object, -1 for none: those of hosts and services, and of messages without escapes, index
    `buffer`; those of times and of other messages, -2 and less, index the texts, as `-2 - bound`. Numbers are those of times
    that are whole numbers, -1 for others. What is left over of an object is one JSON object.
    """
    count = len(code)
    taken, nests = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    start, end = np.full(count * ROLES, -1, np.int64), np.full(count * ROLES, -1, np.int64)
    number = np.full(count, -1, np.int64)
    process = np.full(count, -1, np.int32)
    texts = np.empty(size + count, np.uint8)
    left_over = np.empty(size, np.uint8)
    left_begin = np.zeros(count + 1, np.int64)
    buffer = begin_of(buffer)
    text_at, left_at = 0, 0
    for row in range(count):
        left_begin[row + 1] = left_at
        own = code[row]
        if own < 0:
            continue
        place = row * ROLES
        fits = True
        for role in range(ROLES):
            index = roles[own * ROLES + role]
            if index < 0:
                continue
            member = first[row] + index
            begin, stop = value_start[member], value_end[member]
            if begin == stop:
                fits = False
            elif role == OF_PROCESS:
                value = 0
                fits = fits and stop - begin <= _PROCESS_DIGITS
                for at in range(begin, min(stop, begin + _PROCESS_DIGITS)):
                    fits = fits and ZERO <= buffer[at] <= NINE
                    value = value * 10 + (buffer[at] - ZERO)
                process[row] = value
            elif sort[member] == INTEGER:
                # a time before the epoch is none
                value = 0
                for at in range(begin, stop):
                    fits = fits and ZERO <= buffer[at] <= NINE
                    value = value * 10 + (buffer[at] - ZERO)
                number[row] = value
            elif role == OF_MESSAGE:
                nests[row] = may_nest and buffer[begin] == OPEN_BRACE
                start[place + role], end[place + role] = begin, stop
                if marks[member] & ESCAPED or nests[row]:
                    behind = text_at
                    at = begin
                    while at < stop:
                        byte = buffer[at]
                        if byte == BACKSLASH:
                            if buffer[at + 1] == LOWER_U:
                                behind = _put_code_point(texts, behind, _code_point(buffer, at))
                                at += 6
                                continue
                            at += 1
                            byte = _ESCAPES[buffer[at]]
                        texts[behind] = byte
                        behind += 1
                        at += 1
                    nests[row] = may_nest and texts[text_at] == OPEN_BRACE
                    after = behind
                    while behind > text_at and (texts[behind - 1] == LINE_FEED or texts[behind - 1] == CARRIAGE_RETURN):
                        behind -= 1
                    start[place + role], end[place + role] = -2 - text_at, -2 - behind
                    text_at = after
            else:
                # blanks round a name or a time are no part of it
                fits = fits and not marks[member] and buffer[begin] != SPACE and buffer[stop - 1] != SPACE
                start[place + role], end[place + role] = begin, stop
                if role == OF_TIME:
                    has_digit, has_other = False, False
                    for at in range(begin, stop):
                        is_digit = ZERO <= buffer[at] <= NINE
                        has_digit = has_digit or (is_digit and at < begin + _DIGIT_WITHIN)
                        has_other = has_other or (not is_digit and buffer[at] != DOT)
                    length = stop - begin
                    if (
                        not has_other
                        and _NUMBER_DIGITS_LEAST <= length < _INTEGER_DIGITS
                        and length != _CALENDAR_DIGITS
                    ):
                        value = 0
                        for at in range(begin, stop):
                            fits = fits and buffer[at] != DOT
                            value = value * 10 + (buffer[at] - ZERO)
                        number[row] = value
                        start[place + role], end[place + role] = -1, -1
                        continue
                    # a slash begins the dates of Microsoft's serializers
                    fits = fits and has_digit and has_other and length >= _TIME_BYTES_LEAST and buffer[begin] != SLASH
                    copy_bytes(texts, text_at, buffer, begin, stop - begin)
                    start[place + role], end[place + role] = -2 - text_at, -2 - (text_at + stop - begin)
                    text_at += stop - begin
                    # keeps what a reader of stamps looks for behind one apart from the text of the next record
                    texts[text_at] = LINE_FEED
                    text_at += 1
        taken[row] = fits
        if not fits:
            continue
        began = left_at
        for member in range(first[row], first[row + 1]):
            if holder[member] != TOP_LEVEL or not kept[own * MEMBERS_MOST + member - first[row]]:
                continue
            left_over[left_at] = OPEN_BRACE if left_at == began else COMMA
            left_over[left_at + 1] = DOUBLE_QUOTE
            length = key_end[member] - key_start[member]
            copy_bytes(left_over, left_at + 2, buffer, key_start[member], length)
            left_at += length + 2
            left_over[left_at] = DOUBLE_QUOTE
            left_over[left_at + 1] = COLON
            left_at += 2
            # a string with its quotes
            is_string = sort[member] == STRING
            begin, stop = value_start[member] - is_string, value_end[member] + is_string
            if sort[member] != OBJECT and sort[member] != ARRAY:
                copy_bytes(left_over, left_at, buffer, begin, stop - begin)
                left_at += stop - begin
                continue
            quoted = False
            at = begin
            while at < stop:
                byte = buffer[at]
                if quoted or not _BLANK[byte]:
                    left_over[left_at] = byte
                    left_at += 1
                if quoted and byte == BACKSLASH:
                    at += 1
                    left_over[left_at] = buffer[at]
                    left_at += 1
                elif byte == DOUBLE_QUOTE:
                    quoted = not quoted
                at += 1
        if left_at > began:
            left_over[left_at] = CLOSE_BRACE
            left_at += 1
        left_begin[row + 1] = left_at
    return taken, nests, start, end, number, process, texts[:text_at], left_over[:left_at], left_begin
