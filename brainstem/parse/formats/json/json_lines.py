"""JSON lines: one object a record, with the field names that loggers and shippers use."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

JSON_LINES_FORMAT: Final = 12
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=JSON_LINES_FORMAT,
    name="json-lines",
    title="One JSON object a line",
    specification="https://www.rfc-editor.org/rfc/rfc8259; field names of ECS, Bunyan, pino, zap, GELF and others",
    samples=(
        Sample(
            line=b'{"@timestamp":"2022-02-04T10:00:00.123Z","log.level":"warn","host":{"name":"barge"},'
            b'"service":{"name":"pumpd"},"message":"pump 3 runs dry"}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            host="barge",
            service="pumpd",
            severity=13,
            attributes=b'{"host":{"name":"barge"},"service":{"name":"pumpd"}}',
        ),
        Sample(
            line=b'{"level":50,"time":1643968800123,"pid":812,"hostname":"barge","msg":"pump 3 runs dry","pump":3}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            host="barge",
            process_id=812,
            severity=17,
            attributes=b'{"pid":812,"pump":3}',
        ),
        Sample(
            line=b'{"Records":[{"eventTime":"2022-02-04T10:00:00Z","eventName":"OpenDoor","errorCode":"AccessDenied"}]}',
            message=b"action=OpenDoor, code=AccessDenied",
            time="2022-02-04T10:00:00",
            attributes=b'{"eventName":"OpenDoor","errorCode":"AccessDenied"}',
        ),
        Sample(
            line=b'{"value":[{"createdDateTime":"2022-02-04T10:00:00Z","message":"pump 3 runs dry"}],"@odata.nextLink":"x"}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b'{"_index":"lab","_source":{"@timestamp":"2022-02-04T10:00:00Z","message":"pump 3 runs dry"}}]}}',
            above=b'{"took":3,"hits":{"total":{"value":2},"hits":[{"_index":"lab","_source":{"@timestamp":"2022-02-04T09:00:00Z"}},',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b'{"preview":false,"result":{"_raw":"pump 3 runs dry","_time":"2022-02-04T11:00:00+01:00","host":"barge"}}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
        ),
        Sample(
            line=b'{"when":"2022-02-04T10:00:00Z","severity":"high","type":"Event::Dry","name":"Pump 3 runs dry"}',
            message=b"Pump 3 runs dry, type=Event::Dry",
            time="2022-02-04T10:00:00",
            severity=17,
            attributes=b'{"type":"Event::Dry"}',
        ),
    ),
    is_json=True,
    can_be_given=True,
)
