"""Files as sources: what is found, what is refused, and that every byte comes out once."""

import bz2
import gzip
import lzma
import os
import random
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.ledger import FaultReason, RefusalReason
from connectors.base import ConfigurationError, InputError, Source
from connectors.files.compression import Compression
from connectors.files.cursor import FileCursor, FileInput, ReferenceOrigin, path_of, source_of
from connectors.files.discovery import Argument, Inventory, discover, files_below, parse_argument
from connectors.files.given import NOTHING_GIVEN, Given
from connectors.files.peek import latest_stamp_us, named_day, refusal_of, service_of
from tests.support.examples import examples

TEXT = b"".join(b"Mar  1 10:00:%02d db1 backupd[7]: volume %d copied\n" % (each % 60, each) for each in range(5_000))
NOISE = random.Random(5)
REFERENCE_US = int(datetime(2024, 4, 1, tzinfo=UTC).timestamp()) * 1_000_000
PACKERS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.XZ: lzma.compress,
    Compression.ZSTD: zstandard.ZstdCompressor(write_checksum=True).compress,
    Compression.BZIP2: bz2.compress,
}


def us(*date: int) -> int:
    """Return a UTC date in microseconds since the epoch."""
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]  # a date's parts


def find(*arguments: str, reference_time_us: int | None = None) -> Inventory:
    """Discover command line arguments."""
    return discover([parse_argument(each) for each in arguments], reference_time_us=reference_time_us)


def only(path: Path) -> FileInput:
    """Return the one file that a path is."""
    (file,) = find(str(path)).files
    return file


def records(source: Source, max_records: int = 1_000) -> list[tuple[int, bytes]]:
    """Read a source to its end: position and bytes of each record."""
    held = []
    while (batch := source.read(max_records)) is not None:
        assert 0 < len(batch) <= max_records
        held += [(int(batch.position[index]), batch.raw(index)) for index in range(len(batch))]
    source.close()
    return held


def joined(held: list[tuple[int, bytes]]) -> bytes:
    """Return all bytes; fails unless the positions count them."""
    stream = b""
    for position, raw in held:
        assert position == len(stream)
        stream += raw
    return stream


# arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme=/var/log", Argument("acme", Path("/var/log"))),
        ("/var/log", Argument("default", Path("/var/log"))),
        ("-", Argument("default", None)),
        ("acme=-", Argument("acme", None)),
        ("./a=b", Argument("default", Path.cwd() / "a=b")),
        ("acme=x=y", Argument("acme", Path.cwd() / "x=y")),
    ],
)
def test_an_argument_is_a_tenant_and_a_path(text: str, expected: Argument) -> None:
    """The first "=" divides, unless a "/" stands before it."""
    assert parse_argument(text) == expected


def test_what_exists_is_a_path_also_with_an_equals_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file called a=b is not file b of tenant a."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b").write_bytes(b"")
    assert parse_argument("a=b") == Argument("default", tmp_path / "a=b")


@pytest.mark.parametrize("text", ["", "=x", "acme=", "a\nb=x", "\udcff=x"])
def test_half_an_argument_is_a_configuration_error(text: str) -> None:
    """Both sides must be there, and a tenant is printable text."""
    with pytest.raises(ConfigurationError):
        parse_argument(text)


def test_all_missing_paths_are_named_before_anything_is_read(tmp_path: Path) -> None:
    """The operator sees every mistake at once."""
    with pytest.raises(InputError, match=r"one\.log.*two\.log"):
        find(str(tmp_path / "one.log"), str(tmp_path), str(tmp_path / "two.log"))


def test_standard_input_twice_is_a_configuration_error() -> None:
    """It can be read once."""
    with pytest.raises(ConfigurationError):
        find("-", "acme=-")


# finding


