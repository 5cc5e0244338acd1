"""Which lines continue the record above them: stack traces of the common languages, slow queries of MySQL, alerts of Oracle.

A record's lines are noted one after the other as bits of `scratch[TRACE]`, and the line below is judged by them. So a line
is judged by its record alone, wherever the stream was cut.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.container_line import text_begin
from brainstem.parse.boundaries.journal_entry import is_verbose_header
from brainstem.parse.boundaries.line_stamp import begins_record, is_stamp_alone, stamp_end
from brainstem.parse.boundaries.scratch import BEGINS, CONTINUES, IF_FRAMES_FOLLOW, TRACE
from brainstem.text.ascii import (
    AT_SIGN,
    BACKSLASH,
    BAR,
    CARET,
    CARRIAGE_RETURN,
    CLOSE_BRACE,
    CLOSE_PARENTHESIS,
    COLON,
    DOLLAR,
    DOT,
    DOUBLE_QUOTE,
    FIRST_NON_ASCII,
    GREATER_THAN,
    HASH,
    HYPHEN,
    LESS_THAN,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_I,
    LOWER_N,
    LOWER_Z,
    NINE,
    OPEN_BRACE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    SLASH,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

FRAMES: Final = 1 << 0
"""frames of a stack were printed, so the line of an exception belongs to them"""
PYTHON: Final = 1 << 1
"""a traceback was opened, and its exception is still to come"""
PYTHON_RAISED: Final = 1 << 2
"""the exception of a traceback was printed; another one may have been raised while it was handled"""
GO: Final = 1 << 3
PHP: Final = 1 << 4
RUST: Final = 1 << 5
RUST_TEXT: Final = 1 << 6
"""the next line is what the panic says"""
SOURCE_LINE: Final = 1 << 7
"""Node.js has named a file and a line, and prints that line next"""
SOURCE_MARK: Final = 1 << 8
"""Node.js has printed the line, and puts a mark under it next"""
SOURCE_MARKED: Final = 1 << 9
"""behind a blank line the error follows"""
OPEN_MEMBERS: Final = 1 << 10
"""Node.js prints the members of an error between braces"""
ERROR_LINE: Final = 1 << 11
"""Rust's main function has returned an error, whose causes follow"""
SLOW_QUERY: Final = 1 << 12
SLOW_QUERY_USER: Final = 1 << 13
"""of this slow query the user was printed, so a further user is that of the next one"""
STAMP_ALONE: Final = 1 << 14
"""a stamp stands on a line of its own, and what happened then on those below"""
VERBOSE_ENTRY: Final = 1 << 15
"""of the journal: its fields are indented, whatever they hold"""

OPENING = np.zeros(256, np.bool_)
OPENING[list(b"#TpfgS[tE/\\")] = True
"""the first bytes of lines that open something by their words"""

_CONTINUING = np.zeros(256, np.bool_)
_CONTINUING[list(b"CDRSTgins")] = True

_SHORT_LINE: Final = 48
"""bytes of a line that holds a stamp alone, at most"""


def _bytes(text: bytes) -> Bytes:
    return np.frombuffer(text, np.uint8)


