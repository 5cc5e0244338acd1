"""What an audit says of an output, or of inputs, that somebody has changed after the run.

Each tampering is made as well as one can make it: counts are kept in step, files stay readable. It is named with and without
the manifest, for whoever can write into the folder can write a manifest, too; what he cannot write is its signature.
"""

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json, to_json
from flows.audit.manifest import differences, is_signed, read_manifest, sign_manifest, write_manifest
from flows.audit.proof import audit
from flows.audit.report import BROKEN_BY, AuditKind, Promise
from flows.sinks.output_folder import OutputFolder
from state.store.listing import published_files
from tests.support.killing import ended, start
from tests.support.small_town import town, write

KEY: Final = b"a key that lies somewhere else"
Change = Callable[[Path, Path], None]
"""takes the folder of the output and that of the inputs"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of a run, and that of its inputs: two tenants, a copy, a packed file and one with blank lines."""
    folder = tmp_path_factory.mktemp("tampering")
    logs = folder / "logs"
    write(logs, town(7))
    shutil.copy(logs / "acme" / "all.log", logs / "acme" / "copy.log")
    (logs / "bolt" / "other.log.gz").write_bytes(gzip.compress(b"2026-03-05T01:02:03Z x9 jobd: done\n" * 40))
    (logs / "bolt" / "blank.log").write_bytes(b"2026-03-05T01:02:03Z x8 jobd: begun\n\n\n" * 30)
    (logs / "bolt" / "a.log#2").write_bytes(b"2026-03-05T01:02:03Z x7 jobd: begun\n")
    given = [f"acme={logs / 'acme'}", f"bolt={logs / 'bolt'}"]
    status, told = ended(start(["replay", *given, "--out", str(folder / "out")]))
    assert status == 0, told
    return folder / "out", logs


