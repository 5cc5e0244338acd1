"""Advice: each known service is recognized, steps are few and safe to paste, and an operator may change the table."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.evidence.kinds import ITEM_KINDS
from brainstem.explain.advice import BEFORE_KIND, Topic, check_next, topic_of
from connectors.base import ConfigurationError
from flows.config.advice import advice_of, shipped
from tests.support.findings import ADVICE

REQUIRED = """
vpn, disk, certificate, dhcp, login, service restart, database pool, backup, interface, storage path, memory, time sync,
cluster storage, container, message queue
"""
GENERIC = "mount path target port connection connections service backup pool clock media count"


def name_of(service: str, message: str) -> str:
    """Return the name of the topic of a line, empty where no topic fits."""
    topic = topic_of(ADVICE, service, message)
    return topic.name if topic else ""


def own(tmp_path: Path, text: str) -> Path:
    """Return a file of advice."""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("topic", ADVICE.topics, ids=lambda topic: topic.name)
def test_a_topic_recognizes_its_example(topic: Topic) -> None:
    """The example of each topic is taken for that topic and no other."""
    service, mark, message = topic.example.partition(": ")
    assert mark
    assert topic_of(ADVICE, service, message) is topic


@pytest.mark.parametrize("topic", ADVICE.topics, ids=lambda topic: topic.name)
def test_a_topic_has_steps_and_a_command(topic: Topic) -> None:
    """Three steps each, and no word is strong and weak at once."""
    assert len(topic.steps) == 3
    assert not topic.words & topic.weak
    assert all(step.count("`") % 2 == 0 for step in topic.steps)


def test_what_managed_services_live_on_has_a_topic() -> None:
    """The sorts of service that every provider keeps."""
    assert {topic.name for topic in ADVICE.topics} >= {name.strip() for name in REQUIRED.split(",")}


@pytest.mark.parametrize(
    ("service", "message", "topic"),
    [
        (
            "kernel",
            'audit: apparmor="DENIED" operation="mount" error=-13 profile="lxc-container" name="/path/" target="/mnt"',
            "container",
        ),
        ("kernel", 'audit: apparmor="DENIED" operation="mount" name="<path>"', "container"),
        ("Keepalived_vrrp", "(VI_1) Entering BACKUP STATE", "failover"),
        ("rabbit", "closing AMQP connection <0.684.0> (10.0.0.5:41876 -> 10.0.0.6:5672)", "message queue"),
        ("slapd", "conn=1007 fd=14 connection refused", "directory"),
        ("sshd", "Connection closed by 203.0.113.5 port 4022", "login"),
        ("ceph-osd", "osd.4 heartbeat_check: no reply", "cluster storage"),
        ("systemd", "web.service: Scheduled restart job, restart counter is at 5", "service restart"),
        ("nightly-backup", "done with 3 warnings", "backup"),
        ("cron", "backup snapshot written", "backup"),
    ],
)
def test_a_line_goes_to_the_topic_that_it_is_about(service: str, message: str, topic: str) -> None:
    """Words that many services use do not draw a line to a topic that it only touches."""
    assert name_of(service, message) == topic


@pytest.mark.parametrize("word", GENERIC.split())
def test_one_generic_word_of_a_message_decides_nothing(word: str) -> None:
    """It counts beside a second word of the topic, or in the name of the service."""
    assert name_of("frobnicator", f"the {word} was refused") == ""


def test_every_kind_has_a_step_that_the_digest_shows() -> None:
    """The kind of evidence adds its own question, third at the latest: a digest shows three steps."""
    assert set(ADVICE.kinds) == set(ITEM_KINDS)
    for kind in ITEM_KINDS:
        steps = check_next(ADVICE, kind, "charon", "rekey")
        assert steps[BEFORE_KIND] == re.sub(r"\{(entity|host)\}", _placeholder, ADVICE.kinds[kind])
        assert steps[0].startswith("Look at the tunnel's state")


def _placeholder(match: re.Match[str]) -> str:
    return {"entity": "it", "host": "the host"}[match[1]]


@pytest.mark.parametrize("kind", ITEM_KINDS)
@pytest.mark.parametrize("service", [topic.example for topic in ADVICE.topics] + ["strangeware"])
def test_there_are_two_to_four_steps(kind: str, service: str) -> None:
    """Never nothing, never a list nobody reads."""
    assert 2 <= len(check_next(ADVICE, kind, service, "")) <= 4


def test_an_unknown_service_gets_general_steps() -> None:
    """What no topic recognizes still gets something to do."""
    assert check_next(ADVICE, "burst", "frobnicator", "zork") == (
        *(step.replace("{host}", "the host") for step in ADVICE.general),
        ADVICE.kinds["burst"].replace("{host}", "the host"),
    )


def test_the_name_of_the_thing_decides() -> None:
    """A line about an interface whose name says tunnel is about the tunnel."""
    topic = topic_of(ADVICE, "switchd", "interface <name> is down", ["Tunnel3"])
    assert topic is not None
    assert topic.name == "vpn"


def test_names_are_filled_in_and_braces_of_commands_stay() -> None:
    """A step says where to look, and a command is as one would type it."""
    first = check_next(ADVICE, "self_heal", "switchd", "interface <name> is down", ["edge4"], ["port9"])[0]
    assert "`show interface port9`" in first
    assert "on edge4" in first
    assert "'%{http_code} %{time_total}'" in " ".join(check_next(ADVICE, "burst", "nginx", "upstream"))


MEANINGFUL = "$;|&`'\"<>(){}!\n *?\\~#"


@given(st.text("0123456789-." + MEANINGFUL, min_size=1, max_size=30))
def test_a_name_from_the_log_cannot_become_a_command(name: str) -> None:
    """A name with anything a shell gives a meaning, or one like an option, is replaced by its placeholder."""
    steps = check_next(ADVICE, "burst", "supervisor", "worker restarted", [name], [name])
    if name.startswith("-") or set(name) & set(MEANINGFUL):
        assert steps == check_next(ADVICE, "burst", "supervisor", "worker restarted")


@pytest.mark.parametrize("name", ["$(reboot)", "a;b", "-rf", "a b", "`id`", "a\nb", "x" * 65])
def test_a_hostile_name_is_left_out(name: str) -> None:
    """The same with names somebody would really try."""
    assert name not in " ".join(check_next(ADVICE, "burst", "strangeware", "zork", [name], [name]))


OWN = """
[topics.telephony]
words = ["asterisk", "sip"]
weak = "trunk call"
steps = ["Ask the provider of the trunk about the listed times"]
example = "asterisk: trunk lost"

