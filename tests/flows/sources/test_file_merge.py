"""Files read as one stream by event time: every record once, progress that is kept, and no trace of how it was cut."""

import gzip
import hashlib
import os
import random
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import FaultReason
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.slots import SLOT_US
from connectors.files.cursor import FileInput
from connectors.files.discovery import Inventory, discover, parse_argument
from connectors.files.rotation import Beginning, Tail
from connectors.files.statements import statement_input
from flows.config.settings import Settings
from flows.recovery.plan import Plan
from flows.recovery.run_record import beginnings_of, write_record
from flows.recovery.store import Recovery
from flows.runs.replay import prepare, source_over
from flows.sinks.output_folder import OutputFolder
from flows.sources.batches import Parsed, PartitionEnd
from flows.sources.file_merge import MERGE_STATE_VERSION, MergedFiles
from state.frontier import NOT_YET
from tests.support.examples import examples
from tests.support.streams import assert_plain

START = datetime(2026, 3, 2, tzinfo=UTC)
REFERENCE_US = 1_790_000_000_000_000
Record = tuple[int, bytes, int, int]
"""position, bytes, event time, tick time"""


def write_logs(folder: Path, seed: int) -> tuple[FileInput, ...]:
    """Write files of different pace, one compressed, one without stamps, one empty, and one linked twice."""
    dice = random.Random(seed)
    for name, minutes, count in (("fast.log", 3, 300), ("slow.log", 90, 40), ("late.log", 11, 60)):
        at, lines = START + timedelta(minutes=dice.randrange(500)), []
        for number in range(count):
            at += timedelta(seconds=dice.randrange(minutes * 60))
            shown = at - timedelta(minutes=25) if name == "late.log" and number % 9 == 8 else at
            lines.append(f"{shown.isoformat()} mill1 grind[5]: stone {number} wears thin\n")
        (folder / name).write_text("".join(lines), encoding="utf-8")
    (folder / "packed.log.gz").write_bytes(gzip.compress((folder / "slow.log").read_bytes().replace(b"thin", b"out")))
    (folder / "words.txt").write_text("no stamp here\nnor here\n", encoding="utf-8")
    (folder / "empty.log").write_bytes(b"")
    (folder / "fast-link.log").hardlink_to(folder / "fast.log")
    return discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US).files


def merged(files: tuple[FileInput, ...], batch_records: int = 64) -> MergedFiles:
    """Return the files as one partition."""
    return MergedFiles(3, files, Settings(Path("out"), batch_records=batch_records))


def records(reads: list[Parsed | PartitionEnd]) -> dict[str, list[Record]]:
    """Return every record by source, in the order it came."""
    held: dict[str, list[Record]] = defaultdict(list)
    for read in reads:
        if isinstance(read, Parsed):
            held[read.envelopes.source] += [
                (
                    int(read.envelopes.position[index]),
                    read.envelopes.raw(index),
                    int(read.parsed.event_time[index]),
                    int(read.parsed.tick_time[index]),
                )
                for index in range(len(read.envelopes))
            ]
    return dict(held)


def read_all(files: MergedFiles) -> list[Parsed | PartitionEnd]:
    """Read a partition to its end."""
    reads = []
    while (read := files.read()) is not None:
        reads.append(read)
    return reads


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileInput, ...]:
    """Write one set of files."""
    return write_logs(tmp_path_factory.mktemp("logs"), 1)


@settings(max_examples=examples(25))
@given(batch_records=st.integers(1, 400))
def test_records_do_not_depend_on_the_size_of_batches(files: tuple[FileInput, ...], batch_records: int) -> None:
    """Each source's records with their times are the same, whatever the batches."""
    assert records(read_all(merged(files, batch_records))) == records(read_all(merged(files)))