@pytest.fixture
def pair(made: tuple[Path, Path], tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Return a copy of the output, and the inputs, which are as they were afterwards."""
    out, logs = made
    shutil.copytree(out, tmp_path / "out")
    shutil.copytree(logs, tmp_path / "before")
    yield tmp_path / "out", logs
    shutil.rmtree(logs)
    shutil.copytree(tmp_path / "before", logs)


def test_an_untouched_output_keeps_every_promise_that_can_be_checked(made: tuple[Path, Path]) -> None:
    """Nothing is found, in a sample or in all, and only the signature was not asked for."""
    out, _ = made
    for whole in (False, True):
        report = audit(out, whole=whole)
        assert report.ok, report.to_text()
        unchecked = {verdict.promise for verdict in report.verdicts if not verdict.checked}
        assert unchecked == {Promise.SIGNED}
        assert "not checked: the manifest is signed" in report.to_text()
        assert report.root == read_manifest(OutputFolder(out)).root


def evidence_of(out: Path, source_ends: str) -> Path:
    """Return the file of evidence that holds records of a source."""
    for path in published_files(out / "evidence"):
        if any(str(source).endswith(source_ends) for source in pq.read_table(path)["source"].to_pylist()):
            return path
    raise AssertionError(source_ends)


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace a Parquet file by a changed table."""
    pq.write_table(change(pq.read_table(path, partitioning=None)), path)


def with_cell(column: str, change: Callable[[Any], Any]) -> Callable[[pa.Table], pa.Table]:
    """Return the change of one value of a column, in the middle of the file."""

    def changed(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        values[len(values) // 3] = change(values[len(values) // 3])
        made = pa.array(values, table[column].type)
        return table.set_column(table.schema.get_field_index(column), table.schema.field(column), made)

    return changed


def with_ledger(out: Path, change: Callable[[Ledger], Ledger]) -> None:
    """Change the ledger, whose sums are made anew."""
    ledger = from_json((out / "ledger.json").read_bytes())
    (out / "ledger.json").write_bytes(to_json(change(ledger)))


def without_source(ledger: Ledger, source_ends: str) -> Ledger:
    """Return a ledger without one source."""
    kept = Ledger()
    for description, account in ledger:
        if not description.source.endswith(source_ends):
            kept.describe(description)
            kept.account(description.source).add(account)
    return kept


def take_a_source_out(out: Path, _logs: Path) -> None:
    """Remove a source from ledger, evidence and rejects."""
    with_ledger(out, lambda ledger: without_source(ledger, "blank.log"))
    for store in ("evidence", "rejects"):
        for path in published_files(out / store):
            table = pq.read_table(path, partitioning=None)
            keep = [not str(source).endswith("blank.log") for source in table["source"].to_pylist()]
            pq.write_table(table.filter(pa.array(keep)), path)


def declare_a_duplicate(out: Path, logs: Path) -> None:
    """Say of a source that it repeats another one, with the other's counts, and remove its rows."""

    def declared(ledger: Ledger) -> Ledger:
        kept = Ledger()
        for description, account in ledger:
            if description.source.endswith("acme/all.log"):
                original = description.source
                received = account.received
        for description, account in ledger:
            if description.source.endswith("blank.log"):
                kept.describe(replace(description, duplicate_of=original))
                kept.receive(description.source, received.records, received.bytes)
                kept.repeat(description.source, received.records, received.bytes)
            else:
                kept.describe(description)
                kept.account(description.source).add(account)
        return kept

    take_a_source_out_of_stores = take_a_source_out
    before = (out / "ledger.json").read_bytes()
    take_a_source_out_of_stores(out, logs)
    (out / "ledger.json").write_bytes(before)
    with_ledger(out, declared)


def say_it_is_read_only_once(out: Path, _logs: Path) -> None:
    """Change a byte of a stored record, and say that its input cannot be read again."""

    def once(ledger: Ledger) -> Ledger:
        kept = Ledger()
        for description, account in ledger:
            is_meant = description.source.endswith("bolt/all.log")
            kept.describe(replace(description, can_be_reread=not is_meant))
            kept.account(description.source).add(account)
        return kept

    with_ledger(out, once)
    change = with_cell("message_raw", lambda raw: raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:])
    rewrite(evidence_of(out, "bolt/all.log"), change)


def change_column(column: str, change: Callable[[Any], Any]) -> Change:
    """Return the change of one value that was read from a record."""
    return lambda out, _: rewrite(evidence_of(out, "acme/all.log"), with_cell(column, change))


def delete_decisions(out: Path, _logs: Path) -> None:
    """Remove all decisions of a tenant of which something was shown."""
    shutil.rmtree(out / "decisions" / "tenant=acme")


def empty_items(out: Path, _logs: Path) -> None:
    """Empty the list of items."""
    (out / "items.jsonl").write_bytes(b"")


def drop_an_item(out: Path, _logs: Path) -> None:
    """Remove one item."""
    lines = (out / "items.jsonl").read_bytes().splitlines(keepends=True)
    (out / "items.jsonl").write_bytes(b"".join(lines[1:]))


def change_a_score(out: Path, _logs: Path) -> None:
    """Change the score of an item."""
    first, *rest = [orjson.loads(line) for line in (out / "items.jsonl").read_bytes().splitlines()]
    first["data"]["score"] += 1
    (out / "items.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in (first, *rest)))


def replace_the_digest(out: Path, _logs: Path) -> None:
    """Replace the digest by one that says that all is well."""
    (out / "digest.md").write_text("# Nothing to see\n", encoding="utf-8")


def move_out_of_its_day(out: Path, _logs: Path) -> None:
    """Give a file the name of other days."""
    path = evidence_of(out, "acme/all.log")
    path.rename(path.with_name(path.name.replace("2026-03-13", "2026-03-04").replace("2026-03-02", "2026-03-03")))


def move_to_another_tenant(out: Path, _logs: Path) -> None:
    """Move a file of evidence to the folder of another tenant."""
    path = evidence_of(out, "acme/all.log")
    path.rename(out / "evidence" / "tenant=bolt" / path.name.replace("ev-", "ev-7"))


def change_totals(out: Path, _logs: Path) -> None:
    """Change the sums of the ledger and nothing else."""
    document = orjson.loads((out / "ledger.json").read_bytes())
    document["total"]["received"]["records"] += 1
    (out / "ledger.json").write_bytes(orjson.dumps(document))


def add_an_input(_out: Path, logs: Path) -> None:
    """Put another file beside those that were read."""
    (logs / "acme" / "unread.log").write_bytes(b"2026-03-05T01:02:03Z x9 door: opened\n" * 9)


def change_a_duplicate(_out: Path, logs: Path) -> None:
    """Change a byte in the middle of the copy of an input."""
    content = bytearray((logs / "acme" / "copy.log").read_bytes())
    content[len(content) // 2] ^= 1
    (logs / "acme" / "copy.log").write_bytes(content)


def change_an_input(_out: Path, logs: Path) -> None:
    """Replace an input by a file of the same length."""
    content = (logs / "bolt" / "all.log").read_bytes()
    (logs / "bolt" / "all.log").write_bytes(content[::-1])


def swap_the_decisions_of_tenants(out: Path, _logs: Path) -> None:
    """Let each of two tenants have the decisions of the other."""
    acme, bolt, aside = (out / "decisions" / name for name in ("tenant=acme", "tenant=bolt", "aside"))
    acme.rename(aside)
    bolt.rename(acme)
    aside.rename(bolt)


def move_decisions(out: Path, _logs: Path) -> None:
    """Move the decisions of a tenant to another."""
    for path in published_files(out / "decisions" / "tenant=acme"):
        path.rename(out / "decisions" / "tenant=bolt" / path.name.replace("de-", "de-7"))


def swap_two_files(out: Path, _logs: Path) -> None:
    """Swap the contents of two files of evidence."""
    one, other = evidence_of(out, "acme/all.log"), evidence_of(out, "bolt/all.log")
    before = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(before)


def in_first(store: str, change: Callable[[pa.Table], pa.Table]) -> Change:
    """Return the change of the first file of a store."""
    return lambda out, _: rewrite(published_files(out / store)[0], change)


def with_a_row_twice(table: pa.Table) -> pa.Table:
    """Return a table with one of its rows twice."""
    return pa.concat_tables([table.slice(0, 3), table.slice(2, 1), table.slice(3)])


def with_a_further_column(table: pa.Table) -> pa.Table:
    """Return a table with a column that no store has."""
    return table.append_column("note", pa.array(["x"] * len(table)))


def without(column: str) -> Callable[[pa.Table], pa.Table]:
    """Return the removal of a column."""
    return lambda table: table.drop_columns([column])


def copy_a_stored_file(out: Path, _logs: Path) -> None:
    """Put a copy of a file of evidence beside it."""
    path = evidence_of(out, "acme/all.log")
    shutil.copy(path, path.with_name("copy.parquet"))


def with_ledger_of_another_run(out: Path, logs: Path) -> None:
    """Replace the ledger by that of a run over other inputs."""

    def renamed(ledger: Ledger) -> Ledger:
        kept = Ledger()
        for description, account in ledger:
            other = description.source.replace(str(logs), "/srv/other")
            kept.describe(replace(description, source=other))
            kept.account(other).add(account)
        return kept

    with_ledger(out, renamed)


def with_items(change: Callable[[list[Any]], list[Any]]) -> Change:
    """Return a change of the list of items."""

    def changed(out: Path, _logs: Path) -> None:
        items = [orjson.loads(line) for line in (out / "items.jsonl").read_bytes().splitlines()]
        (out / "items.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in change(items)))

    return changed


def told_otherwise(path: tuple[str, ...], value: object) -> Change:
    """Return the change of one field of the first item."""

    def changed(items: list[Any]) -> list[Any]:
        held = items[0]
        for name in path[:-1]:
            held = held[name]
        held[path[-1]] = value
        return items

    return with_items(changed)


TAMPERINGS: Final[dict[str, tuple[Change, AuditKind]]] = {
    "a source taken out of ledger and evidence": (take_a_source_out, AuditKind.SOURCE_MISSING),
    "a source declared a duplicate of another": (declare_a_duplicate, AuditKind.DUPLICATE_DIFFERS),
    "a byte changed where nothing can be read again": (say_it_is_read_only_once, AuditKind.BYTES_DIFFER),
    "an event time changed": (
        change_column("event_time", lambda when: when.replace(minute=(when.minute + 7) % 60)),
        AuditKind.COLUMN_DIFFERS,
    ),
    "a host changed": (change_column("host", lambda _: "web9"), AuditKind.COLUMN_DIFFERS),
    "a service changed": (change_column("service", lambda _: "door"), AuditKind.COLUMN_DIFFERS),
    "a severity changed": (change_column("severity_number", lambda held: held ^ 1), AuditKind.COLUMN_DIFFERS),
    "a signature changed": (change_column("signature", lambda held: held ^ 1), AuditKind.COLUMN_DIFFERS),
    "a record said to be late": (change_column("late", lambda held: not held), AuditKind.COLUMN_DIFFERS),
    "decisions deleted": (delete_decisions, AuditKind.OUTCOME_DIFFERS),
    "the list of items emptied": (empty_items, AuditKind.OUTCOME_DIFFERS),
    "an item removed": (drop_an_item, AuditKind.OUTCOME_DIFFERS),
    "the score of an item changed": (change_a_score, AuditKind.OUTCOME_DIFFERS),
    "the digest replaced": (replace_the_digest, AuditKind.DIGEST_DIFFERS),
    "a file moved out of its day": (move_out_of_its_day, AuditKind.WRONG_FOLDER),
    "a file moved to another tenant": (move_to_another_tenant, AuditKind.WRONG_FOLDER),
    "the sums of the ledger changed": (change_totals, AuditKind.LEDGER_DIFFERS),
    "a new file among the inputs": (add_an_input, AuditKind.INPUT_NOT_READ),
    "the copy of an input changed": (change_a_duplicate, AuditKind.DUPLICATE_DIFFERS),
    "an input replaced": (change_an_input, AuditKind.INPUT_CHANGED),
    "two files of evidence swapped": (swap_two_files, AuditKind.WRONG_FOLDER),
    "a row of evidence doubled": (in_first("evidence", with_a_row_twice), AuditKind.OVERLAP),
    "a row of rejects doubled": (in_first("rejects", with_a_row_twice), AuditKind.OVERLAP),
    "a decision doubled": (in_first("decisions", with_a_row_twice), AuditKind.OUTCOME_DIFFERS),
    "a stored file twice in its folder": (copy_a_stored_file, AuditKind.OVERLAP),
    "the decisions of two tenants swapped": (swap_the_decisions_of_tenants, AuditKind.WRONG_FOLDER),
    "decisions moved to another tenant": (move_decisions, AuditKind.WRONG_FOLDER),
    "a further column of evidence": (in_first("evidence", with_a_further_column), AuditKind.FILE_DAMAGED),
    "a further column of decisions": (in_first("decisions", with_a_further_column), AuditKind.FILE_DAMAGED),
    "the hosts of evidence removed": (in_first("evidence", without("host")), AuditKind.FILE_DAMAGED),
    "the facts of decisions removed": (in_first("decisions", without("facts")), AuditKind.FILE_DAMAGED),
    "the ledger of another run": (with_ledger_of_another_run, AuditKind.SOURCE_MISSING),
    "an item doubled": (with_items(lambda items: [items[0], *items]), AuditKind.OUTCOME_DIFFERS),
    "items in another order": (with_items(lambda items: items[::-1]), AuditKind.OUTCOME_DIFFERS),
    "an item given to another tenant": (told_otherwise(("data", "tenant"), "zed"), AuditKind.OUTCOME_DIFFERS),
    "the band of an item changed": (told_otherwise(("data", "band"), "watch"), AuditKind.OUTCOME_DIFFERS),
    "the time of an item changed": (
        told_otherwise(("time",), "2026-03-01T00:00:00.000000Z"),
        AuditKind.OUTCOME_DIFFERS,
    ),
    "the reasons of an item removed": (told_otherwise(("data", "contributions"), []), AuditKind.OUTCOME_DIFFERS),
}
BY_MANIFEST_ALONE: Final[dict[str, Change]] = {
    "a decision removed, of which items and digest tell nothing": in_first(
        "decisions", lambda table: pa.concat_tables([table.slice(0, 2), table.slice(3)])
    ),
    "the band before a decision changed": in_first("decisions", with_cell("from_band", lambda _: "candidate")),
    "the template of a decision changed": in_first("decisions", with_cell("template", lambda held: f"{held} x")),
    "the facts of a decision changed": in_first("decisions", with_cell("facts", lambda held: {**held, "hosts": 99})),
    "when a record was received changed": change_column("received_at", lambda when: when.replace(year=2020)),
    "the order of the rows of a file changed": in_first(
        "evidence", lambda table: table.take([1, 0, *range(2, len(table))])
    ),
    "the metadata of a Parquet file changed": in_first(
        "evidence", lambda table: table.replace_schema_metadata({**(table.schema.metadata or {}), b"created": b"1999"})
    ),
    "the words of an item changed": told_otherwise(("data", "what"), "All is well."),
    "a line that an item quotes changed": told_otherwise(("data", "evidence"), []),
}
"""what follows from nothing else that is stored: only the manifest has it, and only a signature keeps the manifest"""


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_named_also_where_the_manifest_was_written_anew(pair: tuple[Path, Path], tampering: str) -> None:
    """By what is wrong itself, and for a change of the output by the manifest; a signature cannot be written anew."""
    out, logs = pair
    folder = OutputFolder(out)
    sign_manifest(folder, KEY)
    change, expected = TAMPERINGS[tampering]
    change(out, logs)
    report = audit(out, key=KEY)
    assert expected in {finding.kind for finding in report.findings}, report.to_text()
    is_of_output = expected not in {AuditKind.INPUT_NOT_READ, AuditKind.INPUT_CHANGED} and "copy" not in tampering
    assert bool(report.broken(Promise.FILES)) == is_of_output
    signature = folder.signature.read_bytes()
    write_manifest(folder)
    folder.signature.write_bytes(signature)
    report = audit(out, key=KEY)
    kinds = {finding.kind for finding in report.findings}
    assert expected in kinds, report.to_text()
    assert (AuditKind.SIGNATURE_WRONG in kinds) == is_of_output
    assert not kinds & BROKEN_BY[Promise.FILES]
    assert "broken: " in report.to_text()


@pytest.mark.parametrize("tampering", BY_MANIFEST_ALONE)
def test_what_nothing_else_holds_is_named_by_the_manifest_and_its_signature(
    pair: tuple[Path, Path], tampering: str
) -> None:
    """Where the manifest was written anew, too, nothing but the signature is wrong, and without a key nothing."""
    out, logs = pair
    folder = OutputFolder(out)
    sign_manifest(folder, KEY)
    BY_MANIFEST_ALONE[tampering](out, logs)
    assert AuditKind.FILE_CHANGED in {finding.kind for finding in audit(out, key=KEY).findings}
    signature = folder.signature.read_bytes()
    write_manifest(folder)
    folder.signature.write_bytes(signature)
    assert {finding.kind for finding in audit(out, key=KEY).findings} == {AuditKind.SIGNATURE_WRONG}


def test_the_documentation_tells_of_each_tampering_what_is_tested() -> None:
    """Its table names all of them, and what the audit says of each."""
    page = (Path(__file__).parents[3] / "docs" / "contracts.md").read_text(encoding="utf-8")
    told = {line for line in page.splitlines() if line.startswith("| ")}
    for tampering, (_, kind) in TAMPERINGS.items():
        assert f"| {tampering} | `{kind}` |" in told
    for tampering in BY_MANIFEST_ALONE:
        assert f"| {tampering} | only by `file_changed`, or `signature_wrong` |" in told


@pytest.mark.parametrize("name", ["manifest.json", "run.json", "ledger.json", "digest.md", "items.jsonl"])
@pytest.mark.parametrize("harm", ["removed", "emptied", "cut", "a list"])
def test_a_lost_or_damaged_file_of_the_output_is_named(pair: tuple[Path, Path], name: str, harm: str) -> None:
    """Whichever it is, and the audit ends with a report."""
    out, _ = pair
    content = (out / name).read_bytes()
    changed = {"emptied": b"", "cut": content[: len(content) // 2], "a list": b"[]\n"}
    if harm == "removed":
        (out / name).unlink()
    else:
        (out / name).write_bytes(changed[harm])
    report = audit(out)
    assert report.broken(Promise.FILES), report.to_text()
    assert name in report.to_text()


def test_a_signature_holds_for_its_key_alone(pair: tuple[Path, Path]) -> None:
    """Of another key, and where it is missing, the audit says so."""
    folder = OutputFolder(pair[0])
    root = read_manifest(folder).root
    assert is_signed(folder, KEY, root) is None
    assert [each.kind for each in audit(folder.root, key=KEY).findings] == [AuditKind.SIGNATURE_WRONG]
    sign_manifest(folder, KEY)
    assert audit(folder.root, key=KEY).ok
    assert [each.kind for each in audit(folder.root, key=KEY * 2).findings] == [AuditKind.SIGNATURE_WRONG]


def test_an_input_that_rotation_has_renamed_or_packed_is_found_again(pair: tuple[Path, Path]) -> None:
    """By its beginning; a new log under the old name, and one that has grown, are no findings."""
    out, logs = pair
    log = logs / "acme" / "all.log"
    log.rename(log.with_name("all.log.1"))
    log.write_bytes(b"2026-03-20T01:02:03Z x9 jobd: rotated\n")
    packed = logs / "bolt" / "all.log"
    (logs / "bolt" / "all.log.2.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    with (logs / "bolt" / "blank.log").open("ab") as grown:
        grown.write(b"2026-03-20T01:02:03Z x9 jobd: more\n")
    report = audit(out)
    assert report.ok, report.to_text()
    assert report.broken(Promise.INPUTS) == 0


def test_an_input_is_not_said_to_be_missing_where_there_is_no_room_to_unpack_it(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The audit says that it was not compared, and why."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    report = audit(pair[0])
    assert report.ok, report.to_text()
    assert "other.log.gz: the temporary folder takes no copy of it" in report.to_text()


def test_a_run_that_goes_on_takes_over_what_its_manifest_says_of_stored_files(pair: tuple[Path, Path]) -> None:
    """A stop reads only what is new; a stored file that was changed meanwhile is found by its old entry."""
    out, _ = pair
    folder = OutputFolder(out)
    before = {entry.path: entry for entry in read_manifest(folder).files}
    folder.put_manifest_aside()
    assert not folder.manifest.exists()
    changed, lost, *_ = published_files(out / "evidence")
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    new = changed.with_name(f"{changed.name[:-9]}9.parquet")
    shutil.copy(lost, new)
    lost.unlink()
    (out / "digest.md").write_text("another digest", encoding="utf-8")
    # killed before it has written one, and started once more
    folder.put_manifest_aside()
    write_manifest(folder)
    after = {entry.path: entry for entry in read_manifest(folder).files}
    names = {path: str(path.relative_to(out)) for path in (changed, lost, new)}
    assert after[names[changed]] == before[names[changed]]
    assert after[names[new]].sha256 == before[names[lost]].sha256
    assert names[lost] not in after
    assert after["digest.md"] != before["digest.md"]
    assert [name for _, name, _ in differences(folder, read_manifest(folder))] == [names[changed]]
    assert not folder.earlier_manifest.exists()
