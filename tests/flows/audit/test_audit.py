"""The audit: an honest output passes, and each kind of damage is found."""

import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainstem.arrays.arrow_columns import binary_slices, constant
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import REJECT_SCHEMA, RejectReason
from brainstem.stored_rows import header_lists
from connectors.files.cursor import FileCursor, FileInput
from connectors.files.discovery import discover, parse_argument
from flows.audit.manifest import write_manifest
from flows.audit.proof import audit
from flows.audit.report import BROKEN_BY, AuditKind, AuditReport, Promise
from flows.sinks.output_folder import OutputFolder
from state.store import file_names
from state.store.atomic_files import write_file
from state.store.compaction import AT_THE_END, BY_HAND, compact_store
from state.store.layouts import EVIDENCE, REJECTS
from state.store.listing import published_files
from state.store.parquet_store import PartitionedParquet
from tests.support.archives import unpack

DAY_US = 86_400_000_000
LINES = [
    f"<30>Mar  {1 + number // 100} 10:00:00 db1 backupd[7]: volume {number} copied".encode() for number in range(300)
]


def evidence_of(records: Envelopes, rows: np.ndarray) -> pa.RecordBatch:
    """Return evidence rows as the flow would; the time is made up from the position, so that days differ."""
    count = len(rows)
    event_time = records.position[rows] // 5_000 % 4 * DAY_US
    stamp = pa.timestamp("us", "UTC")
    columns = {
        "tenant": constant(records.tenant, count),
        "source": constant(records.source, count),
        "position": pa.array(records.position[rows]),
        "length": pa.array(records.length[rows]),
        "event_time": pa.array(event_time, stamp),
        "event_time_origin": constant("parsed", count),
        "received_at": pa.array(records.received_at[rows], stamp),
        "host": constant("db1", count),
        "service": constant("backupd", count),
        "severity_number": pa.array(np.zeros(count, np.int8)),
        "signature": pa.array(np.ones(count, np.uint64)),
        "late": pa.array(np.zeros(count, bool)),
        "message_raw": binary_slices(records.buffer, records.start[rows], records.length[rows]),
        "headers": header_lists(None, count),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=EVIDENCE_SCHEMA)


def rejects_of(records: Envelopes, rows: np.ndarray) -> pa.RecordBatch:
    """Return reject rows as the flow would."""
    count = len(rows)
    columns = [
        constant(records.tenant, count),
        constant(records.source, count),
        pa.array(records.position[rows]),
        pa.array(records.length[rows]),
        pa.array(records.received_at[rows], pa.timestamp("us", "UTC")),
        constant("blank", count),
        binary_slices(records.buffer, records.start[rows], records.length[rows]),
        header_lists(None, count),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=REJECT_SCHEMA)


def take(file: FileInput, ledger: Ledger, evidence: PartitionedParquet, rejects: PartitionedParquet) -> None:
    """Read one file to its end into the stores."""
    ledger.describe(file.description())
    cursor = FileCursor(file, received_at_us=DAY_US)
    while (records := cursor.read(100)) is not None:
        byte_count = int(records.length.sum())
        ledger.receive(file.source, len(records), byte_count)
        if file.duplicate_of:
            ledger.repeat(file.source, len(records), byte_count)
            continue
        blank = np.array([not records.raw(index).strip() for index in range(len(records))])
        reasons = np.where(blank, RejectReason.BLANK, RejectReason.ACCEPTED).astype(np.uint8)
        ledger.settle(file.source, reasons, records.length)
        evidence.add(evidence_of(records, np.flatnonzero(~blank)))
        rejects.add(rejects_of(records, np.flatnonzero(blank)))
    if cursor.fault:
        ledger.fault(file.source, cursor.fault)
    cursor.close()


def run(out: Path, *arguments: str) -> Ledger:
    """Make an output folder of a plain reading of the arguments, of which nothing surfaces."""
    OutputFolder(out).open()
    evidence = PartitionedParquet(out / "evidence", EVIDENCE, "p0", max_buffered_rows=150, own_file_rows=1)
    rejects = PartitionedParquet(out / "rejects", REJECTS, "p0")
    ledger = Ledger()
    for store in (evidence, rejects):
        store.recover(0)
    for file in discover([parse_argument(each) for each in arguments]).files:
        take(file, ledger, evidence, rejects)
    for store in (evidence, rejects):
        store.publish(store.stage())
    write_file(out / "ledger.json", to_json(ledger))
    write_manifest(OutputFolder(out))
    return ledger


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return a folder of a plain file with blank lines, a packed one and an empty one."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "app.log").write_bytes(b"\n".join([*LINES[:150], b"", b"  ", *LINES[150:], b"torn at the e"]))
    (folder / "app.log.1.gz").write_bytes(gzip.compress(b"\n".join(LINES) + b"\n"))
    (folder / "empty.log").write_bytes(b"")
    return folder


