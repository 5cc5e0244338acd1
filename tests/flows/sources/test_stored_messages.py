"""Stored messages come as they were received: values, headers, times and offsets, in order, however they are read."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flows.sources.stored_messages as module
from brainstem.contracts.ledger import Ledger, SourceDescription
from brainstem.parse.source_context import SourceContext
from brainstem.stored_rows import evidence_rows, reject_rows
from connectors.kafka.reader import Headers, Messages, Place, byte_counts
from connectors.spool.places import place_of
from flows.config.settings import PARTITIONS
from flows.config.subscription import FAULT_HEADER, PEER_HEADER, TenantRule, owner_of
from flows.sources.stored_messages import MadeAnewError, StoredPlaces, came_behind, place_of_source
from flows.sources.topic_partition import parse_messages
from state.store.layouts import EVIDENCE, REJECTS
from state.store.parquet_store import PartitionedParquet
from tests.support.examples import examples

BEGIN_US = 1_772_409_600_000_000
PLACES = (Place("logs", 0), Place("logs", 11), place_of("/var/log/a+1.log", "acme@here"))
TENANTS = (b"acme", b"unknown", b"\xff")
RULES = (
    TenantRule(name="acme"),
    TenantRule(topics={"logs": "umbrella"}),
    TenantRule(header="tenant", known=frozenset({"acme"})),
)


@st.composite
def received(draw: st.DrawFn) -> Messages:
    """Return messages of one partition: lines with and without a time, with and without bytes and headers, with gaps."""
    values: list[bytes | None] = []
    headers: list[Headers] = []
    for number in range(draw(st.integers(1, 12))):
        line = f"2026-03-02T00:{number:02d}:00Z web1 sshd[{number}]: said {number}".encode()
        values.append(draw(st.sampled_from([line, b"no time here", b"", b"\0\0", None])))
        named: list[tuple[str, bytes | None]] = (
            [("tenant", draw(st.sampled_from(TENANTS)))] if draw(st.booleans()) else []
        )
        named += [(PEER_HEADER, b"10.0.0.9")] if draw(st.booleans()) else []
        named += [(FAULT_HEADER, b"framing")] if draw(st.integers(0, 5)) == 0 else []
        headers.append(named or None)
    offsets = np.cumsum(draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))).astype(np.int64)
    times_ms = BEGIN_US // 1000 + 60_000 * np.arange(len(values))
    return Messages(values, offsets, times_ms, headers, byte_counts(values))


def rows_of(place: Place, messages: Messages, rule: TenantRule) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield the stored and the rejected rows of messages, as a live run makes them."""
    context = SourceContext(None, default_service="logs", received_counts=True)
    for envelopes, parsed, signed, _ in parse_messages(place, messages, rule, context, BEGIN_US):
        yield evidence_rows(envelopes, parsed, signed), reject_rows(envelopes, parsed)


def store(out: Path, rows: list[tuple[pa.RecordBatch, pa.RecordBatch]]) -> Ledger:
    """Store rows, and return an account of them."""
    ledger = Ledger()
    for layout, batches in ((EVIDENCE, [each[0] for each in rows]), (REJECTS, [each[1] for each in rows])):
        stores = PartitionedParquet(out / layout.folder, layout, "0")
        stores.recover(0)
        for batch in batches:
            stores.add(batch)
            for row in batch.to_pylist():
                source, tenant = str(row["source"]), str(row["tenant"])
                ledger.describe(SourceDescription(source, tenant, can_be_reread=False))
                ledger.receive(source, 1, 0)
        stores.publish(stores.stage())
    return ledger


def without_headers(rows: list[tuple[pa.RecordBatch, pa.RecordBatch]]) -> list[list[dict[str, object]]]:
    """Return all columns but the headers, which are read and not stored a second time."""
    return [[row for pair in rows for row in pair[kind].drop_columns(["headers"]).to_pylist()] for kind in (0, 1)]


