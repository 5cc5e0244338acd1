"""Records of named fields: whatever stands in them becomes an event, and each way of writing a field is read."""

from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.reject import RejectReason
from brainstem.parse import field_names
from brainstem.parse.fields.snmp_trap import trap_fields
from brainstem.parse.fields.table import pair_fields
from brainstem.parse.fields.veeam_event import veeam_fields
from brainstem.parse.formats.registry import FORMATS
from brainstem.parse.json_fields import decode
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import NO_TABLE
from tests.support.parsing import at, batch_of, context_of, envelopes_of, records

TEN: datetime = datetime(2022, 2, 4, 10, tzinfo=UTC)

NAMES = sorted(
    {
        *field_names.TIME_FIELDS,
        *field_names.LEVEL_FIELDS,
        *field_names.HOST_FIELDS,
        *field_names.SERVICE_FIELDS,
        *field_names.MESSAGE_FIELDS,
        *field_names.STATE_FIELDS,
        *field_names.THING_FIELDS,
        *field_names.PARTY_FIELDS,
        *field_names.ZONE_FIELDS,
        *field_names.NESTED,
    }
)
OBJECTS_OF_FORMATS = [
    "Event",
    "System",
    "EventData",
    "UserData",
    "RenderingInfo",
    "Provider",
    "TimeCreated",
    "EventID",
    "Computer",
    "Level",
    "Data",
    "Name",
    "#text",
    "#attributes",
    "winlog",
    "event_data",
    "provider_name",
    "Id",
    "ProviderName",
    "Message",
    "resourceLogs",
    "resource",
    "scopeLogs",
    "logRecords",
    "attributes",
    "key",
    "value",
    "body",
    "stringValue",
    "kvlistValue",
    "values",
    "@t",
    "@mt",
    "@l",
    "seconds",
    "nanos",
    "$date",
    "__REALTIME_TIMESTAMP",
    "stream",
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "2022-02-04 10:00:00", "10:00:00", "down", '{"a":{"level":[]}}', "/Date(1643968800123)/", "-"]
    ),
    st.text(max_size=12),
)
KEYS = st.one_of(st.sampled_from(NAMES + OBJECTS_OF_FORMATS), st.text(max_size=4))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_object_is_read_without_an_error(members: dict[str, object]) -> None:
    """A known name may hold any value, and an object of a known format may lack any of its parts."""
    try:
        raw = orjson.dumps(members)
    except orjson.JSONEncodeError:
        return
    assert decode(raw) is not None
    assert len(batch_of(raw + b"\n")) == 1


OPENINGS = [
    b"<Event>",
    b"<Event><System>",
    b"<Event xmlns='x'><System><Provider Name='disk'/></System>",
    b"CEF:0|a|b|1|2|c|3|",
    b"<13>Feb  4 10:00:00 gate CEF:0|a|b",
    b"LEEF:2.0|a|b|1|x|^|",
    b"<13>Feb  4 10:00:00 gate LEEF:1.0|",
    b'<13>Feb  4 10:00:00 gate p: {"msg":',
    b"Time,Host,Message,Status\n2022-02-04 10:00:00,",
    b"#Fields: date time sc-status\n2022-02-04 10:00:00 ",
    b'date=2022-02-04 time=10:00:00 msg="a b" action=',
]


@given(st.sampled_from(OPENINGS), st.text("<>/=&;#x!-[]CDATEvent\"'|\\,^ \t.0123456789abZ%{}:é", max_size=80))
def test_damaged_records_are_read_or_kept(opening: bytes, rest: str) -> None:
    """Torn records of fields neither fail nor lose a row."""
    content = opening + rest.encode()
    batch = batch_of(content)
    assert len(batch) == len(envelopes_of(content))


@pytest.mark.parametrize(
    "line",
    [
        b"<Event><System></Event>",
        b"<Event><System></System>",
        b"<Event>" * 100,
        b"<Event><![CDATA[</Event>",
        b"<Event a=b></Event>",
        b"<Events><Event><System/></Event><Event><System/></Event></Events>",
        b"<E>text</E>",
    ],
)
def test_xml_that_is_not_one_event_is_text(line: bytes) -> None:
    """It keeps its bytes as its message."""
    batch = batch_of(line)
    assert batch.reject_reason[0] == RejectReason.ACCEPTED
    assert FORMATS[batch.format[0]].name != "windows-xml"


