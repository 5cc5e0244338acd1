"""A spool beside a model of it, through random appends, syncs, reads, pauses, removals, kills and power cuts.

In the manner of "All File Systems Are Not Created Equal" (Pillai and others, OSDI 2014): the disk loses and tears what was
not synced. What was synced is read once, in order, whatever happens; what was not may be there or not.
"""

import random
from collections import defaultdict

import pytest

from connectors.kafka.reader import Place
from connectors.received import ReceivedMessage
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from connectors.spool.writer import Limits, SpoolWriter, groups_of
from tests.support.torn_disk import TornDisk

QUICK, LONG = 400, 10_000
STEPS = 60
READERS = 2
LISTENERS = [("office", "acme"), ("office", "globex"), ("b@ranch", "a%40@me")]
LIMITS = Limits(segment_bytes=600)


def owner(place: Place) -> int:
    """Return the reader that owns a place."""
    return len(place.topic) % READERS


class Run:
    """One reader as a run uses it: what it has stored since its last durable snapshot is lost when it is killed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.stored: dict[Place, list[tuple[int, bytes]]] = defaultdict(list)
        self.snapshot: dict[Place, int] = {}
        """by place, the number after the last message that is durable"""
        self.reader: SpoolReader | None = None
        self.paused: set[Place] = set()
        self.assigned: dict[Place, int] = {}

    def start(self, disk: TornDisk) -> None:
        """Open a reader and go on from the last snapshot."""
        for place, rows in self.stored.items():
            self.stored[place] = [row for row in rows if row[0] < self.snapshot.get(place, 0)]
        self.reader = SpoolReader(
            disk, self.number, lambda _: [], lambda place: owner(place) == self.number, list(self.snapshot)
        )
        self.paused, self.assigned = set(), dict(self.snapshot)
        self._assigned_here: set[Place] = set()

    def discover(self) -> None:
        """Assign partitions that are new, and those of the snapshot."""
        assert self.reader is not None
        for place in self.reader.partitions():
            if place not in self._assigned_here:
                self._assigned_here.add(place)
                start = self.assigned.setdefault(place, self.reader.bounds(place)[0])
                self.reader.assign({place: start})

    def read(self) -> bool:
        """Poll once; return whether anything came."""
        assert self.reader is not None
        polled = self.reader.poll()
        for place, messages in polled.messages:
            assert place not in self.paused
            for number, value in zip(messages.offsets.tolist(), messages.values, strict=True):
                assert number >= self.assigned[place]
                self.assigned[place] = number + 1
                self.stored[place].append((number, value or b""))
        return polled.came

    def make_durable(self) -> None:
        """Snapshot, and say so."""
        assert self.reader is not None
        self.snapshot = dict(self.assigned)
        self.reader.commit(self.snapshot)

    def toggle(self, dice: random.Random) -> None:
        """Pause a place, or resume it."""
        assert self.reader is not None
        if self._assigned_here:
            place = dice.choice(sorted(self._assigned_here))
            if place in self.paused:
                self.paused.discard(place)
                self.reader.resume(place)
            else:
                self.paused.add(place)
                self.reader.pause(place)

    def resume_all(self) -> None:
        """Resume every place."""
        assert self.reader is not None
        for place in sorted(self.paused):
            self.reader.resume(place)
        self.paused.clear()


class Model:
    """Writer, disk and readers, with what has been promised."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.disk = TornDisk()
        self.sent = 0
        self.pending: list[tuple[Place, bytes]] = []
        self.promised: dict[Place, list[bytes]] = defaultdict(list)
        self.possible: dict[Place, list[bytes]] = defaultdict(list)
        """all that was ever appended, in order"""
        self.runs = [Run(number) for number in range(READERS)]
        self.writer = self._open()
        for run in self.runs:
            run.start(self.disk)

    def _open(self) -> SpoolWriter:
        return SpoolWriter(self.disk, READERS, LIMITS, lambda: 0)

    def append(self) -> None:
        """Append some messages; the disk may be full, and then nothing was appended."""
        messages = []
        for _ in range(self.dice.randint(1, 6)):
            self.sent += 1
            listener, tenant = self.dice.choice(LISTENERS)
            content = b"%d " % self.sent + self.dice.randbytes(self.dice.choice([0, 3, 90, 300]))
            messages.append(ReceivedMessage(listener, tenant, "::1", content, None, 5))
        self.disk.bytes_left = self.dice.choice([1 << 40] * 9 + [self.dice.randint(0, 300)])
        try:
            for group in groups_of(messages):
                self.writer.append(group)
                taken = [(place_of(each.listener, each.tenant), each.content) for each in group]
                self.pending += taken
                for place, content in taken:
                    self.possible[place].append(content)
        except OSError:
            pass
        self.disk.bytes_left = 1 << 40

    def sync(self) -> None:
        """Sync, so that all that was appended is promised."""
        self.writer.sync()
        for place, content in self.pending:
            self.promised[place].append(content)
        self.pending.clear()

    def kill_writer(self) -> None:
        """Kill the writer alone; the system still has all that it has written."""
        self.pending.clear()
        self.writer = self._open()

    def cut_power(self) -> None:
        """Cut the power; a run has its own durable snapshot."""
        self.disk = self.disk.after_power_cut(self.dice)
        self.pending.clear()
        self.writer = self._open()
        for run in self.runs:
            run.start(self.disk)

    def step(self) -> None:
        """Do one random thing."""
        run = self.dice.choice(self.runs)
        what = self.dice.choices(
            [
                self.append,
                self.sync,
                run.read,
                run.discover,
                run.make_durable,
                lambda: run.toggle(self.dice),
                self.writer.free,
                self.kill_writer,
                lambda: run.start(self.disk),
                self.cut_power,
            ],
            [30, 20, 30, 20, 15, 8, 10, 2, 3, 2],
        )[0]
        what()

    def finish(self) -> None:
        """Read everything, and compare it with what was promised."""
        self.sync()
        for run in self.runs:
            run.resume_all()
            run.discover()
            while run.read() or set(run.reader.partitions() if run.reader else ()) - run._assigned_here:
                run.discover()
        for place, contents in self.possible.items():
            rows = self.runs[owner(place)].stored[place]
            numbers = [number for number, _ in rows]
            assert numbers == sorted(set(numbers)), (place, numbers)
            found = [content for _, content in rows]
            held = set(found)
            assert len(held) == len(found), "stored twice"
            assert [each for each in self.promised[place] if each not in held] == [], "lost"
            assert found == [each for each in contents if each in held], "out of order, or never sent"
        for run in self.runs:
            run.make_durable()
        self.writer.free()
        assert self.writer.consumed == self.writer.next
        assert self.writer.byte_count < LIMITS.segment_bytes + 4000


def go(seed: int) -> None:
    """Run one sequence."""
    model = Model(seed)
    for _ in range(STEPS):
        model.step()
    model.finish()


@pytest.mark.parametrize("count", [QUICK, pytest.param(LONG, marks=pytest.mark.long)])
def test_what_was_synced_is_read_once_whatever_happens(count: int) -> None:
    """Each sequence has its own seed, which a failure shows."""
    for seed in range(count):
        try:
            go(seed)
        except Exception as error:
            raise AssertionError(f"sequence {seed}") from error
