"""The recovery store and the locks of an output folder: what is lost is told, and nothing is removed for it."""

import os
import threading
from pathlib import Path

import pytest

from connectors.base import ConfigurationError, InputError
from connectors.files.discovery import Inventory
from flows.config.settings import Settings
from flows.recovery import store
from flows.recovery.plan import LIVE_KIND, Plan
from flows.recovery.store import Recovery
from flows.runs.replay import ledger_if_finished, prepare
from flows.sinks.output_folder import LOCK_NAME, OutputFolder


def begun(out: Path, **arguments: str) -> Recovery:
    """Return the store of a run that has begun and written something."""
    recovery = Recovery(out)
    recovery.create(Plan(arguments))
    OutputFolder(out).open()
    (out / "items.jsonl").write_bytes(b"{}\n")
    return recovery


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_store_whose_plan_was_lost_is_kept(tmp_path: Path) -> None:
    """The run is refused as unreadable, and every file is as it was."""
    out = tmp_path / "out"
    begun(out)
    (out / "_recovery" / "plan.json").unlink()
    before = contents(out)
    with pytest.raises(InputError, match=r"plan\.json is missing"):
        prepare(Settings(out), {}, lambda: Plan({}), resume=True)
    assert contents(out) == before


def test_a_run_that_was_interrupted_before_its_plan_begins_anew(tmp_path: Path) -> None:
    """It has read nothing, so its store is removed."""
    out = tmp_path / "out"
    Recovery(out).create(Plan({}))
    (out / "_recovery" / "plan.json").unlink()
    prepare(Settings(out), {}, lambda: Plan({}), resume=True)
    assert Recovery(out).exists


def test_the_store_of_a_live_run_is_not_taken_for_that_of_a_finished_replay(tmp_path: Path) -> None:
    """A live run has a digest each time it stops; a replay into its folder is refused and removes nothing."""
    out = tmp_path / "out"
    begun(out, kind=LIVE_KIND)
    OutputFolder(out).digest.write_bytes(b"# Digest\n")
    before = contents(out)
    assert ledger_if_finished(Settings(out)) is None
    with pytest.raises(ConfigurationError, match="begun with"):
        prepare(Settings(out), {"inputs": []}, lambda: Plan({}), resume=True)
    assert contents(out) == before


def test_a_lock_on_a_file_that_was_removed_keeps_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited while the file of the lock was removed locks the file that has its name now."""
    recovery = Recovery(tmp_path / "out")
    waits, entered = threading.Event(), threading.Event()
    held: list[tuple[int, int]] = []

    def second() -> None:
        waits.set()
        with recovery.locked() as descriptor:
            held.append((os.fstat(descriptor).st_ino, (tmp_path / "out" / LOCK_NAME).stat().st_ino))
            with pytest.raises(ConfigurationError, match="another run"), Recovery(tmp_path / "out").locked():
                pass
            assert (tmp_path / "out" / LOCK_NAME).exists()
            entered.set()

    monkeypatch.setattr(store, "LOCK_TIMEOUT_SECONDS", 5.0)
    with recovery.locked():
        other = threading.Thread(target=second)
        other.start()
        assert waits.wait(5)
        # the other one has the file open by the time that it sees it locked
        assert not entered.wait(0.3)
        monkeypatch.setattr(store, "LOCK_TIMEOUT_SECONDS", 0.2)
    other.join(10)
    assert entered.is_set()
    assert held[0][0] == held[0][1]


def test_a_lock_whose_file_was_replaced_is_left_alone(tmp_path: Path) -> None:
    """A run that ends removes its own lock only, not that of a run that came after it."""
    out = tmp_path / "out"
    with Recovery(out).locked():
        (out / LOCK_NAME).unlink()
        (out / LOCK_NAME).write_bytes(b"")
        kept = (out / LOCK_NAME).stat().st_ino
    assert (out / LOCK_NAME).stat().st_ino == kept


def test_the_time_at_which_inputs_were_looked_at_is_kept_while_a_run_goes_on(tmp_path: Path) -> None:
    """An earlier plan has none; the record of a run, which its root hash covers, does not depend on it."""
    plan = Plan({}, Inventory((), (), 1_790_000_000_000_000))
    recovery = Recovery(tmp_path / "out")
    recovery.create(plan)
    assert recovery.plan() == plan
    assert plan.to_plain() == Plan({}).to_plain()
    assert Plan.from_plain(plan.to_plain()).inventory.begun_at_us == 0


def test_others_of_the_machine_may_not_read_the_text_of_logs(tmp_path: Path) -> None:
    """Evidence, rejects and snapshots lie in folders that are closed to them."""
    out = tmp_path / "out"
    begun(out)
    for name in ("evidence", "rejects", "decisions", "_accounts", "_recovery"):
        assert (out / name).stat().st_mode & 0o007 == 0