@pytest.fixture
def out(tmp_path: Path, logs: Path) -> Path:
    """Return the honest output of reading them."""
    run(tmp_path / "out", f"acme={logs}")
    return tmp_path / "out"


def kinds(report: AuditReport) -> set[AuditKind]:
    """Return what kinds of finding there are, apart from those that any change of a file makes (`test_tampering`)."""
    return {finding.kind for finding in report.findings} - BROKEN_BY[Promise.FILES]


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace a Parquet file by a changed table."""
    pq.write_table(change(pq.read_table(path, partitioning=None)), path)


def set_cell(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """Return the table with one value changed."""
    values = table[column].to_pylist()
    values[row] = value
    return table.set_column(table.schema.get_field_index(column), column, pa.array(values, table[column].type))


def flip_byte(table: pa.Table) -> pa.Table:
    """Change one byte of one message."""
    raw = bytearray(table["message_raw"][5].as_py())
    raw[3] ^= 1
    return set_cell(table, "message_raw", 5, bytes(raw))


def test_an_honest_output_passes(out: Path) -> None:
    """Nothing is found, and the report says how much was checked."""
    report = audit(out)
    assert report.ok, report.to_text()
    assert report.records.records == 603
    assert report.to_text().startswith("audit: everything received is accounted for (3 sources, 603 records")
    assert len(published_files(out / "evidence")) > 2


DAMAGES: dict[str, tuple[Callable[[pa.Table], pa.Table], set[AuditKind]]] = {
    "a row dropped": (
        lambda table: pa.concat_tables([table.slice(0, 5), table.slice(6)]),
        {AuditKind.GAP, AuditKind.COUNT_DIFFERS},
    ),
    "a row doubled": (
        lambda table: pa.concat_tables([table, table.slice(5, 1)]),
        {AuditKind.OVERLAP, AuditKind.COUNT_DIFFERS},
    ),
    "a byte changed": (flip_byte, {AuditKind.BYTES_DIFFER}),
    "a message cut": (
        lambda table: set_cell(table, "message_raw", 5, table["message_raw"][5].as_py()[:-1]),
        {AuditKind.BYTES_DIFFER},
    ),
    "a message emptied": (lambda table: set_cell(table, "message_raw", 5, b""), {AuditKind.BYTES_DIFFER}),
    "a position moved": (
        lambda table: set_cell(table, "position", 5, table["position"][5].as_py() + 1),
        {AuditKind.GAP, AuditKind.OVERLAP, AuditKind.BYTES_DIFFER},
    ),
    "a position beyond the end": (
        lambda table: set_cell(table, "position", 5, 10**9),
        {AuditKind.GAP, AuditKind.BEYOND_END, AuditKind.BYTES_DIFFER},
    ),
    "a position before the beginning": (
        lambda table: set_cell(table, "position", 5, -8),
        {AuditKind.GAP, AuditKind.OVERLAP, AuditKind.BYTES_DIFFER},
    ),
    "a source renamed": (
        lambda table: set_cell(table, "source", 5, "file:/nowhere"),
        {AuditKind.GAP, AuditKind.SOURCE_UNKNOWN, AuditKind.COUNT_DIFFERS},
    ),
    "a tenant changed": (lambda table: set_cell(table, "tenant", 5, "other"), {AuditKind.WRONG_FOLDER}),
    "a day changed": (
        lambda table: set_cell(table, "event_time", 5, table["event_time"][5].as_py().replace(year=1999)),
        {AuditKind.WRONG_FOLDER},
    ),
    "a column missing": (
        lambda table: table.drop_columns("message_raw"),
        {AuditKind.FILE_DAMAGED, AuditKind.GAP, AuditKind.COUNT_DIFFERS},
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_a_row_is_found(out: Path, damage: str) -> None:
    """Exactly the expected kinds of finding appear for each way to damage one row."""
    change, expected = DAMAGES[damage]
    rewrite(published_files(out / "evidence")[0], change)
    assert kinds(audit(out)) == expected


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("by_hand", [False, True])
def test_damage_to_a_row_of_joined_files_is_found(out: Path, damage: str, by_hand: bool) -> None:
    """As in those that a snapshot wrote."""
    for layout in (EVIDENCE, REJECTS):
        compact_store(out / layout.folder, layout, BY_HAND if by_hand else AT_THE_END)
    write_manifest(OutputFolder(out))
    assert audit(out).ok
    change, expected = DAMAGES[damage]
    rewrite(published_files(out / "evidence")[0], change)
    assert kinds(audit(out)) == expected


def test_rows_in_the_folder_of_another_tenant_are_found(out: Path) -> None:
    """Also where the file is whole and its name tells the right days."""
    path = published_files(out / "evidence")[0]
    other = out / "evidence" / "tenant=other"
    other.mkdir()
    path.rename(other / path.name)
    assert kinds(audit(out)) == {AuditKind.WRONG_FOLDER}


def test_rejects_outside_the_days_of_their_file_are_found(out: Path) -> None:
    """They are named by the time at which they were received."""
    compact_store(out / "rejects", REJECTS, AT_THE_END)
    (path,) = published_files(out / "rejects")
    path.rename(path.with_name(path.name.replace("1970-01-02_1970-01-02", "1970-01-03_1970-01-04")))
    assert kinds(audit(out)) == {AuditKind.WRONG_FOLDER}


@pytest.mark.parametrize("store", ["evidence", "rejects"])
def test_a_missing_file_is_found(out: Path, store: str) -> None:
    """A Parquet file that is gone leaves gaps with their byte ranges."""
    published_files(out / store)[0].unlink()
    report = audit(out)
    assert kinds(report) == {AuditKind.GAP, AuditKind.COUNT_DIFFERS}
    assert "bytes " in report.to_text()


def test_a_torn_parquet_file_is_found(out: Path) -> None:
    """A file without its footer is damage, and its rows are gaps."""
    path = published_files(out / "evidence")[0]
    path.write_bytes(path.read_bytes()[:-20])
    assert {AuditKind.FILE_DAMAGED, AuditKind.GAP} <= kinds(audit(out))


def test_any_changed_byte_of_a_parquet_file_never_raises(out: Path) -> None:
    """Whatever byte of a file is bad, the audit ends with a report."""
    path = published_files(out / "evidence")[0]
    honest = path.read_bytes()
    for place in range(0, len(honest), max(1, len(honest) // 60)):
        path.write_bytes(honest[:place] + bytes([honest[place] ^ 0x55]) + honest[place + 1 :])
        assert isinstance(audit(out).ok, bool)


def test_a_moved_reject_reason_is_found(out: Path) -> None:
    """Rows must be rejected for the reason the ledger counts."""
    rewrite(published_files(out / "rejects")[0], lambda table: set_cell(table, "reason", 0, "oversize"))
    assert kinds(audit(out)) == {AuditKind.COUNT_DIFFERS}


def test_a_reason_outside_the_closed_list_is_found(out: Path) -> None:
    """Free text in the place of a reason is damage."""
    rewrite(published_files(out / "rejects")[0], lambda table: set_cell(table, "reason", 0, "because"))
    assert AuditKind.FILE_DAMAGED in kinds(audit(out))


def test_unpublished_files_are_found(out: Path) -> None:
    """A run that ended between staging and publishing is not at rest."""
    path = published_files(out / "evidence")[0]
    shutil.copy(path, file_names.staged(path))
    assert kinds(audit(out)) == {AuditKind.UNPUBLISHED}


def test_a_changed_input_is_found(out: Path, logs: Path) -> None:
    """A byte of the input that differs from what was stored is named with its record's range."""
    log = bytearray((logs / "app.log").read_bytes())
    log[len(LINES[0]) + 5] ^= 1
    (logs / "app.log").write_bytes(log)
    (finding,) = audit(out).findings
    assert (finding.kind, finding.begin, finding.end) == (
        AuditKind.BYTES_DIFFER,
        len(LINES[0]) + 1,
        len(LINES[0]) + len(LINES[1]) + 2,
    )