@given(
    received(),
    st.sampled_from(PLACES),
    st.sampled_from(RULES),
    st.sampled_from((0, 1 << 20)),
    st.sampled_from((1, 3, 99)),
)
@settings(max_examples=examples(40), deadline=None)
def test_stored_messages_are_parsed_to_the_rows_that_are_stored(
    messages: Messages, place: Place, rule: TenantRule, at_once_bytes: int, polled: int
) -> None:
    """Tenants, sources, rejects and their reasons too, whether the stores are held or asked, in any pieces."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "AT_ONCE_BYTES", at_once_bytes)
        patch.setattr(module, "WINDOW_OFFSETS", 7)
        patch.setattr(module, "POLLED_MESSAGES", polled)
        rows = list(rows_of(place, messages, rule))
        ledger = store(Path(name), rows)
        places = StoredPlaces.of(Path(name), {place: int(messages.offsets[-1]) + 1}, ledger)
        assert places.missing() is None
        assert owner_of(place) in range(PARTITIONS)
        reader = places.reading(None, is_live=True).open_reader()
        reader.assign({place: 0})
        pieces: list[Messages] = []
        while not (answer := reader.poll()).ended:
            assert answer.came
            pieces += [piece for _, piece in answer.messages]
        assert answer.ended == {place: int(messages.offsets[-1]) + 1}
        again = list(rows_of(place, Messages.joined(pieces), places.subscription().tenant))
        assert without_headers(again) == without_headers(rows)


def test_what_is_not_stored_is_missing(tmp_path: Path) -> None:
    """A source of which less is stored than was received, and what is stored behind the last snapshot does not count."""
    lines: list[bytes | None] = [b"2026-03-02T00:00:00Z web1 sshd[1]: said"] * 4
    messages = Messages(lines, np.arange(4), np.full(4, BEGIN_US // 1000), [None] * 4, byte_counts(lines))
    ledger = store(tmp_path, list(rows_of(PLACES[0], messages, RULES[0])))
    assert StoredPlaces.of(tmp_path, {PLACES[0]: 4}, ledger).missing() is None
    assert StoredPlaces.of(tmp_path, {PLACES[0]: 3}, ledger).missing() == ("kafka:logs/0", 4, 3)
    ledger.receive("kafka:logs/0", 1, 0)
    assert StoredPlaces.of(tmp_path, {PLACES[0]: 9}, ledger).missing() == ("kafka:logs/0", 5, 4)


def test_a_topic_that_was_made_anew_is_refused() -> None:
    """Its offsets come twice, under two names; a plus sign in the name of a file that is followed says nothing."""
    for source in ("kafka:logs/0+1", "kafka:logs/0+1@acme"):
        with pytest.raises(MadeAnewError, match="made anew"):
            place_of_source(source)
    assert place_of_source("kafka:logs/11@acme/b@c") == PLACES[1]
    assert place_of_source(PLACES[2].topic) == PLACES[2]


@pytest.mark.parametrize(("minutes_behind", "behind"), [(0, 0), (5, 0), (90, 1)])
def test_what_came_behind_others_is_counted(tmp_path: Path, minutes_behind: int, behind: int) -> None:
    """One source speaks on, another speaks of the past; within the lateness nothing is behind."""
    rows = []
    for place, moments in ((PLACES[0], range(0, 240, 10)), (PLACES[1], [200 - minutes_behind])):
        values: list[bytes | None] = [
            f"2026-03-02T{minute // 60:02d}:{minute % 60:02d}:00Z web1 sshd[1]: said".encode() for minute in moments
        ]
        at = np.array([BEGIN_US // 1000 + 60_000 * (minute if place == PLACES[0] else 200) for minute in moments])
        rows += list(
            rows_of(
                place, Messages(values, np.arange(len(values)), at, [None] * len(values), byte_counts(values)), RULES[0]
            )
        )
    store(tmp_path, rows)
    assert came_behind(tmp_path, 10 * 60 * 1_000_000) == behind
