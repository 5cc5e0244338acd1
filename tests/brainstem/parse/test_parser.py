"""Parsing: times, years, zones, order, names, rejects, and that nothing depends on how records were batched."""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.ledger import UnreadField
from brainstem.contracts.reject import RejectReason
from brainstem.parse.json_fields import decode, is_json
from brainstem.parse.parser import ParsedBatch, SourceContext, parse, service_name
from brainstem.parse.unread_fields import unread_fields
from tests.support.parsing import REFERENCE, at, batch_of, context_of, envelopes_of, microseconds, records

LINES = st.lists(
    st.sampled_from(
        [
            b"Feb  4 10:00:0%d barge pumpd[7]: dry\n",
            b"Dec 31 23:59:5%d barge pumpd[7]: dry\n",
            b"Jan  1 00:00:0%d barge pumpd[7]: dry\n",
            b'<34>1 2022-02-04T10:00:0%d.5Z gate su 1 - [a b="c"] denied\n',
            b"2022-02-04 10:0%d:00 ERROR lab dry\n",
            b"2099-01-01 00:00:0%d INFO wrong clock\n",
            b'{"time":"2022-02-04T10:00:0%dZ","msg":"dry","host":"gate"}\n',
            b"1%d/02/2022 10:00:00 dry\n",
            b"03/0%d/2022 10:00:00 dry\n",
            b'{"time":"1%d/02/2022 10:00:00","msg":"dry"}\n',
            b"pump-1  | errors: %d\n",
            b"no time here %d\n",
            b"\n",
            b'{"broken": %d\n',
            b"Time,Host,Severity,Message,Status\n",
            b"2022-02-04 10:00:0%d,gate,warning,dry,failed\n",
            b"1%d/02/2022 10:00:00,gate,error,dry,up\n",
            b"#Software: lab\n",
            b"#Time Format: Local\n",
            b"#Fields: date time cs-method cs-uri-stem sc-status\n",
            b"2022-02-04 10:00:0%d GET /lamps 503\n",
            b"<Event><System><Provider Name='disk'/><EventID>15%d</EventID></System></Event>\n",
            b"<Event><System><EventID>%d</System></Event>\n",
            b"<13>Feb  4 10:00:0%d gate CEF:0|a|b|1|100|dry|8|act=down src=10.0.0.1\n",
            b"LEEF:1.0|a|b|1|100|sev=%d\tmsg=dry\n",
            b'<34>Feb  4 10:00:01 gate app: {"level":"error","msg":"dry","user":"u%d"}\n',
            b'date=2022-02-04 time=10:00:0%d devname="gate" action="down" vpntunnel="hq" msg="tunnel is dry"\n',
            b'{"log":"{\\"level\\":50,\\"msg\\":\\"dry\\",\\"time\\":164396880%d123}","time":"2022-02-04T10:00:09Z"}\n',
            b'[\n  {"time":"2022-02-04T10:00:0%dZ","msg":"dry"},\n',
            b'  {"time":"2022-02-04T10:00:0%dZ",\n  "msg":"dry"}\n]\n',
            b'\x1e{"time":"2022-02-04T10:00:0%dZ","msg":"dry"}\n',
            b"2022-02-04T10:00:00.%dZ stdout P pump 3 \n",
            b"2022-02-04T10:00:00.%dZ stdout F dry\n2022-02-04T10:00:00Z stdout F \tat x\n",
            b'{"log":"pump %d ","stream":"stdout","time":"2022-02-04T10:00:00Z"}\n',
            b'{"log":"dry\\n","stream":"stdout","time":"2022-02-04T10:00:0%dZ"}\n',
            b"__REALTIME_TIMESTAMP=164396880%d123456\nMESSAGE=dry\n\n",
            b"Fri 2022-02-04 10:00:0%d.123456 UTC [s=1;i=1]\n    MESSAGE=dry\n",
            b"2022-02-04T10:00:0%d.123456+00:00\nThread 1 advanced\n",
            b" 2022-02-04 10:00:0%d behind a blank\n",
            b"2022-02-04 10:00:0%d ERROR behind a return\r",
        ]
    ).flatmap(lambda line: st.integers(0, 9).map(lambda digit: line % digit if b"%d" in line else line)),
    max_size=40,
)


def rows_of(batch: ParsedBatch) -> list[tuple[object, ...]]:
    """Return a batch row by row, names instead of codes."""
    columns = (batch.event_time, batch.origin, batch.late, batch.tick_time, batch.process_id, batch.facility)
    more = (batch.severity, batch.kind, batch.format, batch.reject_reason)
    plain = [column.tolist() for column in (*columns, *more)]
    names = [[batch.hosts[code] for code in batch.host], [batch.services[code] for code in batch.service]]
    messages = [batch.message(row) for row in range(len(batch))]
    attributes = batch.attributes or [None] * len(batch)
    return list(zip(*plain, *names, messages, attributes, strict=True))