@settings(max_examples=examples(25))
@given(batch_records=st.integers(1, 100), stop_after=st.integers(0, 60), stops=st.integers(1, 3))
def test_a_restart_reads_on_where_it_stood(
    files: tuple[FileInput, ...], batch_records: int, stop_after: int, stops: int
) -> None:
    """Stopped after any batch, and again, reads and ledger are those of the uncut run."""
    uncut = read_all(merged(files, batch_records))
    partition, reads = merged(files, batch_records), []
    for _ in range(stops):
        taken = (partition.read() for _ in range(stop_after))
        reads += [read for read in taken if read is not None]
        state = partition.snapshot()
        assert_plain(state)
        assert state[0] == MERGE_STATE_VERSION
        partition.close()
        partition = merged(files, batch_records)
        partition.restore(state)
        assert partition.snapshot() == state
    reads += read_all(partition)
    assert records(reads) == records(uncut)
    assert reads[-1] == uncut[-1]
    assert partition.read() is None


def test_progress_is_a_promise(files: tuple[FileInput, ...]) -> None:
    """It never goes back, no later record lies below it, and at the end it stands behind the last record."""
    reads = read_all(merged(files, 16))
    promised = [read.progress.done_before for read in reads]
    assert promised == sorted(promised)
    below = -(2**62)
    last = 0
    for read in reads:
        if isinstance(read, Parsed):
            slots = (read.parsed.tick_time // SLOT_US).tolist()
            assert min(slots) >= below
            last = max(last, *slots)
        below = read.progress.done_before
    assert [read.progress.closed for read in reads] == [False] * (len(reads) - 1) + [True]
    assert reads[-1].progress.done_before == last + 1
    assert {read.progress.partition for read in reads} == {3}
    assert len(set(promised)) > 10


def test_nothing_is_promised_while_a_file_of_incidents_is_being_read(
    files: tuple[FileInput, ...], tmp_path: Path
) -> None:
    """Tickets may be listed in any order, so until the last of them no moment is past."""
    tickets = tmp_path / "incidents.jsonl"
    stamps = [datetime(2026, 3, day, tzinfo=UTC).isoformat() for day in (9, 2, 5) * 20]
    tickets.write_text("".join(f'{{"time": "{stamp}", "title": "It stands"}}\n' for stamp in stamps))
    partition = merged((*files, statement_input(tickets, Kind.INCIDENT, "acme")), 1)
    before = []
    while sum(account.received.records for _, account in partition.ledger) < len(stamps):
        read = partition.read()
        assert read is not None
        before.append(read.progress.done_before)
    read_all(partition)
    assert set(before) == {NOT_YET}


def test_files_advance_together(files: tuple[FileInput, ...]) -> None:
    """The file that lags most is read next: no file is a batch ahead of one that still has earlier records to give."""
    reads = [read for read in read_all(merged(files, 8)) if isinstance(read, Parsed)]
    ranges = [
        (read.envelopes.source, int(read.parsed.event_time.min()), int(read.parsed.event_time.max()))
        for read in reads
        if not read.envelopes.source.endswith("words.txt")
    ]
    # the lateness, the eight events that a frontier rests on, and a batch, at the pace of the slowest file
    allowed_us = 16 * 90 * 60 * 1_000_000 + 10 * 60 * 1_000_000
    for place, (source, earliest, _) in enumerate(ranges):
        behind = [late for other, _, late in ranges[place + 1 :] if other != source]
        assert earliest <= min(behind, default=earliest) + allowed_us
    assert len({source for source, _, _ in ranges[:6]}) > 2


def test_everything_received_is_accounted_for(files: tuple[FileInput, ...]) -> None:
    """The account that closes the partition balances for each source; a second name's records are counted as duplicates."""
    reads = read_all(merged(files))
    held = records(reads)
    closing = reads[-1]
    assert isinstance(closing, PartitionEnd)
    ledger = from_json(closing.ledger)
    repeated = 0
    for description, account in ledger:
        given_records = len(held.get(description.source, []))
        assert account.received.records == given_records + account.duplicate.records, description.source
        if description.duplicate_of:
            assert account.duplicate.records == 300
            repeated += 1
    assert repeated == 1


def test_a_partition_without_files_closes_at_once() -> None:
    """It says that nothing will come, once."""
    partition = merged(())
    (read,) = read_all(partition)
    assert isinstance(read, PartitionEnd)
    assert read.progress.closed
    assert partition.read() is None


def test_stamps_without_a_zone_are_in_that_of_their_tenant(tmp_path: Path) -> None:
    """As the dates are that settle years; a stamp that names an offset is where it says."""
    lines = "2026-03-02T12:00:00 mill1 grind[5]: stone wears thin\n2026-03-02T12:00:00Z mill1 grind[5]: stone is out\n"
    for tenant in ("north", "south"):
        (tmp_path / f"{tenant}.log").write_text(lines, encoding="utf-8")
    told = Settings(Path("out"), zones=(("south", "Asia/Tokyo"),))
    arguments = [parse_argument(f"{tenant}={tmp_path / tenant}.log") for tenant in ("north", "south")]
    inventory = discover(arguments, zones=told.display_zones)
    read = records(read_all(MergedFiles(3, inventory.files, told)))
    north, south = (
        [time for source, held in sorted(read.items()) if source.endswith(f"{tenant}.log") for _, _, time, _ in held]
        for tenant in ("north", "south")
    )
    assert [(earlier - later) // 3_600_000_000 for earlier, later in zip(south, north, strict=True)] == [-9, 0]


def one_log(folder: Path, count: int = 200) -> tuple[tuple[FileInput, ...], bytes]:
    """Write one log; return it as an input, and its bytes."""
    folder.mkdir()
    lines = [f"{(START + timedelta(minutes=each)).isoformat()} mill1 grind[5]: stone {each}\n" for each in range(count)]
    (folder / "app.log").write_text("".join(lines), encoding="utf-8")
    files = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US).files
    return files, (folder / "app.log").read_bytes()


def bytes_of(reads: list[Parsed | PartitionEnd]) -> bytes:
    """Return what was read of the one source there is, joined."""
    return b"".join(raw for each in records(reads).values() for _, raw, _, _ in each)


def bytes_and_faults(reads: list[Parsed | PartitionEnd]) -> tuple[bytes, list[dict[FaultReason, int]]]:
    """Return what was read of the one source there is, joined, and the faults in the ledger at the end."""
    assert isinstance(reads[-1], PartitionEnd)
    return bytes_of(reads), [dict(account.faults) for _, account in from_json(reads[-1].ledger)]


def stopped_after(files: tuple[FileInput, ...], batches: int) -> tuple[list[Parsed | PartitionEnd], MergedFiles]:
    """Return the first batches, and the partition as a resumed run has it."""
    first = merged(files, 16)
    reads = [read for _ in range(batches) if (read := first.read()) is not None]
    state = first.snapshot()
    first.close()
    resumed = merged(files, 16)
    resumed.restore(state)
    return reads, resumed


@pytest.mark.parametrize("name", ["app.log.1", "app-20260302.log", "app.log.1.gz"])
def test_a_resumed_run_reads_on_in_a_log_that_was_rotated(tmp_path: Path, name: str) -> None:
    """Under its new name, packed or not, though another file has its old one."""
    folder = tmp_path / "logs"
    files, content = one_log(folder)
    reads, resumed = stopped_after(files, 3)
    (folder / "app.log").rename(folder / name)
    if name.endswith(".gz"):
        (folder / name).write_bytes(gzip.compress(content))
    (folder / "app.log").write_bytes(content[-40:])
    assert bytes_and_faults(reads + read_all(resumed)) == (content, [{}])


@pytest.mark.parametrize("change", ["equal size", "shorter", "longer"])
def test_an_input_that_changed_is_not_read_on(tmp_path: Path, change: str) -> None:
    """Bytes of another file do not follow those that were read: the ledger says that something is missing."""
    folder = tmp_path / "logs"
    files, content = one_log(folder)
    reads, resumed = stopped_after(files, 3)
    read_before = bytes_of(reads)
    changed = {
        "equal size": content.replace(b"stone 7\n", b"stone x\n"),
        "shorter": content[:50],
        "longer": b"x" + content,
    }
    (folder / "app.log").write_bytes(changed[change])
    assert bytes_and_faults(reads + read_all(resumed)) == (read_before, [{FaultReason.CUT: 1}])


ENDS_BYTES = 1 << 16
"""of either end of an input that are compared"""
LONG = 5_000
"""lines of a log that holds more than both ends"""


def unread(folder: Path, count: int = 200) -> tuple[MergedFiles, bytes]:
    """Return a partition of one log of which nothing was read since it was found, and the bytes of the log."""
    files, content = one_log(folder, count)
    head, tail = content[:ENDS_BYTES], content[-ENDS_BYTES:]
    found = Tail(len(content) - len(tail), len(tail), hashlib.sha256(tail).hexdigest())
    beginnings = {files[0].source: Beginning(len(head), hashlib.sha256(head).hexdigest(), found)}
    partition = MergedFiles(3, files, Settings(Path("out"), batch_records=16), beginnings=beginnings)
    partition.restore(partition.snapshot())
    return partition, content


@pytest.mark.parametrize("count", [200, 5_000])
@pytest.mark.parametrize("behind", [b"", b"more than it held\n"])
def test_another_file_in_the_place_of_one_that_was_not_begun_is_not_read(
    tmp_path: Path, count: int, behind: bytes
) -> None:
    """Though it is as long as what was found there, or longer: the ledger says that something is missing."""
    partition, content = unread(tmp_path / "logs", count)
    (tmp_path / "logs" / "app.log").write_bytes(content.replace(b"mill1", b"mill2") + behind)
    assert bytes_and_faults(read_all(partition)) == (b"", [{FaultReason.CUT: 1}])


@pytest.mark.parametrize("behind", [b"", b"more than it held\n"])
def test_another_file_that_only_begins_like_one_that_was_not_begun_is_not_read(tmp_path: Path, behind: bytes) -> None:
    """What the run has settled by its last bytes, as the year of its dates, would be said of other records."""
    partition, content = unread(tmp_path / "logs", LONG)
    assert len(content) > 3 * ENDS_BYTES
    changed = content[:ENDS_BYTES] + content[ENDS_BYTES:].replace(b"mill1", b"mill2")
    (tmp_path / "logs" / "app.log").write_bytes(changed + behind)
    assert bytes_and_faults(read_all(partition)) == (b"", [{FaultReason.CUT: 1}])


def test_what_changed_between_both_ends_of_a_file_that_was_not_begun_is_read_as_it_is(tmp_path: Path) -> None:
    """Nothing of it was stored before, so what is stored and counted is what the file holds."""
    partition, content = unread(tmp_path / "logs", LONG)
    middle = content[ENDS_BYTES:-ENDS_BYTES].replace(b"mill1", b"mill2")
    changed = content[:ENDS_BYTES] + middle + content[-ENDS_BYTES:]
    (tmp_path / "logs" / "app.log").write_bytes(changed)
    reads = read_all(partition)
    assert bytes_and_faults(reads) == (changed, [{}])
    assert isinstance(reads[-1], PartitionEnd)
    ((_, account),) = from_json(reads[-1].ledger)
    assert account.received.bytes == len(changed)


@pytest.mark.parametrize("content", ["packed anew", "another end"])
def test_a_packed_file_that_was_not_begun_is_known_by_both_ends(tmp_path: Path, content: str) -> None:
    """Its last bytes on disk hold a check sum of all that it holds."""
    folder = tmp_path / "logs"
    _, plain = one_log(folder, LONG)
    (folder / "app.log").unlink()
    packed = folder / "app.log.gz"
    packed.write_bytes(gzip.compress(plain, mtime=0))
    files = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US).files
    (tmp_path / "out").mkdir()
    record = tmp_path / "out" / "run.json"
    write_record(record, Plan({"inputs": [str(folder)]}, Inventory(files, ())), Settings(tmp_path / "out"))
    other = plain if content == "packed anew" else plain[:-2] + b"x\n"
    packed.write_bytes(gzip.compress(other, 1 if content == "packed anew" else 9, mtime=0))
    # the same records packed otherwise are no longer than they were: a file that is shorter is read, and told as cut
    size_bytes = packed.stat().st_size
    partition = MergedFiles(
        3,
        tuple(replace(each, size_bytes=min(each.size_bytes, size_bytes)) for each in files),
        Settings(Path("out"), batch_records=4096),
        beginnings=beginnings_of(record),
    )
    assert bytes_and_faults(read_all(partition)) == (b"", [{FaultReason.CUT: 1}])


