"""Beside a real broker: what was acknowledged is in evidence once, whatever happens to the run."""

import json
import random
import signal
import time
from pathlib import Path
from typing import Any, NamedTuple, cast

import polars as pl
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from brainstem.contracts.ledger_json import from_json
from flows.process.status import read_status, status_text
from flows.reports.recorded import scan_decisions, to_decisions
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import read_evidence, read_rejects
from tests.support.brokers import free_port, java
from tests.support.killing import (
    assert_same_outcome,
    durable_offsets,
    ended,
    ends_within,
    kill_group,
    run_live_through_kills,
    run_through_kills,
    start,
    stop_live,
    wait_until,
    wait_until_durable,
)
from tests.support.small_town import positionless, town
from tests.support.topics import Outgoing, make_topic, send, write_configuration

PARTITIONS = 4
NOISE = 8_000


class Fed(NamedTuple):
    """A topic with the town in it: its name, where its partitions end, and the folder of an uncut run over it."""

    address: str
    topic: str
    ends: dict[str, int]
    uncut: Path


def messages() -> list[Outgoing]:
    """Return the lines of the town, dealt out to partitions, between lines of noise."""
    dice = random.Random(5)
    lines = []
    for partition, (_, told) in enumerate(town(7).items()):
        lines += [(moment, partition, f"{moment.isoformat()} {text}") for moment, text in told]
    first, last = min(lines)[0], max(lines)[0]
    for number in range(NOISE):
        moment = first + (last - first) * number / NOISE
        text = f"{moment.isoformat()} n{dice.randrange(9)} job{number % 7}[{number}]: part {dice.randrange(10**6)} done"
        lines.append((moment, 2 + number % 2, text))
    return [
        (partition, text.encode(), [("seen", str(moment).encode()), ("seen", b"\xff")] if partition else [])
        for moment, partition, text in sorted(lines)
    ]


def command(folder: Path, address: str, topic: str, processes: int = 1) -> list[str]:
    """Return the command line of a live run in a folder."""
    path = write_configuration(folder, address, [topic], f"[cluster]\nprocesses = {processes}")
    return ["run", "--config", str(path)]


