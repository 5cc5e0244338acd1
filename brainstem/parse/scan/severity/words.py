"""Compiled tests of single words for the readers of severity: where one ends, which level it names, whether it is one of a
few (compared as packed bytes).
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Flags, UInt64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.scale import LEVELS
from brainstem.text.ascii import FIRST_NON_ASCII, LOWER_CASE_BIT, NINE, UNDERSCORE, UPPER_A, UPPER_Z, ZERO

LEVEL_BYTES_MOST: Final = 13
"""the length of "informational", the longest level"""

_SLOTS: Final = 256


def _packed(word: bytes) -> int:
    """Return a word's first eight letters and its length as one number, different for each level."""
    lowered = bytes(byte | LOWER_CASE_BIT for byte in word[:8])
    return int.from_bytes(lowered.ljust(8, b"\0"), "big") ^ len(word)


def _level_table() -> tuple[UInt64s, Flags]:
    """Return the table that `level_of` looks words up in, with open addressing: their codes and their severities."""
    codes = np.zeros(_SLOTS, np.uint64)
    severities = np.zeros(_SLOTS, np.uint8)
    for word, severity in LEVELS.items():
        slot = (_packed(word) * 0x9E3779B97F4A7C15 % 2**64) >> 56
        while codes[slot]:
            slot = (slot + 1) % _SLOTS
        codes[slot] = _packed(word)
        severities[slot] = severity
    return codes, severities


_LEVEL_CODE, _LEVEL_SEVERITY = _level_table()


def codes_of(words: str) -> UInt64s:
    """Return the codes by which `code_of` knows words."""
    return np.array([_packed(word.encode()) for word in words.split()], np.uint64)


IN_WORD = np.array([byte >= FIRST_NON_ASCII or byte == UNDERSCORE or chr(byte).isalnum() for byte in range(256)])


@compiled_helper
def code_of(buffer: Bytes, start: int, stop: int) -> np.uint64:
    """Return a word as `_packed` does, in small letters."""
    code = np.uint64(0)
    for index in range(start, start + 8):
        code = code << np.uint64(8)
        if index < stop:
            # a digit has the bit of small letters too
            code |= np.uint64(buffer[index] | LOWER_CASE_BIT)
    return code ^ np.uint64(stop - start)


@compiled_helper
def is_one_of(buffer: Bytes, start: int, stop: int, codes: UInt64s) -> bool:
    """Return whether a word is one of those whose codes are given."""
    code = code_of(buffer, start, stop)
    for known in codes:  # noqa: SIM110  # compiled code has no generator expressions
        if known == code:
            return True
    return False


@compiled_helper
def level_of(buffer: Bytes, start: int, stop: int) -> int:
    """Return the severity a word names, 0 for none."""
    length = stop - start
    # most words are ruled out by their length
    if length < 3 or length > LEVEL_BYTES_MOST:
        return 0
    code = np.uint64(0)
    for index in range(8):
        code = code << np.uint64(8)
        # in small letters, and with NUL behind a shorter word, as `_packed` has it
        if index < length:
            code |= np.uint64(buffer[start + index] | LOWER_CASE_BIT)
    code ^= np.uint64(length)
    slot = np.int64((code * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(56))
    while _LEVEL_CODE[slot] != 0:
        if _LEVEL_CODE[slot] == code:
            severity: int = _LEVEL_SEVERITY[slot] + 0
            return severity
        slot = (slot + 1) & (_SLOTS - 1)
    return 0


@compiled_helper
def word_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the letters, digits and underscores at `at`."""
    while at < end and IN_WORD[buffer[at]]:
        at += 1
    return at


@compiled_helper
def all_digits(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a word is made of digits, at least one."""
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE:
            return False
    return stop > start


@compiled_helper
def digits_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the digits at `at`."""
    while at < end and ZERO <= buffer[at] <= NINE:
        at += 1
    return at


@compiled_helper
def value_of(buffer: Bytes, start: int, stop: int) -> int:
    """Return the value of at most nine digits, -1 for a longer number or one padded with zeros, which is a counter."""
    if stop - start > 9 or (buffer[start] == ZERO and stop - start > 1):
        return -1
    value = 0
    for at in range(start, stop):
        value = value * 10 + (buffer[at] - ZERO)
    return value


@compiled_helper
def is_capital(byte: int) -> bool:
    """Return whether a byte is a capital letter; with `&`, which does not branch, so that loops become vector code."""
    return (byte >= UPPER_A) & (byte <= UPPER_Z)
