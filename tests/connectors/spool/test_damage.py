"""A spool that is damaged: it opens, every whole group is read, damaged bytes are kept aside."""

import random
from pathlib import Path

import pytest

from connectors.received import ReceivedMessage
from connectors.spool.check import check, repair
from connectors.spool.folder import Folder
from connectors.spool.groups import HEAD_BYTES, encode
from connectors.spool.places import DAMAGE, listener_of, place_of, tenant_of
from connectors.spool.reader import SpoolReader
from connectors.spool.segments import scan, segment_name, segments_of, spool_id_of
from connectors.spool.writer import Limits, SpoolWriter, groups_of
from tests.support.torn_disk import StoredFile, TornDisk

OFFICE = place_of("office", "acme")
MUTATIONS, MUTATIONS_LONG = 500, 10_000


def message(content: bytes) -> ReceivedMessage:
    """Return a message of the office."""
    return ReceivedMessage("office", "acme", "10.0.0.7", content, None, 1)


def filled(groups: int = 5, segment_bytes: int = 300) -> TornDisk:
    """Return the disk of a spool with groups of two messages each."""
    disk = TornDisk()
    writer = SpoolWriter(disk, 1, Limits(segment_bytes=segment_bytes), lambda: 0)
    for number in range(groups):
        writer.append([message(b"first of %d" % number), message(b"second of %d" % number)])
        writer.sync()
    return disk


def copy_of(disk: TornDisk) -> TornDisk:
    """Return a disk with the same files."""
    return TornDisk({name: StoredFile(bytearray(file.seen)) for name, file in disk.seen.items()})


def read_all(disk: TornDisk) -> tuple[list[bytes], int]:
    """Return all messages of the office, and how often damage was reported."""
    reader = SpoolReader(disk, 0, lambda _: [])
    reader.assign({OFFICE: 1})
    contents: list[bytes] = []
    damaged = 0
    while (polled := reader.poll()).came or polled.damaged:
        damaged += polled.damaged.count(DAMAGE)
        for _, messages in polled.messages:
            contents += [value or b"" for value in messages.values]
    return contents, damaged


def whole_in(disk: TornDisk, spool_id: bytes) -> int:
    """Return how many messages are in whole groups."""
    return sum(scan(disk, name, spool_id).messages for name in segments_of(disk.names()))


def test_damage_at_every_byte_of_the_last_group_costs_that_group_only() -> None:
    """It starts, what is before is read, what comes later is read too, and the bytes are kept aside."""
    disk = filled()
    name = segments_of(disk.names())[-1]
    found = scan(disk, name, spool_id_of(disk) or b"")
    begin = found.heads[-1][0]
    for offset in range(begin, found.size):
        damaged = copy_of(disk)
        damaged.seen[name].seen[offset] ^= 0x55
        lost = bytes(damaged.seen[name].seen[begin:])
        writer = SpoolWriter(damaged, 1, Limits(), lambda: 0)
        (aside,) = writer.set_aside
        assert damaged.read(aside.file, 0, 1 << 20) == lost
        writer.append([message(b"later")])
        writer.sync()
        contents, times = read_all(damaged)
        assert contents == [b"%s of %d" % (which, number) for number in range(4) for which in (b"first", b"second")] + [
            b"later"
        ]
        assert times == 1


@pytest.mark.parametrize("count", [MUTATIONS, pytest.param(MUTATIONS_LONG, marks=pytest.mark.long)])
def test_random_mutations_never_block_a_start_and_every_whole_group_is_read(count: int) -> None:
    """Bytes changed, cut out, put in and cut off, in any file; then it is opened, written and read on."""
    disk = filled(8)
    spool_id = spool_id_of(disk) or b""
    for seed in range(count):
        dice = random.Random(seed)
        damaged = copy_of(disk)
        for _ in range(dice.randint(1, 4)):
            file = damaged.seen[dice.choice(damaged.names())].seen
            at, length = dice.randint(0, len(file)), dice.randint(1, 40)
            match dice.randint(0, 3):
                case 0:
                    file[at : at + length] = dice.randbytes(min(length, len(file) - at))
                case 1:
                    del file[at : at + length]
                case 2:
                    file[at:at] = dice.randbytes(length)
                case _:
                    del file[at:]
        whole = whole_in(damaged, spool_id) if spool_id_of(damaged) == spool_id else 0
        writer = SpoolWriter(damaged, 1, Limits(), lambda: 0)
        writer.append([message(b"later")])
        writer.sync()
        contents, _ = read_all(damaged)
        assert contents[-1] == b"later", seed
        assert len(contents) == whole + 1, seed
        assert len(set(contents)) == len(contents), seed