@pytest.fixture(scope="module")
def fed(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Fed:
    """Fill a topic and run over it once without disturbance."""
    topic = make_topic(kafka, PARTITIONS)
    ends = send(kafka, topic, messages())
    folder = tmp_path_factory.mktemp("kafka-run") / "uncut"
    process = start(command(folder, kafka, topic))
    wait_until_durable(process, folder / "out", ends)
    stop_live(process)
    return Fed(kafka, topic, ends, folder / "out")


def test_everything_sent_is_in_evidence_once_and_the_ledger_balances(fed: Fed) -> None:
    """And it surfaces what the files of the same town surface."""
    kept = read_evidence(fed.uncut).collect()
    assert len(kept) == sum(fed.ends.values())
    assert kept.select("source", "position").is_duplicated().sum() == 0
    ledger = from_json((fed.uncut / "ledger.json").read_bytes())
    assert ledger.balances()
    assert ledger.total().received.records == len(kept)
    carried = {"0": [[]], "1": [["seen", "seen"]], "2": [["seen", "seen"]], "3": [["seen", "seen"]]}
    keys = kept.select(
        pl.col("source").str.tail(1).alias("partition"),
        pl.col("headers").list.eval(pl.element().struct.field("key")).alias("keys"),
    )
    assert {number: rows["keys"].unique().to_list() for (number,), rows in keys.group_by("partition")} == carried
    assert (fed.uncut / "items.jsonl").stat().st_size > 0


@pytest.mark.parametrize(
    ("processes", "seed"),
    [
        ((1, 2, 1), 3),
        pytest.param((1,) * 4, 1, marks=pytest.mark.long),
        pytest.param((2, 2, 2), 2, marks=pytest.mark.long),
    ],
)
def test_a_live_run_that_is_killed_and_started_again_gives_what_an_uncut_one_gives(
    fed: Fed, tmp_path: Path, processes: tuple[int, ...], seed: int
) -> None:
    """Whenever it was killed, and however many processes it had before and has now."""
    out = tmp_path / "out"
    dice = random.Random(seed)
    landed = 0
    for count in processes:
        process = start(command(tmp_path, fed.address, fed.topic, count))
        landed += not ends_within(process, dice.uniform(1.0, 6.0))
        kill_group(process)
    last = command(tmp_path, fed.address, fed.topic, processes[-1])
    run_live_through_kills([last], out, fed.ends, dice, 0)
    assert landed
    assert_same_outcome(out, fed.uncut)


@pytest.mark.long
def test_processes_that_are_started_one_by_one_share_the_work(fed: Fed, tmp_path: Path) -> None:
    """Each knows its place among the addresses of the file, and nobody goes on while one of an earlier run is left."""
    addresses, out = [f"127.0.0.1:{free_port()}" for _ in range(2)], tmp_path / "out"
    path = write_configuration(tmp_path, fed.address, [fed.topic], f"[cluster]\naddresses = {json.dumps(addresses)}")
    command = ["run", "--config", str(path), "--process"]
    first, second = (start([*command, str(number)]) for number in range(2))
    wait_until(first, lambda: any(durable_offsets(out).values()))
    second.send_signal(signal.SIGSTOP)
    kill_group(first)
    status, told = ended(start([*command, "0"]), 60)
    assert status == 2
    assert "a process of an earlier run is still alive" in told
    kill_group(second)
    for status_file in out.glob("status-*.json"):
        status_file.unlink()
    processes = [start([*command, str(number)]) for number in (1, 0)]
    wait_until_durable(processes[0], out, fed.ends)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [ended(process, 60)[0] for process in processes] == [0, 0]
    assert_same_outcome(out, fed.uncut)


def test_a_public_address_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """With what to do."""
    path = write_configuration(tmp_path, "127.0.0.1:1", ["logs"], '[cluster]\naddresses = ["203.0.113.9:2101"]')
    status, told = ended(start(["run", "--config", str(path), "--process", "0"]))
    assert status == 3
    assert "cluster.allow_public" in told
    assert not (tmp_path / "out").exists()


def test_a_broker_that_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    """The status says so, nothing fails, and the run can be stopped."""
    path = write_configuration(tmp_path, f"127.0.0.1:{free_port()}", ["logs"])
    process = start(["run", "--config", str(path)])
    wait_until(process, lambda: bool(_said(tmp_path / "out").get("troubles")))
    assert "  waiting: " in status_text(read_status(tmp_path / "out"))
    process.send_signal(signal.SIGTERM)
    status, told = ended(process, 60)
    assert status == 0, told


def test_the_group_is_told_how_far_reading_is_durable(fed: Fed) -> None:
    """So that lag shows where operators look for it."""
    group = fed.uncut.parent.name
    consumer = Consumer({"bootstrap.servers": fed.address, "group.id": group})
    told = consumer.committed([TopicPartition(fed.topic, number) for number in range(PARTITIONS)], timeout=10)
    consumer.close()
    assert {f"{each.topic}/{each.partition}": each.offset for each in told} == fed.ends


def test_kafka_consumer_groups_shows_the_lag(fed: Fed, cluster_folder: Path) -> None:
    """Kafka's own tool tells of every partition."""
    del cluster_folder
    tool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
    told = java(tool, "--bootstrap-server", fed.address, "--describe", "--group", fed.uncut.parent.name)
    rows = [line.split() for line in told.splitlines() if fed.topic in line]
    assert [row[5] for row in rows] == ["0"] * PARTITIONS


def test_nothing_is_committed_before_it_is_durable(fed: Fed, tmp_path: Path) -> None:
    """Without a snapshot the group hears of nothing, however much was read."""
    path = write_configuration(tmp_path, fed.address, [fed.topic])
    path.write_text(path.read_text(encoding="utf-8").replace("snapshot_seconds = 0.3", "snapshot_seconds = 3600"))
    process = start(["run", "--config", str(path)])
    wait_until(process, lambda: _received(tmp_path / "out") >= sum(fed.ends.values()))
    kill_group(process)
    consumer = Consumer({"bootstrap.servers": fed.address, "group.id": tmp_path.name})
    told = consumer.committed([TopicPartition(fed.topic, number) for number in range(PARTITIONS)], timeout=10)
    consumer.close()
    assert [each.offset for each in told] == [-1001] * PARTITIONS
    assert durable_offsets(tmp_path / "out") == {}


def test_the_ledger_of_a_stopped_run_agrees_with_its_evidence(fed: Fed, tmp_path: Path) -> None:
    """Also when the last snapshot before was long ago."""
    path = write_configuration(tmp_path, fed.address, [fed.topic])
    path.write_text(path.read_text(encoding="utf-8").replace("snapshot_seconds = 0.3", "snapshot_seconds = 3600"))
    process = start(["run", "--config", str(path)])
    wait_until(process, lambda: _received(tmp_path / "out") > 0)
    stop_live(process)
    ledger = from_json((tmp_path / "out" / "ledger.json").read_bytes())
    assert ledger.balances()
    kept = sum(len(read(tmp_path / "out").collect()) for read in (read_evidence, read_rejects))
    assert ledger.total().received.records == kept > 0


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.long
def test_new_partitions_and_topics_are_read_from_their_start_while_running(kafka: str, tmp_path: Path) -> None:
    """Also when the run began at the end of what was there."""
    topic = make_topic(kafka, 1)
    send(kafka, topic, [(0, b"before the run began", [])])
    path = write_configuration(tmp_path, kafka, [f"^{topic}.*"], 'start = "end"')
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, tmp_path / "out", {f"{topic}/0": 1})
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_partitions([NewPartitions(topic, 3)])[topic].result(30)
    ends = send(kafka, topic, [(2, b"in a new partition %d" % number, []) for number in range(5)])
    wait_until_durable(process, tmp_path / "out", ends)
    stop_live(process)
    kept = read_evidence(tmp_path / "out").collect()
    assert kept["source"].unique().to_list() == [f"kafka:{topic}/2"]
    assert kept["position"].sort().to_list() == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.long
