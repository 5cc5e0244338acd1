"""`brainstem status` in words: each source with its last record, each listener with what it turned away, and the spool."""

import time
from pathlib import Path

from connectors.syslog.account import ListenerAccount
from flows.process.status import StatusBoard, read_status, status_text
from flows.process.status_report import status_report
from flows.reports.live_status import live_status_text
from tests.support.live_folder import write_accounts, write_intake_account


def test_a_source_and_a_listener_are_told_with_what_became_of_their_messages(tmp_path: Path) -> None:
    """Files are one source, tenants are summed up, and numbers in the spool are left out."""
    path, now_us = tmp_path / "listen.json", time.time_ns() // 1000
    board = StatusBoard(tmp_path, 0, path)
    board.ready()
    board.received(120, "spool:office@acme", now_us - 40_000_000, late=5)
    board.received(60, "spool:office@globex", now_us - 90_000_000)
    board.received(1, "spool:file:/var/log/a.log@acme", now_us)
    board.received(1, "spool:file:/var/log/b.log@acme", now_us)
    board.judged_before(0, 1_796_040_000_000_000)
    board.judged_before(1, 1_796_047_200_000_000)
    board.judged_before(2, None)
    board.write(now=True)
    write_accounts(tmp_path, "spool:office@acme", "spool:office@globex")
    write_intake_account(path)
    told = live_status_text(status_report(tmp_path), now_us)
    assert "judged up to Mon 30 Nov 2026 12:00 UTC by the times of the records" in told
    assert "memory: " in told
    office = next(line for line in told.splitlines() if line.startswith("  spool:office: "))
    assert office.startswith("  spool:office: last record 40 s ago, 36.0 a second, read 1 min after it came, 60 stored")
    assert office.endswith(", 20 dropped (shed), 6 rejected (misframed), 5 late")
    assert told.count("spool:files: last record 0 s ago") == 1
    assert "2 messages in the spool not read durably yet, the oldest for 1 min" in told
    assert (
        "  office: 9 received, 1 rejected (oversize), 3 dropped (buffer_full), 4 dropped by the system for want of room,"
        " 0 connections open"
    ) in told
    assert "  web: 0 received, 0 connections open, 1 request refused (too_large)" in told
    assert "read durably" not in status_text(read_status(tmp_path))


def test_a_run_that_has_seen_nothing_says_so_little(tmp_path: Path) -> None:
    """No source, no band, no intake: none of them is told as zero."""
    StatusBoard(tmp_path, 0).write(now=True)
    assert live_status_text(status_report(tmp_path), 0).startswith("memory: ")


def test_a_listener_knows_how_many_connections_are_open() -> None:
    """Those that have ended are counted, and no longer open."""
    assert ListenerAccount(connections=3, open_connections=1).to_plain()["open_connections"] == 1
