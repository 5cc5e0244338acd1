"""What compiled libraries write to standard error: all of it, but for panics that are told in words."""

import os

from hypothesis import given
from hypothesis import strategies as st

from flows.process.native_errors import pass_on

FULL = b"""thread '<unnamed>' panicked at src/recovery.rs:624:14:
called `Result::unwrap()` on an `Err` value: SqliteFailure(Error { code: DiskFull, extended_code: 13 }, Some("disk is full"))
stack backtrace:
   0: rust_begin_unwind
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""
OTHER = FULL.replace(b"DiskFull", b"Unknown")
LINES = st.lists(
    st.sampled_from([FULL, OTHER, b"a line\n", b"note: of another library\n", b"\n", b"\xff\n"]), max_size=8
)


def passed(written: bytes, block_bytes: int) -> bytes:
    """Return what is passed on of bytes that are written in blocks."""
    received, sent = os.pipe()
    kept: list[bytes] = []
    for start in range(0, len(written), block_bytes):
        os.write(sent, written[start : start + block_bytes])
    os.close(sent)
    pass_on(received, kept.append)
    os.close(received)
    return b"".join(kept)


@given(LINES, st.integers(1, 400), st.booleans())
def test_only_panics_of_a_store_that_takes_no_writes_are_left_out(lines: list[bytes], size: int, is_cut: bool) -> None:
    """Every other byte passes in its order, wherever the blocks are cut, also without a last line feed."""
    written = b"".join(lines)
    wanted = b"".join(line for line in lines if line != FULL)
    if is_cut and lines and lines[-1] != FULL:
        written, wanted = written[:-1], wanted[:-1]
    assert passed(written, size) == wanted


def test_a_panic_without_its_end_is_not_lost() -> None:
    """A process may end in the middle of one."""
    begun = OTHER.partition(b"note: ")[0]
    assert passed(begun, 50) == begun
