"""A source that is said to be of one format: its reader alone is tried, and what it cannot read is plain text."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.reject import RejectReason
from brainstem.parse.formats.registry import FORMATS, GIVEN_FORMATS
from brainstem.parse.parser import ParsedBatch, parse
from tests.support.examples import examples
from tests.support.parsing import at, batch_of, context_of, envelopes_of

OTHERS = [
    b"<30>Feb  4 10:00:00 barge pumpd[812]: pump 3 runs dry",
    b"<165>1 2022-02-04T10:00:00Z barge pumpd 812 ID47 - pump 3 runs dry",
    b"2022-02-04 10:00:00 ERROR pumpd: pump 3 runs dry",
    b"date=2022-02-04 time=10:00:00 devname=quay1 msg=opened",
    b"web-1  | 2022-02-04 10:00:00 pump 3 runs dry",
    b"72 <134>1 2022-02-04T10:00:00Z barge pumpd - - - pump 3 runs dry",
    b"2022-02-04T10:00:00.000000000Z stdout F pump 3 runs dry",
    b"00:17:10.123 *Feb  4 10:00:00: %LINK-3-UPDOWN: Interface Gi0/1",
    b"CEF:0|acme|wall|1|100|pump 3 runs dry|5|dvchost=quay1",
]


def read_as(name: str, content: bytes) -> ParsedBatch:
    """Return a whole stream as one batch of a source of this format."""
    return batch_of(content, given_format=GIVEN_FORMATS[name])


def formats_of(batch: ParsedBatch) -> list[str]:
    """Return the name of each record's format."""
    return [FORMATS[number].name for number in batch.format.tolist()]


@pytest.mark.parametrize("name", GIVEN_FORMATS)
@pytest.mark.parametrize("line", OTHERS)
def test_a_record_that_the_given_format_cannot_read_is_plain_text_with_all_its_bytes(name: str, line: bytes) -> None:
    """No stamp, no host, no service and no process are read in it."""
    batch = read_as(name, b"  \x1b[31m" + line + b"\n")
    assert batch.message(0) == line
    assert formats_of(batch) == ["plain"]
    assert (batch.hosts[batch.host[0]], batch.services[batch.service[0]]) == ("", "")
    assert (int(batch.process_id[0]), int(batch.facility[0])) == (-1, -1)
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED]


def test_an_object_is_text_in_a_source_of_plain_text() -> None:
    """Also one that is broken, which is rejected among objects."""
    batch = read_as("plain", b'{"time":"2022-02-04T10:00:00Z","msg":"pump"}\n{"time":\n')
    assert [batch.message(row) for row in range(2)] == [b'{"time":"2022-02-04T10:00:00Z","msg":"pump"}', b'{"time":']
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED] * 2
    assert batch.attributes is None


def test_the_first_line_of_a_csv_names_its_columns_whatever_they_are_called() -> None:
    """Without the option, such a line is none of names, and a row that begins with a brace is none of a table."""
    content = b'Run;Timestamp;Host;What\n{1};2022-02-04 10:00:00;barge;"pump; dry"\n{2};2022-02-04 10:00:01;quay;shut\n'
    batch = read_as("csv", content)
    assert formats_of(batch) == ["plain", "csv", "csv"]
    assert [batch.message(row) for row in (1, 2)] == [b'Run={1} What="pump; dry"', b"Run={2} What=shut"]
    assert [batch.hosts[number] for number in batch.host.tolist()] == ["", "barge", "quay"]
    assert at(batch.event_time[1]) == datetime(2022, 2, 4, 10, tzinfo=UTC)
    assert "csv" not in formats_of(batch_of(content))
    content = b"a table of runs\nsep=;\nLauf;Rechner\n7;barge\n8;quay\nLauf;Rechner\n9;quay;more;of it\n"
    batch = read_as("csv", content)
    assert formats_of(batch) == ["plain", "plain", "plain", "csv", "csv", "plain", "plain"]
    assert batch.message(3) == b"Lauf=7 Rechner=barge"
    assert "csv" not in formats_of(batch_of(content))


