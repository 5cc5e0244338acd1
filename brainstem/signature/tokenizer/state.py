"""The two arrays that every function of the tokenizer works on, and the classes of bytes.

There are only two, because passing arrays is what calls cost: `text` holds a copy of the message between blanks (so that
looking one byte ahead needs no check) and behind it the stream; `state` holds the running fields of the message and behind
them the table of listed words.
"""

from typing import Final, Protocol, cast

import numpy as np


class Numbers(Protocol):
    """An array of small integers, as the type checker sees it: numpy says of an element only that it is anything."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


MAX_TOKENS: Final = 64
"""Only so many tokens of a message count."""
MAX_MESSAGE_BYTES: Final = 2048
"""Only so many bytes of a line are looked at."""


def plain_int(value: int) -> int:
    """Return an int that numba does not take for a literal: it would compile a callee anew for each one."""
    return cast("int", np.int64(value))


SPACE: Final = plain_int(0x20)
GAP_OPEN: Final = plain_int(0x1F)
GAP_CLOSE: Final = plain_int(0x1E)
NUMBER, TIME, HOST, UUID, HEX, PATH, URL, MAC, EMAIL, BLOB, QUOTED = (plain_int(mask) for mask in range(1, 12))
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
BLANK, DELIMITER, SPLITTER, JOINER, LETTER, HEX_LETTER, DIGIT = (plain_int(kind) for kind in range(7))


def _byte_classes() -> Numbers:
    classes = np.full(256, LETTER, np.uint8)
    classes[:33] = BLANK
    classes[127] = BLANK
    classes[33:127] = SPLITTER
    classes[list(b"()[]{}<>\"',;=|!`^")] = DELIMITER
    classes[list(b"-._~")] = JOINER
    classes[list(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")] = LETTER
    classes[list(b"abcdefABCDEF")] = HEX_LETTER
    classes[list(b"0123456789")] = DIGIT
    return classes


CLASS: Final[Numbers] = _byte_classes()

TRAIT_LOWER, TRAIT_UPPER, TRAIT_OTHER, TRAIT_HEX = 1, 2, 4, 8
TRAIT_LETTER = TRAIT_LOWER | TRAIT_UPPER | TRAIT_OTHER


def _byte_traits() -> Numbers:
    traits = np.zeros(256, np.int64)
    traits[ord("a") : ord("z") + 1] |= TRAIT_LOWER
    traits[ord("A") : ord("Z") + 1] |= TRAIT_UPPER
    traits[128:] |= TRAIT_OTHER
    traits[list(b"abcdefABCDEF")] |= TRAIT_HEX
    return traits


TRAIT: Final[Numbers] = _byte_traits()
"""Which bytes are letters, as bits that a loop can gather without branching."""

# kinds of tokens beside the masks: a word that keeps its letters, one whose digits are masked, a number with a time unit
WORD, NAME, DURATION = plain_int(100), plain_int(101), plain_int(102)
NO_CODE, ONE = plain_int(0), plain_int(1)
# what stands in a run: a digit, a dot or an at sign, something that can make all of it one shape
SEEN_DIGIT, SEEN_DOT, SEEN_WHOLE = plain_int(1), plain_int(2), plain_int(4)

# where things lie in the two arrays
MESSAGE_AT, STREAM_AT = plain_int(8), plain_int(2064)
TEXT_BYTES: Final = 8192
OUT, GAP, CORE, TOKENS, CUE, POLARITY, NEGATE, PAST, LAST, LAST_CODE = range(10)
MASKED_AT, KIND, VALUE, NUMERIC, NONE_OF, NAMED_TO, CLOSES, BASE = range(10, 18)
ENTITIES_AT, NUMBERS_AT = 18, 19
ENTITY_AT, ENTITY_START_AT, ENTITY_END_AT, NUMBER_AT = 20, 23, 26, 29
STATE_WORD_TO: Final = 32
FIELDS: Final = 34
TABLE_BITS: Final = 11
SLOT_MASK: Final = (1 << TABLE_BITS) - 1
TABLE_SLOTS: Final = 1 << TABLE_BITS
STATE_FIELDS: Final = FIELDS + 2 * TABLE_SLOTS
"""Two numbers a slot: the folded word, or 0 for none, and its code."""

FOLD: Final = plain_int(0x100000001B3)
"""The 64-bit FNV prime (RFC 9923 section 5)."""
SPREAD: Final = plain_int(0x1E3779B97F4A7C15)
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MIX: Final = np.uint64(0xD6E8FEB86659FD93)
SHIFT_32: Final = np.uint64(32)