@pytest.mark.parametrize("size_bytes", [10, 100_000])
@pytest.mark.parametrize("position", ["begun", "not begun"])
def test_what_is_no_file_any_more_is_told_and_not_waited_for(tmp_path: Path, size_bytes: int, position: str) -> None:
    """A pipe without a writer would be waited for without an end, and a device has none."""
    folder = tmp_path / "logs"
    files, content = one_log(folder, LONG)
    files = (replace(files[0], size_bytes=size_bytes),)
    beginning = Beginning(10, hashlib.sha256(content[:10]).hexdigest())
    reads, resumed = stopped_after(files, 3 if position == "begun" else 0)
    resumed.beginnings = {files[0].source: beginning}
    (folder / "app.log").unlink()
    os.mkfifo(folder / "app.log")
    read_before = bytes_of(reads)
    assert bytes_and_faults(reads + read_all(resumed)) == (read_before, [{FaultReason.CUT: 1}])


@pytest.mark.parametrize("changed", ["the duplicate", "the original", "neither", "the original has grown"])
def test_a_duplicate_that_repeats_its_original_no_more_is_not_counted_as_one(tmp_path: Path, changed: str) -> None:
    """Its records would be stored nowhere; the ledger says that something is missing."""
    folder = tmp_path / "logs"
    _, content = one_log(folder, LONG)
    (folder / "copy.log").write_bytes(content)
    files = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US).files
    (duplicate,) = (each for each in files if each.duplicate_of)
    originals = {each.source: each for each in files if not each.duplicate_of}
    found_at_us = max(each.path.stat().st_ctime_ns for each in files if each.path) // 1000
    middle = content[:ENDS_BYTES] + content[ENDS_BYTES:-ENDS_BYTES].replace(b"mill1", b"mill2") + content[-ENDS_BYTES:]
    name = {"the duplicate": "copy.log", "the original": "app.log"}.get(changed)
    if name is not None:
        (folder / name).write_bytes(middle)
    if changed == "the original has grown":
        (folder / "app.log").write_bytes(content + content[-100:])
    partition = MergedFiles(
        3, (duplicate,), Settings(Path("out")), originals=originals, found_at_us=found_at_us - found_at_us % 1_000_000
    )
    reads = read_all(partition)
    assert isinstance(reads[-1], PartitionEnd)
    ((_, account),) = from_json(reads[-1].ledger)
    assert account.faults == ({FaultReason.CUT: 1} if name is not None else {})
    assert account.duplicate.bytes == (0 if name is not None else len(content))