def test_a_folder_is_walked_in_order_and_every_file_is_listed(tmp_path: Path) -> None:
    """Files are read or refused with a reason; none is passed over in silence."""
    for name in ("b.log", "a/z.log", "a/b/c.log", ".hidden/x.log", ".swp", "out/items.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"line\n")
    (tmp_path / "empty").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    inventory = discover([parse_argument(str(tmp_path))], excluded=[tmp_path / "out"])
    assert [str(file.path.relative_to(tmp_path)) for file in inventory.files if file.path] == [
        "a/b/c.log",
        "a/z.log",
        "b.log",
        "empty",
    ]
    assert {Path(each.path).name: each.reason for each in inventory.refused} == {
        ".hidden": RefusalReason.HIDDEN,
        ".swp": RefusalReason.HIDDEN,
        "dangling": RefusalReason.UNREADABLE,
        "out": RefusalReason.EXCLUDED,
        "pipe": RefusalReason.SPECIAL_FILE,
    }


def test_loops_of_links_end(tmp_path: Path) -> None:
    """Each real folder is entered once, and a link to itself is unreadable."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"line\n")
    (tmp_path / "logs" / "up").symlink_to(tmp_path)
    (tmp_path / "logs" / "self").symlink_to(tmp_path / "logs" / "self")
    inventory = find(str(tmp_path))
    assert [file.path for file in inventory.files] == [tmp_path / "logs" / "a.log"]
    assert [each.reason for each in inventory.refused] == [RefusalReason.UNREADABLE]


def test_a_path_that_is_too_long_for_the_system_is_refused(tmp_path: Path) -> None:
    """A tree can be deeper than what one call takes; the files above are read."""
    (tmp_path / "a.log").write_bytes(b"line\n")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(4096 // 200 + 1):
            os.mkdir("d" * 200, dir_fd=folder)
            inner = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.close(os.open("deep.log", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    finally:
        os.close(folder)
    inventory = find(str(tmp_path))
    assert [file.path for file in inventory.files] == [tmp_path / "a.log"]
    assert [each.reason for each in inventory.refused] == [RefusalReason.UNREADABLE]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may search every folder: run it as another user")
def test_what_lies_in_a_folder_that_may_be_listed_only_is_refused(tmp_path: Path) -> None:
    """One by one, since their names are known; the files beside are read."""
    (tmp_path / "a.log").write_bytes(b"line\n")
    (tmp_path / "listed").mkdir()
    for name in ("b.log", "c.log"):
        (tmp_path / "listed" / name).write_bytes(b"line\n")
    (tmp_path / "listed").chmod(0o400)
    try:
        inventory = find(str(tmp_path))
    finally:
        (tmp_path / "listed").chmod(0o700)
    assert [file.path for file in inventory.files] == [tmp_path / "a.log"]
    assert [Path(each.path).name for each in inventory.refused] == ["b.log", "c.log"]


def test_a_file_that_vanishes_while_its_folder_is_walked_ends_nothing(tmp_path: Path) -> None:
    """Rotation renames and removes files at any moment; the rest of the folder is still found."""
    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).write_bytes(b"line\n")
    walk = files_below(tmp_path, [])
    assert next(walk)[0].name == "a.log"
    (tmp_path / "b.log").unlink()
    assert [path.name for path, _ in walk] == ["c.log"]


def test_a_file_given_again_is_a_duplicate_of_the_first(tmp_path: Path) -> None:
    """Also through a symbolic link, a hard link, or the very same path; each has a name of its own."""
    (tmp_path / "a.log").write_bytes(b"line\n")
    (tmp_path / "b.log").symlink_to("a.log")
    (tmp_path / "c.log").hardlink_to(tmp_path / "a.log")
    files = find(str(tmp_path), str(tmp_path / "a.log")).files
    first = source_of(tmp_path / "a.log")
    assert [file.duplicate_of for file in files] == ["", first, first, first]
    assert len({file.source for file in files}) == 4
    assert files[3].description().path == str(tmp_path / "a.log")


def test_one_file_under_two_tenants_is_a_configuration_error(tmp_path: Path) -> None:
    """A record belongs to one tenant."""
    (tmp_path / "a.log").write_bytes(b"line\n")
    with pytest.raises(ConfigurationError, match="one tenant"):
        find(f"acme={tmp_path}", f"other={tmp_path / 'a.log'}")


def test_names_that_are_no_text_still_name_a_source(tmp_path: Path) -> None:
    """A source is valid text, no two paths share one, and the path can be found again."""
    names = [b"caf\xe9.log", b"caf%E9.log", "café.log".encode(), b"#2"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"line\n")
    files = find(str(tmp_path)).files
    assert len({file.source.encode() for file in files}) == len(names)
    for file in files:
        assert path_of(file.source) == file.path
        assert file.description().path.encode()
        assert records(FileCursor(file)) == [(0, b"line\n")]


# refusing

BINARY = {
    RefusalReason.JOURNAL: b"LPKSHHRH\0\0\0\0",
    RefusalReason.DATABASE: b"SQLite format 3\0more",
    RefusalReason.WINDOWS_EVENT_LOG: b"ElfFile\0\0\0",
    RefusalReason.PACKET_CAPTURE: b"\xd4\xc3\xb2\xa1\x02\0",
    RefusalReason.ARCHIVE: b"PK\x03\x04text",
    RefusalReason.EXECUTABLE: b"\x7fELF\x02\x01",
    RefusalReason.UNSUPPORTED_COMPRESSION: b"\x04\x22\x4d\x18abc",
    RefusalReason.UNSUPPORTED_ENCODING: "\ufeffline\n".encode("utf-32-le"),
    RefusalReason.BINARY: b"PAR1text",
}


@pytest.mark.parametrize("reason", BINARY)
def test_known_binary_files_are_refused_by_name(tmp_path: Path, reason: RefusalReason) -> None:
    """Their first bytes tell, also under compression."""
    (tmp_path / "x.log").write_bytes(BINARY[reason])
    (tmp_path / "x.log.gz").write_bytes(gzip.compress(BINARY[reason]))
    inventory = find(str(tmp_path))
    assert [each.reason for each in inventory.refused] == [reason, reason]
    assert inventory.files == ()


def test_a_tar_archive_and_login_records_are_refused() -> None:
    """Some formats have no signature at their beginning."""
    assert refusal_of(b"name".ljust(257, b"\0") + b"ustar\0") is RefusalReason.ARCHIVE
    login = b"\x07\0\0\0\x39\x05\0\0" + b"pts/0".ljust(32, b"\0") + b"ts/0" + b"ann".ljust(32, b"\0")
    assert refusal_of(login.ljust(384, b"\0") * 5) is RefusalReason.BINARY
    assert refusal_of(NOISE.randbytes(5_000)) is RefusalReason.BINARY
    assert refusal_of(b"\0" * 5_000, b"\0" * 5_000) is RefusalReason.BINARY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        TEXT,
        "naïve café\n".encode("latin-1") * 50,
        b"\x1b[31mred\x1b[0m alert\n" * 50,
        b"\0" * 70_000 + TEXT,
        TEXT[:5_000] + b"\0" * 4_096 + TEXT[5_000:],
        b"line with one \0 in it\n" + TEXT,
        "\ufeffBOM first\n".encode(),
        "журнал запущен\n".encode() * 9,
    ],
)
def test_text_with_some_dirt_is_read(tmp_path: Path, content: bytes) -> None:
    """NUL runs of a crash or a truncation, colours, Latin-1 and a UTF-8 mark are no reason to refuse a log."""
    (tmp_path / "x.log").write_bytes(content)
    assert joined(records(FileCursor(only(tmp_path / "x.log")))) == content


def test_sockets_and_devices_are_refused(tmp_path: Path) -> None:
    """Reading them would wait, or never end."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        inventory = find(str(tmp_path / "s"), "/dev/zero")
    assert [each.reason for each in inventory.refused] == [RefusalReason.SPECIAL_FILE] * 2


# what a file's ends tell


def test_the_bound_of_years_is_the_argument_then_the_content_then_the_modification_time(tmp_path: Path) -> None:
    """A copy changes modification times but not content, and dates lie in the files beside."""
    (tmp_path / "dated").mkdir()
    (tmp_path / "dated" / "syslog").write_bytes(TEXT)
    (tmp_path / "dated" / "app.log").write_bytes(b"2021-03-02 10:00:00,123 INFO web up\nuntil 2031-01-01 00:00:00\n")
    (tmp_path / "syslog").write_bytes(TEXT)
    os.utime(tmp_path / "syslog", (1_000_000_000, 1_000_000_000))
    files = find(str(tmp_path / "dated"), str(tmp_path / "syslog")).files
    content, modified = ReferenceOrigin.CONTENT, ReferenceOrigin.MODIFICATION_TIME
    assert [(file.reference_time_us, file.reference_origin) for file in files] == [
        (us(2021, 3, 2, 10), content),
        (us(2021, 3, 2, 10), content),
        (1_000_000_000_000_000, modified),
    ]
    (given_file,) = find(str(tmp_path / "syslog"), reference_time_us=7).files
    assert (given_file.reference_time_us, given_file.reference_origin) == (7, ReferenceOrigin.ARGUMENT)


@pytest.mark.parametrize("compression", [Compression.NONE, *PACKERS])
def test_the_latest_date_may_stand_at_the_far_end(tmp_path: Path, compression: Compression) -> None:
    """Both ends of a long file are looked at, also of a compressed one."""
    long = b"2021-01-01T00:00:00Z first\n" + TEXT * 2 + b"2021-05-06T07:08:09+0200 last\n"
    pack = PACKERS.get(compression, bytes)
    (tmp_path / "x").write_bytes(pack(long))
    assert only(tmp_path / "x").reference_time_us == us(2021, 5, 6, 5, 8, 9)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"2022-02-10 16:09:19 up", us(2022, 2, 10, 15, 9, 19)),
        (b"[2022-02-10T16:09:19.414Z] up", us(2022, 2, 10, 16, 9, 19)),
        (b"2022/02/10 16:09:19 [error]", us(2022, 2, 10, 15, 9, 19)),
        (b"<34>1 2022-02-10T16:09:19-07:00 db1 - - -", us(2022, 2, 10, 23, 9, 19)),
        (b'{"level":"x","@timestamp": "2022-02-10T16:09:19.1Z"}', us(2022, 2, 10, 16, 9, 19)),
        (b"2022-02-30 16:09:19 no such day", None),
        (b"certificate ends 2032-02-10 16:09:19", None),
        (b"Feb 10 16:09:19 db1 x: y", None),
    ],
)
def test_a_date_counts_at_the_beginning_of_a_line_only(line: bytes, expected: int | None) -> None:
    """Dates within messages may lie far ahead; a date without a zone is in the zone given."""
    assert latest_stamp_us([b"noise\n" + line + b"\n"], timezone(timedelta(hours=1))) == expected


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("syslog", "syslog"),
        ("syslog.1.gz", "syslog"),
        ("web-api.log.2.xz", "web-api"),
        ("access.log-20220204.gz", "access"),
        ("app-2022-02-04.log", "app"),
        ("messages~", "messages"),
        (".log", ".log"),
        ("web-api.db1.log", "web-api"),
        ("queue@db1.log", "queue"),
        ("db1.log", "db1"),
        ("/var/log/containers/web-7d9f8b6c5-x2x4z_shop_nginx-" + "0a" * 32 + ".log", "nginx"),
        ("/var/log/pods/shop_web-7d9f8b6c5-x2x4z_0b1c2d3e-1111-2222-3333-444455556666/nginx/0.log", "nginx"),
        ("pods/shop_web-0_0b1c2d3e-1111-2222-3333-444455556666/nginx/0.log.20220204-100000.gz", "nginx"),
        ("shop_web_0/0.log", "0"),
    ],
)
def test_a_service_is_the_file_name_without_rotation_kind_and_host(name: str, service: str) -> None:
    """Rotated copies are of the same service on all hosts."""
    assert service_of(name, "db1") == service


