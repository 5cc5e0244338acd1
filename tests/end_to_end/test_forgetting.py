"""Forgetting in the folder of a run: the audit proves that stored is kept and forgotten, also after kill -9 at each step."""

import json
import os
import shutil
import signal
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from brainstem.text.phrases import IN_UTC
from connectors.base import InputError
from flows.audit.proof import audit
from flows.audit.report import AuditKind
from flows.cli.console import BAD_CONFIGURATION
from flows.recall.output import Output, answer_as
from flows.recall.recollections import Question, recall
from flows.reports.digest import digest_json
from flows.reports.window import Window
from flows.runs import compact_folder as compacting
from flows.runs.compact_folder import compact_folder, due_lines
from flows.runs.repair import repair
from flows.runs.stored_replay import StoredRun
from flows.sinks.output_folder import OutputFolder
from state.store.forgotten_counts import counts_of, places_of
from state.store.parquet_store import read_evidence
from state.store.readers import reading
from tests.state.store.test_forgetting import STEPS
from tests.support.program import DiedError, in_a_new_process
from tests.support.program import run as run_program
from tests.support.works import DAYS, Works, at, run, works


def compact_until_killed(folder: Path, step: str, times: int) -> None:
    """Compact a folder in a process that is killed at a step of forgetting."""
    reached = Counter[str]()

    def reach(now: str) -> None:
        reached[now] += 1
        if now == step and reached[now] == times:
            os.kill(os.getpid(), signal.SIGKILL)

    compacting.forget = partial(compacting.forget, reach=reach)  # type: ignore[attr-defined]  # only in that process
    list(compact_folder(folder))


def long_works() -> Works:
    """Return the works with a routine that is of no interest: a message each ten minutes at both of them."""
    given_works = works()
    routine = [
        (at(0) + timedelta(minutes=10 * number), f"host4 clerk[2]: ledger page {number} was copied fair")
        for number in range(DAYS * 144)
    ]
    lines = {tenant: sorted([*said, *routine]) for tenant, said in given_works.lines.items()}
    return Works(lines, given_works.tickets)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that has ended, its inputs and its output."""
    folder = tmp_path_factory.mktemp("forgetting") / "run"
    run(folder, long_works())
    return folder


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of the output."""
    return Path(shutil.copytree(whole / "out", tmp_path / "out"))


def lines_in(out: Path) -> tuple[int, int]:
    """Return how many lines are kept and how many forgotten."""
    return read_evidence(out).collect().height, sum(place.records for place in places_of(out))


def test_the_audit_proves_that_stored_is_kept_and_forgotten(out: Path) -> None:
    """Every line is in its place, and the checksums of those that are gone are those of the inputs."""
    before, none = lines_in(out)
    told = list(compact_folder(out))
    kept, forgotten = lines_in(out)
    assert none == 0 < forgotten
    assert kept + forgotten == before
    assert any(f"forgot {forgotten:,} lines" in line for line in told)
    report = audit(out)
    assert not report.findings
    assert report.records.records == before
    ledger = json.loads((out / "ledger.json").read_bytes())
    assert ledger["total"]["stored"]["records"] == before
    assert ledger["total"]["raw_forgotten"]["records"] == forgotten
    assert "counts kept" in (out / "digest.md").read_text()


def test_what_would_be_forgotten_is_said_and_agreed_to_before_anything_is_touched(out: Path, tmp_path: Path) -> None:
    """A dry run counts exactly what goes; without an agreement nothing does, and where nothing is due nobody is asked."""
    before, held = lines_in(out), sorted(path.name for path in out.rglob("*"))
    lines, told = due_lines(out)
    dry = run_program(tmp_path, "compact", str(out), "--dry-run")
    assert dry.status == 0, dry.err
    assert dry.out.splitlines() == told
    refused = run_program(tmp_path, "compact", str(out))
    assert refused.status == BAD_CONFIGURATION
    assert f"{lines:,} raw lines would be forgotten for good. Add --yes" in refused.err
    assert lines_in(out) == before
    assert sorted(path.name for path in out.rglob("*")) == held
    agreed = run_program(tmp_path, "compact", str(out), "--yes")
    assert f"forgot {lines:,} lines" in agreed.out
    assert lines_in(out) == (before[0] - lines, lines)
    assert due_lines(out)[0] == 0
    assert run_program(tmp_path, "compact", str(out)).status == 0