def part_of(envelopes: Envelopes, begin: int, end: int) -> Envelopes:
    """Return some rows of a batch."""
    return Envelopes(
        envelopes.source,
        envelopes.tenant,
        envelopes.peer,
        envelopes.position[begin:end],
        envelopes.length[begin:end],
        envelopes.received_at[begin:end],
        envelopes.buffer,
        envelopes.start[begin:end],
    )


@given(LINES, st.lists(st.integers(0, 40), max_size=5))
def test_the_outcome_does_not_depend_on_batches_or_restarts(lines: list[bytes], cuts: list[int]) -> None:
    """Any split into batches, with the context saved and restored between them, parses as one batch does."""
    envelopes = envelopes_of(b"".join(lines))
    whole = rows_of(parse(envelopes, context_of()))
    bounds = sorted({0, len(envelopes), *(min(cut, len(envelopes)) for cut in cuts)})
    context, found = context_of(), []
    for begin, end in itertools.pairwise(bounds):
        restored = context_of()
        restored.restore(context.snapshot())
        found += rows_of(parse(part_of(envelopes, begin, end), restored))
        context = restored
    assert found == whole


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes_become_an_event_or_a_reject(pieces: list[bytes]) -> None:
    """No exception, no lost row, slices inside the text, reasons of the closed list."""
    envelopes = envelopes_of(b"\n".join(pieces))
    batch = parse(envelopes, context_of(default_host="h", default_service="s"))
    assert len(batch) == len(envelopes)
    assert np.all(batch.message_start >= 0)
    assert np.all(batch.message_start <= batch.message_end)
    assert np.all(batch.message_end <= len(batch.text))
    assert set(batch.reject_reason.tolist()) <= {int(reason) for reason in RejectReason}
    assert all(batch.hosts[code] for code in batch.host.tolist())


PREFIXES = [
    b"<34>1 ",
    b"<34>",
    b"Feb  4 10:00:00 ",
    b"2022-02-04T10:00:00Z ",
    b"[04/Feb/2022:10:00:00 +0000] ",
    b'{"time":',
]


@given(st.sampled_from(PREFIXES), st.text('<>[]"\\=:- \t.0123456789abZTFeb%{}/|', max_size=60))
def test_bytes_behind_a_header_s_beginning_are_read_or_kept(prefix: bytes, rest: str) -> None:
    """Torn and odd headers neither fail nor lose a row; a line may hold several objects."""
    content = prefix + rest.encode()
    batch = batch_of(content)
    assert len(batch) == len(records(content)) > 0


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30))  # noqa: DTZ001  # hypothesis wants naive bounds


@given(MOMENTS, st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]))
def test_an_iso_stamp_is_read_as_python_reads_it(moment: datetime, minutes: int, mark: str) -> None:
    """Every date, fraction and zone from 1970 to 2199."""
    stamp = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    batch = batch_of(stamp.isoformat(mark).encode() + b" x\n")
    assert batch.origin[0] == TimeOrigin.PARSED
    assert at(batch.event_time[0]) == moment.replace(tzinfo=UTC)


@given(MOMENTS)
def test_month_names_web_and_epoch_stamps_are_read_as_python_writes_them(moment: datetime) -> None:
    """Other clocks' layouts name the same second."""
    second = moment.replace(microsecond=0)
    layouts = ["%a %b %d %H:%M:%S %Y x", "%b %d %Y %H:%M:%S x", "%d/%b/%Y:%H:%M:%S +0000 x", "%Y/%m/%d %H:%M:%S x"]
    lines = [second.strftime(layout) for layout in layouts]
    for line in lines:
        batch = batch_of(line.encode())
        assert at(batch.event_time[0]) == second.replace(tzinfo=UTC), line


@pytest.mark.parametrize(
    "stamp",
    [
        b"Feb 30 10:00:00 barge",
        b"Feb  4 25:00:00 barge",
        b"2022-02-29 10:00:00",
        b"2022-02-04 10:61:00",
        b"2022-13-04 10:00:00",
        b"1969-12-31 10:00:00",
        b"2200-01-01 00:00:00",
        b"12345678901234567890 x",
    ],
)
def test_a_date_that_does_not_exist_is_no_stamp(stamp: bytes) -> None:
    """Such a line is plain text at the time it was received."""
    batch = batch_of(stamp + b" pumpd: dry\n")
    assert batch.origin[0] == TimeOrigin.RECEIVED
    assert at(batch.event_time[0]) == REFERENCE


def test_the_first_year_is_the_latest_that_is_not_in_the_future() -> None:
    """A stamp a little ahead of the reference is a fast clock, one far ahead is last year's."""
    assert at(batch_of(b"Mar  1 20:00:00 h p: x").event_time[0]).year == 2022
    assert at(batch_of(b"Mar  3 00:00:00 h p: x").event_time[0]).year == 2021


