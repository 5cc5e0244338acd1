"""Calls the compiled tokenizer for the messages of a batch from Python, returns their readable templates, and names
signatures (`s2-...`) for people.

`sign` takes the bytes of a batch and where its messages lie, and returns columns. A signature is a hash of the message with
every variable part masked; nothing is learned and nothing is remembered. `template` returns the readable form of the same
masked message. `tokenizer.scan` explains how messages are masked.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Flags, Int32s, Int64s, UInt64s
from brainstem.signature import lexicon
from brainstem.signature.tokenizer.scan import sign_rows, stream_of
from brainstem.signature.tokenizer.state import MASK_NAMES, MAX_ENTITIES, MAX_NUMBERS, STATE_FIELDS, TEXT_BYTES
from brainstem.signature.tokenizer.word_table import enter_words

SIGNATURE_VERSION: Final = 2
"""part of every signature and its name; raised when tokens, masks, word lists or the hash change any line's signature"""

_SEED: Final = np.uint64(0x6272_4149_6E73_7400 + SIGNATURE_VERSION)
_ID: Final = re.compile(r"s(\d+)-([0-9a-f]{16})")
_PRINTED: Final = {mask: f"<{name}>" for mask, name in MASK_NAMES.items()} | {
    0xDC00 + byte: f"<x{byte:02x}>" for byte in range(0x80, 0x100)
}
"""how masks are printed, and bytes that are no UTF-8 (surrogates to Python, section "surrogateescape" of PEP 383)"""


@dataclass(frozen=True, slots=True)
class Signed:
    """Columns of n messages.

    `signature` uint64[n]; `token_count` int32[n], at most 65; `cue` uint8[n], 0 none, 1 weak, 2 strong, the strongest cue
    word of the message; `polarity` int8[n], -2 out of service, -1 ended, +1 working, 0 no state word: the last state word
    decides ("from up to down"), one behind "after" or "since" yields to one before it ("up after being down"), and a
    negation reverses it. `entities` uint64[n, 3] are hashes of the first names in the message, case folded, `entity_count`
    uint8[n] how many there are, and `text[entity_start[i, k]:entity_end[i, k]]` is how a name is written (int64[n, 3]).
    `numbers` int64[n, 3] are the first free-standing decimal numbers in thousandths, `number_count` uint8[n] how many there
    are. Unused places are 0.
    """

    signature: UInt64s
    token_count: Int32s
    cue: Flags
    polarity: npt.NDArray[np.int8]
    entities: UInt64s
    entity_count: Flags
    entity_start: Int64s
    entity_end: Int64s
    numbers: Int64s
    number_count: Flags

    def __len__(self) -> int:
        """Count the messages."""
        return len(self.signature)


@dataclass(frozen=True, slots=True)
class Template:
    """A masked message: `text` is the tokens put end to end.

    Every token carries the punctuation and the space before it ("user", "=", "root" are "user", "=root"), so nothing is
    lost; what was masked reads `<num>`, `<host>`, `<path>` and so on. A last token may be punctuation alone.
    """

    tokens: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the template as one string."""
        return "".join(self.tokens)


@cache
def _state_with_words() -> Int64s:
    """Return int64[STATE_FIELDS], a state of the tokenizer with the table of listed words entered."""
    listed = [word.encode() for word in lexicon.WORD_CODES]
    state = np.zeros(STATE_FIELDS, np.int64)
    text = np.frombuffer(b"".join(listed), np.uint8)
    ends = np.cumsum([len(word) for word in listed], dtype=np.int64)
    clash = enter_words(text, ends, np.array(list(lexicon.WORD_CODES.values()), np.int64), state)
    if clash >= 0:
        raise RuntimeError(
            f"two listed words share a hash, one is {listed[clash].decode()!r}; Operator action: report this build"
        )
    return state


def sign(text: Bytes, start: Int64s, end: Int64s) -> Signed:
    """Sign the messages `text[start[i]:end[i]]` in one compiled pass.

    `text` uint8[any], contiguous; `start`, `end` int64[n] with `0 <= start[i] <= end[i] <= len(text)`. Raises
    ValueError when a message lies outside the text.
    """
    count = len(start)
    outside = count and (int(start.min()) < 0 or int(end.max()) > len(text) or bool((start > end).any()))
    if len(end) != count or outside:
        raise ValueError("messages must lie inside the text, start before end")
    signed = Signed(
        signature=np.empty(count, np.uint64),
        token_count=np.empty(count, np.int32),
        cue=np.empty(count, np.uint8),
        polarity=np.empty(count, np.int8),
        entities=np.empty((count, MAX_ENTITIES), np.uint64),
        entity_count=np.empty(count, np.uint8),
        entity_start=np.empty((count, MAX_ENTITIES), np.int64),
        entity_end=np.empty((count, MAX_ENTITIES), np.int64),
        numbers=np.empty((count, MAX_NUMBERS), np.int64),
        number_count=np.empty(count, np.uint8),
    )
    source = text.view()
    source.flags.writeable = False  # one array type, so that one compilation serves all callers
    sign_rows(
        source,
        start,
        end,
        np.zeros(TEXT_BYTES, np.uint8),
        _state_with_words().copy(),
        _SEED,
        signed.signature,
        signed.token_count,
        signed.cue,
        signed.polarity,
        signed.entities.reshape(-1),
        signed.entity_count,
        signed.entity_start.reshape(-1),
        signed.entity_end.reshape(-1),
        signed.numbers.reshape(-1),
        signed.number_count,
    )
    return signed


def template(message: bytes) -> Template:
    """Return the readable form of a message's signature. It takes microseconds, so it is made once for each signature."""
    return Template(_tokens_of(stream_of(message, _state_with_words())))


_GAP: Final = re.compile(r"( |\x1f[^\x1e]*(?:\x1e|\Z))")


def _tokens_of(stream: bytes) -> tuple[str, ...]:
    """Return the tokens of a canonical stream, each with the gap before it, as `Template` has them."""
    parts = _GAP.split(stream.decode("utf-8", "surrogateescape").translate(_PRINTED))
    ends = [gap.strip("\x1f\x1e") + core for gap, core in zip(parts[1::2], parts[2::2], strict=True)]
    return tuple(token for token in (parts[0], *ends) if token)


def signature_id(signature: int) -> str:
    """Return the published name of a signature: "s", the version of the masks, and 16 hexadecimal digits."""
    return f"s{SIGNATURE_VERSION}-{int(signature):016x}"


def parse_signature_id(name: str) -> int:
    """Return the signature of a published name. Raises ValueError for another form or another version."""
    match = _ID.fullmatch(name)
    if match is None or int(match[1]) != SIGNATURE_VERSION:
        raise ValueError(f"not a signature of version {SIGNATURE_VERSION}: {name!r}")
    return int(match[2], 16)
