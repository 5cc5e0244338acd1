"""A journal that is followed: each entry once, though the program ends, the spool is cut off, or this process ends."""

import asyncio
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.base import ConfigurationError
from connectors.journal.exporter import JournalSource
from connectors.spool.folder import Folder
from connectors.spool.groups import Origin
from connectors.spool.segments import groups_from, segments_of, spool_id_of
from flows.config.listeners.journal import check_exporter
from flows.config.spool import SpoolSettings
from flows.intake import journal
from flows.intake.journal import JournalReader
from flows.intake.positions import NAME
from flows.intake.spool import SpoolBuffer
from tests.support.exported_journal import ExportedJournal, entry, install

REMOTE = Path("/lib/systemd/systemd-journal-remote")


@pytest.fixture
def logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExportedJournal:
    """Return an empty journal; the program that exports it is the first on the PATH, and is soon started again."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(install(tmp_path / "bin")), prepend=":")
    monkeypatch.setattr(journal, "RESTART_SECONDS", 0.05)
    return ExportedJournal(tmp_path / "journal")


async def followed(
    folder: Path,
    source: JournalSource,
    is_enough: Callable[[JournalReader, SpoolBuffer], bool],
    told: list[str],
) -> None:
    """Follow a journal until that is enough, and end in order."""
    buffer = SpoolBuffer(SpoolSettings(folder), told.append, 5, follows_files=True)
    reader = JournalReader(source, buffer, told.append)
    buffer.start()
    reader.start()
    async with asyncio.timeout(60):
        while not is_enough(reader, buffer):
            assert reader.failure is None
            await asyncio.sleep(0.01)
    await reader.close()
    buffer.end()
    await asyncio.to_thread(buffer.wait)
    assert buffer.failure is None


def follow(folder: Path, source: JournalSource, least: int, told: list[str] | None = None) -> None:
    """Follow a journal until so many further entries are durable."""
    asyncio.run(
        followed(
            folder,
            source,
            lambda reader, buffer: reader.account.received >= least and not buffer.waiting,
            [] if told is None else told,
        )
    )


def entries(folder: Path) -> list[tuple[Origin, bytes]]:
    """Return all entries of a spool, with their origins."""
    files = Folder(folder)
    found = []
    for group in groups_from(files, spool_id_of(files) or b"", 1):
        ends = group.length.cumsum().tolist()
        for begin, end, code in zip([0, *ends], ends, group.origin.tolist(), strict=False):
            if group.origins[code].fault != "position":
                found.append((group.origins[code], group.contents[begin:end]))
    files.close()
    return found


def contents(folder: Path) -> list[bytes]:
    """Return all entries of a spool."""
    return [content for _, content in entries(folder)]


def source_of(logged: ExportedJournal, tenant: str = "acme") -> JournalSource:
    """Return the journal as it is configured."""
    return JournalSource("journal", tenant, "collector", directory=str(logged.folder), units=("pumpd.service",))


def test_an_intake_ends_though_the_journal_waits_for_room(tmp_path: Path, logged: ExportedJournal) -> None:
    """The program has written more than anybody reads; what was read of it is durable."""
    logged.append(0, 20_000)

    async def ended() -> int:
        buffer = SpoolBuffer(SpoolSettings(tmp_path / "spool"), lambda _: None, 5, follows_files=True)
        reader = JournalReader(source_of(logged), buffer, lambda _: None)
        buffer.refuse(refusing=True)
        buffer.start()
        reader.start()
        async with asyncio.timeout(60):
            while not reader.account.received:
                await asyncio.sleep(0.01)
            # until the program waits for somebody to read
            await asyncio.sleep(0.2)
            await reader.close()
        buffer.end()
        await asyncio.to_thread(buffer.wait)
        return reader.account.received

    received = asyncio.run(ended())
    assert 0 < received < 20_000
    assert contents(tmp_path / "spool") == [entry(number) for number in range(received)]


@pytest.mark.parametrize("seed", range(4))
def test_each_entry_is_there_once_wherever_a_crash_has_cut_the_spool(
    tmp_path: Path, logged: ExportedJournal, seed: int
) -> None:
    """Before the file of positions was written, and at any byte of the last segment."""
    dice, folder = random.Random(seed), tmp_path / "spool"
    logged.append(0, 300)
    follow(folder, source_of(logged), 300)
    for turn in range(3):
        last = folder / segments_of(Folder(folder).names())[-1]
        if dice.random() < 0.7:
            (folder / NAME).unlink()
            last.write_bytes(last.read_bytes()[: dice.randint(36, last.stat().st_size)])
        kept = len(contents(folder))
        logged.append(300 + 10 * turn, 310 + 10 * turn)
        follow(folder, source_of(logged), 310 + 10 * turn - kept)
    assert contents(folder) == [entry(number) for number in range(330)]


def test_the_program_is_started_again_behind_the_last_entry_when_it_ends(
    tmp_path: Path, logged: ExportedJournal
) -> None:
    """And that it ended is said, with what it said itself."""
    told: list[str] = []
    logged.append(0, 5)
    written = [5]

    def is_enough(reader: JournalReader, buffer: SpoolBuffer) -> bool:
        if reader.account.received < written[-1] or buffer.waiting:
            return False
        if len(written) == 3:
            return True
        logged.end_program()
        logged.append(written[-1], written[-1] + 5)
        written.append(written[-1] + 5)
        return False

    asyncio.run(followed(tmp_path / "spool", source_of(logged), is_enough, told))
    assert contents(tmp_path / "spool") == [entry(number) for number in range(15)]
    first, *others = logged.calls
    assert "--after-cursor" not in first
    assert first.endswith("--unit=pumpd.service")
    assert others
    assert all("--after-cursor=s=0f;i=" in each for each in others)
    assert any("journalctl has ended with status 0; it is started again" in each for each in told)


def test_what_the_program_refuses_is_told_and_tried_again_later_each_time(
    tmp_path: Path, logged: ExportedJournal
) -> None:
    """Its own words once, that it has ended each time."""
    told: list[str] = []
    (logged.folder / "refusal").write_text("No journal files were opened due to insufficient permissions.")
    asyncio.run(followed(tmp_path / "spool", source_of(logged), lambda reader, _: reader.account.starts == 4, told))
    said = [each for each in told if "journalctl says: No journal files were opened" in each]
    assert len(said) == 1
    waits = [each.rpartition("again in ")[2] for each in told if "has ended with status 1 (No journal" in each]
    assert waits[:3] == ["0.05 s", "0.1 s", "0.2 s"]


def test_entries_have_the_name_and_tenant_of_their_journal_and_go_on_under_another_tenant(
    tmp_path: Path, logged: ExportedJournal
) -> None:
    """What was read for one tenant is not read again for another one, whatever stands in an entry."""
    folder = tmp_path / "spool"
    logged.append(0, 2)
    follow(folder, source_of(logged), 2)
    logged.append(2, 4)
    follow(folder, source_of(logged, "other"), 2)
    logged.append(4, 6)
    follow(folder, source_of(logged), 2)
    assert [(each.listener, each.tenant, each.peer) for each, _ in entries(folder)] == [
        ("journal", tenant, "collector") for tenant in ("acme", "acme", "other", "other", "acme", "acme")
    ]
    assert contents(folder) == [entry(number) for number in range(6)]


def test_of_an_entry_that_is_too_long_the_beginning_is_rejected_and_reading_goes_on_behind_it(
    tmp_path: Path, logged: ExportedJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a restart: its cursor stands in what is kept."""
    monkeypatch.setattr(journal, "ENTRY_BYTES_MOST", 1000)
    long = entry(1, b"\xff" * 5000)
    with (logged.folder / "entries").open("wb") as file:
        file.write(entry(0) + long)
    follow(tmp_path / "spool", source_of(logged), 2)
    logged.append(2, 3)
    follow(tmp_path / "spool", source_of(logged), 1)
    found = entries(tmp_path / "spool")
    assert [each.fault for each, _ in found] == ["", "oversize", ""]
    assert [content for _, content in found] == [entry(0), long[:1000], entry(2)]


