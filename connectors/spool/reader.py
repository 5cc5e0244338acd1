"""A reader of a spool with the interface of `connectors.kafka.reader.KafkaReader`: listeners and tenants are its partitions,
numbers of messages its offsets.

**Problem.** All messages stand in one order in the segments, and the run that reads them goes on with each partition by
itself: it pauses one that is far ahead in event time, resumes it, and keeps an offset for each in its snapshots.

**Idea.** A *lane* is a position in the segments and reads whole groups. One main lane serves all partitions that are read.
A partition that is paused leaves it and remembers where it was; one that is resumed, or found anew, gets a lane of its own
from there on, until that has caught up with the main lane. Of several lanes the one furthest behind is read first.

**Invariants.** Only what the writer has called durable is read, so no number is ever seen with other bytes. Messages of a
partition come in the order of their numbers, each once; positions of files, which stand between them, are for the
writer, and show here only that there is a partition. What is consumed is said in a file of this reader (`consumed-N`):
everything before it is durable in the snapshots of the run, or not for this reader.

**Notes** of requests that were taken (`kept_requests`) are for the writer alone and are no messages.

**Damage.** A group whose checksum does not fit is passed over; since messages are numbered without gaps, a gap is damage
too. It is reported for the partition `places.DAMAGE`, because nobody can say whose messages they were.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from connectors.base import InputError
from connectors.kafka.reader import Headers, Messages, Place, Polled
from connectors.kept_requests import KEPT
from connectors.received import POSITION
from connectors.spool.folder import Files, Folder
from connectors.spool.groups import (
    GROUP_BYTES,
    HEAD_BYTES,
    Group,
    GroupHead,
    Origin,
    decode,
    find_group,
    is_whole,
    read_group_head,
)
from connectors.spool.marks import CONSUMED, DURABLE, read_number, write_mark
from connectors.spool.places import DAMAGE, place_of
from connectors.spool.segments import first_of, segment_name, segments_of, spool_id_of

HeadersOf = Callable[[Origin], Headers]
"""makes the headers of a message from where it came"""


@dataclass(slots=True)
class Lane:
    """A position: the segment, the offset within it, and the number of the next message."""

    segment: str
    offset: int
    next: int

    def copy(self) -> "Lane":
        """Return another lane at the same position."""
        return Lane(self.segment, self.offset, self.next)


@dataclass(slots=True)
class Partition:
    """A partition that is read: `next` is the number before which nothing of it is wanted any more."""

    next: int
    lane: Lane | None
    """None while it is paused"""
    held: Lane | None = None
    """where a paused one goes on"""
    undurable: deque[tuple[int, int]] = field(default_factory=deque)
    """first and last number of pieces that were returned and are in no durable snapshot yet"""
    is_at_end: bool = False


class SpoolReader:
    """The partitions of a spool that `owns` selects, for reader number `number`.

    `places` are partitions that are known already, from a snapshot. A folder that does not exist yet is an empty spool.
    """

    def __init__(
        self,
        files: Files,
        number: int,
        headers_of: HeadersOf,
        owns: Callable[[Place], bool] = lambda _: True,
        places: Iterable[Place] = (),
    ) -> None:
        self._files = files
        self._mark = f"{CONSUMED}{number}"
        self._headers_of = headers_of
        self._owns = owns
        self._known: dict[Place, int] = dict.fromkeys(places, 1)
        self._read: dict[Place, Partition] = {}
        self._spool_id: bytes | None = None
        self._main = Lane("", HEAD_BYTES, 1)
        self._consumed = 0
        self._durable_before = 1
        self._first_end = 1
        """the number after the last message that was durable when it was opened"""

    def partitions(self) -> list[Place]:
        """Return the partitions of this reader that were found so far."""
        self._open()
        return list(self._known)

    @property
    def is_caught_up(self) -> bool:
        """Return whether it has seen all that was durable when it was opened, so that `partitions` has all of these."""
        return self._main.next >= self._first_end

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Return for each topic the id of the spool, which is another one when the folder was made anew."""
        return {} if self._spool_id is None else dict.fromkeys(topics, self._spool_id.hex())

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the number of the first message of a partition that is left, and the one after the last of the spool."""
        return max(self._known.get(place, 1), self._consumed, 1), self._durable()

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Begin to read further partitions, from these numbers on."""
        self._open()
        for place, offset in offsets.items():
            self._known.setdefault(place, offset)
            # what is consumed was durable in the run, though the last message of this place may be long before
            least = max(offset, self._consumed)
            self._read[place] = Partition(least, self._lane_at(least))

    def seek(self, place: Place, offset: int) -> None:
        """Continue a partition at another number."""
        self.assign({place: offset})

    def drop(self, place: Place) -> None:
        """End the reading of a partition."""
        self._read.pop(place, None)

    def pause(self, place: Place) -> None:
        """Return nothing of a partition until `resume`."""
        partition = self._read[place]
        if partition.lane is not None:
            partition.held, partition.lane = partition.lane.copy(), None

    def resume(self, place: Place) -> None:
        """Go on with a paused partition where it was."""
        partition = self._read[place]
        if partition.held is not None:
            partition.lane = self._main if partition.held.next >= self._main.next else partition.held
            partition.held = None

    def poll(self) -> Polled:
        """Return one group of messages, by partition; never waits."""
        polled = Polled()
        if not self._open():
            return polled
        durable = self._durable()
        lanes = {id(each.lane): each.lane for each in self._read.values() if each.lane is not None}
        lanes[id(self._main)] = self._main
        lane = min(lanes.values(), key=lambda each: each.next)
        if lane.next < durable:
            group, is_damaged = self._next_group(lane, durable)
            if group is None:
                # the writer has left numbers out, or has lost what they were
                lane.next, is_damaged = durable, True
            if is_damaged and lane is self._main and self._owns(DAMAGE):
                polled.damaged.append(DAMAGE)
            if group is not None:
                polled.came = True
                self._deliver(group, lane, polled)
            self._join_main(lane)
        if self._main.next >= durable:
            for place, partition in self._read.items():
                if partition.lane is self._main and not partition.is_at_end:
                    partition.is_at_end = polled.came = True
                    polled.ended[place] = durable
        return polled

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Note what is durable in the snapshots of the run, by partition, so that the writer can remove it."""
        if not self._open() or self._spool_id is None:
            return
        consumed = self._main.next
        for place, partition in self._read.items():
            durable, pieces = offsets.get(place, 0), partition.undurable
            while pieces and pieces[0][1] < durable:
                pieces.popleft()
            behind = partition.lane or partition.held
            consumed = min(consumed, behind.next if behind is not None else consumed)
            if pieces:
                consumed = min(consumed, max(durable, pieces[0][0]))
        consumed = min([consumed, *(first for place, first in self._known.items() if place not in self._read)])
        if consumed > self._consumed:
            self._consumed = consumed
            write_mark(self._files, self._mark, self._spool_id, consumed)

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Return where each partition begins: a spool is always read from its beginning."""
        del time_ms
        return {place: self.bounds(place)[0] for place in places}

    def lost(self, place: Place, wanted: int) -> InputError:
        """Return the error for a number that is not there any more."""
        return InputError(f"{place.topic}: message {wanted}, the next to be read, is not in the spool any more.")

    def made_anew(self, place: Place, wanted: int) -> InputError:
        """Return the error for a folder that was made anew."""
        return InputError(f"{place.topic}: the spool was made anew after message {wanted - 1} was read.")

    def close(self) -> None:
        """Close the files."""
        if isinstance(self._files, Folder):
            self._files.close()

    def _open(self) -> bool:
        """Find the spool; return whether there is one."""
        if self._spool_id is None:
            self._spool_id = spool_id_of(self._files)
            if self._spool_id is not None:
                self._consumed = read_number(self._files, self._mark, self._spool_id)
                begin = self._lane_from(max(self._consumed, 1))
                # what was assigned before is on this lane
                self._main.segment, self._main.offset, self._main.next = begin.segment, begin.offset, begin.next
                self._first_end = self._durable()
        return self._spool_id is not None

    def _durable(self) -> int:
        """Return the number after the last durable message."""
        if self._spool_id is not None:
            # one that is read while it is written may look damaged
            self._durable_before = max(self._durable_before, read_number(self._files, DURABLE, self._spool_id))
        return self._durable_before

    def _lane_from(self, number: int) -> Lane:
        """Return a lane that begins with the segment in which a message is, or with the first that is left."""
        names = segments_of(self._files.names())
        before = [name for name in names if first_of(name) <= number]
        name = before[-1] if before else names[0] if names else segment_name(number)
        return Lane(name, HEAD_BYTES, max(number, first_of(name)) if not before else number)

    def _lane_at(self, number: int) -> Lane:
        """Return the lane for a partition that is to be read from a message on: the main lane if that has not passed it."""
        if number >= self._main.next:
            return self._main
        return self._lane_from(number)

    def _join_main(self, lane: Lane) -> None:
        """Move the partitions of a lane that has caught up to the main lane."""
        if lane is not self._main and lane.next >= self._main.next:
            for partition in self._read.values():
                if partition.lane is lane:
                    partition.lane = self._main

    def _deliver(self, group: Group, lane: Lane, polled: Polled) -> None:
        """Add the messages of a group to those that are returned, by partition."""
        places = [place_of(origin.listener, origin.tenant) for origin in group.origins]
        for place in dict.fromkeys(places):
            if not self._owns(place):
                continue
            partition = self._read.get(place)
            if partition is None:
                # found now: it is read once it is assigned, from here on
                self._known.setdefault(place, group.first)
                polled.has_new_places = True
                continue
            if partition.lane is not lane:
                continue
            codes = [
                code
                for code, each in enumerate(places)
                if each == place and group.origins[code].fault not in (KEPT, POSITION)
            ]
            piece = self._piece(group, codes, partition.next)
            if len(piece):
                polled.messages.append((place, piece))
                first, last = int(piece.offsets[0]), int(piece.offsets[-1])
                partition.undurable.append((first, last))
                partition.next, partition.is_at_end = last + 1, False

    def _piece(self, group: Group, codes: list[int], least: int) -> Messages:
        """Return the messages of some origins from a number on."""
        skipped = max(0, least - group.first)
        if not codes:
            return Messages()
        if len(codes) == len(group.origins):
            rows = np.arange(skipped, len(group))
        else:
            rows = np.flatnonzero(np.isin(group.origin, codes))
            rows = rows[rows >= skipped]
        ends = np.cumsum(group.length)
        begins = ends - group.length
        contents = group.contents
        values: list[bytes | None] = [
            contents[begin:end] for begin, end in zip(begins[rows].tolist(), ends[rows].tolist(), strict=True)
        ]
        headers = [self._headers_of(origin) for origin in group.origins]
        return Messages(
            values,
            rows.astype(np.int64) + group.first,
            group.received_at_us[rows] // 1000,
            [headers[code] for code in group.origin[rows].tolist()],
            group.length[rows],
        )

    def _next_group(self, lane: Lane, durable: int) -> tuple[Group | None, bool]:
        """Return the next durable group of a lane, and whether there is damage before it. The lane is moved behind it."""
        assert self._spool_id is not None  # noqa: S101 - polled only once it is open
        is_damaged = False
        while True:
            try:
                found = self._group_at(lane)
            except FileNotFoundError:
                found = None
            if found is None:
                # the bytes here are no group: another one may follow in this segment, else the next segment does
                skipped_to = self._next_in_segment(lane)
                if skipped_to is None:
                    return None, is_damaged
                continue
            head, payload = found
            if head.first >= durable:
                return None, is_damaged
            lane.offset += GROUP_BYTES + head.payload_bytes
            if head.end <= lane.next:
                continue
            is_damaged = is_damaged or head.first > lane.next
            lane.next = head.end
            return decode(head, payload), is_damaged

    def _group_at(self, lane: Lane) -> tuple[GroupHead, bytes] | None:
        """Return the group at the position of a lane; None where there is none that is whole."""
        assert self._spool_id is not None  # noqa: S101 - polled only once it is open
        head = read_group_head(self._files.read(lane.segment, lane.offset, GROUP_BYTES), self._spool_id)
        if head is None:
            return None
        payload = self._files.read(lane.segment, lane.offset + GROUP_BYTES, head.payload_bytes)
        return (head, payload) if is_whole(head, payload, self._spool_id) else None

    def _next_in_segment(self, lane: Lane) -> int | None:
        """Move a lane to the next whole group of its segment, or to the next segment; return None where there is none."""
        assert self._spool_id is not None  # noqa: S101 - polled only once it is open
        try:
            # a segment that was cut may end before its first group could begin
            left = max(0, self._files.size(lane.segment) - lane.offset)
            rest = self._files.read(lane.segment, lane.offset, left)
        except (FileNotFoundError, ValueError):
            rest = b""
        found = find_group(rest, 0, self._spool_id)
        if found is not None:
            lane.offset += found[0]
            return lane.offset
        later = [name for name in segments_of(self._files.names()) if name > lane.segment]
        if not later:
            return None
        lane.segment, lane.offset = later[0], HEAD_BYTES
        return lane.offset