@pytest.mark.parametrize(
    "fields",
    [
        b'"timestamp":{"seconds":1643968800,"nanos":0}',
        b'"timestampSeconds":"1643968800","timestampNanos":0',
        b'"instant":{"epochSecond":1643968800,"nanoOfSecond":0}',
        b'"t":{"$date":{"$numberLong":"1643968800000"}}',
        b'"TimeCreated":"\\/Date(1643968800000)\\/"',
        b'"TimeCreated":{"value":"\\/Date(1643968800000)\\/","DateTime":"Friday"}',
        b'"date":"2022-02-04","time":"10:00:00"',
        b'"date":"2022-02-04","time":"11:00:00","tz":"+0100"',
        b'"date":"2022-02-04","time":"11:00:00","timezone":"Europe/Berlin"',
        b'"date":"2022-02-04","time":"11:00:00","eventtime":1643968800000000000',
        b'"timestamp":"2022-02-04 11:00:00","tz":"+01:00"',
        b'"time_local":"04/Feb/2022:11:00:00 +0100"',
        b'"time_iso8601":"2022-02-04T11:00:00+01:00"',
        b'"timeUnixNano":"0","observedTimeUnixNano":"1643968800000000000"',
        b'"time":"20220204100000"',
        b'"record":{"time":{"repr":"x","timestamp":1643968800.0}}',
        b'"ts":"now","@t":"2022-02-04T10:00:00Z"',
    ],
)
def test_each_way_of_writing_a_time_in_json_is_read(fields: bytes) -> None:
    """Nested, in two fields, with the zone in a third one, as a number and as Microsoft's text."""
    line = b'{"msg":"dry",' + fields + b"}\n"
    # a further record must not be taken for the end of a zone's name
    batch = batch_of(line + line)
    assert [at(moment) for moment in batch.event_time] == [TEN, TEN]


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        (b'"level":{"name":"ERROR","no":40}', 17),
        (b'"level":40,"levelname":"ERROR"', 17),
        (b'"level":30', 9),
        (b'"level":"3"', 17),
        (b'"@t":"2022-02-04T10:00:00Z","@m":"x"', 9),
        (b'"@t":"2022-02-04T10:00:00Z","@m":"x","@l":"Error"', 17),
        (b'"EventID":7,"SourceName":"disk","Channel":"System","Level":2', 17),
        (b'"EventID":7,"SourceName":"disk","Channel":"System","Level":"4"', 9),
        (b'"EventID":7,"SourceName":"disk","Channel":"System","Level":0', 9),
        (b'"EventID":7,"SourceName":"disk","Channel":"System","SeverityValue":5', 18),
        (b'"EventID":7,"Source":"disk","MachineName":"dc1","EntryType":1', 17),
        (b'"EventID":7,"SourceName":"disk","Channel":"System","LevelDisplayName":"Warnung"', 13),
        (b'"timeUnixNano":"1643968800000000000","severityNumber":17,"body":{"stringValue":"x"}', 17),
    ],
)
def test_a_level_is_read_on_the_scale_of_its_format(fields: bytes, severity: int) -> None:
    """A word goes before a number whose scale is a guess; Windows counts down from critical."""
    assert batch_of(b"{" + fields + b"}\n").severity[0] == severity


SYSTEM = b"<System><Provider Name='pumpd'/><Level>2</Level></System>"
EVENT = b"<Event>" + SYSTEM + b"<RenderingInfo><Message>dry</Message></RenderingInfo></Event>"


def messages(*lines: bytes) -> list[bytes]:
    """Return the messages of some records."""
    batch = batch_of(b"".join(line + b"\n" for line in lines))
    return [batch.message(row) for row in range(len(batch))]


