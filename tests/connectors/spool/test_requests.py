"""What a spool keeps of requests with an idempotency key, beside a model of it: a sender that sends each again until it is
answered, through kills and power cuts.
"""

import random
from collections import defaultdict
from collections.abc import Iterator

import pytest

from connectors.kept_requests import KEPT, KeptRequest, note_of
from connectors.received import ReceivedMessage
from connectors.spool.reader import SpoolReader
from connectors.spool.requests import REQUESTS, Requests
from connectors.spool.writer import Limits, SpoolWriter, groups_of
from tests.support.torn_disk import TornDisk

QUICK, LONG = 300, 10_000
STEPS = 40
LIMITS = Limits(segment_bytes=900)
AGE_US = 3_600_000_000


class Sender:
    """A receiver and its senders: a request is sent again under its key until it is answered, whatever happens between."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.disk = TornDisk()
        self.now_us = 1
        self.sent = 0
        self.requests: dict[str, list[bytes]] = {}
        self.unsynced: list[str] = []
        self.answered: set[str] = set()
        self.read: dict[int, bytes] = {}
        """by number: a mark of what was consumed may be lost, and is then read again"""
        self.open()

    def open(self) -> None:
        """Start the receiver: all it knows is what the spool kept."""
        self.writer = SpoolWriter(self.disk, 1, LIMITS, lambda: self.now_us)
        self.kept = {each.key: each for each in self.writer.kept}
        self.put: set[str] = set()
        self.unsynced.clear()
        assert self.answered <= self.kept.keys()
        assert all(self.kept[key].is_whole for key in self.answered)

    def send(self) -> None:
        """Send a new request, or one that was not answered."""
        waiting = [key for key in self.requests if key not in self.answered and key not in self.put]
        if waiting and self.dice.random() < 0.6:
            key = self.dice.choice(waiting)
        else:
            key = f"k{len(self.requests)}"
            size = self.dice.randint(1, 9)
            self.requests[key] = [f"{key}/{number}".encode() for number in range(size)]
        records = self.requests[key]
        fresh = KeptRequest("office", "acme", "/v1/events", key, key.encode(), len(records), self.now_us + AGE_US)
        request = self.kept.get(key, fresh)
        missing = request.missing
        if missing and self.dice.random() < 0.3:
            # longer than a group: a kill may come between any two of its groups
            self.append(note_of(request), KEPT)
            for number in missing:
                self.append(records[number])
                if self.dice.random() < 0.1:
                    self.kill()
                    return
            self.writer.sync()
        elif missing:
            note = ReceivedMessage("office", "acme", "", note_of(request), KEPT, 5)
            rest = [ReceivedMessage("office", "acme", "::1", records[number], None, 5) for number in missing]
            for group in groups_of([note, *rest]):
                self.writer.append(group)
        self.unsynced.append(key)
        self.put.add(key)

    def append(self, content: bytes, fault: str | None = None) -> None:
        """Write a message as a group of its own."""
        self.writer.append([ReceivedMessage("office", "acme", "", content, fault, 5)])

    def other(self) -> None:
        """Write a message of no request."""
        self.sent += 1
        self.append(b"other %d" % self.sent)

    def sync(self) -> None:
        """Sync, and answer what is durable now."""
        self.writer.sync()
        self.answered.update(self.unsynced)
        self.unsynced.clear()

    def kill(self) -> None:
        """Kill the receiver; the system keeps what was written."""
        self.open()

    def cut_power(self) -> None:
        """Lose what was not synced, in part."""
        self.disk = self.disk.after_power_cut(self.dice)
        self.open()

    def consume(self) -> None:
        """Read all that is durable, and let it be removed."""
        self.sync()
        reader = reader_of(self.disk)
        for number, content in contents(reader):
            assert self.read.setdefault(number, content) == content
        reader.commit(dict.fromkeys(reader.partitions(), self.writer.next))
        self.writer.free()


def reader_of(disk: TornDisk) -> SpoolReader:
    """Return a reader of all that is not consumed."""
    reader = SpoolReader(disk, 0, lambda _: [])
    reader.poll()
    reader.assign({place: reader.bounds(place)[0] for place in reader.partitions()})
    return reader


def contents(reader: SpoolReader) -> Iterator[tuple[int, bytes]]:
    """Yield all messages that are durable and not consumed, with their numbers."""
    while (polled := reader.poll()).came:
        for _, messages in polled.messages:
            for number, value in zip(messages.offsets.tolist(), messages.values, strict=True):
                yield number, value or b""


def go(seed: int) -> None:
    """Run one sequence, and send everything again at its end."""
    sender = Sender(seed)
    for _ in range(STEPS):
        sender.dice.choices(
            [sender.send, sender.other, sender.sync, sender.kill, sender.cut_power, sender.consume],
            [30, 5, 15, 4, 3, 4],
        )[0]()
    sender.open()
    while waiting := sender.requests.keys() - sender.answered:
        sender.send()
        sender.sync()
        if not waiting - sender.put:
            sender.open()
    sender.consume()
    found: defaultdict[bytes, int] = defaultdict(int)
    for content in sender.read.values():
        found[content] += 1
    wanted = [record for records in sender.requests.values() for record in records]
    assert [each for each in wanted if found[each] != 1] == []


@pytest.mark.parametrize("count", [QUICK, pytest.param(LONG, marks=pytest.mark.long)])
def test_a_request_that_is_sent_again_until_it_is_answered_is_stored_once(count: int) -> None:
    """Each sequence has its own seed, which a failure shows."""
    for seed in range(count):
        try:
            go(seed)
        except Exception as error:
            raise AssertionError(f"sequence {seed}") from error


def test_what_is_kept_is_bounded_by_number_and_age() -> None:
    """The oldest are forgotten first."""
    disk = TornDisk()
    requests = Requests(b"i" * 16, kept_most=3)
    for number in range(5):
        request = KeptRequest("office", "acme", "/v1/events", f"k{number}", b"d", 1, 100 + number)
        requests.note([ReceivedMessage("office", "acme", "", note_of(request), KEPT, 5)], 1 + 2 * number)
    requests.write(disk, 11, 50)
    assert [each.key for each in requests.kept] == ["k2", "k3", "k4"]
    later = Requests(b"i" * 16)
    later.read(disk, [], 103)
    assert [(each.key, each.is_whole) for each in later.kept] == [("k4", True)]
    other = Requests(b"o" * 16)
    other.read(disk, [], 50)
    assert other.kept == []


def test_a_damaged_file_of_requests_keeps_nothing_from_starting() -> None:
    """What stands in the segments that are left is known all the same."""
    disk = TornDisk()
    writer = SpoolWriter(disk, 1, LIMITS, lambda: 1)
    for number in range(30):
        request = KeptRequest("office", "acme", "/v1/events", f"k{number}", b"d", 1, AGE_US)
        note = ReceivedMessage("office", "acme", "", note_of(request), KEPT, 5)
        writer.append([note, ReceivedMessage("office", "acme", "::1", b"x", None, 5)])
    writer.sync()
    whole = disk.seen[REQUESTS].seen
    for at in range(0, len(whole), 7):
        damaged = bytes(whole)
        disk.seen[REQUESTS].seen[:] = damaged[:at] + bytes([damaged[at] ^ 1]) + damaged[at + 1 :]
        found = SpoolWriter(disk, 1, LIMITS, lambda: 1).kept
        assert [each.key for each in found] == [f"k{number}" for number in range(30)]
        assert all(each.is_whole for each in found)


def test_groups_of_many_messages_keep_their_requests() -> None:
    """A request may be longer than a group, and several may share one."""
    disk = TornDisk()
    writer = SpoolWriter(disk, 1, Limits(), lambda: 1)
    messages = []
    for key, size in (("long", 9_000), ("short", 2), ("next", 3)):
        request = KeptRequest("office", "acme", "/v1/events", key, b"d", size, AGE_US)
        messages.append(ReceivedMessage("office", "acme", "", note_of(request), KEPT, 5))
        messages += [ReceivedMessage("office", "acme", "::1", b"%d" % each, None, 5) for each in range(size)]
    groups = list(groups_of(messages))
    for group in groups[:2]:
        writer.append(group)
    writer = SpoolWriter(disk, 1, Limits(), lambda: 1)
    (kept,) = writer.kept
    assert kept.missing == list(range(2 * 4096 - 1, 9_000))
    for group in groups[2:]:
        writer.append(group)
    # these numbers came behind the messages of nobody, so they are not taken for what was missing
    assert [each.key for each in SpoolWriter(disk, 1, Limits(), lambda: 1).kept] == ["long", "short", "next"]
    assert not SpoolWriter(disk, 1, Limits(), lambda: 1).kept[0].is_whole