def repeated(folder: Path) -> tuple[Plan, Settings, bytes]:
    """Return a run that has found a log and a copy of it, what it was asked, and the bytes of the log."""
    _, content = one_log(folder, LONG)
    (folder / "copy.log").write_bytes(content)
    asked = Settings(folder.parent / "out")
    found = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US)
    return prepare(asked, {}, lambda: Plan({}, found)), asked, content


def account_of_the_duplicate(plan: Plan, asked: Settings) -> tuple[int, dict[FaultReason, int]]:
    """Return how many bytes count as a duplicate once the copy is read, and its faults."""
    duplicates = tuple(each for each in plan.inventory.files if each.duplicate_of)
    (end,) = read_all(source_over(plan, asked).merged(3, duplicates))
    assert isinstance(end, PartitionEnd)
    ((_, account),) = from_json(end.ledger)
    return account.duplicate.bytes, dict(account.faults)


def with_another_middle(content: bytes) -> bytes:
    """Return as many bytes with the same ends."""
    return content[:ENDS_BYTES] + content[ENDS_BYTES:-ENDS_BYTES].replace(b"mill1", b"mill2") + content[-ENDS_BYTES:]


@pytest.mark.parametrize("resumed", [False, True])
def test_a_duplicate_that_changed_long_before_all_inputs_were_found_is_compared(tmp_path: Path, resumed: bool) -> None:
    """What it repeats is settled while inputs are looked at, which may take minutes before the record is written."""
    plan, asked, content = repeated(tmp_path / "logs")
    (tmp_path / "logs" / "copy.log").write_bytes(with_another_middle(content))
    record = OutputFolder(asked.out).run_record
    hour_later_ns = record.stat().st_mtime_ns + 3_600 * 10**9
    os.utime(record, ns=(hour_later_ns, hour_later_ns))
    plan = Recovery(asked.out).plan() if resumed else plan
    assert account_of_the_duplicate(plan, asked) == (0, {FaultReason.CUT: 1})