def test_the_same_fields_are_signed_alike_in_any_order_and_format() -> None:
    """What happened, and to what, stands behind the message in the order of the lists."""
    pairs = b'date=2022-02-04 time=10:00:00 vpntunnel="hq" msg="tunnel has changed" action="down"'
    swapped = b'{"action":"down","message":"tunnel has changed","vpntunnel":"hq"}'
    other = b'{"vpntunnel":"hq","message":"tunnel has changed","action":"down"}'
    assert set(messages(pairs, swapped, other)) == {b'tunnel has changed, action=down, vpntunnel="hq"'}


def test_values_that_say_nothing_are_not_signed() -> None:
    """Nothing stands behind a message whose fields are empty."""
    pairs = b'date=2022-02-04 time=10:00:00 msg="tunnel has changed" action="N/A" vpntunnel="-" user=""'
    assert messages(pairs, b'{"msg":"tunnel has changed","action":null,"user":"-","status":""}') == [
        b"tunnel has changed",
        b"tunnel has changed",
    ]


def test_a_user_whom_the_message_names_is_not_repeated() -> None:
    """As a word of its own, not as a part of one."""
    assert messages(b'{"msg":"ann came","user":"ann"}', b'{"msg":"scanning","user":"ann"}') == [
        b"ann came",
        b'scanning, user="ann"',
    ]


def test_fields_stand_behind_the_first_line_of_a_message() -> None:
    """The tokenizer reads that line."""
    assert messages(b'{"msg":"failed\\n  at a.b","status":502}') == [b"failed, status=502\n  at a.b"]


def test_a_record_without_a_message_is_signed_by_its_fields() -> None:
    """Time, host and level vary by themselves, and are read already."""
    line = b'{"ts":1643968800,"host":"gate","level":"info","request":"GET /lamps HTTP/1.1","status":502,"ms":12.5}'
    assert messages(line) == [b'request="GET /lamps HTTP/1.1", ms=12.5, status=502']


def test_an_inner_record_goes_before_the_one_around_it() -> None:
    """Docker's time is when it read the line; the program's own is closer."""
    inner = orjson.dumps(
        {"level": 50, "time": 1643968800000, "hostname": "gate", "name": "pumpd", "msg": "dry"}
    ).decode()
    for outer in ({"log": inner + "\n", "stream": "stdout", "time": "2022-02-04T10:00:09Z"}, {"MESSAGE": inner}):
        batch = batch_of(orjson.dumps(outer) + b"\n")
        assert batch.message(0) == b"dry"
        assert at(batch.event_time[0]) == TEN
        assert batch.severity[0] == 17
        assert batch.hosts == ["gate"]


@pytest.mark.parametrize(
    "header",
    [
        b"<34>Feb  4 10:00:00 gate app[7]: ",
        b"<34>1 2022-02-04T10:00:00Z gate app 7 - - ",
        b"2022-02-04T10:00:00Z gate app[7]: ",
    ],
)
@pytest.mark.parametrize(
    ("document", "service"),
    [
        (b'{"level":"error","msg":"dry"}', "app"),
        (b'@cee: {"level":"error","msg":"dry"}', "app"),
        (b"CEF:0|v|pumpd|1|7|dry|8|", "pumpd"),
        (b"LEEF:1.0|v|pumpd|1|7|sev=8\tmsg=dry", "pumpd"),
        (EVENT, "pumpd"),
    ],
)
def test_a_document_behind_a_header_leaves_the_header_what_it_does_not_say(
    header: bytes, document: bytes, service: str
) -> None:
    """Time and host come from the header, level and message from the document."""
    batch = batch_of(header + document)
    assert batch.message(0).startswith(b"dry")
    assert at(batch.event_time[0]) == TEN
    assert (batch.hosts, batch.services) == (["gate"], [service])
    assert batch.severity[0] == 17


