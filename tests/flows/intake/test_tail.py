"""The tail and its spool: positions of files agree with the records that are there, wherever a crash has cut them."""

import asyncio
import random
from pathlib import Path

import pytest

from connectors.spool.folder import Folder
from connectors.spool.segments import groups_from, segments_of, spool_id_of
from connectors.tail.file_set import FileSet
from flows.config.spool import SpoolSettings
from flows.intake import spool
from flows.intake.positions import NAME
from flows.intake.spool import SpoolBuffer
from flows.intake.tail import Tail

LINE = b"2026-03-01T10:00:00Z pump primed %d\n"


async def followed(folder: Path, logs: Path, least: int, told: list[str]) -> None:
    """Follow files until so many further records are durable, and end in order."""
    buffer = SpoolBuffer(SpoolSettings(folder), told.append, 5, follows_files=True)
    tail = Tail([FileSet((str(logs),), "acme", host="anvil")], buffer, told.append, ())
    buffer.start()
    tail.start()
    async with asyncio.timeout(60):
        while tail.account()["received"] < least or buffer.waiting:
            assert tail.failure is None
            await asyncio.sleep(0.01)
    await tail.close()
    buffer.end()
    await asyncio.to_thread(buffer.wait)
    assert buffer.failure is None


def records(folder: Path) -> list[tuple[str, bytes]]:
    """Return all records of a spool, with the listener of each."""
    files = Folder(folder)
    found = []
    for group in groups_from(files, spool_id_of(files) or b"", 1):
        ends = group.length.cumsum().tolist()
        for begin, end, code in zip([0, *ends], ends, group.origin.tolist(), strict=False):
            if not group.origins[code].fault:
                found.append((group.origins[code].listener, group.contents[begin:end]))
    files.close()
    return found


def test_files_are_taken_up_once_the_spool_names_all_of_them(tmp_path: Path) -> None:
    """Also those that have no line yet; so a run that begins then knows whom to wait for."""
    logs, folder = tmp_path / "logs", tmp_path / "spool"
    logs.mkdir()
    (logs / "a.log").write_bytes(LINE % 1 + LINE % 2)
    (logs / "empty.log").write_bytes(b"")

    async def taken_up() -> set[str]:
        buffer = SpoolBuffer(SpoolSettings(folder), lambda _: None, 5, follows_files=True)
        tail = Tail([FileSet((str(logs),), "acme", host="anvil")], buffer, lambda _: None, ())
        buffer.start()
        tail.start()
        async with asyncio.timeout(60):
            while not tail.is_taken_up:
                await asyncio.sleep(0.01)
        files = Folder(folder)
        named = {each.listener for group in groups_from(files, spool_id_of(files) or b"", 1) for each in group.origins}
        files.close()
        await tail.close()
        buffer.end()
        await asyncio.to_thread(buffer.wait)
        return named

    assert asyncio.run(taken_up()) == {f"file:{logs}/a.log", f"file:{logs}/empty.log"}


@pytest.mark.parametrize("seed", range(6))
def test_records_and_positions_are_cut_off_together(tmp_path: Path, seed: int) -> None:
    """At any byte of the last segment, in groups of any size: what is followed afterwards completes it, each line once."""
    dice = random.Random(seed)
    logs, folder = tmp_path / "logs", tmp_path / "spool"
    logs.mkdir()
    written = {name: b"".join(LINE % (1000 * number + each) for each in range(400)) for number, name in enumerate("ab")}
    for name, content in written.items():
        (logs / f"{name}.log").write_bytes(content)
    told: list[str] = []
    asyncio.run(followed(folder, logs, 798, told))
    for _ in range(3):
        last = folder / segments_of(Folder(folder).names())[-1]
        if dice.random() < 0.7:
            # as if the process had died before the file of positions was written, and within a write
            (folder / NAME).unlink()
            last.write_bytes(last.read_bytes()[: dice.randint(36, last.stat().st_size)])
        kept = len(records(folder))
        asyncio.run(followed(folder, logs, min(798, 800 - kept - 2), told))
    by_listener: dict[str, bytes] = {}
    for listener, content in records(folder):
        by_listener[listener] = by_listener.get(listener, b"") + content
    assert by_listener.keys() == {f"file:{logs}/a.log", f"file:{logs}/b.log"}
    for name, content in written.items():
        came = by_listener[f"file:{logs}/{name}.log"]
        # the last line may still wait for one that continues it
        assert content.startswith(came)
        assert len(content) - len(came) in (0, len(LINE % 1000), len(LINE % 399))


def test_segments_are_kept_until_positions_in_them_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a run has consumed them."""
    monkeypatch.setattr(spool, "STORE_SECONDS", 3600.0)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_bytes(LINE % 1 + LINE % 2)
    asyncio.run(followed(tmp_path / "spool", logs, 1, []))
    buffer = SpoolBuffer(SpoolSettings(tmp_path / "spool"), lambda _: None, 5)
    ((stream, at),) = buffer.file_positions()
    assert stream == (f"file:{logs}/a.log", "acme")
    # on a busy machine the last line may have waited long enough for one that continues it
    assert at.position in (len(LINE % 1), len(LINE % 1 + LINE % 2))
    assert buffer._writer.needed_from == buffer._writer.durable


def test_damaged_positions_are_set_aside_and_taken_from_the_spool(tmp_path: Path) -> None:
    """What the spool still holds says how far files were read."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_bytes(LINE % 1 + LINE % 2)
    asyncio.run(followed(tmp_path / "spool", logs, 1, []))
    stored = tmp_path / "spool" / NAME
    stored.write_bytes(stored.read_bytes().replace(b'"generation":1', b'"generation":2'))
    told: list[str] = []
    buffer = SpoolBuffer(SpoolSettings(tmp_path / "spool"), told.append, 5, follows_files=True)
    ((_, at),) = buffer.file_positions()
    assert at.position in (len(LINE % 1), len(LINE % 1 + LINE % 2))
    assert "damaged" in told[0]
    assert stored.with_name(f"{NAME}.damaged").exists()