def test_a_host_is_named_by_the_logs_beside(tmp_path: Path) -> None:
    """Below var/log of one machine its syslog names the host; a folder of many machines names none."""
    many = b"".join(TEXT[: TEXT.index(b"\n") + 1].replace(b"db1", host) for host in (b"db1", b"db2", b"db3", b"db4"))
    for machine, lines in {"one": TEXT, "many": many}.items():
        folder = tmp_path / machine / "var" / "log" / "web"
        folder.mkdir(parents=True)
        (folder.parent / "syslog").write_bytes(lines)
        (folder / "web.log").write_bytes(b"2024-03-01T10:00:00Z INFO web: up\n")
    (tmp_path / "one" / "sos_commands").mkdir()
    (tmp_path / "one" / "sos_commands" / "dmesg").write_bytes(b"[1.0] up\n")
    (tmp_path / "elsewhere.log").write_bytes(TEXT)
    hosts = {file.source.partition(str(tmp_path))[2]: file.default_host for file in find(str(tmp_path)).files}
    assert hosts == {
        "/elsewhere.log": "",
        "/many/var/log/syslog": "",
        "/many/var/log/web/web.log": "",
        "/one/sos_commands/dmesg": "db1",
        "/one/var/log/syslog": "db1",
        "/one/var/log/web/web.log": "db1",
    }