@pytest.mark.parametrize(
    "line",
    [
        b"<13>Feb  4 10:00:00 gate CEF:0|v|pumpd|1|7|dry|8|src=10.0.0.1",
        b"<13>Feb  4 10:00:00 gate CEF: 0|v|pumpd|1|7|dry|8|src=10.0.0.1",
        b"Feb  4 10:00:00 gate CEF:0|v|pumpd|1|7|dry|8|src=10.0.0.1",
        b"2022-02-04T10:00:00Z gate CEF:0|v|pumpd|1|7|dry|8|src=10.0.0.1",
        b"CEF:0|v|pumpd|1|7|dry|High|rt=Feb 04 2022 10:00:00 dvchost=gate src=10.0.0.1",
        b"CEF:1|v|pumpd|1|7|dry|8|rt=1643968800000 dvchost=gate src=10.0.0.1",
        b"LEEF:2.0|v|pumpd|1|7|x5E|devTime=1643968800000^identHostName=gate^sev=8^msg=dry^src=10.0.0.1",
    ],
)
def test_cef_and_leef_are_read_with_and_without_a_header(line: bytes) -> None:
    """The mark may have been taken for a tag, or stand behind a blank."""
    batch = batch_of(line)
    assert batch.message(0) == b'dry, event_id=7, src="10.0.0.1"'
    assert at(batch.event_time[0]) == TEN
    assert (batch.hosts, batch.services, batch.severity[0]) == (["gate"], ["pumpd"], 17)


TABLES = {
    b"Time,Host,Level,Message": b'2022-02-04 10:00:00,gate,error,"dry, quite"',
    b"Time;Host;Level;Message": b"2022-02-04 10:00:00;gate;error;dry, quite",
    b"Time\tHost\tLevel\tMessage": b"2022-02-04 10:00:00\tgate\terror\tdry, quite",
    b'"Time","Host","Level","Message"': b'"2022-02-04 10:00:00","gate","error","dry, quite"',
    b"Date,Time,Hostname,Severity,Description": b'2022-02-04,10:00:00,gate,error,"dry, quite"',
    b"#Fields: date time computer level message": b'2022-02-04 10:00:00 gate error "dry, quite"',
    b"#Fields: date-time,server-hostname,level,message": b'2022-02-04T10:00:00.000Z,gate,error,"dry, quite"',
    b"#fields\tts\thost\tlevel\tmessage": b"1643968800.0\tgate\terror\tdry, quite",
}


@pytest.mark.parametrize("names", TABLES, ids=lambda names: names.decode())
def test_a_row_is_read_by_the_names_above_it(names: bytes) -> None:
    """Whatever separates the columns."""
    batch = batch_of(names + b"\n" + TABLES[names] + b"\n")
    assert at(batch.event_time[1]) == TEN
    assert batch.hosts[batch.host[1]] == "gate"
    assert batch.message(1) == b"dry, quite"
    assert batch.severity[1] == 17


def test_w3c_times_are_in_utc_unless_the_log_says_that_they_are_local() -> None:
    """The zone of the source counts for the second only."""
    lines = b"#Fields: date time action\n2022-02-04 10:00:00 DROP\n"
    assert at(batch_of(lines, zone="Europe/Berlin").event_time[1]) == TEN
    local = batch_of(b"#Time Format: Local\n" + lines, zone="Europe/Berlin")
    assert at(local.event_time[2]) == TEN - timedelta(hours=1)


