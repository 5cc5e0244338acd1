"""One command that listens, buffers and judges: what is received is stored once, whoever is killed."""

import json
import random
import signal
import socket
import threading
from pathlib import Path

import polars as pl
import pytest

from flows.audit.proof import audit
from flows.cli.console import UNREADABLE
from state.store.parquet_store import read_evidence
from tests.support.beside import Beside, configuration, is_alive, spooled

STAMPED = b"<13>Mar %02d %02d:%02d:%02d fw%d vpnd[7]: tunnel %d is up"


def line(number: int) -> bytes:
    """Return a line with a number of its own, a second later than the one before."""
    minutes, second = divmod(number, 60)
    hours, minute = divmod(minutes, 60)
    return STAMPED % (1 + hours // 24 % 28, hours % 24, minute, second, number % 3, number)


def stored(out: Path) -> list[int]:
    """Return the numbers of all stored lines, sorted."""
    raws = read_evidence(out).select("message_raw").collect()["message_raw"].to_list()
    return sorted(int(raw.split()[6]) for raw in raws)


def test_what_is_received_is_stored_once_and_the_audit_agrees(tmp_path: Path) -> None:
    """Over UDP and TCP, of two tenants; a stop ends intake and run together, and the balance holds."""
    branch = '[[listen.syslog]]\nname = "branch"\naddress = "127.0.0.1:0"\ntenant = "globex"\ntransports = ["tcp"]\n'
    beside = Beside(configuration(tmp_path, branch), listeners=3)
    out = tmp_path / "out"
    intake = beside.intake
    assert beside.send(line(number) for number in range(3000)) == 3000
    assert beside.send([line(9000), b"", b"<13>no time, no host"], "branch") == 3
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(3000, 3100):
            sender.sendto(line(number), ("127.0.0.1", beside.ports["office", "udp"]))
    beside.wait_until_consumed(tmp_path / "out-spool", 3102)
    assert beside.stop() == 0, beside.told
    assert not is_alive(intake)
    kept = read_evidence(out).with_columns(pl.col("tenant", "host").cast(pl.String)).collect()
    assert sorted(kept.group_by("tenant").len().iter_rows()) == [("acme", 3100), ("globex", 2)]
    assert kept.filter(pl.col("message_raw") == b"<13>no time, no host")["host"].to_list() == ["127.0.0.1"]
    assert kept.select("source", "position").is_duplicated().sum() == 0
    account = json.loads((tmp_path / "account.json").read_text())
    assert account["spooled"] == 3102
    assert account["listeners"]["office"]["received"] == 3100
    report = audit(out)
    assert not report.findings
    assert report.is_whole


@pytest.mark.parametrize("whom", [*(pytest.param(whom, marks=pytest.mark.long) for whom in ("intake", "flow")), "both"])
def test_killing_loses_nothing_that_is_in_the_spool_and_stores_nothing_twice(tmp_path: Path, whom: str) -> None:
    """The whole is what an uncut run stores: a sender sends again what the account had not confirmed, as a relay would."""
    path, out = configuration(tmp_path), tmp_path / "out"
    dice = random.Random(whom)
    sent = 0
    for _ in range(2 if whom == "both" else 1):
        beside = Beside(path)
        numbers = iter(range(sent, sent + 4000))
        sender = threading.Thread(target=lambda each=beside, lines=numbers: each.send(map(line, lines)))
        sender.start()
        sender.join(dice.uniform(0.0, 0.5))
        beside.kill(whom)
        sender.join()
        # numbers are never used again, so that one that is stored twice shows
        sent += 4000
        if whom == "intake":
            assert beside.process.returncode == UNREADABLE
            assert any("the intake ended with status -9" in each for each in beside.told), beside.told
    beside = Beside(path)
    before = spooled(tmp_path / "out-spool")
    assert beside.send(map(line, range(sent, sent + 100))) == 100
    beside.wait_until_consumed(tmp_path / "out-spool", before + 100)
    assert beside.stop() == 0, beside.told
    numbers_stored = stored(out)
    assert len(numbers_stored) == len(set(numbers_stored))
    # a write that a kill has cut off is set aside, and leaves numbers out
    is_torn = any((tmp_path / "out-spool").glob("*.damaged"))
    assert len(numbers_stored) == before + 100 or is_torn
    assert numbers_stored[-100:] == list(range(sent, sent + 100))
    report = audit(out)
    assert not report.findings


def test_an_intake_that_cannot_listen_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """It says why, and which port; the status is that of an input that does not do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        path = configuration(tmp_path)
        path.write_text(path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(AssertionError) as raised:
            Beside(path)
    assert "cannot be listened on" in str(raised.value)
    assert "the intake ended with status 2" in str(raised.value)


def test_a_listener_alone_fills_a_spool_that_a_later_run_reads(tmp_path: Path) -> None:
    """A stop by hand, between the two, loses nothing; two intakes cannot write one spool."""
    path, out = configuration(tmp_path), tmp_path / "out"
    alone = Beside(path, "listen")
    with pytest.raises(AssertionError) as raised:
        Beside(path, "listen")
    assert "is written by another process" in str(raised.value)
    assert alone.send(map(line, range(500))) == 500
    alone.process.send_signal(signal.SIGTERM)
    assert alone.ended() == 0
    assert spooled(tmp_path / "out-spool") == 500
    beside = Beside(path)
    beside.wait_until_consumed(tmp_path / "out-spool", 500)
    assert beside.stop() == 0
    assert stored(out) == list(range(500))