_TRACEBACK = _bytes(b"Traceback (most recent call last)")
_DURING = _bytes(b"During handling of the above exception")
_THE_ABOVE = _bytes(b"The above exception was the direct cause")
_CAUSED_BY = _bytes(b"Caused by:")
_SUPPRESSED = _bytes(b"Suppressed:")
_AT = _bytes(b"at ")
_FILE = _bytes(b"File ")
_FROM = _bytes(b"from ")
_END_OF = _bytes(b"--- End of ")
_ELIXIR = _bytes(b"** (")
_GOROUTINE = _bytes(b"goroutine ")
_PANIC = _bytes(b"panic: ")
_PANIC_CALL = _bytes(b"panic(")
_FATAL_ERROR = _bytes(b"fatal error: ")
_SIGNAL = _bytes(b"[signal ")
_CREATED_BY = _bytes(b"created by ")
_EXIT_STATUS = _bytes(b"exit status ")
_STACK_TRACE = _bytes(b"Stack trace:")
_LARAVEL_TRACE = _bytes(b"[stacktrace]")
_LARAVEL_PREVIOUS = _bytes(b"[previous exception]")
_NEXT = _bytes(b"Next ")
_INTERNAL = _bytes(b"[internal function]")
_THREAD = _bytes(b"thread '")
_PANICKED_AT = _bytes(b"panicked at ")
_STACK_BACKTRACE = _bytes(b"tack backtrace:")
_NOTE = _bytes(b"note: ")
_NOTE_RUN = _bytes(b"note: run with `RUST_BACKTRACE")
_ERROR_MAIN = _bytes(b"Error: ")
_NODE_INTERNAL = _bytes(b"node:")
_REQUIRE_STACK = _bytes(b"Require stack:")
_REQUIRED_BY = _bytes(b"- ")
_INNER = _bytes(b"---> ")
_NODE_VERSION = _bytes(b"Node.js v")
_RUBY_IN = _bytes(b"in ")
# the first variable of a trap, which snmptrapd prints below the line of the sender
_EVENT_UPTIME = _bytes(b"DISMAN-EVENT-MIB::sysUpTime")
_UPTIME = _bytes(b"SNMPv2-MIB::sysUpTime.0 = ")
_ISO_UPTIME = _bytes(b"iso.3.6.1.2.1.1.3.0 = ")
_NUMERIC_UPTIME = _bytes(b".1.3.6.1.2.1.1.3.0 = ")
_TIME = _bytes(b"# Time: ")
_USER_AT_HOST = _bytes(b"# User@Host: ")
_ERROR = _bytes(b"Error")
_EXCEPTION = _bytes(b"Exception")
_WARNING = _bytes(b"Warning")
_THROWABLE = _bytes(b"Throwable")


@compiled_helper
def note_line(buffer: Bytes, begin: int, end: int, container: int, is_first: bool, scratch: Int64s) -> None:
    """Add to `scratch[TRACE]` what a line of a record shows; `begin` and `end` bound its text."""
    trace = scratch[TRACE]
    first = buffer[begin]
    if first in (SPACE, TAB, BACKSLASH):
        at = text_begin(buffer, begin, end, container)
        if at > begin and at < end:
            scratch[TRACE] = _noted_indented(buffer, at, end, trace)
        return
    # most lines open nothing, and show it by their first byte
    if is_first and not OPENING[first]:
        if end - begin <= _SHORT_LINE or buffer[begin + 8] == HYPHEN:
            scratch[TRACE] = _opened(buffer, begin, end)
        return
    if trace:
        # Node.js prints a line of source that need not be indented
        trace = (trace & ~RUST_TEXT) | (SOURCE_MARK if trace & SOURCE_LINE else 0)
        if first == CARET and trace & SOURCE_MARK:
            trace = (trace & ~SOURCE_MARK) | SOURCE_MARKED
        trace &= ~SOURCE_LINE
        if trace & PYTHON:
            trace = (trace & ~PYTHON) | PYTHON_RAISED
        if trace & SOURCE_MARKED and first != CARET:
            trace = (trace & ~SOURCE_MARKED) | FRAMES
        if trace & FRAMES:
            trace = _noted_braces(buffer, begin, end, trace)
    if is_first and first == HASH and has(buffer, begin, end, _TIME):
        trace |= SLOW_QUERY
    elif first == HASH and has(buffer, begin, end, _USER_AT_HOST) and (is_first or trace & SLOW_QUERY):
        trace |= SLOW_QUERY | SLOW_QUERY_USER
    elif has(buffer, begin, end, _TRACEBACK):
        trace |= PYTHON
    elif has(buffer, begin, end, _PANIC) or has(buffer, begin, end, _FATAL_ERROR) or _is_goroutine(buffer, begin, end):
        trace |= GO
    elif (
        has(buffer, begin, end, _STACK_TRACE)
        or has(buffer, begin, end, _LARAVEL_TRACE)
        or (first == HASH and _is_php_frame(buffer, begin, end))
    ):
        trace |= PHP
    elif has(buffer, begin, end, _REQUIRE_STACK):
        trace |= FRAMES
    elif has(buffer, begin, end, _THREAD):
        trace |= _panic(buffer, begin, end)
    elif is_first:
        trace |= _opened(buffer, begin, end)
    scratch[TRACE] = trace