def test_lines_that_fit_no_column_do_not_end_the_table_of_a_given_format() -> None:
    """However many of them stand in a row."""
    row = b"2022-02-04 10:00:00,barge,dry\n"
    names = b"Time,Host,Message\n"
    batch = read_as("csv", names + b"text\n" * 150 + row + names + row)
    assert formats_of(batch)[-3:] == ["csv", "plain", "csv"]
    assert formats_of(batch_of(names + b"text\n" * 150 + row))[-1] != "csv"
    directives = b"#Fields: date time s-ip sc-status\n"
    batch = read_as("w3c", directives + b"text\n" * 150 + b"2022-02-04 10:00:00 10.20.0.7 503\n")
    assert formats_of(batch)[-1] == "w3c"
    assert at(batch.event_time[151]) == datetime(2022, 2, 4, 10, tzinfo=UTC)


def test_an_object_of_json_lines_is_read_by_its_own_keys() -> None:
    """Not as the format that claims some of them."""
    line = b'{"@t":"2022-02-04T10:00:00Z","@mt":"pump {n} runs dry","n":3,"@l":"Error"}\n'
    assert formats_of(batch_of(line)) == ["clef"]
    batch = read_as("json-lines", line)
    assert formats_of(batch) == ["json-lines"]
    assert at(batch.event_time[0]) == datetime(2022, 2, 4, 10, tzinfo=UTC)


def test_a_broken_object_of_json_lines_is_rejected_as_it_is_without_the_option() -> None:
    """With its bytes and the reason."""
    assert read_as("json-lines", b'{"a":1}\n{"a":\n').reject_reason.tolist()[1] == RejectReason.INVALID_JSON


LINES = st.sampled_from(
    [
        *OTHERS,
        b"Time,Host,Message",
        b"2022-02-04 10:00:00,barge,dry",
        b"A;B",
        b"1;2",
        b"#Fields: date time s-ip",
        b"2022-02-04 10:00:00 10.20.0.7",
        b'{"time":"2022-02-04T10:00:00Z","msg":"pump"}',
        b'{"broken',
        b"_x=1",
        b"",
        b"\0\0",
    ]
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12), st.integers(0, 12), st.sampled_from(sorted(GIVEN_FORMATS)))
def test_the_outcome_does_not_depend_on_the_batches(lines: list[bytes], cut: int, name: str) -> None:
    """A table that is named in one batch holds in the next, also where the context was restored between them."""
    whole = envelopes_of(b"".join(line + b"\n" for line in lines))
    cut = min(cut, len(whole))
    expected = parse(whole, context_of(given_format=GIVEN_FORMATS[name]))
    context = context_of(given_format=GIVEN_FORMATS[name])
    parts = [parse(part_of(whole, 0, cut), context)]
    restored = context_of(given_format=GIVEN_FORMATS[name])
    restored.restore(context.snapshot())
    parts.append(parse(part_of(whole, cut, len(whole)), restored))
    assert [read for part in parts for read in columns_of(part)] == columns_of(expected)


def part_of(envelopes: Envelopes, begin: int, end: int) -> Envelopes:
    """Return some rows of a batch."""
    rows = slice(begin, end)
    return replace(
        envelopes,
        position=envelopes.position[rows],
        length=envelopes.length[rows],
        received_at=envelopes.received_at[rows],
        start=envelopes.start[rows],
    )


def columns_of(batch: ParsedBatch) -> list[tuple[object, ...]]:
    """Return what is read of each record."""
    return [
        (
            batch.message(row),
            int(batch.event_time[row]),
            batch.hosts[batch.host[row]],
            batch.services[batch.service[row]],
            int(batch.severity[row]),
            int(batch.format[row]),
            int(batch.reject_reason[row]),
        )
        for row in range(len(batch))
    ]
