"""Reading a spool as the partitions of a run: every message once, under its tenant, with the counts of its intake."""

from pathlib import Path

import pytest

from brainstem.contracts.ledger import DropReason, FaultReason, Ledger, Tally
from brainstem.contracts.ledger_json import from_json
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import Place
from connectors.received import DROPPED, POSITION, ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.groups import HEAD_BYTES
from connectors.spool.places import place_of
from connectors.spool.segments import segments_of
from connectors.spool.writer import Limits, SpoolWriter
from flows.config.settings import PARTITIONS, Settings
from flows.config.subscription import TENANT_HEADER, Subscription, TenantRule, owner_of
from flows.process.stop_request import Stop
from flows.sources.batches import Batch
from flows.sources.file_source import SourceWorkers
from flows.sources.topic_merge import MergedTopics
from tests.support.queued_client import QueuedClient, end, message

STAMPED = b"<13>Mar 17 07:22:%02d fw1 vpnd[7]: tunnel %d is up"
RECEIVED_US = 1_773_732_150_000_000
"""17 March 2026, 07:22:30 UTC"""


def of(listener: str, tenant: str, content: bytes, fault: str | None = None) -> ReceivedMessage:
    """Return a message of a listener."""
    return ReceivedMessage(listener, tenant, "10.0.0.7", content, fault, RECEIVED_US)


def fill(folder: Path, groups: list[list[ReceivedMessage]], segment_bytes: int = 1 << 20) -> SpoolWriter:
    """Write groups into a spool."""
    folder.mkdir(exist_ok=True)
    writer = SpoolWriter(Folder(folder), PARTITIONS, Limits(segment_bytes=segment_bytes))
    for each in groups:
        writer.append(each)
    writer.sync()
    return writer


class Reading:
    """All virtual partitions of a run over a spool."""

    def __init__(
        self,
        folder: Path,
        states: list[tuple[object, ...]] | None = None,
        subscription: Subscription | None = None,
    ) -> None:
        self.settings = Settings(folder.parent / "out", zones=(("globex", "Asia/Tokyo"),))
        subscription = subscription or Subscription(ClientSettings(""), (), spool=folder)
        self.topics = [MergedTopics(number, subscription, self.settings) for number in range(PARTITIONS)]
        for each, state in zip(self.topics, states or [], strict=False):
            each.restore(state)
        self.batches: list[Batch] = []

    def read(self, rounds: int = 6) -> None:
        """Read what is at hand, as if it had waited long enough for more."""
        for _ in range(rounds):
            for topics in self.topics:
                for cursor in topics.cursors.values():
                    cursor.fetched_at = -1e9
                self.batches += [each for each in topics.read() if isinstance(each, Batch)]

    def contents(self) -> dict[str, list[bytes]]:
        """Return the bytes of all records, by source."""
        found: dict[str, list[bytes]] = {}
        for each in self.batches:
            rows = range(len(each.envelopes))
            found.setdefault(each.envelopes.source, []).extend(each.envelopes.raw(row) for row in rows)
        return found

    def states(self) -> list[tuple[object, ...]]:
        """Return the snapshots of all partitions."""
        return [each.snapshot() for each in self.topics]

    def commit(self) -> None:
        """Note that the snapshots are durable."""
        for each in self.topics:
            each.commit(each.durable_offsets(each.snapshot()))

    def ledger(self) -> Ledger:
        """Return the ledger of all partitions."""
        whole = Ledger()
        for each in self.topics:
            whole.merge(from_json(each.heartbeat().ledger))
        return whole

    def close(self) -> None:
        """Close all."""
        for each in self.topics:
            each.close()