def test_a_new_run_begins_at_the_offsets_it_is_given_and_goes_on_where_it_was(kafka: str, tmp_path: Path) -> None:
    """A partition that is left out begins at its beginning; what the file says no longer counts after a restart."""
    topic = make_topic(kafka, 3)
    ends = send(kafka, topic, [(number % 3, b"line %d" % number, []) for number in range(30)])
    # nothing is ever known of the last partition, which the others would wait for
    path = write_configuration(tmp_path, kafka, [topic], 'start = { "0" = 7, "2" = 10 }', idle_seconds=1)
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, tmp_path / "out", ends)
    stop_live(process)
    more = send(kafka, topic, [(number, b"one more", []) for number in range(3)])
    write_configuration(tmp_path, kafka, [topic], 'start = { "0" = 0, "1" = 0, "2" = 0 }', idle_seconds=1)
    run_live_through_kills(
        [["run", "--config", str(path)]],
        tmp_path / "out",
        {each: ends[each] + more[each] for each in ends},
        random.Random(1),
        0,
    )
    kept = read_evidence(tmp_path / "out").collect()
    positions = {source[-1]: rows["position"].sort().to_list() for (source,), rows in kept.group_by("source")}
    assert positions == {"0": [7, 8, 9, 10], "1": list(range(11)), "2": [10]}


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('start = { "0" = 4 }', "partition 0 is to be read from offset 4, and the broker keeps 0 to 2"),
        ('start = { "0" = 4 }\nlost_offsets = "beginning"', "give an offset from 0 to 3"),
        ('start = { "5" = 0 }', "partition 5, and there is no such partition (there are: 0, 1)"),
    ],
)
def test_an_offset_to_begin_with_that_is_not_there_stops_the_run(
    kafka: str, tmp_path: Path, more: str, named: str
) -> None:
    """With what there is, whatever is to become of offsets that get lost."""
    topic = make_topic(kafka, 2)
    send(kafka, topic, [(0, b"line %d" % number, []) for number in range(3)])
    status, told = ended(start(["run", "--config", str(write_configuration(tmp_path, kafka, [topic], more))]), 60)
    assert status == 2
    assert named in told
    assert "Operator action" in told


