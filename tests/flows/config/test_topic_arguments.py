"""What a replay of topics takes from its arguments, and what from a file; no broker is asked."""

from pathlib import Path

import pytest

from connectors.base import ConfigurationError
from connectors.kafka.client import Secret
from flows.config.subscription import Subscription, TenantRule
from flows.runs.topic_replay import subscription_of

SECRET = '[kafka.client]\n"sasl.password" = { env = "BRAINSTEM_TEST_SECRET" }\n'
BY_HEADER = '[kafka.tenant]\nby = "header"\nheader = "customer"\n'
LIVE = '[run]\nout = "/var/lib/brainstem/run"\n[kafka]\nbrokers = "elsewhere:9092"\ntopics = ["^app[.].*"]\n'


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINSTEM_TEST_SECRET", "hidden")


def asked(folder: Path, text: str, *arguments: str, tenant: str = "default") -> Subscription:
    """Return what arguments and a file of this text ask for."""
    path = folder / "brainstem.toml"
    path.write_text(text, encoding="utf-8")
    return subscription_of(arguments, tenant, "UTC", path)


@pytest.mark.parametrize("more", ["", LIVE], ids=["alone", "of a live run"])
def test_a_file_with_client_settings_leaves_tenants_to_the_arguments(tmp_path: Path, more: str) -> None:
    """Whose the messages are is not lost, and a file needs nothing that a replay has no use for."""
    found = asked(tmp_path, more + SECRET, "acme=kafka://127.0.0.1:9092/syslog,auth", "kafka://127.0.0.1:9092/app")
    assert found.tenant == TenantRule(topics={"syslog": "acme", "auth": "acme", "app": "default"})
    assert found.client.options == {"sasl.password": Secret(environment="BRAINSTEM_TEST_SECRET")}
    assert (found.client.brokers, found.topics) == ("127.0.0.1:9092", ("syslog", "auth", "app"))


def test_a_file_may_say_whose_the_messages_are(tmp_path: Path) -> None:
    """Where no argument does, its rule counts, in place of the tenant of all inputs."""
    found = asked(tmp_path, BY_HEADER, "kafka://127.0.0.1:9092/syslog", tenant="acme")
    assert found.tenant == TenantRule(header="customer")


def test_two_who_say_whose_the_messages_are_are_refused(tmp_path: Path) -> None:
    """Neither of them silently wins."""
    with pytest.raises(ConfigurationError, match=r"acme=kafka.* and kafka\.tenant in .*Leave one of them out"):
        asked(tmp_path, BY_HEADER, "acme=kafka://127.0.0.1:9092/syslog")


@pytest.mark.parametrize(
    ("text", "told"),
    [("kafka = 3", "kafka"), ("[kafka]\nbroker = 1", "kafka.broker"), ("[run]\nzone = 3", "run.zone")],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    """A replay checks the whole file, as a live run does."""
    with pytest.raises(ConfigurationError, match=told):
        asked(tmp_path, text, "kafka://127.0.0.1:9092/syslog")