def test_each_listener_and_tenant_is_a_source_and_the_counts_of_the_intake_are_in_the_ledger(tmp_path: Path) -> None:
    """Rejected bytes are rejects; what was dropped is counted as received and dropped, and is no record."""
    fill(
        tmp_path / "spool",
        [
            [of("office", "acme", STAMPED % (1, 1)), of("office", "globex", STAMPED % (2, 2))],
            [of("office", "acme", b"efgh", "wrong_count"), of("office", "acme", b"17", DROPPED)],
            [of("office", "acme", b"x" * 40, DROPPED), of("branch", "acme", STAMPED % (3, 3))],
            [of("branch", "acme", b"5", DROPPED)],
        ],
    )
    reading = Reading(tmp_path / "spool")
    reading.read()
    assert reading.contents() == {
        "spool:office@acme": [STAMPED % (1, 1), b"efgh", b"x" * 40],
        "spool:office@globex": [STAMPED % (2, 2)],
        "spool:branch@acme": [STAMPED % (3, 3)],
    }
    assert {each.envelopes.source: each.envelopes.tenant for each in reading.batches} == {
        "spool:office@acme": "acme",
        "spool:office@globex": "globex",
        "spool:branch@acme": "acme",
    }
    ledger = reading.ledger()
    office, branch = ledger.account("spool:office@acme"), ledger.account("spool:branch@acme")
    assert office.dropped == {DropReason.SHED: Tally(17, 0)}
    assert branch.dropped == {DropReason.SHED: Tally(5, 0)}
    assert office.received.records == 20
    assert sum(each.records for each in office.rejected.values()) == 2
    for _, account in ledger:
        assert account.balances()
    reading.close()


def test_a_tenant_has_its_own_time_zone_though_all_share_the_spool(tmp_path: Path) -> None:
    """The same stamp is nine hours earlier in Tokyo."""
    line = STAMPED % (1, 1)
    fill(tmp_path / "spool", [[of("office", "acme", line), of("office", "globex", line)]])
    reading = Reading(tmp_path / "spool")
    reading.read()
    times = {each.envelopes.tenant: int(each.parsed.event_time[0]) for each in reading.batches}
    assert times["acme"] - times["globex"] == 9 * 3600 * 1_000_000
    reading.close()


OLD = b"<13>Jan  1 07:%02d:%02d fw1 vpnd[7]: tunnel %d is up"


@pytest.mark.parametrize("is_empty", [True, False], ids=["empty", "old"])
def test_no_reading_pauses_for_places_that_were_read_to_their_end(tmp_path: Path, is_empty: bool) -> None:
    """A file that is announced and empty, or is months old: slots wait for it until it is idle, and reading does not."""
    folder = tmp_path / "spool"
    name = "file:/var/log/new.log"
    of_file = [of(name, "acme", b"{}", POSITION)]
    if not is_empty:
        of_file += [of(name, "acme", OLD % (number, number, number)) for number in range(10)]
    writer = fill(folder, [[*(of("office", "acme", STAMPED % (number, number)) for number in range(10)), *of_file]])
    reading = Reading(folder)
    reading.read()
    held = {cursor.place.topic: topics for topics in reading.topics for cursor in topics.cursors.values()}
    office, of_log = held["spool:office@acme"], held["spool:file:/var/log/new.log@acme"]
    assert (of_log.has_nothing_to_read, of_log.progress.idle) == (True, False)
    workers = SourceWorkers(lambda _records, _encoded: None, Stop())
    workers.progress = {each.partition: each.progress for each in reading.topics}
    assert workers.is_ahead(office.partition)
    workers.with_nothing_to_read = {each.partition for each in reading.topics if each.has_nothing_to_read}
    assert not workers.is_ahead(office.partition)
    reading.close()
    writer.append([of(name, "acme", STAMPED % (number, number)) for number in range(10)])
    writer.sync()
    later = Reading(folder)
    # what is there and was not read yet is waited for
    assert not later.topics[of_log.partition].has_nothing_to_read
    later.close()


def test_a_run_goes_on_behind_its_snapshot_and_what_is_durable_is_removed(tmp_path: Path) -> None:
    """What was read after the snapshot is read again, nothing before it is; whole segments go."""
    folder = tmp_path / "spool"
    groups = [[of("office", "acme", STAMPED % (number % 60, number))] for number in range(40)]
    writer = fill(folder, groups[:20], segment_bytes=600)
    first = Reading(folder)
    first.read()
    states = first.states()
    first.commit()
    before = len(segments_of(Folder(folder).names()))
    writer.free()
    assert len(segments_of(Folder(folder).names())) == 1 < before
    assert writer.consumed == writer.next == 21
    for each in groups[20:]:
        writer.append(each)
    writer.sync()
    first.read()
    first.close()
    second = Reading(folder, states)
    second.read()
    assert first.contents()["spool:office@acme"] == [each[0].content for each in groups]
    assert second.contents()["spool:office@acme"] == [each[0].content for each in groups[20:]]
    second.close()


