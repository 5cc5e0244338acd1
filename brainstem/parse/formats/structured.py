"""JSON records: lines of loggers, Docker's files, journald's export."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

JSON_LINES_FORMAT: Final = Format(
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
    ),
)

DOCKER_JSON_FORMAT: Final = Format(
    name="docker-json",
    title="Docker's json-file driver",
    specification="https://docs.docker.com/engine/logging/drivers/json-file/",
    samples=(
        Sample(
            line=b'{"log":"pump 3 runs dry\\n","stream":"stderr","time":"2022-02-04T10:00:00.123456789Z"}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            attributes=b'{"stream":"stderr"}',
        ),
    ),
)

JOURNALD_JSON_FORMAT: Final = Format(
    name="journald-json",
    title="The journal's JSON export",
    specification="https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format",
    samples=(
        Sample(
            line=b'{"__REALTIME_TIMESTAMP":"1643968800123456","PRIORITY":"3","_HOSTNAME":"barge",'
            b'"SYSLOG_IDENTIFIER":"pumpd","_PID":"812","SYSLOG_FACILITY":"3","MESSAGE":[108,97,109,112]}',
            message=b"lamp",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=3,
            severity=17,
            attributes=b'{"_PID":"812","SYSLOG_FACILITY":"3"}',
        ),
    ),
)

STRUCTURED_FORMATS: Final = (JSON_LINES_FORMAT, DOCKER_JSON_FORMAT, JOURNALD_JSON_FORMAT)
