"""Names that grow with the records of a source are no names."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.ledger import UnreadField
from brainstem.parse.name_guard import HOST_WINDOW, HOSTS_MOST, SERVICE_WINDOW, SERVICES_MOST, NameGuard
from brainstem.parse.parser import NAME_BYTES_MOST, SourceContext, parse
from brainstem.parse.unread_fields import unread_fields
from tests.support.parsing import context_of, envelopes_of

WINDOW, MOST = 8, 5


def oracle(names: list[str]) -> int:
    """Return how many names are believed: whole windows of them, until one has too many that differ."""
    for place in range(len(names)):
        begin = place - place % WINDOW
        if len(set(names[begin : place + 1])) > MOST:
            return place
    return len(names)


def coded(names: list[str]) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.int32]]"]:
    """Return distinct names in order, and the place of each among them."""
    distinct = list(dict.fromkeys(names))
    return distinct, np.array([distinct.index(name) for name in names], np.int32)


@given(st.lists(st.sampled_from([f"n{number}" for number in range(9)]), max_size=60), st.lists(st.integers(0, 60)))
def test_the_decision_falls_at_the_same_record_wherever_batches_are_cut(names: list[str], cuts: list[int]) -> None:
    """Also where the guard was saved and restored between them."""
    guard, believed = NameGuard(WINDOW, MOST), 0
    bounds = [0, *sorted(min(cut, len(names)) for cut in cuts), len(names)]
    for begin, end in pairwise(bounds):
        believed += guard.believed(*coded(names[begin:end]))
        restored = NameGuard(WINDOW, MOST)
        restored.restore(guard.snapshot())
        guard = restored
    assert believed == oracle(names)


def shares(whole: Envelopes, size: int) -> list[Envelopes]:
    """Cut envelopes into batches of a size."""
    return [
        replace(
            whole,
            **{name: getattr(whole, name)[at : at + size] for name in ("position", "length", "received_at", "start")},
        )
        for at in range(0, len(whole), size)
    ]


def names_read(
    content: bytes, size: int, context: SourceContext
) -> tuple[list[str], list[str], dict[UnreadField, int]]:
    """Return service and host of each record, and what was not read, parsed in batches of a size."""
    services, hosts, unread = [], [], dict[UnreadField, int]()
    for share in shares(envelopes_of(content), size):
        batch = parse(share, context)
        services += [batch.services[code] for code in batch.service.tolist()]
        hosts += [batch.hosts[code] for code in batch.host.tolist()]
        for name, count in unread_fields(batch).items():
            unread[name] = unread.get(name, 0) + count
    return services, hosts, unread


def test_services_that_grow_with_the_records_give_way_to_that_of_the_file() -> None:
    """From the record on that brings one too many, in batches of any size, and the ledger counts them."""
    records = 3 * SERVICE_WINDOW
    content = b"".join(b"Feb  4 10:00:00 barge job%d: done\n" % number for number in range(records))
    read = [names_read(content, size, context_of(default_service="jobs")) for size in (7, 100, records)]
    assert read[0] == read[1] == read[2]
    services, hosts, unread = read[0]
    assert services[SERVICES_MOST - 1] == f"job{SERVICES_MOST - 1}"
    assert set(services[SERVICES_MOST:]) == {"jobs"}
    assert set(hosts) == {"barge"}
    assert unread == {UnreadField.SERVICES_MISREAD: records - SERVICES_MOST}


def test_hosts_that_grow_with_the_records_give_way_to_that_of_the_source() -> None:
    """As services do, at a bound of their own."""
    content = b"".join(b"Feb  4 10:00:00 host%d pumpd: done\n" % number for number in range(HOST_WINDOW))
    _, hosts, unread = names_read(content, 1000, context_of(default_host="barge"))
    assert hosts[HOSTS_MOST - 1] == f"host{HOSTS_MOST - 1}"
    assert set(hosts[HOSTS_MOST:]) == {"barge"}
    assert unread == {UnreadField.HOSTS_MISREAD: HOST_WINDOW - HOSTS_MOST}


def longer(number: int) -> str:
    """Return a name of one byte more than a name may have."""
    return f"{number:03d}".ljust(NAME_BYTES_MOST + 1, "n")


@pytest.mark.parametrize("name", ["x" * NAME_BYTES_MOST, longer(0), longer(1), "x" * 100_000])
@pytest.mark.parametrize(
    "line",
    [
        "Feb  4 10:00:00 {host} {service}[12]: done",
        "<30>1 2022-02-04T10:00:00Z {host} {service} 12 - - done",
        "time=2022-02-04T10:00:00Z level=info host={host} service={service} msg=done",
        '{{"time":"2022-02-04T10:00:00Z","host":"{host}","service":"{service}","message":"done"}}',
    ],
)
def test_what_is_longer_than_any_name_is_no_name(line: str, name: str) -> None:
    """Each name is kept in many tables, so two hundred of four megabytes would fill the memory; the record itself counts."""
    usual: dict[str, Any] = {"default_host": "barge", "default_service": "jobs"}
    for place in ("host", "service"):
        written = line.format(**{"host": "web1", "service": "pumpd", place: name}).encode() + b"\n"
        services, hosts, unread = names_read(written, 1, context_of(**usual))
        read = {"host": hosts, "service": services}[place]
        default = usual[f"default_{place}"]
        is_long = len(name) > NAME_BYTES_MOST
        # a tag of syslog has a smaller bound of its own
        assert read == [default] or (read == [name] and not is_long)
        misread = UnreadField.HOSTS_MISREAD if place == "host" else UnreadField.SERVICES_MISREAD
        assert line[0] != "{" or unread.get(misread, 0) == is_long == (read == [default])


def test_a_collector_of_many_hosts_and_services_is_believed() -> None:
    """Two thousand hosts that take turns, and a hundred services, are what they say."""
    content = b"".join(b"Feb  4 10:00:00 host%d pump%d: done\n" % (n % 2000, n % 100) for n in range(2 * HOST_WINDOW))
    services, hosts, unread = names_read(content, 1000, context_of())
    assert (len(set(services)), len(set(hosts)), unread) == (100, 2000, {})


def test_what_is_not_read_is_counted_by_what_stands_in_for_it() -> None:
    """A time before any other, one behind another, and a host of nobody."""
    content = b"no time here\n2022-02-04 10:00:00 ERROR pump 3 runs dry\nnor here\n"
    assert unread_fields(parse(envelopes_of(content), context_of())) == {
        UnreadField.TIME_RECEIVED: 1,
        UnreadField.TIME_CARRIED: 1,
        UnreadField.HOST: 3,
    }
