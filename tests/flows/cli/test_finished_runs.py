"""The commands that read the folder of a finished run: digest, explain, feedback, audit, compact."""

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from brainstem.attention.bands import BEHAVIOURS
from flows.audit.manifest import write_manifest
from flows.recovery.store import Recovery
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import EVIDENCE
from state.store.parquet_store import PartitionedParquet, read_evidence
from tests.support.flapping import BAD_CONFIGURATION, FINDINGS, FINE, UNREADABLE, flapping_log, items_of
from tests.support.program import Ran
from tests.support.program import run as brainstem


def test_a_verdict_by_number_is_shown_with_its_item(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """`feedback 1` is about the first item of the digest, and says which one that is."""
    folder, _ = run
    shutil.copytree(folder / "out", tmp_path / "out")
    given = brainstem(tmp_path, "feedback", "1", "useful", "--out", "out", "--note", "splice <7> is *wet*")
    (item,) = {str(item["subject"]): item for item in items_of(folder / "out")}.values()
    assert given.status == FINE
    assert str(item["id"]) in given.out
    assert "silver7 on anvil" in given.out
    assert "**What people said:** useful" in (digest := brainstem(tmp_path, "digest", "out").out)
    assert "“splice <7> is \\*wet\\*”" in digest
    assert brainstem(tmp_path, "explain", "1", "--out", "out").out.startswith(str(item["subject"]))
    assert brainstem(tmp_path, "feedback", "2", "useful", "--out", "out").status == UNREADABLE


def test_a_verdict_that_cannot_be_written_ends_with_3(run: tuple[Path, Ran]) -> None:
    """The file is named."""
    item = str(items_of(run[0] / "out")[0]["id"])
    ran = brainstem(run[0], "feedback", item, "useful", "--out", "out", "--file", "anvil.log/below")
    assert ran.status == BAD_CONFIGURATION
    assert ran.err.startswith("brainstem: --file anvil.log/below cannot be written: ")


def test_what_is_asked_for_and_not_there_ends_with_1_and_a_sentence(run: tuple[Path, Ran]) -> None:
    """As `grep` does: it is no fault of an input, and a script can tell the two apart."""
    folder, _ = run
    for arguments in (["recall", "no such words", "out"], ["explain", "no such words", "--out", "out"]):
        ran = brainstem(folder, *arguments)
        assert (ran.status, ran.out) == (FINDINGS, "")
        assert ran.err.startswith("brainstem: 'no such words' is ")
    assert brainstem(folder, "recall", "pump", "elsewhere").status == UNREADABLE


def test_a_folder_without_a_run_is_told_with_the_runs_nearby(run: tuple[Path, Ran]) -> None:
    """Whoever leaves --out away, or gives the folder that holds the one of the run, is shown what to type."""
    folder, _ = run
    for arguments in (["explain", "1"], ["ack", "1"], ["digest", "."], ["feedback", "1", "useful"]):
        ran = brainstem(folder, *arguments)
        assert ran.status == UNREADABLE
        assert ran.err.endswith("holds no run. Give the --out folder of a run. There is one in out.\n")


def test_a_folder_is_no_memory(run: tuple[Path, Ran]) -> None:
    """It is said what a memory is, and what to ask of a run."""
    folder, _ = run
    ran = brainstem(folder, "memory", "show", "out")
    assert ran.status == UNREADABLE
    assert "out is a folder. A memory is one file beside the runs that share it" in ran.err
    assert "`brainstem recall WORDS out`" in ran.err


def test_digest_says_the_same_times_in_another_zone(run: tuple[Path, Ran]) -> None:
    """The digest is made again from what was recorded; only the clock differs."""
    folder, ran = run
    assert brainstem(folder, "digest", "out").out == ran.out
    elsewhere = brainstem(folder, "digest", "out", "--zone", "Asia/Tokyo")
    assert elsewhere.status == FINE
    assert "4 May 2026 06:00" in ran.out.splitlines()[0]
    assert "4 May 2026 15:00" in elsewhere.out.splitlines()[0]


def test_explain_answers_for_an_item_its_family_and_its_signature(run: tuple[Path, Ran]) -> None:
    """Each of the three names leads to the history of the band and the parts of the score."""
    folder, _ = run
    item = items_of(folder / "out")[0]
    family, signature = str(item["subject"]), str(item["data"]["signatures"][0])  # type: ignore[index]  # as above
    for name in (str(item["id"]), family, signature):
        ran = brainstem(folder, "explain", name, "--out", "out")
        assert ran.status == FINE
        assert family in ran.out
        assert "Band history" in ran.out
        assert "shown to a person" in ran.out
        assert "and not earlier" in ran.out


def test_the_parts_that_explain_prints_add_up_to_the_score(run: tuple[Path, Ran]) -> None:
    """Prior and contributions are the score, to the quarter of a deciban."""
    folder, _ = run
    ran = brainstem(folder, "explain", str(items_of(folder / "out")[0]["id"]), "--out", "out")
    block = ran.out.partition(", in points: ")[2].partition("\n")[2].partition("\n\n")[0]
    rows = [line.split()[:2] for line in block.splitlines()]
    points = {name: float(value) for name, value in rows}
    score = points.pop("score")
    assert "prior" in points
    assert sum(points.values()) == score


def test_explain_lists_the_families_that_hold_a_text(run: tuple[Path, Ran]) -> None:
    """Words of a message find its families, those never shown too, in any case of letters."""
    folder, _ = run
    ran = brainstem(folder, "explain", "PRESSURE held", "--out", "out")
    assert ran.status == FINE
    (name,) = re.findall(r"\bf1-[0-9a-f]{16}\b", ran.out)
    answer = brainstem(folder, "explain", name, "--out", "out")
    assert "Why nobody was shown this" in answer.out
    assert re.search("Band (?:" + "|".join(each.title for each in BEHAVIOURS) + ") with", answer.out)


def test_explain_says_that_it_knows_nothing_of_an_unknown_name(run: tuple[Path, Ran]) -> None:
    """Unknown items, families and texts end with 1 and are named."""
    folder, _ = run
    for name in ("i1-0000000000000000", "f1-0000000000000000", "s2-0000000000000000", "never heard of"):
        ran = brainstem(folder, "explain", name, "--out", "out")
        assert ran.status == FINDINGS
        assert name in ran.err
        assert ran.out == ""


def test_explain_at_a_moment_knows_only_what_was_known_then(run: tuple[Path, Ran]) -> None:
    """Before the item there was no surfacing, and before its first line there was nothing."""
    folder, _ = run
    item = items_of(folder / "out")[0]
    surfaced = datetime.fromisoformat(str(item["time"]))
    before = (surfaced - timedelta(minutes=10)).isoformat()
    earlier = brainstem(folder, "explain", str(item["subject"]), "--out", "out", "--at", before)
    assert earlier.status == FINE
    assert "Why nobody was shown this" in earlier.out
    nothing = brainstem(folder, "explain", str(item["subject"]), "--out", "out", "--at", "2026-05-04")
    assert nothing.status == UNREADABLE
    assert "Its first decision comes later" in nothing.err


def test_feedback_takes_the_command_that_the_digest_prints(run: tuple[Path, Ran]) -> None:
    """As it stands there; what it is about and from when on it weighs is said, and a warning where that is too late."""
    folder, ran = run
    command = re.search(r"`brainstem (feedback 1 useful --out out)`", ran.out)
    assert command is not None
    file = folder / "said.jsonl"
    words = [*command[1].split(), "--file", str(file)]
    given = brainstem(folder, *words)
    item = items_of(folder / "out")[-1]
    assert given.status == FINE
    assert given.err == ""
    assert re.search(rf"{item['id']} \(acme: silver7 .*\) is useful, as of ", given.out)
    assert json.loads(file.read_bytes())["item"] == item["id"]
    late = brainstem(folder, *words, "--at", "2026-07-01")
    assert late.status == FINE
    assert "a replay of the same logs does not take this up" in late.err


def test_an_audit_of_a_whole_run_ends_with_0(run: tuple[Path, Ran]) -> None:
    """Everything is accounted for, and the report says how much was compared."""
    folder, _ = run
    ran = brainstem(folder, "audit", "out")
    assert ran.status == FINE
    assert f"{len(flapping_log()):,} bytes" in ran.out


def test_compaction_by_hand_leaves_a_file_of_each_tenant_and_writer(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The rows are as they were, so the audit still ends with 0, and doing it again changes nothing."""
    out = tmp_path / "out"
    shutil.copytree(run[0] / "out", out)
    rows = read_evidence(out).sort("source", "position").collect()
    shutil.rmtree(out / "evidence")
    # as a live run leaves them that was stopped: a file of all tenants for each snapshot
    kept = PartitionedParquet(out / "evidence", EVIDENCE, "0")
    kept.recover(0)
    for part in range(3):
        kept.add(pa.RecordBatch.from_pylist(rows[part::3].to_dicts(), EVIDENCE.schema))
        kept.publish(kept.stage())
    write_manifest(OutputFolder(out))
    ran = brainstem(tmp_path, "compact", "out")
    assert ran.status == FINE
    told = ran.out.splitlines()
    assert told[0] == "evidence: 3 files before, 1 file now"
    assert [line.partition(":")[0] for line in told] == ["evidence", "decisions", "rejects", "root of the manifest"]
    assert read_evidence(out).sort("source", "position").collect().equals(rows)
    assert brainstem(tmp_path, "audit", "out").status == FINE
    assert brainstem(tmp_path, "compact", "out").out.splitlines()[0] == "evidence: 1 file before, 1 file now"


def test_compaction_by_hand_refuses_a_folder_that_a_run_is_writing(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The run joins its files by itself; nothing is changed."""
    shutil.copytree(run[0] / "out", tmp_path / "out")
    before = sorted((tmp_path / "out").rglob("*"))
    with Recovery(tmp_path / "out").locked():
        ran = brainstem(tmp_path, "compact", "out")
    assert ran.status == BAD_CONFIGURATION
    assert (
        ran.err
        == "brainstem: out: a run is writing there, and joins its files by itself. Wait for it, or stop it first.\n"
    )
    assert sorted((tmp_path / "out").rglob("*")) == before


def test_an_audit_ends_with_1_when_a_byte_of_the_input_or_a_file_of_evidence_is_gone(
    run: tuple[Path, Ran], tmp_path: Path
) -> None:
    """Damage on either side is found and named."""
    shutil.copytree(run[0], tmp_path, dirs_exist_ok=True)
    ledger = tmp_path / "out" / "ledger.json"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace(str(run[0]), str(tmp_path)), encoding="utf-8")
    evidence = sorted((tmp_path / "out" / "evidence").rglob("*.parquet"))
    evidence[0].unlink()
    ran = brainstem(tmp_path, "audit", "out")
    assert ran.status == FINDINGS
    assert "anvil.log" in ran.out
