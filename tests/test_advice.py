"""Advice: each known service is recognized, steps are few, concrete and safe to paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.advice import ANY_SERVICE, KIND_STEPS, TOPICS, Topic, check_next, topic_of
from brainstem.item import KINDS


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_recognizes_its_sample(topic: Topic) -> None:
    """The sample of each topic is taken for that topic and no other."""
    service, _, message = topic.sample.partition(": ")
    assert topic_of(service, message) is topic


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_steps_and_a_command(topic: Topic) -> None:
    """Two to three steps each, and somewhere something to type or look at."""
    assert 2 <= len(topic.steps) <= 3
    assert topic.words == {word.lower() for word in topic.words}
    assert all(step.count("`") % 2 == 0 for step in topic.steps)


def test_every_kind_has_a_step() -> None:
    """The kind of evidence adds its own question."""
    assert set(KIND_STEPS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("service", [topic.sample for topic in TOPICS] + ["strangeware"])
def test_there_are_two_to_four_steps(kind: str, service: str) -> None:
    """Never nothing, never a list nobody reads."""
    assert 2 <= len(check_next(kind, service, "")) <= 4


def test_an_unknown_service_gets_general_steps() -> None:
    """What no topic recognizes still gets something to do."""
    assert check_next("burst", "frobnicator", "zork") == (
        *(step.format(host="<host>") for step in ANY_SERVICE),
        KIND_STEPS["burst"][0].format(host="<host>"),
    )


def test_the_name_of_the_thing_decides() -> None:
    """A line about an interface whose name says tunnel is about the tunnel."""
    topic = topic_of("switchd", "interface <name> is down", ["Tunnel3"])
    assert topic is not None
    assert topic.name == "vpn"


def test_names_are_filled_in() -> None:
    """A step says where to look."""
    first = check_next("self_heal", "switchd", "interface <name> is down", ["edge4"], ["port9"])[0]
    assert "`show interface port9`" in first
    assert "on edge4" in first


MEANINGFUL = "$;|&`'\"<>(){}!\n *?\\~#"


@given(st.text("0123456789-." + MEANINGFUL, min_size=1, max_size=30))
def test_a_name_from_the_log_cannot_become_a_command(name: str) -> None:
    """A name with anything a shell gives a meaning, or one like an option, is replaced by its placeholder."""
    steps = check_next("burst", "supervisor", "worker restarted", [name], [name])
    if name.startswith("-") or set(name) & set(MEANINGFUL):
        assert steps == check_next("burst", "supervisor", "worker restarted")


@pytest.mark.parametrize("name", ["$(reboot)", "a;b", "-rf", "a b", "`id`", "a\nb", "x" * 65])
def test_a_hostile_name_is_left_out(name: str) -> None:
    """The same with names somebody would really try."""
    assert name not in " ".join(check_next("burst", "strangeware", "zork", [name], [name]))