[topics.disk]
words = "disk"
steps = ["Call the colleague who keeps the arrays", "Look at `zpool status` on {host}"]

[kinds]
burst = "Look into our change calendar"
"""


def test_an_own_file_adds_topics_and_replaces_those_of_the_same_name(tmp_path: Path) -> None:
    """What it does not name stays as it is shipped."""
    advice = advice_of(own(tmp_path, OWN))
    assert (
        check_next(advice, "burst", "asterisk", "trunk lost")[0]
        == "Ask the provider of the trunk about the listed times"
    )
    assert check_next(advice, "burst", "smelter", "disk 4 is slow", ["ore1"])[:3] == (
        "Call the colleague who keeps the arrays",
        "Look at `zpool status` on ore1",
        "Look into our change calendar",
    )
    assert check_next(advice, "spread", "charon", "rekey") == check_next(ADVICE, "spread", "charon", "rekey")
    assert len(advice.topics) == len(ADVICE.topics) + 1


def test_an_own_topic_goes_before_a_shipped_one_that_fits_as_well(tmp_path: Path) -> None:
    """Whoever writes a topic knows why."""
    advice = advice_of(own(tmp_path, '[topics.ours]\nwords = "charon"\nsteps = ["Ask Ada"]'))
    assert check_next(advice, "burst", "charon", "")[0] == "Ask Ada"


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        ("[topic.x]", "topic", "Did you mean topics?"),
        ('[topics.x]\nwords = "a"', "topics.x.steps", "Give one to 3 steps"),
        ('[topics.x]\nsteps = ["look"]', "topics.x.words", "Give words"),
        ('[topics.x]\nwords = "Upper"\nsteps = ["look"]', "topics.x.words = 'Upper'", "lower-case"),
        ('[topics.x]\nwords = [3]\nsteps = ["look"]', "topics.x.words = 3", "Give words"),
        ('[topics.x]\nwords = 3\nsteps = ["look"]', "topics.x.words = 3", "Give words"),
        ('[topics.x]\nwords = "a"\nsteps = ["1","2","3","4"]', "topics.x.steps", "Give one to 3 steps"),
        ('[topics.x]\nwords = "a"\nsteps = []', "topics.x.steps", "Give one to 3 steps"),
        ('[topics.x]\nwords = "a"\nsteps = [" "]', "topics.x.steps", "one line of text"),
        ('[topics.x]\nwords = "a"\nsteps = ["run `x"]', "topics.x.steps", "backtick"),
        ('[topics.x]\nwords = "a"\nsteps = ["look at {hostname}"]', "topics.x.steps", "{host}"),
        ('[topics.x]\nword = "a"\nsteps = ["look"]', "topics.x.words", "missing"),
        ('[topics.x]\nwords = "a"\nsteps = ["look"]\nexample = "b: c"', "topics.x.example = 'b: c'", "no topic"),
        ('[topics.x]\nwords = "a"\nsteps = ["look"]\nexample = "sshd: a"', "topics.x.example", "topic login"),
        ('[kinds]\nbursts = "look"', "kinds.bursts", "Did you mean burst?"),
        ('[kinds]\nburst = ""', "kinds.burst = ''", "one line of text"),
        ("[kinds]\nburst = 3", "kinds.burst = 3", "Give a text"),
        ("[general]\nsteps = 3", "general.steps = 3", "Give a list"),
        ("topics = 3", "topics = 3", "Give a table"),
        ("not toml", "no TOML", "line 1"),
    ],
)
def test_a_fault_in_an_own_file_is_told_with_key_and_fix(tmp_path: Path, text: str, key: str, fix: str) -> None:
    """Nothing is guessed, and the file is named."""
    path = own(tmp_path, text)
    with pytest.raises(ConfigurationError) as refused:
        advice_of(path)
    for each in (key, fix, str(path)):
        assert each in str(refused.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """One that is missing, and one that is no text."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        advice_of(tmp_path / "none.toml")
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="no TOML"):
        advice_of(tmp_path / "own.toml")


def test_the_shipped_table_is_a_file_that_lies_in_the_package() -> None:
    """It is what docs/advice.md says to copy from, and it takes its own form."""
    path = Path(__file__).parents[3] / "brainstem" / "explain" / "advice.toml"
    assert advice_of(path) == shipped()
    assert set(tomllib.loads(path.read_text(encoding="utf-8"))) == {"topics", "kinds", "general"}
