"""Where host names, URLs, paths and encoded bytes end.

A *run* is bytes without a blank or delimiter between them. What is recognised here takes a whole run or most of it, so
these are tried before the words and numbers that the run consists of.
"""

from typing import Final

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
    TIME,
    URL,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import COUNTRY, DOMAIN, PACKAGE, code_of
from brainstem.text.ascii import (
    AT_SIGN,
    BACKSLASH,
    BACKTICK,
    BAR,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    CLOSE_PARENTHESIS,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_Z,
    NINE,
    PLUS,
    QUESTION_MARK,
    SEMICOLON,
    SINGLE_QUOTE,
    SLASH,
    SPACE,
    TILDE,
    UNDERSCORE,
    UPPER_A,
    UPPER_E,
    UPPER_F,
    UPPER_I,
    UPPER_W,
    UPPER_Z,
    ZERO,
)

LEAST_BLOB_BYTES: Final = 24
"""in shorter runs, encoded bytes cannot be distinguished from words"""
KLOG_DATE_BYTES: Final = 5
"""a level letter, month and day, as Kubernetes and glog print them: I0102"""


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
        # a channel follows the slots (0/0/0:23); an address behind the slash is a value of its own
        if (
            not (inside and (text[at] == SLASH or (slashed and text[at] == COLON)))
            or address_end(text, at + 1) > at + 1
        ):
            break
        slashed = True
        at += 1
    # joiners at the end belong to the sentence; an underscore belongs to the name
    while at > begin + 1 and CLASS[text[at - 1]] == JOINER and text[at - 1] != UNDERSCORE:
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
        upper = upper or UPPER_A <= text[index] <= UPPER_Z
        if text[index] == DOT:
            dots += 1
            first = min(first, index)
            last = index
    if dots == 0 or last + 1 >= end:
        return False
    code = code_of(text, state, last + 1, end)
    # many country domains also end files (.pl, .sh), so they count only behind two dots or before a port
    believed = code & DOMAIN or (
        code & COUNTRY and (dots >= 2 or (text[end] == COLON and CLASS[text[end + 1]] == DIGIT))
    )
    # one dot and a capital is a property or a class: `Pump.info`
    if not believed or (dots == 1 and upper):
        return False
    return not code_of(text, state, begin, first) & PACKAGE


@compiled_helper
def dotted_end(text: Numbers, state: Numbers, begin: int, stop: int, end: int) -> int:
    """Return the end of a host name or mail address whose first word is `text[begin:stop]`, or `begin`."""
    state[KIND] = HOST
    at = begin
    if text[stop] == AT_SIGN:
        state[KIND] = EMAIL
        at = stop + 1
        stop = part_end(text, at, end)
    return stop if is_host(text, state, at, stop) else begin


@compiled_helper
def _url_end(text: Numbers, at: int, end: int) -> int:
    """Return the end of a URL: before a blank, quote or closing bracket, without the punctuation of the sentence."""
    begin = at
    while at < end:
        byte = text[at]
        if (
            byte <= SPACE
            or byte == DOUBLE_QUOTE
            or byte == SINGLE_QUOTE
            or byte == LESS_THAN
            or byte == GREATER_THAN
            or byte == BACKTICK
        ):
            break
        if byte == CLOSE_PARENTHESIS or byte == CLOSE_BRACKET or byte == CLOSE_BRACE or byte == BAR:
            break
        at += 1
    while at > begin and (
        text[at - 1] == DOT or text[at - 1] == COMMA or text[at - 1] == COLON or text[at - 1] == SEMICOLON
    ):
        at -= 1
    return at


@compiled_helper
def _path_end(text: Numbers, begin: int, end: int, limit: int) -> int:
    """Return the end of a path that begins here, or `begin`: `/a/b`, `./a`, `~/a`, `C:\\a`, `\\\\server\\share`."""
    at = begin
    byte, following = text[begin], text[begin + 1]
    if byte == DOT or byte == TILDE:
        at += 1 + (following == DOT)
        if text[at] != SLASH:
            return begin
    elif byte == BACKSLASH:
        # "\\" alone escapes what follows
        if following != BACKSLASH and CLASS[following] < LETTER:
            return begin
    elif following == COLON and text[begin + 2] == BACKSLASH and CLASS[byte] >= LETTER:
        at += 2
    # "//" begins a comment, and a slash before an address stands between a name and an address
    elif byte != SLASH or following == SLASH or address_end(text, begin + 1) > begin + 1:
        return begin
    letters = 0
    slashes = 0
    query = False
    # a colon ends it: file:line, path: message
    while at < end and text[at] != COLON:
        kind = CLASS[text[at]]
        letters += LETTER <= kind <= HEX_LETTER
        slashes += text[at] == SLASH or text[at] == BACKSLASH
        query = query or text[at] == QUESTION_MARK
        at += 1
    # "/24" is a prefix or a share, and a lone slash is punctuation
    if letters == 0 and slashes < 2:
        return begin
    # the query of a request may hold delimiters: /a/b?c=1;d=2
    return _url_end(text, at, limit) if query and at == end else at


