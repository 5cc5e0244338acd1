"""Every format shows by its own samples what is read from it."""

from datetime import UTC, datetime

import pytest

from brainstem.contracts.event import TimeOrigin
from brainstem.parse.formats.definition import Format, Sample
from brainstem.parse.formats.registry import FORMATS, IS_JSON, by_number
from brainstem.parse.scan.severity.scale import LETTERS, LEVELS
from tests.support.parsing import at, batch_of

SAMPLES = [(entry, sample) for entry in FORMATS for sample in entry.samples]


@pytest.mark.parametrize(
    ("entry", "sample"), SAMPLES, ids=[f"{entry.name}-{i}" for i, (entry, _) in enumerate(SAMPLES)]
)
def test_a_sample_yields_its_fields(entry: Format, sample: Sample) -> None:
    """Message, time, host, service, process id, facility, severity and attributes are those stated."""
    above = sample.above + b"\n" if sample.above else b""
    batch = batch_of(above + sample.line + b"\n", reference=datetime(2022, 3, 1, tzinfo=UTC))
    row = len(batch) - 1
    assert FORMATS[batch.format[row]].name == entry.name
    assert batch.message(row) == sample.message
    if sample.time is None:
        assert batch.origin[row] == TimeOrigin.RECEIVED
    else:
        assert batch.origin[row] <= TimeOrigin.INFERRED_YEAR
        assert at(batch.event_time[row]) == datetime.fromisoformat(sample.time).replace(tzinfo=UTC)
    assert batch.hosts[batch.host[row]] == (sample.host or "")
    assert batch.services[batch.service[row]] == (sample.service or "")
    assert batch.process_id[row] == (-1 if sample.process_id is None else sample.process_id)
    assert batch.facility[row] == (-1 if sample.facility is None else sample.facility)
    assert batch.severity[row] == sample.severity
    attributes = batch.attributes[row] if batch.attributes else None
    assert attributes == sample.attributes


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_a_format_has_samples_and_a_specification(entry: Format) -> None:
    """A format nobody can check is none."""
    assert entry.samples
    assert entry.specification


def test_the_numbers_of_stored_events_keep_their_meaning() -> None:
    """Event stores of earlier runs name formats by these numbers; a new format gets the next one."""
    stored = [
        "plain",
        "rfc5424",
        "rfc3164",
        "iso-syslog",
        "network-device",
        "application",
        "web-access",
        "klog",
        "epoch",
        "key-value",
        "container",
        "embedded-stamp",
        "json-lines",
        "docker-json",
        "journald-json",
    ]
    assert [entry.name for entry in FORMATS][: len(stored)] == stored
    assert [entry.number for entry in FORMATS] == list(range(len(FORMATS)))


def test_formats_with_one_number_or_a_missing_one_are_refused() -> None:
    """A copied file with the number of its model does not go unnoticed."""
    with pytest.raises(ValueError, match="numbered"):
        by_number([FORMATS[0], FORMATS[0]])
    with pytest.raises(ValueError, match="numbered"):
        by_number(FORMATS[1:])


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_a_format_is_json_where_its_records_are_objects(entry: Format) -> None:
    """The property that decides on broken records follows from the definition, not from the number."""
    assert IS_JSON[entry.number] == all(sample.line.startswith(b"{") for sample in entry.samples)


@pytest.mark.parametrize("word", sorted(LEVELS))
def test_a_level_word_in_capitals_before_the_message_gives_its_severity(word: bytes) -> None:
    """Each word of the table is found by the compiled look-up."""
    batch = batch_of(b"2022-02-04 10:00:00 " + word.upper() + b" lab.pump runs dry\n")
    assert batch.severity[0] == LEVELS[word]
    assert batch.message(0) == b"lab.pump runs dry"


@pytest.mark.parametrize("letter", sorted(LETTERS))
def test_a_level_letter_between_bars_gives_its_severity(letter: bytes) -> None:
    """One letter serves as a level where it stands alone before the message."""
    batch = batch_of(b"2022-02-04 10:00:00 [" + letter + b"] lab.pump runs dry\n")
    assert batch.severity[0] == LETTERS[letter]


@pytest.mark.parametrize(
    "line",
    [
        b"2022-02-04 10:00:00 counted one connection error more",
        b"Feb  4 10:00:00 barge pumpd[1]: the operator made an error today",
        b"Feb  4 10:00:00 barge pumpd[1]: read errors.txt and warning_lights",
    ],
)
def test_a_level_word_in_prose_is_no_severity(line: bytes) -> None:
    """A word of the message is not what the logger said about it."""
    assert batch_of(line).severity[0] == 0