def test_odd_messages_are_accounted_for_with_their_reason(kafka: str, tmp_path: Path) -> None:
    """Tombstones, messages too long, bytes that are no text, senders that name no tenant: each is somewhere, once."""
    topic = make_topic(kafka, 1, settings={"max.message.bytes": str(12 << 20)})
    acme = [("tenant", b"acme")]
    ends = send(
        kafka,
        topic,
        [
            (0, b"2026-03-02T00:00:00Z host app: a line", acme),
            (0, None, acme),
            (0, b"", acme),
            (0, b"x" * (9 << 20), acme),
            (0, b"\xff\xfe\x00 not text \x80", acme),
            (0, b"{not json", acme),
            (0, b"whose is this", []),
            (0, b"nobody knows them", [("tenant", b"strangers")]),
            (0, b"no text either", [("tenant", b"\xff")]),
            (0, b'{"time": "2026-03-02T00:00:09Z", "message": "bolt speaks"}', [("tenant", b"bolt")]),
        ],
        **{"message.max.bytes": str(12 << 20)},
    )
    rule = '[kafka.tenant]\nby = "header"\nheader = "tenant"\nknown = ["acme", "bolt"]'
    process = start(["run", "--config", str(write_configuration(tmp_path, kafka, [topic], rule))])
    wait_until_durable(process, tmp_path / "out", ends)
    stop_live(process)
    out = tmp_path / "out"
    reasons = read_rejects(out).sort("position").select("position", "reason", "tenant").collect().rows()
    assert reasons == [
        (1, "tombstone", "acme"),
        (2, "blank", "acme"),
        (3, "oversize", "acme"),
        (6, "no_tenant", "unknown"),
        (7, "no_tenant", "unknown"),
        (8, "no_tenant", "unknown"),
    ]
    kept = read_evidence(out).sort("position").select("position", "tenant", "source").collect().rows()
    carried = [each.select("position", "headers") for each in (read_rejects(out), read_evidence(out))]
    by_position = dict(pl.concat(carried).collect().rows())
    assert by_position[1] == [{"key": "tenant", "value": b"acme"}]
    assert by_position[6] == []
    assert by_position[8] == [{"key": "tenant", "value": b"\xff"}]
    assert [(position, tenant) for position, tenant, _ in kept] == [(0, "acme"), (4, "acme"), (5, "acme"), (9, "bolt")]
    ledger = from_json((out / "ledger.json").read_bytes())
    assert ledger.balances()
    assert ledger.total().received.records == 10


def test_items_decisions_and_rejects_go_to_topics_under_their_own_ids(fed: Fed, tmp_path: Path) -> None:
    """As CloudEvents, binary by default; what is on the topic is what is in the folder."""
    topics = [make_topic(fed.address, 2) for _ in range(3)]
    more = f'[kafka.output]\nitems = "{topics[0]}"\ndecisions = "{topics[1]}"\nrejects = "{topics[2]}"'
    process = start(["run", "--config", str(write_configuration(tmp_path, fed.address, [fed.topic], more))])
    wait_until_durable(process, tmp_path / "out", fed.ends)
    stop_live(process)
    lines = (tmp_path / "out" / "items.jsonl").read_bytes().splitlines()
    wanted = {item["id"]: item for item in map(json.loads, lines)}
    found = _consume(fed.address, topics[0], len(wanted))
    assert {key for key, _, _ in found} == set(wanted)
    for key, value, headers in found:
        assert headers["ce_id"] == key
        assert headers["ce_type"] == wanted[key]["type"]
        assert json.loads(value) == wanted[key]["data"]
    decided = _consume(fed.address, topics[1], 1)
    assert decided[0][0].startswith("d1-")
    assert (tmp_path / "out" / "items.jsonl").read_bytes() == (fed.uncut / "items.jsonl").read_bytes()