@compiled_helper
def _opened(buffer: Bytes, begin: int, end: int) -> int:
    """Return what the first line of a record shows besides."""
    if is_verbose_header(buffer, begin, end):
        return VERBOSE_ENTRY
    stop = _behind_text(buffer, begin, end)
    if stop > begin and stop - begin <= _SHORT_LINE:
        if has(buffer, begin, end, _ERROR_MAIN):
            return ERROR_LINE
        if ZERO <= buffer[stop - 1] <= NINE and _is_source_place(buffer, begin, stop):
            return SOURCE_LINE
        if is_stamp_alone(buffer, begin, stop):
            return STAMP_ALONE
    return 0


@compiled_helper
def _noted_indented(buffer: Bytes, at: int, end: int, trace: int) -> int:
    """Return what is known with an indented line whose text begins at `at`."""
    if has(buffer, at, end, _FILE):
        trace |= FRAMES | PYTHON
    elif has(buffer, at, end, _AT) or has(buffer, at, end, _FROM):
        trace |= FRAMES
        trace = _noted_braces(buffer, at, end, trace)
    elif has(buffer, at, end, _TRACEBACK):
        trace |= PYTHON
    elif buffer[at] == CARET and trace & (SOURCE_LINE | SOURCE_MARK):
        trace = (trace & ~(SOURCE_LINE | SOURCE_MARK)) | SOURCE_MARKED
    elif trace & SOURCE_LINE:
        trace = (trace & ~SOURCE_LINE) | SOURCE_MARK
    return trace


@compiled_helper
def _noted_braces(buffer: Bytes, begin: int, end: int, trace: int) -> int:
    """Return whether the members of an error are open behind a line."""
    stop = _behind_text(buffer, begin, end)
    if stop > begin and buffer[stop - 1] == OPEN_BRACE:
        return trace | OPEN_MEMBERS
    return trace & ~OPEN_MEMBERS if buffer[begin] == CLOSE_BRACE else trace


@compiled_helper
def continues(buffer: Bytes, begin: int, end: int, container: int, record: int, scratch: Int64s) -> int:
    """Return whether a line that is not blank belongs to the record above it; `IF_FRAMES_FOLLOW` for that of an exception;
    `begin` and `end` bound its text, and `record` is where the text of the record begins.
    """
    trace = scratch[TRACE]
    first = buffer[begin]
    if first in (SPACE, TAB, BACKSLASH):
        at = text_begin(buffer, begin, end, container)
        # an indented line continues whatever stands above it, unless it is a record with a stamp of its own; a stamp with
        # nothing behind it is what the record above says, such as when a program was built
        if at > begin:
            stamped = trace & VERBOSE_ENTRY == 0 and stamp_end(buffer, at, end) > 0
            return BEGINS if stamped and not is_stamp_alone(buffer, at, end) else CONTINUES
    is_word = LOWER_A <= (first | LOWER_CASE_BIT) <= LOWER_Z
    if trace:
        if trace & SLOW_QUERY:
            # a query may hold anything
            begins = has(buffer, begin, end, _TIME) or begins_record(buffer, begin, end)
            begins = begins or (trace & SLOW_QUERY_USER and has(buffer, begin, end, _USER_AT_HOST))
            return BEGINS if begins else CONTINUES
        if trace & (RUST_TEXT | STAMP_ALONE | SOURCE_LINE):
            return BEGINS if begins_record(buffer, begin, end) else CONTINUES
        if is_word and _word_continues_trace(buffer, begin, end, trace):
            return CONTINUES
    if ZERO <= first <= NINE or (first == LESS_THAN and not _is_ruby_frame(buffer, begin, end)):
        return BEGINS
    if not is_word:
        return CONTINUES if _mark_continues(buffer, begin, end, record, trace) else BEGINS
    if _CONTINUING[first] and _word_continues(buffer, begin, end):
        return CONTINUES
    named = names_exception(buffer, begin, end, False)
    if named == 0:
        return CONTINUES if _is_ruby_frame(buffer, begin, end) else BEGINS
    # an exception with its class behind a line with a stamp, which has none of its own
    return CONTINUES if named == QUALIFIED and stamp_end(buffer, record, end) > 0 else IF_FRAMES_FOLLOW