@pytest.mark.parametrize("kept_lines", [2_000, 5_000, 15_000])
def test_what_a_log_says_later_does_not_name_the_host_of_the_logs_beside(tmp_path: Path, kept_lines: int) -> None:
    """A machine that was renamed: wherever its syslog is cut, records beside it that name no host have the same one."""
    folder = tmp_path / "var" / "log"
    folder.mkdir(parents=True)
    lines = (TEXT + b"".join(b"Mar  2 10:00:00 db2 up: x\n" for _ in range(10_000))).splitlines(keepends=True)
    (folder / "syslog").write_bytes(b"".join(lines[:kept_lines]))
    (folder / "web.log").write_bytes(b"2024-03-01T10:00:00Z INFO web: up\n")
    assert [file.default_host for file in find(str(tmp_path)).files] == ["db1", "db1"]


# reading


@pytest.mark.parametrize("compression", [Compression.NONE, *PACKERS])
def test_every_byte_comes_out_once_from_any_position(tmp_path: Path, compression: Compression) -> None:
    """A cursor opened where another stood gives exactly what the other would have given next."""
    (tmp_path / "x").write_bytes(PACKERS.get(compression, bytes)(TEXT + b"torn"))
    file = only(tmp_path / "x")
    assert file.compression is compression
    whole = records(FileCursor(file))
    assert joined(whole) == TEXT + b"torn"
    first = FileCursor(file)
    batch = first.read(1_234)
    assert batch is not None
    first.close()
    second = FileCursor(file, first.position)
    assert records(second) == whole[len(batch) :]
    assert second.position == len(TEXT) + 4
    assert records(FileCursor(file, second.position)) == []