@pytest.mark.parametrize("name", ["app.log.1", "app-20260302.log", "app.log.1.gz"])
@pytest.mark.parametrize("successor", ["none", "as long"])
@pytest.mark.parametrize("changed", [False, True])
def test_a_duplicate_is_compared_with_its_original_under_the_name_that_rotation_gave_it(
    tmp_path: Path, name: str, successor: str, changed: bool
) -> None:
    """It repeats what is read there, and only as long as it holds the same."""
    plan, asked, content = repeated(tmp_path / "logs")
    log = tmp_path / "logs" / "app.log"
    log.rename(log.with_name(name))
    if name.endswith(".gz"):
        log.with_name(name).write_bytes(gzip.compress(content, 1))
    if successor == "as long":
        log.write_bytes(content.replace(b"mill1", b"mill3"))
    if changed:
        (tmp_path / "logs" / "copy.log").write_bytes(with_another_middle(content))
    expected = (0, {FaultReason.CUT: 1}) if changed else (len(content), {})
    assert account_of_the_duplicate(plan, asked) == expected


def test_a_duplicate_is_not_compared_with_itself_in_the_place_of_an_original_that_is_gone(tmp_path: Path) -> None:
    """It begins and ends as the original did, and may hold something else between by now."""
    folder = tmp_path / "logs"
    _, content = one_log(folder, LONG)
    (folder / "app.log.copy").write_bytes(content)
    asked = Settings(tmp_path / "out")
    found = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US)
    plan = prepare(asked, {}, lambda: Plan({}, found))
    (folder / "app.log").unlink()
    (folder / "app.log.copy").write_bytes(with_another_middle(content))
    assert account_of_the_duplicate(plan, asked) == (0, {FaultReason.CUT: 1})