@compiled_helper
def _word_continues_trace(buffer: Bytes, begin: int, end: int, trace: int) -> bool:
    """Return whether a line that begins with a letter belongs to the trace above it."""
    if trace & PYTHON_RAISED and (has(buffer, begin, end, _DURING) or has(buffer, begin, end, _THE_ABOVE)):
        return True
    if trace & PYTHON and names_exception(buffer, begin, end, True) > 0:
        return True
    if trace & GO and _is_go(buffer, begin, end):
        return True
    if trace & RUST and has(buffer, begin, end, _NOTE):
        return True
    if trace & PHP and has(buffer, begin, end, _NEXT):
        return True
    if trace & (FRAMES | SOURCE_MARKED) and has(buffer, begin, end, _NODE_VERSION):
        return True
    return trace & SOURCE_MARKED != 0 and names_exception(buffer, begin, end, False) > 0


@compiled_helper
def _word_continues(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line continues any record by the words that it begins with."""
    return (
        has(buffer, begin, end, _CAUSED_BY)
        or has(buffer, begin, end, _SUPPRESSED)
        or has(buffer, begin, end, _TRACEBACK)
        or has(buffer, begin, end, _STACK_TRACE)
        or has(buffer, begin + 1, end, _STACK_BACKTRACE)
        or has(buffer, begin, end, _NOTE_RUN)
        or has(buffer, begin, end, _REQUIRE_STACK)
        or _is_goroutine(buffer, begin, end)
        or has(buffer, begin, end, _EVENT_UPTIME)
        or has(buffer, begin, end, _UPTIME)
        or has(buffer, begin, end, _ISO_UPTIME)
    )


@compiled_helper
def _mark_continues(buffer: Bytes, begin: int, end: int, record: int, trace: int) -> bool:
    """Return whether a line that begins with neither a letter nor a digit belongs to the record above it, whose text begins
    at `record`.
    """
    first = buffer[begin]
    if first == BAR:
        # rows of a table, and Acronis's causes of an error: "| error 0x101f6: text"
        return bool(begin + 1 < end and buffer[begin + 1] == SPACE and stamp_end(buffer, record, end) > 0)
    if first == DOT:
        if has(buffer, begin, end, _NUMERIC_UPTIME):
            return True
        # Java's "... 12 more", Go's "...8 frames elided..."
        at = begin
        while at < end and buffer[at] == DOT:
            at += 1
        at += at < end and buffer[at] == SPACE
        return bool(at > begin + 2 and at < end and ZERO <= buffer[at] <= NINE)
    if first == HASH:
        return _is_php_frame(buffer, begin, end) or (trace & PHP != 0 and _is_numbered(buffer, begin, end))
    if first == OPEN_BRACKET:
        return (
            has(buffer, begin, end, _LARAVEL_TRACE)
            or has(buffer, begin, end, _LARAVEL_PREVIOUS)
            or (trace & GO != 0 and has(buffer, begin, end, _SIGNAL))
        )
    if first == DOUBLE_QUOTE:
        # Laravel closes the object that it has opened before the trace
        return bool(trace & PHP and begin + 1 < end and buffer[begin + 1] == CLOSE_BRACE)
    if first == CLOSE_BRACE:
        return trace & OPEN_MEMBERS != 0
    if first == CARET:
        return trace & SOURCE_MARK != 0
    if first in (SLASH, DOT, LESS_THAN, AT_SIGN, UNDERSCORE):
        return _is_ruby_frame(buffer, begin, end)
    if trace & FRAMES and (has(buffer, begin, end, _REQUIRED_BY) or has(buffer, begin, end, _INNER)):
        return True
    return has(buffer, begin, end, _END_OF) or has(buffer, begin, end, _ELIXIR)


@compiled_helper
def continues_behind_blank(buffer: Bytes, begin: int, end: int, record: int, trace: int) -> bool:
    """Return whether a line belongs to the record above it although a blank line stands between them."""
    if begin >= end or trace & (SLOW_QUERY | STAMP_ALONE | VERBOSE_ENTRY):
        return trace & SLOW_QUERY != 0 and begin < end and not has(buffer, begin, end, _TIME)
    if trace & PYTHON_RAISED and (
        has(buffer, begin, end, _DURING) or has(buffer, begin, end, _THE_ABOVE) or has(buffer, begin, end, _TRACEBACK)
    ):
        return True
    if trace & GO and (
        _is_goroutine(buffer, begin, end) or has(buffer, begin, end, _SIGNAL) or has(buffer, begin, end, _EXIT_STATUS)
    ):
        return True
    if trace & (FRAMES | SOURCE_MARKED) and has(buffer, begin, end, _NODE_VERSION):
        return True
    if trace & SOURCE_MARKED and names_exception(buffer, begin, end, False) > 0:
        return True
    if trace & (RUST | ERROR_LINE) and (
        has(buffer, begin, end, _CAUSED_BY) or has(buffer, begin + 1, end, _STACK_BACKTRACE)
    ):
        return True
    if trace & PHP and (has(buffer, begin, end, _NEXT) or has(buffer, begin, end, _LARAVEL_PREVIOUS)):
        return True
    # Spring puts a blank line between its message and the exception
    return names_exception(buffer, begin, end, False) == QUALIFIED and stamp_end(buffer, record, end) > 0


@compiled_helper
def is_frame(buffer: Bytes, begin: int, end: int, container: int) -> bool:
    """Return whether a line is a frame of a stack, indented as those of Java, .NET and Node.js are."""
    at = text_begin(buffer, begin, end, container)
    return at > begin and has(buffer, at, end, _AT)


@compiled_helper
def has(buffer: Bytes, at: int, end: int, word: Bytes) -> bool:
    """Return whether `word` stands at `at`."""
    if end - at < len(word):
        return False
    for index in range(len(word)):  # noqa: SIM110  # compiled code has no generator expressions
        if buffer[at + index] != word[index]:
            return False
    return True


NAMED: Final = 1
QUALIFIED: Final = 2


@compiled_helper
def names_exception(buffer: Bytes, begin: int, end: int, of_any_name: bool) -> int:
    """Return whether a line is `pkg.SomeError: text` or `SomeError`: `QUALIFIED` with its package, else `NAMED`, 0 if not.

    `of_any_name` is for a place where nothing but an exception can stand.
    """
    at = begin
    segment = begin
    while at < end:
        byte = buffer[at]
        letter = LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (UNDERSCORE, DOLLAR)
        # the part behind the last point is the class; Ruby and PHP separate by colons and backslashes
        if byte == DOT or byte == BACKSLASH:
            segment = at + 1
        elif byte == COLON and at + 1 < end and buffer[at + 1] == COLON:
            at += 1
            segment = at + 1
        elif not letter and not (at > begin and ZERO <= byte <= NINE):
            break
        at += 1
    # Node.js prints a code behind the name: "TypeError [ERR_INVALID_ARG_TYPE]: text", .NET one in brackets
    has_code = at + 1 < end and buffer[at] == SPACE and buffer[at + 1] in (OPEN_BRACKET, OPEN_PARENTHESIS)
    if at < end and not has_code and buffer[at] != COLON and buffer[at] != LINE_FEED and buffer[at] != CARRIAGE_RETURN:
        return 0
    if at == begin:
        return 0
    if of_any_name:
        return NAMED
    if at - segment < 3 or not UPPER_A <= buffer[segment] <= UPPER_Z:
        return 0
    known = (
        has(buffer, max(segment, at - 5), at, _ERROR)
        or has(buffer, max(segment, at - 9), at, _EXCEPTION)
        or has(buffer, max(segment, at - 7), at, _WARNING)
        or has(buffer, max(segment, at - 9), at, _THROWABLE)
    )
    # with its package before it, any name with a capital counts; a bare one must end as exceptions do
    if segment > begin:
        return QUALIFIED if known else NAMED
    return NAMED if known else 0


@compiled_helper
def _behind_text(buffer: Bytes, begin: int, end: int) -> int:
    """Return the end of a line without what terminates it."""
    while end > begin and buffer[end - 1] in (LINE_FEED, CARRIAGE_RETURN, SPACE):
        end -= 1
    return end


@compiled_helper
def _is_goroutine(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line is `goroutine 52 [running]:`."""
    if not has(buffer, begin, end, _GOROUTINE):
        return False
    at = begin + len(_GOROUTINE)
    stop = at
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return bool(stop > at and stop + 1 < end and buffer[stop] == SPACE)


@compiled_helper
def _is_go(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line belongs to the dump of a goroutine: `main.run(0x1)`, or what Go prints round such calls."""
    if has(buffer, begin, end, _CREATED_BY) or has(buffer, begin, end, _PANIC_CALL) or has(buffer, begin, end, _PANIC):
        return True
    if has(buffer, begin, end, _EXIT_STATUS) or has(buffer, begin, end, _FATAL_ERROR):
        return True
    stop = _behind_text(buffer, begin, end)
    if buffer[stop - 1] != CLOSE_PARENTHESIS:
        return False
    at = begin
    is_qualified = False
    while at < stop and buffer[at] > SPACE and not (buffer[at] == OPEN_PARENTHESIS and at > begin and is_qualified):
        is_qualified = is_qualified or buffer[at] == DOT
        at += 1
    return bool(at < stop and buffer[at] == OPEN_PARENTHESIS)


@compiled_helper
def _is_numbered(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line begins with `#1 `."""
    at = begin + 1
    while at < end and ZERO <= buffer[at] <= NINE:
        at += 1
    return bool(at > begin + 1 and at < end and buffer[at] == SPACE)


@compiled_helper
def _is_php_frame(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line is a frame of PHP: `#0 /var/www/x.php(3): f()`, `#1 [internal function]: f()`, `#2 {main}`."""
    if not _is_numbered(buffer, begin, end):
        return False
    at = find_byte(buffer, SPACE, begin, end) + 1
    return bool(
        (at < end and buffer[at] in (SLASH, OPEN_BRACE))
        or has(buffer, at, end, _INTERNAL)
        or (at + 2 < end and buffer[at + 1] == COLON and buffer[at + 2] == BACKSLASH)
    )


@compiled_helper
def _is_ruby_frame(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line is a frame of Ruby: "app/x.rb:3:in 'f'"."""
    at = begin
    while at < end:
        byte = buffer[at]
        in_path = (
            LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z
            or ZERO <= byte <= NINE
            or byte in (SLASH, DOT, HYPHEN, UNDERSCORE, AT_SIGN, LESS_THAN, GREATER_THAN)
            or byte >= FIRST_NON_ASCII
        )
        # the interpreter's own files have a colon in their names: <internal:kernel>
        if not in_path and not (byte == COLON and at + 1 < end and not ZERO <= buffer[at + 1] <= NINE):
            break
        at += 1
    if at + 6 >= end or buffer[at] != COLON:
        return False
    at += 1
    begin = at
    while at < end and ZERO <= buffer[at] <= NINE:
        at += 1
    if at == begin or at + 3 >= end or buffer[at] != COLON or buffer[at + 1] != LOWER_I or buffer[at + 2] != LOWER_N:
        return False
    return bool(buffer[at + 3] == SPACE)


@compiled_helper
def _is_source_place(buffer: Bytes, begin: int, stop: int) -> bool:
    """Return whether a line is `/app/x.js:3` and no more: a path that ends as those of JavaScript do, and a number."""
    at = stop - 1
    while at > begin and ZERO <= buffer[at] <= NINE:
        at -= 1
    if at - begin < 4 or buffer[at] != COLON:
        return False
    if has(buffer, begin, at, _NODE_INTERNAL):
        return True
    # the suffix is .js, .ts, .mjs, .cjs, .jsx or .tsx
    for back in range(3, 5):
        if buffer[at - back] == DOT:
            return find_byte(buffer, SPACE, begin, at) == at
    return False


@compiled_helper
def _panic(buffer: Bytes, begin: int, end: int) -> int:
    """Return what a line that begins with a Rust thread shows: nothing, or a panic, whose text may be on the next line."""
    at = begin
    while at + len(_PANICKED_AT) < end:
        at = find_byte(buffer, _PANICKED_AT[0], at + 1, end)
        if has(buffer, at, end, _PANICKED_AT):
            stop = _behind_text(buffer, begin, end)
            return RUST | RUST_TEXT if buffer[stop - 1] == COLON else RUST
    return 0