@settings(max_examples=examples(60))
@given(
    lines=st.lists(
        st.sampled_from([b"one\n", b"\n", b"\tat x\n", b"Caused by: y\n", b"long " * 9 + b"\n", b"\r\n", b"z"])
    ),
    block_bytes=st.integers(1, 60),
    max_records=st.integers(1, 5),
)
def test_records_do_not_depend_on_the_sizes_of_reading(
    lines: list[bytes], block_bytes: int, max_records: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Blocks of any size and batches of any size give the same records."""
    path = tmp_path_factory.mktemp("log") / "x"
    path.write_bytes(b"".join(lines))
    file = only(path)
    whole = records(FileCursor(file))
    assert joined(whole) == b"".join(lines)
    assert records(FileCursor(file, block_bytes=block_bytes), max_records) == whole


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_in_utf_16_is_read_as_utf_8(tmp_path: Path, encoding: str, mark: str, packed: bool) -> None:
    """With a byte order mark and without one, plain and packed, from any position and in blocks of any size."""
    text = mark + "".join(f"2026-02-25 10:00:{second:02} насос 3 \U0001f4a7 läuft trocken\r\n" for second in range(60))
    content = text.encode(encoding)
    (tmp_path / "x.log").write_bytes(gzip.compress(content) if packed else content)
    file = only(tmp_path / "x.log")
    assert file.reference_origin == ReferenceOrigin.CONTENT
    whole = records(FileCursor(file))
    assert joined(whole) == text.encode()
    assert len(whole) == 60
    assert records(FileCursor(file, block_bytes=7), 13) == whole
    assert records(FileCursor(file, whole[30][0])) == whole[30:]


def test_a_torn_unit_of_utf_16_is_a_fault(tmp_path: Path) -> None:
    """A text that ends within a unit is given up to there, and a half of a pair is kept."""
    (tmp_path / "x.log").write_bytes("\ufeffline \ud83d".encode("utf-16-le", "surrogatepass") + b"x")
    cursor = FileCursor(only(tmp_path / "x.log"))
    assert joined(records(cursor)) == "\ufeffline \ud83d".encode("utf-8", "surrogatepass")
    assert cursor.fault is FaultReason.TRUNCATED


@pytest.mark.parametrize("compression", PACKERS)
def test_joined_members_and_padding_are_one_stream(tmp_path: Path, compression: Compression) -> None:
    """Compressed files may be appended to one another."""
    packed = PACKERS[compression](TEXT)
    (tmp_path / "x").write_bytes(packed + bytes(8) * (compression is not Compression.ZSTD) + packed)
    cursor = FileCursor(only(tmp_path / "x"))
    assert joined(records(cursor)) == TEXT * 2
    assert cursor.fault is None


def test_skippable_frames_of_zstd_are_passed_over(tmp_path: Path) -> None:
    """Parallel compressors put them before, between and behind the frames that hold text."""
    skippable = b"\x5e\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"index"
    packed = PACKERS[Compression.ZSTD](TEXT)
    (tmp_path / "x").write_bytes(skippable + packed + skippable + packed + skippable)
    cursor = FileCursor(only(tmp_path / "x"))
    assert joined(records(cursor)) == TEXT * 2
    assert cursor.fault is None


@pytest.mark.parametrize("compression", PACKERS)
@pytest.mark.parametrize("damage", ["cut", "flipped", "followed"])
def test_of_a_damaged_file_the_readable_part_is_given(tmp_path: Path, compression: Compression, damage: str) -> None:
    """The stream ends early with a fault, at the same byte however it is read."""
    noise = NOISE.randbytes(1 << 18).hex().encode()
    text = b"\n".join(noise[at : at + 100] for at in range(0, len(noise), 100))
    packed = bytearray(PACKERS[compression](text))
    middle = len(packed) // 2
    if damage == "cut":
        del packed[middle:]
    elif damage == "flipped":
        packed[middle : middle + 64] = bytes(64)
    else:
        packed += b"something else"
    (tmp_path / "x").write_bytes(packed)
    file = only(tmp_path / "x")
    cursor = FileCursor(file)
    whole = records(cursor)
    assert (
        cursor.fault
        is {
            "cut": FaultReason.TRUNCATED,
            "flipped": FaultReason.CORRUPT,
            "followed": FaultReason.TRAILING_BYTES,
        }[damage]
    )
    given_bytes = joined(whole)
    if damage == "flipped":
        # a stream cipher of one block may garble what follows the damage before the check sum shows it
        assert given_bytes[: len(text) // 4] == text[: len(given_bytes)][: len(text) // 4]
    else:
        assert text.startswith(given_bytes)
    assert (damage == "followed") == (len(given_bytes) == len(text))
    assert records(FileCursor(file, block_bytes=7_777), 13) == whole


def test_a_small_file_that_unpacks_to_much_is_read_in_little_memory(tmp_path: Path) -> None:
    """A quarter of a gibibyte passes through a process that does not grow by half of it."""
    lines = b"0123456789abcde\n" * 65_536
    with gzip.open(tmp_path / "x.gz", "wb", 1) as gzipped, zstandard.open(tmp_path / "x.zst", "wb") as frame:
        for _ in range(128):
            gzipped.write(lines)
            frame.write(lines)
    script = (
        "import resource, sys\n"
        "from connectors.files.cursor import FileCursor\n"
        "from connectors.files.discovery import discover, parse_argument\n"
        "count = 0\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for file in discover([parse_argument(sys.argv[1])]).files:\n"
        "    cursor = FileCursor(file)\n"
        "    while (batch := cursor.read(1 << 20)) is not None: count += len(batch)\n"
        "print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=True, cwd=root)
    count, grown_kib = map(int, ran.stdout.split())
    assert count == 2 * 128 * 65_536
    assert grown_kib < 128 << 10


def test_a_line_longer_than_any_record_does_not_stop_the_reading(tmp_path: Path) -> None:
    """Its pieces come out, and what follows it too."""
    content = b"first\n" + b"x" * (20 << 20) + b"\nlast\n"
    (tmp_path / "x").write_bytes(content)
    held = records(FileCursor(only(tmp_path / "x")))
    assert joined(held) == content
    assert held[-1][1] == b"last\n"


def test_a_named_pipe_and_standard_input_are_read_as_they_come(tmp_path: Path) -> None:
    """A pipe is taken unseen, and cannot be resumed."""
    os.mkfifo(tmp_path / "pipe")
    file = only(tmp_path / "pipe")
    assert file.is_pipe
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(TEXT,))
    writer.start()
    assert joined(records(FileCursor(file))) == TEXT
    writer.join()
    with pytest.raises(InputError):
        FileCursor(file, 10)
    assert find("acme=-", reference_time_us=9).files[0].source == "stdin:"


def test_a_file_that_is_gone_when_its_turn_comes_is_a_fault(tmp_path: Path) -> None:
    """The run goes on, and the ledger will tell."""
    (tmp_path / "x").write_bytes(TEXT)
    file = only(tmp_path / "x")
    (tmp_path / "x").unlink()
    cursor = FileCursor(file)
    assert cursor.read(10) is None
    assert cursor.fault is FaultReason.READ_ERROR


LINE_OF = {
    "syslog": "Mar {day:2} 10:{minute:02}:00 {host} cron[7]: job done",
    "auth.log": "2024-03-{day:02}T10:{minute:02}:00Z {host} sshd[9]: session opened",
    "web.log": "2024-03-{day:02} 10:{minute:02}:00 INFO request served",
    "access.log": '192.0.2.7 - - [{day:02}/Mar/2024:10:{minute:02}:00 +0000] "GET / HTTP/1.1" 200 12',
}
LINES = st.tuples(
    st.sampled_from(sorted(LINE_OF)), st.integers(1, 9), st.integers(0, 59), st.sampled_from(["db1", "db2"])
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(LINES, min_size=1, max_size=30), st.integers(1, 9))
def test_hosts_of_what_was_written_by_a_moment_do_not_depend_on_what_is_written_later(
    lines: list[tuple[str, int, int, str]], until: int
) -> None:
    """No record is given a name that a file which begins later is the first to say."""

    def named(kept: list[tuple[str, int, int, str]]) -> dict[str, str]:
        with TemporaryDirectory() as name:
            folder = Path(name) / "var" / "log"
            folder.mkdir(parents=True)
            for log, day, minute, host in kept:
                with (folder / log).open("a", encoding="utf-8") as file:
                    file.write(LINE_OF[log].format(day=day, minute=minute, host=host) + "\n")
            inventory = discover([parse_argument(name)], reference_time_us=REFERENCE_US)
            return {file.path.name: file.default_host for file in inventory.files if file.path is not None}

    written = sorted(lines, key=lambda line: line[1:3])
    by_then = named([line for line in written if line[1] <= until])
    assert by_then.items() <= named(written).items()


def test_a_log_that_begins_first_is_not_named_by_one_that_begins_later(tmp_path: Path) -> None:
    """Whoever reads it on its first day cannot know the name either."""
    folder = tmp_path / "var" / "log"
    folder.mkdir(parents=True)
    for log, day in (("web.log", 1), ("syslog", 2), ("access.log", 3)):
        (folder / log).write_text(LINE_OF[log].format(day=day, minute=0, host="db1") + "\n", encoding="utf-8")
    inventory = discover([parse_argument(str(tmp_path))], reference_time_us=REFERENCE_US)
    hosts = {file.path.name: file.default_host for file in inventory.files if file.path is not None}
    assert hosts == {"web.log": "", "syslog": "db1", "access.log": "db1"}


def device_lines(
    text: str = "RP/0/RSP0/CPU0:Oct  4 12:00:0{}.1 UTC: bgp[1049]: %ROUTING-BGP-5-ADJCHANGE : Down",
) -> bytes:
    """Return lines of a router that does not say its name."""
    return "".join(f"{text.format(each)}\n" for each in range(9)).encode()


@pytest.mark.parametrize(
    ("names", "hosts"),
    [
        (["edge1.log", "edge2.log", "edge2.log.1"], ["edge1", "edge2", "edge2"]),
        (["edge1/messages", "edge2/messages"], ["edge1", "edge2"]),
        (["edge1/bgp.log", "edge1/isis.log", "edge2/bgp.log", "edge2/isis.log"], ["edge1", "edge1", "edge2", "edge2"]),
        (["north/edge1.log", "south/edge2.log"], ["edge1", "edge2"]),
        (["2026-10-04/edge1.log", "2026-10-05/edge1.log", "2026-10-05/edge2.log"], ["edge1", "edge1", "edge2"]),
        (["2026-10-04/messages", "2026-10-05/messages"], ["", ""]),
        (["messages", "messages.1"], ["", ""]),
        (["edge1.log"], [""]),
    ],
)
def test_a_device_that_does_not_say_its_name_has_that_of_its_file_or_folder(
    tmp_path: Path, names: list[str], hosts: list[str]
) -> None:
    """Where those tell devices apart; else nothing is made up."""
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(device_lines())
    assert [file.default_host for file in find(str(tmp_path)).files] == hosts


@pytest.mark.parametrize(
    "line",
    [
        "Oct  4 12:00:0{} core7 RP/0/RSP0/CPU0: bgp[1049]: %ROUTING-BGP-5-ADJCHANGE : neighbor Down",
        "2026-10-04T12:00:0{}Z handled order in 3 ms",
    ],
)
def test_files_that_name_their_hosts_or_are_no_device_s_get_none(tmp_path: Path, line: str) -> None:
    """Applications log side by side on one machine, and a collector names its senders."""
    for name in ("edge1.log", "edge2.log"):
        (tmp_path / name).write_bytes(device_lines(line))
    assert [file.default_host for file in find(str(tmp_path)).files] == ["", ""]


@pytest.mark.parametrize(("dictionary", "fault"), [(28, None), (37, FaultReason.CORRUPT), (40, FaultReason.CORRUPT)])
def test_an_xz_whose_dictionary_takes_too_much_memory_is_damaged(
    tmp_path: Path, dictionary: int, fault: FaultReason | None
) -> None:
    """A few bytes of a header may ask for gigabytes: 28 is 64 MiB, as `xz -9` has, 37 is 1.5 GiB, 40 is 4 GiB."""
    packed = bytearray(lzma.compress(b"one line\n", lzma.FORMAT_XZ))
    # .xz file format, section 3.1: behind 12 bytes the header of a block: size, flags, id of LZMA2, 1, dictionary
    size = (packed[12] + 1) * 4
    assert packed[14:16] == b"\x21\x01"
    packed[16] = dictionary
    packed[12 + size - 4 : 12 + size] = zlib.crc32(packed[12 : 12 + size - 4]).to_bytes(4, "little")
    (tmp_path / "x").write_bytes(packed)
    cursor = FileCursor(only(tmp_path / "x"))
    envelopes = cursor.read(10)
    assert (0 if envelopes is None else len(envelopes), cursor.fault) == (0 if fault else 1, fault)
    cursor.close()


@pytest.mark.parametrize("compression", [Compression.NONE, *PACKERS])
def test_resuming_beyond_the_end_is_refused(tmp_path: Path, compression: Compression) -> None:
    """A file that became shorter is not the one that was read."""
    (tmp_path / "x").write_bytes(PACKERS.get(compression, bytes)(b"short\n"))
    with pytest.raises(InputError, match="not the same file"):
        FileCursor(only(tmp_path / "x"), 100)


def test_received_at_is_the_clock_or_what_is_given(tmp_path: Path) -> None:
    """A replay may fix it, so that it repeats itself."""
    (tmp_path / "x").write_bytes(b"line\n")
    file = only(tmp_path / "x")
    fixed, clock = FileCursor(file, received_at_us=42), FileCursor(file)
    times = [each.received_at.tolist() for cursor in (fixed, clock) if (each := cursor.read(1)) is not None]
    fixed.close()
    clock.close()
    assert times[0] == [42]
    assert times[1][0] > us(2024, 1, 1)


def test_an_inventory_says_when_nothing_of_it_had_been_looked_at(tmp_path: Path) -> None:
    """What a file repeats was true at some time after that."""
    (tmp_path / "app.log").write_bytes(TEXT)
    asked_at_us: list[int] = []

    def said(_tenant: str) -> Given:
        asked_at_us.append(time.time_ns() // 1000)
        return NOTHING_GIVEN

    before_us = time.time_ns() // 1000
    inventory = discover([parse_argument(str(tmp_path))], given=said)
    assert before_us <= inventory.begun_at_us <= asked_at_us[0]


def test_a_copy_and_what_rotation_packed_repeat_their_log(tmp_path: Path) -> None:
    """Equal lines of one machine are read once, packed or not; those of another tenant or machine are its own."""
    lines = b"".join(b"2026-02-01T00:%02d:00Z a mill[%d]: turns\n" % (each % 60, each) for each in range(200))
    contents = {
        "x/mill.log": lines,
        "x/mill.log.copy": lines,
        "x/mill.log.1.gz": gzip.compress(lines),
        "x/other.log": lines + b"2026-02-01T00:59:59Z a mill: stands\n",
        "x/torn.log.gz": gzip.compress(lines)[:-40],
        "backup/mill.log": lines,
        "x/few.log": lines[:200],
        "backup/few.log": lines[:200],
        "x/empty.log": b"",
        "x/nothing.log": b"",
        "b/var/log/mill.log": lines,
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b" a ", b" b ") if name.startswith("b/") else content)
    files = discover([Argument("north", tmp_path)]).files
    repeats = {
        str(file.path.relative_to(tmp_path)): file.duplicate_of.rpartition(f"{tmp_path}/")[2]
        for file in files
        if file.path is not None
    }
    assert {name: original for name, original in repeats.items() if original} == {
        "x/mill.log": "backup/mill.log",
        "x/mill.log.copy": "backup/mill.log",
        "x/mill.log.1.gz": "backup/mill.log",
    }


def test_a_link_is_followed_only_to_what_is_an_input_of_its_tenant(tmp_path: Path) -> None:
    """Whoever can put a link among the logs of one tenant cannot have the files of another shown."""
    secret, logs = tmp_path / "north" / "app.log", tmp_path / "south"
    for folder in (secret.parent, logs):
        folder.mkdir()
    secret.write_bytes(b"2022-02-04T10:00:00Z key turned\n")
    (logs / "own.log").write_bytes(b"2022-02-04T10:00:00Z door opened\n")
    (logs / "again.log").symlink_to(logs / "own.log")
    (logs / "out.log").symlink_to(secret)
    (logs / "folder").symlink_to(secret.parent)
    found = discover([parse_argument(f"south={logs}"), parse_argument(f"north={secret}")])
    assert {file.path.name for file in found.files if file.path} == {"own.log", "again.log", "app.log"}
    assert {(Path(each.path).name, each.reason) for each in found.refused} == {
        ("out.log", RefusalReason.LINK_OUT),
        ("folder", RefusalReason.LINK_OUT),
    }
    both = discover([parse_argument(f"south={logs}"), parse_argument(f"south={secret.parent}")])
    assert not both.refused


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("app-2026-03-14.log", "2026-03-14"),
        ("app-2026-03-14.log.gz", "2026-03-14"),
        ("localhost.2026-03-14.log", "2026-03-14"),
        ("catalina.out.2026-03-14", "2026-03-14"),
        ("app_20260314.txt", "2026-03-14"),
        ("app.log20260314", "2026-03-14"),
        ("u_ex260314.log", "2026-03-14"),
        ("Trace 14.03.2026.log", "2026-03-14"),
        ("2026-03-14/app.log", "2026-03-14"),
        # logrotate's day is the one after those of the records
        ("messages-20260314", None),
        ("app.log-20260314.gz", None),
        ("app-2026-13-14.log", None),
        ("order-120260314.log", None),
        ("in2603.log", None),
        ("app.log", None),
    ],
)
def test_the_day_of_a_file_is_the_one_in_its_name(path: str, day: str | None) -> None:
    """Where its lines have times of day alone, it is what dates them."""
    found = named_day(Path("/srv/logs") / path)
    assert (found and found.isoformat()) == day


def test_no_reference_is_of_a_time_before_which_there_is_nothing(tmp_path: Path) -> None:
    """A year behind 1970 leaves stamps without one a place that is not before it."""
    (tmp_path / "syslog").write_bytes(b"Mar  1 10:00:00 h app: x\n")
    for modified in (-315_619_200, 0, 1_000):
        os.utime(tmp_path / "syslog", (modified, modified))
        (file,) = discover([parse_argument(str(tmp_path))]).files
        assert file.reference_time_us == us(1971, 1, 2, 0)