def test_a_shortened_input_is_found(out: Path, logs: Path) -> None:
    """What is stored of an input that has lost its end lies beyond it."""
    log = (logs / "app.log").read_bytes()
    (logs / "app.log").write_bytes(log[:-3])
    assert kinds(audit(out)) == {AuditKind.BEYOND_END, AuditKind.BYTES_DIFFER}


def test_a_grown_input_is_a_note(out: Path, logs: Path) -> None:
    """A log that is still written to was read as far as it went."""
    with (logs / "app.log").open("ab") as log:
        log.write(b" of it\nand more\n")
    report = audit(out)
    assert report.ok
    assert "has grown" in report.to_text()


def test_a_missing_input_is_found(out: Path, logs: Path) -> None:
    """An input that is gone cannot be compared."""
    (logs / "app.log").unlink()
    assert kinds(audit(out)) == {AuditKind.INPUT_MISSING}


def test_a_ledger_that_does_not_balance_is_found(out: Path, logs: Path) -> None:
    """The equation is checked too, not only the rows."""
    ledger = run(out.with_name("out2"), f"acme={logs}")
    source = f"file:{logs / 'app.log'}"
    ledger.receive(source, 1, 10)
    write_file(out / "ledger.json", to_json(ledger))
    assert AuditKind.UNBALANCED in kinds(audit(out))


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"version": 99}', b"\xff", None])
def test_an_unreadable_ledger_is_a_finding(out: Path, content: bytes | None) -> None:
    """Without its ledger an output proves nothing."""
    if content is None:
        (out / "ledger.json").unlink()
    else:
        (out / "ledger.json").write_bytes(content)
    assert kinds(audit(out)) == {AuditKind.LEDGER_UNREADABLE}


