"""Where addresses, UUIDs and other identifiers of digits end."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.numbers import clock_end, date_end, is_edge, is_hexadecimal, number_end, run_end
from brainstem.signature.tokenizer.state import (
    CLASS,
    DIGIT,
    HEX,
    HEX_LETTER,
    HOST,
    JOINER,
    KIND,
    MAC,
    NUMBER,
    NUMERIC,
    TIME,
    UUID,
    Numbers,
)


@compiled_helper
def address_end(text: Numbers, begin: int) -> int:
    """Return the end of a dotted IPv4 address, or `begin`."""
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
    return at if dots == 3 and 0 < digits < 4 and value < 256 and is_edge(text, at) else begin


@compiled_helper
def skip_port(text: Numbers, at: int, limit: int) -> int:
    """Go past `:port` or `/prefix` after an address."""
    if text[at] == 58 or text[at] == 47:
        stop = run_end(text, at + 1, limit, DIGIT)
        if at + 1 < stop <= at + 6 and is_edge(text, stop) and text[stop] != 47:
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
        if text[stop] == 46 and groups > 1:
            tail = address_end(text, at)
            stop = tail if tail > at else run_end(text, stop + 1, limit, HEX_LETTER)
        if text[stop] != 58:
            at = stop
            break
        if text[stop + 1] == 58 and not doubled:
            doubled = True
            at = stop + 2
        elif CLASS[text[stop + 1]] >= HEX_LETTER:
            at = stop + 1
        else:
            at = stop
            break
    if not digit or (groups < 3 and not doubled):
        return begin
    if doubled or (groups == 8 and not pairs):
        state[KIND] = HOST
        if text[at] == 37:
            at = run_end(text, at + 1, limit, JOINER)
        if text[at] == 47:
            at = skip_port(text, at, limit)
    else:
        state[KIND] = MAC if pairs and (groups == 6 or groups == 8) else NUMBER
        state[NUMERIC] = 0
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
        if groups == 5 and total == 32 and mark == 45 and stop - at == 12:
            state[KIND] = UUID
            return stop
        if (groups == 6 and pairs and mark == 45) or (groups == 3 and quads and mark == 46):
            state[KIND] = MAC
            return stop
    return begin


@compiled_helper
def digits_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of the identifier or number that begins here with a hexadecimal digit, or `begin`; kind to the
    state.
    """
    plain = CLASS[text[begin]] == DIGIT
    stop = run_end(text, begin, limit, HEX_LETTER)
    width = stop - begin
    mark = text[stop]
    at = begin
    if mark == 58 and width <= 4:
        at = clock_end(text, begin, limit) if plain else begin
        state[KIND] = TIME
        if at == begin:
            at = colon_groups_end(text, state, begin, limit)
    elif (mark == 45 and (width == 8 or width == 2)) or (mark == 46 and width == 4):
        at = dashed_end(text, state, begin, limit)
    elif width == 1 and text[begin] == 48 and mark | 0x20 == 120:
        at = run_end(text, begin + 2, limit, HEX_LETTER)
        while text[at] == 45 and text[at + 1] == 48 and text[at + 2] | 0x20 == 120:
            at = run_end(text, at + 3, limit, HEX_LETTER)  # a range
        state[KIND] = HEX
        if at == begin + 2 or not is_edge(text, at):
            at = begin
    if at == begin and plain:
        if mark == 46:
            at = address_end(text, begin)
            state[KIND] = HOST
        if at == begin and (mark == 45 or mark == 46 or mark == 47):
            at = date_end(text, begin, limit)
            state[KIND] = TIME
        if at == begin:
            at = number_end(text, state, begin, limit)
    if at == begin and is_edge(text, stop) and is_hexadecimal(text, begin, stop):
        state[KIND] = NUMBER if width < 16 else HEX
        state[NUMERIC] = 0
        return stop
    return at
