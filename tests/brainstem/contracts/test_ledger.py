"""The ledger: the equation, merging, and the published document."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.ledger import (
    Account,
    DateOrder,
    DropReason,
    FaultReason,
    Ledger,
    LedgerConflictError,
    RefusalReason,
    RefusedInput,
    SourceDescription,
    Tally,
    UnreadField,
)
from brainstem.contracts.ledger_json import from_json, rfc3339, to_json
from brainstem.contracts.reject import RejectReason
from brainstem.parameters import version_of

SCHEMA = json.loads(files("brainstem.contracts").joinpath("ledger.schema.json").read_text())
MARCH_2024_US = 1_709_280_000_000_001

BATCHES = st.lists(
    st.tuples(
        st.sampled_from(["file:/a", "file:/b", "stdin:"]),
        st.lists(st.tuples(st.sampled_from(list(RejectReason)), st.integers(1, 2**31 - 1)), max_size=5),
        st.integers(0, 3),
        st.sampled_from([*DropReason, None]),
        st.sampled_from([*FaultReason, None]),
        st.dictionaries(st.sampled_from(UnreadField), st.integers(1, 2**40)),
    ),
    max_size=12,
)


def described(source: str) -> SourceDescription:
    """Return a full description."""
    return SourceDescription(
        source, "acme", source.partition(":")[2], "gzip", 77, MARCH_2024_US, "content", date_order=DateOrder.AMBIGUOUS
    )


def part(
    batch: tuple[
        str, list[tuple[RejectReason, int]], int, DropReason | None, FaultReason | None, dict[UnreadField, int]
    ],
) -> Ledger:
    """Return the ledger of one batch, counted as the stages count."""
    source, records, repeats, drop, fault, unread = batch
    ledger = Ledger()
    ledger.describe(described(source))
    reasons = np.array([reason for reason, _ in records], np.uint8)
    lengths = np.array([length for _, length in records], np.int32)
    ledger.receive(source, len(records) + repeats, int(lengths.sum(dtype=np.int64)) + 10 * repeats)
    ledger.settle(source, reasons, lengths)
    ledger.miss(source, unread)
    ledger.repeat(source, repeats, 10 * repeats)
    if drop is not None:
        ledger.receive(source, 1, 5)
        ledger.drop(source, drop, 1, 5)
    if fault is not None:
        ledger.fault(source, fault)
    return ledger


@given(batches=BATCHES, order=st.randoms(use_true_random=False))
def test_merging_is_order_free_and_keeps_the_balance(batches: list, order: object) -> None:  # type: ignore[type-arg]  # see BATCHES
    """However parts are merged, the ledger is the same, and it balances as its parts do."""
    shuffled = list(batches)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    forward, shuffled_total = Ledger(), Ledger()
    for batch in batches:
        forward.merge(part(batch))
    half = len(shuffled) // 2
    for some in (shuffled[:half], shuffled[half:]):
        subtotal = Ledger()
        for batch in some:
            subtotal.merge(part(batch))
        shuffled_total.merge(subtotal)
    assert forward == shuffled_total
    assert to_json(forward) == to_json(shuffled_total)
    assert forward.balances()


@given(batches=BATCHES)
def test_the_document_reads_back_and_fits_its_schema(batches: list) -> None:  # type: ignore[type-arg]  # see BATCHES
    """Writing and reading returns the same ledger, and the document is as published."""
    ledger = Ledger()
    for batch in batches:
        ledger.merge(part(batch))
    ledger.refuse(RefusedInput("/x/core", "acme", RefusalReason.EXECUTABLE, 5))
    document = to_json(ledger)
    jsonschema.validate(json.loads(document), SCHEMA)
    assert from_json(document) == ledger
    assert to_json(from_json(document)) == document


def test_the_schema_lists_every_reason() -> None:
    """A reason that is added must be published."""
    definitions = SCHEMA["$defs"]
    rejects = {reason.name.lower() for reason in RejectReason} - {"accepted"}
    assert set(definitions["rejected"]["propertyNames"]["enum"]) == rejects
    assert set(definitions["dropped"]["propertyNames"]["enum"]) == set(DropReason)
    assert set(definitions["faults"]["propertyNames"]["enum"]) == set(FaultReason)
    refusals = SCHEMA["properties"]["refused"]["items"]["properties"]["reason"]["enum"]
    assert set(refusals) == set(RefusalReason)
    for enumeration in (DropReason, FaultReason, RefusalReason):
        assert all(member.name.lower() == member.value for member in enumeration)


def test_a_missing_record_unbalances_its_source_only() -> None:
    """The source that lost a record is named."""
    ledger = Ledger()
    for source in ("file:/a", "file:/b"):
        ledger.describe(described(source))
        ledger.receive(source, 2, 20)
        ledger.settle(source, np.zeros(2, np.uint8), np.full(2, 10, np.int32))
    ledger.receive("file:/b", 1, 10)
    assert ledger.unbalanced() == ("file:/b",)


def test_bytes_count_as_well_as_records() -> None:
    """The right number of records with the wrong number of bytes does not balance."""
    assert not Account(received=Tally(1, 10), stored=Tally(1, 9)).balances()


def test_two_descriptions_of_one_source_are_a_conflict() -> None:
    """Parts of different runs do not merge silently."""
    one, other = Ledger(), Ledger()
    one.describe(described("file:/a"))
    other.describe(replace(described("file:/a"), tenant="other"))
    with pytest.raises(LedgerConflictError):
        one.merge(other)


def test_an_undescribed_source_is_a_programming_error() -> None:
    """Nothing is counted for a source nobody opened."""
    with pytest.raises(KeyError):
        Ledger().receive("file:/a", 1, 1)


def test_another_version_is_refused() -> None:
    """A document of the future is not guessed at."""
    with pytest.raises(LedgerConflictError):
        from_json(to_json(Ledger()).replace(b'"version": 4', b'"version": 5'))


def test_a_ledger_of_before_has_default_parameters() -> None:
    """None could be set then."""
    document = json.loads(to_json(Ledger()))
    del document["parameters"]
    assert from_json(json.dumps(document | {"version": 2}).encode()).parameters == {}


def test_parameters_read_back_as_they_were() -> None:
    """Whole numbers, fractions and lists, and their version beside them."""
    ledger = Ledger()
    ledger.parameters = {"bands.surface_again_days": 3, "novelty.points": 5.0, "precursor.windows": (1, 2)}
    document = json.loads(to_json(ledger))
    jsonschema.validate(document, SCHEMA)
    assert document["parameters"]["version"] == version_of(ledger.parameters)
    assert from_json(to_json(ledger)) == ledger != Ledger()


def test_times_are_exact_to_the_microsecond() -> None:
    """Binary fractions would lose the last digit."""
    assert rfc3339(MARCH_2024_US) == "2024-03-01T08:00:00.000001Z"
    ledger = Ledger()
    ledger.describe(described("file:/a"))
    assert from_json(to_json(ledger)) == ledger