def test_december_rolls_over_to_january_and_back_for_a_straggler() -> None:
    """Each stamp takes the year that brings it nearest to the one before."""
    batch = batch_of(
        b"Dec 31 23:59:59 h p: a\nJan  1 00:00:01 h p: b\nDec 31 23:59:58 h p: c\nJan  1 00:00:02 h p: d\n"
    )
    assert [at(moment).year for moment in batch.event_time] == [2021, 2022, 2021, 2022]
    assert set(batch.origin.tolist()) == {TimeOrigin.INFERRED_YEAR}


@pytest.mark.parametrize("byte", range(33))
def test_a_control_byte_behind_a_counter_is_passed_over(byte: int) -> None:
    """No word begins with one, so looking for a mnemonic goes on behind it."""
    batch = batch_of(b"Feb  4 10:00:00 10.20.0.7 585917:" + bytes([byte]) + b"text\n")
    assert batch.hosts[batch.host[0]] == "10.20.0.7"


def test_a_leap_day_in_a_year_without_one_moves_no_later_line() -> None:
    """It takes the last leap year before the reference date, and those behind it stay where they were."""
    lines = b"Mar  1 10:00:00 h p: a\nFeb 29 10:00:01 h p: b\nMar  1 10:00:02 h p: c\n"
    batch = batch_of(lines, reference=datetime(2026, 3, 2, tzinfo=UTC))
    assert [at(moment).year for moment in batch.event_time] == [2026, 2024, 2026]


@pytest.mark.parametrize(
    ("proof", "month"),
    [(b"", 3), (b"25/02/2022 10:00:00 x\n", 2), (b"25/02 10:00:00 x\n", 2), (b"02/25/2022 10:00:00 x\n", 3)],
)
@pytest.mark.parametrize("line", [b"03/02/2022 10:00:00 x\n", b"03/02/22 10:00:00 x\n", b"03/02 10:00:00 x\n"])
def test_a_number_above_12_settles_the_order_of_later_dates(proof: bytes, month: int, line: bytes) -> None:
    """Days and months stand in one order in a source; the month is first until a date shows otherwise."""
    batch = batch_of(proof + line, reference=datetime(2022, 4, 1, tzinfo=UTC))
    assert at(batch.event_time[-1]).month == month


def test_a_json_field_settles_the_order_of_json_dates_alone() -> None:
    """Records of JSON are read apart from text, so that batches make no difference."""
    lines = (
        b'{"time":"25/02/2022 10:00:00","msg":"a"}\n{"time":"03/02/2022 10:00:00","msg":"b"}\n03/02/2022 10:00:00 c\n'
    )
    batch = batch_of(lines, reference=datetime(2022, 4, 1, tzinfo=UTC))
    assert [at(moment).month for moment in batch.event_time] == [2, 2, 3]


def test_an_unknown_place_leaves_a_stamp_to_the_zone_of_its_source() -> None:
    """A name that only looks like one of the tz database is no zone."""
    batch = batch_of(b"2022-02-04 10:00:00 Europe/Nowhere x\n2022-07-04 12:00:00 Europe/Berlin x\n")
    assert [at(moment).hour for moment in batch.event_time] == [10, 10]


def test_the_29th_of_february_takes_a_leap_year() -> None:
    """The nearest one that has such a day."""
    assert at(batch_of(b"Feb 29 10:00:00 h p: x").event_time[0]).year == 2020
    batch = batch_of(b"2023-02-28 10:00:00 h\nFeb 29 10:00:00 h p: x", reference=datetime(2024, 5, 1, tzinfo=UTC))
    assert at(batch.event_time[1]).year == 2024


def test_a_wrong_clock_does_not_take_the_years_with_it() -> None:
    """A full date far away does not decide the year of stamps without one."""
    batch = batch_of(b"Feb  4 10:00:00 h p: a\n2099-01-01 00:00:00 INFO b\nFeb  4 10:00:01 h p: c\n")
    assert [at(moment).year for moment in batch.event_time] == [2022, 2099, 2022]


def test_without_a_reference_the_receive_time_tells_the_year() -> None:
    """A live source is read as it is written."""
    envelopes = envelopes_of(b"Dec 31 10:00:00 h p: a\n", received=datetime(2030, 1, 1, tzinfo=UTC))
    assert at(parse(envelopes, context_of(None)).event_time[0]).year == 2029


ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "Etc/GMT+12"]


ZONE_MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31))  # noqa: DTZ001  # hypothesis wants naive bounds


@given(ZONE_MOMENTS, st.sampled_from(ZONES))
def test_a_stamp_without_a_zone_is_read_in_the_source_s_zone(moment: datetime, zone: str) -> None:
    """As in Python's tz database, the first of two where clocks go back."""
    expected = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    batch = batch_of(moment.isoformat(" ").encode() + b" x", zone=zone)
    assert at(batch.event_time[0]) == expected