@pytest.mark.long
def test_structured_mode_puts_whole_events_into_values(fed: Fed, tmp_path: Path) -> None:
    """For consumers that do not look at headers."""
    topic = make_topic(fed.address, 1)
    more = f'[kafka.output]\nitems = "{topic}"\nmode = "structured"'
    process = start(["run", "--config", str(write_configuration(tmp_path, fed.address, [fed.topic], more))])
    wait_until_durable(process, tmp_path / "out", fed.ends)
    stop_live(process)
    lines = (tmp_path / "out" / "items.jsonl").read_bytes().splitlines()
    found = _consume(fed.address, topic, len(lines))
    assert sorted(value for _, value, _ in found) == sorted(lines)
    assert {headers["content-type"] for _, _, headers in found} == {"application/cloudevents+json; charset=utf-8"}


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.long
def test_an_output_topic_that_is_not_there_ends_the_run_and_says_so(fed: Fed, tmp_path: Path) -> None:
    """Nothing is dropped in silence."""
    more = '[kafka.output]\nitems = "no-such-topic"\n[kafka.output.client]\n"message.timeout.ms" = 2000'
    process = start(["run", "--config", str(write_configuration(tmp_path, fed.address, [fed.topic], more))])
    status, told = ended(process, 90)
    assert status == 2
    assert "no-such-topic" in told
    assert "Operator action" in told


@pytest.mark.usefixtures("full_protocol")
def test_an_offset_that_is_gone_stops_the_run_with_what_to_do_unless_the_gap_is_accepted(
    kafka: str, tmp_path: Path
) -> None:
    """The ledger tells of an accepted gap."""
    topic = make_topic(kafka, 1)
    send(kafka, topic, [(0, b"line %d" % number, []) for number in range(10)])
    path = write_configuration(tmp_path, kafka, [topic])
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, tmp_path / "out", {f"{topic}/0": 10})
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0
    send(kafka, topic, [(0, b"line %d" % number, []) for number in range(10, 20)])
    admin = AdminClient({"bootstrap.servers": kafka})
    for deleted in admin.delete_records([TopicPartition(topic, 0, 15)]).values():
        deleted.result(30)
    process = start(["run", "--config", str(path)])
    status, told = ended(process, 60)
    assert status == 2
    assert "offset 10" in told
    assert 'kafka.lost_offsets = "beginning"' in told
    path = write_configuration(tmp_path, kafka, [topic], 'lost_offsets = "beginning"')
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, tmp_path / "out", {f"{topic}/0": 20})
    stop_live(process)
    kept = read_evidence(tmp_path / "out").collect()
    assert kept["position"].sort().to_list() == [*range(10), *range(15, 20)]
    ledger = from_json((tmp_path / "out" / "ledger.json").read_bytes())
    assert [dict(account.faults) for _, account in ledger] == [{"lost_offsets": 1}]