def test_a_duplicate_that_was_begun_is_compared_again_when_the_run_is_resumed(tmp_path: Path) -> None:
    """What has changed behind the place where reading stopped would be counted as a duplicate otherwise."""
    plan, asked, content = repeated(tmp_path / "logs")
    (duplicate,) = (each for each in plan.inventory.files if each.duplicate_of)
    source = source_over(plan, replace(asked, batch_records=16))
    begun, resumed = source.merged(3, (duplicate,)), source.merged(3, (duplicate,))
    # of a duplicate no batch is returned, so one is read without the loop around it
    begun._read(begun._files_by_source[duplicate.source])
    resumed.restore(begun.snapshot())
    begun.close()
    (tmp_path / "logs" / "copy.log").write_bytes(with_another_middle(content))
    (end,) = read_all(resumed)
    assert isinstance(end, PartitionEnd)
    ((_, account),) = from_json(end.ledger)
    assert (account.duplicate.records, dict(account.faults)) == (16, {FaultReason.CUT: 1})


@pytest.mark.parametrize("name", ["app.log.1", "app-20260302.log", "app.log.1.gz"])
@pytest.mark.parametrize("successor", ["none", "shorter", "as long"])
def test_a_log_that_was_rotated_before_it_was_begun_is_read_under_its_new_name(
    tmp_path: Path, name: str, successor: str
) -> None:
    """Packed or not, and whatever has its old name now."""
    partition, content = unread(tmp_path / "logs")
    (tmp_path / "logs" / "app.log").rename(tmp_path / "logs" / name)
    if name.endswith(".gz"):
        (tmp_path / "logs" / name).write_bytes(gzip.compress(content))
    if successor != "none":
        another = content.replace(b"mill1", b"mill2")
        (tmp_path / "logs" / "app.log").write_bytes(another[:40] if successor == "shorter" else another)
    assert bytes_and_faults(read_all(partition)) == (content, [{}])


