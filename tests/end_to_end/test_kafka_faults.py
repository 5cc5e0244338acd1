"""Clusters of a test's own, that go down, come back and ask for credentials."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from brainstem.contracts.ledger_json import from_json
from state.store.parquet_store import read_evidence
from tests.support.brokers import Cluster, wait_until_up
from tests.support.killing import ended, start, stop_live, wait_until_durable
from tests.support.topics import Outgoing, make_topic, send, write_configuration

# brokers of a test's own take long to start; `test_kafka.py` has what happens while no broker answers
pytestmark = pytest.mark.long


def numbered(first: int, count: int, partitions: int = 1) -> list[Outgoing]:
    """Return plain messages."""
    return [(number % partitions, b"line %d of a test" % number, []) for number in range(first, first + count)]


def wait_for_status(out: Path, words: str, seconds: float = 60) -> None:
    """Wait until `brainstem status` says something."""
    patience = time.monotonic() + seconds
    while True:
        told = start(["status", str(out)]).communicate(timeout=60)[0].decode()
        if words in told:
            return
        assert time.monotonic() < patience, told


def test_a_broker_that_is_down_at_the_start_and_later_is_waited_for(cluster_folder: Path, tmp_path: Path) -> None:
    """The status says so, and the run goes on by itself."""
    cluster = Cluster(cluster_folder)
    cluster.start()
    try:
        wait_until_up(cluster.address)
        topic = make_topic(cluster.address, 1)
        ends = send(cluster.address, topic, numbered(0, 100))
        cluster.stop()
        path = write_configuration(tmp_path, cluster.address, [topic])
        process = start(["run", "--config", str(path)])
        wait_for_status(tmp_path / "out", "waiting: ")
        cluster.nodes[0].start()
        wait_until_durable(process, tmp_path / "out", ends)
        cluster.stop()
        wait_for_status(tmp_path / "out", "waiting: ")
        cluster.nodes[0].start()
        wait_until_up(cluster.address)
        more = send(cluster.address, topic, numbered(100, 50))
        wait_until_durable(process, tmp_path / "out", {place: ends[place] + more[place] for place in ends})
        stop_live(process)
    finally:
        cluster.stop()
    kept = read_evidence(tmp_path / "out").collect()
    assert kept["position"].sort().to_list() == list(range(150))


def test_a_broker_of_three_is_killed_and_started_again(cluster_folder: Path, tmp_path: Path) -> None:
    """Nothing is lost or doubled while its partitions move, in or out."""
    cluster = Cluster(cluster_folder, 3)
    cluster.start()
    try:
        wait_until_up(cluster.address, 3)
        topic, found = make_topic(cluster.address, 3, 3), make_topic(cluster.address, 1, 3)
        sent = send(cluster.address, topic, numbered(0, 3000, 3))
        path = write_configuration(tmp_path, cluster.address, [topic], f'[kafka.output]\ndecisions = "{found}"')
        process = start(["run", "--config", str(path)])
        wait_until_durable(process, tmp_path / "out", sent)
        for node in cluster.nodes[:2]:
            node.kill()
            more = send(cluster.address, topic, numbered(0, 3000, 3))
            sent = {place: sent[place] + more[place] for place in sent}
            node.start()
            wait_until_up(cluster.address, 3)
            wait_until_durable(process, tmp_path / "out", sent)
        stop_live(process)
    finally:
        cluster.stop()
    kept = read_evidence(tmp_path / "out").collect()
    assert len(kept) == sum(sent.values())
    assert kept.select("source", "position").is_duplicated().sum() == 0
    assert from_json((tmp_path / "out" / "ledger.json").read_bytes()).balances()


def test_an_output_that_stalls_stops_the_reading_and_loses_nothing(
    kafka: str, cluster_folder: Path, tmp_path: Path
) -> None:
    """No deadlock: the status says what is waited for, and all goes on when it goes on."""
    cluster = Cluster(cluster_folder)
    cluster.start()
    try:
        wait_until_up(cluster.address)
        topic, found = make_topic(kafka, 1), make_topic(cluster.address, 1)
        path = write_configuration(
            tmp_path, kafka, [topic], f'[kafka.output]\nrejects = "{found}"\nbrokers = "{cluster.address}"'
        )
        ends = send(kafka, topic, numbered(0, 10))
        process = start(["run", "--config", str(path)])
        wait_until_durable(process, tmp_path / "out", ends)
        cluster.nodes[0].send_signal(signal.SIGSTOP)
        more = send(kafka, topic, [(0, b" ", [])] * 500)
        wait_for_status(tmp_path / "out", "not acknowledged")
        cluster.nodes[0].send_signal(signal.SIGCONT)
        wait_until_durable(process, tmp_path / "out", {place: ends[place] + more[place] for place in ends})
        stop_live(process)
        consumer = Consumer({"bootstrap.servers": cluster.address, "group.id": "reader"})
        assert consumer.get_watermark_offsets(TopicPartition(found, 0), 10) == (0, 500)
        consumer.close()
    finally:
        cluster.stop()


def test_tls_with_scram_lets_in_who_has_the_secret(
    cluster_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says nothing of the secret anywhere."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with: install it")
    secret = "tls-scram-secret-9"
    monkeypatch.setenv("BRAINSTEM_TEST_SECRET", secret)
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*request, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    keystore = tmp_path / "keystore.pem"
    keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
    cluster = Cluster(
        cluster_folder,
        1,
        {
            "listeners": "CLIENT://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": "CLIENT://127.0.0.1:{port},INTERNAL://127.0.0.1:1",
            "listener.security.protocol.map": "CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INTERNAL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(keystore),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.client.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
        },
    )
    client = {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(certificate),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "reader",
    }
    cluster.start("--add-scram", f"SCRAM-SHA-512=[name=reader,password={secret}]")
    try:
        own = {**client, "sasl.password": secret}
        wait_until_up(cluster.address, 1, own)
        topic = make_topic(cluster.address, 1, client=own)
        ends = send(cluster.address, topic, numbered(0, 100), **own)
        options = "".join(f'"{name}" = "{value}"\n' for name, value in client.items())
        options = f'[kafka.client]\n{options}"sasl.password" = {{ env = "BRAINSTEM_TEST_SECRET" }}\n'
        path = write_configuration(tmp_path, cluster.address, [topic], options)
        process = start(["run", "--config", str(path)])
        wait_until_durable(process, tmp_path / "out", ends)
        stop_live(process)
        monkeypatch.setenv("BRAINSTEM_TEST_SECRET", f"wrong-{secret}")
        process = start(["run", "--config", str(path)])
        wait_for_status(tmp_path / "out", "waiting: ")
        process.terminate()
        told = ended(process, 60)[1]
    finally:
        cluster.stop()
    assert secret not in told
    for file in (tmp_path / "out").rglob("*.json"):
        assert secret not in file.read_text(encoding="utf-8")
    assert len(read_evidence(tmp_path / "out").collect()) == 100
