"""The configuration file: what is wrong is named with key, value and fix, before anything is read or connected to."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from brainstem.contracts.ledger import DateOrder
from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError
from connectors.kafka.client import ClientSettings, Secret
from flows.config.addresses import ClusterSettings, StatusAddress, is_private, require_private
from flows.config.live_run import from_values, load
from flows.config.subscription import Subscription
from tests.support.configuration import WHOLE_CONFIGURATION


def test_a_whole_file_is_read() -> None:
    """Each key arrives where it is used."""
    configuration = from_values(tomllib.loads(WHOLE_CONFIGURATION))
    kafka = configuration.kafka
    assert configuration.settings.out == Path("/var/lib/brainstem/run")
    assert configuration.settings.items_a_day == 3
    assert configuration.settings.date_order_of("acme") is DateOrder.DAY_FIRST
    assert configuration.settings.date_order_of("bolt") is DateOrder.UNKNOWN
    assert configuration.settings.display_zones == Zones(ZoneInfo("Europe/Berlin"), {"acme": ZoneInfo("Asia/Tokyo")})
    assert kafka.start == 1772362800000
    assert kafka.tenant.header == "tenant"
    assert kafka.client.options["sasl.password"] == Secret(environment="BRAINSTEM_TEST_SECRET")
    assert configuration.output.items == "found"
    assert configuration.output.structured
    assert configuration.cluster.processes == 2
    assert [kafka.wants(each) for each in ("syslog", "app.web", "apple", "__consumer_offsets")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('out = "/var/lib/brainstem/run"', "", ["run.out is missing", "out ="]),
        ("zone =", "zome =", ["run.zome", "Did you mean zone?"]),
        ("items_a_day = 3", "items_a_day = 0", ["items_a_day = 0", "at least 1"]),
        ("items_a_day = 3", 'advice = "/none.toml"', ["run.advice /none.toml cannot be read"]),
        ("Europe/Berlin", "Europe/Atlantis", ["'Europe/Atlantis'", "UTC"]),
        ("Asia/Tokyo", "Asia/Atlantis", ["zones.acme = 'Asia/Atlantis'", "Europe/Berlin"]),
        ('"Asia/Tokyo"', "9", ["run.zones.acme = 9", "text"]),
        ('"dmy"', '"ymd"', ["run.date_orders.acme = 'ymd'", '"mdy"']),
        ('"dmy"', '""', ["run.date_orders.acme = ''", '"mdy"']),
        ('"Asia/Tokyo"', '""', ["run.zones.acme = ''", "Europe/Berlin"]),
        ('brokers = "127.0.0.1:9092"', "brokers = 9092", ["kafka.brokers = 9092", "text"]),
        ("topics = [", "topics = [7, ", ["kafka.topics = 7"]),
        ("^app[.].*", "^app[", ["^app[", "regular expression"]),
        ("start = 2026-03-01T12:00:00", 'start = "noon"', ["kafka.start = 'noon'", "beginning"]),
        ('by = "header"', 'by = "body"', ["kafka.tenant.by = 'body'", "topic or header"]),
        ('{ env = "BRAINSTEM_TEST_SECRET" }', '"hunter2"', ["sasl.password", "env"]),
        ('{ env = "BRAINSTEM_TEST_SECRET" }', '{ vault = "x" }', ["vault"]),
        ('"socket.timeout.ms" = 10000', '"enable.auto.commit" = true', ["enable.auto.commit", "Remove it"]),
        ('mode = "structured"', 'mode = "avro"', ["kafka.output.mode = 'avro'", "binary or structured"]),
        ("processes = 2", "processes = 0", ["cluster.processes = 0"]),
        ("processes = 2", 'addresses = ["nowhere"]', ["'nowhere'", "host:port"]),
        ("processes = 2", 'processes = 2\naddresses = ["10.0.0.1:2101"]', ["contradict"]),
        ("[cluster]", "[clutter]", ["clutter", "cluster"]),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(was: str, now: str, named: list[str]) -> None:
    """And a secret is never repeated."""
    assert was in WHOLE_CONFIGURATION
    with pytest.raises(ConfigurationError) as refused:
        from_values(tomllib.loads(WHOLE_CONFIGURATION.replace(was, now, 1)))
    for each in named:
        assert each in str(refused.value)
    assert "hunter2" not in str(refused.value)


START = "start = 2026-03-01T12:00:00"


@pytest.mark.parametrize(
    ("topics", "start", "starts"),
    [
        (["logs"], '{ "0" = 1234, "11" = 0 }', {"logs": {0: 1234, 11: 0}}),
        (["logs"], '{ logs = { "3" = 7 } }', {"logs": {3: 7}}),
        (["logs"], '{ logs = "end" }', {"logs": "end"}),
        (["0"], '{ "0" = { "0" = 5 } }', {"0": {0: 5}}),
        (
            ["logs", "^app[.].*"],
            '{ "app.db" = { "0" = 5 }, logs = 1970-01-01T00:00:01Z }',
            {"app.db": {0: 5}, "logs": 1000},
        ),
    ],
)
def test_a_run_may_begin_at_offsets_and_elsewhere_by_topic(
    topics: list[str], start: str, starts: dict[str, object]
) -> None:
    """Offsets alone are those of the only topic; topics that are left out begin at their beginning."""
    text = WHOLE_CONFIGURATION.replace(START, f"start = {start}").replace('["syslog", "^app[.].*"]', str(topics))
    kafka = from_values(tomllib.loads(text)).kafka
    assert kafka.starts == starts
    assert kafka.start_of("another") == "beginning"


@pytest.mark.parametrize(
    ("topics", "start", "named"),
    [
        (["logs"], "{}", ["kafka.start = {}", "offsets by partition"]),
        (["logs"], '{ "0" = -1 }', ['kafka.start."0" = -1', "from 0 on"]),
        (["logs"], '{ "0" = true }', ['kafka.start."0" = True', "from 0 on"]),
        (["logs"], '{ "0" = "end" }', ["kafka.start.\"0\" = 'end'", "from 0 on"]),
        (["logs"], '{ "0" = 9223372036854775807, "1" = 9.0 }', ['kafka.start."1" = 9.0', "from 0 on"]),
        (["logs"], '{ "00" = 1 }', ['kafka.start."00" = 1', "number of a partition"]),
        (["logs"], "{ first = 1 }", ['kafka.start."first" = 1', "number of a partition"]),
        (["logs"], "{ logs = {} }", ["kafka.start.logs = {}", "offsets by partition"]),
        (["logs"], '{ logs = "noon" }', ["kafka.start.logs = 'noon'", "beginning, end"]),
        (["logs"], '{ mail = { "0" = 1 } }', ["kafka.start names 'mail'", "['logs']"]),
        (["logs", "mail"], '{ "0" = 1 }', ["kafka.start.0 = 1", "for several topics"]),
        (["^logs"], '{ "0" = 1 }', ["kafka.start.0 = 1", "for several topics"]),
    ],
)
def test_a_beginning_that_cannot_be_is_refused_with_its_fix(topics: list[str], start: str, named: list[str]) -> None:
    """Before anything is asked of a broker."""
    text = WHOLE_CONFIGURATION.replace(START, f"start = {start}").replace('["syslog", "^app[.].*"]', str(topics))
    with pytest.raises(ConfigurationError) as refused:
        from_values(tomllib.loads(text))
    for each in named:
        assert each in str(refused.value)


def test_a_file_that_is_not_there_or_no_toml_is_refused(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[run\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no TOML"):
        load(tmp_path / "bad.toml")


def test_secrets_come_from_environment_or_file_and_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in a representation nor in a message."""
    monkeypatch.setenv("BRAINSTEM_TEST_SECRET", "hunter2")
    (tmp_path / "secret").write_text("hunter3\n", encoding="utf-8")
    options = {
        "sasl.password": Secret(environment="BRAINSTEM_TEST_SECRET"),
        "ssl.key.password": Secret(file=str(tmp_path / "secret")),
    }
    settings = ClientSettings("127.0.0.1:1", options)
    told = settings.configuration({})
    assert (told["sasl.password"], told["ssl.key.password"]) == ("hunter2", "hunter3")
    assert "hunter" not in repr(settings) + repr(Subscription(settings, ("logs",)))
    monkeypatch.delenv("BRAINSTEM_TEST_SECRET")
    with pytest.raises(ConfigurationError, match="no such environment variable"):
        settings.configuration({})