def test_a_program_that_is_missing_is_told_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        ConfigurationError, match=r"journalctl, which is not on the PATH. Install it .*apt install systemd"
    ):
        check_exporter((JournalSource("journal", "acme", "anvil"),))
    check_exporter(())


def test_the_journalctl_of_systemd_exports_a_journal_that_is_written_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are made by systemd-journal-remote, of entries with text and with bytes; where both are installed."""
    if shutil.which("journalctl") is None or not REMOTE.exists():
        pytest.skip("no journalctl or systemd-journal-remote: install systemd and systemd-journal-remote")
    monkeypatch.setattr(journal, "RESTART_SECONDS", 0.05)
    (tmp_path / "files").mkdir()

    def log(begin: int, end: int, message: bytes | None = None) -> None:
        text = b"".join(
            # systemd makes cursors itself
            entry(number, message).partition(b"\n")[2].replace(b"_BOOT_ID=1b", b"_BOOT_ID=" + b"1b" * 16)
            for number in range(begin, end)
        )
        subprocess.run([REMOTE, "-o", tmp_path / "files" / "x.journal", "-"], input=text, check=True)

    source = JournalSource("journal", "acme", "collector", directory=str(tmp_path / "files"))
    log(1, 50)
    follow(tmp_path / "spool", source, 49)
    log(50, 60, b"two\nlines \xff")
    follow(tmp_path / "spool", source, 10)
    found = contents(tmp_path / "spool")
    assert len(found) == 59
    stamps = [each.partition(b"__REALTIME_TIMESTAMP=")[2].partition(b"\n")[0] for each in found]
    assert stamps == sorted(set(stamps))
    assert all(b"two\nlines \xff\n" in each for each in found[49:])
