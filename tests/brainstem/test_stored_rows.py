"""Evidence and rejects: every record of a batch, byte for byte, in its contract's columns."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.envelope import Envelopes, Headers
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.reject import REJECT_SCHEMA, RejectReason
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.signature.signing import Signed, sign
from brainstem.stored_rows import Columns, evidence_rows, reject_rows
from tests.support.examples import examples
from tests.support.parsing import context_of, envelopes_of, microseconds

CONTENT = (
    b"<13>1 2022-02-03T04:05:06.000007Z mill1 grind 77 - - stone wears thin\n"
    b"\n"
    b"Feb  3 04:05:07 mill2 loom[12]: thread was cut\n"
    b'{"time":"2022-02-03T04:05:08Z","host":"mill3","service":"valves","level":"error","message":"steam4 shut","lot":5}\n'
    b"   \n"
    b"\xff\xfe no stamp and no text\n"
    b"Feb  3 04:05:09 mill2 loom[12]: last line is torn"
)
PIECES = st.lists(
    st.sampled_from([*CONTENT.splitlines(keepends=True)[:-1], b"\x00\x00\x00\n", b"plain words\n", b"2022-02-03 x\n"]),
    max_size=12,
)

Batch = tuple[Envelopes, ParsedBatch, Signed]


def batch_of(content: bytes) -> Batch:
    """Frame, parse and sign a whole stream."""
    envelopes = envelopes_of(content)
    parsed = parse(envelopes, context_of())
    return envelopes, parsed, sign(parsed.text, parsed.message_start, parsed.message_end)


def positions(*batches: pa.RecordBatch) -> list[int]:
    """Return the positions of some record batches, in order."""
    return sorted(position for batch in batches for position in batch.column("position").to_numpy().tolist())


@settings(max_examples=examples(60))
@given(PIECES)
def test_evidence_and_rejects_are_all_records(pieces: list[bytes]) -> None:
    """Each record is stored as evidence or as a reject, never both, and its bytes are kept as they came."""
    content = b"".join(pieces)
    envelopes, parsed, signed = batch_of(content)
    evidence, rejects = evidence_rows(envelopes, parsed, signed), reject_rows(envelopes, parsed)
    assert positions(evidence, rejects) == envelopes.position.tolist()
    held: dict[int, bytes] = {}
    for batch, name in ((evidence, "message_raw"), (rejects, "raw")):
        held |= {row["position"]: row[name] for row in batch.to_pylist()}
    assert b"".join(held[position] for position in sorted(held)) == content
    assert sum(int(batch.column("length").to_numpy().sum()) for batch in (evidence, rejects)) == len(content)


def test_each_batch_has_the_columns_of_its_contract() -> None:
    """Schemas are equal to the last detail, metadata and nullability included; also for a batch without rows."""
    for content in (CONTENT, b"", b"\n"):
        envelopes, parsed, signed = batch_of(content)
        for batch, schema in (
            (evidence_rows(envelopes, parsed, signed), EVIDENCE_SCHEMA),
            (reject_rows(envelopes, parsed), REJECT_SCHEMA),
        ):
            assert batch.schema.equals(schema, check_metadata=True)
            batch.validate(full=True)
            for field in schema:
                assert field.nullable or batch.column(field.name).null_count == 0, field.name


def test_a_record_says_what_its_line_said() -> None:
    """Time, host, service and severity stand in their columns, beside the tenant and the source of the batch."""
    evidence = evidence_rows(*batch_of(CONTENT)).to_pylist()
    by_host = {row["host"]: row for row in evidence}
    first = by_host["mill1"]
    assert microseconds(first["event_time"]) == 1_643_861_106_000_007
    assert (first["service"], first["severity_number"], first["event_time_origin"]) == ("grind", 10, "parsed")
    assert (first["source"], first["tenant"]) == ("file:lab.log", "lab")
    assert by_host["mill3"]["severity_number"] >= 17
    assert evidence[-1]["message_raw"].endswith(b"is torn")


def test_rejects_have_their_reason() -> None:
    """Each reject has its reason by name and its bytes."""
    envelopes, parsed, _ = batch_of(CONTENT)
    rows = reject_rows(envelopes, parsed).to_pylist()
    reasons = [RejectReason(value).name.lower() for value in parsed.reject_reason if value != RejectReason.ACCEPTED]
    assert [row["reason"] for row in rows] == reasons
    assert rows
    assert all(row["length"] == len(row["raw"]) for row in rows)


HEADER = st.tuples(st.text(max_size=4), st.none() | st.binary(max_size=4))


@settings(max_examples=examples(60))
@given(st.data(), PIECES)
def test_headers_go_with_their_records(data: st.DataObject, pieces: list[bytes]) -> None:
    """In their order, repeated names and absent values included; none at all is not the same as no such thing."""
    envelopes, parsed, signed = batch_of(b"".join(pieces))
    count = len(envelopes)
    drawn: list[Headers] = data.draw(st.lists(st.lists(HEADER, max_size=3), min_size=count, max_size=count))
    carried = replace(envelopes, headers=drawn)
    batches = (evidence_rows(carried, parsed, signed), reject_rows(carried, parsed))
    held = {row["position"]: row["headers"] for batch in batches for row in batch.to_pylist()}
    told = [[(each["key"], each["value"]) for each in held[position]] for position in envelopes.position.tolist()]
    assert told == [list(each) for each in drawn]
    assert evidence_rows(envelopes, parsed, signed).column("headers").null_count == len(batches[0])


def test_columns_without_rejects_are_not_copied() -> None:
    """A batch of events only is passed on as it is, and a column that no contract has is refused."""
    columns = Columns(*batch_of(b"Feb  3 04:05:07 mill2 loom[12]: thread was cut\n" * 3))
    assert len(columns) == 3
    assert np.array_equal(columns.get("position").to_numpy(), [0, 47, 94])
    with pytest.raises(KeyError):
        columns.get("colour")
