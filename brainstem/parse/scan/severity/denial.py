"""Words beside a level that deny it: `no error`, `errors: 0`."""

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.words import IN_WORD, codes_of, is_one_of, word_end
from brainstem.text.ascii import (
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    HYPHEN,
    LOWER_A,
    SEMICOLON,
    SLASH,
    SPACE,
    ZERO,
)

_DENIALS = codes_of("none no null nil ok up false success successful successfully recovered cleared resolved fixed")
"""values that say that what stands before them has not happened or is over"""

_NEGATIONS = codes_of("no zero without")


@compiled_helper
def is_denied(buffer: Bytes, body: int, start: int, stop: int, end: int) -> bool:
    """Return whether the words beside a level deny it: `no error: ...`, `errors: 0`, `error: none`."""
    # a noun may stand before the value: "error count: 0", "critical errors: none"; behind capitals stands a logger's name
    if stop + 1 < end and buffer[stop] == SPACE and IN_WORD[buffer[stop + 1]] and buffer[start + 1] >= LOWER_A:
        noun = word_end(buffer, stop + 1, end)
        if noun + 1 < end and buffer[noun] in (COLON, EQUALS):
            at = noun + 1 + (buffer[noun + 1] == SPACE)
            word = word_end(buffer, at, end)
            alone = word >= end or buffer[word] in (COMMA, SEMICOLON)
            if alone and ((word == at + 1 and buffer[at] == ZERO) or is_one_of(buffer, at, word, _DENIALS)):
                return True
    at = stop
    while at < end and buffer[at] in (COLON, EQUALS, SPACE):
        at += 1
    if at > stop and buffer[stop] != SPACE:
        word = word_end(buffer, at, end)
        zeros = at
        while zeros < word and buffer[zeros] == ZERO:
            zeros += 1
        # "0", but not the beginning of "0.5" or "0/12"
        if zeros == word and word > at and (word >= end or buffer[word] not in (DOT, SLASH, COLON, HYPHEN)):
            return True
        if word > at and is_one_of(buffer, at, word, _DENIALS):
            if word < end and buffer[word] == SPACE:
                # "error=none user=7", but not "error: No space left on device" nor "error: null pointer"
                return bool(buffer[stop] == EQUALS)
            return word >= end or buffer[word] in (COMMA, DOT, SEMICOLON, CLOSE_BRACKET, DOUBLE_QUOTE)
    if start - 2 <= body or buffer[start - 1] != SPACE:
        return False
    before = start - 1
    while before > body and IN_WORD[buffer[before - 1]]:
        before -= 1
    if before > body and buffer[before - 1] > SPACE:
        return False
    return is_one_of(buffer, before, start - 1, _NEGATIONS) or (start - before == 2 and buffer[before] == ZERO)