_DHCP_HEAD = (
    b"\t\tMicrosoft DHCP Service Activity Log\n\n\nEvent ID  Meaning\n00\tThe log was started.\n"
    b"50+\tCodes above 50 are used for Rogue Server Detection information.\n\n"
    b"QResult: 0: NoQuarantine, 1:Quarantine ProbationTime:Year-Month-Day Hour:Minute:Second:MilliSecond.\n\n"
    b"ID,Date,Time,Description,IP Address,Host Name\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 99])
def test_what_explains_a_table_before_its_columns_are_named_is_no_event(size: int) -> None:
    """Windows's DHCP server begins its file with what the numbers of its events mean, wherever a batch ends."""
    context, reasons, messages = context_of(), [], []
    lines = records(_DHCP_HEAD + b"10,02/04/22,10:00:00,Assign,10.20.0.7,barge\n")
    for begin in range(0, len(lines), size):
        batch = parse(envelopes_of(b"".join(lines[begin : begin + size])), context)
        reasons += batch.reject_reason.tolist()
        accepted = np.flatnonzero(batch.reject_reason == RejectReason.ACCEPTED).tolist()
        messages += [batch.message(row) for row in accepted]
        restored = context_of()
        restored.restore(context.snapshot())
        context = restored
    assert reasons == [RejectReason.BLANK] * (len(lines) - 1) + [RejectReason.ACCEPTED]
    assert b"Assign" in messages[0]


def test_a_line_that_explains_nothing_ends_what_stands_above_a_table() -> None:
    """A title alone makes no heading of the events below it."""
    batch = batch_of(
        b"Microsoft DHCP Service Activity Log\n00\tThe log was started.\n"
        b"2022-02-04 10:00:00 pump 3 runs dry\nno more water\n"
    )
    accepted = np.flatnonzero(batch.reject_reason == RejectReason.ACCEPTED).tolist()
    assert [batch.message(row) for row in accepted] == [b"pump 3 runs dry", b"no more water"]


def test_many_lines_that_fit_no_column_end_a_table() -> None:
    """A line of another log is no row, and the names are forgotten when no row has come for long."""
    context = context_of()
    head = b"Time,Host,Message\n2022-02-04 10:00:00,gate,dry\n"
    parse(envelopes_of(head + b"2022-02-04 10:00:00 INFO wet\n" * 99), context)
    assert context.table[0] == ("Time", "Host", "Message")
    parse(envelopes_of(b"2022-02-04 10:00:00 INFO wet\n"), context)
    assert context.table == NO_TABLE


@pytest.mark.parametrize(
    "line", [b"Well, we tried, and failed", b"a,b,c", b"time,flies,away", b"# a comment, host, time"]
)
def test_prose_with_commas_names_no_columns(line: bytes) -> None:
    """A time and something that an event says are among the names of a log's columns."""
    context = context_of()
    parse(envelopes_of(line + b"\n2022-02-04 10:00:00,x,y\n"), context)
    assert context.table == NO_TABLE


def test_a_stamp_alone_is_the_time_of_the_lines_below() -> None:
    """As in Oracle's alert log; a syslog header without a message stays an event."""
    batch: ParsedBatch = batch_of(b"2022-02-04T10:00:00Z\ndry\nFri Feb  4 10:00:00 2022\nwet\nFeb  4 10:00:00 gate\n")
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED] * 3
    assert [at(moment) for moment in batch.event_time] == [TEN] * 3


def test_the_host_that_a_web_request_asked_for_does_not_replace_that_of_the_header() -> None:
    """`host` in the record of a request is the name in its `Host` field; the header names the machine."""
    batch = batch_of(
        b'2022-02-12T16:59:46Z cache-7 proxy[12]: {"request_method":"GET","host":"shop.example.com","status":404}\n'
        b'2022-02-12T16:59:47Z cache-7 proxy[12]: {"message":"pump dry","host":"pump-3"}\n'
    )
    assert [batch.hosts[number] for number in batch.host] == ["cache-7", "pump-3"]


def test_a_time_without_a_year_does_not_replace_that_of_a_header_with_one() -> None:
    """Which year it is would be a guess; the header prints it."""
    batch = batch_of(b"<134> 2019-03-05T14:07:09.5+00:00 gw CEF:0|Lab|ETP|3.0|etp|odd mail|10|rt=Mar 05 14:07:08 UTC\n")
    assert at(batch.event_time[0]) == datetime(2019, 3, 5, 14, 7, 9, 500_000, tzinfo=UTC)


def test_the_resource_of_a_list_holds_for_its_records_in_later_batches() -> None:
    """What stands once before many records is known to each, wherever a batch ends, and until another one is named."""
    record = b'{"timeUnixNano":"1643968800000000000","body":{"stringValue":"dry"}}'
    named = b'{"attributes":[{"key":"service.name","value":{"stringValue":"%b"}}]}'
    scopes = b'"scopeLogs":[{"scope":{"name":"lab"},"logRecords":[%b,%b]},{"scope":{},"logRecords":[%b]}]}' % (
        (record,) * 3
    )
    content = b'{"resourceLogs":[{"resource":%b,%b,{"resource":%b,%b]}\n' % (
        named % b"pumpd",
        scopes,
        named % b"lampd",
        scopes,
    )
    context, services = context_of(), []
    for part in records(content + b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%b]}]}]}\n' % record):
        batch = parse(envelopes_of(part), context)
        services += [batch.services[code] for code in batch.service.tolist()]
        restored = context_of()
        restored.restore(context.snapshot())
        context = restored
    assert services == ["pumpd"] * 3 + ["lampd"] * 3 + [""]


