"""Files that are followed by a run: what it stores and tells is what a replay of the same files does, whoever is killed."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.audit.proof import audit
from state.store.parquet_store import read_evidence
from tests.support.beside import Beside, configuration
from tests.support.killing import ended, start, wait_until
from tests.support.small_town import DAYS, START, positionless, town, write

LINE = "2026-03-01T10:%02d:%02dZ anvil pump[7]: primed %d times\n"


def files_section(folder: Path, more: str = "") -> str:
    """Return the tables that follow a folder whose folders are tenants."""
    text = f'tenant_from = ["{folder}/{{tenant}}/**"]\ntenant = "other"\n{more}'
    return f"[[files]]\npaths = [{json.dumps(str(folder))}]\n{text}"


def numbers(out: Path) -> list[int]:
    """Return the numbers of all stored lines, sorted."""
    raws = read_evidence(out).select("message_raw").collect()["message_raw"].to_list()
    return sorted(int(raw.split()[4]) for raw in raws)


def lines(begin: int, end: int) -> str:
    """Return lines with numbers of their own."""
    return "".join(LINE % (number // 60 % 60, number % 60, number) for number in range(begin, end))


def append(path: Path, begin: int, end: int) -> None:
    """Write lines behind the end of a file."""
    with path.open("a") as file:
        file.write(lines(begin, end))


def stored_count(out: Path) -> int:
    """Return how many records are stored."""
    return (
        int(read_evidence(out).select(pl.len()).collect().item()) if any((out / "evidence").rglob("*.parquet")) else 0
    )


def wait_for(beside: Beside, out: Path, count: int) -> None:
    """Wait until so many records are stored."""
    wait_until(beside.process, lambda: stored_count(out) >= count, found=lambda: (stored_count(out), beside.told))


def test_lines_are_stored_once_though_both_are_killed_and_the_log_is_rotated_meanwhile(tmp_path: Path) -> None:
    """By renaming and packing, by copying and cutting, while it runs and while it does not; the audit agrees."""
    logs, out = tmp_path / "logs/acme", tmp_path / "out"
    logs.mkdir(parents=True)
    path = configuration(tmp_path, files_section(tmp_path / "logs"))
    log = logs / "app.log"
    append(log, 0, 2000)
    beside = Beside(path)
    append(log, 2000, 3000)
    wait_for(beside, out, 2500)
    log.rename(logs / "app.log.1")
    append(log, 3000, 3500)
    append(logs / "app.log.1", 3500, 3600)
    beside.kill("both")
    append(log, 3600, 3700)
    (logs / "app.log.2.gz").write_bytes(gzip.compress((logs / "app.log.1").read_bytes()))
    (logs / "app.log.1").write_bytes(log.read_bytes())
    log.write_bytes(b"")
    append(log, 3700, 3800)
    beside = Beside(path)
    wait_for(beside, out, 3800)
    assert beside.stop() == 0, beside.told
    assert numbers(out) == list(range(3800))
    account = json.loads((tmp_path / "account.json").read_text())["listeners"]["files"]
    assert account["gaps"] == {}
    report = audit(out)
    assert not report.findings
    assert report.is_whole


def test_a_gap_is_in_ledger_and_digest(tmp_path: Path) -> None:
    """A log that was emptied while nobody looked."""
    logs, out = tmp_path / "logs/acme", tmp_path / "out"
    logs.mkdir(parents=True)
    path = configuration(tmp_path, files_section(tmp_path / "logs"))
    append(logs / "app.log", 0, 100)
    beside = Beside(path)
    wait_for(beside, out, 100)
    assert beside.stop() == 0, beside.told
    append(logs / "app.log", 100, 200)
    (logs / "app.log").write_bytes(b"")
    append(logs / "app.log", 200, 210)
    beside = Beside(path)
    wait_for(beside, out, 110)
    assert beside.stop() == 0, beside.told
    source = f"spool:file:{logs}/app.log@acme"
    ledger = json.loads((out / "ledger.json").read_text())
    (account,) = [each for each in ledger["sources"] if each["source"] == source]
    assert account["faults"] == {"cut": 1}
    assert f"{source} was cut or replaced" in (out / "digest.md").read_text()


def sourceless(out: Path) -> list[dict[str, Any]]:
    """Return items without sources and positions of their evidence."""
    items: list[dict[str, Any]] = positionless((out / "items.jsonl").read_bytes())
    for item in items:
        for line in item["data"]["evidence"]:
            del line["source"]
    return items


def test_what_is_followed_surfaces_as_a_replay_of_the_same_files_does(tmp_path: Path) -> None:
    """Twelve days of two tenants that are there when the run begins, and a line two days later that closes them."""
    logs = tmp_path / "logs"
    files = town(7)
    for told in files.values():
        told.append((START + timedelta(days=DAYS + 2), "web1 CRON[1]: (root) CMD (run-parts /etc/cron.hourly)"))
    arguments = write(logs, files)
    status, said = ended(start(["replay", *arguments, "--out", str(tmp_path / "replayed")]))
    assert status == 0, said
    out = tmp_path / "out"
    # however slow the machine is, both tenants are waited for
    beside = Beside(configuration(tmp_path, files_section(logs), idle_seconds=3600))
    count = sum(map(len, files.values()))
    wait_for(beside, out, count)
    assert beside.stop() == 0, beside.told
    assert stored_count(out) == count
    assert sourceless(out)
    assert sourceless(out) == sourceless(tmp_path / "replayed")