def test_a_moment_of_the_doubled_hour_follows_from_the_record_before() -> None:
    """Where clocks go back, times go on."""
    lines = [
        b"2022-10-30 02:59:59 x\n",
        b"2022-10-30 02:00:00 x\n",
        b"2022-10-30 02:30:00 x\n",
        b"2022-10-30 03:00:00 x\n",
    ]
    batch = batch_of(b"".join(lines), zone="Europe/Berlin")
    assert [at(moment).strftime("%H:%M:%S") for moment in batch.event_time] == [
        "00:59:59",
        "01:00:00",
        "01:30:00",
        "02:00:00",
    ]


def test_an_offset_in_seconds_serves_as_a_zone() -> None:
    """East is positive."""
    batch = batch_of(b"2022-02-04 10:00:00 x", zone=5400)
    assert at(batch.event_time[0]) == datetime(2022, 2, 4, 8, 30, tzinfo=UTC)


def test_an_unknown_zone_is_refused_at_once() -> None:
    """A wrong setting is no matter of the data."""
    with pytest.raises(ZoneInfoNotFoundError):
        SourceContext(0, zone="Nowhere/Land")


def test_a_record_without_a_time_takes_that_of_the_record_above() -> None:
    """Carried times are marked as such."""
    batch = batch_of(b"2022-02-04 10:00:00 x\nplain\n\nplain\n")
    assert batch.origin.tolist() == [TimeOrigin.PARSED, TimeOrigin.CARRIED, TimeOrigin.CARRIED, TimeOrigin.CARRIED]
    assert len(set(batch.event_time.tolist())) == 1


def test_a_date_cited_by_a_line_of_a_stamped_log_is_not_its_time() -> None:
    """Only a source that never shows a stamp at the beginning is searched for one."""
    batch = batch_of(b"2022-02-04 10:00:00 x\nexpires 2030-01-01 00:00:00\n")
    assert batch.origin[1] == TimeOrigin.CARRIED
    assert batch_of(b"it was 2022-02-04 10:00:00 then\n").origin[0] == TimeOrigin.PARSED


def stamped(moments: list[datetime]) -> bytes:
    """Return a log with these times."""
    return b"".join(f"{moment:%Y-%m-%d %H:%M:%S} INFO x\n".encode() for moment in moments)


def test_seven_stamps_from_the_future_make_nobody_late() -> None:
    """A burst with a wrong clock does not advance the frontier."""
    start = datetime(2022, 2, 4, 10, tzinfo=UTC)
    normal = [start + timedelta(seconds=index) for index in range(20)]
    future = [datetime(2099, 1, 1, tzinfo=UTC)] * 7
    batch = batch_of(stamped(normal[:10] + future + normal[10:]))
    assert not batch.late.any()


def test_a_late_record_keeps_its_time_and_ticks_where_it_is_just_not_late() -> None:
    """Ten minutes behind what eight records in a row have passed."""
    start = datetime(2022, 2, 4, 10, tzinfo=UTC)
    batch = batch_of(stamped([start + timedelta(hours=1)] * 8 + [start, start + timedelta(minutes=50)]))
    assert batch.late.tolist() == [False] * 8 + [True, False]
    assert at(batch.event_time[8]) == start
    assert at(batch.tick_time[8]) == start + timedelta(minutes=50)


@given(st.lists(st.integers(0, 7200), min_size=1, max_size=60))
def test_the_watermark_is_a_promise(seconds: list[int]) -> None:
    """No later record has a smaller tick time, and the frontier agrees with a plain recount."""
    start = datetime(2022, 2, 4, 10, tzinfo=UTC)
    envelopes = envelopes_of(stamped([start + timedelta(seconds=second) for second in seconds]))
    context = context_of(lateness_us=60_000_000)
    seen: list[int] = []
    frontier = None
    for row in range(len(envelopes)):
        before = context.watermark_us
        batch = parse(part_of(envelopes, row, row + 1), context)
        if before is not None:
            assert batch.tick_time[0] >= before
        seen.append(int(batch.event_time[0]))
        if len(seen) >= 8:
            frontier = max(min(seen[-8:]), frontier or 0)
            assert context.watermark_us == frontier - 60_000_000
        else:
            assert context.watermark_us is None