def test_damage_is_a_fault_in_the_ledger_and_costs_its_group_only(tmp_path: Path) -> None:
    """Of a source of its own, since nobody knows whose the messages were."""
    folder = tmp_path / "spool"
    fill(folder, [[of("office", "acme", STAMPED % (number, number))] for number in range(3)])
    path = folder / segments_of(Folder(folder).names())[0]
    body = bytearray(path.read_bytes())
    body[HEAD_BYTES + 50] ^= 1
    path.write_bytes(body)
    reading = Reading(folder)
    reading.read()
    assert reading.contents() == {"spool:office@acme": [STAMPED % (1, 1), STAMPED % (2, 2)]}
    assert reading.ledger().account("spool:damaged").faults == {FaultReason.CORRUPT: 1}
    reading.close()


def test_a_spool_that_was_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Its numbers begin again, so its records are those of a source of another name."""
    folder = tmp_path / "spool"
    fill(folder, [[of("office", "acme", STAMPED % (1, 1))]])
    first = Reading(folder)
    first.read()
    states = first.states()
    first.commit()
    first.close()
    for each in folder.iterdir():
        each.unlink()
    fill(folder, [[of("office", "acme", STAMPED % (2, 2))]])
    second = Reading(folder, states)
    second.read()
    assert second.contents() == {"spool:office@acme+1": [STAMPED % (2, 2)]}
    assert second.ledger().account("spool:office@acme").faults == {FaultReason.LOST_OFFSETS: 1}
    second.close()


def test_topics_and_a_spool_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one virtual partition; a header names the tenant of a topic's message, a listener that of a spool's."""
    topic = next(place for number in range(99) if owner_of(place := Place("logs", number)) == 0)
    listener = next(name for number in range(99) if owner_of(place_of(name := f"office{number}", "acme")) == 0)
    client = QueuedClient([topic])
    client.queue = [message(topic, number, STAMPED % (number, number)) for number in range(10)] + [end(topic, 10)]
    client.take_place_of_the_real_one(monkeypatch)
    folder = tmp_path / "spool"
    fill(folder, [[of(listener, "acme", STAMPED % (number, 100 + number))] for number in range(10)])
    rule = TenantRule(header=TENANT_HEADER, default="initech")
    subscription = Subscription(ClientSettings("127.0.0.1:1"), ("logs",), tenant=rule, spool=folder)
    reading = Reading(folder, subscription=subscription)
    reading.topics = reading.topics[:1]
    reading.read()
    assert reading.contents() == {
        f"kafka:logs/{topic.partition}@initech": [STAMPED % (number, number) for number in range(10)],
        f"spool:{listener}@acme": [STAMPED % (number, 100 + number) for number in range(10)],
    }
    offsets = reading.topics[0].durable_offsets(reading.topics[0].snapshot())
    assert offsets == {topic: 10, place_of(listener, "acme"): 11}
    assert all(cursor.at_end for cursor in reading.topics[0].cursors.values())
    reading.close()


def test_no_partition_is_idle_before_it_has_looked_through_what_was_there(tmp_path: Path) -> None:
    """A place that is named last, after more groups than are read at once: slots wait for it from the beginning."""
    first, last = place_of("office", "acme"), place_of("file:/var/log/a.log", "globex")
    assert owner_of(first) != owner_of(last)
    groups = [[of("office", "acme", STAMPED % (number % 60, number))] for number in range(100)]
    fill(tmp_path / "spool", [*groups, [of("file:/var/log/a.log", "globex", b"{}", POSITION)]])
    reading = Reading(tmp_path / "spool")
    looking = 0
    behind = reading.topics[owner_of(last)]
    while last not in behind.cursors:
        assert not behind.progress.idle
        assert not behind.has_nothing_to_read
        reading.read(1)
        looking += 1
    assert looking > 1
    assert not behind.progress.idle
    # where a partition has none, nothing is waited for
    other = next(each for each in reading.topics if each.partition not in (owner_of(first), owner_of(last)))
    reading.read(1)
    assert other.progress.idle
    reading.close()
