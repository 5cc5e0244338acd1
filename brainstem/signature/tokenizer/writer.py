"""Writing the canonical stream: gaps, cores, masks, and the hash of it all."""

import numpy as np

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.state import (
    CORE,
    GAP,
    GAP_CLOSE,
    GAP_OPEN,
    GOLDEN,
    LAST,
    LAST_CODE,
    MASKED_AT,
    MIX,
    NO_CODE,
    NUMBER,
    OUT,
    SHIFT_32,
    SPACE,
    STREAM_AT,
    TOKENS,
    Numbers,
)


@compiled_helper
def put_gap(text: Numbers, state: Numbers, at: int) -> None:
    """Add the byte at `at` between tokens: blanks collapse to one space, a punctuation run to three of its bytes."""
    out, gap = state[OUT], state[GAP]
    byte = text[at]
    if byte <= SPACE or byte == 127:
        if text[out - 1] != SPACE and out != STREAM_AT + 1:
            text[out] = SPACE
            state[OUT] = out + 1
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
        text[out] = GAP_CLOSE
        out += 1
    state[OUT] = out
    state[MASKED_AT] = -1
    state[TOKENS] += 1


@compiled_helper
def end_core(text: Numbers, state: Numbers, core: int, kind: int, code: int) -> None:
    """Close a token that begins at `core` and open the gap behind it; keep what kind of token it was."""
    out = state[OUT]
    text[out] = GAP_OPEN
    state[CORE] = core
    state[GAP] = out
    state[OUT] = out + 1
    state[LAST] = kind
    state[LAST_CODE] = code


@compiled_helper
def end_masked_core(text: Numbers, state: Numbers, core: int, kind: int) -> None:
    """Close a token with a mask; a list of equal ones (`<num>, <num>`, `dn<num> dn<num>`) counts as one."""
    gap, before, out = state[GAP], state[CORE], state[OUT]
    equal = state[LAST] == kind and state[TOKENS] > 1 and gap - before == out - core
    if text[gap] == GAP_OPEN:
        blank_after_comma = core - gap == 4 and text[gap + 2] == SPACE
        equal = equal and (core - gap == 3 or blank_after_comma) and text[gap + 1] == 44
    index = 0
    while equal and core + index < out:
        equal = text[before + index] == text[core + index]
        index += 1
    if equal:
        state[OUT] = gap
        state[TOKENS] -= 1
        core = before
    end_core(text, state, core, kind, NO_CODE)


@compiled_helper
def put_mask_token(text: Numbers, state: Numbers, kind: int) -> None:
    """Add a token that is one mask."""
    begin_core(text, state)
    core = state[OUT]
    text[core] = kind
    state[OUT] = core + 1
    end_masked_core(text, state, core, kind)


@compiled_helper
def put_mask(text: Numbers, state: Numbers) -> None:
    """Add a number mask inside a word; masks with only joiners between them are one."""
    if state[MASKED_AT] >= 0:
        state[OUT] = state[MASKED_AT]
        return
    text[state[OUT]] = NUMBER
    state[OUT] += 1
    state[MASKED_AT] = state[OUT]


@compiled_helper
def hash_stream(text: Numbers, end: int, seed: np.uint64) -> np.uint64:
    """Hash the stream eight bytes at a time: a multiply and a xor-shift a word, and a final avalanche.

    The steps are those of the rrmxmx family of mixers (https://mostlymangling.blogspot.com/2018/07/). Words are put
    together least significant byte first, so the value is the same on every machine.
    """
    for index in range(end, end + 8):
        text[index] = 0
    value = seed ^ (np.uint64(end - STREAM_AT) * GOLDEN)
    at = STREAM_AT
    while at < end:
        word = np.uint64(0)
        for index in range(8):
            word |= np.uint64(text[at + index]) << np.uint64(8 * index)
        value = (value ^ word) * MIX
        value ^= value >> SHIFT_32
        at += 8
    value *= GOLDEN
    value ^= value >> SHIFT_32
    value *= MIX
    return value ^ (value >> SHIFT_32)