@given(st.lists(st.one_of(st.none(), st.integers(0, 7200)), min_size=1, max_size=60))
def test_a_source_without_stamps_comes_as_far_as_it_is_received(seconds: list[int | None]) -> None:
    """A live one would be waited for without an end; the watermark is a promise all the same, and stamps go before."""
    start = datetime(2022, 2, 4, 10, tzinfo=UTC)
    lines = [b"no time in here\n" if each is None else stamped([start + timedelta(seconds=each)]) for each in seconds]
    envelopes = envelopes_of(b"".join(lines))
    context = context_of(received_counts=True, lateness_us=60_000_000)
    for row, second in enumerate(seconds):
        before = context.watermark_us
        batch = parse(part_of(envelopes, row, row + 1), context)
        assert before is None or batch.tick_time[0] >= before
        unstamped = row + 1 if set(seconds[: row + 1]) == {None} else 0
        if unstamped >= 8:
            assert context.watermark_us == int(envelopes.received_at[row - 7 : row + 1].min()) - 60_000_000
        if second is not None:
            assert at(batch.event_time[0]) == start + timedelta(seconds=second)
    plain = context_of(lateness_us=60_000_000)
    parse(envelopes_of(b"no time in here\n" * 9), plain)
    assert plain.watermark_us is None


def test_a_snapshot_of_an_unknown_version_is_refused() -> None:
    """Memory of another program is not guessed at."""
    _version, *rest = context_of().snapshot()
    with pytest.raises(ValueError, match="version 99"):
        context_of().restore((99, *rest))  # type: ignore[arg-type]  # the rest keeps its types


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b" \t\r\n", RejectReason.BLANK),
        (b"\n", RejectReason.BLANK),
        (b"\0\0\0 \n", RejectReason.NUL_PADDING),
        (b'{"a": 1', RejectReason.INVALID_JSON),
        (b'{"a": 1} x\n', RejectReason.INVALID_JSON),
        (b'{"time": "2022-02-30T10:00:00Z"}\n', RejectReason.IMPOSSIBLE_TIME),
        (b'{"time": 99999999999999999999}\n', RejectReason.IMPOSSIBLE_TIME),
        (b'{"time": 1e25}\n', RejectReason.IMPOSSIBLE_TIME),
        (b'{"time": 9999999999999999999999999999}\n', RejectReason.IMPOSSIBLE_TIME),
        (b'{"ts": {"$date": 1e29}}\n', RejectReason.IMPOSSIBLE_TIME),
        (b'{"time": "/Date(999999999999999999)/"}\n', RejectReason.IMPOSSIBLE_TIME),
        (b"{braces} in a text\n", RejectReason.ACCEPTED),
        (b"\0\0Feb  4 10:00:00 h p: x\n", RejectReason.ACCEPTED),
    ],
)
def test_what_cannot_be_an_event_has_its_reason(line: bytes, reason: RejectReason) -> None:
    """The closed list serves, and padding before a line does not cost the line."""
    assert batch_of(line).reject_reason[0] == reason


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (b'{"time": 1640000000, "msg": "a"}\n2022-02-01 10:00:05\n', RejectReason.ACCEPTED),
        (b'a text\n{"time": 1e25, "msg": "a"}\n', RejectReason.INVALID_JSON),
    ],
    ids=["a stamp alone", "an impossible time"],
)
def test_a_broken_object_is_read_the_same_behind_a_reject_of_another_batch(before: bytes, reason: RejectReason) -> None:
    """Whether an object or a text stood before it is known also where that was rejected."""
    broken = b"{braces} here\n"
    assert batch_of(before + broken).reject_reason[-1] == reason
    context = context_of()
    parse(envelopes_of(before), context)
    assert parse(envelopes_of(broken), context).reject_reason[-1] == reason


def test_a_record_that_is_too_long_is_rejected() -> None:
    """By the size that framing guarantees for each piece of a long line."""
    envelopes = envelopes_of(b"x" * 50 + b"\nshort\n")
    assert parse(envelopes, context_of(), max_record_bytes=40).reject_reason.tolist() == [RejectReason.OVERSIZE, 0]


def test_a_brace_in_a_json_source_is_broken_json() -> None:
    """A doubtful record is read as the record above it was."""
    batch = batch_of(b'{"a":1}\n{oops\n')
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED, RejectReason.INVALID_JSON]


@pytest.mark.parametrize(
    ("line", "host", "service"),
    [
        (b"Feb  4 10:00:00 barge pumpd[7]: x", "barge", "pumpd"),
        (b"Feb  4 10:00:00 barge /usr/sbin/pumpd[7]: x", "barge", "pumpd"),
        (b"Feb  4 10:00:00 barge lab/0123456789ab[7]: x", "barge", "lab/<id>"),
        (b"Feb  4 10:00:00 pumpd: x", "default", "pumpd"),
        (b"Feb  4 10:00:00 2001:db8::7 pumpd: x", "2001:db8::7", "pumpd"),
        (b"Feb  4 10:00:00 10.0.0.7: %LAMP-3-OUT: x", "10.0.0.7", "none"),
        (b"Feb  4 10:00:00 barge x y z", "barge", "none"),
        (b"<34>pumpd[7]: x", "default", "pumpd"),
        (b"<34>barge pumpd[7]: x", "barge", "pumpd"),
        (b"<34>7: quay1: %LAMP-3-OUT: x", "quay1", "none"),
        (b"<30>1 2022-02-04T10:00:00Z - - - - - x", "default", "none"),
        (b"2022-02-04T10:00:00Z info pumpd[7]: x", "default", "pumpd"),
        (b"2022-02-04 10:00:00 INFO pumpd: x", "default", "none"),
        (b"x", "default", "none"),
    ],
)
def test_host_and_service_are_found_or_the_defaults(line: bytes, host: str, service: str) -> None:
    """What a record does not name, the defaults of its source do."""
    batch = batch_of(line, default_host="default", default_service="none")
    assert (batch.hosts[batch.host[0]], batch.services[batch.service[0]]) == (host, service)


