"""The configuration of an intake: what is wrong is named with its fix, before a port is opened."""

from pathlib import Path

import pytest

from connectors.base import ConfigurationError
from connectors.journal.exporter import arguments_of
from flows.config.intake import RelayTopic, load
from flows.config.live_run import load as load_run

WHOLE = """
[listen]
account = "/var/lib/brainstem/listen.json"

[listen.kafka]
brokers = "127.0.0.1:9092"
topic = "syslog"

[[listen.syslog]]
name = "office"
address = "192.168.10.2:514"
transports = ["udp", "tcp"]
networks = ["192.168.10.0/24"]
tenant = "acme"

[[listen.syslog]]
name = "branches"
address = "0.0.0.0:6514"
transports = ["tls"]
certificate = "/etc/brainstem/server.pem"
key = "/etc/brainstem/server.key"
client_ca = "/etc/brainstem/clients.pem"
tenant_from = "certificate"
"""


def loaded(tmp_path: Path, text: str) -> object:
    """Return the configuration of a text."""
    path = tmp_path / "brainstem.toml"
    path.write_text(text)
    return load(path)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Each value is where it belongs; other tables of the file are those of other commands."""
    path = tmp_path / "brainstem.toml"
    path.write_text(WHOLE + '\n[run]\nout = "/var/lib/brainstem/run"\n')
    configuration = load(path)
    assert [each.name for each in configuration.syslog] == ["office", "branches"]
    assert [each.tenant for each in configuration.syslog] == ["acme", ""]
    assert configuration.syslog[0].address.port == 514
    assert isinstance(configuration.buffer, RelayTopic)
    assert configuration.buffer.name == "syslog"


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('networks = ["192.168.10.0/24"]', "", ["listen.syslog[0].address", "192.168.10.2:514", "networks ="]),
        ('client_ca = "/etc/brainstem/clients.pem"', "", ["tenant_from", "client_ca"]),
        ('"192.168.10.0/24"', '"192.168.10.7/24"', ["listen.syslog[0].networks", "192.168.10.0/24"]),
        ('address = "192.168.10.2:514"', 'address = "514"', ["listen.syslog[0].address = '514'", "host:port"]),
        ('transports = ["tls"]', 'transports = ["tls", "udp"]', ["transports", "of its own"]),
        ('transports = ["udp", "tcp"]', 'when_full = "wait"', ["when_full = 'wait'", "block or drop"]),
        ('transports = ["udp", "tcp"]', 'when_full = "block"', ["when_full = 'block'", "Datagrams cannot wait"]),
        ('transports = ["tls"]', 'transports = ["tls"]\nwhen_full = "drop"', ["when_full = 'drop'", "tenant"]),
        ('transports = ["udp", "tcp"]', 'transports = ["relp"]', ["'relp'", "udp, tcp, tls"]),
        ('tenant = "acme"', "", ["listen.syslog[0].tenant is missing"]),
        ('tenant = "acme"', 'tennant = "acme"', ["tenant is missing"]),
        ('name = "branches"', 'name = "office"', ["two listeners", "'office'"]),
        ('topic = "syslog"', "", ["listen.kafka.topic is missing"]),
        ("account =", "acount =", ["listen.acount", "Did you mean account?"]),
        ('tenant_from = "certificate"', 'tenant_from = "message"', ["tenant_from = 'message'", "certificate"]),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(tmp_path: Path, was: str, now: str, named: list[str]) -> None:
    """A listener that others can reach says who may send; a tenant never comes from a message."""
    assert was in WHOLE
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, WHOLE.replace(was, now, 1))
    for each in named:
        assert each in str(refused.value)


@pytest.mark.parametrize(
    ("transports", "stated", "drops"),
    [
        ('["tcp"]', "", False),
        ('["tcp"]', 'when_full = "block"', False),
        ('["tcp"]', 'when_full = "drop"', True),
        ('["udp"]', 'when_full = "drop"', True),
        ('["udp", "tcp"]', "", False),
        ('["udp", "tcp"]', 'when_full = "drop"', True),
    ],
)
def test_a_listener_states_what_becomes_of_messages_while_the_buffer_is_full(
    tmp_path: Path, transports: str, stated: str, drops: bool
) -> None:
    """Connections wait unless it says otherwise."""
    path = tmp_path / "brainstem.toml"
    path.write_text(WHOLE.replace('transports = ["udp", "tcp"]', f"transports = {transports}\n{stated}"))
    assert load(path).syslog[0].drops_when_full == drops


def test_who_may_send_can_be_left_open_in_so_many_words(tmp_path: Path) -> None:
    """And on loopback nobody else can reach it."""
    loaded(tmp_path, WHOLE.replace('networks = ["192.168.10.0/24"]', "open_to_all = true"))
    loaded(tmp_path, WHOLE.replace('networks = ["192.168.10.0/24"]', "").replace("192.168.10.2", "127.0.0.1"))


JOURNALS = """
[run]
out = "/var/lib/brainstem/run"

[[journal]]
name = "anvil"
tenant = "acme"
units = ["nginx.service", "php*"]
matches = ["PRIORITY=3", "+", "_TRANSPORT=kernel"]
hours_most = 24
"""


def test_journals_are_read_as_one_table_or_as_several(tmp_path: Path) -> None:
    """One alone needs no name; the spool is beside the run."""
    path = tmp_path / "brainstem.toml"
    path.write_text(JOURNALS)
    (several,) = load(path).journals
    assert (several.name, several.tenant, several.units) == ("anvil", "acme", ("nginx.service", "php*"))
    assert arguments_of(several, "")[4:] == [
        "--since=-86400s",
        "--unit=nginx.service",
        "--unit=php*",
        "PRIORITY=3",
        "+",
        "_TRANSPORT=kernel",
    ]
    assert arguments_of(several, "s=1")[4:5] == ["--after-cursor=s=1"]
    path.write_text('[run]\nout = "run"\n[journal]\ntenant = "acme"\n')
    (alone,) = load(path).journals
    assert (alone.name, alone.tenant) == ("journal", "acme")
    assert load_run(path).has_intake


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('tenant = "acme"', "", ["journal[0].tenant is missing"]),
        ('name = "anvil"', "nmae = 1", ["journal[0].nmae", "Did you mean name?"]),
        ('"PRIORITY=3"', '"--vacuum-size=1"', ["journal[0].matches", "PRIORITY=3"]),
        ('"nginx.service"', '""', ["journal[0].units"]),
        ("hours_most = 24", "hours_most = -1", ["journal[0].hours_most"]),
        (
            "[[journal]]",
            '[[listen.syslog]]\nname = "anvil"\naddress = "127.0.0.1:0"\ntenant = "x"\n[[journal]]',
            ["two"],
        ),
        ("[[journal]]", '[listen.kafka]\nbrokers = "b:1"\ntopic = "t"\n[[journal]]', ["[journal]", "[listen.kafka]"]),
    ],
)
def test_what_is_wrong_with_a_journal_is_named_with_its_fix(
    tmp_path: Path, was: str, now: str, named: list[str]
) -> None:
    """A match is never an option of the program."""
    assert was in JOURNALS
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, JOURNALS.replace(was, now, 1))
    for each in named:
        assert each in str(refused.value)