@pytest.mark.parametrize("kept", [0, 100])
def test_a_log_that_was_cut_before_it_was_begun_is_read_as_far_as_it_goes(tmp_path: Path, kept: int) -> None:
    """And the ledger says that something is missing."""
    partition, content = unread(tmp_path / "logs")
    (tmp_path / "logs" / "app.log").write_bytes(content[:kept])
    assert bytes_and_faults(read_all(partition)) == (content[:kept], [{FaultReason.CUT: 1}])


def test_a_log_that_has_grown_before_it_was_begun_is_read_whole(tmp_path: Path) -> None:
    """It begins as it did when it was found."""
    partition, content = unread(tmp_path / "logs")
    with (tmp_path / "logs" / "app.log").open("ab") as file:
        file.write(content[-40:])
    assert bytes_and_faults(read_all(partition)) == (content + content[-40:], [{}])


def test_a_log_that_has_grown_is_read_on(tmp_path: Path) -> None:
    """What was read of it before is the same."""
    folder = tmp_path / "logs"
    files, content = one_log(folder)
    reads, resumed = stopped_after(files, 3)
    with (folder / "app.log").open("ab") as file:
        file.write(content[-40:])
    assert bytes_and_faults(reads + read_all(resumed)) == (content + content[-40:], [{}])


@pytest.mark.parametrize("kept", [0, 100])
def test_a_log_that_is_cut_while_it_is_read_has_a_gap_in_the_ledger(tmp_path: Path, kept: int) -> None:
    """It ends before the size that it had when it was found."""
    folder = tmp_path / "logs"
    files, content = one_log(folder, 60_000)
    partition = merged(files, 16)
    reads = [partition.read()]
    (folder / "app.log").write_bytes(content[:kept])
    held, faults = bytes_and_faults([*(read for read in reads if read is not None), *read_all(partition)])
    assert content.startswith(held)
    assert len(held) < len(content)
    assert faults == [{FaultReason.CUT: 1}]


def calls_of_fifty_batches(folder: Path, count: int) -> int:
    """Return how many functions are called to read fifty batches of so many files of one line, each with its snapshot."""
    folder.mkdir()
    for number in range(count):
        line = f"{START.isoformat()} mill1 grind[5]: stone {number}\n"
        (folder / f"{number}.log").write_text(line, encoding="utf-8")
    files = discover([parse_argument(f"north={folder}")], reference_time_us=REFERENCE_US).files
    partition, calls = merged(files), 0

    def count_call(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count_call)
    try:
        for _ in range(50):
            partition.read()
            partition.snapshot()
    finally:
        sys.setprofile(None)
    partition.close()
    return calls


def test_a_batch_of_one_of_many_files_costs_what_it_holds(tmp_path: Path) -> None:
    """Neither the next file nor the state is looked for in all of them: a folder may hold 200,000."""
    few, many = (calls_of_fifty_batches(tmp_path / str(count), count) for count in (60, 1_000))
    assert many < 1.5 * few