def test_a_text_in_utf_16_is_compared_with_its_input(tmp_path: Path) -> None:
    """The input is transcoded as the run has done it, and a changed unit is found."""
    log = tmp_path / "x.log"
    log.write_bytes("\ufeffline one\r\nline two\r\n".encode("utf-16-be"))
    run(tmp_path / "out", f"lab={log}")
    assert audit(tmp_path / "out").findings == ()
    log.write_bytes("\ufeffline one\r\nline ten\r\n".encode("utf-16-be"))
    assert [each.kind for each in audit(tmp_path / "out").findings] == [AuditKind.BYTES_DIFFER]


def test_a_file_given_twice_is_a_duplicate(tmp_path: Path, logs: Path) -> None:
    """Its records count as duplicates of the first, which is covered."""
    (logs / "link.log").symlink_to(logs / "app.log")
    ledger = run(tmp_path / "twice", f"acme={logs}", f"acme={logs / 'app.log'}")
    report = audit(tmp_path / "twice")
    assert report.ok, report.to_text()
    assert ledger.total().duplicate.records == 2 * 303


def test_a_duplicate_of_nothing_is_found(tmp_path: Path, logs: Path) -> None:
    """A source may not be excused by another that is not held."""
    link = logs / "link.log"
    link.symlink_to(logs / "app.log")
    run(tmp_path / "twice", f"acme={logs}")
    path = tmp_path / "twice" / "ledger.json"
    original = f'"duplicate_of": "file:{logs / "app.log"}"'
    path.write_bytes(path.read_bytes().replace(original.encode(), b'"duplicate_of": "file:/nowhere"'))
    assert kinds(audit(tmp_path / "twice")) == {AuditKind.DUPLICATE_UNCOVERED}


def test_a_truncated_packed_file_is_held_as_far_as_it_goes(tmp_path: Path, logs: Path) -> None:
    """What could be read of it is proven, the fault stands in the ledger."""
    packed = logs / "app.log.1.gz"
    packed.write_bytes(packed.read_bytes()[:-300])
    ledger = run(tmp_path / "cut", f"acme={logs}")
    assert sum(ledger.total().faults.values()) == 1
    assert audit(tmp_path / "cut").ok


def test_standard_input_is_checked_as_far_as_possible(tmp_path: Path) -> None:
    """Its records must tile what was counted, and the report says that the bytes were not compared."""
    imports = "import sys; from pathlib import Path; from tests.flows.audit.test_audit import run"
    script = f"{imports}; run(Path(sys.argv[1]), '-')"
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    subprocess.run(command, input=b"\n".join(LINES), check=True, cwd=Path(__file__).parents[3])
    report = audit(tmp_path / "out")
    assert report.ok
    assert "can be read only once" in report.to_text()
    rewrite(published_files(tmp_path / "out" / "evidence")[0], DAMAGES["a row dropped"][0])
    assert AuditKind.GAP in kinds(audit(tmp_path / "out"))


def test_control_characters_in_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A file name is hostile input too."""
    (tmp_path / "a\x1b[2Jb.log").write_bytes(b"one\n")
    run(tmp_path / "out", str(tmp_path / "a\x1b[2Jb.log"))
    (tmp_path / "a\x1b[2Jb.log").unlink()
    assert "\x1b" not in audit(tmp_path / "out").to_text()


def test_evidence_of_a_corpus_passes(tmp_path: Path, corpora: Path) -> None:
    """Real logs, unpacked, are all accounted for."""
    archive = corpora / "hotsos-hosts" / "hotsos-hosts.tar.xz"
    unpack(archive, tmp_path / "hosts")
    run(tmp_path / "out", f"acme={tmp_path / 'hosts'}")
    report = audit(tmp_path / "out")
    assert report.ok, report.to_text()
    assert report.records.records > 150_000