@pytest.mark.parametrize("behind", ["", ',"next":"x"', ',"total":2', ',"more":{"a":[1]}', ', "ok": true'])
def test_what_is_said_behind_a_list_is_no_part_of_its_last_record(behind: str) -> None:
    """The last record of a page is read as the others are."""
    content = (
        '{"value":[{"time":"2022-02-04T10:00:00Z","msg":"Ä"},{"time":"2022-02-04T10:00:01Z","msg":"Ö"}]'
        + behind
        + "}\n"
    )
    batch = batch_of(content.encode())
    assert [batch.message(row).decode() for row in range(len(batch))] == ["Ä", "Ö"]
    assert batch.origin.tolist() == [TimeOrigin.PARSED] * 2


TRAP = (
    "IF-MIB::linkDown, IF-MIB::ifIndex.3 = INTEGER: 3, IF-MIB::ifDescr.3 = STRING: Gi0/3,"
    " IF-MIB::ifOperStatus.3 = INTEGER: down(2)"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"quay [UDP: [10.20.0.7]:161->[10.20.0.2]:162]: Trap , SNMPv2-MIB::snmpTrapOID.0 = OID: {TRAP}",
            {"host": "quay", "interface": "Gi0/3", "message": "linkDown: ifOperStatus=down"},
        ),
        (
            "<UNKNOWN> [UDP: [10.20.0.7]:161->[10.20.0.2]:162]:\niso.3.6.1.2.1.1.3.0 = Timeticks: (1) 0:00:00.01\t"
            "iso.3.6.1.6.3.1.1.4.1.0 = OID: iso.3.6.1.6.3.1.1.5.4",
            {"host": "10.20.0.7", "message": "linkUp"},
        ),
        (
            "10.20.0.8(via UDP: [10.20.0.8]:52341->[10.20.0.2]:162) TRAP, SNMP v1, community public\n"
            "\tSNMPv2-SMI::enterprises.318 Enterprise Specific Trap (5) Uptime: 20 days, 0:20:34.56\n"
            '\tSNMPv2-SMI::enterprises.318.2.3.3.0 = STRING: "UPS: On battery power."',
            {"host": "10.20.0.8", "event_id": "5", "message": "trap: UPS: On battery power."},
        ),
        ("192.0.2.7: Cold Start Trap (0) Uptime: 8 days, 0:35:46", {"host": "192.0.2.7", "message": "Cold Start trap"}),
        (
            "gate [10.20.0.7]: SNMPv2-MIB::snmpTrapOID.0 = OID: LAB-MIB::fanAlarm"
            " LAB-MIB::alarmSeverity.1 = INTEGER: critical(1)",
            {"host": "gate", "level": "critical", "message": "fanAlarm: alarmSeverity=critical"},
        ),
        ("NET-SNMP version 5.9 Started.", None),
    ],
)
def test_a_trap_is_its_name_with_the_values_that_name_states_and_things(
    text: str, expected: dict[str, object] | None
) -> None:
    """The host is the sender's, counters of the protocol say nothing, and what is no trap stays text."""
    assert trap_fields(text) == expected


@given(
    st.text()
    | st.text("ab[](){}=:\"'., \n\t->0123456789").map(lambda text: f"quay [UDP: [1.2.3.4]:1->[1.2.3.4]:2]: {text}")
)
def test_readers_of_events_of_programs_take_any_text(text: str) -> None:
    """They return fields with a message, or nothing."""
    for read in (trap_fields, veeam_fields):
        found = read(text)
        assert found is None or found["message"]
    pairs = pair_fields(text)
    assert pairs is None or all(key.isidentifier() for key in pairs)