def test_what_librdkafka_does_not_know_is_refused_without_a_connection() -> None:
    """Its own words, and the section."""
    with pytest.raises(ConfigurationError, match=r"kafka\.client.*no\.such\.setting"):
        ClientSettings("127.0.0.1:1", {"no.such.setting": 1}).check()


@pytest.mark.parametrize(
    ("numeric", "private"),
    [
        ("127.0.0.1", True),
        ("10.9.8.7", True),
        ("172.31.0.1", True),
        ("192.168.1.1", True),
        ("100.64.0.9", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.0.0.1", True),
        ("0.0.0.0", False),  # noqa: S104 - refused
        ("::", False),
        ("8.8.8.8", False),
        ("172.32.0.1", False),
        ("2001:4860:4860::8888", False),
        ("::ffff:8.8.8.8", False),
        ("224.0.0.1", False),
    ],
)
def test_only_loopback_and_private_addresses_are_private(numeric: str, private: bool) -> None:
    """All interfaces at once are not."""
    assert is_private(numeric) is private


def test_a_cluster_on_public_addresses_is_refused_unless_the_operator_insists() -> None:
    """Whoever reaches the port runs code."""
    settings = ClusterSettings(addresses=("127.0.0.1:2101", "203.0.113.9:2101"))
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.9.*allow_public"):
        require_private(settings)
    require_private(ClusterSettings(addresses=settings.addresses, allow_public=True))
    require_private(ClusterSettings(addresses=("[::1]:2101", "localhost:2102")))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", None),
        ("[status]", None),
        ('[status]\naddress = ""', None),
        ('[status]\naddress = "127.0.0.1:9514"', StatusAddress("127.0.0.1", 9514)),
        ('[status]\naddress = "127.8.8.8:0"', StatusAddress("127.8.8.8", 0)),
        ('[status]\naddress = "[::1]:9514"', StatusAddress("::1", 9514)),
        ('[status]\naddress = "localhost:9514"', StatusAddress("localhost", 9514)),
        ('[status]\naddress = "192.0.2.1:9514"\nopen_to_all = true', StatusAddress("192.0.2.1", 9514)),
    ],
)
def test_a_status_is_served_only_where_an_address_is_given(
    tmp_path: Path, table: str, expected: StatusAddress | None
) -> None:
    """On loopback, unless the file says in so many words that anybody may ask."""
    path = tmp_path / "run.toml"
    path.write_text(f'[run]\nout = "out"\n[spool]\nfolder = "spool"\n{table}\n')
    assert load(path).status == expected


@pytest.mark.parametrize(
    ("table", "told"),
    [
        *(
            (f'address = "{each}"', "open_to_all = true overrules this")
            for each in ("0.0.0.0:9514", "[::]:9514", "192.168.1.5:9514", "10.0.0.1:1", "metrics.example.com:9514")
        ),
        *(
            (f'address = "{each}"', "Give host:port")
            for each in ("9514", ":9514", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1")
        ),
        ("address = 9514", "Give a text"),
        ('adress = "127.0.0.1:9514"', "Did you mean address"),
        ("open_to_all = 1", "Give true or false"),
    ],
)
def test_an_address_for_the_status_that_others_can_reach_is_refused(tmp_path: Path, table: str, told: str) -> None:
    """With key, value and fix, as is one that is none."""
    path = tmp_path / "run.toml"
    path.write_text(f'[run]\nout = "out"\n[spool]\nfolder = "spool"\n[status]\n{table}\n')
    with pytest.raises(ConfigurationError, match=r"^status\.") as refused:
        load(path)
    assert told in str(refused.value)