@given(st.lists(st.sampled_from([b"a", b"b", b"barge", b"x" * 40, b"gate7", b"1.2.3.4"]), max_size=200))
def test_names_are_numbered_by_first_appearance(hosts: list[bytes]) -> None:
    """Equal names share a number, and the list holds no name twice."""
    batch = batch_of(b"".join(b"Feb  4 10:00:00 " + host + b" p: x\n" for host in hosts))
    assert [batch.hosts[code] for code in batch.host] == [host.decode() for host in hosts]
    assert batch.hosts == list(dict.fromkeys(host.decode() for host in hosts))


def test_many_names_outgrow_the_first_table() -> None:
    """The table grows and nothing is mixed up."""
    hosts = [f"host{index % 700}" for index in range(2000)]
    batch = batch_of(b"".join(f"Feb  4 10:00:00 {host} p: x\n".encode() for host in hosts))
    assert [batch.hosts[code] for code in batch.host] == hosts


def test_a_service_is_named_alike_however_it_is_printed() -> None:
    """Path, process id and colon do not count; case does."""
    assert [service_name(name) for name in ("/usr/sbin/cron", "cron[7]", "cron:", "Cron")] == [
        "cron",
        "cron",
        "cron",
        "Cron",
    ]


def test_a_json_document_is_one_object_of_rfc_8259() -> None:
    """Nothing else is, and depth does no harm."""
    assert decode(b'{"a":1}') is not None
    for text in (b"[1]", b"1", b"{'a':1}", b'{"a":1,}', b'{"a":NaN}', b"", b'{"a":"\xff"}', b'{"a":' * 100_000):
        assert decode(text) is None
    assert is_json(b"[1]")


def test_a_pod_s_deployment_names_the_service() -> None:
    """A container's own name is often the same everywhere."""
    line = b'{"pod":"lab-pump-64469b5b48-5rjvb","container":"server","message":"dry"}\n'
    batch = batch_of(line)
    assert batch.services == ["lab-pump/server"]


def test_the_microsecond_of_the_reference_is_kept() -> None:
    """A record with nothing to go by takes the fixed receive time when one is given."""
    fixed = microseconds(REFERENCE) + 7
    assert batch_of(b"x", received_at_us=fixed).event_time[0] == fixed


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (b"2026-02-04T10:00:00Z anvil app: job done, error: none", 0),
        (b"2026-02-04T10:00:00Z anvil app: error=none user=7", 0),
        (b"2026-02-04T10:00:00Z anvil app: run ended, errors: 0", 0),
        (b"2026-02-04T10:00:00Z anvil app: recv returned with error: No buffer space available", 17),
        (b"2026-02-04T10:00:00Z anvil app: write failed with error: No space left on device", 17),
        (b"2026-02-04T10:00:00Z anvil app: error: null pointer", 17),
        (b"2026-02-04 10:00:00 Error count: 0", 0),
        (b"2026-02-04 10:00:00 Critical errors: none, all is well", 0),
        (b"2026-02-04 10:00:00 Error count: 3", 17),
        (b"2026-02-04 10:00:00 Error code: 05", 17),
        (b"2026-02-04 10:00:00 ERROR worker: 0 connections are left", 17),
        (b"2026-02-04 10:00:00 *** ERROR *** pump 3 runs dry", 17),
    ],
)
def test_a_word_behind_a_level_denies_it_only_as_its_whole_value(line: bytes, severity: int) -> None:
    """`error: none` is none, and what the system says of an error is one, though it begins with "No"."""
    assert batch_of(line).severity.tolist() == [severity]


