"""The two arrays that every function of the tokenizer works on, the classes of bytes, and the kinds of tokens.

`text` uint8[TEXT_BYTES] holds a copy of one line between blanks, so that looking a few bytes ahead or back needs no check,
and behind it the canonical stream. `state` int64[STATE_FIELDS] holds the fields of the message that is being read, and
behind them the table of listed words. `scan` explains why there are only two.
"""

from typing import Final, Protocol, cast

import numpy as np

from brainstem.text.ascii import DELETE, RECORD_SEPARATOR, SPACE, UNIT_SEPARATOR


class Numbers(Protocol):
    """An array of small integers, as the type checker sees it: for numpy an element has the type Any.

    In compiled code it is an array or, behind `begin_of`, the address of its first element.
    """

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


MAX_TOKENS: Final = 64
"""tokens of a message that count; what follows changes nothing"""
MAX_MESSAGE_BYTES: Final = 2048
"""bytes of a line that are read"""
MAX_ENTITIES: Final = 3
"""entities of a message that are kept, the first ones"""
MAX_NUMBERS: Final = MAX_ENTITIES
"""free-standing numbers of a message that are kept, the first ones; as many as entities, as one loop returns both"""


def plain_int(value: int) -> int:
    """Return an int that numba does not take for a literal.

    numba compiles a callee anew for each literal that it is passed. A constant that is only compared or stored may be a
    plain `Final`.
    """
    return cast("int", np.int64(value))


# what opens and closes a gap in the canonical stream, and the masks: bytes that stand nowhere else in a stream, since the
# control codes of a message count as blanks
GAP_OPEN: Final = UNIT_SEPARATOR
GAP_CLOSE: Final = RECORD_SEPARATOR
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

# kinds of tokens beside the masks: a word that keeps its letters, one whose digits are masked, a number with a time unit,
# and a code, whose digits stay
WORD, WORD_WITH_DIGITS, DURATION, CODE = plain_int(100), plain_int(101), plain_int(102), plain_int(103)

# classes of bytes, in an order that comparisons use: LETTER and above make up words, JOINER and above make up runs,
# SPLITTER and below end a number
BLANK, DELIMITER, SPLITTER, JOINER, LETTER, HEX_LETTER, DIGIT = (plain_int(kind) for kind in range(7))


def _byte_classes() -> Numbers:
    classes = np.full(256, LETTER, np.uint8)  # bytes of UTF-8 beyond ASCII are letters
    classes[: SPACE + 1] = BLANK
    classes[DELETE] = BLANK
    classes[SPACE + 1 : DELETE] = SPLITTER
    classes[list(b"()[]{}<>\"',;=|!`^")] = DELIMITER
    classes[list(b"-._~")] = JOINER
    classes[list(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")] = LETTER
    classes[list(b"abcdefABCDEF")] = HEX_LETTER
    classes[list(b"0123456789")] = DIGIT
    return classes


CLASS: Final[Numbers] = _byte_classes()
"""the class of each byte"""

IS_LOWER, IS_UPPER, IS_NON_ASCII, IS_HEX = 1, 2, 4, 8
IS_LETTER = IS_LOWER | IS_UPPER | IS_NON_ASCII


def _letter_bits() -> Numbers:
    bits = np.zeros(256, np.int64)
    bits[ord("a") : ord("z") + 1] |= IS_LOWER
    bits[ord("A") : ord("Z") + 1] |= IS_UPPER
    bits[128:] |= IS_NON_ASCII
    bits[list(b"abcdefABCDEF")] |= IS_HEX
    return bits


LETTER_BITS: Final[Numbers] = _letter_bits()
"""which bytes are letters, and of which case, as bits that a loop can gather without branching"""

# arguments and start values that must not be literals
NO_CODE, NO_WORD = plain_int(0), plain_int(0)
POSITIVE = plain_int(1)
"""the sign of a number that has none before it"""
MAY_HAVE_PARTS = plain_int(0)
"""the argument `simple` of `put_word` for a word in which listed words may stand as parts"""
BLANK_AT = plain_int(0)
"""a place in `text` that holds a blank"""
# what stands in a run: a digit, a dot or an at sign, something that can make all of it one value
NOTHING_SEEN = plain_int(0)
SEEN_DIGIT, SEEN_DOT, SEEN_WHOLE = plain_int(1), plain_int(2), plain_int(4)

# where things lie in `text`
BLANKS_AROUND: Final = 8
"""blanks before and behind the line; no function looks further ahead or back without a check"""
MESSAGE_AT, STREAM_AT = plain_int(BLANKS_AROUND), plain_int(2064)
TEXT_BYTES: Final = 8192
"""room for a stream longer than its line: every token adds two bytes at most, and eight follow for the hash"""

# where things lie in `state`: what has been written of the stream
OUT, GAP, CORE, TOKENS = range(4)
"""where the next byte goes; where the open gap began; where the core of the last token began; how many tokens there are"""
# what the words mean: the traits of the message, and what changes the meaning of the words that follow
CUE, POLARITY, NEGATED_WORDS, IN_PAST = range(4, 8)
"""`NEGATED_WORDS`: so many of the next words a negation still reaches; `IN_PAST`: what follows "after" or "since" is past"""
LAST_KIND, LAST_CODE, MASK_END = range(8, 11)
"""kind and listed meaning of the last token; where the number mask inside a word ended that nothing has followed, or -1"""
KIND, THOUSANDTHS, IS_DECIMAL = range(11, 14)
"""what an `..._end` function found: the kind of token; of a number its value, and whether it has one"""
QUOTE_BLANKS = KIND
"""blanks inside a quote; a quote has no other kind, so it shares the place"""
ZERO_WORDS, NAMED_END, QUOTE_END, LINE_OFFSET = range(14, 18)
"""so many of the next words "0" still reaches ("0 errors"); where a quote ended that was kept as an entity; where the open
quote closes; what turns a place in `text` into one in the source"""
ENTITY_COUNT, NUMBER_COUNT = 18, 19
ENTITY_HASHES, ENTITY_STARTS, ENTITY_ENDS, NUMBER_VALUES = 20, 23, 26, 29
"""where each three of them begin"""
STATE_WORD_END: Final = 32
"""where the word ended that decided the polarity"""

TABLE_AT: Final = 34
"""where the table of listed words begins in `state`"""
TABLE_BITS: Final = 12
SLOT_MASK: Final = (1 << TABLE_BITS) - 1
TABLE_SLOTS: Final = 1 << TABLE_BITS
STATE_FIELDS: Final = TABLE_AT + 2 * TABLE_SLOTS
"""two numbers a slot: the folded word, or 0 for none, and its code"""

FOLD: Final = plain_int(0x100000001B3)
"""the 64-bit FNV prime (RFC 9923 section 5)"""
SPREAD: Final = plain_int(0x1E3779B97F4A7C15)
"""an odd multiplier that carries the bits of a folded word into those that choose its slot"""
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MIX: Final = np.uint64(0xD6E8FEB86659FD93)
"""multipliers of the hash of a stream"""
SHIFT_32: Final = np.uint64(32)