@pytest.mark.parametrize("seed", range(200))
def test_segments_of_another_spool_and_under_other_names_are_damage_and_nobody_s_messages(seed: int) -> None:
    """Whoever restores files into the wrong folder finds what is missing told, and no message of a stranger."""
    dice = random.Random(seed)
    disk, other = filled(8), TornDisk()
    writer = SpoolWriter(other, 1, Limits(segment_bytes=300), lambda: 0)
    for number in range(8):
        writer.append([ReceivedMessage("office", "acme", "10.0.0.7", b"stranger %d" % number, None, 1)])
        writer.sync()
    own = [b"%s of %d" % (which, number) for number in range(8) for which in (b"first", b"second")]
    names = segments_of(disk.names())
    for _ in range(dice.randint(1, 3)):
        one, two = dice.choice(names), dice.choice(names)
        foreign = StoredFile(bytearray(other.seen[dice.choice(segments_of(other.names()))].seen))
        match dice.randint(0, 3):
            case 0:
                disk.seen[one] = foreign
            case 1:
                disk.seen[segment_name(dice.randint(1, 40))] = foreign
            case 2:
                disk.seen[one], disk.seen[two] = disk.seen[two], disk.seen[one]
            case _:
                disk.seen[one] = StoredFile(bytearray(disk.seen[two].seen))
    opened = SpoolWriter(disk, 1, Limits(), lambda: 0)
    opened.append([message(b"later")])
    opened.sync()
    contents, times = read_all(disk)
    assert contents[-1] == b"later"
    assert contents[:-1] == [each for each in own if each in contents]
    assert times or len(contents) == len(own) + 1


def test_a_repair_takes_out_what_is_damaged_and_nothing_else(tmp_path: Path) -> None:
    """Of a folder of the file system; the bytes are in files of their own, and a second look finds nothing."""
    files = Folder(tmp_path)
    writer = SpoolWriter(files, 1, Limits(segment_bytes=300))
    for number in range(6):
        writer.append([message(b"message %d" % number)])
        writer.sync()
    files.close()
    names = segments_of(files.names())
    assert len(names) > 1
    first = tmp_path / names[0]
    body = bytearray(first.read_bytes())
    body[HEAD_BYTES + 5] ^= 1
    first.write_bytes(body)
    report = check(files, 1)
    assert report.messages == 5
    assert report.damaged_bytes > 0
    assert len(report.segments) == len(names)
    moved = repair(files)
    assert sum(each.byte_count for each in moved) == report.damaged_bytes
    again = check(files, 1)
    assert again.damaged_bytes == 0
    assert again.messages == 5
    assert again.set_aside_before == [each.file for each in moved]
    assert not repair(files)
    files.close()


def test_bytes_of_a_group_inside_a_message_are_not_taken_for_one() -> None:
    """A sender does not know the id of the spool, so what it makes up has other checksums."""
    disk = TornDisk()
    writer = SpoolWriter(disk, 1, Limits(), lambda: 0)
    forged = ReceivedMessage("office", "globex", "10.0.0.7", b"of nobody", None, 1)
    bait = b"".join(encode([forged], b"\0" * 16, 1, 0))
    writer.append([message(bait)])
    writer.append([message(b"behind it")])
    writer.sync()
    name = segments_of(disk.names())[0]
    disk.seen[name].seen[HEAD_BYTES + 4] ^= 1
    reader = SpoolReader(disk, 0, lambda _: [])
    while reader.poll().came:
        pass
    assert reader.partitions() == [OFFICE]


def test_a_long_message_is_a_group_of_its_own() -> None:
    """Groups are bounded in messages and bytes, and hold everything in order."""
    messages = [message(b"x" * size) for size in (10, 3 << 20, 20, 700_000, 700_000, 5)] + [message(b"y")] * 5000
    groups = list(groups_of(messages))
    assert [each for group in groups for each in group] == messages
    assert [len(group) for group in groups] == [1, 1, 2, 4096, 906]


def test_names_of_places_hold_any_listener_and_tenant() -> None:
    """An at sign or a percent sign in either is not taken for the one between them."""
    for listener in ("office", "a@b", "100%", "%40"):
        for tenant in ("acme", "a@b", "", "%25"):
            topic = place_of(listener, tenant).topic
            assert (listener_of(topic), tenant_of(topic)) == (listener, tenant)