@pytest.mark.parametrize("count", [5, pytest.param(25, marks=pytest.mark.long)])
def test_a_topic_that_was_made_anew_is_not_taken_for_the_old_one(kafka: str, tmp_path: Path, count: int) -> None:
    """Whether it has fewer messages or more: the run stops, or reads all of them as another source, with a fault."""
    topic = make_topic(kafka, 1)
    send(kafka, topic, [(0, b"line %d" % number, []) for number in range(10)])
    process = start(["run", "--config", str(write_configuration(tmp_path, kafka, [topic]))])
    wait_until_durable(process, tmp_path / "out", {f"{topic}/0": 10})
    stop_live(process)
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.delete_topics([topic])[topic].result(30)
    made = make_topic(kafka, 1, name=topic)
    send(kafka, made, [(0, b"anew %d" % number, []) for number in range(count)])
    process = start(["run", "--config", str(write_configuration(tmp_path, kafka, [topic]))])
    status, told = ended(process, 60)
    assert status == 2
    assert "made anew after offset 9" in told
    path = write_configuration(tmp_path, kafka, [topic], 'lost_offsets = "beginning"')
    for status_file in (tmp_path / "out").glob("status-*.json"):
        status_file.unlink()
    process = start(["run", "--config", str(path)])
    wait_until(process, lambda: durable_offsets(tmp_path / "out").get(f"{topic}/0") == count)
    stop_live(process)
    kept = (
        read_evidence(tmp_path / "out")
        .with_columns(pl.col("source").cast(pl.String))
        .collect()
        .sort("source", "position")
    )
    assert kept.select("source", "position").is_duplicated().sum() == 0
    assert kept["source"].cast(pl.String).to_list() == [f"kafka:{topic}/0"] * 10 + [f"kafka:{topic}/0+1"] * count
    assert kept["position"].to_list() == [*range(10), *range(count)]


def _received(out: Path) -> int:
    """Return how many messages a run says it has received."""
    return int(_said(out).get("received", 0))


def _said(out: Path) -> dict[str, Any]:
    """Return what a run says of itself, nothing where it has not said anything yet."""
    try:
        return dict(json.loads((out / "status-0.json").read_bytes()))
    except (OSError, json.JSONDecodeError):
        return {}


def _consume(address: str, topic: str, least: int) -> list[tuple[str, bytes, dict[str, str]]]:
    """Read a topic from its beginning, and return keys, values and headers."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": f"{topic}-reader"})
    # a group would first have to agree on who reads what
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    found: list[tuple[str, bytes, dict[str, str]]] = []
    patience = time.monotonic() + 60
    while time.monotonic() < patience and len(found) < least:
        for message in consumer.consume(1000, 0.5):
            assert message.error() is None
            headers = {key: bytes(value).decode() for key, value in cast("Any", message.headers())}
            found.append((cast("bytes", message.key()).decode(), cast("bytes", message.value()), headers))
    consumer.close()
    return found


@pytest.mark.usefixtures("full_protocol")
def test_a_replay_of_a_topic_gives_the_items_of_the_same_events_in_files(fed: Fed, tmp_path: Path) -> None:
    """Where the lines come from moves nothing but the sources and positions in the evidence."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for partition in range(PARTITIONS):
        lines = [value + b"\n" for number, value, _ in messages() if number == partition and value is not None]
        (logs / f"{partition}.log").write_bytes(b"".join(lines))
    from_files, from_topic = tmp_path / "files", tmp_path / "topic"
    url = f"kafka://{fed.address}/{fed.topic}"
    for inputs, out, more in (
        (str(logs), from_files, []),
        (url, from_topic, ["--processes", "2"]),
    ):
        status, told = ended(start(["replay", inputs, "--out", str(out), *more]))
        assert status == 0, told
    assert _sourceless(from_topic) == _sourceless(from_files)
    assert _sourceless(from_files)
    kept = read_evidence(from_topic).collect()
    assert len(kept) == sum(fed.ends.values())


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.long
def test_a_backtest_reads_the_same_offsets_of_a_topic_for_both_sides(kafka: str, tmp_path: Path) -> None:
    """What is sent after the first side has begun is read by neither."""
    topic = make_topic(kafka, PARTITIONS)
    told = [each for each in messages() if each[0] < 2]
    send(kafka, topic, told)
    url, parameters, out = f"kafka://{kafka}/{topic}", tmp_path / "fewer.toml", tmp_path / "both"
    parameters.write_text("[parameters.novelty]\npoints = 12\n", encoding="utf-8")
    command = ["backtest", url, "--candidate", str(parameters), "--out", str(out), "--output", "json"]
    status, said = ended(start(command))
    assert status == 0, said
    plans = [json.loads((out / side / "run.json").read_bytes())["plan"] for side in ("baseline", "candidate")]
    assert plans[0]["topics"] == plans[1]["topics"]
    items = [(out / side / "items.jsonl").read_bytes().splitlines() for side in ("baseline", "candidate")]
    assert 0 < len(items[1]) < len(items[0])
    send(kafka, topic, told[:50])
    again = tmp_path / "again"
    status, said = ended(start(["replay", url, "--out", str(again), "--offsets-of", str(out / "baseline")]))
    assert status == 0, said
    assert (again / "items.jsonl").read_bytes().splitlines() == items[0]
    assert len(read_evidence(again).collect()) == len(told)


