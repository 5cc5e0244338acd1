"""A memory as JSON lines: all of it comes back, and what is given to others holds no name."""

import pickle
import string
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainstem.contracts.ledger_json import rfc3339
from brainstem.explain.redaction.names import without_names
from brainstem.text.phrases import IN_UTC
from connectors.base import ConfigurationError, InputError
from flows.graph.memory import plain_values
from flows.memory.exchange import exported, imported, shared
from flows.memory.memory_text import memory_text
from state.store.memory_file import Continued, MemoryFile, Record
from tests.support.findings import NOON_US

HOUR_US = 3_600_000_000
ITEM = {
    "family": "f1-" + "0" * 16,
    "what": "New on edge4: link wan7 went away",
    "services": ["linkd"],
    "template": "link <name> of anna went away password=hunter2seven",
    "band": "promote",
    "score": 3.0,
    "kinds": ["novelty"],
    "hosts": ["edge4"],
    "entities": ["wan7", "anna"],
    "signatures": ["s2-" + "0" * 16],
}
STATE = pickle.dumps((8, ((1, 2), (True,)), 7, b"\0"))


def filled(path: Path) -> MemoryFile:
    """Return a memory of two tenants, one of which had an incident after what was shown."""
    memory = MemoryFile(path)
    records = [
        Record(
            "run", "ab" * 32, NOON_US, "", {"folder": "a", "judged_until": "", "started_from": "", "is_continued": True}
        ),
        Record("item", "i1-a", NOON_US, "north", ITEM),
        Record("item", "i1-b", NOON_US, "south", {**ITEM, "template": "south pump <num> stutters"}),
        Record("incident", "x", NOON_US + HOUR_US, "north", {"id": "T1", "service": "linkd", "title": "No network"}),
        Record(
            "verdict",
            "y",
            NOON_US + 2 * HOUR_US,
            "north",
            {"about": "i1-a", "family": ITEM["family"], "verdict": "useful", "by": "dora", "note": "cable"},
        ),
    ]
    memory.update(records, Continued(2_956_000, {"bucket": 8}, {"b00": STATE, "t00": STATE}))
    return memory


def test_what_is_exported_is_imported_as_it_was(tmp_path: Path) -> None:
    """Records and state, whatever the order of lines; importing it again changes nothing."""
    memory = filled(tmp_path / "memory")
    lines = list(exported(memory))
    other = MemoryFile(tmp_path / "other")
    assert imported(other, reversed(lines)) == (5, True)
    assert other.digest() == memory.digest()
    assert imported(other, lines) == (5, False)
    assert other.digest() == memory.digest()
    text = memory_text(other, IN_UTC)
    assert "New on edge4" in text
    assert "useful by dora: cable" in text


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'{"kind": "item"}',
        b'{"kind": "spell", "name": "a", "time": "2026-01-01T00:00:00Z", "tenant": "", "content": {}}',
        b'{"kind": "item", "name": "a", "time": "noon", "tenant": "", "content": {}}',
        b'{"kind": "item", "name": "a", "time": "2026-01-01T00:00:00Z", "tenant": 7, "content": {}}',
        b'{"kind": "state", "key": "b00", "content": "?"}',
        orjson.dumps({"kind": "state", "key": "b00", "content": "gASVDwAAAAAAAACMB2J1aWx0aW5zlIwEZXZhbJSTlC4="}),
    ],
)
def test_a_line_of_another_form_is_named_and_nothing_is_imported(tmp_path: Path, line: bytes) -> None:
    """Neither what stands before it nor what stands behind."""
    memory = MemoryFile(tmp_path / "memory")
    lines = list(exported(filled(tmp_path / "whole")))
    with pytest.raises(InputError, match=r"line 3 .*Nothing was imported"):
        imported(memory, [*lines[:2], line, *lines[2:]])
    assert not memory.exists


def test_a_state_that_names_a_class_is_not_loaded() -> None:
    """A memory may come from elsewhere."""
    assert plain_values(STATE) == (8, ((1, 2), (True,)), 7, b"\0")
    with pytest.raises(InputError, match="not what a run has stored"):
        plain_values(pickle.dumps(Path()))


def test_of_tenants_that_have_agreed_templates_are_given_with_what_became_of_them(tmp_path: Path) -> None:
    """Of no other tenant, and without a name."""
    memory = filled(tmp_path / "memory")
    (line,) = map(orjson.loads, shared(memory, ["north"]))
    assert line == {
        "kind": "shape",
        "template": "link <name> of <name> went away <name>",
        "kinds": ["novelty"],
        "shown": 1,
        "last_shown": rfc3339(NOON_US)[:10],
        "incident_followed": True,
        "useful": 1,
        "useless": 0,
    }
    with pytest.raises(ConfigurationError, match="east"):
        list(shared(memory, ["north", "east"]))
    other = MemoryFile(tmp_path / "other")
    assert imported(other, shared(memory, ["north"])) == (1, False)
    assert "1 template of others" in memory_text(other, IN_UTC)


NAMES = st.text(string.ascii_letters + string.digits + "-._", min_size=4, max_size=9).filter(
    lambda name: name[0].isalnum()
)
WORDS = st.sampled_from(["link", "went", "away", "<num>", "disk", "Recovered", "TCP", "session", "closed"])


@given(
    tenant=NAMES,
    other=NAMES,
    host=NAMES,
    person=NAMES,
    places=st.lists(st.tuples(st.sampled_from(["tenant", "other", "host", "person"]), WORDS), min_size=1, max_size=6),
    quotes=st.sampled_from(["{}", "[{}]", "'{}'", "{}:", "{},", "user={}", "{}@mail", "({})"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_of_a_tenant_host_or_person_leaves(
    tmp_path_factory: pytest.TempPathFactory,
    tenant: str,
    other: str,
    host: str,
    person: str,
    places: list[tuple[str, str]],
    quotes: str,
) -> None:
    """Wherever in a template it stands, and in whichever case; nor anything of a tenant that has not agreed."""
    named: dict[str, Any] = {"tenant": tenant, "other": other, "host": host, "person": person}
    template = " ".join(f"{word} {quotes.format(named[who].swapcase())}" for who, word in places)
    memory = MemoryFile(tmp_path_factory.mktemp("shared") / "memory")
    records = [
        Record("item", "i1-a", NOON_US, tenant, {**ITEM, "template": template, "hosts": [host], "entities": []}),
        Record("item", "i1-b", NOON_US, f"{other}2", {**ITEM, "template": "pump stutters", "hosts": []}),
        Record("incident", "z", NOON_US, other, {"id": "T", "service": "", "title": "Nothing goes"}),
        Record("verdict", "y", NOON_US, other, {"about": "i1-b", "verdict": "useful", "by": person}),
    ]
    memory.update(records)
    given_away = b"".join(shared(memory, [tenant])).decode()
    (line,) = map(orjson.loads, given_away.splitlines())
    words = set(line["template"].lower().split())
    common = {word.lower() for word in ("link", "went", "away", "disk", "recovered", "tcp", "session", "closed")}
    assert words <= common | {"<num>", "<name>"}
    for name in named.values():
        assert name.lower() not in words
    assert "stutters" not in given_away


def test_a_word_behind_one_that_announces_a_name_is_a_name() -> None:
    """Also where the memory knows no such name."""
    told = without_names("session opened for user anna on port <num>", frozenset())
    assert told == "session opened for <name> on port <num>"
