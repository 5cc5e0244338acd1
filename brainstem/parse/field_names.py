"""Names of fields by what they hold, for records of keys and values: JSON objects and lines of `key=value`.

They are in lower case, and the best one first: of several in a record, the first that can be read is taken. They come from
Elastic Common Schema, OpenTelemetry, journald, Fluentd, GELF, bunyan and pino, zap, log4j and others.
"""

from typing import Final

TIME_FIELDS: Final = (
    "@timestamp",
    "__realtime_timestamp",
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "eventtime",
    "event_time",
    "asctime",
    "timeunixnano",
    "observedtimeunixnano",
    "timemillis",
    "timestamp_ms",
    "timestamp_ns",
    "instant",
    "t",
    "p_event_time",
    "published",
    "created_at",
    "syslog_timestamp",
    "start_time",
)
LEVEL_FIELDS: Final = (
    "level",
    "severity",
    "levelname",
    "log.level",
    "loglevel",
    "log_level",
    "level_name",
    "lvl",
    "severitytext",
    "severity_text",
    "severitynumber",
    "priority",
    "s",
)
HOST_FIELDS: Final = (
    "host.name",
    "host.hostname",
    "hostname",
    "host",
    "_hostname",
    "host_name",
    "computer",
    "node_name",
    "node",
)
SERVICE_FIELDS: Final = (
    "service.name",
    "service",
    "app",
    "application",
    "app_name",
    "appname",
    "syslog_identifier",
    "program",
    "_comm",
    "container_name",
    "container",
    "component",
    "process.name",
)
MESSAGE_FIELDS: Final = ("message", "msg", "short_message", "log", "body", "text", "event")
PROCESS_FIELDS: Final = ("_pid", "syslog_pid", "pid", "process_id", "process.pid")

POD_FIELDS: Final = ("pod_name", "pod")
