"""Where host names, URLs, paths and encoded runs end."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.identifiers import address_end, colon_groups_end, dashed_end, digits_end
from brainstem.signature.tokenizer.numbers import clock_end, run_end
from brainstem.signature.tokenizer.state import (
    BLOB,
    CLASS,
    DELIMITER,
    DIGIT,
    EMAIL,
    HEX_LETTER,
    HOST,
    JOINER,
    KIND,
    LETTER,
    PATH,
    SEEN_DIGIT,
    SEEN_WHOLE,
    SPACE,
    TIME,
    URL,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import COUNTRY, DOMAIN, PACKAGE, code_of


@compiled_helper
def part_end(text: Numbers, begin: int, end: int) -> int:
    """Return where a word ends inside a run; a slash between digits stays in it, as in `ge-0/0/1`, `Serial0/0/0:23`."""
    at = begin
    slashed = False
    while at < end:
        if CLASS[text[at]] >= JOINER:
            at += 1
            continue
        inside = CLASS[text[at + 1]] == DIGIT and at > begin and CLASS[text[at - 1]] == DIGIT
        if not (inside and (text[at] == 47 or (slashed and text[at] == 58))) or address_end(text, at + 1) > at + 1:
            break
        slashed = True
        at += 1
    while at > begin + 1 and CLASS[text[at - 1]] == JOINER and text[at - 1] != 95:
        at -= 1
    return at


@compiled_helper
def is_host(text: Numbers, state: Numbers, begin: int, end: int) -> bool:
    """Return whether a dotted word is a host name by its last label, and not a reversed package name by its first."""
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
    code = code_of(text, state, last + 1, end)
    believed = code & DOMAIN or (code & COUNTRY and (dots >= 2 or (text[end] == 58 and CLASS[text[end + 1]] == DIGIT)))
    if not believed or (dots == 1 and upper):
        return False
    return not code_of(text, state, begin, first) & PACKAGE


@compiled_helper
def dotted_end(text: Numbers, state: Numbers, begin: int, stop: int, end: int) -> int:
    """Return the end of a host name or mail address whose first word is `text[begin:stop]`, or `begin`."""
    state[KIND] = HOST
    at = begin
    if text[stop] == 64:
        state[KIND] = EMAIL
        at = stop + 1
        stop = part_end(text, at, end)
    return stop if is_host(text, state, at, stop) else begin


@compiled_helper
def _locator_end(text: Numbers, at: int, end: int) -> int:
    """Return the end of a URL: before a blank, quote or closing bracket, without the punctuation of the sentence."""
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


@compiled_helper
def _path_end(text: Numbers, begin: int, end: int, limit: int) -> int:
    """Return the end of a path that begins here, or `begin`: `/a/b`, `./a`, `~/a`, `C:\\a`, `\\\\server\\share`."""
    at = begin
    byte, following = text[begin], text[begin + 1]
    if byte == 46 or byte == 126:
        at += 1 + (following == 46)
        if text[at] != 47:
            return begin
    elif byte == 92:
        if following != 92 and CLASS[following] < LETTER:
            return begin
    elif following == 58 and text[begin + 2] == 92 and CLASS[byte] >= LETTER:
        at += 2
    elif byte != 47 or following == 47 or address_end(text, begin + 1) > begin + 1:
        return begin
    letters = 0
    slashes = 0
    query = False
    while at < end and text[at] != 58:
        kind = CLASS[text[at]]
        letters += LETTER <= kind <= HEX_LETTER
        slashes += text[at] == 47 or text[at] == 92
        query = query or text[at] == 63
        at += 1
    if letters == 0 and slashes < 2:
        return begin
    return _locator_end(text, at, limit) if query and at == end else at


@compiled_helper
def _relative_path_end(text: Numbers, begin: int, end: int) -> int:
    """Return the end of a path like `a/b/c.txt`, or `begin`: two slashes, and a digit or a joiner somewhere."""
    slashes = 0
    marks = 0
    at = begin
    while at < end and text[at] != 58:
        slashes += text[at] == 47 and CLASS[text[at + 1]] != DIGIT
        marks += CLASS[text[at]] == JOINER or CLASS[text[at]] == DIGIT
        at += 1
    return at if slashes >= 2 and marks > 0 else begin


@compiled_helper
def _is_blob(text: Numbers, begin: int, end: int) -> bool:
    """Return whether a long run looks encoded: upper, lower case and digits that take turns as chance has it."""
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


@compiled_helper
def _run_shape_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int) -> int:
    """Return the end of the URL, blob, path or klog date that begins here, or `begin`; the kind goes to the state."""
    first = text[begin]
    stop = run_end(text, begin, end, JOINER)
    if text[stop] == 58 and text[stop + 1] == 47 and text[stop + 2] == 47 and stop > begin:
        state[KIND] = URL
        return _locator_end(text, stop + 3, limit)
    if end - begin == 5 and text[end] == SPACE and (first == 73 or first == 87 or first == 69 or first == 70):
        dated = run_end(text, begin + 1, end, DIGIT) == end
        if dated and clock_end(text, end + 1, limit) > end + 1:
            state[KIND] = TIME  # I0102 15:04:05.678901
            return end
    if end - begin >= 24 and first != 47 and _is_blob(text, begin, end) and not is_host(text, state, begin, end):
        stop = dashed_end(text, state, begin, limit)
        if stop > begin:
            return stop
        state[KIND] = BLOB
        return end
    state[KIND] = PATH
    stop = _path_end(text, begin, end, limit)
    if stop == begin and (CLASS[first] == LETTER or CLASS[first] == HEX_LETTER):
        stop = _relative_path_end(text, begin, end)
    return stop


@compiled_helper
def shape_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Return the end of what is masked as a whole and begins here, or `begin`; the kind goes to the state."""
    byte = text[begin]
    kind = CLASS[byte]
    stop = begin
    fresh = CLASS[text[begin - 1]] <= DELIMITER or ((byte == 47 or byte == 92) and text[begin - 1] == 58)
    if fresh and seen & SEEN_WHOLE:
        stop = _run_shape_end(text, state, begin, end, limit)
    if stop == begin and kind >= HEX_LETTER and seen & SEEN_DIGIT:
        stop = digits_end(text, state, begin, limit)
    elif stop == begin and byte == 58 and text[begin + 1] == 58 and CLASS[text[begin + 2]] >= HEX_LETTER:
        stop = colon_groups_end(text, state, begin, limit)
    return stop