@pytest.mark.usefixtures("full_protocol")
@pytest.mark.long
def test_a_replay_of_a_topic_that_is_killed_and_resumed_gives_what_an_uncut_one_gives(fed: Fed, tmp_path: Path) -> None:
    """With the bounds taken when it first began, whatever has come since; and nothing is committed."""
    url = f"kafka://{fed.address}/{fed.topic}?from=10&to=1000"
    options = ["--batch-records", "256", "--snapshot-seconds", "0.1"]
    status, told = ended(start(["replay", url, "--out", str(tmp_path / "uncut"), *options]))
    assert status == 0, told
    out = tmp_path / "out"
    command = ["replay", url, "--out", str(out), *options, "--resume"]
    run_through_kills([command] * 4, out, random.Random(1), 4.0)
    assert_same_outcome(out, tmp_path / "uncut")
    positions = read_evidence(out).collect()["position"]
    assert (positions.min(), positions.max()) == (10, 999)
    consumer = Consumer({"bootstrap.servers": fed.address, "group.id": "brainstem-replay"})
    told_to_group = consumer.committed([TopicPartition(fed.topic, 0)], timeout=10)
    consumer.close()
    assert [each.offset for each in told_to_group] == [-1001]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("kafka://127.0.0.1:1/", "names no broker or no topic"),
        ("kafka://127.0.0.1:1/logs?since=1", "since is unknown"),
        ("kafka://127.0.0.1:1/logs?from=yesterday", "from=yesterday"),
        ("kafka://me:secret@127.0.0.1:1/logs", "--config"),
    ],
)
def test_a_topic_that_is_not_well_written_is_refused(url: str, named: str, tmp_path: Path) -> None:
    """Before anything is asked of a broker, and without repeating a password."""
    status, told = ended(start(["replay", url, "--out", str(tmp_path / "out")]))
    assert status == 3
    assert named in told
    assert "secret" not in told


def _sourceless(out: Path) -> list[dict[str, Any]]:
    """Return items without sources and positions of their evidence."""
    items: list[dict[str, Any]] = positionless((out / "items.jsonl").read_bytes())
    for item in items:
        for line in item["data"]["evidence"]:
            del line["source"]
    return items


def test_a_partition_of_lines_without_a_time_keeps_no_other_from_being_judged(fed: Fed, tmp_path: Path) -> None:
    """It is read on at the times its messages were sent, and nobody waits for it."""
    plain = make_topic(fed.address, 1)
    path = write_configuration(tmp_path, fed.address, [fed.topic, plain])
    ends = send(fed.address, plain, [(0, b"nothing in here is a time", [])] * 10)
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, tmp_path / "out", {**fed.ends, **ends})
    stop_live(process)
    assert to_decisions(scan_decisions(OutputFolder(tmp_path / "out")))