def test_the_audit_finds_what_is_wrong_with_forgotten_lines(out: Path, whole: Path) -> None:
    """A place that is gone is a gap; an input that reads otherwise does not fit the checksums."""
    list(compact_folder(out))
    log = whole / "acme.log"
    held = log.read_bytes()
    place = next(each for each in places_of(out) if each.source.endswith("acme.log"))
    try:
        changed = bytearray(held)
        changed[place.begin + 3] ^= 1
        log.write_bytes(changed)
        assert AuditKind.BYTES_DIFFER in {finding.kind for finding in audit(out).findings}
    finally:
        log.write_bytes(held)
    for path in (out / "evidence").rglob("*.places"):
        path.unlink()
    kinds = {finding.kind for finding in audit(out).findings}
    assert {AuditKind.GAP, AuditKind.COUNT_DIFFERS, AuditKind.FILE_MISSING} <= kinds


@pytest.mark.parametrize(("step", "times"), [(step, 1) for step in STEPS] + [(step, 2) for step in STEPS[2:5]])
def test_after_kill_9_at_any_step_the_audit_is_exact(out: Path, step: str, times: int) -> None:
    """It misses the manifest only, which the compaction that is started again writes; nothing is lost or counted twice."""
    before, _ = lines_in(out)
    with pytest.raises(DiedError, match=f"^{-signal.SIGKILL}$"):
        in_a_new_process(compact_until_killed, out, step, times)
    assert sum(lines_in(out)) == before
    report = audit(out)
    assert {finding.kind for finding in report.findings} == {AuditKind.MANIFEST_UNREADABLE}
    assert report.records.records == before
    list(compact_folder(out))
    assert sum(lines_in(out)) == before
    assert not audit(out).findings


def test_recall_and_digest_answer_from_counts(out: Path) -> None:
    """With the same numbers of events, and recall says that lines were forgotten."""
    folder = OutputFolder(out)
    week = Window("acme", int(at(2).timestamp()) * 1_000_000, int(at(5).timestamp()) * 1_000_000)
    question = Question("ledger page", tenant="acme")
    before = recall([out], question, IN_UTC).remembered[0], json.loads(digest_json(folder, week))
    list(compact_folder(out))
    forgotten = int(counts_of(out, ["acme"])["events"].sum())
    after = recall([out], question, IN_UTC), json.loads(digest_json(folder, week))
    (one,) = after[0].remembered
    assert (one.events, one.appearances, one.hosts) == (before[0].events, before[0].appearances, before[0].hosts)
    assert 0 < one.forgotten <= forgotten
    assert "were forgotten; their counts are kept" in answer_as(Output.TABLE, after[0], IN_UTC)
    assert after[1]["listening"] == before[1]["listening"]
    assert after[1]["events"] == before[1]["events"]


def test_nothing_is_forgotten_while_somebody_reads_the_folder(out: Path) -> None:
    """It says so, and a later one forgets."""
    with reading(out / "evidence"):
        assert any("somebody reads" in line for line in compact_folder(out))
        assert lines_in(out)[1] == 0
    list(compact_folder(out))
    assert lines_in(out)[1] > 0


def test_what_has_forgotten_lines_is_not_judged_again(out: Path) -> None:
    """Without them the same logs would be judged otherwise."""
    list(compact_folder(out))
    with pytest.raises(InputError, match="were forgotten"):
        list(repair(out))
    with pytest.raises(InputError, match="were forgotten"):
        StoredRun.of(out)