@pytest.mark.parametrize("records", [1, 8, 200])
def test_a_clock_that_is_ahead_makes_nothing_late(records: int) -> None:
    """However many records in a row it has stamped; they count at the last time that can be believed."""
    usual = [b"2022-02-04T10:%02d:00Z door opened\n" % minute for minute in range(30)]
    ahead = [b"2023-05-01T10:00:%02dZ door opened\n" % (second % 60) for second in range(records)]
    batch = batch_of(b"".join([*usual[:20], *ahead, *usual[20:]]))
    assert not batch.late.any()
    wrong = slice(20, 20 + records)
    assert {at(moment) for moment in batch.tick_time[wrong]} == {datetime(2022, 2, 4, 10, 19, tzinfo=UTC)}
    assert {at(moment).year for moment in batch.event_time[wrong]} == {2023}
    assert unread_fields(batch)[UnreadField.TIME_AHEAD] == records
    assert np.array_equal(np.delete(batch.tick_time, wrong), np.delete(batch.event_time, wrong))


def test_a_live_source_measures_its_clock_by_the_moment_of_receipt() -> None:
    """A clock that is ahead by less than a day may be a zone that is not known."""
    context = context_of(None, received_at_us=microseconds(datetime(2022, 2, 4, 12, tzinfo=UTC)))
    batch = parse(envelopes_of(b"2022-02-05T11:00:00Z dry\n2022-02-05T13:00:00Z dry\n"), context)
    assert (batch.event_time > batch.tick_time).tolist() == [False, True]


def test_times_of_day_take_the_date_above_them_and_go_on_past_midnight() -> None:
    """A log with its date in the first line: each time is of that day, and of the next one once the clock has gone round."""
    lines = [
        "opened 2022-02-03 08:00:00 by ada",
        "08:00:01 dry",
        "22:00:00 wet",
        "21:30:00 late",
        "00:10:00 dry",
        "00:05:00 x",
    ]
    batch = batch_of("\n".join([*lines, "no time", "[00:20:00] dry", ""]).encode())
    moments = [at(moment).strftime("%d %H:%M:%S") for moment in batch.event_time.tolist()]
    assert moments == [
        "03 08:00:00",
        "03 08:00:01",
        "03 22:00:00",
        "03 21:30:00",
        "04 00:10:00",
        "04 00:05:00",
        "04 00:05:00",
        "04 00:20:00",
    ]


def test_a_time_of_day_without_a_date_above_it_is_no_time() -> None:
    """It is counted as unread: any day would be a guess."""
    assert batch_of(b"10:00:00 dry\n10:00:01 dry\n").origin.tolist() == [TimeOrigin.RECEIVED] * 2


def test_a_time_of_day_in_a_log_with_dates_is_text() -> None:
    """What a program prints below its own lines is not when they were written."""
    batch = batch_of(b"2022-02-04 10:00:00 pump dry\n03:00:00 next run\n")
    assert batch.origin[1] == TimeOrigin.CARRIED
    assert batch.message(1) == b"03:00:00 next run"


@pytest.mark.parametrize(
    ("clock", "is_read"), [("10:00:00", True), ("11:00:00", True), ("11:00:01", False), ("09:59:58", False)]
)
def test_a_time_of_day_beside_dates_counts_within_the_hour_behind_them(clock: str, is_read: bool) -> None:
    """It goes on from the record above; any other may be what a message says, so its text stays whole in any case."""
    batch = batch_of(b"2022-02-04 10:00:00 pump dry\n" + clock.encode() + b" pump wet\n2022-02-04 12:00:00 pump dry\n")
    assert (batch.origin[1] <= TimeOrigin.INFERRED_YEAR) == is_read
    expected = datetime.fromisoformat(f"2022-02-04T{clock if is_read else '10:00:00'}").replace(tzinfo=UTC)
    assert at(batch.event_time[1]) == expected
    assert batch.message(1) == clock.encode() + b" pump wet"
    assert not batch.late.any()


@pytest.mark.parametrize(
    "relay",
    [
        b"<28>Feb  4 10:00:00 relay ",
        b"Feb  4 10:00:00 relay ",
        b"2022-02-04T10:00:00Z relay ",
        b"<28>2022-02-04T10:00:00Z relay ",
    ],
)
@pytest.mark.parametrize(
    "header",
    [
        b"<29>Feb  4 09:59:59 barge pumpd[812]: ",
        b"Feb  4 09:59:59 barge pumpd[812]: ",
        b"Feb  4 09:59:59 2022 barge pumpd[812]: ",
        b"Feb  4 2022 09:59:59 barge pumpd[812]: ",
        b"Feb  4 09:59:59 2022 [10.20.0.9] pumpd[812]: ",
        b"2022-02-04T10:59:59.123+01:00 barge pumpd[812]: ",
        b"<29>1 2022-02-04T09:59:59Z barge pumpd 812 - - ",
    ],
)
def test_behind_the_header_of_a_relay_that_of_the_sender_counts(relay: bytes, header: bytes) -> None:
    """Host, program and process are the sender's; the time is the relay's."""
    batch = batch_of(relay + header + b"pump 3 runs dry\n")
    assert batch.message(0) == b"pump 3 runs dry"
    assert batch.hosts[batch.host[0]] in ("barge", "10.20.0.9")
    assert batch.services[batch.service[0]] == "pumpd"
    assert batch.process_id[0] == 812
    assert at(batch.event_time[0]) == datetime(2022, 2, 4, 10, tzinfo=UTC)


