"""Times around 1970, as machines without a clock and archives that leave times out have them, end no run."""

import os
from pathlib import Path

import pytest

from state.store.parquet_store import read_evidence
from tests.support.killing import ended, start

YEARLESS = b"".join(
    b"Mar  1 %02d:%02d:00 web1 app[1]: cache swept, %d entries\n" % (m // 60, m % 60, m) for m in range(200)
)
CASES = {
    "a file of before 1970": (YEARLESS, -315_619_200),
    "a file of the first second": (YEARLESS, 0),
    "a zone ahead of the first hour": (b"1970-01-01T00:00:00+14:00 web1 app[1]: begun\n" * 50 + YEARLESS, None),
    "a machine that has no time yet": (
        b"1970-01-01T00:00:07Z web1 app[1]: begun\nDec 31 23:00:00 web1 app[1]: x\n" * 50,
        None,
    ),
    "no time at all": (b"begun\n" * 50, -315_619_200),
}


@pytest.mark.parametrize("case", CASES)
def test_times_before_1970_are_counted_in_it(tmp_path: Path, case: str) -> None:
    """Every line is stored, at a moment from 1970 on."""
    content, modified = CASES[case]
    log, out = tmp_path / "log", tmp_path / "out"
    log.write_bytes(content)
    if modified is not None:
        os.utime(log, (modified, modified))
    status, told = ended(start(["replay", f"acme={log}", "--out", str(out)]))
    assert status == 0, told
    stored = read_evidence(out).select("event_time").collect()["event_time"]
    assert len(stored) == content.count(b"\n")
    assert stored.dt.epoch("us").min() >= 0  # type: ignore[operator]  # a number, for there are rows


def test_a_date_before_1970_in_another_file_takes_no_line_there(tmp_path: Path) -> None:
    """A folder in which one file has dates of 1969, and another has none."""
    folder, out = tmp_path / "logs", tmp_path / "out"
    folder.mkdir()
    (folder / "a.log").write_bytes(b"1969-12-31T23:59:59Z web1 app[1]: begun\n" * 50)
    (folder / "b.log").write_bytes(YEARLESS)
    status, told = ended(start(["replay", f"acme={folder}", "--out", str(out)]))
    assert status == 0, told
    assert len(read_evidence(out).select("event_time").collect()) == 250
