"""A journal that a run follows: each entry is stored once, whoever is killed, and a missing program is told at once."""

import json
from pathlib import Path

import polars as pl
import pytest

from flows.audit.proof import audit
from state.store.parquet_store import read_evidence
from tests.support.beside import Beside, configuration
from tests.support.exported_journal import ExportedJournal, install
from tests.support.killing import wait_until
from tests.support.program import run


def wait_for(beside: Beside, out: Path, count: int) -> None:
    """Wait until so many entries are stored."""
    wait_until(beside.process, lambda: len(numbers(out)) >= count, found=lambda: (len(numbers(out)), beside.told))


def numbers(out: Path) -> list[int]:
    """Return the numbers of all stored entries, sorted."""
    if not any((out / "evidence").rglob("*.parquet")):
        return []
    raws = read_evidence(out).select("message_raw").collect()["message_raw"].to_list()
    return sorted(int(raw.partition(b"MESSAGE=pump primed ")[2].split()[0]) for raw in raws)


def test_entries_are_stored_once_whoever_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake, run or both, while entries are logged; what they say is read, and the audit agrees."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(install(tmp_path / "bin")), prepend=":")
    journal, out = ExportedJournal(tmp_path / "journal"), tmp_path / "out"
    section = f'[[journal]]\nname = "anvil"\ntenant = "acme"\ndirectory = {json.dumps(str(journal.folder))}\n'
    path = configuration(tmp_path, section)
    logged = 0
    for whom in ("intake", "flow", "both"):
        journal.append(logged, logged + 500)
        beside = Beside(path)
        journal.append(logged + 500, logged + 600)
        wait_for(beside, out, logged + 100)
        journal.append(logged + 600, logged + 700)
        beside.kill(whom)
        logged += 700
    beside = Beside(path)
    wait_for(beside, out, logged)
    assert beside.stop() == 0, beside.told
    assert numbers(out) == list(range(logged))
    account = json.loads((tmp_path / "account.json").read_text())["listeners"]["anvil"]
    assert account["received"] == account["accepted"]
    report = audit(out)
    assert not report.findings
    assert report.is_whole
    events = read_evidence(out).select(pl.col("source", "host", "service").cast(pl.String)).unique().collect()
    assert events.rows() == [("spool:anvil@acme", "anvil", "pumpd")]


def test_a_journal_without_its_program_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the check of the file too, with what to do."""
    path = configuration(tmp_path, '[journal]\ntenant = "acme"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    for arguments in (["run", "--check"], ["run"], ["listen"]):
        ended = run(tmp_path, *arguments, "--config", path)
        assert ended.status == 3
        assert "journalctl, which is not on the PATH" in ended.err
