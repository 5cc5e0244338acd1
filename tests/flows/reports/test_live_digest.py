"""The digest of a live run: it is read from what is published, before there is a ledger."""

import json
import shutil
from pathlib import Path

import pytest

from brainstem.text.phrases import IN_UTC
from connectors.base import InputError
from flows.recovery.plan import LIVE_KIND, Plan
from flows.recovery.store import Recovery
from flows.reports.digest import digest_json, digest_of
from flows.reports.window import Window
from flows.runs.finish import current_ledger
from flows.sinks.output_folder import OutputFolder
from tests.support.finished_runs import FinishedRun
from tests.support.works import at


def stop_before_the_end(out: Path, kind: str) -> None:
    """Leave of a finished run what one that goes on has: its stores, its plan and its items, and no ledger."""
    for name in ("ledger.json", "manifest.json", "digest.md"):
        (out / name).unlink()
    (out / "_accounts").mkdir()
    shutil.rmtree(out / "_recovery", ignore_errors=True)
    Recovery(out).create(Plan({"kind": kind}), 1)


def test_a_live_run_has_the_digest_of_a_period_before_it_has_a_ledger(
    finished_works: FinishedRun, tmp_path: Path
) -> None:
    """The same items and counts as in the digest of the finished run, but for what a ledger alone knows."""
    folder = OutputFolder(shutil.copytree(finished_works.out, tmp_path / "out"))
    window = Window("acme", int(at(15).timestamp()) * 1_000_000, int(at(19).timestamp()) * 1_000_000)
    finished = digest_of(folder, IN_UTC, window=window)
    assert "## One by one" in finished
    stop_before_the_end(folder.root, LIVE_KIND)
    with pytest.raises(InputError, match="holds no ledger"):
        digest_of(folder, IN_UTC, window=window)
    assert digest_of(folder, IN_UTC, window=window, ledger=current_ledger(folder)) == finished
    everything = json.loads(digest_json(folder, ledger=current_ledger(folder)))
    assert everything["listening"]["records"] > 0
    assert len(everything["items"]) > 1


def test_a_replay_that_was_cut_short_has_no_digest_yet(finished_works: FinishedRun, tmp_path: Path) -> None:
    """It is to be resumed, and says so."""
    folder = OutputFolder(shutil.copytree(finished_works.out, tmp_path / "out"))
    stop_before_the_end(folder.root, "files")
    with pytest.raises(InputError, match="--resume"):
        current_ledger(folder)