def test_a_date_in_a_message_is_no_header_of_a_sender() -> None:
    """Without a tag behind it the message stays whole behind its stamp, and the host is the relay's."""
    batch = batch_of(
        b"<28>Feb  4 10:00:00 relay Feb 4 is the day\n<28>Feb  4 10:00:00 relay Feb  4 10:00:00 pump 3 dry\n"
    )
    assert [batch.hosts[host] for host in batch.host] == ["relay", "relay"]
    assert batch.message(0) == b"Feb 4 is the day"
    assert batch.message(1).endswith(b"pump 3 dry")


@pytest.mark.parametrize(
    "content",
    [
        b"Date,Source,Level,Message\n2022-02-04 10:00:00,pumpd,Error,pump 3 runs dry\n",
        b"#Software: Internet Information Services\n#Version: 1.0\n#Date: 2022-02-04 10:00:00\n#Fields: date time cs-method"
        b" cs-uri-stem\n2022-02-04 10:00:00 GET /lamps\n",
        b"#separator \\x09\n#path\tpumps\n#fields\tts\thost\tmsg\n#types\ttime\tstring\tstring\n"
        b"1643968800.0\tbarge\tpump 3 runs dry\n",
    ],
)
def test_a_line_that_names_columns_says_nothing_itself(content: bytes) -> None:
    """It is counted as an empty line is: neither an event at some other time nor a loss."""
    batch = batch_of(content)
    assert set(batch.reject_reason[:-1]) == {RejectReason.BLANK}
    assert batch.reject_reason[-1] == RejectReason.ACCEPTED
    assert at(batch.event_time[-1]) == datetime(2022, 2, 4, 10, tzinfo=UTC)


def test_a_comment_is_no_directive() -> None:
    """What begins with the mark of a directive and is none is a record like any other."""
    batch = batch_of(b"# date of the pump: unknown\n#!/bin/sh\n#pump 3: dry\n")
    assert not batch.reject_reason.any()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7200)), min_size=1, max_size=40))
def test_a_line_without_a_time_is_as_much_later_as_it_was_received_later(steps: list[tuple[bool, int]]) -> None:
    """Where records are received one by one, a stamp that is hours old says nothing of a line that comes now."""
    stamp = datetime(2022, 2, 4, 10, tzinfo=UTC)
    received = REFERENCE
    context = context_of(None, received_counts=True)
    parse(envelopes_of(stamped([stamp]), received), context)
    last_stamped = received
    for is_stamped, seconds in steps:
        received += timedelta(seconds=seconds)
        batch = parse(envelopes_of(stamped([stamp]) if is_stamped else b"no time in here\n", received), context)
        if is_stamped:
            last_stamped = received
        assert at(batch.event_time[0]) == stamp + (received - last_stamped)


def test_a_file_read_later_keeps_lines_without_a_time_at_that_above() -> None:
    """All of its records are received at one moment, so nothing has passed between them."""
    batch = batch_of(b"2022-02-04 10:00:00 pump 3 runs dry\nno time in here\n")
    assert list(batch.origin) == [TimeOrigin.PARSED, TimeOrigin.CARRIED]
    assert batch.event_time[0] == batch.event_time[1]


def test_times_of_day_are_of_the_day_that_the_name_of_the_file_says() -> None:
    """They go on past midnight, in the zone of the source; a date above goes before the name."""
    named = microseconds(datetime(2022, 2, 4, tzinfo=UTC))
    batch = batch_of(b"23:59:58 WARN pump 3 runs dry\n00:00:01 WARN dry\n", named_day_us=named, zone="Europe/Berlin")
    expected = [datetime(2022, 2, 4, 22, 59, 58, tzinfo=UTC), datetime(2022, 2, 4, 23, 0, 1, tzinfo=UTC)]
    assert [at(each) for each in batch.event_time] == expected
    assert set(batch.origin) == {TimeOrigin.INFERRED_YEAR}
    dated = batch_of(b"log opened on 2022-01-07 09:00:00\n10:00:00 WARN dry\n", named_day_us=named)
    assert at(dated.event_time[1]) == datetime(2022, 1, 7, 10, tzinfo=UTC)
    untimed = batch_of(b"no time in here\n", named_day_us=named)
    assert list(untimed.origin) == [TimeOrigin.RECEIVED]


def test_a_priority_of_another_scale_is_no_severity() -> None:
    """ZFS numbers the priorities of its requests, and none of them is an emergency."""
    batch = batch_of(b"Feb  4 10:00:00 barge zed[812]: eid=12 class=checksum priority=0 err=52\n")
    assert list(batch.severity) == [0]
