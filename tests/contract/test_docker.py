"""What docker/ holds agrees with the program; there need not be an engine to see that."""

import json
import re
from pathlib import Path

from flows.cli.commands import COMMANDS
from flows.config.live_run import load
from flows.demo.producer import TENANT_HEADER
from tests.support.brokers import CACHE

DOCKER = Path(__file__).resolve().parents[2] / "docker"
COMPOSE = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
IMAGE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def test_the_job_reads_what_the_producer_sends_and_writes_to_the_topic_it_makes() -> None:
    """Broker, topics and the header that names a tenant are the same on both sides."""
    configuration = load(DOCKER / "brainstem.toml")
    (told,) = re.findall(r'entrypoint: (\["python", "-m", "flows\.demo\.producer".*\])', COMPOSE)
    _, _, module, broker, *options = json.loads(told)
    assert module == "flows.demo.producer"
    assert configuration.kafka.client.brokers == broker
    assert options == ["--topic", *configuration.kafka.topics, "--make", configuration.output.items]
    assert configuration.kafka.tenant.header == TENANT_HEADER
    assert f"CLIENT://{broker}" in COMPOSE


def test_the_image_runs_commands_there_are_and_not_as_root() -> None:
    """Its health check asks after the folder of the run that the configuration names."""
    health, start = (
        json.loads(re.findall(rf"^{what}(\[.*\])$", IMAGE, re.MULTILINE)[0]) for what in (".*CMD ", "CMD ")
    )
    assert health == ["brainstem", "status", str(load(DOCKER / "brainstem.toml").settings.out)]
    assert {health[1], start[0]} <= set(COMMANDS)
    assert f":{start[2]}:ro" in COMPOSE
    assert IMAGE.index("USER brainstem") < IMAGE.index("ENTRYPOINT")


def test_the_broker_is_of_the_version_that_is_tested_with() -> None:
    """What compose starts is what the tests fetch."""
    assert f"apache/kafka:{CACHE.name.removeprefix('kafka-')}" in COMPOSE