@compiled_helper
def _relative_path_end(text: Numbers, begin: int, end: int) -> int:
    """Return the end of a path like `a/b/c.txt`, or `begin`: two slashes, and a digit or a joiner somewhere.

    Else `read/write/execute` would be one.
    """
    slashes = 0
    marks = 0
    at = begin
    while at < end and text[at] != COLON:
        slashes += text[at] == SLASH and CLASS[text[at + 1]] != DIGIT
        marks += CLASS[text[at]] == JOINER or CLASS[text[at]] == DIGIT
        at += 1
    return at if slashes >= 2 and marks > 0 else begin


@compiled_helper
def _is_blob(text: Numbers, begin: int, end: int) -> bool:
    """Return whether a long run looks encoded: upper, lower case and digits that take turns as chance has it."""
    uppers = 0
    lowers = 0
    digits = 0
    turns = 0
    before = 0
    for index in range(begin, end):
        byte = text[index]
        kind = before
        if UPPER_A <= byte <= UPPER_Z:
            uppers += 1
            kind = 1
        elif LOWER_A <= byte <= LOWER_Z:
            lowers += 1
            kind = 2
        elif ZERO <= byte <= NINE:
            digits += 1
            kind = 3
        # the two symbols besides letters and digits of base64 and of its safe form (RFC 4648), and the dots of a JWT
        elif not (byte == PLUS or byte == SLASH or byte == HYPHEN or byte == UNDERSCORE or byte == DOT):
            return False
        turns += kind != before
        before = kind
    # of 64 symbols 26 are upper, 26 lower, 10 digits: two of three neighbours differ, one of six is a digit
    width = end - begin
    return uppers > 0 and lowers > 0 and 12 * digits >= width and 5 * turns >= 2 * width


@compiled_helper
def _whole_run_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int) -> int:
    """Return the end of the URL, blob, path or klog date that begins here, or `begin`; the kind goes to the state."""
    first = text[begin]
    stop = run_end(text, begin, end, JOINER)
    if text[stop] == COLON and text[stop + 1] == SLASH and text[stop + 2] == SLASH and stop > begin:
        state[KIND] = URL
        return _url_end(text, stop + 3, limit)
    if (
        end - begin == KLOG_DATE_BYTES
        and text[end] == SPACE
        and (first == UPPER_I or first == UPPER_W or first == UPPER_E or first == UPPER_F)
    ):
        dated = run_end(text, begin + 1, end, DIGIT) == end
        if dated and clock_end(text, end + 1, limit) > end + 1:
            state[KIND] = TIME  # I0102 15:04:05.678901
            return end
    # long host names and UUIDs look as random as encoded bytes do
    if (
        end - begin >= LEAST_BLOB_BYTES
        and first != SLASH
        and _is_blob(text, begin, end)
        and not is_host(text, state, begin, end)
    ):
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
def value_end(text: Numbers, state: Numbers, begin: int, end: int, limit: int, seen: int) -> int:
    """Return the end of the value that begins here, or `begin`; the kind goes to the state.

    The run ends at `end`, the line at `limit`; a value may reach beyond its run (URLs, times). `seen` has the
    `SEEN_` bits of the run.
    """
    byte = text[begin]
    kind = CLASS[byte]
    stop = begin
    # what takes a whole run begins where one begins, or as a path behind a colon (`file:/a/b`)
    fresh = CLASS[text[begin - 1]] <= DELIMITER or ((byte == SLASH or byte == BACKSLASH) and text[begin - 1] == COLON)
    if fresh and seen & SEEN_WHOLE:
        stop = _whole_run_end(text, state, begin, end, limit)
    if stop == begin and kind >= HEX_LETTER and seen & SEEN_DIGIT:
        stop = digits_end(text, state, begin, limit)
    # an IPv6 address may begin with its "::"
    elif stop == begin and byte == COLON and text[begin + 1] == COLON and CLASS[text[begin + 2]] >= HEX_LETTER:
        stop = colon_groups_end(text, state, begin, limit)
    return stop
