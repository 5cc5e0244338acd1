"""Where addresses, UUIDs and other identifiers of digits end.

`digits_end` decides between them by the width of the first group and the mark behind it, so that few are ever tried.
"""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.numbers import clock_end, date_end, is_edge, is_hexadecimal, number_end, run_end
from brainstem.signature.tokenizer.state import (
    CLASS,
    DIGIT,
    HEX,
    HEX_LETTER,
    HOST,
    IS_DECIMAL,
    JOINER,
    KIND,
    MAC,
    NUMBER,
    TIME,
    UUID,
    Numbers,
)
from brainstem.text.ascii import COLON, DOT, HYPHEN, LOWER_CASE_BIT, LOWER_X, NINE, PERCENT, SLASH, ZERO


@compiled_helper
def address_end(text: Numbers, begin: int) -> int:
    """Return the end of a dotted IPv4 address, or `begin`."""
    at = begin
    dots = 0
    digits = 0
    value = 0
    while digits < 4:
        byte = text[at]
        if ZERO <= byte <= NINE:
            value = value * 10 + byte - ZERO
            digits += 1
        elif byte == DOT and dots < 3 and digits > 0 and value < 256:
            dots += 1
            digits = 0
            value = 0
        else:
            break
        at += 1
    # a group beyond 255 or a fifth group (is_edge) makes it a version
    return at if dots == 3 and 0 < digits < 4 and value < 256 and is_edge(text, at) else begin


@compiled_helper
def skip_port(text: Numbers, at: int, limit: int) -> int:
    """Return the place behind `:port` or `/prefix` after an address, or `at`."""
    if text[at] == COLON or text[at] == SLASH:
        stop = run_end(text, at + 1, limit, DIGIT)
        # at most five digits, and no path: 10.0.0.1/24/ is none
        if at + 1 < stop <= at + 6 and is_edge(text, stop) and text[stop] != SLASH:
            return stop
    return at


@compiled_helper
def colon_groups_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of hexadecimal groups with colons, or `begin`; the kind (IPv6, MAC or WWN, other) goes to the state."""
    at = begin
    groups = 0
    doubled = False
    pairs = True
    digit = False
    while True:
        stop = at
        while CLASS[text[stop]] >= HEX_LETTER:
            digit = digit or CLASS[text[stop]] == DIGIT
            stop += 1
        if stop - at > 4:
            return begin
        groups += stop > at
        pairs = pairs and stop - at == 2
        if text[stop] == DOT and groups > 1:
            # an IPv4 address at the end (::ffff:10.0.0.1), or a fraction
            tail = address_end(text, at)
            stop = tail if tail > at else run_end(text, stop + 1, limit, HEX_LETTER)
        if text[stop] != COLON:
            at = stop
            break
        if text[stop + 1] == COLON and not doubled:
            # "::" stands once for groups of zeros (RFC 4291 section 2.2)
            doubled = True
            at = stop + 2
        elif CLASS[text[stop + 1]] >= HEX_LETTER:
            at = stop + 1
        else:
            # a colon of the sentence
            at = stop
            break
    # without a digit it is words with colons (`add:bad:face`), and two groups are a pair of numbers
    if not digit or (groups < 3 and not doubled):
        return begin
    if doubled or (groups == 8 and not pairs):
        state[KIND] = HOST
        if text[at] == PERCENT:
            at = run_end(text, at + 1, limit, JOINER)  # the zone of a link-local address: fe80::1%eth0
        if text[at] == SLASH:
            at = skip_port(text, at, limit)
    else:
        # six pairs are a MAC, eight a World Wide Name; other groups are numbers of devices (PCI 0000:03:00.0)
        state[KIND] = MAC if pairs and (groups == 6 or groups == 8) else NUMBER
        state[IS_DECIMAL] = 0
    return at if is_edge(text, at) else begin


@compiled_helper
def dashed_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of a UUID (8-4-4-4-12) or of a MAC with dashes or dots, or `begin`; the kind goes to the state."""
    at = begin
    groups = 0
    total = 0
    pairs = True
    quads = True
    stop = run_end(text, at, limit, HEX_LETTER)
    mark = text[stop]
    while True:
        pairs = pairs and stop - at == 2
        quads = quads and stop - at == 4
        groups += 1
        total += stop - at
        if text[stop] != mark or CLASS[text[stop + 1]] < HEX_LETTER or groups == 6:
            break
        at = stop + 1
        stop = run_end(text, at, limit, HEX_LETTER)
    if is_edge(text, stop):
        if groups == 5 and total == 32 and mark == HYPHEN and stop - at == 12:
            state[KIND] = UUID
            return stop
        # 00-1b-21-aa-bb-0c, and 001b.21aa.bb0c as network devices print it
        if (groups == 6 and pairs and mark == HYPHEN) or (groups == 3 and quads and mark == DOT):
            state[KIND] = MAC
            return stop
    return begin


@compiled_helper
def digits_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of the identifier or number that begins here with a hexadecimal digit, or `begin`.

    Its kind goes to the state.
    """
    plain = CLASS[text[begin]] == DIGIT
    stop = run_end(text, begin, limit, HEX_LETTER)
    width = stop - begin
    mark = text[stop]
    at = begin
    if mark == COLON and width <= 4:
        # a time of day before hexadecimal groups: 12:34:56 would be both
        at = clock_end(text, begin, limit) if plain else begin
        state[KIND] = TIME
        if at == begin:
            at = colon_groups_end(text, state, begin, limit)
    elif (mark == HYPHEN and (width == 8 or width == 2)) or (mark == DOT and width == 4):
        at = dashed_end(text, state, begin, limit)
    elif width == 1 and text[begin] == ZERO and mark | LOWER_CASE_BIT == LOWER_X:
        at = run_end(text, begin + 2, limit, HEX_LETTER)
        while text[at] == HYPHEN and text[at + 1] == ZERO and text[at + 2] | LOWER_CASE_BIT == LOWER_X:
            at = run_end(text, at + 3, limit, HEX_LETTER)  # a range: 0xfe00-0xff00
        state[KIND] = HEX
        if at == begin + 2 or not is_edge(text, at):
            at = begin
    if at == begin and plain:
        if mark == DOT:
            at = address_end(text, begin)
            state[KIND] = HOST
        if at == begin and (mark == HYPHEN or mark == DOT or mark == SLASH):
            at = date_end(text, begin, limit)
            state[KIND] = TIME
        if at == begin:
            at = number_end(text, state, begin, limit)
    if at == begin and is_edge(text, stop) and is_hexadecimal(text, begin, stop):
        # short ones share the mask of decimal numbers, as a field of them holds 10 digits out of 16 by chance
        state[KIND] = NUMBER if width < 16 else HEX
        state[IS_DECIMAL] = 0
        return stop
    return at
