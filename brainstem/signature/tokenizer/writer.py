"""Writing the canonical stream: gaps, cores, masks, and the hash of it all, which takes eight bytes at a time as one word.

A stream is cores with gaps between them. A core is a word or a mask; a gap is the punctuation between two cores, between
`GAP_OPEN` and `GAP_CLOSE`, or a single space, which stands for itself. Nothing here reads the message: these functions
append to what `state[OUT]` points at.
"""

from typing import Final

import numpy as np

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.state import (
    CORE,
    GAP,
    GAP_CLOSE,
    GAP_OPEN,
    GOLDEN,
    LAST_CODE,
    LAST_KIND,
    MASK_END,
    MIX,
    NO_CODE,
    NUMBER,
    OUT,
    SHIFT_32,
    STREAM_AT,
    TOKENS,
    Numbers,
)
from brainstem.text.ascii import COMMA, DELETE, SPACE

WORD_BYTES: Final = 8
"""bytes that the hash takes at once"""


@compiled_helper
def put_gap(text: Numbers, state: Numbers, at: int) -> None:
    """Add the byte at `at` to the gap: blanks collapse to one space, equal punctuation to three bytes."""
    out, gap = state[OUT], state[GAP]
    byte = text[at]
    if byte <= SPACE or byte == DELETE:
        # leading blanks of a message are dropped: columns are padded as their values are long
        if text[out - 1] != SPACE and out != STREAM_AT + 1:
            text[out] = SPACE
            state[OUT] = out + 1
    # rulers (=====, -----) are as long as somebody drew them
    elif out - gap <= 3 or text[out - 1] != byte or text[out - 2] != byte or text[out - 3] != byte:
        text[out] = byte
        state[OUT] = out + 1


@compiled_helper
def is_spaced(text: Numbers, state: Numbers) -> bool:
    """Return whether nothing but a space stands between the last token and the next."""
    return state[OUT] - state[GAP] == 2 and text[state[GAP] + 1] == SPACE


@compiled_helper
def begin_core(text: Numbers, state: Numbers) -> None:
    """Close the gap and open a token: a gap of one space is a space, an empty one at the very start is none."""
    out, gap = state[OUT], state[GAP]
    if out - gap == 2 and text[gap + 1] == SPACE:
        text[gap] = SPACE
        out = gap + 1
    elif out == STREAM_AT + 1:
        out = STREAM_AT
    else:
        # also an empty gap is written, so that two tokens that touch are not one
        text[out] = GAP_CLOSE
        out += 1
    state[OUT] = out
    state[MASK_END] = -1
    state[TOKENS] += 1


@compiled_helper
def end_core(text: Numbers, state: Numbers, core: int, kind: int, code: int) -> None:
    """Close a token that begins at `core` and open the gap behind it; keep its kind and its listed meaning."""
    out = state[OUT]
    text[out] = GAP_OPEN
    state[CORE] = core
    state[GAP] = out
    state[OUT] = out + 1
    state[LAST_KIND] = kind
    state[LAST_CODE] = code


@compiled_helper
def end_masked_core(text: Numbers, state: Numbers, core: int, kind: int) -> None:
    """Close a token with a mask; a list of equal ones (`<num>, <num>`, `dn<num> dn<num>`) counts as one.

    So a message that names three disks is the same kind of message as one that names two.
    """
    gap, before, out = state[GAP], state[CORE], state[OUT]
    equal = state[LAST_KIND] == kind and state[TOKENS] > 1 and gap - before == out - core
    # a gap of one space has lost its opening byte, so what is still marked as a gap has to be a comma or ", "
    if text[gap] == GAP_OPEN:
        blank_after_comma = core - gap == 4 and text[gap + 2] == SPACE
        equal = equal and (core - gap == 3 or blank_after_comma) and text[gap + 1] == COMMA
    index = 0
    while equal and core + index < out:
        equal = text[before + index] == text[core + index]
        index += 1
    if equal:
        # take back the token with the gap before it
        state[OUT] = gap
        state[TOKENS] -= 1
        core = before
    end_core(text, state, core, kind, NO_CODE)


@compiled_helper
def put_mask_token(text: Numbers, state: Numbers, kind: int) -> None:
    """Add a token that is one mask; `kind` is its byte."""
    begin_core(text, state)
    core = state[OUT]
    text[core] = kind
    state[OUT] = core + 1
    end_masked_core(text, state, core, kind)


@compiled_helper
def put_mask(text: Numbers, state: Numbers) -> None:
    """Add a number mask inside a word; masks with only joiners between them are one (`try_15_03` is `try_<num>`)."""
    if state[MASK_END] >= 0:
        # take back the joiners that came behind the last mask
        state[OUT] = state[MASK_END]
        return
    text[state[OUT]] = NUMBER
    state[OUT] += 1
    state[MASK_END] = state[OUT]


@compiled_helper
def hash_stream(text: Numbers, end: int, seed: np.uint64) -> np.uint64:
    """Hash the stream `text[STREAM_AT:end]` eight bytes at a time: a multiply and a xor-shift a word, a final avalanche.

    The steps are those of the rrmxmx family of mixers (https://mostlymangling.blogspot.com/2018/07/). Words are put
    together least significant byte first, so the value is the same on every machine. Overwrites the eight bytes at `end`.
    """
    # zeros fill the last word; the length in the start value makes streams differ that end in zeros
    for index in range(end, end + WORD_BYTES):
        text[index] = 0
    value = seed ^ (np.uint64(end - STREAM_AT) * GOLDEN)
    at = STREAM_AT
    while at < end:
        word = np.uint64(0)
        for index in range(WORD_BYTES):
            word |= np.uint64(text[at + index]) << np.uint64(8 * index)
        value = (value ^ word) * MIX
        value ^= value >> SHIFT_32
        at += WORD_BYTES
    value *= GOLDEN
    value ^= value >> SHIFT_32
    value *= MIX
    return value ^ (value >> SHIFT_32)
